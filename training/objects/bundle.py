"""Put a detector's bundle together: the network and bundle.json, all at once or not at all."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from service.predictors.detector import Detector
from service.predictors.detector_bundle import read_detector_bundle
from service.predictors.facts import OBJECTS, read_facts
from training.bundle_folder import rewrite_facts, write_bundle_folder
from training.errors import ConfigError

NANODET_G = Path(__file__).parent.parent / "configs" / "nanodet_g.json"


def read_model_facts(path: Path = NANODET_G) -> dict[str, Any]:
    """What a bundle.json will say of a detector: all but its files. Raises ConfigError."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read as facts of a detector, a JSON object: {error}") from error
    if not isinstance(facts, dict):
        raise ConfigError(f"{path} holds no JSON object; {NANODET_G} is an example.")
    return facts


def bundle_model(network: Path, facts: Mapping[str, Any], out: Path) -> None:
    """Write the bundle `out` of a network as it is: .xml with the .bin beside it, or .onnx. Raises BundleError, ConfigError."""

    def put(folder: Path) -> None:
        for path in (network, network.with_suffix(".bin")):
            if path.is_file():
                shutil.copyfile(path, folder / path.name)

    write_bundle(out, {**facts, "network": network.name}, put)


def write_bundle(out: Path, facts: Mapping[str, Any], put: Callable[[Path], None]) -> None:
    """Write the bundle `out` with the files that `put` puts into a folder. Raises BundleError, ConfigError where `out` is no bundle."""
    write_bundle_folder(out, {"task": OBJECTS, **facts}, put, _load)


def add_figures(folder: Path, name: str, figures: Mapping[str, Any]) -> None:
    """Put measured figures into a bundle under `name`."""
    metrics = read_facts(folder, OBJECTS).get("metrics") or {}
    rewrite_facts(folder, {"metrics": {**metrics, name: dict(figures)}})


def _load(folder: Path) -> None:
    Detector(read_detector_bundle(folder)).wait_until_loaded()
