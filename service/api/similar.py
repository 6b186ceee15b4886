"""Key frames like one of them, across the library."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from service.api.auth import ReaderKey
from service.api.bodies import frame_image
from service.api.deps import MOVIE_ID, MovieId, ServiceDep
from service.api.openapi import answer, problems
from service.api.results import tagged
from service.api.schemas import Answer, Milliseconds, Score, TagScore
from service.errors import BundleError, NeedsDecoding, NoResultYet, NotFound, ResultError, StorageUnavailable
from service.similar.asking import SimilarFrame, similar_frames
from service.similar.keeper import Keeper

MOST = 100  # frames in an answer
EXAMPLE = {
    "frames": [
        {
            "movie": MOVIE_ID,
            "title": "harbour.mp4",
            "frame": 4,
            "time_ms": 13240,
            "similarity": 0.8312,
            "image": f"/v1/movies/{MOVIE_ID}/frames/4/image?v=5f3c1a9be0d2",
            "tags": [{"tag": "war", "score": 0.93}],
            "blurred": False,
        }
    ],
    "indexed": {"films": 812, "frames": 690114, "waiting": 3},
}
router = APIRouter(prefix="/v1/movies/{movie_id}", tags=["results"])


class SimilarFrameOut(Answer):
    """A key frame of the library."""

    movie: str = Field(description="The movie's id.")
    title: str
    frame: int = Field(description="The frame's number.")
    time_ms: Milliseconds
    similarity: Score = Field(description="The cosine of the two frames' vectors; 1 is the same.")
    image: str = Field(description="Address of its picture.")
    tags: list[TagScore] = Field(description="At most three, best first.")
    blurred: bool = Field(description="The picture is to be blurred until asked for.")


class Indexed(Answer):
    """What was searched."""

    films: int
    frames: int
    waiting: int = Field(description="Films that are tagged and not among these yet; ask again.")


class SimilarFrames(Answer):
    """Key frames, the most similar first."""

    frames: list[SimilarFrameOut]
    indexed: Indexed


@router.get(
    "/frames/{number}/similar",
    summary="Key frames like this one",
    responses=answer(SimilarFrames, "Of each moment and shot of a film the best one.", EXAMPLE)
    | problems(NotFound, NoResultYet, NeedsDecoding, ResultError, BundleError, StorageUnavailable),
)
def list_similar_frames(
    movie_id: MovieId,
    request: Request,
    service: ServiceDep,
    _caller: ReaderKey,
    number: Annotated[int, Path(ge=0, le=10**9, description="The frame's number, from 0.")],
    limit: Annotated[int, Query(ge=1, le=MOST, description="Frames in the answer.")] = 24,
    same_film: Annotated[bool, Query(description="Frames of the same film too.")] = False,
) -> Response:
    """Of all films whose features are of the same backbone, by what the tagger in use looks at. A new film is among them after seconds."""
    keeper: Keeper = request.app.state.similar
    movie = tagged(service, movie_id)
    found = similar_frames(service, keeper, movie, number, limit, same_film=same_film)
    index = keeper.index
    waiting = keeper.waiting or int(movie_id not in index.films)  # which nobody has counted yet
    return JSONResponse(
        {
            "frames": [_frame(frame, service.settings.root_path) for frame in found],
            "indexed": {"films": len(index.films), "frames": index.count, "waiting": waiting},
        }
    )


def _frame(frame: SimilarFrame, prefix: str) -> dict[str, object]:
    return {
        "movie": frame.movie.id,
        "title": frame.movie.title,
        "frame": frame.number,
        "time_ms": frame.time_ms,
        "similarity": round(frame.similarity, 4),
        "image": frame_image(frame.movie, frame.number, prefix),
        "tags": [{"tag": tag, "score": score} for tag, score in frame.tags],
        "blurred": frame.is_blurred,
    }
