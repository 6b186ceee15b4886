"""Where webhooks may go: public addresses over HTTP, unless private ones are allowed."""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, urlsplit

from service.errors import WebhookRefused
from service.settings import Settings

LONGEST = 2048  # characters of a URL
FIRST_FREE_PORT = 1024  # below, only the web's own: no mail server or shell is to be talked to
WEB_PORTS = {"http": 80, "https": 443}
ALLOW = "MOVIETAGS_ALLOW_PRIVATE_WEBHOOKS=true allows private addresses"
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9.])?|[0-9a-f:.]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]  # name and port -> addresses


def check_url(url: str, settings: Settings, resolve: Resolve | None = None) -> None:
    """Raises WebhookRefused for a URL that no webhook may be sent to. Asks the resolver, which may take seconds."""
    parts, port = split_url(url, allow_private=settings.allow_private_webhooks)
    addresses(str(parts.hostname), port, resolve or resolve_name, allow_private=settings.allow_private_webhooks)


def split_url(url: str, *, allow_private: bool) -> tuple[SplitResult, int]:
    """The URL's parts and its port, if its form is one that is taken. Raises WebhookRefused."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or re.search(r"[\s\\]", url):
        raise WebhookRefused(f"A webhook's URL has at most {LONGEST} printable ASCII characters without spaces; encode others.")
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else WEB_PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise WebhookRefused(f"The webhook's URL cannot be understood: {error}.") from error
    if parts.scheme not in WEB_PORTS:
        raise WebhookRefused(f"A webhook's URL begins with http:// or https://, not {parts.scheme[:20]!r}.")
    if "@" in parts.netloc:
        raise WebhookRefused("A webhook's URL holds no user name or password; the signature in its headers shows who sends it.")
    if not _HOST.fullmatch(parts.hostname or ""):
        raise WebhookRefused("The webhook's URL has no host that can be understood.")
    if port not in WEB_PORTS.values() and not (port >= FIRST_FREE_PORT or (allow_private and port > 0)):
        raise WebhookRefused(f"Webhooks go to port 80, 443 or one from {FIRST_FREE_PORT} on, not to {port}.")
    return parts, port


def addresses(host: str, port: int, resolve: Resolve, *, allow_private: bool) -> list[str]:
    """Addresses of a host, all of which webhooks may be sent to. Raises WebhookRefused."""
    try:
        found = list(dict.fromkeys(resolve(host, port)))
    except (OSError, UnicodeError) as error:
        raise WebhookRefused(f"The webhook's host {host!r} is not known: {error}.") from error
    if not found:
        raise WebhookRefused(f"The webhook's host {host!r} has no address.")
    if not allow_private and not all(is_public(address) for address in found):
        # The address itself is not told: it would show what names mean inside this network.
        raise WebhookRefused(f"The webhook's host {host!r} is at a private, local or reserved address; {ALLOW}.")
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
