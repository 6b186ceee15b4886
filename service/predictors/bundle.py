"""A model bundle: a folder with networks in OpenVINO's format and bundle.json, which says all about them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import BundleError
from service.files import file_sha256
from service.tags import Vocabulary

SCHEMA_VERSION = 1
SHIPPED_TAGGER = Path(__file__).parent.parent / "bundles" / "tagger"
_NEEDED = (
    "name",
    "version",
    "task",
    "labels",
    "background",
    "input_size",
    "sensitive",
    "thresholds",
    "weak",
    "unverified",
    "aggregation",
    "backbone_sha256",
    "files",
)


@dataclass(frozen=True)
class Sensitive:
    """How the outputs of the published network for intimate pictures become tags."""

    outputs: tuple[str, ...]  # the network's classes in output order
    tags: dict[str, tuple[str, ...]]  # tag id -> the classes whose probabilities are summed
    threshold: dict[str, float]  # tag id -> the probability that scores 0.5
    key_frames: int  # of one shot that must agree


@dataclass(frozen=True)
class TaggerBundle:
    """A tagger on disk, as bundle.json tells of it."""

    folder: Path
    name: str
    version: str
    labels: tuple[str, ...]  # trained tags in the head's output order; its last output is the background
    input_size: int  # pixels a side
    sensitive: Sensitive
    thresholds: dict[str, float]  # tag id -> score from which the tag holds
    weak: frozenset[str]  # trained on few images
    unverified: frozenset[str]  # never measured on images of their own
    aggregation: dict[str, Any]  # parameters of service.timeline.aggregate
    backbone_sha256: str
    head_sha256: str  # of the head's weights as arrays
    sensitive_sha256: str


def load_tagger_bundle(vocabulary: Vocabulary, folder: Path = SHIPPED_TAGGER, *, check_files: bool = True) -> TaggerBundle:
    """Read and check a bundle. Raises BundleError when a file is missing or altered, or a label is not in the vocabulary.

    A process that loads no network may leave the files unchecked: hashing them takes a moment.
    """
    content = _read(folder / "bundle.json")
    if check_files:
        _check_files(folder, content["files"])
    bundle = _parse(folder, content)
    _check_labels(bundle, vocabulary)
    return bundle


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"The model bundle {path.parent} has no readable bundle.json: {error}") from error
    missing = [key for key in _NEEDED if key not in content]
    if missing:
        raise BundleError(f"{path} lacks {', '.join(missing)}; export the bundle again.")
    if content.get("schema_version") != SCHEMA_VERSION or content["task"] != "tagger":
        raise BundleError(
            f"{path} has schema_version {content.get('schema_version')!r} and task {content['task']!r}; "
            f"this program reads schema_version {SCHEMA_VERSION} and task 'tagger'."
        )
    return dict(content)


def _check_files(folder: Path, files: dict[str, str]) -> None:
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            raise BundleError(f"The model bundle {folder} lacks {name}; install it again.")
        if file_sha256(path) != expected:
            raise BundleError(f"{path} is not the file that bundle.json names (its SHA-256 differs); install the bundle again.")


def _parse(folder: Path, content: dict[str, Any]) -> TaggerBundle:
    sensitive = content["sensitive"]
    return TaggerBundle(
        folder=folder,
        name=content["name"],
        version=content["version"],
        labels=tuple(content["labels"]),
        input_size=content["input_size"],
        sensitive=Sensitive(
            outputs=tuple(sensitive["outputs"]),
            tags={tag: tuple(classes) for tag, classes in sensitive["tags"].items()},
            threshold={tag: float(value) for tag, value in sensitive["threshold"].items()},
            key_frames=sensitive["key_frames"],
        ),
        thresholds={tag: float(value) for tag, value in content["thresholds"].items()},
        weak=frozenset(content["weak"]),
        unverified=frozenset(content["unverified"]),
        aggregation=dict(content["aggregation"]),
        backbone_sha256=content["backbone_sha256"],
        head_sha256=content["files"].get("head.npz", ""),
        sensitive_sha256=content["files"].get("sensitive.bin", ""),
    )


def _check_labels(bundle: TaggerBundle, vocabulary: Vocabulary) -> None:
    scored = {*bundle.labels, *bundle.sensitive.tags}
    if scored != set(vocabulary.ids):
        odd = sorted(scored ^ set(vocabulary.ids))
        raise BundleError(
            f"The model bundle {bundle.name} {bundle.version} and the vocabulary do not have the same tags; "
            f"only one of them has {', '.join(odd)}. Use the tags.yaml that the bundle was trained with."
        )
    lacking = sorted(scored - set(bundle.thresholds))
    if lacking:
        raise BundleError(f"The model bundle {bundle.name} has no threshold for {', '.join(lacking)}; export it again.")
