"""Put a tagger's bundle together: the networks, the head's weights, the vocabulary and bundle.json, all at once or not at all."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from service.files import file_sha256
from service.models import model_at
from service.predictors.bundle import HEAD, TAGS
from service.predictors.facts import TAGGER
from service.predictors.trial import try_bundle
from service.tags import Vocabulary
from training.bundle_folder import write_bundle_folder
from training.data.vocabulary import vocabulary_text
from training.networks import head_network, write_network
from training.weights import Weights

NETWORKS = ("backbone", "sensitive")  # made once; a new head leaves them as they are


def write_bundle(folder: Path, networks: Path, head: Weights, facts: Mapping[str, Any], vocabulary: Vocabulary) -> None:
    """Write the bundle `folder` from the network files in `networks`, a head and what else bundle.json says.

    All at once or not at all, and tried as the service would. Raises BundleError, and ConfigError where `folder` is no bundle.
    """
    said = {"task": TAGGER, **facts, "backbone_sha256": file_sha256(networks / "backbone.bin")}

    def put(fresh: Path) -> None:
        for path in sorted(networks.glob("*.*")):
            if path.stem in NETWORKS:
                shutil.copyfile(path, fresh / path.name)
        write_network(head_network(head), fresh / "head.xml")
        np.savez(fresh / HEAD, **{name: values.astype(np.float32) for name, values in head.items()})  # type: ignore[arg-type]
        (fresh / TAGS).write_text(vocabulary_text(vocabulary), encoding="utf-8")

    write_bundle_folder(folder, said, put, _try)


def _try(folder: Path) -> None:
    model = model_at(folder)
    try_bundle(model.bundle, model.vocabulary)
