"""One poll of the database for everybody in this process who watches films; it runs only while somebody does."""

import asyncio
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio

from service.api.bodies import movie_body
from service.context import Service
from service.errors import MovieTaggerError
from service.store import watched
from service.store.tables import OPEN_STATES

POLL_SECONDS = 0.5
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sight:
    """A film as it was seen; all who watch it share it."""

    version: str
    data: str  # the film as JSON in one line; for a deleted film its id
    is_deleted: bool = False
    is_last: bool = False  # nothing will change any more by itself


@dataclass(eq=False)
class Listener:
    """Somebody who watches a film: only the newest sight waits for them, however slow they are."""

    movie_id: str
    version: str  # that they have seen
    newest: Sight | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, seconds: float) -> Sight | None:
        """The newest sight when there is one within that time."""
        try:
            await asyncio.wait_for(self.news.wait(), seconds)
        except TimeoutError:
            return None
        self.news.clear()
        return self.newest

    def tell(self, sight: Sight) -> None:
        """Show a sight that they have not seen."""
        if sight.version != self.version:
            self.version, self.newest = sight.version, sight
            self.news.set()


class Watch:
    """Who watches what; lives in one event loop."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._listeners: dict[str, set[Listener]] = {}
        self._sights: dict[str, Sight] = {}
        self._poll: asyncio.Task[None] | None = None
        self._threads: anyio.CapacityLimiter | None = None

    @property
    def listeners(self) -> int:
        """How many watch."""
        return sum(map(len, self._listeners.values()))

    @property
    def is_polling(self) -> bool:
        """Whether the database is asked now and then."""
        return self._poll is not None

    @contextmanager
    def listen(self, movie_id: str, version: str) -> Iterator[Listener]:
        """Watch a film from a version on."""
        listener = Listener(movie_id, version)
        self._listeners.setdefault(movie_id, set()).add(listener)
        if self._poll is None:
            self._poll = asyncio.create_task(self._go_on())
        try:
            yield listener
        finally:
            self._leave(listener)

    def _leave(self, listener: Listener) -> None:
        others = self._listeners[listener.movie_id]
        others.discard(listener)
        if not others:
            del self._listeners[listener.movie_id]
            self._sights.pop(listener.movie_id, None)
        if not self._listeners and self._poll is not None:
            self._poll.cancel()
            self._poll = None

    async def _go_on(self) -> None:
        self._threads = self._threads or anyio.CapacityLimiter(1)  # a slow database keeps no other request waiting
        while True:
            await asyncio.sleep(POLL_SECONDS)
            known = {movie_id: self._sights[movie_id].version if movie_id in self._sights else "" for movie_id in self._listeners}
            try:
                seen = await anyio.to_thread.run_sync(look, self._service, known, limiter=self._threads)
            except MovieTaggerError as error:  # the database is away: it comes back, and so does the news
                log.warning("films cannot be watched: %s", error)
                continue
            except Exception:  # nobody else waits for this task: it must neither end nor be silent
                log.exception("films cannot be watched")
                continue
            for movie_id, sight in seen.items():
                self._sights[movie_id] = sight
            for movie_id, listeners in self._listeners.items():
                if movie_id in self._sights:
                    for listener in listeners:
                        listener.tell(self._sights[movie_id])


def look(service: Service, known: Mapping[str, str]) -> dict[str, Sight]:
    """The films (by id) whose version is another than the one known."""
    with service.database.read() as session:
        versions = watched.versions(session, list(known))
        changed = [movie_id for movie_id, version in versions.items() if version != known[movie_id]]
        films = watched.films(session, changed)
    prefix = service.settings.root_path
    seen = {
        movie.id: Sight(watched.version(movie, run), _line(movie_body(movie, run, prefix)), is_last=movie.state not in OPEN_STATES)
        for movie, run in films
    }
    gone = known.keys() - versions.keys()
    return seen | {movie_id: Sight("deleted", _line({"id": movie_id}), is_deleted=True, is_last=True) for movie_id in gone}


def _line(body: dict[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"))
