"""`movietags tag` on a film against the usual tutorial, against the sum of its own parts, and against decoding alone.

usage: python -m benchmarks.end_to_end FILM [--rounds 3] [--no-tutorial]

Every round runs all of them in turn. Start-up (a run on the README's example, of a few frames) is measured too and taken
off where parts are compared, because the parts run in one process that is already there.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import av
import numpy as np

from benchmarks.measure import MOVIETAGS, run
from service.predictors.bundle import load_tagger_bundle
from service.predictors.tagger import Tagger
from service.records import Precision
from service.tags import load_vocabulary
from service.video.decode import DecodeOptions, open_film

HERE = Path(__file__).parent
EXAMPLE = HERE.parent / "examples" / "big-buck-bunny.mp4"


def decode_all(film: Path) -> float:
    """Seconds to decode every frame with PyAV, nothing else."""
    start = time.perf_counter()
    with av.open(str(film)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for _ in container.decode(video=0):
            pass
    return time.perf_counter() - start


def parts(film: Path, tagger: Tagger) -> tuple[float, float, int, int]:
    """Seconds of decoding with converting, of the networks on the frames it chose; frames and shots."""
    start = time.perf_counter()
    with open_film(film, DecodeOptions(precision=Precision.KEYFRAME)) as shots:
        found = [shot.key_frames for shot in shots]
    decoded = time.perf_counter() - start
    views = np.stack([frame.views for key_frames in found for frame in key_frames])
    start = time.perf_counter()
    tagger.predict(views)
    return decoded, time.perf_counter() - start, len(views), len(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-tutorial", action="store_true", help="leave out the slow yardstick")
    given = parser.parse_args()
    vocabulary = load_vocabulary()
    tagger = Tagger(load_tagger_bundle(vocabulary), vocabulary)
    tagger.predict(np.zeros((4, 1, 299, 299, 3), np.uint8))
    ratios: dict[str, list[float]] = {}
    for number in range(given.rounds):
        start_up = run([MOVIETAGS, "tag", "--json", str(EXAMPLE)]).seconds
        whole = run([MOVIETAGS, "tag", "--json", str(given.film)])
        frame = run([MOVIETAGS, "tag", "--json", "--precision", "frame", str(given.film)]).seconds
        decoding, forward, frames, shots = parts(given.film, tagger)
        everything = decode_all(given.film)
        answer = json.loads(whole.output)
        minutes = answer["film"]["duration_ms"] / 60000
        print(f"round {number + 1}: {minutes:.1f} minutes of film, {len(answer['shots'])} shots, {len(answer['frames'])} frames tagged")
        print(f"  start-up {start_up:.2f} s; keyframe precision {whole.seconds:.2f} s; frame precision {frame:.2f} s")
        print(f"  parts: key frames decoded and converted {decoding:.2f} s ({shots} shots), networks on {frames} frames {forward:.2f} s")
        print(f"  decoding every frame alone {everything:.2f} s")
        row = {
            "keyframe precision less start-up / sum of its parts": (whole.seconds - start_up) / (decoding + forward),
            "decoding alone / frame precision less start-up": everything / (frame - start_up),
        }
        if not given.no_tutorial:
            tutorial = run([sys.executable, str(HERE / "tutorial.py"), str(given.film)]).seconds
            print(f"  tutorial {tutorial:.1f} s")
            row["tutorial / keyframe precision"] = tutorial / whole.seconds
        for name, value in row.items():
            ratios.setdefault(name, []).append(value)
    for name, values in ratios.items():
        print(f"{name}: median {statistics.median(values):.2f} ({min(values):.2f}..{max(values):.2f})")


if __name__ == "__main__":
    main()
