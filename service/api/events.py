"""A film's progress as server-sent events, fed from one shared poll."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from service.api.auth import ReaderKey
from service.api.deps import MovieId, ServiceDep
from service.api.openapi import plain, problems
from service.api.watch import Listener, Sight, Watch, look
from service.errors import NotFound

HEARTBEAT_SECONDS = 15.0  # a comment, so that proxies and clients see that the stream lives
RETRY_MS = 2000  # how long a browser waits before it comes back
MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the latter tells nginx to pass events on at once
router = APIRouter(prefix="/v1/movies/{movie_id}", tags=["movies"])


@router.get(
    "/events",
    summary="Watch a film",
    response_class=Response,
    responses=plain("Events: `movie` with the film as JSON at every change, `deleted`, and `end`; then the stream ends.", MEDIA_TYPE)
    | plain("The last event was seen already: nothing more will come, so do not come back.", status=204)
    | problems(NotFound),
)
async def watch_movie(
    movie_id: MovieId,
    request: Request,
    service: ServiceDep,
    _caller: ReaderKey,
    last_event_id: Annotated[str | None, Header(max_length=100, description="Sent by browsers that come back.")] = None,
) -> Response:
    """At most two a second. The first comes at once; behind the end state comes `end`, on which a page closes its EventSource."""
    sight = (await run_in_threadpool(look, service, {movie_id: ""})).get(movie_id)
    if sight is None or sight.is_deleted:
        raise NotFound(f"There is no movie {movie_id!r}; GET /v1/movies lists them.")
    if sight.is_last and last_event_id == sight.version:
        return Response(status_code=204)
    return EventResponse(request.app.state.watch, movie_id, sight)


class EventResponse(StreamingResponse):
    """Listens for as long as the client does."""

    def __init__(self, watch: Watch, movie_id: str, first: Sight) -> None:
        self._watch, self._movie_id, self._first = watch, movie_id, first
        super().__init__(_nothing(), headers=HEADERS, media_type=MEDIA_TYPE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application."""
        with self._watch.listen(self._movie_id, self._first.version) as listener:
            self.body_iterator = _events(self._first, listener)
            await super().__call__(scope, receive, send)


async def _nothing() -> AsyncIterator[str]:
    return
    yield


async def _events(first: Sight, listener: Listener) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    sight: Sight | None = first
    while True:
        if sight is None:
            yield ": still here\n\n"
        else:
            yield f"event: {'deleted' if sight.is_deleted else 'movie'}\nid: {sight.version}\ndata: {sight.data}\n\n"
            if sight.is_last:
                yield f"event: end\nid: {sight.version}\ndata: {{}}\n\n"
                return
        sight = await listener.wait(HEARTBEAT_SECONDS)
