"""Films: list, one, cancel, tag anew, delete."""

import time
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from service import errors, movies, retags
from service.api import examples
from service.api.auth import ReaderKey, WriterKey
from service.api.bodies import movie_body
from service.api.deps import MovieId, ServiceDep
from service.api.filters import FILTERS, FilterDep
from service.api.openapi import answer, plain, problems
from service.api.schemas import Deleted, MovieList, MovieOut
from service.context import Service
from service.errors import InvalidRequest, NotFound
from service.records import Decoder, Precision
from service.results import Parameters
from service.store import movie_list, watched
from service.store.movie_list import Sort
from service.store.tables import Movie, Run, State

DELETE_BATCH = 50
DELETE_SECONDS = 20.0  # a request deletes films for so long, and then tells how many remain
router = APIRouter(prefix="/v1/movies", tags=["movies"])


def _whole(value: object) -> object:
    """JSON has one kind of numbers: 5.0 is 5. Texts and truth values are none."""
    if isinstance(value, float | int) and not isinstance(value, bool) and value == value // 1:
        return int(value)
    raise ValueError("must be a whole number")


Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)]
Top = Annotated[int, Field(ge=1, le=1000), BeforeValidator(_whole)]  # in this order, or the document says nothing of the bounds


class RetryIn(BaseModel):
    """Parameters to change; what is not given stays as it was."""

    model_config = ConfigDict(extra="forbid")

    precision: Precision | None = None
    decoder: Decoder | None = None
    thorough: StrictBool | None = Field(default=None, description="Look at three views of each key frame.")
    sensitive: StrictBool | None = Field(default=None, description="Look for nudity and sex too.")
    objects: StrictBool | None = Field(default=None, description="Find objects in the key frames too.")
    min_score: Score | None = Field(default=None, description="In place of the tags' own thresholds; null: their own again.")
    top: Top | None = Field(default=None, description="At most so many tags; null: the model's own number again.")


class RetagIn(BaseModel):
    """Parameters to change; what is not given stays as it was."""

    model_config = ConfigDict(extra="forbid")

    sensitive: StrictBool | None = None
    min_score: Score | None = Field(default=None, description="In place of the tags' own thresholds; null: their own again.")
    top: Top | None = Field(default=None, description="At most so many tags; null: the model's own number again.")


def changes(wish: BaseModel | None) -> dict[str, Any]:
    """What a wish sets: null is an answer for the two parameters that may be none, and no wish for the others."""
    given = wish.model_dump(mode="json", exclude_unset=True) if wish else {}
    return {name: value for name, value in given.items() if value is not None or name in ("min_score", "top")}


def of_movie(service: Service, movie_id: str) -> tuple[Movie, Run]:
    """A film and the run that it shows."""
    with service.database.read() as session:
        return watched.film(session, movie_id)


def movie_answer(service: Service, movie_id: str, status: int = 200) -> JSONResponse:
    """The film as it is now."""
    movie, run = of_movie(service, movie_id)
    body = movie_body(movie, run, service.settings.root_path)
    return JSONResponse(body, status, {"Location": body["links"]["self"]} if status == 202 else None)


@router.get(
    "",
    summary="List films",
    responses=answer(MovieList, "A page of films.", examples.MOVIES) | problems(errors.UnknownTag, errors.InvalidRequest, errors.BadCursor),
)
def list_movies(
    request: Request,
    service: ServiceDep,
    _caller: ReaderKey,
    wanted: FilterDep,
    sort: Annotated[Sort, Query(description="`score` orders by the first tag's score, best first.")] = Sort.NEWEST,
    limit: Annotated[int, Query(ge=1, le=movie_list.MOST, description="Films in a page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=4000, description="`next_cursor` of the page before.")] = None,
    count: Annotated[bool, Query(description="Tell too how many films there are on all pages: `found`.")] = False,
) -> Response:
    """Filters must all hold. Pages stay right while films come and go. With tags, each film tells its `scores` of them."""
    with service.database.read() as session:
        page = movie_list.page(session, wanted, sort, limit, cursor)
        found = movie_list.count(session, wanted) if count else None
    prefix = service.settings.root_path
    bodies = [movie_body(movie, run, prefix) for movie, run in page.films]
    if wanted.tags:
        bodies = [{**body, "scores": page.scores.get(body["id"], {})} for body in bodies]
    following = None
    if page.next_cursor:
        following = f"{prefix}/v1/movies?{request.url.include_query_params(cursor=page.next_cursor).query}"
    return JSONResponse({"movies": bodies, "found": found, "next_cursor": page.next_cursor, "next": following})


@router.post(
    "/{movie_id}/cancel",
    summary="Cancel a film",
    responses=answer(MovieOut, "It was queued, and is cancelled.", examples.CANCELLED)
    | answer(MovieOut, "It is running, and stops within two seconds.", {**examples.QUEUED, "state": "running"}, 202)
    | problems(errors.NotFound, errors.WrongState),
)
def cancel_movie(movie_id: MovieId, service: ServiceDep, _caller: WriterKey) -> Response:
    """What was uploaded stays; `retry` tags it after all."""
    movie = movies.cancel(service, movie_id)
    return movie_answer(service, movie_id, 200 if movie.state == State.CANCELLED else 202)


@router.post(
    "/{movie_id}/retry",
    summary="Tag a film anew",
    status_code=202,
    responses=answer(MovieOut, "Queued.", examples.QUEUED, 202, Location="Where the movie is.")
    | problems(errors.NotFound, errors.WrongState, errors.InvalidRequest),
)
def retry_movie(
    movie_id: MovieId,
    service: ServiceDep,
    _caller: WriterKey,
    wish: Annotated[RetryIn | None, Body(openapi_examples={"closer": {"value": {"precision": "frame"}}})] = None,
) -> Response:
    """The film is decoded again, perhaps with other parameters; until that has succeeded its old result stays."""
    movie, _run = of_movie(service, movie_id)
    movies.retry(service, movie_id, Parameters(**movie.parameters | changes(wish)))
    return movie_answer(service, movie_id, 202)


@router.post(
    "/{movie_id}/retag",
    summary="Apply other thresholds",
    status_code=202,
    responses=answer(MovieOut, "Queued.", examples.QUEUED, 202, Location="Where the movie is.")
    | problems(errors.NotFound, errors.WrongState, errors.NeedsDecoding, errors.InvalidRequest),
)
def retag_movie(
    movie_id: MovieId,
    service: ServiceDep,
    _caller: WriterKey,
    wish: Annotated[RetagIn | None, Body(openapi_examples={"stricter": {"value": {"min_score": 0.7, "top": 5}}})] = None,
) -> Response:
    """New thresholds, or a newer head of the same backbone, on the stored features: nothing is decoded."""
    movie, _run = of_movie(service, movie_id)
    parameters = Parameters(**movie.parameters | changes(wish))
    retags.check_features(service, movie, parameters)
    movies.retag(service, movie_id, parameters)
    return movie_answer(service, movie_id, 202)


@router.delete(
    "/{movie_id}",
    summary="Delete a film",
    status_code=204,
    responses=plain("It is gone, with all that was written for it.", status=204) | problems(errors.NotFound),
)
def delete_movie(movie_id: MovieId, service: ServiceDep, _caller: WriterKey) -> Response:
    """Its upload, result, features and pictures go; the file of an imported film stays as it is."""
    movies.delete(service, movie_id)
    return Response(status_code=204)


@router.delete(
    "",
    summary="Delete films by a filter",
    responses=answer(Deleted, "What was deleted.", {"deleted": 12, "remaining": 0}) | problems(errors.UnknownTag, errors.InvalidRequest),
)
def delete_movies(
    request: Request,
    service: ServiceDep,
    _caller: WriterKey,
    wanted: FilterDep,
    all: Annotated[bool, Query(description="Delete every film: needed where no filter is given.")] = False,
) -> Response:
    """At least one filter, or `all=true`. Asks for nothing else: an unknown parameter is refused, since it may be a filter misspelt."""
    odd = sorted(set(request.query_params) - FILTERS - {"all"})
    if odd:
        raise InvalidRequest(
            f"There is no filter {', '.join(map(repr, odd))}; there are {', '.join(sorted(FILTERS))}. Nothing was deleted."
        )
    if wanted.is_empty and not all:
        raise InvalidRequest("Which films? Give a filter, or all=true for every film. Nothing was deleted.")
    return JSONResponse(_delete_for_a_while(service, wanted))


def _delete_for_a_while(service: Service, wanted: movie_list.MovieFilter) -> dict[str, Any]:
    deleted, until = 0, time.monotonic() + DELETE_SECONDS
    found = _some(service, wanted)
    while found and time.monotonic() < until:
        for movie_id in found:
            with suppress(NotFound):  # somebody else was quicker
                movies.delete(service, movie_id)
                deleted += 1
        found = _some(service, wanted)
    with service.database.read() as session:
        return {"deleted": deleted, "remaining": movie_list.count(session, wanted)}


def _some(service: Service, wanted: movie_list.MovieFilter) -> list[str]:
    with service.database.read() as session:
        return movie_list.ids(session, wanted, DELETE_BATCH)
