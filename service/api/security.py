"""What stands between the network and the routes, from outside in: log, headers, CORS, origins, authentication, bound of bodies."""

import asyncio
import re

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from service.api.access_log import AccessLog
from service.api.auth import KEY_HEADER, Authentication, route_path
from service.api.database_watch import DatabaseWatch
from service.api.origins import Origins
from service.api.problems import refuse
from service.context import Service
from service.errors import TooLarge, UploadStalled
from service.settings import Settings

BODY_SECONDS = 60.0  # for all of a body that is no upload
MAX_BODY_BYTES = 1 << 20  # of everything but uploads, which have limits of their own
UPLOADS = re.compile(r"POST /v1/movies|PATCH /v1/uploads/[^/]+|POST /v1/(images/tags|objects|digits)")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Answers are data; a film or picture that is opened by itself is shown, and nothing in it can run.
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
}
EXPOSED_HEADERS = [
    *("Location", "Content-Range", "Accept-Ranges", "Content-Disposition", "ETag", "Retry-After", "Movietags-Movie", "Idempotent-Replayed"),
    *("Upload-Offset", "Upload-Length", "Upload-Expires", "Upload-Metadata", "Tus-Resumable", "Tus-Version", "Tus-Extension"),
    *("Tus-Max-Size", "Tus-Checksum-Algorithm"),
]
ACCEPTED_HEADERS = [
    *("Authorization", KEY_HEADER, "Content-Type", "Idempotency-Key", "If-None-Match", "Last-Event-ID", "Range"),
    *("Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Metadata", "X-HTTP-Method-Override", "X-Requested-With"),
]
PREFLIGHT_SECONDS = 600


def add_security(app: FastAPI, service: Service) -> None:
    """Put everything around the routes; what is added last stands outermost."""
    settings = service.settings
    app.add_middleware(BodyBound)
    app.add_middleware(Authentication, service=service)
    app.add_middleware(Origins, settings=settings)
    if not service.database.is_sqlite:  # whose readers wait for nobody
        app.add_middleware(DatabaseWatch, look=service.database.look)
    if settings.allowed_origins:
        _add_cors(app, settings)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(AccessLog)
    if settings.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies)


def _add_cors(app: FastAPI, settings: Settings) -> None:
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[origin.rstrip("/") for origin in settings.allowed_origins],
        allow_credentials=True,
        allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=ACCEPTED_HEADERS,
        expose_headers=EXPOSED_HEADERS,
        max_age=PREFLIGHT_SECONDS,
    )


class SecurityHeaders:
    """Adds HEADERS to every answer that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application around another."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class BodyBound:
    """Reads the body of what is no upload before the route does, and refuses one that is too large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An ASGI application around another."""
        if scope["type"] != "http" or not _has_body(scope) or UPLOADS.fullmatch(f"{scope['method']} {route_path(scope)}"):
            await self._app(scope, receive, send)
            return
        try:
            body = await _read(receive, Headers(scope=scope))
        except (TooLarge, UploadStalled) as error:
            await refuse(error)(scope, receive, send)
            return
        waiting: list[Message] = [body]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, replay, send)


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


async def _read(receive: Receive, headers: Headers) -> Message:
    """The whole body as one message, or that the client has gone."""
    declared = headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > MAX_BODY_BYTES:
        raise TooLarge(f"The body has {declared} bytes; this address takes at most {MAX_BODY_BYTES}.")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return message
                body += message.get("body", b"")
                if len(body) > MAX_BODY_BYTES:
                    raise TooLarge(f"The body has more than the {MAX_BODY_BYTES} bytes that this address takes.")
                if not message.get("more_body", False):
                    return {"type": "http.request", "body": bytes(body), "more_body": False}
    except TimeoutError:
        raise UploadStalled(f"The body did not come within {BODY_SECONDS:.0f} s.") from None
