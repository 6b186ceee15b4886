"""Who is asking: a key in a header, or a browser's cookie. Told before a body is read; routes only say which scope they need."""

from typing import Annotated, Any

import anyio
from fastapi import Request, Security
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPBearer
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.problems import refuse
from service.api.rates import Rates, network_of
from service.context import Service
from service.errors import KeyNeeded, MovieTaggerError, ScopeNeeded, TooManyRequests
from service.keys import ADMIN, EVERYBODY, READ, WRITE, Caller, KeyRing, Presented, presented

__all__ = ["AdminKey", "Authentication", "Caller", "ReaderKey", "WriterKey", "asking", "door_of", "known_key", "presented_by", "route_path"]

COOKIE = "movietags_login"
KEY_HEADER = "X-API-Key"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OPEN_PATHS = frozenset({"/v1/login", "/v1/logout"})
PROBES = "/health/"  # answered to everybody, always
PAGE, PAGE_FILES = "/", "/web/"  # a visit's many requests use up nobody's rate
WRONG_KEYS_A_MINUTE = 20  # from one address
_LOOK_UPS = 4  # at once
_ASKING = "movietags.asking"
_DOOR = "movietags.door"
_HOW = "Send `Authorization: Bearer KEY` (or `X-API-Key: KEY`); `movietags keys create` makes one."


def asking(scope: Scope) -> Caller:
    """Who asks. Raises KeyNeeded when nobody is known to."""
    found: Caller | KeyNeeded = scope[_ASKING]
    if isinstance(found, KeyNeeded):
        raise found
    return found


def known_key(scope: Scope) -> str | None:
    """Id of the key that asks, if one does."""
    found = scope.get(_ASKING)
    return found.key_id if isinstance(found, Caller) else None


def check_scope(caller: Caller, scope: str) -> Caller:
    """The caller. Raises ScopeNeeded."""
    if not caller.may(scope):
        raise ScopeNeeded(f"This needs the scope {scope!r}; the key has {', '.join(sorted(caller.scopes))}. Use another key.")
    return caller


def _needs(scope: str) -> Any:
    async def check(
        request: Request,
        _bearer: Annotated[object, Security(HTTPBearer(auto_error=False, scheme_name="key", description=_HOW))],
        _header: Annotated[object, Security(APIKeyHeader(name=KEY_HEADER, auto_error=False, scheme_name="keyHeader"))],
        _cookie: Annotated[object, Security(APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="login"))],
    ) -> Caller:
        return check_scope(asking(request.scope), scope)

    return Security(check)


ReaderKey = Annotated[Caller, _needs(READ)]
WriterKey = Annotated[Caller, _needs(WRITE)]
AdminKey = Annotated[Caller, _needs(ADMIN)]


def presented_by(connection: HTTPConnection) -> Presented | None:
    """The key of the request's headers, or else the login of its cookie."""
    kind, _, key = connection.headers.get("authorization", "").partition(" ")
    key = key.strip() if kind.lower() == "bearer" else ""
    key = key or connection.headers.get(KEY_HEADER.lower(), "").strip()
    if key:
        return presented(key, is_login=False)
    token = connection.cookies.get(COOKIE)
    return presented(token, is_login=True) if token else None


def door_of(scope: Scope) -> "Door":
    """What recognises keys in this application."""
    found: Door = scope[_DOOR]
    return found


def route_path(scope: Scope) -> str:
    """The path as routes know it, also where a proxy leaves its prefix on."""
    path: str = scope["path"]
    prefix = scope.get("root_path", "")
    return path.removeprefix(prefix) if prefix and path.startswith(f"{prefix}/") else path


def is_open(path: str) -> bool:
    """Whether everybody may ask for it, as often as they like."""
    return path == PAGE or path.startswith((PAGE_FILES, PROBES))


class Door:
    """Recognises keys and logins for one application, and slows those down who guess."""

    def __init__(self, service: Service) -> None:
        self.keys_needed = service.settings.needs_keys
        self.ring = KeyRing(service.database)
        self._wrong = Rates(WRONG_KEYS_A_MINUTE)
        self._threads: anyio.CapacityLimiter | None = None  # of its own, so that slow routes keep nobody at the door

    async def find(self, shown: Presented, address: str) -> Caller | None:
        """Whose it is; None when it is worth nothing. Raises TooManyRequests or DatabaseUnavailable."""
        caller = self.ring.recall(shown)
        if caller is not None:
            return caller
        known = self.ring.knew(shown)
        if not known:
            _refuse_after(self._wrong.wait(address), "wrong API keys from this address")
        self._threads = self._threads or anyio.CapacityLimiter(_LOOK_UPS)
        caller = await anyio.to_thread.run_sync(self.ring.look_up, shown, limiter=self._threads)
        if caller is None and not known:
            self._wrong.take(address)
        return caller


class Authentication:
    """Finds out who asks, counts their requests, and turns those away at the door who may change nothing at all."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._door = Door(service)
        self._rates = Rates(service.settings.rate_limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application around another."""
        if scope["type"] != "http" or is_open(route_path(scope)):
            await self._app(scope, receive, send)
            return
        scope[_DOOR] = self._door
        try:
            scope[_ASKING] = await self._find(scope)
            _refuse_after(self._rates.take(known_key(scope) or network_of(scope.get("client"))), "requests")
            if scope["method"] not in SAFE_METHODS and route_path(scope) not in OPEN_PATHS:
                asking(scope)
        except MovieTaggerError as error:
            await refuse(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _find(self, scope: Scope) -> Caller | KeyNeeded:
        if not self._door.keys_needed:
            return EVERYBODY
        shown = presented_by(HTTPConnection(scope))
        if shown is None:
            return KeyNeeded(f"No API key was given. {_HOW}")
        caller = await self._door.find(shown, network_of(scope.get("client")))
        if caller is not None:
            return caller
        return KeyNeeded("The login is over; log in again." if shown.is_login else f"The API key is unknown or revoked. {_HOW}")


def _refuse_after(seconds: int, what: str) -> None:
    if seconds:
        raise TooManyRequests(f"Too many {what}; try again in {seconds} s.", retry_after=seconds)
