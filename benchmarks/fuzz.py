"""schemathesis over the whole OpenAPI document of a running service, with ids that exist, chains of requests included.

usage: python -m benchmarks.fuzz [--examples 100] [--seed 1]

It starts `movietags serve` in a temporary folder. Prints the answers of each operation by status, and every failure: an answer
with 5xx (503 and 507 aside), or one that is not as the document has it. Ends with 1 after a failure, when an operation never
answered with 2xx, or when a process of the service ended.
"""

import argparse
import io
import json
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from PIL import Image

from service.context import open_service
from service.settings import load_settings
from tests import clips
from tests.fuzz_seeds import Seeds
from tests.fuzzing import Findings, Material, fuzz
from tests.running_service import RunningService, running_service

PARTS = ("api", "worker", "inference")


def main() -> None:
    """Start, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=100, help="at most, for each operation and phase")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it remarks on headers that are wrong by intention
    with tempfile.TemporaryDirectory(prefix="movietags-fuzz-") as folder:
        library, data = Path(folder, "library"), Path(folder, "data")
        library.mkdir()
        film = clips.write(library / "harbour.mp4", clips.scenes(10, 10))
        environment = {
            "MOVIETAGS_IMPORT_ROOTS": json.dumps([str(library)]),
            "MOVIETAGS_RATE_LIMIT": str(10**9),
            "MOVIETAGS_LOG_LEVEL": "error",
        }
        with running_service(environment=environment, data_dir=data) as service:
            before = _pids(service)
            start = time.perf_counter()
            findings = _ask(service, Material(film.read_bytes(), _picture(), library), given.examples, given.seed)
            seconds = time.perf_counter() - start
            is_whole = _pids(service) == before and service.client.get("/health/ready").status_code == 200
    _report(findings, seconds)
    print(f"the same processes, and ready: {is_whole}")
    sys.exit(0 if is_whole and not findings.failures and not findings.unanswered() else 1)


def _ask(service: RunningService, material: Material, examples: int, seed: int) -> Findings:
    own = open_service(load_settings(data_dir=service.data_dir, import_roots=[material.folder]))
    try:
        return fuzz(str(service.client.base_url), Seeds(own, material.folder), material, examples=examples, seed=seed)
    finally:
        own.close()


def _pids(service: RunningService) -> set[int]:
    return {child.pid for part in PARTS for child in service.children(part)}


def _picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (64, 48), (230, 10, 10)).save(stream, "png")
    return stream.getvalue()


def _report(findings: Findings, seconds: float) -> None:
    for name in sorted(findings.operations):
        answers = findings.answers.get(name, Counter())
        print(f"{name:52} {'  '.join(f'{status}: {count}' for status, count in sorted(answers.items()))}")
    for name, text in findings.failures.items():
        print(f"\nFAILED {name}\n{text}")
    well = sum(count for answers in findings.answers.values() for status, count in answers.items() if 200 <= status < 300)
    print(f"{len(findings.operations)} operations, {findings.requests} requests in {seconds:.0f} s, {well} answered with 2xx")
    print(f"never answered with 2xx: {findings.unanswered() or 'none'}; failures: {len(findings.failures)}")


if __name__ == "__main__":
    main()
