"""`movietags serve`: one process tree with API, inference and workers; who dies is started again."""

import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import click

from service.api.exposure import check_exposure
from service.commands.options import PARENT
from service.context import open_service
from service.errors import SettingsError
from service.migration import migrate_when_up
from service.settings import PREFIX, Settings
from service.store.workers import declare_all_dead

BACKLOG = 2048
QUICK_DEATH_SECONDS = 10  # who dies sooner than this after its start is started again later and later
LONGEST_PAUSE_SECONDS = 30.0
POLL_SECONDS = 0.2
STOP_SLACK_SECONDS = 10  # beyond the workers' own grace, before a process is killed
log = logging.getLogger(__name__)


@dataclass
class Child:
    """A process of the tree."""

    name: str
    command: tuple[str, ...]
    pass_fds: tuple[int, ...] = ()
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    pause: float = 0.0  # before the next start
    start_at: float = 0.0  # not before this time

    def start(self, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "service", *self.command], env=environment, pass_fds=self.pass_fds, stdin=subprocess.DEVNULL
        )
        self.started_at = time.monotonic()

    def look_after(self, environment: Mapping[str, str]) -> None:
        """Start it when it is due; notice its death."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start(environment)
            return
        if (status := self.process.poll()) is None:
            return
        quick = now - self.started_at < QUICK_DEATH_SECONDS
        self.pause = min(LONGEST_PAUSE_SECONDS, max(0.5, self.pause * 2)) if quick else 0.0
        log.warning("%s ended with status %d and is started again in %.1f s", self.name, status, self.pause)
        self.process, self.start_at = None, now + self.pause


def run_service(settings: Settings) -> None:
    """Run everything until SIGTERM or SIGINT. Raises SettingsError when another service uses the data folder."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _only_one(settings.data_dir), _listener(settings) as listener:
        migrate_when_up(settings)
        _prepare(settings)
        host, port = listener.getsockname()[:2]
        click.echo(f"Movie tagger: http://{f'[{host}]' if ':' in host else host}:{port}  (data in {settings.data_dir})", err=True)
        children = _children(settings, listener.fileno())
        environment = _environment(settings, port)
        try:
            while not stop.wait(POLL_SECONDS):
                for child in children:
                    child.look_after(environment)
        finally:
            # Workers first: to finish a film they need the others.
            _stop([child for child in children if child.command[0] == "worker"], settings.grace_seconds + STOP_SLACK_SECONDS)
            _stop(children, STOP_SLACK_SECONDS)


def _children(settings: Settings, listener: int) -> list[Child]:
    workers = [Child(f"worker {number + 1}", ("worker", *_metrics_port(settings, number))) for number in range(settings.workers)]
    return [
        Child("inference", ("inference",)),
        Child("api", ("api", "--socket-fd", str(listener)), pass_fds=(listener,)),
        *workers,
    ]


def _metrics_port(settings: Settings, number: int) -> tuple[str, ...]:
    """Workers tell their metrics on ports that follow each other."""
    return ("--metrics-port", str(settings.metrics_port + number)) if settings.metrics_port else ()


def _environment(settings: Settings, port: int) -> dict[str, str]:
    """The children read the same settings as this process, also those that came from the command line."""
    return os.environ | {
        f"{PREFIX}DATA_DIR": str(settings.data_dir),
        f"{PREFIX}HOST": settings.host,
        f"{PREFIX}PORT": str(port),
        PARENT: str(os.getpid()),
    }


@contextmanager
def _only_one(data_dir: Path) -> Iterator[IO[str]]:
    """A lock that ends with this process, however it ends."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        stream = (data_dir / "serve.lock").open("a")
    except OSError as error:
        raise SettingsError(f"The data folder {data_dir} cannot be used: {error.strerror}. Name another one by --data-dir.") from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SettingsError(
                f"Another service uses the data folder {data_dir}; stop it, or name another folder by --data-dir."
            ) from error
        yield stream


@contextmanager
def _listener(settings: Settings) -> Iterator[socket.socket]:
    """The listening socket: held here, so that no connection is refused while the API's process is started again."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            raise SettingsError(
                f"Port {settings.port} on {settings.host} cannot be used: {error.strerror}. Name another by --port."
            ) from error
        listener.listen(BACKLOG)
        yield listener


def _prepare(settings: Settings) -> None:
    """Refuse what would be open to everybody. With the lock held nobody else uses a SQLite file: earlier workers are dead at once."""
    service = open_service(settings)
    try:
        check_exposure(service)
        if service.database.is_sqlite:
            with service.database.write() as session:
                declare_all_dead(session)
    finally:
        service.close()


def _stop(children: list[Child], patience: float) -> None:
    """Ask them to end; kill who does not."""
    running = [(child.name, child.process) for child in children if child.process]
    for _, process in running:
        process.terminate()
    end = time.monotonic() + patience
    for name, process in running:
        try:
            process.wait(max(0.0, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("%s did not end in time and is killed", name)
            process.kill()
            process.wait()
