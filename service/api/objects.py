"""Objects in films: what a film shows and when, and which films of the library show something."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from service import errors, movies
from service.api import examples
from service.api.auth import ReaderKey, WriterKey
from service.api.deps import MOVIE_ID, MovieId, PlainText, ServiceDep
from service.api.filters import ScoreQuery
from service.api.image_answers import BoxOut, ObjectOut
from service.api.movies import movie_answer, of_movie
from service.api.openapi import answer, problems
from service.api.pages import Cursor, Limit, cursor_at, read_cursor
from service.api.results import published
from service.api.schemas import Answer, Milliseconds, MovieOut, Score
from service.results import Parameters
from service.store import objects
from service.store.objects import FilmSeen
from service.store.tables import MovieObject

MOST_PLACES = 100  # of one film in an answer about the library
LABEL_LENGTH = 80
router = APIRouter(prefix="/v1", tags=["objects"])

Label = Annotated[PlainText, Field(min_length=1, max_length=LABEL_LENGTH)]
BOX = {"x": 812.4, "y": 310.0, "width": 402.5, "height": 377.1}
TRACK = {
    "label": "horse",
    "score": 0.83,
    "shot": 7,
    "start_ms": 41_200,
    "end_ms": 47_960,
    "boxes": [{"time_ms": 44_080, "frame": 11, "score": 0.83, "box": BOX}],
}
FILM_OBJECTS = {
    "model": {"name": "nanodet-g-416", "version": "1.0.0", "min_score": 0.4},
    "width": 1920,
    "height": 1080,
    "tracks": [TRACK],
    "frames": [{"number": 11, "time_ms": 44_080, "shot": 7, "objects": [{"label": "horse", "score": 0.83, "box": BOX}]}],
}
PLACE = {"shot": 7, "start_ms": 41_200, "end_ms": 47_960, "score": 0.83, "frame": 11, "time_ms": 44_080}
SEEN = {"movie": MOVIE_ID, "title": "The harbour", "score": 0.83, "shots": 1, "places": [PLACE], "link": f"/v1/movies/{MOVIE_ID}/objects"}
LIBRARY_OBJECTS = {"labels": [{"label": "horse", "movies": 1, "shots": 1, "best_score": 0.83}], "movies": [SEEN], "next_cursor": None}


class ObjectFrame(Answer):
    """A key frame that shows something."""

    number: int
    time_ms: Milliseconds
    shot: int
    objects: list[ObjectOut]


class SightingOut(Answer):
    """A track at a key frame."""

    time_ms: Milliseconds
    frame: int = Field(description="The key frame's number.")
    score: Score
    box: BoxOut


class TrackOut(Answer):
    """One object within one shot."""

    label: str
    score: Score = Field(description="The best of its key frames.")
    shot: int
    start_ms: Milliseconds
    end_ms: Milliseconds
    boxes: list[SightingOut]


class DetectorOut(Answer):
    """The detector that answered."""

    name: str
    version: str
    min_score: Score = Field(description="Nothing below it is kept.")


class MovieObjects(Answer):
    """The objects of a film."""

    model: DetectorOut | None = Field(description="Null: the film was tagged without `objects`; POST looks for them.")
    width: int = Field(description="Pixels of the film as it is displayed, which boxes are in.")
    height: int
    tracks: list[TrackOut] = Field(description="By time, then best first.")
    frames: list[ObjectFrame] = Field(description="The key frames that show something, by time.")


class LabelOut(Answer):
    """A label that films show."""

    label: str
    movies: int
    shots: int
    best_score: Score


class Place(Answer):
    """A part of a shot that shows the label."""

    shot: int
    start_ms: Milliseconds
    end_ms: Milliseconds
    score: Score
    frame: int = Field(description="Number of the key frame that shows it best.")
    time_ms: Milliseconds


class MovieSeen(Answer):
    """A film that shows the label."""

    movie: str
    title: str
    score: Score = Field(description="The best of its places.")
    shots: int = Field(description="How many show it.")
    places: list[Place] = Field(description=f"By time; of more than {MOST_PLACES} the best ones.")
    link: str = Field(description="All that is known of the film's objects.")


class LibraryObjects(Answer):
    """What the library shows."""

    labels: list[LabelOut] = Field(description="All labels that are seen, those of most films first; or the one asked for.")
    movies: list[MovieSeen] = Field(description="Films that show the label asked for, best first.")
    next_cursor: str | None


LabelQuery = Annotated[Label | None, Query(description="A label of the detector.", examples=["horse"])]


@router.get(
    "/objects",
    summary="Where something is seen in the library",
    responses=answer(LibraryObjects, "The label's films, a page of them.", LIBRARY_OBJECTS)
    | problems(errors.InvalidRequest, errors.BadCursor),
)
def list_objects(
    service: ServiceDep,
    _caller: ReaderKey,
    label: LabelQuery = None,
    min_score: ScoreQuery = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """With `label` the films that show it and when; without it the labels that are seen at all. Of films tagged with `objects`."""
    least, after = min_score or 0.0, _place(cursor)
    with service.database.read() as session:
        counts = objects.labels(session, least, label)
        found = objects.films(session, label, least, limit + 1, after) if label is not None else []
        shown = found[:limit]
        places = objects.places(session, [film.movie.id for film in shown], label or "", least, MOST_PLACES)
    last = shown[-1] if len(found) > limit else None
    body = {
        "labels": [vars(count) for count in counts],
        "movies": [_film(film, places[film.movie.id], service.settings.root_path) for film in shown],
        "next_cursor": cursor_at(f"{last.score!r} {last.movie.id}") if last else None,
    }
    return JSONResponse(body)


@router.get(
    "/movies/{movie_id}/objects",
    summary="What a film shows",
    responses=answer(MovieObjects, "Its objects.", FILM_OBJECTS) | problems(errors.NotFound, errors.NoResultYet, errors.InvalidRequest),
)
def list_movie_objects(
    movie_id: MovieId, service: ServiceDep, _caller: ReaderKey, label: LabelQuery = None, min_score: ScoreQuery = None
) -> Response:
    """As tracks, an object within a shot each, and by key frame; of all labels, or of the one given."""
    _movie, result = published(service, movie_id)
    found = result.get("objects") or {"model": None, "tracks": [], "frames": []}

    def is_wanted(thing: dict[str, Any]) -> bool:
        return label in (None, thing["label"]) and thing["score"] >= (min_score or 0.0)

    frames = [
        {"number": number, **frame, "objects": wanted}
        for number, frame in enumerate(found["frames"])
        if (wanted := list(filter(is_wanted, frame["objects"])))
    ]
    size = {side: result["film"][side] for side in ("width", "height")}
    return JSONResponse({"model": found["model"], **size, "tracks": list(filter(is_wanted, found["tracks"])), "frames": frames})


@router.post(
    "/movies/{movie_id}/objects",
    summary="Find a film's objects",
    status_code=202,
    responses=answer(MovieOut, "Queued.", examples.QUEUED, 202, Location="Where the movie is.")
    | problems(errors.NotFound, errors.WrongState),
)
def find_movie_objects(movie_id: MovieId, service: ServiceDep, _caller: WriterKey) -> Response:
    """The film is tagged anew, as by `retry`, and its objects are found on the way; until that has succeeded its old result stays."""
    movie, _run = of_movie(service, movie_id)
    movies.retry(service, movie_id, Parameters(**movie.parameters | {"objects": True}))
    return movie_answer(service, movie_id, 202)


def _place(cursor: str | None) -> tuple[float, str] | None:
    """Score and id of the film that a page begins behind. Raises BadCursor."""
    text = read_cursor(cursor)
    if text is None:
        return None
    score, _space, movie_id = text.partition(" ")
    try:
        return float(score), movie_id
    except ValueError:
        raise errors.BadCursor("The cursor is none of this list's; begin again without it.") from None


def _film(film: FilmSeen, places: list[MovieObject], prefix: str) -> dict[str, Any]:
    return {
        "movie": film.movie.id,
        "title": film.movie.title,
        "score": film.score,
        "shots": film.shots,
        "places": [{name: getattr(place, name) for name in PLACE} for place in places],
        "link": f"{prefix}/v1/movies/{film.movie.id}/objects",
    }
