"""A worker process from its start to its end."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from service.context import Service, open_service
from service.errors import DatabaseUnavailable, InferenceUnavailable
from service.jobs import Executor, Handlers
from service.models import Model
from service.predictors.remote import RemoteDetector, RemoteTagger, inference_health
from service.results import Parameters
from service.settings import Settings
from service.store import runs, workers
from service.store.engine import now_ms
from service.store.schema import check_schema
from service.webhook_sender import WebhookSender
from service.worker.heartbeat import Heartbeat
from service.worker.janitor import Janitor
from service.worker.metrics import Metrics, MetricsServer
from service.worker.patience import patiently
from service.worker.reconciler import reconcile
from service.worker.run import Runner
from service.worker.workplace import GiveDetector, GiveTagger, Workplace, fresh_executor_id

RECONCILE_SECONDS = 2.0
JANITOR_SECONDS = 60.0
UNWIND_SECONDS = 3.0  # for a film that was handed back to let go of its decoder
START_PAUSE = 1.0
log = logging.getLogger(__name__)


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; then finish the film within the grace period, or hand it back."""
    service = open_service(settings)
    work(service, _RemoteTaggers(service), _RemoteDetectors(service))
    service.close()


def work(service: Service, tagger_for: GiveTagger, detector: GiveDetector) -> None:
    """The same with these parts, with a tagger for each run's parameters and a detector for those that ask for objects."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker = _Process(Workplace(service, tagger_for, detector, fresh_executor_id(), Metrics()), stop)
    if worker.begin():
        stop.wait()
        worker.end()


class _Process:
    """The threads of a worker."""

    def __init__(self, workplace: Workplace, stop: threading.Event) -> None:
        self._workplace, self._service, self._stop = workplace, workplace.service, stop
        self._leaving = threading.Event()  # what is still in hand was handed back
        self._heartbeat = Heartbeat(workplace)
        self._chores = [
            _Repeated("reconciler", RECONCILE_SECONDS, stop, lambda: reconcile(self._service)),
            _Repeated("gauges", RECONCILE_SECONDS, stop, self._measure),
            _Repeated("janitor", JANITOR_SECONDS, stop, Janitor(workplace).look),
        ]
        self._webhooks = WebhookSender(self._service.database, self._service.settings)
        self._server: MetricsServer | None = None

    def begin(self) -> bool:
        """Start everything, as soon as the database answers; False when told to stop before that."""
        settings = self._service.settings
        if settings.metrics_port:
            is_ready = lambda: self._heartbeat.is_heard  # noqa: E731
            self._server = MetricsServer(settings.metrics_host, settings.metrics_port, self._workplace.metrics, is_ready)
        while not self._stop.is_set():
            try:
                check_schema(self._service.database)
                self._heartbeat.start()
                break
            except DatabaseUnavailable:
                log.info("waiting for the database")
                self._stop.wait(START_PAUSE)
        else:
            return False
        runner = Runner(self._workplace)
        handlers = Handlers(runner.execute, runner.publish, self._import, self._retag)
        self._executor = Executor(self._service.database, self._workplace.executor_id, handlers)
        self._executor.launch()
        for chore in self._chores:
            chore.start()
        self._webhooks.start()
        log.info("worker %s is ready", self._workplace.executor_id)
        return True

    def end(self) -> None:
        """Finish what is in hand, or hand it back; then say goodbye. Ends the process where something will not end."""
        log.info("worker %s stops", self._workplace.executor_id)
        self._executor.stop_taking()
        self._executor.wait_idle(self._service.settings.grace_seconds)
        self._hand_back()
        self._leaving.set()
        self._executor.wait_idle(UNWIND_SECONDS)
        self._webhooks.stop()
        self._heartbeat.stop()
        self._say_goodbye()
        if self._server:
            self._server.close()
        if not self._executor.shutdown():
            log.info("worker %s ends with threads that wait for others", self._workplace.executor_id)
            logging.shutdown()
            os._exit(0)

    def _hand_back(self) -> None:
        """What is not finished waits again, and the execution does not count: it was no fault of the film."""
        try:
            with self._service.database.write() as session:
                handed = runs.hand_on(session, [self._workplace.executor_id], now_ms(session), counts=False)
        except DatabaseUnavailable:
            log.warning("the database is away: what was in hand is taken over when this worker is found dead")
            return
        if handed:
            log.info("jobs %s are handed back", ", ".join(handed))

    def _say_goodbye(self) -> None:
        try:
            with self._service.database.write() as session:
                workers.say_goodbye(session, self._workplace.executor_id)
        except DatabaseUnavailable:
            log.warning("the database is away: no goodbye")

    def _import(self, import_id: str) -> None:
        from service.imports import run_import

        self._chore(run_import, import_id)

    def _retag(self, retag_id: str) -> None:
        from service.retags import run_retag

        self._chore(run_retag, retag_id)

    def _chore(self, run: Callable[[Service, str, Callable[[], bool]], None], chore_id: str) -> None:
        """What is interrupted, or waits for what is away, goes on where it was: it writes down how far it is."""
        patiently(lambda: run(self._service, chore_id, self._leaving.is_set), lambda: None)

    def _measure(self) -> None:
        metrics = self._workplace.metrics
        with self._service.database.read() as session:
            for state, number in runs.open_counts(session).items():
                metrics.queue.labels(state).set(number)
        try:
            metrics.model.set(bool(inference_health(self._service.settings.socket, 0.5).get("loaded")))
        except InferenceUnavailable:
            metrics.model.set(0)


class _Repeated:
    """Something done again and again in a thread of its own; what goes wrong is told, and tried again the next time."""

    def __init__(self, name: str, pause: float, stop: threading.Event, act: Callable[[], Any]) -> None:
        self._name, self._pause, self._stop, self._act = name, pause, stop, act

    def start(self) -> None:
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            try:
                self._act()
            except DatabaseUnavailable as error:
                log.warning("%s: %s", self._name, error)
            except Exception:  # the thread must not end
                log.exception("the %s failed", self._name)


class _RemoteTaggers:
    """Taggers that ask this machine's inference process; of the model that is in use when a film is begun."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._made: tuple[Model, dict[bool, RemoteTagger]] | None = None

    def __call__(self, parameters: Parameters) -> RemoteTagger:
        model = self._service.model
        made = self._made
        if made is None or made[0] is not model:
            made = self._made = (model, {sensitive: self._tagger(model, sensitive) for sensitive in (True, False)})
        return made[1][parameters.sensitive]

    def _tagger(self, model: Model, sensitive: bool) -> RemoteTagger:
        settings = self._service.settings
        patience = settings.inference_patience_seconds
        return RemoteTagger(model.bundle, model.vocabulary, settings.socket, sensitive=sensitive, patience_seconds=patience)


class _RemoteDetectors:
    """The same for objects."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._made: RemoteDetector | None = None

    def __call__(self) -> RemoteDetector:
        """Raises BundleError where there is no detector."""
        bundle, settings, made = self._service.detector_bundle, self._service.settings, self._made
        if made is None or made.bundle is not bundle:
            made = self._made = RemoteDetector(bundle, settings.socket, patience_seconds=settings.inference_patience_seconds)
        return made
