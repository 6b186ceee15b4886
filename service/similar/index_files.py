"""The index in files: codes and frames, to which films are added at the end, and a list of what of them counts.

One writer at a time. Readers hold an `Index`, whose rows are never written again. After a crash what is not in the list is
written over; files that do not fit the list, or that are of other vectors, are removed and the index begins anew.
"""

import fcntl
import json
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np

from service.files import write_whole
from service.similar.frames import FRAME, NO_TAG, Film
from service.similar.index import Index, Place, empty
from service.similar.vectors import CODE_WORDS, codes_of
from service.storage import disk_errors, ensure_space, sync_file

FORMAT = 1
LIST, LOCK, CODES, FRAMES = "index.json", ".lock", "codes", "frames"
CODE_BYTES = 8 * CODE_WORDS
SPARE_ROWS = 10_000  # so many rows of no film are always borne


class IndexFiles:
    """Of one folder, for vectors of one key."""

    def __init__(self, folder: Path, key: str, reserve_bytes: int = 0) -> None:
        """Raises BlockingIOError while another process writes there, and DiskFull."""
        self.key = key
        self._folder, self._reserve = folder, reserve_bytes
        self._generation, self._index = 0, empty()
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / LOCK).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._open()
        except BaseException:
            self._lock.close()
            raise

    def close(self) -> None:
        """Let another one write; what was not saved is forgotten."""
        self._lock.close()

    @property
    def are_there(self) -> bool:
        """Whether nobody has removed them."""
        return self._path(CODES).exists() and self._path(FRAMES).exists()

    @property
    def index(self) -> Index:
        """As it is now."""
        return self._index

    def add(self, film: Film) -> None:
        """Add a film's frames, in place of those that it had. Raises DiskFull, and OSError where the files are gone."""
        rows, count = len(self._index.frames), len(film.frames)
        tags = list(dict.fromkeys((*self._index.tags, *film.tags)))
        frames = film.frames.copy()
        places = np.array([*map(tags.index, film.tags), NO_TAG], np.uint16)
        frames["tags"] = places[np.minimum(frames["tags"], len(film.tags))]
        self._write_at(self._path(FRAMES), rows * FRAME.itemsize, frames.tobytes())
        self._write_at(self._path(CODES), rows * CODE_BYTES, codes_of(frames["vector"]).tobytes())
        films = {**self._index.films, film.movie_id: Place(rows, count, film.result_key)}
        self._index = self._mapped(films, tags, rows + count)

    def drop(self, movie_ids: Collection[str]) -> None:
        """Leave films out from now on."""
        films = {movie_id: place for movie_id, place in self._index.films.items() if movie_id not in movie_ids}
        self._index = Index(films, self._index.tags, self._index.codes, self._index.frames)

    def save(self) -> None:
        """Make all survive a crash; rows of no film are cleared away once they are more than the others."""
        index = self._index
        if len(index.frames) > 2 * index.count + SPARE_ROWS:
            self._rewrite()
        with disk_errors():
            for name in (CODES, FRAMES):
                sync_file(self._path(name))
            self._write_list()

    def _rewrite(self) -> None:
        old, generation = self._index, self._generation + 1
        films: dict[str, Place] = {}
        rows = 0
        ensure_space(self._folder, old.count * (CODE_BYTES + FRAME.itemsize), self._reserve)
        with disk_errors(), self._path(CODES, generation).open("wb") as codes, self._path(FRAMES, generation).open("wb") as frames:
            for movie_id, place in old.films.items():
                codes.write(old.codes[place.start : place.end].tobytes())
                frames.write(old.frames[place.start : place.end].tobytes())
                films[movie_id] = Place(rows, place.count, place.result_key)
                rows += place.count
        self._generation = generation
        self._index = self._mapped(films, old.tags, rows)

    def _write_list(self) -> None:
        index = self._index
        films = {movie_id: [place.start, place.count, place.result_key] for movie_id, place in index.films.items()}
        told = {"format": FORMAT, "key": self.key, "generation": self._generation, "rows": len(index.frames)}
        write_whole(self._folder / LIST, json.dumps(told | {"tags": index.tags, "films": films}))
        self._remove_others()

    def _open(self) -> None:
        try:
            told = json.loads((self._folder / LIST).read_text(encoding="utf-8"))
            if (told["format"], told["key"]) != (FORMAT, self.key):
                raise ValueError("it is of other vectors")
            films = {movie_id: Place(*place) for movie_id, place in told["films"].items()}
            if any(place.start < 0 or place.count < 1 or place.end > told["rows"] for place in films.values()):
                raise ValueError("it does not fit")
            self._generation = int(told["generation"])
            self._index = self._mapped(films, told["tags"], told["rows"])
        except (OSError, KeyError, TypeError, ValueError):  # missing, damaged or of other vectors
            self._begin()

    def _begin(self) -> None:
        self._generation, self._index = 0, empty()
        (self._folder / LIST).unlink(missing_ok=True)
        self._remove_others(keep=())
        for name in (CODES, FRAMES):
            self._path(name).touch()

    def _mapped(self, films: dict[str, Place], tags: Iterable[str], rows: int) -> Index:
        if not rows:
            return empty()  # nothing can be mapped from an empty file
        codes = np.memmap(self._path(CODES), np.uint64, "r", shape=(rows, CODE_WORDS))
        return Index(films, tuple(tags), codes, np.memmap(self._path(FRAMES), FRAME, "r", shape=(rows,)))

    def _write_at(self, path: Path, offset: int, data: bytes) -> None:
        ensure_space(self._folder, len(data), self._reserve)
        with disk_errors(), path.open("r+b") as stream:
            stream.seek(offset)
            stream.write(data)

    def _path(self, name: str, generation: int | None = None) -> Path:
        return self._folder / f"{name}-{self._generation if generation is None else generation}"

    def _remove_others(self, keep: Collection[str] = (CODES, FRAMES)) -> None:
        kept = {self._path(name) for name in keep}
        for path in (*self._folder.glob(f"{CODES}-*"), *self._folder.glob(f"{FRAMES}-*")):
            if path not in kept:
                path.unlink()
