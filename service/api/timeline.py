"""A film's timeline in one answer, for pages that draw it and move thresholds themselves."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from service.api.auth import ReaderKey
from service.api.bodies import frame_image, result_version
from service.api.deps import MOVIE_ID, MovieId, ServiceDep
from service.api.openapi import answer, plain, problems
from service.api.results import published, tagged
from service.api.schemas import Answer, Milliseconds, Score
from service.errors import NoResultYet, NotFound, ResultError
from service.store.tables import Movie
from service.tags import Vocabulary
from service.timeline.overview import PEAKS, STEPS, overview

router = APIRouter(prefix="/v1/movies/{movie_id}/timeline", tags=["results"])


class TimelineTag(Answer):
    """A tag of the film's vocabulary, whether it holds somewhere or not."""

    tag: str
    threshold: Score = Field(description="The score from which it holds in this film.")
    score: Score = Field(description="Of the film.")
    sensitive: bool = Field(description="Several key frames of a shot must agree on it; `scores` tell what they agree on.")
    chosen: bool = Field(description="One of the film's themes: it holds at least in its best shot.")
    scores: list[Annotated[int, Field(ge=0, le=STEPS)]] = Field(description="Of each shot, in ten thousandths, rounded down.")
    peaks: list[int] = Field(description=f"Numbers of at most {PEAKS} key frames that show it best, best first, each of another shot.")


class TimelineShot(Answer):
    """A stretch of film between two cuts."""

    start_ms: Milliseconds
    end_ms: Milliseconds
    first_frame: int = Field(description="Number of its first key frame.")
    frames: int = Field(description="Number of its key frames.")


class TimelineOut(Answer):
    """All that segments under any threshold are cut from."""

    duration_ms: Milliseconds
    min_score: Score | None = Field(description="What the film was tagged with in place of the tags' own thresholds.")
    most_tags: int = Field(description="The film's themes are the best so many tags whose score reaches their threshold.")
    gap_ms: Milliseconds = Field(description="A tag that is away for no longer than this between two shots holds through.")
    min_segment_ms: Milliseconds = Field(description="Shorter segments are dropped; if a tag has no other, its longest stays.")
    thumbnail: str = Field(description="Address of the key frames' pictures, with `{number}` in the place of the number.")
    tags: list[TimelineTag]
    shots: list[TimelineShot]
    frame_times_ms: list[Milliseconds] = Field(description="Of each key frame.")
    blurred_frames: list[int] = Field(description="Numbers of the key frames that are to be blurred until asked for.")


EXAMPLE: dict[str, Any] = {
    "duration_ms": 12000,
    "min_score": None,
    "most_tags": 8,
    "gap_ms": 2000,
    "min_segment_ms": 1000,
    "thumbnail": f"/v1/movies/{MOVIE_ID}/frames/{{number}}/image?v=5d41402abc4b",
    "tags": [
        {"tag": "war", "threshold": 0.54, "score": 0.91, "sensitive": False, "chosen": True, "scores": [9120, 310, 8800], "peaks": [1, 3]}
    ],
    "shots": [
        {"start_ms": 0, "end_ms": 4120, "first_frame": 0, "frames": 2},
        {"start_ms": 4120, "end_ms": 7000, "first_frame": 2, "frames": 1},
        {"start_ms": 7000, "end_ms": 12000, "first_frame": 3, "frames": 1},
    ],
    "frame_times_ms": [1200, 3000, 5480, 9000],
    "blurred_frames": [],
}


@router.get(
    "",
    summary="The whole timeline",
    responses=answer(TimelineOut, "Tags by shot.", EXAMPLE, ETag="Of this answer: `If-None-Match` spares it.")
    | plain("Not changed.", status=304)
    | problems(NotFound, NoResultYet, ResultError),
)
def get_timeline(movie_id: MovieId, request: Request, service: ServiceDep, _caller: ReaderKey) -> Response:
    """For every tag the score of every shot: from them segments under other thresholds are cut without another request."""
    headers = {"ETag": _etag(tagged(service, movie_id), service.vocabulary, request.app.version), "Cache-Control": "private, no-cache"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    movie, result = published(service, movie_id)
    headers["ETag"] = _etag(movie, service.vocabulary, request.app.version)  # of another result, where one came meanwhile
    body = overview(result, service.vocabulary.blurred)
    return JSONResponse(body | {"thumbnail": frame_image(movie, "{number}", service.settings.root_path)}, headers=headers)


def _etag(movie: Movie, vocabulary: Vocabulary, program: str) -> str:
    """Of all that decides the answer."""
    facts = repr((result_version(movie), sorted(vocabulary.blurred), program))
    return f'"{hashlib.sha256(facts.encode()).hexdigest()[:16]}"'
