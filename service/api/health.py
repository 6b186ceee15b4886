"""For monitoring: alive, ready, figures. Answered without a key, the figures aside."""

from collections.abc import Callable

import anyio
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from service.api.auth import ReaderKey
from service.api.deps import ServiceDep
from service.api.metrics import Metrics
from service.api.openapi import answer, plain
from service.api.schemas import Alive, Ready
from service.context import Service
from service.errors import InferenceUnavailable, MovieTaggerError
from service.predictors.remote import inference_health
from service.store import overview

PATIENCE_SECONDS = 1.8  # for all parts together: the answer must come within two seconds
NO_ANSWER = "does not answer"
OK = "ok"
EXAMPLE = {"status": OK, "parts": {"database": OK, "storage": OK, "inference": OK}}
AWAY = {"status": "not ready", "parts": {"database": NO_ANSWER, "storage": OK, "inference": OK}}
router = APIRouter(tags=["health"])


@router.get("/health/live", summary="Whether the process lives", responses=answer(Alive, "It does.", {"status": OK}))
async def get_live() -> Response:
    """Asks for nothing else: restart the process when this does not answer."""
    return JSONResponse({"status": OK})


@router.get(
    "/health/ready",
    summary="Whether films can be taken and tagged",
    responses=answer(Ready, "All parts answer.", EXAMPLE) | answer(Ready, "Some part does not.", AWAY, 503),
)
async def get_ready(request: Request, service: ServiceDep) -> Response:
    """Database, file storage and inference process, each asked at most two seconds."""
    limiter = request.app.state.health_threads  # of its own: parts that hang take no threads from requests
    parts = dict.fromkeys(_CHECKS, NO_ANSWER)

    async def ask(name: str, check: Callable[[Service], None]) -> None:
        try:
            await anyio.to_thread.run_sync(check, service, abandon_on_cancel=True, limiter=limiter)
            parts[name] = OK
        except MovieTaggerError:
            parts[name] = NO_ANSWER

    with anyio.move_on_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as group:
            for name, check in _CHECKS.items():
                group.start_soon(ask, name, check)
    is_ready = all(state == OK for state in parts.values())
    return JSONResponse({"status": OK if is_ready else "not ready", "parts": parts}, 200 if is_ready else 503)


@router.get(
    "/metrics", summary="Figures for Prometheus", response_class=Response, responses=plain("In Prometheus' text format.", "text/plain")
)
def get_metrics(request: Request, _caller: ReaderKey) -> Response:
    """Requests, uploads, the queue by state, workers, the model; docs/operations.md names them. Workers have figures of their own."""
    metrics: Metrics = request.app.state.metrics
    return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _database(service: Service) -> None:
    with service.database.read() as session:
        overview.ping(session)


def _storage(service: Service) -> None:
    service.storage.check()


def _inference(service: Service) -> None:
    if not inference_health(service.settings.socket, PATIENCE_SECONDS).get("loaded"):
        raise InferenceUnavailable("The model is being loaded.")


_CHECKS: dict[str, Callable[[Service], None]] = {"database": _database, "storage": _storage, "inference": _inference}
