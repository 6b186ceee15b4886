"""What the API counts of itself, and what it looks up when it is scraped."""

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.context import Service
from service.errors import MovieTaggerError
from service.predictors.remote import inference_health
from service.store import overview

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)  # bounds of the latency histogram
UPLOAD_ROUTES = {("POST", "/v1/movies"), ("PATCH", "/v1/uploads/{upload_id}")}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
INFERENCE_SECONDS = 1.0
_UNKNOWN = "unknown"  # requests to no route of ours count as one, or every typing error would be a series


class Metrics:
    """The counters of one application, in a registry of their own."""

    def __init__(self, service: Service) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("movietags_requests", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "movietags_request_seconds", "Until the answer began.", ("method", "route"), buckets=SECONDS, registry=self.registry
        )
        self.upload_bytes = Counter("movietags_upload_bytes", "Bytes of films that came in.", registry=self.registry)
        self.at_work = Gauge("movietags_requests_at_work", "Requests being answered.", registry=self.registry)
        self.image_requests = Counter("movietags_image_requests", "Requests with a picture.", ("task",), registry=self.registry)
        self.image_pictures = Counter(
            "movietags_image_pictures", "Pictures that networks looked at: whole ones, or pieces of ink.", ("task",), registry=self.registry
        )
        self.image_seconds = Histogram(
            "movietags_image_seconds", "Each stage of a request with a picture.", ("task", "stage"), buckets=SECONDS, registry=self.registry
        )
        self.similar_frames = Gauge(
            "movietags_similar_frames", "Key frames that similar ones are looked for among.", registry=self.registry
        )
        self.registry.register(Looked(service))


class Looked(Collector):
    """Looked up at every scrape: the queue, the workers, the database, the model."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[Metric]:
        """For the registry."""
        try:
            with self._service.database.read() as session:
                seen = overview.overview(session, int(self._service.settings.dead_after_seconds * 1000))
        except MovieTaggerError:
            yield GaugeMetricFamily("movietags_database_up", "Whether the database answers.", 0)
        else:
            yield GaugeMetricFamily("movietags_database_up", "Whether the database answers.", 1)
            films = GaugeMetricFamily("movietags_movies", "Films by state; queued ones are the queue's depth.", labels=["state"])
            for state, number in seen.films.items():
                films.add_metric([state], number)
            yield films
            yield GaugeMetricFamily("movietags_queue_oldest_seconds", "How long the oldest queued film waits.", seen.oldest_queued_seconds)
            yield GaugeMetricFamily("movietags_workers_alive", "Workers with a recent sign of life.", seen.workers)
        yield GaugeMetricFamily("movietags_model_loaded", "Whether the inference process answers and has its model.", self._model())

    def describe(self) -> list[Metric]:
        """Nothing is looked up when the registry is made."""
        return []

    def _model(self) -> int:
        try:
            return int(bool(inference_health(self._service.settings.socket, INFERENCE_SECONDS).get("loaded")))
        except MovieTaggerError:
            return 0


class MeasureRequests:
    """Counts and times every request by its route; stands outermost."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application around another."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status, seconds, size = time.perf_counter(), 0, 0.0, 0

        async def counting_receive() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            return message

        async def watching_send(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], time.perf_counter() - begun
            await send(message)

        with self._metrics.at_work.track_inprogress():
            try:
                await self._app(scope, counting_receive, watching_send)
            finally:
                self._count(scope, status, seconds, size)

    def _count(self, scope: Scope, status: int, seconds: float, size: int) -> None:
        route = getattr(scope.get("route"), "path", _UNKNOWN)
        method = scope["method"] if scope["method"] in METHODS else _UNKNOWN
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)
        if (method, route) in UPLOAD_ROUTES:
            self._metrics.upload_bytes.inc(size)
