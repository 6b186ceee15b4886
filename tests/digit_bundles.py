"""A bundle of digits whose networks are rules with known answers."""

import hashlib
import json
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as ops

NETWORKS = ("digits", "autoencoder", "layers")


def write_digits_bundle(folder: Path, **changes) -> Path:
    """The digit is the row that is brightest (rows 0 to 9), the energy minus its brightness, the error the mean of all pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, network in zip(NETWORKS, (_classifier(), _autoencoder(), _layers()), strict=True):
        ov.save_model(network, folder / f"{name}.xml", compress_to_fp16=False)
    files = [folder / f"{name}.{part}" for name in NETWORKS for part in ("xml", "bin")]
    facts = {
        "schema_version": 1,
        "name": "rows",
        "version": "1",
        "task": "digits",
        "labels": list("0123456789"),
        "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
        "calibration": {"bias": 0.0, "energy": -10.0, "error": 1.0},
        "min_is_digit": 0.5,
        "layers": ["halves", "dense"],
    }
    (folder / "bundle.json").write_text(json.dumps({**facts, **changes}))
    return folder


def _pictures():
    given = ops.parameter([-1, 28, 28, 1], np.uint8, name="pictures")
    return given, ops.divide(ops.convert(given, np.float32), np.float32(255))


def _named(node, name):
    node.output(0).set_names({name})
    return node


def _rows(light):
    """Mean light (n, 10) of the first ten rows."""
    means = ops.reduce_mean(light, np.array([2, 3]), keep_dims=False)
    return ops.slice(means, np.array([0]), np.array([10]), np.array([1]), np.array([1]))


def _classifier():
    given, light = _pictures()
    rows = _rows(light)
    probabilities = _named(ops.softmax(ops.multiply(rows, np.float32(20)), 1), "probabilities")
    energy = _named(ops.negative(ops.reduce_max(rows, np.array([1]), keep_dims=True)), "energy")
    return ov.Model([probabilities, energy], [given])


def _autoencoder():
    given, light = _pictures()
    return ov.Model([_named(ops.reduce_mean(light, np.array([1, 2, 3]), keep_dims=False), "error")], [given])


def _layers():
    given, light = _pictures()
    halves = _named(ops.multiply(light, np.array([1.0, 0.5], np.float32)), "halves")
    return ov.Model([_named(_rows(light), "dense"), halves], [given])
