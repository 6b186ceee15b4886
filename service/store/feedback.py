"""What people say of tags at moments of films."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.store.engine import new_id
from service.store.tables import Feedback, Movie


@dataclass(frozen=True)
class FeedbackFilter:
    """Which feedback; all that is given must hold."""

    movie_id: str | None = None
    tag: str | None = None
    verdict: str | None = None


@dataclass(frozen=True)
class Moment:
    """A key frame of a film's published result."""

    time_ms: int
    frame: int


def put(session: Session, movie_id: str, moment: Moment, tag: str, verdict: str, now: int) -> tuple[Feedback, bool]:
    """Store a verdict, in place of an earlier one of the same tag and moment; whether it is the first. The film's row is locked."""
    same = sa.select(Feedback).where(Feedback.movie_id == movie_id, Feedback.time_ms == moment.time_ms, Feedback.tag == tag)
    found = session.scalars(same.with_for_update()).one_or_none()
    if found is not None:
        if found.verdict != verdict:
            found.verdict, found.updated_at = verdict, now
        return found, False
    made = Feedback(
        id=new_id("fbk"),
        movie_id=movie_id,
        time_ms=moment.time_ms,
        frame=moment.frame,
        tag=tag,
        verdict=verdict,
        created_at=now,
        updated_at=now,
    )
    session.add(made)
    session.flush()
    return made, True


def page(session: Session, wanted: FeedbackFilter, limit: int, before: str | None) -> list[Feedback]:
    """Feedback, newest first, beginning behind the one with the id `before`."""
    query = sa.select(Feedback).order_by(Feedback.id.desc()).limit(limit)
    if wanted.movie_id is not None:
        query = query.where(Feedback.movie_id == wanted.movie_id)
    if wanted.tag is not None:
        query = query.where(Feedback.tag == wanted.tag)
    if wanted.verdict is not None:
        query = query.where(Feedback.verdict == wanted.verdict)
    return list(session.scalars(query if before is None else query.where(Feedback.id < before)))


def remove(session: Session, feedback_id: str) -> None:
    """Take a verdict back. Raises NotFound."""
    gone = session.scalar(sa.delete(Feedback).where(Feedback.id == feedback_id).returning(Feedback.id))
    if gone is None:
        raise NotFound(f"There is no feedback {feedback_id!r}; GET /v1/feedback lists what there is.")


def movies(session: Session, limit: int, after: str) -> list[str]:
    """Ids of films with feedback, in order, beginning behind the id `after`."""
    query = sa.select(Feedback.movie_id).where(Feedback.movie_id > after).distinct().order_by(Feedback.movie_id).limit(limit)
    return list(session.scalars(query))


def of_movie(session: Session, movie_id: str) -> list[Feedback]:
    """All of a film, in order of time and tag."""
    return list(session.scalars(sa.select(Feedback).where(Feedback.movie_id == movie_id).order_by(Feedback.time_ms, Feedback.tag)))


def place(session: Session, movie_id: str, time_ms: int) -> tuple[str | None, int | None]:
    """Where a moment with feedback is now: the folder of the film's result, and the frame's number in it."""
    query = sa.select(Movie.result_key, Feedback.frame).join(Feedback, Feedback.movie_id == Movie.id)
    found = session.execute(query.where(Movie.id == movie_id, Feedback.time_ms == time_ms).limit(1)).one_or_none()
    return (None, None) if found is None else (found.result_key, found.frame)


def is_named(session: Session, tag: str) -> bool:
    """Whether some feedback is on this tag; models and films may have left it behind."""
    return bool(session.scalar(sa.select(sa.exists().where(Feedback.tag == tag))))


def renumber(session: Session, movie_id: str, times_ms: Sequence[int]) -> None:
    """Find the frames of a film's feedback in its new result, whose key frames have these times."""
    rows = of_movie(session, movie_id)
    if not rows:
        return
    numbers = {time_ms: number for number, time_ms in enumerate(times_ms)}
    for row in rows:
        row.frame = numbers.get(row.time_ms)
    session.flush()
