"""Named arrays in a message: the header tells of each its type and shape, the body holds them one behind the other."""

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from service.predictors.sockets import Message, ProtocolError

Arrays: TypeAlias = dict[str, NDArray[Any]]

KINDS = {kind: np.dtype(kind) for kind in ("uint8", "float16", "float32", "int64")}


def with_arrays(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Message:
    """A message of a header and arrays; one large array is not copied."""
    told = {name: [array.dtype.name, list(array.shape)] for name, array in arrays.items()}
    parts = [np.ascontiguousarray(array).reshape(-1).view(np.uint8).data for array in arrays.values()]
    return Message({**header, "arrays": told}, parts[0] if len(parts) == 1 else b"".join(parts))


def arrays_of(message: Message) -> Arrays:
    """And the other way; they may not be written to. Raises ProtocolError."""
    told = message.header.get("arrays")
    if not isinstance(told, dict):
        raise ProtocolError(f"arrays of {told!r}, not a type and a shape for each")
    arrays: Arrays = {}
    rest = memoryview(message.body).toreadonly()
    for name, facts in told.items():
        kind, shape = _kind_and_shape(name, facts)
        size = kind.itemsize * math.prod(shape)
        if size > len(rest):
            raise ProtocolError(f"{name} of {kind} {shape} has not all of its {size} bytes")
        arrays[name] = np.frombuffer(rest[:size], kind).reshape(shape)
        rest = rest[size:]
    if rest:
        raise ProtocolError(f"{len(rest)} bytes behind the last array")
    return arrays


def _kind_and_shape(name: str, facts: Any) -> tuple["np.dtype[Any]", list[int]]:
    if not isinstance(facts, list) or len(facts) != 2 or not isinstance(facts[0], str) or not isinstance(facts[1], list):
        raise ProtocolError(f"{name} of {facts!r}, not of a type and a shape")
    kind, shape = KINDS.get(facts[0]), facts[1]
    if kind is None or not all(isinstance(size, int) and size >= 0 for size in shape):
        raise ProtocolError(f"{name} of {facts!r}; allowed are {', '.join(KINDS)}, and sizes from 0 on")
    return kind, shape
