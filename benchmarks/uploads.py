"""Many uploads at once while many clients poll: errors, times of the polls, peak memory of the API's process.

usage: python -m benchmarks.uploads [--films 50] [--megabytes 20] [--clients 200] [--tus]
       python -m benchmarks.uploads --url http://127.0.0.1:8000 --key KEY [--key KEY ...] [--pid PID]

Without --url it starts `movietags migrate` and `movietags api` in a temporary folder (or --data-dir), with keys on and no worker.
The films are one film of noise, each with a box of its own behind it, so that all are valid and none has the content of
another. Uploads send as fast as the server takes; each client asks for one film once a second, over a connection that it
keeps. First the polls run alone for --quiet seconds, then with the uploads, then alone again until the end.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import httpx
import numpy as np

from benchmarks.measure import MOVIETAGS
from service.keys import create_key
from service.settings import load_settings
from service.store.engine import Database

KEYS = 20  # so that no key reaches its rate limit
PIECE = 1 << 20
BOUND_SECONDS = 300  # for everything


@dataclass(frozen=True)
class Target:
    """A server to be measured."""

    host: str
    port: int
    keys: Sequence[str]
    pid: int | None  # of its process, where it runs here

    def head(self, method: str, path: str, number: int, *more: str) -> bytes:
        """The head of a request, with the key that is due."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", *more]
        if self.keys:
            lines.append(f"Authorization: Bearer {self.keys[number % len(self.keys)]}")
        return "\r\n".join([*lines, "", ""]).encode()


@dataclass(frozen=True)
class Poll:
    """One answer to a client that polls."""

    at: float
    milliseconds: float
    status: int  # 0: none came


def noise_film(path: Path, size: int) -> None:
    """A film of at least `size` bytes."""
    random = np.random.default_rng(1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 640, 360, "yuv420p", 200_000_000
        while path.stat().st_size < size if path.exists() else True:
            for _ in range(5):
                frame = av.VideoFrame.from_ndarray(random.integers(0, 256, (360, 640, 3), np.uint8), format="rgb24")
                container.mux(stream.encode(frame))
        container.mux(stream.encode())


def own_box(number: int) -> bytes:
    """A box that players pass over, different for every film."""
    content = f"{number:08d}".encode() + os.urandom(24)
    return (8 + len(content)).to_bytes(4, "big") + b"free" + content


def upload(target: Target, film: Path, number: int) -> int:
    """One film as a form; the status of its answer."""
    tail = own_box(number) + b"\r\n--cut--\r\n"
    form = f'--cut\r\nContent-Disposition: form-data; name="file"; filename="film{number}.mp4"\r\nContent-Type: video/mp4\r\n\r\n'.encode()
    length = len(form) + film.stat().st_size + len(tail)
    kind = "Content-Type: multipart/form-data; boundary=cut"
    return int(_send(target, target.head("POST", "/v1/movies", number, kind, f"Content-Length: {length}") + form, film, tail)[0])


def upload_by_tus(target: Target, film: Path, number: int) -> int:
    """One film by creation and a single PATCH; the status of the last answer."""
    tail = own_box(number)
    length = film.stat().st_size + len(tail)
    version = "Tus-Resumable: 1.0.0"
    _, headers = _send(
        target, target.head("POST", "/v1/uploads", number, version, f"Upload-Length: {length}", "Content-Length: 0"), None, b""
    )
    path = urlsplit(headers["location"]).path
    kind = "Content-Type: application/offset+octet-stream"
    head = target.head("PATCH", path, number, version, kind, "Upload-Offset: 0", f"Content-Length: {length}")
    return int(_send(target, head, film, tail)[0])


def _send(target: Target, head: bytes, film: Path | None, tail: bytes) -> tuple[int, dict[str, str]]:
    """A request whose bytes are sent by the kernel; status and headers of the answer."""
    with socket.create_connection((target.host, target.port), timeout=BOUND_SECONDS) as connection:
        connection.sendall(head)
        if film:
            with film.open("rb") as stream:
                connection.sendfile(stream)
        if tail:
            connection.sendall(tail)
        answer = b""
        while b"\r\n\r\n" not in answer:
            piece = connection.recv(65536)
            if not piece:
                return 0, {}
            answer += piece
    first, *lines = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    return int(first.split()[1]), {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


async def _client(target: Target, path: str, number: int, stop: Event, clients: int, polls: list[Poll]) -> None:
    """Ask once a second, the clients evenly spread over the second."""
    await asyncio.sleep(number / clients)
    request = target.head("GET", path, number)
    reader, writer = await asyncio.open_connection(target.host, target.port)
    due = time.monotonic()
    while not stop.is_set():
        begun = time.perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r\n")[0]))
        polls.append(Poll(time.time(), (time.perf_counter() - begun) * 1000, int(head.split()[1])))
        due += 1
        await asyncio.sleep(max(0, due - time.monotonic()))
    writer.close()


def poll(target: Target, path: str, clients: int, stop: Event, results: Any) -> None:
    """A process full of clients that poll."""

    async def all_clients() -> list[Poll]:
        polls: list[Poll] = []
        ends = await asyncio.gather(
            *(_client(target, path, number, stop, clients, polls) for number in range(clients)), return_exceptions=True
        )
        return polls + [Poll(time.time(), 0, 0) for end in ends if end is not None]

    results.put(asyncio.run(all_clients()))


@contextmanager
def own_server(folder: Path) -> Iterator[Target]:
    """`movietags api` on a fresh folder, keys on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    subprocess.run([MOVIETAGS, "migrate", "--data-dir", str(folder)], check=True, timeout=BOUND_SECONDS)
    database = Database(load_settings(data_dir=folder).database)
    keys = [create_key(database, f"client {number}", ["write"]).text for number in range(KEYS)]
    database.close()
    environment = {**os.environ, "MOVIETAGS_REQUIRE_KEYS": "true"}
    process = subprocess.Popen([MOVIETAGS, "api", "--port", str(port), "--data-dir", str(folder)], env=environment)
    try:
        _wait(port)
        yield Target("127.0.0.1", port, keys, process.pid)
    finally:
        process.terminate()
        process.wait()


def _wait(port: int) -> None:
    for _ in range(BOUND_SECONDS * 10):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not answer")


def peak_mib(pid: int) -> float:
    """The most memory that the process ever had resident."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def figures(polls: Sequence[Poll]) -> dict[str, float]:
    """Of polls: how many, how many failed, and milliseconds."""
    times = [poll.milliseconds for poll in polls if poll.status == 200] or [float("nan")]
    p50, p99 = np.percentile(times, [50, 99])
    errors = sum(poll.status != 200 for poll in polls)
    return {"polls": len(polls), "errors": errors, "p50_ms": round(p50, 1), "p99_ms": round(p99, 1), "max_ms": round(max(times), 1)}


def measure(target: Target, film: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Polls alone, with uploads, alone again."""
    first = _first_movie(target, film)
    stop = multiprocessing.Event()
    results: multiprocessing.Queue[list[Poll]] = multiprocessing.Queue()
    polling = multiprocessing.Process(target=poll, args=(target, first, options.clients, stop, results))
    polling.start()
    guard = threading.Timer(BOUND_SECONDS, stop.set)
    guard.start()
    time.sleep(options.quiet)
    begun = time.time()
    send = upload_by_tus if options.tus else upload
    with ThreadPoolExecutor(options.films) as senders:
        statuses = list(senders.map(lambda number: send(target, film, number), range(options.films)))
    ended = time.time()
    time.sleep(options.quiet)
    stop.set()
    polls = results.get(timeout=60)
    polling.join()
    guard.cancel()
    size = film.stat().st_size * options.films
    return {
        "uploads": {
            "films": options.films,
            "megabytes_each": round(film.stat().st_size / 1e6, 1),
            "by": "tus" if options.tus else "form",
            "errors": sum(status != (204 if options.tus else 202) for status in statuses),
            "seconds": round(ended - begun, 1),
            "megabytes_a_second": round(size / 1e6 / (ended - begun), 1),
        },
        "quiet": figures([poll for poll in polls if not begun <= poll.at <= ended]),
        "while_uploading": figures([poll for poll in polls if begun <= poll.at <= ended]),
        "peak_mib_of_api": round(peak_mib(target.pid), 1) if target.pid else None,
    }


def _first_movie(target: Target, film: Path) -> str:
    """The film that is asked for."""
    answer = httpx.post(
        f"http://{target.host}:{target.port}/v1/movies",
        files={"file": ("first.mp4", film.read_bytes()[: 1 << 20])},
        headers={"Authorization": f"Bearer {target.keys[0]}"} if target.keys else {},
        timeout=60,
    )
    answer.raise_for_status()
    return str(answer.headers["location"])


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=50)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--quiet", type=float, default=5, help="seconds of polling before and after the uploads")
    parser.add_argument("--tus", action="store_true", help="upload by tus, not as a form")
    parser.add_argument("--url", help="measure this server")
    parser.add_argument("--key", action="append", default=[], help="a key of that server with the scope write; several share the polls")
    parser.add_argument("--pid", type=int, help="process of that server, for its memory")
    parser.add_argument("--data-dir", type=Path, help="folder for an own server; a temporary one otherwise")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        film = folder / "film.mp4"
        noise_film(film, int(options.megabytes * 1e6))
        if options.url:
            address = urlsplit(options.url)
            target = Target(address.hostname or "127.0.0.1", address.port or 80, options.key, options.pid)
        else:
            target = stack.enter_context(own_server(options.data_dir or folder / "data"))
        print(json.dumps(measure(target, film, options), indent=1))


if __name__ == "__main__":
    main()
