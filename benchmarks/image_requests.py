"""Single pictures over HTTP to an idle service: objects in a 640x480 JPEG, one digit of 28x28, a page of digits; and many clients at once.

usage: python -m benchmarks.image_requests [PHOTO] [--requests 200] [--clients 8]
"""

import argparse
import io
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
from PIL import Image

from tests.running_service import running_service

ROOT = Path(__file__).parent.parent
SIZE = (640, 480)


def main() -> None:
    """Each kind alone first, one request after the other; then objects by several clients."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path, nargs="?", default=sorted((ROOT / "examples" / "stills").rglob("*.jpg"))[0])
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--clients", type=int, default=8)
    given = parser.parse_args()
    photo = _encoded(Image.open(given.photo).convert("RGB").resize(SIZE), "JPEG")
    digit = _encoded(Image.fromarray(_one()), "PNG")
    kinds = {"objects, 640x480 JPEG": ("/v1/objects", photo), "one digit, 28x28 PNG": ("/v1/digits?mode=single", digit)}
    with running_service(environment={"MOVIETAGS_LOG_LEVEL": "error"}) as service:
        for name, (path, body) in kinds.items():
            times = _in_turn(lambda client, path=path, body=body: _ask(client, path, body), service.client, given.requests)  # type: ignore[misc]
            _tell(name, times)
        with ThreadPoolExecutor(given.clients) as pool, httpx.Client(base_url=service.client.base_url, timeout=30) as client:
            start = time.perf_counter()
            list(pool.map(lambda _: _ask(client, "/v1/objects", photo), range(given.requests)))
            seconds = time.perf_counter() - start
        print(f"objects, {given.clients} clients at once: {given.requests / seconds:.1f} pictures/s")


def _in_turn(ask: Callable[[httpx.Client], None], client: httpx.Client, count: int) -> list[float]:
    for _ in range(10):  # the networks are loaded by the first
        ask(client)
    times = []
    for _ in range(count):
        start = time.perf_counter()
        ask(client)
        times.append(time.perf_counter() - start)
    return times


def _ask(client: httpx.Client, path: str, body: bytes) -> None:
    client.post(path, content=body, headers={"Content-Type": "image/*"}).raise_for_status()


def _tell(name: str, times: Sequence[float]) -> None:
    p99 = float(np.quantile(times, 0.99))
    print(f"{name}: p50 {1000 * statistics.median(times):.1f} ms, p99 {1000 * p99:.1f} ms, {len(times)} requests")


def _encoded(image: Image.Image, kind: str) -> bytes:
    target = io.BytesIO()
    image.save(target, kind)
    return target.getvalue()


def _one() -> np.ndarray:
    picture = np.zeros((28, 28), np.uint8)
    picture[5:23, 13:15] = 255
    return picture


if __name__ == "__main__":
    main()
