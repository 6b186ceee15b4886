"""The objects in a picture, answered at once and not kept."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.api.auth import ReaderKey
from service.api.deps import PlainText, ServiceDep
from service.api.image_answers import OBJECTS, ObjectsOut
from service.api.image_requests import IMAGE_BODY, ImageTask, image_problems, look_at
from service.api.openapi import answer
from service.images.drawing import draw_boxes, encoded
from service.images.objects import ObjectsResult, find_objects, read_for_objects, wanted_objects
from service.images.reading import read_image

MOST = 100  # objects, unless `max` says otherwise
JPEG, PNG = "image/jpeg", "image/png"
router = APIRouter(prefix="/v1/objects", tags=["images"])
_ANSWER = answer(ObjectsOut, "Its objects; with `draw` the picture itself, with their boxes.", OBJECTS)
for _kind in (JPEG, PNG):
    _ANSWER[200]["content"][_kind] = {"schema": {"type": "string", "format": "binary"}}


@router.post("", summary="Find the objects in a picture", responses=_ANSWER | image_problems(), openapi_extra=IMAGE_BODY)
async def find_image_objects(
    request: Request,
    service: ServiceDep,
    _caller: ReaderKey,
    min_score: Annotated[float | None, Query(ge=0, le=1, allow_inf_nan=False, description="In place of the detector's own.")] = None,
    labels: Annotated[PlainText, Query(max_length=4096, description="Only these labels, with commas between them.")] = "",
    most: Annotated[int, Query(alias="max", ge=1, le=1000, description="At most so many, the best ones.")] = MOST,
    draw: Annotated[bool, Query(description="Answer the picture with boxes, as JPEG, or as PNG where `Accept` names that alone.")] = False,
) -> Response:
    """Each with its label, score and box. The labels are those of the detector in use: `GET /v1/models` lists them."""
    detector, accept = request.app.state.images.detector(service), request.headers.get("accept", "")
    bundle = detector.bundle
    named = [label.strip() for label in labels.split(",") if label.strip()]
    wanted = wanted_objects(bundle, min_score=min_score, labels=named, most=most)
    task = ImageTask(
        "objects",
        read=partial(read_for_objects, bundle=bundle),
        pictures=lambda _view: 1,
        ask=partial(find_objects, detector=detector, wanted=wanted),
        draw=partial(_drawn, kind=PNG if PNG in accept and JPEG not in accept else JPEG) if draw else None,
    )
    return await look_at(request, service, task)


def _drawn(data: bytes, found: ObjectsResult, kind: str) -> Response:
    """Read once more, for the network's picture was smaller and nobody held the large one while the network was asked."""
    image = draw_boxes(read_image(data, enough=None).picture, found.drawn())
    return Response(encoded(image, "PNG" if kind == PNG else "JPEG"), media_type=kind)
