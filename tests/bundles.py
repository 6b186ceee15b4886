"""Bundles of a test's own with small networks for other tags, made without any training library."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops
import yaml

from service.files import file_sha256
from service.predictors.bundle import SHIPPED_TAGGER

SIDE, WIDTH, HIDDEN = 299, 2048, 4


def write_bundle(
    folder: Path, tags: Sequence[str] = ("crowd", "empty street"), *, seed: int = 0, shipped: Sequence[str] = (), **facts
) -> Path:
    """A bundle of its own vocabulary; `seed` makes the head, `shipped` networks are ours, `facts` change entries of bundle.json."""
    folder.mkdir(parents=True)
    sensitive = "sensitive" in shipped
    for name in (f"{network}.{kind}" for network in shipped for kind in ("xml", "bin")):
        shutil.copyfile(SHIPPED_TAGGER / name, folder / name)
    if "backbone" not in shipped:
        _write_backbone(folder)
    write_head(folder, head_of(len(tags), seed))
    ours = json.loads((SHIPPED_TAGGER / "bundle.json").read_text(encoding="utf-8"))
    ids = [*tags, *(ours["sensitive"]["tags"] if sensitive else [])]
    entries = [{"id": tag, "name": {"en": tag.title(), "es": f"{tag} (es)"}} for tag in ids]
    (folder / "tags.yaml").write_text(yaml.safe_dump({"tags": entries}), encoding="utf-8")
    own = {
        "name": "own-tagger",
        "version": "1.0.0",
        "labels": list(tags),
        "sensitive": ours["sensitive"] if sensitive else None,
        "thresholds": dict.fromkeys(ids, 0.5),
        "weak": [],
        "unverified": [],
        "metrics": {"validation": {"images": 40, "mean_ap": 0.71}},
    }
    write_facts(folder, {**ours, **own, **facts})
    return folder


def write_facts(folder: Path, facts: dict[str, Any]) -> None:
    """bundle.json with the hashes of what lies beside it."""
    files = {path.name: file_sha256(path) for path in folder.iterdir() if path.name != "bundle.json"}
    content = {**facts, "files": {**files, **facts.get("more_files", {})}, "backbone_sha256": files.get("backbone.bin")}
    (folder / "bundle.json").write_text(json.dumps(content), encoding="utf-8")


def change_facts(folder: Path, **facts: Any) -> None:
    """Other entries of bundle.json."""
    path = folder / "bundle.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **facts}), encoding="utf-8")


def head_of(tags: int, seed: int) -> dict[str, np.ndarray]:
    """The first tag holds in every picture, the others in none."""
    rng = np.random.default_rng(seed)
    bias = np.array([3.0, *[-3.0] * (tags - 1), 0.0], np.float32)
    return {
        "dense_1/kernel": rng.normal(0, 0.01, (WIDTH, HIDDEN)).astype(np.float32),
        "dense_1/bias": np.zeros(HIDDEN, np.float32),
        "dense_2/kernel": rng.normal(0, 0.1, (HIDDEN, tags + 1)).astype(np.float32),
        "dense_2/bias": bias,
    }


def _write_backbone(folder: Path) -> None:
    """The mean colour of a picture, 2048 times over."""
    pictures = ops.parameter([-1, SIDE, SIDE, 3], np.uint8, name="pictures")
    colour = ops.reduce_mean(ops.convert(pictures, "f32"), np.array([1, 2]))
    features = ops.matmul(colour, ops.constant(np.full((3, WIDTH), 1e-3, np.float32)), False, False)
    features.output(0).set_names({"features"})
    ov.save_model(ov.Model([ops.result(features)], [pictures], "backbone"), folder / "backbone.xml", compress_to_fp16=False)


def write_head(folder: Path, head: dict[str, np.ndarray]) -> None:
    """The head as arrays and as a network."""
    np.savez(folder / "head.npz", **head)  # type: ignore[arg-type]
    features = ops.parameter([-1, WIDTH], np.float32, name="features")
    layer = features
    for number in (1, 2):
        kernel, bias = head[f"dense_{number}/kernel"], head[f"dense_{number}/bias"]
        layer = ops.add(ops.matmul(layer, ops.constant(kernel), False, False), ops.constant(bias))
        layer = ops.relu(layer) if number == 1 else ops.softmax(layer, axis=1)
    layer.output(0).set_names({"scores"})
    ov.save_model(ov.Model([ops.result(layer)], [features], "head"), folder / "head.xml", compress_to_fp16=False)
