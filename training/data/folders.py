"""Class folders: images/<tag>/*.jpg, or images/train/<tag>/*.jpg; films in them count as films."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from service.files import file_sha256
from training.config import DataConfig
from training.data.examples import STILL, Example, Part
from training.data.files import files_below, is_film, is_picture, kinds_of
from training.data.parts import part_called
from training.errors import DataError

log = logging.getLogger(__name__)

SHOWN = 5  # folders that are named
NO_TAG = "_none"  # the folder of pictures that show none of the tags


def class_root(folder: Path) -> Path:
    """The folder whose folders are tags: a lone one called images, or with folders of parts, is gone into."""
    inside = [path for path in folder.iterdir() if not path.name.startswith(".")]
    if len(inside) != 1 or not inside[0].is_dir():
        return folder
    (lone,) = inside
    deeper = _folders_in(lone)
    if lone.name == "images" or _are_parts(deeper):
        return class_root(lone)
    if len(deeper) > 1 and not _are_parts([lone]) and not any(map(is_picture, lone.iterdir())):
        names = ", ".join(path.name for path in deeper[:SHOWN])
        log.warning("%s is taken as the only tag, with the images of %s. If these are the tags, give %s.", lone.name, names, lone)
    return folder


def read_folders(folder: Path, config: DataConfig) -> list[Example]:
    """What class folders hold; one picture in two folders shows both tags. Raises DataError."""
    root = class_root(folder)
    folders = _folders_in(root)
    if _are_parts(folders):
        found = [replace(example, part=part_called(path.name)) for path in folders for example in _tagged(root, _folders_in(path), config)]
    else:
        found = _tagged(root, folders, config)
    if not found:
        raise DataError(
            f"{folder} holds no image that a tag belongs to. It should hold a folder for each tag with its images, "
            "such as dance/1.jpg, or a manifest.csv with the columns file,tags."
        )
    return _merged(found)


def _are_parts(folders: Sequence[Path]) -> bool:
    return bool(folders) and all(part_called(path.name) for path in folders)


def _folders_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))


def _tagged(root: Path, folders: Iterable[Path], config: DataConfig) -> list[Example]:
    found: list[Example] = []
    others: list[Path] = [path for path in root.iterdir() if is_picture(path)]
    for folder in folders:
        files = files_below(folder)
        usable = [path for path in files if is_picture(path) or is_film(path)]
        others += [path for path in files if path not in set(usable)]
        if not usable:
            raise DataError(f"{folder} holds no image. Put images of {folder.name} there, or remove the folder.")
        tags = frozenset() if folder.name == NO_TAG else frozenset((folder.name,))
        found += [_example(path, path.relative_to(root).as_posix(), tags, config) for path in usable]
    if others:
        log.warning("%s: files that are no images in the folder of a tag are passed by (%d): %s", root, len(others), kinds_of(others))
    return found


def _example(path: Path, name: str, tags: frozenset[str], config: DataConfig) -> Example:
    if is_film(path):
        return Example(name, path, tags, labelling="partial", kind=STILL, source=name)
    return Example(name, path, tags, labelling=config.class_folders_labelling)


def _merged(examples: Iterable[Example]) -> list[Example]:
    """Files of the same content in one part become one example. Only files of one size are read."""
    alike: defaultdict[tuple[int, Part | None], list[Example]] = defaultdict(list)
    for example in examples:
        alike[example.path.stat().st_size, example.part].append(example)
    merged: list[Example] = []
    for group in alike.values():
        same: defaultdict[str, list[Example]] = defaultdict(list)
        for example in group:
            same[file_sha256(example.path) if len(group) > 1 else ""].append(example)
        merged += [replace(copies[0], tags=frozenset().union(*(copy.tags for copy in copies))) for copies in same.values()]
    return sorted(merged, key=lambda example: example.name)
