"""Peak memory of `movietags tag`, its child processes included, on films of different length: it must not grow.

usage: python -m benchmarks.memory keyframe|frame FILM...

Prints the peak of the proportional set size of the whole process tree, sampled every 50 ms.
"""

import sys

from benchmarks.measure import MOVIETAGS, run


def main(precision: str, films: list[str]) -> None:
    for film in films:
        measured = run([MOVIETAGS, "tag", "--json", "--precision", precision, film], memory=True)
        print(f"{precision} {film}: peak {measured.peak_mib:.0f} MiB ({measured.seconds:.1f} s, sampling included)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
