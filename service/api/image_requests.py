"""A request with a picture, from its body to its answer: the same way for tags, objects and digits."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import anyio
from fastapi import Request, Response
from fastapi.responses import JSONResponse

from service.api.body import Body, ClientGone
from service.api.image_desk import ImageDesk, Place
from service.api.metrics import Metrics
from service.api.openapi import Responses, problems
from service.context import Service
from service.errors import (
    BundleError,
    EmptyUpload,
    ImageUrlRefused,
    InferenceUnavailable,
    InvalidRequest,
    NotAPicture,
    TooLarge,
    TooManyRequests,
    WrongType,
)
from service.images.form import FILE, JSON, URL, check_type, given_image

CLIENT_GONE = 499  # nobody reads it; for the log
EXAMPLE_URL = "https://example.com/poster.jpg"
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_URL = {
    "type": "string",
    "description": "Where the picture lies, in place of the file, where the service fetches pictures.",
    "maxLength": 2048,
}
_PARTS = ({FILE: _BINARY["schema"]}, {URL: _URL})  # one or the other
_FORM = {
    "schema": {"oneOf": [{"type": "object", "required": [*part], "properties": part, "additionalProperties": False} for part in _PARTS]}
}
_JSON = {
    "schema": {"type": "object", "required": [URL], "properties": {URL: _URL}, "additionalProperties": False},
    "example": {URL: EXAMPLE_URL},
}
# For a route's `openapi_extra` and `responses`.
IMAGE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The picture: JPEG, PNG, WebP, GIF, TIFF or AVIF. Only where the operator allows it, its URL.",
        "content": {"image/*": _BINARY, "multipart/form-data": _FORM, JSON: _JSON},
    }
}


def image_problems() -> Responses:
    """What a request with a picture may be answered."""
    return problems(
        *(EmptyUpload, InvalidRequest, ImageUrlRefused, WrongType, NotAPicture),
        *(TooLarge, TooManyRequests, InferenceUnavailable, BundleError),
    )


class Answer(Protocol):
    def to_json(self) -> dict[str, Any]: ...


View = TypeVar("View")
Found = TypeVar("Found", bound=Answer)


@dataclass(frozen=True)
class ImageTask(Generic[View, Found]):
    """What is done with a picture."""

    name: str  # for metrics
    read: Callable[[bytes], View]  # from the file to what the network sees
    pictures: Callable[[View], int]  # that the network sees
    ask: Callable[[View], Found]
    draw: Callable[[bytes, Found], Response] | None = None  # in place of the answer as JSON


async def look_at(request: Request, service: Service, task: ImageTask[View, Found]) -> Response:
    """The answer to a request. Raises what `image_problems` lists."""
    desk: ImageDesk = request.app.state.images
    content_type = request.headers.get("content-type", "")
    check_type(content_type, urls=desk.fetcher.is_allowed)
    timing = _Timing(request.app.state.metrics, task.name)
    with desk.place() as place:
        try:
            body = await _body(request, place, service.settings.max_image_bytes)
        except ClientGone:
            return Response(status_code=CLIENT_GONE)
        timing.ends("receive")
        given = given_image(content_type, body)
        data = given.data or await anyio.to_thread.run_sync(desk.fetcher.fetch, given.url, limiter=desk.fetchers)
        timing.ends("fetch" if given.url else None)
        view = await anyio.to_thread.run_sync(task.read, data, limiter=desk.decoders)
        timing.ends("read", task.pictures(view))
        found = await anyio.to_thread.run_sync(desk.ask, service, lambda: task.ask(view), limiter=desk.askers)
        timing.ends("network")
        if task.draw is None:
            return JSONResponse(found.to_json())
        drawn = await anyio.to_thread.run_sync(task.draw, data, found, limiter=desk.decoders)
        timing.ends("draw")
        return drawn


async def _body(request: Request, place: Place, most: int) -> bytes:
    """The body, cut off where it is too large."""
    declared = request.headers.get("content-length", "")
    text = f"A picture may have {most:,} bytes; send a smaller one."
    if declared.isdigit() and int(declared) > most:
        raise TooLarge(text)
    body = bytearray()
    async for piece in Body(request.receive).pieces():
        place.hold(len(piece))
        body += piece
        if len(body) > most:
            raise TooLarge(text)
    return bytes(body)


class _Timing:
    """Measures the stages of one request."""

    def __init__(self, metrics: Metrics, task: str) -> None:
        self._metrics, self._task = metrics, task
        self._begun = time.perf_counter()
        metrics.image_requests.labels(task).inc()

    def ends(self, stage: str | None, pictures: int = 0) -> None:
        """A stage is over, unless it was none; `pictures` go to the network now."""
        now = time.perf_counter()
        if stage:
            self._metrics.image_seconds.labels(self._task, stage).observe(now - self._begun)
        self._metrics.image_pictures.labels(self._task).inc(pictures)
        self._begun = now
