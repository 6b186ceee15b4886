"""Training data of every kind, read into examples: class folders, CSV manifests, tagged films, exported corrections."""

import itertools
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from service.tags import Vocabulary, load_vocabulary
from training.config import DataConfig
from training.data.corrections import corrections, unpacked
from training.data.csv_manifest import read_manifest, refuse_contradictions
from training.data.examples import Example
from training.data.films import with_frames
from training.data.folders import read_folders
from training.data.vocabulary import made_vocabulary, tag_id, with_known_tags
from training.errors import DataError, MissingImages

log = logging.getLogger(__name__)

MANIFEST, VOCABULARY = "manifest.csv", "tags.yaml"
SHOWN = 10  # missing files that are named


def read_data(path: Path, vocabulary: Vocabulary, config: DataConfig, *, cache: Path | None = None) -> list[Example]:
    """The examples of one folder, CSV file or export of corrections, films as their frames.

    Frames and unpacked archives are kept in `cache`, without it in the user's cache folder. Raises DataError.
    """
    return read_many([path], vocabulary, config, cache=cache)


def read_many(paths: Sequence[Path], vocabulary: Vocabulary, config: DataConfig, *, cache: Path | None = None) -> list[Example]:
    """The examples of several; where names would be the same, all are preceded by the name of their data. Raises DataError."""
    found = _named_apart([path.stem for path in paths], [_listed(path, config, cache) for path in paths])
    known = with_known_tags(found, vocabulary)
    refuse_contradictions(known)
    _refuse_missing(known)
    return with_frames(known, config.frames_per_film, cache)


def choose_vocabulary(paths: Sequence[Path], file: Path | None, config: DataConfig, *, cache: Path | None = None) -> Vocabulary:
    """The vocabulary of `file`; else one that lies beside the data; else the shipped one, unless class folders have other names.

    Then it is made of the folders' names, which is told. Raises DataError, VocabularyError.
    """
    if file is not None:
        return load_vocabulary(file)
    beside = [folder / VOCABULARY for folder in _folders(paths, cache) if (folder / VOCABULARY).is_file()]
    if beside:
        return load_vocabulary(beside[0])
    shipped = load_vocabulary()
    if not all(_is_class_folders(path) for path in paths):
        return shipped
    names = {tag for path in paths for example in _listed(path, config, cache) for tag in example.tags}
    if all(name in shipped.ids or tag_id(name) in shipped.ids for name in names):
        return shipped
    made = made_vocabulary(names)
    log.info("The vocabulary is made of the folders' names: %s", ", ".join(made.ids))
    return made


def _listed(path: Path, config: DataConfig, cache: Path | None) -> list[Example]:
    """Examples with tags as they are given; films are still whole."""
    found = _found(path, config, cache)
    _refuse_unwritable_names((str(path), *(example.name for example in found)))
    return found


def _found(path: Path, config: DataConfig, cache: Path | None) -> list[Example]:
    if not path.exists():
        raise DataError(f"{path} does not exist. Training data is a folder of class folders, a CSV manifest or an export of corrections.")
    if path.suffix.lower() == ".csv":
        return read_manifest(path, config)
    if path.is_file():
        if path.suffix.lower() != ".zip":
            raise DataError(f"{path} is no training data: give a folder, a .csv manifest or the .zip of exported corrections.")
        return corrections(path, config, cache)
    return read_manifest(path / MANIFEST, config) if (path / MANIFEST).is_file() else read_folders(path, config)


def _is_class_folders(path: Path) -> bool:
    return path.is_dir() and not (path / MANIFEST).is_file()


def _folders(paths: Iterable[Path], cache: Path | None) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield path
        elif path.suffix.lower() == ".zip" and path.is_file():
            yield unpacked(path, cache)
        else:
            yield path.parent


def _named_apart(names: Sequence[str], data: Sequence[Sequence[Example]]) -> list[Example]:
    """All examples; prefixed when a name occurs twice, and so never mixed up with those of another choice of data."""
    together = list(itertools.chain(*data))
    if len({example.name for example in together}) == len(together):
        return together
    taken: Counter[str] = Counter()
    apart: list[Example] = []
    for name, examples in zip(names, data, strict=True):
        taken[name] += 1
        prefix = name if taken[name] == 1 else f"{name}-{taken[name]}"
        apart += [replace(example, name=f"{prefix}/{example.name}") for example in examples]
    return apart


def _refuse_unwritable_names(names: Iterable[str]) -> None:
    """A split and a report name every image, in UTF-8."""
    bad = [name for name in names if any("\ud800" <= character <= "\udfff" for character in name)]
    if bad:
        shown = ", ".join(name.encode(errors="surrogateescape").decode(errors="backslashreplace") for name in bad[:SHOWN])
        more = f" and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        raise DataError(f"Names of files or folders that are not UTF-8 ({len(bad)}): {shown}{more}. Rename them.")


def _refuse_missing(examples: Iterable[Example]) -> None:
    missing = [example.path for example in examples if not example.path.is_file()]
    if missing:
        shown = ", ".join(map(str, missing[:SHOWN]))
        more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
        raise MissingImages(
            f"Files that the data names and that are not there ({len(missing)}): {shown}{more}. Paths count from the CSV file's folder."
        )
