"""The shipped 8-bit detector against the floating-point network it was made of, side by side.

usage: python -m benchmarks.objects_speed FLOAT_BUNDLE IMAGES [--bundle BUNDLE] [--pictures 64] [--rounds 5]

FLOAT_BUNDLE comes from `movietags-train objects bundle`. Three figures: the networks alone, on pictures already resized; from decoded
pictures to objects, all pictures in one call; and the same one picture a call. The rounds alternate, so that a machine that changes its
speed changes both sides.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from service.predictors.detector import Detector, load_requests
from service.predictors.detector_bundle import SHIPPED_OBJECTS, read_detector_bundle
from service.predictors.detector_input import in_picture, network_picture
from service.video.geometry import Picture
from training.objects.labels import pictures_of
from training.views import load_picture


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def found(detector: Detector, pictures: Sequence[Picture]) -> None:
    """What `movietags objects` does with decoded pictures."""
    wanted = detector.bundle.input
    answers = detector.detect(np.stack([network_picture(picture, wanted) for picture in pictures]))
    for picture, answer in zip(pictures, answers, strict=True):
        in_picture(answer, picture.shape[1], picture.shape[0], wanted)


def one_by_one(detector: Detector, pictures: Sequence[Picture]) -> None:
    for picture in pictures:
        found(detector, [picture])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("float_bundle", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument("--bundle", type=Path, default=SHIPPED_OBJECTS)
    parser.add_argument("--pictures", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    pictures = [load_picture(path) for path in pictures_of(given.images)[: given.pictures]]
    bundles = [read_detector_bundle(folder) for folder in (given.float_bundle, given.bundle)]
    inputs = [np.stack([network_picture(picture, bundle.input) for picture in pictures]) for bundle in bundles]
    networks = [load_requests(bundle) for bundle in bundles]
    detectors = [Detector(bundle) for bundle in bundles]
    works: dict[str, list[Callable[[], object]]] = {
        "forward": [partial(network, rows) for network, rows in zip(networks, inputs, strict=True)],
        "whole, all at once": [partial(found, detector, pictures) for detector in detectors],
        "whole, one by one": [partial(one_by_one, detector, pictures) for detector in detectors],
    }
    for name, (floating, ours) in works.items():
        for work in (floating, ours):  # loads what is loaded late
            work()
        rows = [(seconds(floating), seconds(ours)) for _ in range(given.rounds)]
        speeds = [len(pictures) / statistics.median(column) for column in zip(*rows, strict=True)]
        ratios = [before / after for before, after in rows]
        print(
            f"{name:18} float {speeds[0]:6.1f} images/s   8 bits {speeds[1]:6.1f} images/s   "
            f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})"
        )


if __name__ == "__main__":
    main()
