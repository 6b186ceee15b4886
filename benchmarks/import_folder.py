"""How long the import of a large folder takes: files that are new, and the same again when none has changed.

Run: python -m benchmarks.import_folder [--files 10000] [--database URL]
"""

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path

from service import imports
from service.context import Service, open_service
from service.migration import migrate_when_up
from service.results import Parameters
from service.settings import load_settings
from service.store.movies import MovieFields

A_FOLDER = 500  # files
FIELDS = MovieFields(Parameters("keyframe", "pyav", thorough=False, sensitive=True, min_score=None, top=None), priority=imports.PRIORITY)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--database", help="URL of an empty database; SQLite without it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = fill(Path(folder, "library"), arguments.files)
        settings = load_settings(data_dir=Path(folder, "data"), database_url=arguments.database, import_roots=[library])
        migrate_when_up(settings, 10)
        service = open_service(settings)
        for what in ("new", "unchanged"):
            print(f"{arguments.files} {what} files: {seconds(service, library, what, arguments.files):.1f} s")
        print(f"peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
        service.close()


def fill(library: Path, count: int) -> Path:
    """Small files of an hour ago."""
    then = time.time() - 3600
    for number in range(count):
        path = library / f"{number // A_FOLDER:04}" / f"{number:06}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"film")
        os.utime(path, (then, then))
    return library


def seconds(service: Service, library: Path, outcome: str, count: int) -> float:
    """Of one import, whose files all have this outcome."""
    job = imports.begin_import(service, str(library), FIELDS, None)
    begun = time.monotonic()
    imports.run_import(service, job.id, lambda: False)
    spent = time.monotonic() - begun
    assert imports.get_import(service, job.id).counts == {outcome: count}
    return spent


if __name__ == "__main__":
    main()
