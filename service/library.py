"""A library on disk: which files are films, and where their results lie."""

import glob
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from service.errors import FilmNotFound, ResultError
from service.files import file_sha256, write_whole
from service.predictors.facts import Bundle
from service.results import Parameters, read_result
from service.timeline.segments import GAP_MS

# What is taken from a folder; a file that is named itself is tried whatever its name.
FILM_SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("3g2", "3gp", "asf", "avi", "divx", "dv", "f4v", "flv", "gxf", "h264", "hevc", "m2t", "m2ts", "m2v", "m4v", "mkv", "mov"),
        *("mp4", "mpeg", "mpg", "mts", "mxf", "nut", "ogm", "ogv", "qt", "rm", "rmvb", "ts", "vob", "webm", "wmv", "wtv", "y4m"),
    )
)


def find_films(given: Iterable[str]) -> tuple[list[Path], int]:
    """The films that files, folders (with all below) and globs name, each once, and how many other files folders hold.

    A name that stands for nothing stays in the list: opening it tells what is wrong.
    """
    films: dict[Path, None] = {}
    others = 0
    for name in given:
        path = Path(name)
        matches = (
            [path] if path.exists() or not glob.has_magic(name) else [Path(match) for match in sorted(glob.glob(name, recursive=True))]
        )
        for match in matches or [path]:
            if not match.is_dir():
                films[match] = None
                continue
            for file in _walk(match):
                if file.suffix.lower() in FILM_SUFFIXES:
                    films[file] = None
                else:
                    others += 1
    return list(films), others


def _walk(folder: Path) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise FilmNotFound(f"The folder {error.filename} cannot be read: {error.strerror}.") from error

    for base, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(base, name) for name in sorted(files) if not name.startswith("."))


def content_hash(path: Path) -> str | None:
    """SHA-256 of a film; None for what is no ordinary file, so that a named pipe is not waited for."""
    if not path.is_file():
        return None
    try:
        return file_sha256(path)
    except OSError as error:
        raise FilmNotFound(f"{path.name} cannot be read: {error.strerror}.") from error


class ResultFolder:
    """Results by film: STEM.json, or STEM-HASH.json where another film of the same stem was first."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def write(self, film: Path, result: dict[str, Any]) -> Path:
        """Store the result of `film`; a result of another content is never overwritten."""
        path = self._place(film, result["film"]["sha256"])
        write_whole(path, json.dumps(result, ensure_ascii=False) + "\n")
        return path

    def existing(self, film: Path, sha256: str, bundles: Sequence[Bundle], parameters: Parameters) -> dict[str, Any] | None:
        """The stored result for the same content, models (a tagger, and perhaps a detector) and parameters, if there is one."""
        found = _read(self._place(film, sha256))
        if found is None or found["film"]["sha256"] != sha256:
            return None
        models = [found["model"], *([found["objects"]["model"]] if "objects" in found else [])]
        same_models = [(model["name"], model["version"]) for model in models] == [(bundle.name, bundle.version) for bundle in bundles]
        old = {"objects": False} | found["parameters"]  # results of version 1.0 do not tell
        return found if same_models and old == asdict(parameters) else None

    def _place(self, film: Path, sha256: str) -> Path:
        first = self._folder / f"{film.stem}.json"
        if not first.exists():
            return first
        there = _read(first)
        if there is not None and there["film"]["sha256"] == sha256:
            return first
        return self._folder / f"{film.stem}-{sha256[:12]}.json"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return read_result(path)
    except ResultError:
        return None


@dataclass(frozen=True)
class Hit:
    """A film that has what was looked for."""

    file_name: str
    score: float  # of the tag or object that scores least
    segments: tuple[dict[str, Any], ...]  # where each of them is


@dataclass(frozen=True)
class Wanted:
    """What is looked for; all of it must be there."""

    tags: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()


def find_films_with(folder: Path, wanted: Wanted, min_score: float) -> Iterator[Hit]:
    """The films among the results in a folder and below that hold the tags in their compact set and show the objects.

    Other files are passed over.
    """
    for path in sorted(folder.rglob("*.json")):
        result = _read(path)
        if result is None:
            continue
        tags = {tag["tag"]: tag["score"] for tag in result["tags"]}
        tracks = [track for track in result.get("objects", {}).get("tracks", ()) if track["score"] >= min_score]
        shown = {track["label"]: track["score"] for track in sorted(tracks, key=lambda track: track["score"])}
        scores = [*(tags.get(tag, -1.0) for tag in wanted.tags), *(shown.get(label, -1.0) for label in wanted.objects)]
        if min(scores) >= min_score:
            parts = [part for part in result["segments"] if part["tag"] in wanted.tags]
            for label in wanted.objects:
                parts += _spans([track for track in tracks if track["label"] == label])
            yield Hit(result["film"]["file_name"], min(scores), tuple(parts))


def _spans(tracks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The times of tracks, those joined that follow each other closely."""
    spans: list[dict[str, Any]] = []
    for track in sorted(tracks, key=lambda track: int(track["start_ms"])):
        if spans and track["start_ms"] - spans[-1]["end_ms"] <= GAP_MS:
            spans[-1]["end_ms"] = max(spans[-1]["end_ms"], track["end_ms"])
        else:
            spans.append({"start_ms": track["start_ms"], "end_ms": track["end_ms"]})
    return spans
