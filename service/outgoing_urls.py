"""Addresses outside that this service may be told to ask: public ones over HTTP, unless private ones are allowed."""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from service.errors import RequestError

LONGEST = 2048  # characters of a URL
FIRST_FREE_PORT = 1024  # below, only the web's own: no mail server or shell is to be talked to
WEB_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9.])?|[0-9a-f:.]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]  # name and port -> addresses


@dataclass(frozen=True)
class UrlRules:
    """Whose URLs are looked at, and how far they may go."""

    what: str  # such as "webhook"; leads refusals
    refusal: type[RequestError]
    allow_private: bool
    advice: str  # how private addresses are allowed


def split_url(url: str, rules: UrlRules) -> tuple[SplitResult, int]:
    """The URL's parts and its port, if its form is one that is taken. Raises the rules' refusal."""
    refusal, what = rules.refusal, rules.what
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or re.search(r"[\s\\]", url):
        raise refusal(f"A {what}'s URL has at most {LONGEST} printable ASCII characters without spaces; encode others.")
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else WEB_PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise refusal(f"The {what}'s URL cannot be understood: {error}.") from error
    if parts.scheme not in WEB_PORTS:
        raise refusal(f"A {what}'s URL begins with http:// or https://, not {parts.scheme[:20]!r}.")
    if "@" in parts.netloc:
        raise refusal(f"A {what}'s URL holds no user name or password.")
    if not _HOST.fullmatch(parts.hostname or ""):
        raise refusal(f"The {what}'s URL has no host that can be understood.")
    if port not in WEB_PORTS.values() and not (port >= FIRST_FREE_PORT or (rules.allow_private and port > 0)):
        raise refusal(f"A {what}'s URL names port 80, 443 or one from {FIRST_FREE_PORT} on, not {port}.")
    return parts, port


def addresses(host: str, port: int, resolve: Resolve, rules: UrlRules) -> list[str]:
    """Addresses of a host, all of which may be asked. Raises the rules' refusal."""
    try:
        found = list(dict.fromkeys(resolve(host, port)))
    except (OSError, UnicodeError) as error:
        raise rules.refusal(f"The {rules.what}'s host {host!r} is not known: {error}.") from error
    if not found:
        raise rules.refusal(f"The {rules.what}'s host {host!r} has no address.")
    if not rules.allow_private and not all(is_public(address) for address in found):
        # The address itself is not told: it would show what names mean inside this network.
        raise rules.refusal(f"The {rules.what}'s host {host!r} is at a private, local or reserved address; {rules.advice}.")
    return found


def resolve_name(host: str, port: int) -> list[str]:
    """Addresses by the system's resolver; forms such as 127.1 or 0x7f000001 become what they stand for."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(text: str) -> bool:
    """Whether an address is anybody's in the public network, also the one that another hides in it."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        hidden = _hidden_in(address)
        if hidden is not None:
            return all(map(_is_public, hidden))
        if address in _LOCAL_NAT64 or address.is_site_local or address.scope_id is not None:
            return False
    return _is_public(address)


def _is_public(address: Address) -> bool:
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )


def _hidden_in(address: ipaddress.IPv6Address) -> Sequence[Address] | None:
    """IPv4 addresses that packets to this one end at: mapped, 6to4, Teredo, NAT64, IPv4-compatible."""
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if address in _NAT64 or address in _IPV4_COMPATIBLE:
        return (ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF),)
    return None
