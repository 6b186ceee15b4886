"""Put a tagger's bundle together: the networks, the head's weights and bundle.json, all at once or not at all."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from service.files import file_sha256
from service.predictors.bundle import SCHEMA_VERSION
from training.networks import head_network, write_network
from training.weights import Weights

NETWORKS = ("backbone", "sensitive")  # made once; a new head leaves them as they are


def write_bundle(folder: Path, networks: Path, head: Weights, facts: dict[str, Any]) -> None:
    """Write the bundle `folder` from the network files in `networks`, a head and what else bundle.json says.

    Everything is written beside `folder` first and then takes its place, so a reader never meets half a bundle.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as parent:
        fresh = Path(parent) / "fresh"
        fresh.mkdir()
        for name in (f"{network}.{kind}" for network in NETWORKS for kind in ("xml", "bin")):
            shutil.copyfile(networks / name, fresh / name)
        write_network(head_network(head), fresh / "head.xml")
        np.savez(fresh / "head.npz", **{name: values.astype(np.float32) for name, values in head.items()})  # type: ignore[arg-type]
        _write_facts(fresh, facts)
        if folder.exists():
            os.rename(folder, Path(parent) / "former")
        os.rename(fresh, folder)


def rewrite_facts(folder: Path, changes: dict[str, Any]) -> None:
    """Change entries of an existing bundle's bundle.json (thresholds after tuning, say)."""
    facts = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    _write_facts(folder, {**facts, **changes})


def _write_facts(folder: Path, facts: dict[str, Any]) -> None:
    hashes = {path.name: file_sha256(path) for path in sorted(folder.iterdir()) if path.suffix in (".xml", ".bin", ".npz")}
    content = {"schema_version": SCHEMA_VERSION, "task": "tagger", **facts, "backbone_sha256": hashes["backbone.bin"], "files": hashes}
    target = folder / "bundle.json"
    fresh = target.with_suffix(".json.new")
    fresh.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(fresh, target)
