"""The reader of digits: single 28x28 pictures a second in batches, and finding the digits on a photo of a page.

usage: python -m benchmarks.digits_speed [--bundle BUNDLE] [--pictures 8192] [--rounds 5]
"""

import argparse
import statistics
import time
from pathlib import Path

import numpy as np

from service.digits.finder import find_digits
from service.predictors.digits import Digits
from service.predictors.digits_bundle import SHIPPED_DIGITS, read_digits_bundle
from tests.handwriting import written


def main() -> None:
    """Classifier and autoencoder together, as a request has them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=SHIPPED_DIGITS)
    parser.add_argument("--pictures", type=int, default=8192)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    reader = Digits(read_digits_bundle(given.bundle))
    pictures = np.random.default_rng(1).integers(0, 256, (given.pictures, 28, 28), np.uint8)
    reader.read(pictures[:64])
    speeds = []
    for _ in range(given.rounds):
        start = time.perf_counter()
        reader.read(pictures)
        speeds.append(given.pictures / (time.perf_counter() - start))
    print(f"reading: {statistics.median(speeds):.0f} pictures/s ({min(speeds):.0f}..{max(speeds):.0f})")
    photo = written("2026", 120, np.random.default_rng(1)).picture
    start = time.perf_counter()
    for _ in range(given.rounds):
        find_digits(photo)
    print(f"finding: {1000 * (time.perf_counter() - start) / given.rounds:.1f} ms a photo of {photo.shape[1]}x{photo.shape[0]}")


if __name__ == "__main__":
    main()
