"""A tagger's bundle: a folder with networks in OpenVINO's format and bundle.json, which says all about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import BundleError
from service.predictors.facts import FACTS, TAGGER, facts_sha256, is_list, must_name, read_facts, refuse, understood, verify_files
from service.tags import Vocabulary
from service.timeline.aggregate import Aggregation

SHIPPED_TAGGER = Path(__file__).parent.parent / "bundles" / "tagger"
TAGS, HEAD = "tags.yaml", "head.npz"
_NEEDED = ("background", "input_size", "sensitive", "thresholds", "weak", "unverified", "aggregation", "backbone_sha256")
_NETWORKS = ("backbone.xml", "backbone.bin", "head.xml", "head.bin", HEAD)
_SENSITIVE_NETWORK = ("sensitive.xml", "sensitive.bin")


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
    content = _tagger_facts(folder)
    if check_files:
        verify_files(folder, content["files"])
    return _parse(folder, content)


def _tagger_facts(folder: Path) -> dict[str, Any]:
    content = read_facts(folder, TAGGER, _NEEDED)
    must_name(folder, content, (*_NETWORKS, *(_SENSITIVE_NETWORK if content["sensitive"] else ())))
    wrong = {
        "backbone_sha256 is the SHA-256 of backbone.bin": content["backbone_sha256"] != content["files"]["backbone.bin"],
        **{f"{name}: a list of texts": not is_list(content[name], str) for name in ("weak", "unverified")},
    }
    refuse(folder / FACTS, wrong)
    return content


def _parse(folder: Path, content: dict[str, Any]) -> TaggerBundle:
    with understood(folder):
        bundle = TaggerBundle(
            folder=folder,
            name=content["name"],
            version=content["version"],
            labels=tuple(content["labels"]),
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
            facts_sha256=facts_sha256(content),
        )
        _check_values(bundle)
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
    refuse(bundle.folder / FACTS, wrong)


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
