"""Seconds from the command to the answer for a film of two seconds, after a first run that fills the cache.

usage: python -m benchmarks.start_up FILM [RUNS]
"""

import statistics
import sys

from benchmarks.measure import MOVIETAGS, run


def main(film: str, runs: int) -> None:
    seconds = [run([MOVIETAGS, "tag", film]).seconds for _ in range(runs + 1)]
    print(f"first run {seconds[0]:.2f} s; then median {statistics.median(seconds[1:]):.2f} s, at most {max(seconds[1:]):.2f} s")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5)
