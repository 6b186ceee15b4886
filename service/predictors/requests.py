"""A request to the inference process: to and from a message, and which others it may share a batch with."""

import math
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.predictors.arrays import Arrays, arrays_of, with_arrays
from service.predictors.facts import Bundle
from service.predictors.operations import OPERATIONS, Operation
from service.predictors.sockets import Message


class Refused(Exception):
    """A request that is understood and cannot be answered; asking again does not help."""


@dataclass(frozen=True)
class Request:
    """Pictures of one client, what is asked of them, and where the answer will be."""

    operation: Operation[Any]
    rows: NDArray[np.uint8]
    answer: "Future[Arrays]" = field(default_factory=Future)

    @property
    def pictures(self) -> int:
        return math.prod(self.rows.shape[: self.operation.lead])

    def goes_with(self, other: "Request") -> bool:
        """Whether both can be one batch."""
        return self.operation == other.operation and self.rows.shape[1:] == other.rows.shape[1:]


def model_of(bundle: Bundle) -> str:
    """Tells one bundle from another: both sides must have the same."""
    return f"{bundle.name} {bundle.version} {bundle.facts_sha256[:32]}"  # the facts hold the hash of every file


def request_message(operation: Operation[Any], bundle: Bundle, rows: NDArray[np.uint8]) -> Message:
    """Ask it of the bundle's networks."""
    options = asdict(operation)  # type: ignore[call-overload]
    return with_arrays({"op": operation.name, "model": model_of(bundle), "options": options}, {"pictures": rows})


def operation_of(message: Message) -> Operation[Any]:
    """What is asked. Raises Refused."""
    name, options = message.header.get("op"), message.header.get("options", {})
    kind = OPERATIONS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise Refused(f"an operation {name!r}; there are {', '.join(map(repr, OPERATIONS))} and 'health'")
    try:
        return kind(**options)
    except (TypeError, ValueError) as error:
        raise Refused(f"{name} with the options {options!r}: {error}") from error


def request_of(message: Message, operation: Operation[Any], bundle: Bundle) -> Request:
    """The whole request, fit for the bundle's networks. Raises Refused, ProtocolError."""
    rows = arrays_of(message).get("pictures")
    if rows is None or rows.dtype != np.uint8 or rows.ndim <= operation.lead or not rows.size:
        raise Refused("no pictures of bytes")
    wanted, given = operation.picture(bundle), rows.shape[operation.lead :]
    if given != wanted:
        raise Refused(f"pictures of {_sizes(given)}; this model takes {_sizes(wanted)}")
    request = Request(operation, rows)
    if request.pictures > 2 * operation.most:
        raise Refused(f"{request.pictures} pictures; at most {2 * operation.most} are taken at once")
    return request


def _sizes(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
