"""Put a detector's bundle together: the network and bundle.json, all at once or not at all."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from service.files import file_sha256, write_whole
from service.predictors.detector import Detector
from service.predictors.detector_bundle import read_detector_bundle
from service.predictors.facts import FACTS, OBJECTS, SCHEMA_VERSION
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
    """Write the bundle `out`: `put` puts the files into a folder beside it, which is tried as the service would and then takes its place.

    Raises BundleError, and ConfigError where `out` holds something that is no bundle.
    """
    if out.exists() and not (out / FACTS).exists() and any(out.iterdir()):
        raise ConfigError(f"{out} holds something that is no bundle; name another folder.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".bundle-") as parent:
        fresh = Path(parent) / "fresh"
        fresh.mkdir()
        put(fresh)
        _write_facts(fresh, facts)
        Detector(read_detector_bundle(fresh)).wait_until_loaded()
        if out.exists():
            os.rename(out, Path(parent) / "former")
        os.rename(fresh, out)


def add_figures(folder: Path, name: str, figures: Mapping[str, Any]) -> None:
    """Put measured figures into a bundle under `name`."""
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    _write_facts(folder, {**facts, "metrics": {**(facts.get("metrics") or {}), name: dict(figures)}})


def _write_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    hashes = {path.name: file_sha256(path) for path in sorted(folder.iterdir()) if path.name != FACTS}
    content = {"schema_version": SCHEMA_VERSION, "task": OBJECTS, **facts, "files": hashes}
    write_whole(folder / FACTS, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
