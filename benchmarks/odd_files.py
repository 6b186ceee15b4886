"""Every file below a folder of odd ones uploaded to a service of its own: what is each told, and does the service stay up?

usage: python -m benchmarks.odd_files FOLDER

Prints a row a file: the refusal (status, problem type, detail), or the end state and its reason. Ends with 1 when a file has
neither, when an answer names a path of this machine, or when a process of the service ended or a decoding process is left.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from service.settings import load_settings
from tests.running_service import RunningService, running_service

SETTLE_SECONDS = 10.0  # for a decoding process to end after its film


@dataclass(frozen=True)
class Row:
    """What became of a file."""

    name: str
    outcome: str  # "415 not-a-film", "failed no-video", "succeeded"
    reason: str
    is_clear: bool


def main() -> None:
    """Upload, wait, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    films = sorted(path for path in folder.rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory(prefix="movietags-odd-") as data, running_service(data_dir=Path(data)) as service:
        before = _tree(service)
        start = time.perf_counter()
        given = [(film, _upload(service, film)) for film in films]
        rows = [_row(service, film, answer, (str(folder), data)) for film, answer in given]
        seconds = time.perf_counter() - start
        is_whole = _report_service(service, before)
    for row in rows:
        print(f"{'  ' if row.is_clear else '! '}{row.name:34} {row.outcome:26} {row.reason}")
    print(f"{len(rows)} files in {seconds:.0f} s: {dict(Counter(row.outcome for row in rows).most_common())}")
    sys.exit(0 if is_whole and all(row.is_clear for row in rows) else 1)


def _upload(service: RunningService, film: Path) -> httpx.Response:
    with film.open("rb") as stream:
        return service.client.post("/v1/movies", files={"file": (film.name, stream)}, timeout=600)


def _row(service: RunningService, film: Path, answer: httpx.Response, paths: Iterable[str]) -> Row:
    body: dict[str, Any] = answer.json()
    if answer.is_error:
        outcome = f"{answer.status_code} {str(body.get('type')).removeprefix('/problems/')}"
        return Row(film.name, outcome, body.get("detail", ""), answer.status_code < 500 and _is_clear(body.get("detail"), paths))
    movie = service.wait(body["id"])
    if movie["state"] == "succeeded":
        tags = ", ".join(tag["tag"] for tag in movie["tags"]) or "no tags"
        return Row(film.name, "succeeded", "; ".join([tags, *movie["warnings"]]), _is_clear("".join(movie["warnings"]) or "-", paths))
    error = movie["error"] or {}
    reason = f"{error.get('title')}: {error.get('detail')}"
    return Row(film.name, f"{movie['state']} {error.get('type')}", reason, _is_clear(error.get("detail"), paths))


def _is_clear(text: str | None, paths: Iterable[str]) -> bool:
    """Whether there is a reason, and it tells nothing of this machine."""
    return bool(text) and not any(path in str(text) for path in (*paths, "films/mov_", "Traceback"))


def _tree(service: RunningService) -> dict[int, str]:
    """The service's processes."""
    found = {}
    for child in psutil.Process(service.process.pid).children(recursive=True):
        try:
            found[child.pid] = " ".join(child.cmdline()[1:5])
        except psutil.NoSuchProcess:
            continue
    return found


def _report_service(service: RunningService, before: dict[int, str]) -> bool:
    """Whether the processes are those of the beginning, and all is well."""
    end = time.monotonic() + SETTLE_SECONDS
    while (after := _tree(service)).keys() != before.keys() and time.monotonic() < end:
        time.sleep(0.2)
    ready = service.client.get("/health/ready")
    ended = [before[pid] for pid in before.keys() - after.keys()]
    left = [after[pid] for pid in after.keys() - before.keys()]
    print(f"ready: {ready.status_code}; processes before: {len(before)}, ended: {ended}, left behind: {left}")
    return ready.status_code == 200 and not ended and not left


if __name__ == "__main__":
    load_settings()  # a wrong setting in the environment is told before anything begins
    main()
