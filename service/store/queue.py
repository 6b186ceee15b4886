"""How much work waits and who does it."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.store import workers
from service.store.engine import now_ms
from service.store.tables import OPEN_STATES, Import, Retag, Run, RunKind, State, Worker


@dataclass(frozen=True)
class QueueCounts:
    """Open jobs by kind and state, and the workers that are alive with the milliseconds since their last sign of life."""

    jobs: dict[str, dict[State, int]]
    workers: tuple[tuple[Worker, int], ...]


def counts(session: Session, silent_ms: int) -> QueueCounts:
    """As of now; a worker that was silent for `silent_ms` is dead."""
    runs = sa.select(Run.kind, Run.state, sa.func.count()).where(Run.state.in_(OPEN_STATES)).group_by(Run.kind, Run.state)
    found = {(kind, state): number for kind, state, number in session.execute(runs)}
    for name, table in (("import", Import), ("library_retag", Retag)):
        chores = sa.select(table.state, sa.func.count()).where(table.state.in_(OPEN_STATES)).group_by(table.state)
        found |= {(name, state): number for state, number in session.execute(chores)}
    now = now_ms(session)
    return QueueCounts(
        jobs={kind: {state: found.get((kind, state), 0) for state in OPEN_STATES} for kind in (*RunKind, "import", "library_retag")},
        workers=tuple((worker, max(0, now - worker.heartbeat_at)) for worker in workers.alive(session, silent_ms)),
    )
