"""All routes and what they share in one process, put into the application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI

from service.api import (
    events,
    exports,
    feedback,
    film_file,
    health,
    heat,
    image_digits,
    image_objects,
    images,
    imports,
    keys,
    models,
    movies,
    objects,
    queue,
    results,
    retags,
    similar,
    tags,
    timeline,
    webhooks,
)
from service.api.feedback import ExportDesk
from service.api.image_desk import ImageDesk
from service.api.metrics import MeasureRequests, Metrics
from service.api.polling import PollingRoute
from service.api.watch import Watch
from service.context import Service
from service.similar.keeper import Keeper

ROUTERS = (
    movies,
    results,
    timeline,
    heat,
    similar,
    objects,
    film_file,
    events,
    exports,
    feedback,
    retags,
    tags,
    models,
    images,
    image_objects,
    image_digits,
    imports,
    queue,
    webhooks,
    keys,
    health,
)
HEALTH_THREADS = 6


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """From the first request to the last."""
    app.state.similar.start()
    yield
    app.state.similar.close()
    app.state.images.close()


def add_routes(app: FastAPI, service: Service) -> None:
    """Routes of films, results, exports, model and health."""
    app.state.watch = Watch(service)
    app.state.images = ImageDesk(service.settings)
    app.state.similar = Keeper(service)
    app.state.exports = ExportDesk()
    app.state.health_threads = anyio.CapacityLimiter(HEALTH_THREADS)
    app.router.routes.insert(0, PollingRoute(service))
    for resource in ROUTERS:
        app.include_router(resource.router)


def add_metrics(app: FastAPI, service: Service) -> None:
    """Count every request; to be called last, so that it stands outermost."""
    app.state.metrics = Metrics(service)
    app.state.metrics.similar_frames.set_function(lambda: app.state.similar.index.count)
    app.add_middleware(MeasureRequests, metrics=app.state.metrics)
