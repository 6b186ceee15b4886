"""A model bundle: a folder with networks in OpenVINO's format and bundle.json, which says all about them."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import BundleError
from service.files import file_sha256
from service.tags import Vocabulary
from service.timeline.aggregate import Aggregation

SCHEMA_VERSION = 1
SHIPPED_TAGGER = Path(__file__).parent.parent / "bundles" / "tagger"
FACTS, TAGS, HEAD = "bundle.json", "tags.yaml", "head.npz"
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
_NETWORKS = ("backbone.xml", "backbone.bin", "head.xml", "head.bin", HEAD)
_SENSITIVE_NETWORK = ("sensitive.xml", "sensitive.bin")
# Names become names of folders, and files stay inside: bundles come from strangers.
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,31}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Sensitive:
    """How the outputs of the published network for intimate pictures become tags."""

    outputs: tuple[str, ...]  # the network's classes in output order
    tags: dict[str, tuple[str, ...]]  # tag id -> the classes whose probabilities are summed
    threshold: dict[str, float]  # tag id -> the probability that scores 0.5
    key_frames: int  # of one shot that must agree


NO_SENSITIVE = Sensitive((), {}, {}, 1)  # a bundle without that network


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
    sensitive_sha256: str  # empty without that network
    own_vocabulary: bool = False  # its tags.yaml; without one its vocabulary is the one that came with the package
    facts_sha256: str = ""  # of what bundle.json says, however it is written down: two contents of one name differ in it


def load_tagger_bundle(vocabulary: Vocabulary, folder: Path = SHIPPED_TAGGER, *, check_files: bool = True) -> TaggerBundle:
    """Read and check a bundle. Raises BundleError when a file is missing or altered, or a label is not in the vocabulary.

    A process that loads no network may leave the files unchecked: hashing them takes a moment.
    """
    bundle = read_tagger_bundle(folder, check_files=check_files)
    check_labels(bundle, vocabulary)
    return bundle


def read_tagger_bundle(folder: Path, *, check_files: bool = True) -> TaggerBundle:
    """The same without a vocabulary to compare with."""
    content = read_facts(folder)
    if check_files:
        _check_files(folder, content["files"])
    return _parse(folder, content)


def read_facts(folder: Path) -> dict[str, Any]:
    """All that bundle.json says. Raises BundleError."""
    path = folder / FACTS
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        _canonical(content)
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(f"The model bundle {folder} has no readable {FACTS}: {error}") from error
    missing = [key for key in _NEEDED if key not in content] if isinstance(content, dict) else list(_NEEDED)
    if missing:
        raise BundleError(f"{path} lacks {', '.join(missing)}; export the bundle again.")
    if content.get("schema_version") != SCHEMA_VERSION or content["task"] != "tagger":
        raise BundleError(
            f"{path} has schema_version {content.get('schema_version')!r} and task {content['task']!r}; "
            f"this program reads schema_version {SCHEMA_VERSION} and task 'tagger'."
        )
    _check_names(path, content)
    _check_shapes(path, content)
    return dict(content)


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
    lacking = [name for name in (*_NETWORKS, *(_SENSITIVE_NETWORK if content["sensitive"] else ())) if name not in files]
    if lacking:
        raise BundleError(f"{path} does not name {', '.join(lacking)} among its files; export the bundle again.")
    if content["backbone_sha256"] != files["backbone.bin"]:
        raise BundleError(f"{path}: backbone_sha256 is not the SHA-256 of backbone.bin; export the bundle again.")


def _check_shapes(path: Path, content: Mapping[str, Any]) -> None:
    """Of what is shown without being computed with."""
    metrics, licences = content.get("metrics") or {}, content.get("licences") or []
    wrong = {
        **{f"{name}: a list of texts": not _is_list(content[name], str) for name in ("labels", "weak", "unverified")},
        "metrics: an object of objects": not isinstance(metrics, dict) or not _is_list(list(metrics.values()), dict),
        "licences: a list of objects": not _is_list(licences, dict),
    }
    _refuse(path, wrong)
    for name, figures in metrics.items():
        _refuse(path, {f"metrics.{name}.mean_ap: a number": not isinstance(figures.get("mean_ap"), int | float | None)})


def _is_list(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _check_files(folder: Path, files: dict[str, str]) -> None:
    for name, expected in files.items():
        path = folder / name
        if not path.is_file():
            raise BundleError(f"The model bundle {folder} lacks {name}; install it again.")
        if file_sha256(path) != expected:
            raise BundleError(f"{path} is not the file that bundle.json names (its SHA-256 differs); install the bundle again.")


def _parse(folder: Path, content: dict[str, Any]) -> TaggerBundle:
    try:
        bundle = TaggerBundle(
            folder=folder,
            name=content["name"],
            version=content["version"],
            labels=tuple(map(str, content["labels"])),
            input_size=int(content["input_size"]),
            sensitive=_sensitive(content["sensitive"]),
            thresholds={tag: float(value) for tag, value in content["thresholds"].items()},
            weak=frozenset(content["weak"]),
            unverified=frozenset(content["unverified"]),
            aggregation=vars(Aggregation(**content["aggregation"])),
            backbone_sha256=content["backbone_sha256"],
            head_sha256=content["files"][HEAD],
            sensitive_sha256=content["files"]["sensitive.bin"] if content["sensitive"] else "",
            own_vocabulary=TAGS in content["files"],
            facts_sha256=hashlib.sha256(_canonical(content)).hexdigest(),
        )
        _check_values(bundle)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BundleError(f"{folder / FACTS} holds an entry that cannot be understood: {error!r}; export the bundle again.") from error
    return bundle


def _sensitive(rule: Mapping[str, Any] | None) -> Sensitive:
    if not rule:
        return NO_SENSITIVE
    return Sensitive(
        outputs=tuple(rule["outputs"]),
        tags={tag: tuple(classes) for tag, classes in rule["tags"].items()},
        threshold={tag: float(value) for tag, value in rule["threshold"].items()},
        key_frames=int(rule["key_frames"]),
    )


def _check_values(bundle: TaggerBundle) -> None:
    rule = bundle.sensitive
    wrong = {
        "labels: one or more, each once": not bundle.labels or len(set(bundle.labels)) < len(bundle.labels),
        "thresholds: from 0 to 1": not all(0 <= value <= 1 for value in bundle.thresholds.values()),
        "aggregation: numbers above 0": not all(
            isinstance(value, int | float) and 0 < value < 1e9 for value in bundle.aggregation.values()
        ),
        "aggregation: most_tags is a whole number": not isinstance(bundle.aggregation["most_tags"], int),
        "sensitive: its tags are no labels": bool(set(rule.tags) & set(bundle.labels)),
        "sensitive: classes among its outputs": not all(set(classes) <= set(rule.outputs) for classes in rule.tags.values()),
        "sensitive: a threshold between 0 and 1 for each of its tags": set(rule.threshold) != set(rule.tags)
        or not all(0 < value < 1 for value in rule.threshold.values()),
        "sensitive: one key frame or more": rule.key_frames < 1,
    }
    _refuse(bundle.folder / FACTS, wrong)


def _refuse(path: Path, wrong: Mapping[str, bool]) -> None:
    for rule, is_broken in wrong.items():
        if is_broken:
            raise BundleError(f"{path} does not keep to: {rule}. Export the bundle again.")


def check_labels(bundle: TaggerBundle, vocabulary: Vocabulary) -> None:
    """Raises BundleError where bundle and vocabulary do not have the same tags, or a tag has no threshold."""
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
