"""What all requests with pictures share: bounds, threads, and connections to the inference process."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar, cast

import anyio

from service.context import Service
from service.errors import TooManyRequests
from service.images.fetch import ImageFetcher
from service.predictors.remote import RemoteDetector, RemoteDigits, RemoteTagger, inference_health
from service.settings import Settings

MOST_AT_ONCE = 32  # requests
MOST_BYTES = 400 << 20  # of all their bodies in memory; one request alone is always taken
DECODED_AT_ONCE = 1  # one of the largest takes hundreds of megabytes
FETCHED_AT_ONCE = 4
PATIENCE_SECONDS = 10.0  # for the inference process
LOOK_SECONDS = 5.0  # without an answer of it: then it is asked first whether it is there


class _Client(Protocol):
    def close(self) -> None: ...


Client = TypeVar("Client", bound=_Client)


class Place:
    """What one request holds of the desk."""

    def __init__(self, desk: "ImageDesk") -> None:
        self._desk = desk
        self._bytes = 0

    def hold(self, size: int) -> None:
        """So many bytes more are in memory. Raises TooManyRequests."""
        if self._desk.held_bytes > self._bytes and self._desk.held_bytes + size > MOST_BYTES:
            raise TooManyRequests("Many large pictures are being looked at; try again in a moment.", retry_after=1)
        self._bytes += size
        self._desk.held_bytes += size

    def leave(self) -> None:
        """The request is over."""
        self._desk.held_bytes -= self._bytes
        self._bytes = 0


class ImageDesk:
    """Made once for an application. Connections are made when first needed, and anew when another model is in use."""

    def __init__(self, settings: Settings) -> None:
        self.at_work = 0
        self.held_bytes = 0
        self.decoders = anyio.CapacityLimiter(DECODED_AT_ONCE)
        self.askers = anyio.CapacityLimiter(MOST_AT_ONCE)  # they wait for the inference process, which makes batches of them
        self.fetchers = anyio.CapacityLimiter(FETCHED_AT_ONCE)
        self.fetcher = ImageFetcher(settings.image_urls, settings.max_image_bytes)
        self._clients: dict[str, tuple[Any, _Client]] = {}
        self._making = threading.Lock()
        self._answered_at = -LOOK_SECONDS

    @contextmanager
    def place(self) -> Iterator[Place]:
        """For one request. Raises TooManyRequests."""
        if self.at_work >= MOST_AT_ONCE:
            raise TooManyRequests(f"{MOST_AT_ONCE} pictures are being looked at; try again in a moment.", retry_after=1)
        self.at_work += 1
        place = Place(self)
        try:
            yield place
        finally:
            place.leave()
            self.at_work -= 1

    def ask(self, service: Service, question: Callable[[], Any]) -> Any:
        """Ask the inference process. Away altogether is told at once; a restart in between is waited for. Raises InferenceUnavailable."""
        if time.monotonic() - self._answered_at > LOOK_SECONDS:
            inference_health(service.settings.socket)
        answer = question()
        self._answered_at = time.monotonic()
        return answer

    def tagger(self, service: Service) -> RemoteTagger:
        """Answers for the network of the model in use."""
        model, socket = service.model, service.settings.socket
        return self._client("tags", model, lambda: RemoteTagger(model.bundle, model.vocabulary, socket, patience_seconds=PATIENCE_SECONDS))

    def detector(self, service: Service) -> RemoteDetector:
        """Answers for the detector in use. Raises BundleError where there is none."""
        bundle, socket = service.detector_bundle, service.settings.socket
        return self._client("objects", bundle, lambda: RemoteDetector(bundle, socket, patience_seconds=PATIENCE_SECONDS))

    def digits(self, service: Service) -> RemoteDigits:
        """Answers for the reader of digits in use. Raises BundleError where there is none."""
        bundle, socket = service.digits_bundle, service.settings.socket
        return self._client("digits", bundle, lambda: RemoteDigits(bundle, socket, patience_seconds=PATIENCE_SECONDS))

    def _client(self, task: str, model: object, make: Callable[[], Client]) -> Client:
        with self._making:
            former, client = self._clients.get(task, (None, None))
            if client is None or former is not model:
                if client is not None:
                    client.close()
                client = make()
                self._clients[task] = (model, client)
            return cast(Client, client)

    def close(self) -> None:
        """Close the connections."""
        for _, client in self._clients.values():
            client.close()
