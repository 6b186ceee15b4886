"""The tags of a still, answered at once and not kept."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from service.api.auth import ReaderKey
from service.api.deps import ServiceDep
from service.api.image_requests import IMAGE_BODY, ImageTask, image_problems, look_at
from service.api.openapi import answer
from service.api.schemas import StillOut
from service.stills import read_still, tag_still

EXAMPLE: dict[str, Any] = {
    "format": "JPEG",
    "width": 1920,
    "height": 1080,
    "tags": [{"tag": "war", "score": 0.91}],
    "scores": {"war": 0.91, "drama": 0.2},
    "warnings": [],
}
router = APIRouter(prefix="/v1/images", tags=["images"])


@router.post("/tags", summary="Tag a still", responses=answer(StillOut, "Its tags.", EXAMPLE) | image_problems(), openapi_extra=IMAGE_BODY)
async def tag_image(
    request: Request,
    service: ServiceDep,
    _caller: ReaderKey,
    min_score: Annotated[float | None, Query(ge=0, le=1, allow_inf_nan=False, description="In place of the tags' own thresholds.")] = None,
) -> Response:
    """A poster, a photograph, a frame. Tags for intimate pictures have scores but do not hold: that takes several frames."""
    tagger = request.app.state.images.tagger(service)
    task = ImageTask("tags", read_still, lambda _still: 1, partial(tag_still, predictor=tagger, min_score=min_score))
    return await look_at(request, service, task)
