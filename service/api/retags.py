"""New thresholds, or another head of the same backbone, for a part of the library at once."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from service import retags
from service.api import examples
from service.api.auth import ReaderKey, WriterKey
from service.api.bodies import moment
from service.api.deps import PlainText, ServiceDep, TagId
from service.api.filters import MOST_TAGS, check_library_tags
from service.api.movies import RetagIn, Score, changes
from service.api.openapi import answer, problems
from service.api.schemas import RetagOut
from service.errors import InvalidRequest, NotFound, UnknownTag
from service.retags import RetagProgress
from service.store.movie_list import MovieFilter
from service.store.tables import State

router = APIRouter(prefix="/v1", tags=["library"])
EXAMPLE: dict[str, Any] = {
    "id": examples.RETAG_ID,
    "state": "running",
    "percent": 40.0,
    "counts": {
        "total": 5,
        "needs_decoding": 0,
        "busy": 0,
        "untagged": 1,
        "queued": 2,
        "running": 1,
        "succeeded": 1,
        "failed": 0,
        "cancelled": 0,
    },
    "filter": {"tags": ["war"], "min_score": None, "text": None, "state": None, "external_id": None},
    "parameters": {"min_score": 0.7},
    "created_at": "2026-11-03T08:30:00.125Z",
    "finished_at": None,
    "links": {"self": f"/v1/retags/{examples.RETAG_ID}"},
}


class FilterIn(BaseModel):
    """Which films; all that is given must hold, and nothing given means every film."""

    model_config = ConfigDict(extra="forbid")

    tags: list[TagId] = Field(default=[], max_length=MOST_TAGS)
    min_score: Score | None = None
    text: PlainText | None = Field(default=None, min_length=1, max_length=200, description="In the title.")
    state: State | None = None
    external_id: PlainText | None = Field(default=None, max_length=500)


class LibraryRetagIn(BaseModel):
    """A part of the library, and what to change."""

    model_config = ConfigDict(extra="forbid")

    filter: FilterIn = Field(default_factory=FilterIn)
    parameters: RetagIn = Field(default_factory=RetagIn)


@router.post(
    "/retag",
    summary="Apply other thresholds to a part of the library",
    status_code=202,
    responses=answer(RetagOut, "Queued.", EXAMPLE, 202, Location="Where its progress is.") | problems(UnknownTag, InvalidRequest),
)
def retag_library(
    service: ServiceDep,
    _caller: WriterKey,
    wish: Annotated[
        LibraryRetagIn, Body(openapi_examples={"stricter": {"value": {"filter": {"tags": ["war"]}, "parameters": {"min_score": 0.7}}}})
    ],
) -> Response:
    """Films are tagged anew on their stored features, after all that people wait for. Films that cannot be are counted and left."""
    tags = check_library_tags(service, wish.filter.tags)
    wanted = MovieFilter(**{**wish.filter.model_dump(mode="json"), "tags": tags})
    retag = retags.begin(service, wanted, changes(wish.parameters))
    body = _body(retags.progress(service, retag.id), service.settings.root_path)
    return JSONResponse(body, 202, {"Location": body["links"]["self"]})


@router.get(
    "/retags/{retag_id}",
    summary="How far a retag of the library is",
    responses=answer(RetagOut, "Its progress.", EXAMPLE) | problems(NotFound),
)
def get_retag(
    retag_id: Annotated[PlainText, Path(max_length=40, description="The retag's id.", examples=[examples.RETAG_ID])],
    service: ServiceDep,
    _caller: ReaderKey,
) -> Response:
    """It has succeeded when every film is at an end, however each ended: the counts tell."""
    return JSONResponse(_body(retags.progress(service, retag_id), service.settings.root_path))


def _body(found: RetagProgress, prefix: str) -> dict[str, Any]:
    retag = found.retag
    return {
        "id": retag.id,
        "state": found.state,
        "percent": found.percent,
        "counts": found.counts,
        "filter": retag.filter,
        "parameters": retag.parameters,
        "created_at": moment(retag.created_at),
        "finished_at": moment(retag.finished_at) if retag.finished_at and found.state != State.RUNNING else None,
        "links": {"self": f"{prefix}/v1/retags/{retag.id}"},
    }
