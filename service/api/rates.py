"""How often somebody may ask: a bucket of tokens each, in this process's memory."""

import ipaddress
import time
from collections.abc import Callable
from math import ceil

REMEMBERED = 10_000  # buckets; full ones are forgotten first


class Rates:
    """So many requests a minute each; a minute's worth may come at once."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(a_minute)
        self._per_second = a_minute / 60
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}  # who -> (tokens, when)

    def take(self, who: str) -> int:
        """Spend a token: 0, or the whole seconds until there is one."""
        now = self._clock()
        tokens = self._tokens(who, now)
        if tokens < 1:
            return max(1, ceil((1 - tokens) / self._per_second))
        if len(self._buckets) >= REMEMBERED:
            self._forget_full(now)
        self._buckets[who] = (tokens - 1, now)
        return 0

    def wait(self, who: str) -> int:
        """As `take`, but nothing is spent."""
        tokens = self._tokens(who, self._clock())
        return 0 if tokens >= 1 else max(1, ceil((1 - tokens) / self._per_second))

    def _tokens(self, who: str, now: float) -> float:
        tokens, when = self._buckets.get(who, (self._size, now))
        return min(self._size, tokens + (now - when) * self._per_second)

    def _forget_full(self, now: float) -> None:
        self._buckets = {who: bucket for who, bucket in self._buckets.items() if self._tokens(who, now) < self._size}
        while len(self._buckets) >= REMEMBERED:
            self._buckets.pop(next(iter(self._buckets)))


def network_of(client: tuple[str, int] | None) -> str:
    """Who is counted as one by their address: a host, or a network of IPv6, in which everybody has addresses without number."""
    host = client[0] if client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else host
