"""Pictures fetched from where they lie, where the operator allows it: bounded in bytes, time and redirects, every address looked at."""

import ssl
import time
from urllib.parse import urljoin

import httpcore
import httpx

from service.errors import ImageUrlRefused, TooLarge
from service.outgoing_http import FAILURES, CheckedNetwork, failure_text
from service.outgoing_urls import Resolve, UrlRules, resolve_name, split_url
from service.settings import ImageUrls

SECONDS = 10.0  # for all of it, redirects too
MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
SETTING = "MOVIETAGS_IMAGE_URLS"
HEADERS = [("Accept", "image/*"), ("Accept-Encoding", "identity"), ("User-Agent", "movietags")]


class ImageFetcher:
    """Gets pictures by URL; threads may share it."""

    def __init__(
        self, allowed: ImageUrls, max_bytes: int, *, resolve: Resolve = resolve_name, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        """`ssl_context` None: the authorities that httpx knows, or those of SSL_CERT_FILE."""
        self.is_allowed = allowed != "none"
        self._max_bytes = max_bytes
        self._resolve = resolve
        self._ssl = ssl_context
        self._rules = UrlRules("picture", ImageUrlRefused, allowed == "any", f"{SETTING}=any allows private addresses")

    def fetch(self, url: str, seconds: float = SECONDS) -> bytes:
        """A picture's bytes. Raises ImageUrlRefused, TooLarge."""
        if not self.is_allowed:
            raise ImageUrlRefused(f"This service fetches no pictures ({SETTING}=none); send the picture itself.")
        deadline = time.monotonic() + seconds
        for _ in range(1 + MOST_REDIRECTS):
            split_url(url, self._rules)
            try:
                found = self._get(url, deadline)
            except FAILURES as failure:
                raise ImageUrlRefused(f"The picture could not be fetched: {failure_text(failure)}.") from failure
            if isinstance(found, bytes):
                return found
            url = urljoin(url, found)
        raise ImageUrlRefused(f"The picture's URL leads on more than {MOST_REDIRECTS} times; send the picture itself.")

    def _get(self, url: str, deadline: float) -> bytes | str:
        """The picture, or where else it is said to be."""
        self._ssl = self._ssl or httpx.create_ssl_context()  # takes a while, and most never fetch
        network = CheckedNetwork(self._rules, deadline, self._resolve)
        with (
            httpcore.ConnectionPool(ssl_context=self._ssl, network_backend=network, max_keepalive_connections=0) as pool,
            pool.stream("GET", url, headers=HEADERS) as response,
        ):
            if response.status in REDIRECTS:
                return _location(response)
            if response.status != 200:
                raise ImageUrlRefused(f"The picture could not be fetched: the server there answered {response.status}.")
            return self._body(response)

    def _body(self, response: httpcore.Response) -> bytes:
        body = bytearray()
        for piece in response.iter_stream():
            body += piece
            if len(body) > self._max_bytes:
                raise TooLarge(f"A picture may have {self._max_bytes:,} bytes; the one at this address has more.")
        return bytes(body)


def _location(response: httpcore.Response) -> str:
    for name, value in response.headers:
        if name.lower() == b"location":
            return value.decode("ascii", "replace")
    raise ImageUrlRefused(f"The picture could not be fetched: the server there answered {response.status} without a Location.")
