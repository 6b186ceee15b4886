"""The shipped INT8 backbone against Keras' predict on the same frames, side by side.

usage: python -m benchmarks.forward FILM [--frames 256] [--rounds 3]

Both sides are the same network, Inception-v3 with average pooling, on the same 299x299 pictures: the bundle's
backbone in OpenVINO, and `keras.Model.predict` in batches of 32 in float32 on Keras' default backend (its weights are
drawn, which its speed does not depend on). The rounds alternate, so that a machine that changes its speed changes both.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from service.predictors.bundle import SHIPPED_TAGGER
from service.predictors.runtime import Network
from service.records import Precision
from service.video.decode import DecodeOptions, open_film


def key_frames(film: Path, count: int) -> np.ndarray:
    """`count` key frames of the film as the network sees them, repeated where it has fewer."""
    with open_film(film, DecodeOptions(precision=Precision.KEYFRAME)) as shots:
        found = [frame.views[0] for shot in shots for frame in shot.key_frames]
    return np.stack([found[place % len(found)] for place in range(count)])


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--frames", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    pictures = key_frames(given.film, given.frames)
    ours = Network(SHIPPED_TAGGER / "backbone.xml", "features")
    base = keras.applications.InceptionV3(include_top=False, weights=None, pooling="avg", input_shape=(299, 299, 3))
    theirs = keras.Sequential([keras.Input((299, 299, 3)), keras.layers.Rescaling(1 / 127.5, -1), base])
    ours(pictures[:32])
    theirs.predict(pictures[:32], batch_size=32, verbose=0)
    rows = []
    for _ in range(given.rounds):
        rows.append((seconds(lambda: ours(pictures)), seconds(lambda: theirs.predict(pictures, batch_size=32, verbose=0))))
        speeds = [given.frames / each for each in rows[-1]]
        print(f"INT8 {speeds[0]:6.1f} images/s   keras {speeds[1]:6.1f} images/s   ratio {speeds[0] / speeds[1]:.2f}")
    print(f"median ratio {statistics.median(theirs_s / ours_s for ours_s, theirs_s in rows):.2f}")


if __name__ == "__main__":
    main()
