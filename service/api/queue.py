"""The queue: what waits, who works, pause and resume."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from service.api.auth import AdminKey, ReaderKey
from service.api.bodies import moment
from service.api.deps import ServiceDep
from service.api.openapi import answer
from service.api.schemas import Answer
from service.context import Service
from service.store import queue

COUNTS = {"queued": 3, "running": 1}
NONE = {"queued": 0, "running": 0}
QUEUE: dict[str, Any] = {
    "paused": False,
    "jobs": {"tag": COUNTS, "retag": NONE, "import": NONE, "library_retag": NONE},
    "workers": [
        {"id": "harbour-4711-9f86d081", "host": "harbour", "started_at": "2026-11-03T08:00:00.000Z", "silent_seconds": 1.2},
    ],
}
router = APIRouter(prefix="/v1/queue", tags=["queue"])


class JobCounts(Answer):
    """Jobs that are not at their end."""

    queued: int
    running: int


class Jobs(Answer):
    """By kind."""

    tag: JobCounts
    retag: JobCounts
    import_: JobCounts = Field(alias="import")
    library_retag: JobCounts


class WorkerOut(Answer):
    """A process that tags films."""

    id: str
    host: str
    started_at: str
    silent_seconds: float = Field(description="Since its last sign of life.")


class QueueOut(Answer):
    """The queue."""

    paused: bool = Field(description="No film is begun; those at work are finished.")
    jobs: Jobs
    workers: list[WorkerOut] = Field(description="Those alive.")


@router.get("", summary="What waits and who works", responses=answer(QueueOut, "The queue.", QUEUE))
def get_queue(service: ServiceDep, _caller: ReaderKey) -> Response:
    """Jobs that are not at their end, and the workers that are alive."""
    return _answer(service)


@router.post("/pause", summary="Pause the queue", responses=answer(QueueOut, "Paused.", {**QUEUE, "paused": True}))
def pause_queue(service: ServiceDep, _caller: AdminKey) -> Response:
    """No film is begun until the queue is resumed, also after a restart; films at work are finished, and new ones are taken in."""
    service.jobs.pause()
    return _answer(service)


@router.post("/resume", summary="Resume the queue", responses=answer(QueueOut, "At work again.", QUEUE))
def resume_queue(service: ServiceDep, _caller: AdminKey) -> Response:
    """Films are begun again."""
    service.jobs.resume()
    return _answer(service)


def _answer(service: Service) -> JSONResponse:
    paused = service.jobs.is_paused()
    with service.database.read() as session:
        found = queue.counts(session, round(service.settings.dead_after_seconds * 1000))
    workers = [
        {
            "id": worker.executor_id,
            "host": worker.host,
            "started_at": moment(worker.started_at),
            "silent_seconds": round(silent / 1000, 1),
        }
        for worker, silent in found.workers
    ]
    return JSONResponse({"paused": paused, "jobs": found.jobs, "workers": workers})
