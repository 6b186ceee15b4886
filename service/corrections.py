"""Feedback on tags as a ZIP that training reads: a manifest, the frames as pictures, and the vocabulary."""

import csv
import io
import threading
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import groupby

import yaml

from service.context import Service
from service.errors import NotFound
from service.film_pictures import FilmPictures
from service.store import feedback, movies
from service.store.tables import Feedback, Movie, Verdict
from service.tags import Vocabulary
from service.video.frame_fetcher import FetchLimits, FrameFetcher

MANIFEST, LEFT_OUT, VOCABULARY = "manifest.csv", "left-out.csv", "tags.yaml"
COLUMNS = ("file", "tags", "absent", "source", "kind", "labelling")
LEFT_OUT_COLUMNS = ("source", "time_ms", "tags", "reason")
KIND, LABELLING = "film", "named"  # of a tag that a row does not name nothing is known
FILMS = 100  # whose ids are read at once
NO_PICTURE, NO_TAG = "no picture of this frame is left", "not in the vocabulary of the model in use"


@dataclass(frozen=True)
class Said:
    """What is known of a frame."""

    time_ms: int
    frame: int | None
    tags: tuple[str, ...]  # right or missing: they are there
    absent: tuple[str, ...]  # wrong
    unknown: tuple[str, ...]  # not of the vocabulary


def corrections_zip(service: Service, turn: threading.Lock) -> Generator[bytes]:
    """The ZIP in pieces; `turn` is held while a frame is decoded, so that those who share it decode one at a time."""
    sink, vocabulary = _Sink(), service.vocabulary
    manifest, left_out = _Table(COLUMNS), _Table(LEFT_OUT_COLUMNS)
    with FrameFetcher(_limits(service)) as fetcher, zipfile.ZipFile(sink, "w") as archive:
        with service.database.read() as session:
            feedback.movies(session, 1, "")  # a database that is away is told before anything is given out
        archive.writestr(VOCABULARY, _vocabulary_text(vocabulary))
        yield sink.take()
        for movie, rows in _films(service):
            with closing(FilmPictures(service, movie, fetcher, turn)) as pictures:
                for said in _frames(rows, vocabulary):
                    picture = pictures.at(said.time_ms, said.frame) if said.tags or said.absent else None
                    if said.unknown:
                        left_out.add(movie.id, str(said.time_ms), "|".join(said.unknown), NO_TAG)
                    if picture is not None:
                        name = f"frames/{movie.id}-{said.time_ms:09}.jpg"
                        archive.writestr(name, picture)
                        manifest.add(name, "|".join(said.tags), "|".join(said.absent), movie.id, KIND, LABELLING)
                    elif said.tags or said.absent:
                        left_out.add(movie.id, str(said.time_ms), "|".join(said.tags + said.absent), NO_PICTURE)
                    if piece := sink.take():
                        yield piece
        archive.writestr(MANIFEST, manifest.text(), zipfile.ZIP_DEFLATED)
        if left_out.rows:
            archive.writestr(LEFT_OUT, left_out.text(), zipfile.ZIP_DEFLATED)
    yield sink.take()


class _Sink(io.RawIOBase):
    """Takes what a ZipFile writes, which is told that nothing can be gone back to."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        """What came since the last time."""
        taken = b"".join(self._pieces)
        self._pieces = []
        return taken


class _Table:
    """A CSV that grows in memory: a row takes some 100 bytes."""

    def __init__(self, columns: tuple[str, ...]) -> None:
        self.rows = 0
        self._text = io.StringIO(newline="")
        self._writer = csv.writer(self._text)
        self._writer.writerow(columns)

    def add(self, *values: str) -> None:
        self._writer.writerow(values)
        self.rows += 1

    def text(self) -> str:
        return self._text.getvalue()


def _films(service: Service) -> Iterator[tuple[Movie, list[Feedback]]]:
    """Films with what was said of them; those that are deleted meanwhile are passed over."""
    after = ""
    while True:
        with service.database.read() as session:
            ids = feedback.movies(session, FILMS, after)
        for movie_id in ids:
            try:
                with service.database.read() as session:
                    found = movies.get(session, movie_id), feedback.of_movie(session, movie_id)
            except NotFound:
                continue
            yield found
        if not ids:
            return
        after = ids[-1]


def _frames(rows: list[Feedback], vocabulary: Vocabulary) -> Iterator[Said]:
    """In order of time."""
    for time_ms, group in groupby(rows, key=lambda row: row.time_ms):
        same = list(group)
        known = [row for row in same if row.tag in vocabulary.ids]
        yield Said(
            time_ms=time_ms,
            frame=same[0].frame,
            tags=tuple(row.tag for row in known if row.verdict != Verdict.WRONG),
            absent=tuple(row.tag for row in known if row.verdict == Verdict.WRONG),
            unknown=tuple(row.tag for row in same if row.tag not in vocabulary.ids),
        )


def _limits(service: Service) -> FetchLimits:
    standard, settings = FetchLimits(), service.settings
    return FetchLimits(memory_bytes=min(standard.memory_bytes, settings.decoder_memory_bytes), max_pixels=settings.max_pixels)


def _vocabulary_text(vocabulary: Vocabulary) -> str:
    return yaml.safe_dump({"tags": [asdict(tag) for tag in vocabulary.tags]}, sort_keys=False, allow_unicode=True)
