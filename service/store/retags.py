"""Retags of a part of the library: the job's row, and what became of its runs."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.errors import NotFound
from service.store.tables import OPEN_STATES, Retag, Run, State


def add(session: Session, retag_id: str, wanted: dict[str, Any], changes: dict[str, Any], total: int, now: int) -> Retag:
    """Add a retag that is queued."""
    counts = {"total": total, "needs_decoding": 0, "busy": 0, "untagged": 0, "gone_on_from": ""}
    retag = Retag(
        id=retag_id, filter=wanted, parameters=changes, state=State.QUEUED, counts=counts, error=None, created_at=now, finished_at=None
    )
    session.add(retag)
    session.flush()
    return retag


def get(session: Session, retag_id: str, *, lock: bool = False) -> Retag:
    """One retag. Raises NotFound."""
    retag = session.get(Retag, retag_id, with_for_update=lock)
    if retag is None:
        raise NotFound(f"There is no retag {retag_id!r}; POST /v1/retag answers with the address of a new one.")
    return retag


def run_counts(session: Session, retag_id: str) -> dict[str, int]:
    """How many of its runs are in each state."""
    query = sa.select(Run.state, sa.func.count()).where(Run.retag_id == retag_id).group_by(Run.state)
    return {state.value: 0 for state in State} | {state: number for state, number in session.execute(query)}


def is_open(retag: Retag) -> bool:
    """Whether films are still to be handed out."""
    return retag.state in OPEN_STATES
