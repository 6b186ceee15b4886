"""A service of its own for a test or a benchmark: `movietags serve` on a free port, and what is asked of it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import httpx
import psutil

MOVIETAGS = str(Path(sys.executable).with_name("movietags"))
READY_SECONDS = 120.0
STOP_SECONDS = 60.0
END_STATES = {"succeeded", "failed", "cancelled"}


@dataclass(frozen=True)
class RunningService:
    """A service that answers at `client`'s base URL."""

    process: "subprocess.Popen[bytes]"
    client: httpx.Client
    data_dir: Path

    def children(self, name: str) -> list[psutil.Process]:
        """The processes of the tree that run one command, such as "worker"."""
        tree = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in tree if _runs(child, name)]

    def upload(self, film: Path, **fields: str) -> dict[str, Any]:
        """Upload by one request; the movie."""
        with film.open("rb") as stream:
            answer = self.client.post("/v1/movies", data=fields, files={"file": (film.name, stream)}, timeout=600)
        answer.raise_for_status()
        movie: dict[str, Any] = answer.json()
        return movie

    def movie(self, movie_id: str) -> dict[str, Any]:
        """The movie as it stands."""
        answer = self.client.get(f"/v1/movies/{movie_id}")
        answer.raise_for_status()
        movie: dict[str, Any] = answer.json()
        return movie

    def wait(self, movie_id: str, seconds: float = 600.0, step: float = 0.05) -> dict[str, Any]:
        """The movie at its end."""
        end = time.monotonic() + seconds
        while (movie := self.movie(movie_id))["state"] not in END_STATES:
            if time.monotonic() > end:
                raise SystemExit(f"{movie_id} is {movie['state']} after {seconds:g} s")
            time.sleep(step)
        return movie


def _runs(process: psutil.Process, name: str) -> bool:
    try:
        return name in process.cmdline()[1:]
    except psutil.NoSuchProcess:
        return False


@contextmanager
def running_service(
    arguments: tuple[str, ...] = (), environment: Mapping[str, str] | None = None, data_dir: Path | None = None
) -> Iterator[RunningService]:
    """Start a service with an empty data folder, or the one given; everything of it ends with the block."""
    with tempfile.TemporaryDirectory(prefix="movietags-") as folder:
        port = free_port()
        data_dir = data_dir or Path(folder)
        command = [MOVIETAGS, "serve", "--port", str(port), "--data-dir", str(data_dir), *arguments]
        process = subprocess.Popen(command, env=os.environ | dict(environment or {}))
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, verify=False) as client:
                _await_ready(client, process)
                yield RunningService(process, client, data_dir)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _await_ready(client: httpx.Client, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"the service ended with {process.returncode}")
        try:
            if client.get("/health/ready").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"the service was not ready after {READY_SECONDS:g} s")


def distinct_copy(film: Path, target: Path, mark: str) -> Path:
    """The same film, packets untouched, as another file."""
    with av.open(str(film)) as source, av.open(str(target), "w") as sink:
        video = source.streams.video[0]
        stream = sink.add_stream_from_template(video)
        sink.metadata["comment"] = mark
        for packet in source.demux(video):
            if packet.dts is not None:
                packet.stream = stream
                sink.mux(packet)
    return target
