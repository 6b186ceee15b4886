"""Folders and rows that nobody needs any more."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.store.tables import OPEN_STATES, Movie, Run, Setting

BATCH = 500  # ids in one question


def claim_turn(session: Session, name: str, now: int, every_ms: int) -> dict[str, Any] | None:
    """What the last one who did this wrote down, if it is time to do it again: then the turn is the caller's; else None."""
    setting = session.get(Setting, name, with_for_update=True)
    if setting is not None and setting.value.get("at", 0) > now - every_ms:
        return None
    remembered = dict(setting.value) if setting else {}
    session.merge(Setting(name=name, value={**remembered, "at": now}))
    return remembered


def remember(session: Session, name: str, facts: Mapping[str, Any]) -> None:
    """Write something down for the next turn."""
    setting = session.get_one(Setting, name, with_for_update=True)
    setting.value = {**setting.value, **facts}


def unknown_movies(session: Session, movie_ids: Collection[str]) -> set[str]:
    """Those of these ids that are no film's."""
    return set(movie_ids) - _matching(session, movie_ids, sa.true())


def gone_originals(session: Session, movie_ids: Collection[str]) -> set[str]:
    """Films among these whose file was to be removed after tagging."""
    return _matching(session, movie_ids, Movie.original_gone.is_(True))


def wanted_results(session: Session, movie_ids: Collection[str]) -> dict[str, set[str]]:
    """Folders of results in use, or being written, by film."""
    wanted: dict[str, set[str]] = {}
    ids = list(movie_ids)
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        # Open runs first: one that is published between the two questions is in the second answer.
        open_runs = sa.select(Run.movie_id, Run.id, Run.attempt).where(Run.movie_id.in_(some), Run.state.in_(OPEN_STATES))
        for movie_id, run_id, attempt in session.execute(open_runs):
            wanted.setdefault(movie_id, set()).add(f"{run_id}-{attempt}")
        for movie_id, key in session.execute(sa.select(Movie.id, Movie.result_key).where(Movie.id.in_(some))):
            wanted.setdefault(movie_id, set()).update({key.rsplit("/", 1)[-1]} if key else set())
    return wanted


def _matching(session: Session, movie_ids: Collection[str], condition: sa.ColumnElement[bool]) -> set[str]:
    ids, found = list(movie_ids), set[str]()
    for start in range(0, len(ids), BATCH):
        found.update(session.scalars(sa.select(Movie.id).where(Movie.id.in_(ids[start : start + BATCH]), condition)))
    return found
