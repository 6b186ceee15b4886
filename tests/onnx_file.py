"""A small network in ONNX's format, written byte by byte: no library is needed to make one."""

from pathlib import Path

import numpy as np


def write_onnx(path: Path, rows: np.ndarray) -> None:
    """Input `images` (1, 3, 32, 64); output `rows`: these numbers plus the mean of the input."""
    axes = b"".join(_number(8, axis) for axis in (1, 2, 3))
    mean = _text(1, "images") + _text(2, "mean") + _text(4, "ReduceMean") + _part(5, _text(1, "axes") + axes + _number(20, 7))
    add = _text(1, "numbers") + _text(1, "mean") + _text(2, "rows") + _text(4, "Add")
    shape = b"".join(_number(1, size) for size in rows.shape)
    numbers = shape + _number(2, 1) + _text(8, "numbers") + _part(9, rows.astype("<f4").tobytes())
    graph = _part(1, mean) + _part(1, add) + _text(2, "graph") + _part(5, numbers)
    graph += _part(11, _value("images", (1, 3, 32, 64))) + _part(12, _value("rows", rows.shape))
    path.write_bytes(_number(1, 8) + _part(7, graph) + _part(8, _number(2, 13)))


def _value(name: str, shape: tuple[int, ...]) -> bytes:
    sizes = b"".join(_part(1, _number(1, size)) for size in shape)
    return _text(1, name) + _part(2, _part(1, _number(1, 1) + _part(2, sizes)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, content: str) -> bytes:
    return _part(field, content.encode())


def _varint(value: int) -> bytes:
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])
