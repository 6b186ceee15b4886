"""From which pages and under which names the service may be asked, so that no foreign page acts in a visitor's name."""

import ipaddress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.auth import PROBES, SAFE_METHODS, presented_by, route_path
from service.api.problems import refuse
from service.errors import ForeignRequest
from service.settings import Settings

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Origins:
    """Refuses foreign names (DNS rebinding) and, for everything that changes something, foreign pages (forged requests)."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._allowed = frozenset(origin.rstrip("/").lower() for origin in settings.allowed_origins)
        self._names = frozenset(name.lower() for name in (*settings.allowed_hosts, settings.host))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application around another."""
        if scope["type"] == "http" and not route_path(scope).startswith(PROBES):
            try:
                self._check(scope)
            except ForeignRequest as error:
                await refuse(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if not self._settings.needs_keys or self._settings.allowed_hosts:
            self._check_host(headers.get("host", ""))
        if scope["method"] not in SAFE_METHODS:
            self._check_page(scope, headers)

    def _check_host(self, host: str) -> None:
        name = _host_name(host)
        if name in self._names or _is_loopback(name):
            return
        # A name can be made to point here by anybody; an address cannot.
        if not self._settings.is_loopback and _is_address(name):
            return
        raise ForeignRequest(f"The service is not called {name[:100]!r}; the setting MOVIETAGS_ALLOWED_HOSTS lists its names.")

    def _check_page(self, scope: Scope, headers: Headers) -> None:
        shown = presented_by(HTTPConnection(scope)) if self._settings.needs_keys else None
        if shown is not None and not shown.is_login:
            return  # a key in a header: no page can send that of its own accord
        origin, site = headers.get("origin", "").lower(), headers.get("sec-fetch-site")
        if origin in self._allowed:
            return
        if site is not None:
            is_ours = site in ("same-origin", "none")
        elif origin:
            is_ours = _same_origin(origin, scope["scheme"], headers.get("host", ""))
        else:  # no browser; or one that shows a cookie without saying for which page
            is_ours = shown is None
        if not is_ours:
            page = origin[:100] or "another site"
            raise ForeignRequest(f"A page of {page} may not do this; the setting MOVIETAGS_ALLOWED_ORIGINS lists the pages that may.")


def _host_name(host: str) -> str:
    """Of a Host header, without the port."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    if _is_address(name):
        return ipaddress.ip_address(name).is_loopback
    return name == "localhost" or name.endswith(".localhost")


def _same_origin(origin: str, scheme: str, host: str) -> bool:
    """Whether the page is one of this service's: scheme, name and port."""
    try:
        page, here = urlsplit(origin), urlsplit(f"{scheme}://{host.lower()}")
        ports = [part.port or _DEFAULT_PORTS.get(part.scheme) for part in (page, here)]
    except ValueError:
        return False
    return (page.scheme, page.hostname, ports[0]) == (here.scheme, here.hostname, ports[1]) and page.hostname is not None
