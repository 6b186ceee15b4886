"""The film itself, whole or in ranges, so that players can jump in it."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from service.api.auth import ReaderKey
from service.api.deps import MovieId, ServiceDep
from service.api.movies import of_movie
from service.api.openapi import plain, problems
from service.api.problems import ANSWERS, problem
from service.errors import NotFound, OriginalGone, RangeRefused, StorageUnavailable
from service.originals import Original, open_original

PIECE_BYTES = 1 << 20
router = APIRouter(prefix="/v1/movies/{movie_id}", tags=["movies"])

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)
_TYPES = ("video/*", "application/*")  # the latter of films whose type has no name under video/
_ANSWERS = (
    plain("The whole film.", *_TYPES, ETag="Of this file.", Accept_Ranges="`bytes`", Content_Disposition="The film's name.")
    | plain("The bytes asked for.", *_TYPES, status=206, Content_Range="Which they are.")
    | plain("Not changed.", status=304)
    | problems(NotFound, OriginalGone, RangeRefused, StorageUnavailable)
)
Download = Annotated[bool, Query(description="Save it, rather than play it.")]


@dataclass(frozen=True)
class Span:
    """Bytes of a file."""

    start: int
    end: int  # not part of it


def disposition(kind: str, name: str) -> str:
    """A Content-Disposition header for any name: ASCII for old clients, the true name for the others."""
    simple = re.sub(r'[^ -~]|["\\%/]', "_", name)
    return f"{kind}; filename=\"{simple}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"


def wanted_span(headers: Mapping[str, str], original: Original) -> Span | None:
    """The range asked for, or None for the whole file: as for several ranges, which need not be served. Raises RangeRefused."""
    match = _RANGE.fullmatch(headers.get("range", "").replace(" ", ""))
    if not match or match[1] == match[2] == "" or headers.get("if-range", original.etag) != original.etag:
        return None
    if match[1] == "":
        span = Span(max(0, original.size - int(match[2])), original.size)
    else:
        span = Span(int(match[1]), min(original.size, int(match[2]) + 1 if match[2] else original.size))
        if match[2] and int(match[2]) < int(match[1]):
            return None
    if span.start >= original.size:
        raise RangeRefused(f"The film has {original.size:,} bytes; there is nothing at {match[0]}.")
    return span


@router.get("/file", summary="The film's file", status_code=200, response_class=Response, responses=_ANSWERS)
def get_film_file(movie_id: MovieId, request: Request, service: ServiceDep, _caller: ReaderKey, download: Download = False) -> Response:
    """With `Range` a part of it (one range a request), with `If-Range` only while it is the same file."""
    movie, _run = of_movie(service, movie_id)
    original = open_original(service, movie)
    try:
        return _answer(request, original, download)
    except BaseException:
        original.stream.close()
        raise


@router.head("/file", summary="Size and type of the film's file", response_class=Response, responses=_ANSWERS)
def head_film_file(movie_id: MovieId, request: Request, service: ServiceDep, _caller: ReaderKey, download: Download = False) -> Response:
    """The headers of GET, and no body."""
    response = get_film_file(movie_id, request, service, _caller, download)
    if isinstance(response, FilmResponse):
        response.close()
        return Response(status_code=response.status_code, headers=dict(response.headers))
    return response


def _answer(request: Request, original: Original, download: bool) -> Response:
    headers = {
        "ETag": original.etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": disposition("attachment" if download else "inline", original.file_name),
    }
    if original.etag in request.headers.get("if-none-match", ""):
        original.stream.close()
        return Response(status_code=304, headers=headers)
    try:
        span = wanted_span(request.headers, original)
    except RangeRefused as error:
        original.stream.close()
        return problem(ANSWERS[RangeRefused], str(error), {"Content-Range": f"bytes */{original.size}"})
    return FilmResponse(original, span, headers)


class FilmResponse(StreamingResponse):
    """Sends a part of an open file and closes it, also when the client goes in the middle."""

    def __init__(self, original: Original, span: Span | None, headers: dict[str, str]) -> None:
        whole = span or Span(0, original.size)
        headers["Content-Length"] = str(whole.end - whole.start)
        if span:
            headers["Content-Range"] = f"bytes {span.start}-{span.end - 1}/{original.size}"
        self._stream = original.stream
        super().__init__(self._pieces(whole), 206 if span else 200, headers, original.media_type)

    def close(self) -> None:
        """Where nothing is sent."""
        self._stream.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await run_in_threadpool(self._stream.close)

    async def _pieces(self, span: Span) -> AsyncIterator[bytes]:
        await run_in_threadpool(self._stream.seek, span.start)
        left = span.end - span.start
        while left:
            piece = await run_in_threadpool(self._stream.read, min(PIECE_BYTES, left))
            if not piece:  # the file became shorter: end the connection rather than pretend
                raise OriginalGone("The film's file became shorter while it was sent.")
            left -= len(piece)
            yield piece
