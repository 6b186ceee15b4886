"""Detectors' bundles of a test's own: small networks that answer with known arrays, whatever they are shown."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops

from service.files import file_sha256

LABELS = ("cat", "dog", "horse")
WIDTH, HEIGHT = 64, 32


def write_detector(
    folder: Path, outputs: Mapping[str, np.ndarray], convention: Mapping[str, Any], *, seen: bool = False, size: str = "", **facts: Any
) -> Path:
    """A bundle whose network gives `outputs`; `seen` adds what the network sees, its mean per channel, to every output.

    With `size` the network asks for a second input of that name. `facts` change entries of bundle.json.
    """
    folder.mkdir(parents=True)
    wanted = {"width": WIDTH, "height": HEIGHT, **facts.pop("input", {})}
    first = wanted.get("layout") == "NCHW"
    shape = [1, 3, wanted["height"], wanted["width"]] if first else [1, wanted["height"], wanted["width"], 3]
    pictures = ops.parameter(shape, np.float32, name="pictures")
    colour = ops.reduce_mean(pictures, np.array([2, 3] if first else [1, 2]))
    first_channel = ops.gather(colour, np.array(0), np.array(1))  # (1,)
    shift = first_channel if seen else ops.multiply(first_channel, ops.constant(np.float32(0)))
    inputs = [pictures]
    if size:
        inputs.append(ops.parameter([1, 2], np.int64, name=size))
        largest = ops.reduce_max(ops.convert(inputs[1], "f32"), np.array([0, 1]))
        shift = ops.add(shift, ops.multiply(largest, ops.constant(np.float32(0.001))))
    results = []
    for name, values in outputs.items():
        answer = ops.add(ops.constant(values.astype(np.float32)), ops.reduce_max(shift, np.array([0])))
        answer.output(0).set_names({name})
        results.append(ops.result(answer))
    ov.save_model(ov.Model(results, inputs, "detector"), folder / "objects.xml", compress_to_fp16=False)
    write_facts(folder, {"input": wanted, "convention": dict(convention), **facts})
    return folder


def write_facts(folder: Path, changes: Mapping[str, Any]) -> None:
    """bundle.json with the hashes of what lies beside it."""
    facts = {
        "schema_version": 1,
        "task": "objects",
        "name": "own-detector",
        "version": "1.0.0",
        "labels": list(LABELS),
        "network": "objects.xml",
        "input": {"width": WIDTH, "height": HEIGHT},
        "min_score": 0.4,
        "overlap": 0.6,
        "most": 100,
        "files": {path.name: file_sha256(path) for path in folder.iterdir() if path.name != "bundle.json"},
    }
    (folder / "bundle.json").write_text(json.dumps({**facts, **changes}), encoding="utf-8")


def blank(count: int = 1) -> np.ndarray:
    """Black pictures as the network takes them."""
    return np.zeros((count, HEIGHT, WIDTH, 3), np.uint8)
