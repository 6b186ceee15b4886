"""What the service adds to the command line: from the last byte of an upload to `succeeded`, and from idle to running.

usage: python -m benchmarks.overhead FILM
"""

import argparse
import statistics
import time
from pathlib import Path

from benchmarks.measure import MOVIETAGS, run
from tests.running_service import RunningService, distinct_copy, running_service

IDLE_TIMES = 5  # short films, one after the other, on an idle queue


def main() -> None:
    """Both ways in one run, the command line first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    film = parser.parse_args().film
    short = Path(__file__).parent.parent / "examples" / "big-buck-bunny.mp4"
    run([MOVIETAGS, "tag", str(short)])  # what is compiled once is compiled
    command = run([MOVIETAGS, "tag", str(film)]).seconds
    start_up = run([MOVIETAGS, "vocabulary"]).seconds + _network_seconds()
    with running_service(environment={"MOVIETAGS_LOG_LEVEL": "error"}) as service:
        waits = [
            _until_running(service, distinct_copy(short, service.data_dir / f"{number}.mp4", str(number))) for number in range(IDLE_TIMES)
        ]
        movie = service.upload(film)
        last_byte = time.perf_counter()
        ended = service.wait(movie["id"])
        seconds = time.perf_counter() - last_byte
    if ended["state"] != "succeeded":
        raise SystemExit(f"the film {ended['state']}: {ended['error']}")
    print(f"command line {command:.1f} s, of it start-up {start_up:.1f} s")
    ratio = seconds / (command - start_up)
    print(f"service, from the answered upload to succeeded: {seconds:.1f} s = {ratio:.2f} x the command less its start-up")
    print(f"idle queue to running: median {statistics.median(waits):.2f} s, at most {max(waits):.2f} s")


def _network_seconds() -> float:
    """Loading the networks, as the command does."""
    import numpy as np

    from service.predictors.bundle import load_tagger_bundle
    from service.predictors.tagger import Tagger
    from service.tags import load_vocabulary

    start = time.perf_counter()
    vocabulary = load_vocabulary()
    Tagger(load_tagger_bundle(vocabulary), vocabulary).predict(np.zeros((1, 1, 299, 299, 3), np.uint8))
    return time.perf_counter() - start


def _until_running(service: RunningService, film: Path) -> float:
    movie = service.upload(film)
    start = time.perf_counter()
    while service.movie(movie["id"])["state"] == "queued":
        time.sleep(0.01)
    seconds = time.perf_counter() - start
    service.wait(movie["id"])
    return seconds


if __name__ == "__main__":
    main()
