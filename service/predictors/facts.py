"""What every bundle's bundle.json says, whatever its task: read, checked, and told apart from another by one hash."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from service.errors import BundleError
from service.files import file_sha256

SCHEMA_VERSION = 1
FACTS, CARD = "bundle.json", "card.md"
LARGEST_CARD = 1 << 20  # bytes
TAGGER, OBJECTS, DIGITS = "tagger", "objects", "digits"  # tasks
TASKS = (TAGGER, OBJECTS, DIGITS)
_NEEDED = ("name", "version", "task", "labels", "files")
# Names become names of folders, and files stay inside: bundles come from strangers.
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,31}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Bundle(Protocol):
    """What a bundle of any task is known by."""

    @property
    def folder(self) -> Path:
        """Where it lies."""

    @property
    def name(self) -> str:
        """Of the model."""

    @property
    def version(self) -> str:
        """With the name it stands for one content."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What its networks can tell, in their order."""

    @property
    def facts_sha256(self) -> str:
        """Of what bundle.json says: two contents of one name differ in it."""


def read_facts(folder: Path, task: str | None = None, needed: Sequence[str] = ()) -> dict[str, Any]:
    """All that bundle.json says, with what all bundles have in common checked.

    With `task` it must be a bundle for that, with the entries `needed`. Raises BundleError.
    """
    content = _read(folder)
    path = folder / FACTS
    missing = [key for key in (*_NEEDED, *needed) if key not in content]
    if missing:
        raise BundleError(f"{path} lacks {', '.join(missing)}; export the bundle again.")
    allowed = TASKS if task is None else (task,)
    if content.get("schema_version") != SCHEMA_VERSION or content["task"] not in allowed:
        raise BundleError(
            f"{path} has schema_version {content.get('schema_version')!r} and task {content['task']!r}; "
            f"here schema_version {SCHEMA_VERSION} and task {' or '.join(map(repr, allowed))} can be read."
        )
    _check_names(path, content)
    _check_shapes(path, content)
    return content


def must_name(folder: Path, content: Mapping[str, Any], files: Sequence[str]) -> None:
    """Raises BundleError where bundle.json does not name all of `files`."""
    lacking = [name for name in files if name not in content["files"]]
    if lacking:
        raise BundleError(f"{folder / FACTS} does not name {', '.join(lacking)} among its files; export the bundle again.")


def facts_sha256(content: Mapping[str, Any]) -> str:
    """SHA-256 of what bundle.json says, however it is written down; it holds the hash of every file."""
    return hashlib.sha256(_canonical(content)).hexdigest()


def verify_files(folder: Path, files: Mapping[str, str]) -> None:
    """Raises BundleError for a file that is missing or has another SHA-256 than bundle.json names."""
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            raise BundleError(f"The model bundle {folder} lacks {name}; install it again.")
        if file_sha256(path) != expected:
            raise BundleError(f"{path} is not the file that {FACTS} names (its SHA-256 differs); install the bundle again.")


def refuse(path: Path, wrong: Mapping[str, bool]) -> None:
    """Raises BundleError for the first rule that is broken: rule -> whether it is."""
    for rule, is_broken in wrong.items():
        if is_broken:
            raise BundleError(f"{path} does not keep to: {rule}. Export the bundle again.")


def is_list(value: Any, kind: type) -> bool:
    """Whether it is a list of nothing else."""
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


@contextmanager
def understood(folder: Path) -> Iterator[None]:
    """Around making a bundle of its facts: what an odd entry raises becomes a BundleError."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BundleError(f"{folder / FACTS} holds an entry that cannot be understood: {error!r}; export the bundle again.") from error


def _read(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        _canonical(content)
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(f"The model bundle {folder} has no readable {FACTS}: {error}") from error
    if not isinstance(content, dict):
        raise BundleError(f"{folder / FACTS} holds no JSON object; export the bundle again.")
    return content


def _canonical(content: Any) -> bytes:
    """One text for one content. Raises ValueError for what no answer in JSON can hold: NaN, infinity, half a character."""
    return json.dumps(content, allow_nan=False, ensure_ascii=False, sort_keys=True).encode()


def _check_names(path: Path, content: Mapping[str, Any]) -> None:
    for key, pattern in (("name", _NAME), ("version", _VERSION)):
        if not isinstance(content[key], str) or not pattern.fullmatch(content[key]):
            raise BundleError(f"{path}: the {key} {content[key]!r} cannot be used; allowed is {pattern.pattern}.")
    files = content["files"]
    if not isinstance(files, dict) or not all(isinstance(value, str) for value in files.values()):
        raise BundleError(f"{path}: files must name each file with its SHA-256.")
    odd = [name for name in files if not _FILE.fullmatch(name)]
    if odd:
        raise BundleError(f"{path} names the file {odd[0]!r}; files lie beside it and are named by letters, digits, and . _ - alone.")


def _check_shapes(path: Path, content: Mapping[str, Any]) -> None:
    """Of what is shown without being computed with."""
    metrics, licences = content.get("metrics") or {}, content.get("licences") or []
    wrong = {
        "labels: a list of texts": not is_list(content["labels"], str),
        "metrics: an object of objects": not isinstance(metrics, dict) or not is_list(list(metrics.values()), dict),
        "licences: a list of objects": not is_list(licences, dict),
    }
    refuse(path, wrong)
    refuse(path, {"labels: one or more, each once": not 0 < len(set(content["labels"])) == len(content["labels"])})
    for name, figures in metrics.items():
        refuse(path, {f"metrics.{name}.mean_ap: a number": not isinstance(figures.get("mean_ap"), int | float | None)})
