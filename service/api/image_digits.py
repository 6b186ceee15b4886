"""The digits in a picture, answered at once and not kept."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.api.auth import ReaderKey
from service.api.deps import ServiceDep
from service.api.image_answers import DIGITS, DigitsOut
from service.api.image_requests import IMAGE_BODY, ImageTask, image_problems, look_at
from service.api.openapi import answer
from service.images.digits import Mode, read_digits, read_for_digits

router = APIRouter(prefix="/v1/digits", tags=["images"])


@router.post(
    "",
    summary="Read the digits in a picture",
    responses=answer(DigitsOut, "Its digits.", DIGITS) | image_problems(),
    openapi_extra=IMAGE_BODY,
)
async def read_image_digits(
    request: Request,
    service: ServiceDep,
    _caller: ReaderKey,
    mode: Annotated[Mode, Query(description="`page`: any number of digits, anywhere. `single`: one that fills the picture.")] = Mode.PAGE,
    explain: Annotated[bool, Query(description="Add what each layer of the network makes of a digit, for the first ten.")] = False,
) -> Response:
    """Handwriting on paper, dark on bright or bright on dark. Ink that is no digit is left out, and the warnings say so."""
    reader = request.app.state.images.digits(service)
    task = ImageTask(
        "digits",
        read=partial(read_for_digits, mode=mode),
        pictures=lambda view: len(view.images),
        ask=partial(read_digits, reader=reader, explain=explain),
    )
    return await look_at(request, service, task)
