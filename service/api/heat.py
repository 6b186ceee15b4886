"""Where in a key frame the network saw a tag, as a picture to be laid over the frame's."""

import hashlib
from typing import Annotated

import anyio
from fastapi import APIRouter, Path, Query, Request, Response

from service.api.auth import ReaderKey
from service.api.bodies import kept, result_version
from service.api.deps import MovieId, PlainText, ServiceDep, TagId
from service.api.image_desk import ImageDesk
from service.api.openapi import plain, problems
from service.api.results import tagged
from service.context import Service
from service.errors import InferenceUnavailable, NoHeatMap, NoResultYet, NotFound, TooManyRequests, UnknownTag
from service.heat_maps import check_heat, heat_of
from service.models import Model

PEAK = "Movietags-Peak"
DIGITS = 4  # of the peak
router = APIRouter(prefix="/v1/movies/{movie_id}", tags=["results"])


@router.get(
    "/frames/{number}/heat",
    summary="Where a tag is seen in a key frame",
    responses=plain(
        "PNG, transparent where nothing speaks for the tag.",
        "image/png",
        ETag="Of this heat map.",
        Cache_Control="An address with `v` is kept for a year.",
        Movietags_Peak="The most that one place adds to the tag's log-odds; below 0.05 hardly anything speaks for it.",
    )
    | plain("Not changed.", status=304)
    | problems(NotFound, NoResultYet, NoHeatMap, UnknownTag, TooManyRequests, InferenceUnavailable),
)
async def get_frame_heat(
    movie_id: MovieId,
    request: Request,
    service: ServiceDep,
    _caller: ReaderKey,
    number: Annotated[int, Path(ge=0, le=10**9, description="The frame's number, from 0.")],
    tag: Annotated[TagId, Query(description="The tag, one that the model was trained for.", examples=["war"])],
    v: Annotated[PlainText | None, Query(max_length=40, description="Version, as `thumbnail` of the frames has it.")] = None,
) -> Response:
    """Grad-CAM, as large as the frame's picture, to be laid over it; hotter places are lighter and cover more.

    Only for films that were tagged by the head in use, and for tags of that head: 409 `no-heat-map` otherwise.
    """
    desk: ImageDesk = request.app.state.images
    known = request.headers.get("if-none-match", "")
    with desk.place():
        return await anyio.to_thread.run_sync(_answer, service, desk, movie_id, number, tag, v, known, limiter=desk.askers)


def _answer(service: Service, desk: ImageDesk, movie_id: str, number: int, tag: str, v: str | None, known: str) -> Response:
    movie = tagged(service, movie_id)
    tagger = desk.tagger(service)
    check_heat(service.settings.models, movie, tag, Model(tagger.bundle, tagger.vocabulary))
    of_tag = hashlib.sha256(f"{tag} {tagger.bundle.head_sha256}".encode()).hexdigest()[:12]
    headers = {
        "ETag": f'"{result_version(movie)}-{number}-{of_tag}"',
        "Cache-Control": kept(movie, v),
    }
    if headers["ETag"] in known:
        return Response(status_code=304, headers=headers)
    found = desk.ask(service, lambda: heat_of(service, movie, number, tag, tagger))
    return Response(found.png, headers={**headers, PEAK: f"{found.peak:.{DIGITS}f}"}, media_type="image/png")
