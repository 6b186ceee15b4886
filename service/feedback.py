"""What people say of tags at frames: right, wrong, missing. Training learns from it (service.corrections exports it)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.context import Service
from service.errors import NoResultYet, NotFound
from service.outputs import read_result
from service.store import feedback, movies
from service.store.engine import Database, now_ms
from service.store.feedback import FeedbackFilter, Moment
from service.store.tables import Feedback, Verdict

__all__ = ["FeedbackFilter", "Given", "Verdict", "give", "is_named", "list_feedback", "list_of_movie", "take_back"]


@dataclass(frozen=True)
class Given:
    """A verdict that is stored now."""

    feedback: Feedback
    is_new: bool  # rather than said before, or said instead of another one


def give(service: Service, movie_id: str, number: int, tag: str, verdict: Verdict) -> Given:
    """Say of a tag at a key frame what is true. Raises UnknownTag, NotFound, NoResultYet."""
    while True:
        result_key, result = _result(service, movie_id)
        moment = _moment(result, number)
        if tag not in result["scores"]:  # a film that another model tagged has tags of its own
            service.vocabulary.index(tag)
        with service.database.write() as session:
            movie = movies.get(session, movie_id, lock=True)
            if movie.result_key == result_key:  # else the numbers that were just read are those of an older result
                return Given(*feedback.put(session, movie_id, moment, tag, verdict, now_ms(session)))


def list_feedback(database: Database, wanted: FeedbackFilter, limit: int, before: str | None) -> list[Feedback]:
    """Newest first."""
    with database.read() as session:
        return feedback.page(session, wanted, limit, before)


def is_named(database: Database, tag: str) -> bool:
    """Whether some feedback is on this tag."""
    with database.read() as session:
        return feedback.is_named(session, tag)


def list_of_movie(database: Database, movie_id: str, limit: int, before: str | None) -> list[Feedback]:
    """Of one film, newest first. Raises NotFound."""
    with database.read() as session:
        movies.get(session, movie_id)
        return feedback.page(session, FeedbackFilter(movie_id), limit, before)


def take_back(database: Database, feedback_id: str) -> None:
    """Forget a verdict. Raises NotFound."""
    with database.write() as session:
        feedback.remove(session, feedback_id)


def _moment(result: Mapping[str, Any], number: int) -> Moment:
    frames = result["frames"]
    if not 0 <= number < len(frames):
        raise NotFound(f"There is no frame {number}; this film's frames are 0 to {len(frames) - 1}.")
    return Moment(frames[number]["time_ms"], number)


def _result(service: Service, movie_id: str) -> tuple[str, dict[str, Any]]:
    """The film's result and its folder."""
    while True:
        result_key = _result_key(service, movie_id)
        try:
            return result_key, read_result(service.storage, result_key)
        except NotFound:
            if _result_key(service, movie_id) == result_key:
                raise
            # a new result took its place between the two reads


def _result_key(service: Service, movie_id: str) -> str:
    with service.database.read() as session:
        movie = movies.get(session, movie_id)
    if movie.result_key is None:
        raise NoResultYet(f"The movie is {movie.state} and has no result yet; GET /v1/movies/{movie_id}/events tells when it has.")
    return movie.result_key
