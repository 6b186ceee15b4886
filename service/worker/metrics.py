"""What a worker counts, and the small server that shows it: /metrics, /health/live, /health/ready."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

SECONDS = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 4 * 3600)
log = logging.getLogger(__name__)


class Metrics:
    """Counters of one worker process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.queue = Gauge("movietags_runs", "Runs that are queued or at work.", ["state"], registry=self.registry)
        self.runs = Counter("movietags_runs_ended", "Runs that ended here.", ["outcome"], registry=self.registry)
        self.stage = Histogram("movietags_stage_seconds", "Duration of stages.", ["stage"], buckets=SECONDS, registry=self.registry)
        self.frames = Counter("movietags_frames_tagged", "Key frames that were tagged.", registry=self.registry)
        self.speed = Gauge("movietags_frames_per_second", "Key frames tagged a second, in the last film.", registry=self.registry)
        self.failures = Counter("movietags_decode_failures", "Films that could not be decoded.", ["type"], registry=self.registry)
        self.model = Gauge("movietags_model_loaded", "1 while the inference process has its model loaded.", registry=self.registry)
        self.recovered = Counter("movietags_jobs_handed_on", "Jobs of dead workers that were handed on.", registry=self.registry)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Measure a stage, however it ends."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.stage.labels(stage).observe(time.monotonic() - began)


class MetricsServer:
    """Answers on its own threads until it is closed."""

    def __init__(self, host: str, port: int, metrics: Metrics, is_ready: Callable[[], bool]) -> None:
        """Port 0 takes a free one."""
        self._server = ThreadingHTTPServer((host, port), _handler(metrics, is_ready))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
        self._thread.start()
        log.info("health and metrics at http://%s:%d", host, self.port)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(metrics: Metrics, is_ready: Callable[[], bool]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # seconds for a request to arrive

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                self._answer(200, generate_latest(metrics.registry), CONTENT_TYPE_LATEST)
            elif path == "/health/live":
                self._answer(200, b"alive\n")
            elif path == "/health/ready":
                self._answer(*((200, b"ready\n") if is_ready() else (503, b"not ready\n")))
            else:
                self._answer(404, b"There are /metrics, /health/live and /health/ready.\n")

        def _answer(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Health checks are no news."""

    return Handler
