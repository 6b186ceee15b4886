"""Images, or films, that a CSV file lists: file,tags[,absent][,source][,split][,kind][,labelling][,license], tags joined by '|'."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import get_args

from training.config import DataConfig
from training.data.examples import PHOTO, STILL, Example, Labelling
from training.data.files import is_film
from training.data.parts import part_named
from training.data.tables import Row, joined_tags, read_table
from training.errors import DataError

LABELLINGS: tuple[Labelling, ...] = get_args(Labelling)
FILE, FILM = "file", "film"


def read_manifest(path: Path, config: DataConfig) -> list[Example]:
    """What the file lists, tags as they are written there; lines of the same file are taken together. Raises DataError."""
    rows = read_table(path)
    if not rows:
        raise DataError(f"{path} lists no image: it needs a line with the names of the columns, then one line for each image.")
    if not {FILE, FILM} & rows[0].keys() or "tags" not in rows[0]:
        raise DataError(f"{path} has the columns {', '.join(rows[0])}; needed are file,tags for images or film,tags for films.")
    found: dict[str, Example] = {}
    for line, row in enumerate(rows, start=2):
        example = _example(path.parent, f"{path}, line {line}", row, config)
        found[example.name] = _together(found[example.name], example, path) if example.name in found else example
    return list(found.values())


def _example(folder: Path, where: str, row: Row, config: DataConfig) -> Example:
    name = (row.get(FILE) or row.get(FILM) or "").replace("\\", "/")
    if not name:
        raise DataError(f"{where}: no file is named.")
    film = FILM in row and not row.get(FILE)
    if not film and is_film(Path(name)):
        raise DataError(f"{where}: {name} is a film; give films in a CSV file of their own whose first column is called film.")
    kind = row.get("kind") or (STILL if film else PHOTO)
    if kind not in (PHOTO, STILL):
        raise DataError(f"{where}: the kind {kind!r}; allowed are {PHOTO} and {STILL}.")
    return Example(
        name=name,
        path=folder / name,
        tags=joined_tags(row["tags"]),
        absent=joined_tags(row.get("absent", "")),
        labelling=_labelling(where, Path(name), row.get("labelling", ""), config.complete_from, film),
        kind=kind,
        source=row.get("source") or (name if film else ""),
        licence=row.get("license") or row.get("licence") or "",
        part=part_named(row["split"], where) if row.get("split") else None,
    )


def _labelling(where: str, file: Path, given: str, complete_from: int | None, film: bool) -> Labelling:
    for known in LABELLINGS:
        if given == known:
            return known
    if given:
        raise DataError(f"{where}: the labelling {given!r}; allowed are {', '.join(LABELLINGS)}.")
    if film or complete_from is None:
        return "partial" if film else "complete"
    if not file.stem.isdecimal():
        raise DataError(f"{where}: data.complete_from is set, and so the file's name should be a number; it is {file.name}.")
    return "complete" if int(file.stem) >= complete_from else "partial"


def _together(one: Example, other: Example, path: Path) -> Example:
    both = replace(one, tags=one.tags | other.tags, absent=one.absent | other.absent)
    if replace(both, tags=other.tags, absent=other.absent) != other:
        raise DataError(f"{path} lists {one.name} more than once, with another source, split, kind or licence.")
    return both


def refuse_contradictions(examples: Iterable[Example]) -> None:
    """Raises DataError where an image is said to show a tag and not to show it."""
    for example in examples:
        if both := example.tags & example.absent:
            raise DataError(f"{example.name} is said to show {', '.join(sorted(both))}, and not to show it; decide for one.")
