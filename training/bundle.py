"""Put a tagger's bundle together: the networks, the head's weights, the vocabulary and bundle.json, all at once or not at all."""

import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from service.files import file_sha256, write_whole
from service.models import model_at
from service.predictors.bundle import HEAD, TAGS
from service.predictors.facts import FACTS, SCHEMA_VERSION
from service.predictors.trial import try_bundle
from service.tags import Vocabulary
from training.data.vocabulary import vocabulary_text
from training.networks import head_network, write_network
from training.weights import Weights

NETWORKS = ("backbone", "sensitive")  # made once; a new head leaves them as they are


def write_bundle(folder: Path, networks: Path, head: Weights, facts: dict[str, Any], vocabulary: Vocabulary) -> None:
    """Write the bundle `folder` from the network files in `networks`, a head and what else bundle.json says.

    Everything is written beside `folder` first, tried as the service would, and then takes its place, so a reader never meets
    half a bundle. Raises BundleError.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".bundle-") as parent:
        fresh = Path(parent) / "fresh"
        fresh.mkdir()
        for path in sorted(networks.glob("*.*")):
            if path.stem in NETWORKS:
                shutil.copyfile(path, fresh / path.name)
        write_network(head_network(head), fresh / "head.xml")
        np.savez(fresh / HEAD, **{name: values.astype(np.float32) for name, values in head.items()})  # type: ignore[arg-type]
        (fresh / TAGS).write_text(vocabulary_text(vocabulary), encoding="utf-8")
        _write_facts(fresh, facts)
        model = model_at(fresh)
        try_bundle(model.bundle, model.vocabulary)
        if folder.exists():
            os.rename(folder, Path(parent) / "former")
        os.rename(fresh, folder)


def rewrite_facts(folder: Path, changes: dict[str, Any]) -> None:
    """Change entries of an existing bundle's bundle.json (thresholds after tuning, say)."""
    facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
    _write_facts(folder, {**facts, **changes})


def _write_facts(folder: Path, facts: dict[str, Any]) -> None:
    named = (path for path in sorted(folder.iterdir()) if path.suffix in (".xml", ".bin", ".npz") or path.name == TAGS)
    hashes = {path.name: file_sha256(path) for path in named}
    content = {"schema_version": SCHEMA_VERSION, "task": "tagger", **facts, "backbone_sha256": hashes["backbone.bin"], "files": hashes}
    write_whole(folder / FACTS, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
