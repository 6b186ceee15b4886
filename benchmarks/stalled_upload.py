"""Other requests while a resumable upload stalls and is retried: their longest wait.

usage: python -m benchmarks.stalled_upload
"""

import socket
import threading
import time
from statistics import median

import httpx

from tests.running_service import RunningService, running_service

LENGTH = 20_000_000
SENT = 2_000_000
SECONDS = 10.0
TUS = {"Tus-Resumable": "1.0.0"}


def main() -> None:
    """Stall, retry, and ask for the list all the while."""
    with running_service(environment={"MOVIETAGS_LOG_LEVEL": "error"}) as service:
        metadata = {"Upload-Length": str(LENGTH), "Upload-Metadata": "filename ZmlsbS5tcDQ="}
        address = service.client.post("/v1/uploads", headers={**TUS, **metadata}).headers["location"]
        waits: list[float] = []
        done = threading.Event()
        asking = threading.Thread(target=_ask, args=(service, waits, done))
        asking.start()
        time.sleep(1)
        stalled = [_begin(address, 0)]
        time.sleep(2)
        began = time.perf_counter()
        offset = int(service.client.head(address, headers=TUS).headers["Upload-Offset"])
        stalled.append(_begin(address, offset))
        retried = time.perf_counter() - began
        time.sleep(SECONDS)
        done.set()
        asking.join()
        for line in stalled:
            line.close()
    print(f"offset told {offset:,} of {SENT:,} bytes sent; the retry went on after {retried:.2f} s")
    print(f"{len(waits)} other requests: median {1000 * median(waits):.0f} ms, longest {1000 * max(waits):.0f} ms")


def _ask(service: RunningService, waits: list[float], done: threading.Event) -> None:
    with httpx.Client(base_url=service.client.base_url) as client:
        while not done.is_set():
            began = time.perf_counter()
            client.get("/v1/movies").raise_for_status()
            waits.append(time.perf_counter() - began)
            time.sleep(0.02)


def _begin(address: str, offset: int) -> socket.socket:
    """A PATCH of which only a part is ever sent; a film's first bytes, so that it is not refused."""
    url = httpx.URL(address)
    line = socket.create_connection((url.host, url.port or 80))
    head = (
        f"PATCH {url.path} HTTP/1.1\r\nHost: {url.host}:{url.port}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {LENGTH - offset}\r\n\r\n"
    )
    start = b"" if offset else b"\0\0\0\x18ftypisom\0\0\2\0isomiso2"
    line.sendall(head.encode() + start + bytes(SENT - len(start)))
    return line


if __name__ == "__main__":
    main()
