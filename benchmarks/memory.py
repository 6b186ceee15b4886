"""Peak memory of `movietags tag`, its child processes included, on films of different length: it must not grow.

usage: python -m benchmarks.memory FILM...

Prints the peak of the proportional set size of the whole process tree, sampled every 50 ms, in both precisions.
"""

import sys

from benchmarks.measure import MOVIETAGS, run


def main(films: list[str]) -> None:
    for precision in ("keyframe", "frame"):
        for film in films:
            measured = run([MOVIETAGS, "tag", "--json", "--precision", precision, film], memory=True)
            print(f"{precision:<8} {film}: peak {measured.peak_mib:.0f} MiB ({measured.seconds:.1f} s, sampling included)")


if __name__ == "__main__":
    main(sys.argv[1:])
