"""A short way for `GET /v1/movies/{movie_id}` without options, which many clients ask every second.

The route in service/api/results.py says the same and describes it; here nothing is parsed or validated that is not there, and
questions that come while the database is asked are asked together next.
"""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Sequence

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from service.api.auth import asking, check_scope
from service.api.bodies import movie_body
from service.api.deps import known_movie_id
from service.context import Service
from service.errors import DatabaseUnavailable, NotFound
from service.keys import READ
from service.store import watched

PATH = "/v1/movies/{movie_id}"
KEPT = 500  # answers that are sent again while nothing has changed


class PollingRoute(Route):
    """Takes what has no query; everything else goes on to the routes behind it."""

    def __init__(self, service: Service) -> None:
        super().__init__(PATH, self._answer, methods=["GET"], include_in_schema=False)
        self._polls = Polls(service)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the request is one of the simple ones."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
            return Match.NONE, {}
        match, child = super().matches(scope)
        return match, {**child, "route": self}

    async def _answer(self, request: Request) -> Response:
        check_scope(asking(request.scope), READ)
        movie_id = known_movie_id(request.path_params["movie_id"])
        return Response(await self._polls.ask(movie_id), media_type="application/json")


class Polls:
    """One question to the database at a time, for all films that are asked for at that moment."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._waiting: dict[str, list[asyncio.Future[bytes]]] = {}
        self._task: asyncio.Task[None] | None = None
        self._kept: OrderedDict[str, tuple[str, bytes]] = OrderedDict()  # movie id -> version, answer

    async def ask(self, movie_id: str) -> bytes:
        """The film as it is now, as JSON. Raises NotFound, DatabaseUnavailable."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(movie_id, []).append(future)
        if self._task is None:
            self._task = asyncio.create_task(self._go_on())
        return await future

    async def _go_on(self) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, {}
                try:
                    found = await anyio.to_thread.run_sync(self._look, list(asked))
                except DatabaseUnavailable as error:
                    _fail([asked, self._waiting], error)  # who came meanwhile need not find out for themselves
                    self._waiting = {}
                except Exception as error:  # whatever it is belongs to those who asked
                    _fail([asked], error)
                else:
                    for movie_id, futures in asked.items():
                        _answer(futures, movie_id, found.get(movie_id))
        finally:
            self._task = None

    def _look(self, ids: Sequence[str]) -> dict[str, bytes]:
        """In a thread, and never in two at once."""
        with self._service.database.read() as session:
            versions = watched.versions(session, ids)
            changed = [movie_id for movie_id, version in versions.items() if self._kept.get(movie_id, ("",))[0] != version]
            films = watched.films(session, changed) if changed else []
        for movie, run in films:
            body = json.dumps(movie_body(movie, run, self._service.settings.root_path), ensure_ascii=False, separators=(",", ":"))
            self._kept[movie.id] = watched.version(movie, run), body.encode()
        answers = {movie_id: self._kept[movie_id][1] for movie_id in versions if movie_id in self._kept}
        for movie_id in answers:
            self._kept.move_to_end(movie_id)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return answers


def _answer(futures: Sequence[asyncio.Future[bytes]], movie_id: str, body: bytes | None) -> None:
    for future in futures:
        if future.done():  # the client went
            continue
        if body is None:
            future.set_exception(NotFound(f"There is no movie {movie_id!r}; GET /v1/movies lists them."))
        else:
            future.set_result(body)


def _fail(groups: Sequence[dict[str, list[asyncio.Future[bytes]]]], error: Exception) -> None:
    for future in (future for asked in groups for futures in asked.values() for future in futures):
        if not future.done():
            future.set_exception(error)
