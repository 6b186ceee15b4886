"""A detector's bundle: a folder with one network, in OpenVINO's format or ONNX, and bundle.json, which says what goes in and comes out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from service.predictors.detection.boxes import Boxes, Columns
from service.predictors.detection.nanodet import NanoDet
from service.predictors.detection.yolox import Yolox
from service.predictors.detector_input import COLOURS, LAYOUTS, RESIZES, DetectorInput
from service.predictors.facts import FACTS, OBJECTS, facts_sha256, must_name, read_facts, refuse, understood, verify_files

SHIPPED_OBJECTS = Path(__file__).parent.parent / "bundles" / "objects"
Convention: TypeAlias = NanoDet | Yolox | Boxes
CONVENTIONS: dict[str, type[NanoDet] | type[Yolox] | type[Boxes]] = {"nanodet": NanoDet, "yolox": Yolox, "boxes": Boxes}
LARGEST_SIDE = 2560  # pixels of a network's picture: one must fit into a message of the inference process
LONGEST_LABEL = 80  # characters; labels are searched for in an index
MOST_FOUND = 1000  # objects of one picture
_NEEDED = ("network", "input", "convention", "min_score", "overlap", "most")


@dataclass(frozen=True)
class DetectorBundle:
    """A detector on disk, as bundle.json tells of it."""

    folder: Path
    name: str
    version: str
    labels: tuple[str, ...]
    network: str  # name of the file
    input: DetectorInput
    convention: Convention
    min_score: float  # from which users are shown objects when they name no other
    overlap: float | None  # intersection over union from which the better box of a label stays; None where the network sees to it
    most: int  # objects of one picture
    facts_sha256: str


def read_detector_bundle(folder: Path = SHIPPED_OBJECTS, *, check_files: bool = True) -> DetectorBundle:
    """Read and check a bundle. Raises BundleError when a file is missing or altered, or an entry cannot be understood.

    A process that loads no network may leave the files unchecked.
    """
    facts = read_facts(folder, OBJECTS, _NEEDED)
    with understood(folder):
        bundle = _parse(folder, facts)
    weights = [str(Path(bundle.network).with_suffix(".bin"))] if bundle.network.endswith(".xml") else []
    must_name(folder, facts, [bundle.network, *weights])
    _check_values(bundle)
    if check_files:
        verify_files(folder, facts["files"])
    return bundle


def _parse(folder: Path, facts: Mapping[str, Any]) -> DetectorBundle:
    wanted = DetectorInput(**_frozen(facts["input"]))
    _check_input(folder / FACTS, wanted)
    return DetectorBundle(
        folder=folder,
        name=facts["name"],
        version=facts["version"],
        labels=tuple(facts["labels"]),
        network=str(facts["network"]),
        input=wanted,
        convention=_convention(facts["convention"], wanted, len(facts["labels"])),
        min_score=float(facts["min_score"]),
        overlap=None if facts["overlap"] is None else float(facts["overlap"]),
        most=int(facts["most"]),
        facts_sha256=facts_sha256(facts),
    )


def _convention(entry: Mapping[str, Any], wanted: DetectorInput, labels: int) -> Convention:
    """The entry `name` says which one, the others are its fields."""
    fields = _frozen(entry)
    kind = CONVENTIONS.get(name := fields.pop("name"))
    if kind is None:
        raise ValueError(f"the convention {name!r}; allowed are {', '.join(CONVENTIONS)}")
    if "columns" in fields:
        fields["columns"] = Columns(**fields["columns"])
    return kind(width=wanted.width, height=wanted.height, labels=labels, **fields)


def _frozen(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def _check_input(path: Path, wanted: DetectorInput) -> None:
    numbers = (*wanted.mean, *wanted.std)
    refuse(
        path,
        {
            f"input: width and height from 1 to {LARGEST_SIDE}": not all(
                type(side) is int and 0 < side <= LARGEST_SIDE for side in (wanted.width, wanted.height)
            ),
            f"input: colour is one of {', '.join(COLOURS)}": wanted.colour not in COLOURS,
            f"input: resize is one of {', '.join(RESIZES)}": wanted.resize not in RESIZES,
            f"input: layout is one of {', '.join(LAYOUTS)}": wanted.layout not in LAYOUTS,
            "input: mean and std are three numbers each, std above 0": len(wanted.mean) != 3
            or len(wanted.std) != 3
            or not all(isinstance(number, int | float) for number in numbers)
            or not all(number > 0 for number in wanted.std),
        },
    )


def _check_values(bundle: DetectorBundle) -> None:
    refuse(
        bundle.folder / FACTS,
        {
            "network: a file that ends in .xml or .onnx": not bundle.network.endswith((".xml", ".onnx")),
            f"labels: of 1 to {LONGEST_LABEL} characters": not all(0 < len(label) <= LONGEST_LABEL for label in bundle.labels),
            "min_score: from 0 to 1": not 0 <= bundle.min_score <= 1,
            "overlap: from 0 to 1, or null where the network suppresses by itself": bundle.overlap is not None
            and not 0 <= bundle.overlap <= 1,
            f"most: from 1 to {MOST_FOUND}": not 0 < bundle.most <= MOST_FOUND,
        },
    )
