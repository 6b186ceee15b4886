"""What clients ask of the inference process, and its answers: to and from messages."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.predictors.batching import Request
from service.predictors.bundle import TaggerBundle
from service.predictors.predictions import FEATURES, Predictions
from service.predictors.sockets import Message, ProtocolError

MAX_PICTURES = 64  # in one request


class Refused(Exception):
    """A request that is understood and cannot be answered; asking again does not help."""


def model_of(bundle: TaggerBundle) -> str:
    """Tells one bundle from another: both sides must have the same."""
    return f"{bundle.name} {bundle.version} {bundle.facts_sha256[:32]}"  # the facts hold the hash of every file


def predict_message(views: NDArray[np.uint8], model: str, *, sensitive: bool) -> Message:
    """Ask for predictions."""
    header = {"op": "predict", "model": model, "sensitive": sensitive, "shape": views.shape}
    return Message(header, np.ascontiguousarray(views).data.cast("B"))


def request_from(message: Message, bundle: TaggerBundle) -> Request:
    """And the other way. Raises Refused."""
    model, shape = message.header.get("model"), message.header.get("shape")
    if model != model_of(bundle):
        raise Refused(
            f"the model {model_of(bundle)!r} is loaded here, not {model!r}: another one is just being taken up, or the two processes "
            "look into different folders of models"
        )
    if not isinstance(shape, list) or len(shape) != 5 or not all(isinstance(size, int) and size > 0 for size in shape):
        raise Refused(f"a shape of {shape!r}, not of (frames, views, side, side, 3)")
    if tuple(shape[2:]) != (bundle.input_size, bundle.input_size, 3):
        raise Refused(f"pictures of {shape[2:]}; this model takes {bundle.input_size}x{bundle.input_size} RGB")
    if shape[0] * shape[1] > MAX_PICTURES or math.prod(shape) != len(message.body):
        raise Refused(
            f"{shape[0]} frames in {shape[1]} views and {len(message.body)} bytes; at most {MAX_PICTURES} whole pictures are taken"
        )
    views = np.frombuffer(message.body, np.uint8).reshape(shape)
    return Request(views, message.header.get("sensitive") is not False)


def answer_message(found: Predictions) -> Message:
    """Predictions, as they are sent back."""
    header = {"ok": True, "scores": found.scores.shape, "features": found.features.shape}
    return Message(header, found.scores.astype(np.float32).tobytes() + found.features.astype(np.float16).tobytes())


def predictions_from(message: Message, views: NDArray[np.uint8], tags: int) -> Predictions:
    """And the other way; what was asked tells what must come. Raises ProtocolError."""
    scores, features = (len(views), tags), (*views.shape[:2], FEATURES)
    score_bytes = 4 * math.prod(scores)
    if tuple(_sizes(message.header, "scores")) != scores or tuple(_sizes(message.header, "features")) != features:
        raise ProtocolError(f"predictions of shapes {message.header.get('scores')} and {message.header.get('features')}")
    if len(message.body) != score_bytes + 2 * math.prod(features):
        raise ProtocolError(f"predictions of {len(message.body)} bytes")
    body = memoryview(message.body)
    return Predictions(
        np.frombuffer(body[:score_bytes], np.float32).reshape(scores), np.frombuffer(body[score_bytes:], np.float16).reshape(features)
    )


def _sizes(header: Mapping[str, Any], name: str) -> list[Any]:
    sizes = header.get(name)
    return sizes if isinstance(sizes, list) else []
