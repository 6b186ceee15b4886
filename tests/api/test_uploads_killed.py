"""The server's process is killed in the middle of an upload; another one goes on with it."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
from io import BytesIO

import httpx
import pytest
from tusclient.client import TusClient

from tests import clips
from tests.api.test_movie_upload import wait_until

MB = 1 << 20
WAIT = 60  # seconds for what takes less than one on a quiet machine


class Server:
    """`python -m tests.api.serving`, to be killed and started again."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen([sys.executable, "-m", "tests.api.serving", str(self.folder), str(self.port)])
        wait_until(self.answers)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/v1/uploads", timeout=WAIT).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "data")
    server.start()
    yield server
    server.kill()


def test_a_tus_client_goes_on_after_the_server_was_killed(server, tmp_path):
    clip = clips.write(tmp_path / "film.mp4", clips.scenes(20, 20)).read_bytes()
    film = clip + (24 * MB).to_bytes(4, "big") + b"free" + os.urandom(24 * MB - 8)
    begun = httpx.post(f"{server.url}/v1/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": str(len(film))}, timeout=WAIT)
    url = begun.headers["location"]
    part = server.folder / "uploads" / url.rsplit("/", 1)[1]

    sending = subprocess.Popen([sys.executable, "-c", SEND, url], stdin=subprocess.PIPE)
    assert sending.stdin
    sending.stdin.write(film[: 20 * MB])
    sending.stdin.flush()
    wait_until(lambda: part.stat().st_size > 18 * MB)
    server.kill()
    sending.stdin.close()
    sending.wait()

    server.start()
    offset = int(httpx.head(url, headers={"Tus-Resumable": "1.0.0"}, timeout=WAIT).headers["upload-offset"])
    assert 8 * MB <= offset <= part.stat().st_size
    assert part.stat().st_size - offset < 16 * MB
    TusClient(f"{server.url}/v1/uploads").uploader(file_stream=BytesIO(film), url=url).upload()
    upload = httpx.get(url, timeout=WAIT).json()
    [stored] = [path for path in (server.folder / "files").rglob("*") if path.is_file()]
    assert (upload["state"], stored.stat().st_size) == ("finished", len(film))
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == hashlib.sha256(film).hexdigest()
    assert httpx.get(f"{server.url}{upload['links']['movie']}", timeout=WAIT).json()["sha256"] == hashlib.sha256(film).hexdigest()


# A tus client that is fed by a pipe: one PATCH that is still under way when the server dies.
SEND = """
import sys, httpx
def pieces():
    while piece := sys.stdin.buffer.read1(1 << 18):
        yield piece
headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
try:
    httpx.patch(sys.argv[1], content=pieces(), headers=headers, timeout=60)
except httpx.TransportError:
    pass
"""
