"""What was found in a film: the film itself with its tags, segments, shots, key frames and their pictures."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from service.api import examples
from service.api.auth import ReaderKey
from service.api.bodies import frame_image, kept, movie_body, result_version
from service.api.deps import TAGS_WITH_COMMAS, MovieId, PlainText, ServiceDep
from service.api.filters import ScoreQuery, TagQuery, check_tags
from service.api.movies import movie_answer, of_movie
from service.api.openapi import answer, plain, problems
from service.api.schemas import Frames, MovieOut, Segments, Shots
from service.context import Service
from service.errors import NoResultYet, NotFound, ResultError, UnknownTag
from service.outputs import read_result, thumbnail
from service.store.tables import Movie
from service.timeline.blurring import is_blurred
from service.timeline.view import Aggregate, ViewOptions, view

MOST_FRAMES = 1000  # in a page
router = APIRouter(prefix="/v1/movies/{movie_id}", tags=["results"])

TagsQuery = Annotated[
    list[Annotated[PlainText, Field(max_length=2000, json_schema_extra={"format": TAGS_WITH_COMMAS})]],
    Query(max_length=100, description="Tag ids, repeated or with commas between them."),
]


def published(service: Service, movie_id: str) -> tuple[Movie, dict[str, Any]]:
    """A film and its stored result, which is shared: change nothing. Raises NotFound or NoResultYet."""
    movie = tagged(service, movie_id)
    try:
        return movie, read_result(service.storage, str(movie.result_key))
    except NotFound:  # a new result took its place between the two reads
        movie = tagged(service, movie_id)
        return movie, read_result(service.storage, str(movie.result_key))


def tagged(service: Service, movie_id: str) -> Movie:
    """A film that has a result. Raises NotFound or NoResultYet."""
    movie, _run = of_movie(service, movie_id)
    if movie.result_key is None:
        raise NoResultYet(f"The movie is {movie.state} and has no result yet; GET /v1/movies/{movie_id}/events tells when it has.")
    return movie


@router.get(
    "",
    tags=["movies"],
    summary="Get a film",
    responses=answer(MovieOut, "The film: state, progress, and once it was tagged its tags.", examples.SUCCEEDED)
    | problems(NotFound, UnknownTag, ResultError),
)
def get_movie(
    movie_id: MovieId,
    request: Request,
    service: ServiceDep,
    _caller: ReaderKey,
    min_score: ScoreQuery = None,
    tags: TagsQuery = [],  # noqa: B006  # FastAPI copies it
    exclude: TagsQuery = [],  # noqa: B006
    aggregate: Annotated[Aggregate, Query(description="Tell too where the tags hold: `segments`, or `frames`.")] = Aggregate.MOVIE,
) -> Response:
    """`min_score`, `tags`, `exclude` and `aggregate` look at the stored result in another way: nothing is computed anew or kept."""
    if not request.query_params:  # asked every second by many
        return movie_answer(service, movie_id)
    movie, run = of_movie(service, movie_id)
    body = movie_body(movie, run, service.settings.root_path)
    result = published(service, movie_id)[1] if movie.result_key is not None else None
    own = result["scores"] if result else ()
    include, leave_out = (check_tags(service.vocabulary, _split(texts), own) for texts in (tags, exclude))
    if result is not None:
        body |= view(result, ViewOptions(min_score, frozenset(include) or None, frozenset(leave_out), aggregate))
    return JSONResponse(body)


@router.get(
    "/segments",
    summary="Where tags hold",
    responses=answer(Segments, "Ranges of time by tag.", {"duration_ms": 82500, "segments": [examples.SEGMENT]})
    | problems(NotFound, NoResultYet, UnknownTag, ResultError),
)
def list_segments(
    movie_id: MovieId,
    service: ServiceDep,
    _caller: ReaderKey,
    tag: TagQuery = [],  # noqa: B006
    min_score: ScoreQuery = None,
) -> Response:
    """By tag, then by time; of all tags, or of those given. `min_score` takes the place of the tags' thresholds."""
    _movie, result = published(service, movie_id)
    wanted = check_tags(service.vocabulary, tag, result["scores"])
    segments = result["segments"]
    if min_score is not None:
        segments = view(result, ViewOptions(min_score, frozenset(wanted) or None))["segments"]
    elif wanted:
        segments = [segment for segment in segments if segment["tag"] in wanted]
    return JSONResponse({"duration_ms": result["film"]["duration_ms"], "segments": segments})


@router.get(
    "/shots",
    summary="The film's shots",
    responses=answer(
        Shots, "Shots by time.", {"duration_ms": 82500, "shots": [{"number": 0, "start_ms": 0, "end_ms": 4120, "frames": [0, 1]}]}
    )
    | problems(NotFound, NoResultYet),
)
def list_shots(movie_id: MovieId, service: ServiceDep, _caller: ReaderKey) -> Response:
    """Each with the numbers of its key frames."""
    _movie, result = published(service, movie_id)
    frames: list[list[int]] = [[] for _ in result["shots"]]
    for number, frame in enumerate(result["frames"]):
        frames[frame["shot"]].append(number)
    shots = [{"number": number, **shot, "frames": frames[number]} for number, shot in enumerate(result["shots"])]
    return JSONResponse({"duration_ms": result["film"]["duration_ms"], "shots": shots})


@router.get(
    "/frames",
    summary="The film's key frames",
    responses=answer(Frames, "A page of key frames.", examples.FRAMES) | problems(NotFound, NoResultYet, UnknownTag, ResultError),
)
def list_frames(
    movie_id: MovieId,
    request: Request,
    service: ServiceDep,
    _caller: ReaderKey,
    tag: TagQuery = [],  # noqa: B006
    min_score: ScoreQuery = None,
    offset: Annotated[int, Query(ge=0, le=10**9, description="Frames to leave out at the beginning.")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_FRAMES, description="Frames in a page.")] = 100,
) -> Response:
    """All of them; or those where one of the tags given reaches its threshold (or `min_score`)."""
    movie, result = published(service, movie_id)
    wanted = check_tags(service.vocabulary, tag, result["scores"])
    frames = result["frames"]
    shown = [(number, frame["tags"]) for number, frame in enumerate(frames)]
    if wanted or min_score is not None:
        seen = view(result, ViewOptions(min_score, frozenset(wanted) or None, aggregate=Aggregate.FRAMES))["frames"]
        shown = [(number, frame["tags"]) for number, frame in enumerate(seen) if frame["tags"]]
    prefix, blurred = service.settings.root_path, service.vocabulary.blurred
    page = shown[offset : offset + limit]
    following = offset + limit if offset + limit < len(shown) else None
    return JSONResponse(
        {
            "frames": [
                _frame(number, frames[number], tags, frame_image(movie, number, prefix))
                | {"blurred": is_blurred(frames[number], result["model"], blurred) or not blurred.isdisjoint(tag for tag, _ in tags)}
                for number, tags in page
            ],
            "thresholds": _thresholds(result),
            "total": len(shown),
            "next": following and f"{prefix}/v1/movies/{movie_id}/frames?{request.url.include_query_params(offset=following).query}",
        }
    )


def _thresholds(result: Mapping[str, Any]) -> dict[str, float]:
    """The score from which each tag held when the film was tagged; empty where an earlier version did not keep that."""
    min_score = result["parameters"]["min_score"]
    return {tag: threshold if min_score is None else min_score for tag, threshold in result["model"].get("thresholds", {}).items()}


def _frame(number: int, frame: Mapping[str, Any], tags: list[tuple[str, float]], thumbnail_link: str) -> dict[str, Any]:
    return {
        "number": number,
        "time_ms": frame["time_ms"],
        "shot": frame["shot"],
        "tags": [{"tag": tag, "score": score} for tag, score in tags],
        "scores": frame["scores"],
        "thumbnail": thumbnail_link,
    }


@router.get(
    "/frames/{number}/image",
    summary="A key frame's picture",
    responses=plain("The picture.", "image/jpeg", ETag="Of this picture.", Cache_Control="An address with `v` is kept for a year.")
    | plain("Not changed.", status=304)
    | problems(NotFound, NoResultYet),
)
def get_frame_image(
    movie_id: MovieId,
    request: Request,
    service: ServiceDep,
    _caller: ReaderKey,
    number: Annotated[int, Path(ge=0, le=10**9, description="The frame's number, from 0.")],
    v: Annotated[PlainText | None, Query(max_length=40, description="Version, as `thumbnail` of the frames has it.")] = None,
) -> Response:
    """JPEG, at most 320 pixels a side."""
    movie = tagged(service, movie_id)
    headers = {
        "ETag": f'"{result_version(movie)}-{number}"',
        "Cache-Control": kept(movie, v),
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(thumbnail(service.storage, str(movie.result_key), number), headers=headers, media_type="image/jpeg")


def _split(texts: list[str]) -> list[str]:
    return [tag for text in texts for tag in text.split(",") if tag]
