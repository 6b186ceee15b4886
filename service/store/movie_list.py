"""The library as a list: filters, orders, and pages that hold while films come and go."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.errors import BadCursor, InvalidRequest
from service.store.tables import Movie, MovieTag, Run

MOST = 200  # films in a page
_LARGEST = 2**63 - 1


class Sort(StrEnum):
    """Orders of the list; films that are equal in it follow in order of their ids."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    TITLE = "title"
    TITLE_DOWN = "-title"
    SHORTEST = "duration"  # films whose duration is not known yet come last
    LONGEST = "-duration"
    SCORE = "score"  # of the first tag asked for, best first


_BY_DURATION = (Sort.SHORTEST, Sort.LONGEST)


@dataclass(frozen=True)
class MovieFilter:
    """Which films; all that is given must hold."""

    tags: tuple[str, ...] = ()
    min_score: float | None = None  # of each tag; None: the tag is in the film's compact set
    text: str | None = None  # in the title, whatever the case
    state: str | None = None
    external_id: str | None = None

    @property
    def is_empty(self) -> bool:
        """Every film."""
        return self == MovieFilter()

    def to_json(self) -> dict[str, Any]:
        """As it is kept with a job."""
        return {**asdict(self), "tags": list(self.tags)}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "MovieFilter":
        """And back."""
        return cls(**{**stored, "tags": tuple(stored["tags"])})


@dataclass(frozen=True)
class Page:
    """Some films with their runs, and where the next page begins."""

    films: tuple[tuple[Movie, Run], ...]
    next_cursor: str | None
    scores: dict[str, dict[str, float]]  # movie id -> the scores of the tags asked for


@dataclass(frozen=True)
class _Place:
    """The last film of a page: its value in the order, and its id."""

    value: Any
    id: str


def page(session: Session, wanted: MovieFilter, sort: Sort = Sort.NEWEST, limit: int = 50, cursor: str | None = None) -> Page:
    """A page of films. Raises InvalidRequest, or BadCursor for a cursor that is none of this list's."""
    if sort is Sort.SCORE and not wanted.tags:
        raise InvalidRequest("sort=score orders by a tag's score: give the tag too, as tag=ID.")
    after = _read_cursor(cursor, wanted, sort) if cursor else None
    rows = _rows(session, wanted, sort, limit + 1, after)
    shown = rows[:limit]
    movies = [movie for movie, _value in shown]
    more = len(rows) > limit
    return Page(
        films=_with_runs(session, movies),
        next_cursor=_cursor(wanted, sort, _Place(shown[-1][1], movies[-1].id)) if more else None,
        scores=scores(session, [movie.id for movie in movies], wanted.tags) if wanted.tags else {},
    )


def count(session: Session, wanted: MovieFilter) -> int:
    """How many films."""
    return int(session.execute(_filtered(sa.select(sa.func.count()).select_from(Movie), wanted)).scalar_one())


def ids(session: Session, wanted: MovieFilter, limit: int, after: str = "") -> list[str]:
    """Ids of films in their order, beginning behind one."""
    return list(session.scalars(_filtered(sa.select(Movie.id), wanted).where(Movie.id > after).order_by(Movie.id).limit(limit)))


def known_tags(session: Session, tags: Sequence[str]) -> set[str]:
    """Those of `tags` that some film has a score for."""
    return {tag for tag in tags if session.scalar(sa.select(sa.exists().where(MovieTag.tag == tag)))}


def scores(session: Session, movie_ids: Sequence[str], tags: Sequence[str] | None = None) -> dict[str, dict[str, float]]:
    """Scores of films by id and tag: of these tags, or of all."""
    query = sa.select(MovieTag.movie_id, MovieTag.tag, MovieTag.score).where(MovieTag.movie_id.in_(movie_ids))
    if tags is not None:
        query = query.where(MovieTag.tag.in_(tags))
    found: dict[str, dict[str, float]] = {movie_id: {} for movie_id in movie_ids}
    for movie_id, tag, score in session.execute(query):
        found[movie_id][tag] = score
    return found


def _rows(session: Session, wanted: MovieFilter, sort: Sort, limit: int, after: _Place | None) -> list[tuple[Movie, Any]]:
    """Films with their value in the order. Unknown durations are a list of their own behind the known ones: so the index serves."""
    column, is_down = _order(sort)
    id_column: InstrumentedAttribute[str] = MovieTag.movie_id if sort is Sort.SCORE else Movie.id
    query = sa.select(Movie, column)
    if sort is Sort.SCORE:  # the row that orders is the one that filters, so that the index ends the search early
        first, wanted = wanted.tags[0], replace(wanted, tags=wanted.tags[1:])
        query = query.join(MovieTag, MovieTag.movie_id == Movie.id).where(MovieTag.tag == first, _holds(MovieTag, wanted.min_score))
    query = _filtered(query, wanted)
    ordered = query.order_by(*(term.desc() if is_down else term.asc() for term in (column, id_column))).limit(limit)
    known = ordered.where(column.is_not(None)) if sort in _BY_DURATION else ordered
    if after is not None and after.value is not None:
        here, there = sa.tuple_(column, id_column), sa.tuple_(sa.literal(after.value, column.type), sa.literal(after.id))
        known = known.where(here < there if is_down else here > there)
    rows = [(movie, value) for movie, value in session.execute(known)] if after is None or after.value is not None else []
    if sort in _BY_DURATION and len(rows) < limit:
        unknown = query.where(column.is_(None)).order_by(Movie.id).limit(limit - len(rows))
        if after is not None and after.value is None:
            unknown = unknown.where(Movie.id > after.id)
        rows += [(movie, value) for movie, value in session.execute(unknown)]
    return rows


def _order(sort: Sort) -> tuple[InstrumentedAttribute[Any], bool]:
    """The column, and whether it goes down."""
    columns: dict[Sort, InstrumentedAttribute[Any]] = {
        Sort.NEWEST: Movie.created_at,
        Sort.OLDEST: Movie.created_at,
        Sort.TITLE: Movie.title_key,
        Sort.TITLE_DOWN: Movie.title_key,
        Sort.SHORTEST: Movie.duration_ms,
        Sort.LONGEST: Movie.duration_ms,
        Sort.SCORE: MovieTag.score,
    }
    return columns[sort], sort is Sort.SCORE or sort.startswith("-")


def _filtered(query: sa.Select[Any], wanted: MovieFilter) -> sa.Select[Any]:
    for tag in wanted.tags:
        query = query.where(_has_tag(tag, wanted.min_score))
    if wanted.text is not None:
        query = query.where(Movie.title_key.contains(wanted.text.casefold(), autoescape=True))
    if wanted.state is not None:
        query = query.where(Movie.state == wanted.state)
    if wanted.external_id is not None:
        query = query.where(Movie.external_id == wanted.external_id)
    return query


def _has_tag(tag: str, min_score: float | None) -> sa.ColumnElement[bool]:
    row = sa.orm.aliased(MovieTag)
    return sa.exists().where(row.movie_id == Movie.id, row.tag == tag, _holds(row, min_score))


def _holds(row: type[MovieTag], min_score: float | None) -> sa.ColumnElement[bool]:
    return row.holds.is_(True) if min_score is None else row.score >= min_score


def _with_runs(session: Session, movies: Sequence[Movie]) -> tuple[tuple[Movie, Run], ...]:
    """Films with their runs; one that is deleted in this moment drops out."""
    query = sa.select(Run).where(Run.id.in_([movie.run_id for movie in movies]))
    runs = {run.id: run for run in session.scalars(query)}
    return tuple((movie, runs[movie.run_id]) for movie in movies if movie.run_id in runs)


def _mark(wanted: MovieFilter, sort: Sort) -> str:
    """Tells one list from another."""
    return hashlib.sha256(json.dumps([wanted.to_json(), sort]).encode()).hexdigest()[:12]


def _cursor(wanted: MovieFilter, sort: Sort, place: _Place) -> str:
    content = json.dumps([_mark(wanted, sort), place.value, place.id])
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, wanted: MovieFilter, sort: Sort) -> _Place:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        mark, value, movie_id = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise _bad_cursor("is none of ours") from None
    if mark != _mark(wanted, sort):
        raise _bad_cursor("belongs to a list with another filter or order")
    if not isinstance(movie_id, str) or not movie_id.isascii() or not movie_id.isprintable() or not _fits(value, sort):
        raise _bad_cursor("is none of ours")
    return _Place(value, movie_id)


def _fits(value: Any, sort: Sort) -> bool:
    """Whether a value can be one of the order's: cursors come from outside."""
    if sort in (Sort.TITLE, Sort.TITLE_DOWN):
        return isinstance(value, str) and is_storable(value)
    if sort is Sort.SCORE:
        return isinstance(value, float | int) and not isinstance(value, bool) and 0 <= value <= 1
    if value is None:
        return sort in _BY_DURATION
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST


def is_storable(text: str) -> bool:
    """Whether both databases can take a text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and text.encode("utf-8", "ignore").decode() == text


def _bad_cursor(what: str) -> BadCursor:
    return BadCursor(f"The cursor {what}; begin again without it, and go on with `next_cursor` of the answer.")
