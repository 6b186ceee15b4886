"""The tags of a still, answered at once and not kept."""

from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from service.api.auth import ReaderKey
from service.api.body import Body, ClientGone
from service.api.deps import ServiceDep
from service.api.openapi import answer, problems
from service.api.schemas import StillOut
from service.context import Service
from service.errors import EmptyUpload, InferenceUnavailable, InvalidRequest, NotAPicture, TooLarge, TooManyRequests, WrongType
from service.models import Model
from service.predictors.remote import RemoteTagger, inference_health
from service.still_form import FILE, check_type, picture_of
from service.stills import tag_still

MOST_AT_ONCE = 8  # pictures in memory
DECODED_AT_ONCE = 1  # one of the largest takes hundreds of megabytes
PATIENCE_SECONDS = 10.0  # for the inference process
CLIENT_GONE = 499  # nobody reads it; for the log
EXAMPLE: dict[str, Any] = {
    "format": "JPEG",
    "width": 1920,
    "height": 1080,
    "tags": [{"tag": "war", "score": 0.91}],
    "scores": {"war": 0.91, "drama": 0.2},
    "warnings": [],
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"schema": {"type": "object", "required": [FILE], "properties": {FILE: _BINARY["schema"]}, "additionalProperties": False}}
router = APIRouter(prefix="/v1/images", tags=["model"])


class StillDesk:
    """What requests with stills share: bounds, and the connection to the inference process, made when first needed."""

    def __init__(self) -> None:
        self.at_work = 0
        self.decoders = anyio.CapacityLimiter(DECODED_AT_ONCE)
        self._model: Model | None = None
        self._tagger: RemoteTagger | None = None

    def tagger(self, service: Service) -> RemoteTagger:
        """Answers for the network of the model in use."""
        model = service.model
        if self._tagger is None or model is not self._model:
            self.close()
            self._model = model
            self._tagger = RemoteTagger(model.bundle, model.vocabulary, service.settings.socket, patience_seconds=PATIENCE_SECONDS)
        return self._tagger

    def close(self) -> None:
        """Close the connections."""
        if self._tagger is not None:
            self._tagger.close()


@router.post(
    "/tags",
    summary="Tag a still",
    responses=answer(StillOut, "Its tags.", EXAMPLE)
    | problems(EmptyUpload, InvalidRequest, WrongType, NotAPicture, TooLarge, TooManyRequests, InferenceUnavailable),
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "The picture: JPEG, PNG, WebP, GIF or TIFF.",
            "content": {"image/*": _BINARY, "multipart/form-data": _FORM},
        }
    },
)
async def tag_image(
    request: Request,
    service: ServiceDep,
    _caller: ReaderKey,
    min_score: Annotated[float | None, Query(ge=0, le=1, allow_inf_nan=False, description="In place of the tags' own thresholds.")] = None,
) -> Response:
    """A poster, a photograph, a frame. Tags for intimate pictures have scores but do not hold: that takes several frames."""
    content_type = request.headers.get("content-type", "")
    check_type(content_type)
    desk: StillDesk = request.app.state.stills
    if desk.at_work >= MOST_AT_ONCE:
        raise TooManyRequests(f"{MOST_AT_ONCE} pictures are being looked at; try again in a moment.", retry_after=1)
    desk.at_work += 1
    try:
        body = await _read(request, service.settings.max_image_bytes)
        found = await anyio.to_thread.run_sync(_tag, service, desk, content_type, body, min_score, limiter=desk.decoders)
    except ClientGone:
        return Response(status_code=CLIENT_GONE)
    finally:
        desk.at_work -= 1
    return JSONResponse(found)


def _tag(service: Service, desk: StillDesk, content_type: str, body: bytes, min_score: float | None) -> dict[str, Any]:
    picture = picture_of(content_type, body)
    inference_health(service.settings.socket)  # away altogether is told at once; a restart in between is waited for
    return tag_still(picture, desk.tagger(service), min_score=min_score).to_json()


async def _read(request: Request, most: int) -> bytes:
    """The body, cut off where it is too large."""
    declared = request.headers.get("content-length", "")
    text = f"A picture may have {most:,} bytes; send a smaller one."
    if declared.isdigit() and int(declared) > most:
        raise TooLarge(text)
    body = bytearray()
    async for piece in Body(request.receive).pieces():
        body += piece
        if len(body) > most:
            raise TooLarge(text)
    return bytes(body)
