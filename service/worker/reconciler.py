"""Mends what differs between our rows and the job system's: jobs that DBOS ended without running any code of ours, and the like."""

import logging

from service.context import Service
from service.endings import end_run
from service.failures import internal_failure, stopped_workers
from service.jobs import TAG_MOVIE
from service.store import runs, workflows
from service.store.engine import Session, now_ms
from service.store.tables import Import, Retag, Run, State
from service.store.workflows import JobStatus

SETTLED_MS = 3000  # rows that changed later than this ago may be in the middle of something
ABRUPT = "The work on it ended without a result; the service's log may tell why. Try again by retry."
log = logging.getLogger(__name__)


def reconcile(service: Service, settled_ms: int = SETTLED_MS) -> None:
    """One look at everything that is open on either side."""
    with service.database.read() as session:
        if not _differs(session, now_ms(session) - settled_ms):
            return
    with service.database.write() as session:
        now = now_ms(session)
        for run_id, status in runs.astray(session, now - settled_ms):
            _mend_run(service, session, run_id, status, now)
        unwanted = runs.unwanted_jobs(session, TAG_MOVIE)
        workflows.withdraw(session, unwanted, now)
        _mend_chores(service, session, now)


def _differs(session: Session, before_ms: int) -> bool:
    return bool(
        runs.astray(session, before_ms)
        or runs.unwanted_jobs(session, TAG_MOVIE)
        or runs.astray_chores(session, Import)
        or runs.astray_chores(session, Retag)
    )


def _mend_run(service: Service, session: Session, run_id: str, status: str | None, now: int) -> None:
    log.warning("run %s is open, its job is %s", run_id, status or "missing")
    if status is None:
        service.jobs.enqueue_run(session, session.get_one(Run, run_id))
    elif status == JobStatus.CANCELLED:
        end_run(session, run_id, State.CANCELLED, None, now)
    else:
        error = stopped_workers() if status == JobStatus.EXHAUSTED else internal_failure(ABRUPT)
        end_run(session, run_id, State.FAILED, error, now)


def _mend_chores(service: Service, session: Session, now: int) -> None:
    for table, enqueue in ((Import, service.jobs.enqueue_import), (Retag, service.jobs.enqueue_retag)):
        for chore_id, status in runs.astray_chores(session, table):
            log.warning("%s %s is open, its job is %s", table.__name__.lower(), chore_id, status or "missing")
            if status is None:
                enqueue(session, chore_id)
            elif status == JobStatus.CANCELLED:
                runs.end_chore(session, table, chore_id, State.CANCELLED, None, now)
            else:
                runs.end_chore(session, table, chore_id, State.FAILED, internal_failure(ABRUPT), now)
