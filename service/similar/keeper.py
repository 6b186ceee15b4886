"""Keeps the index up with the library, in a thread of the API's process."""

import logging
import threading
import time

from service.context import Service
from service.errors import MovieTaggerError, ServiceError
from service.models import Model
from service.similar.frames import read_film
from service.similar.index import Index, empty
from service.similar.index_files import IndexFiles
from service.similar.vectors import Projection, key_of
from service.store import similar

FIRST_SECONDS = 10.0  # after the start, which others need more
EVERY_SECONDS = 5.0  # between looks at the library
LOOK_SECONDS = 10.0  # of one look: then what was read is saved, and the library is asked for news
AGAIN_SECONDS = 600.0  # before a film that could not be read is tried again
CLOSE_SECONDS = 5.0  # for the film that is being read
log = logging.getLogger(__name__)


class Keeper:
    """Holds the index; asking it waits for nothing but the projection's making."""

    def __init__(self, service: Service) -> None:
        self.waiting = 0  # films that are to be read
        self._service = service
        self._files: IndexFiles | None = None
        self._again_at: dict[str, float] = {}  # results that could not be read
        self._projection: tuple[str, Projection] | None = None
        self._making = threading.Lock()
        self._wake, self._is_closing = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to look after the index."""
        self._thread = threading.Thread(target=self._go_on, name="similar", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._is_closing.set()
        self._wake.set()
        if self._thread is None:
            self._let_go()
        else:
            self._thread.join(CLOSE_SECONDS)  # where a storage hangs the thread lets go later

    @property
    def index(self) -> Index:
        """As it is now; empty before it was opened, and where another process keeps it."""
        files = self._files
        return empty() if files is None else files.index

    def wake(self) -> None:
        """Look at the library soon."""
        self._wake.set()

    def projection(self, model: Model) -> Projection:
        """For vectors of this model's. Raises BundleError."""
        key = key_of(model)
        with self._making:
            if self._projection is None or self._projection[0] != key:
                self._projection = key, Projection(model)
            return self._projection[1]

    def look(self) -> None:
        """Drop films that are gone or were tagged anew, and add those that are not in the index yet; some may be left `waiting`."""
        model = self._service.model
        files = self._opened(key_of(model))
        with self._service.database.read() as session:
            wanted = similar.with_features(session, model.bundle.backbone_sha256)
        indexed = files.index.films
        gone = {movie_id for movie_id, place in indexed.items() if wanted.get(movie_id) != place.result_key}
        missing = {movie_id: key for movie_id, key in wanted.items() if movie_id not in indexed or movie_id in gone}
        missing = {movie_id: key for movie_id, key in missing.items() if time.monotonic() >= self._again_at.get(key, 0)}
        self.waiting = len(missing)
        files.drop(gone)
        if missing:
            self._add(files, model, missing)
        if gone or missing:
            files.save()

    def _opened(self, key: str) -> IndexFiles:
        """Raises BlockingIOError while another process has the files."""
        if self._files is not None and (self._files.key != key or not self._files.are_there):
            self._let_go()
        if self._files is None:
            settings = self._service.settings
            self._files = IndexFiles(settings.similar, key, settings.disk_reserve_bytes)
            self._again_at.clear()
        return self._files

    def _add(self, files: IndexFiles, model: Model, missing: dict[str, str]) -> None:
        projection, end = self.projection(model), time.monotonic() + LOOK_SECONDS
        for movie_id, result_key in missing.items():
            began = time.monotonic()
            try:
                files.add(read_film(self._service.storage, movie_id, result_key, projection, model.vocabulary.blurred))
            except FileNotFoundError:
                log.info("%s: the result %s is gone", movie_id, result_key)  # most often because there is another one
            except ServiceError:
                raise  # the storage is away, or the disk is full
            except Exception as error:  # damaged, or fetched in part: the others are not kept waiting
                log.warning("%s is left out of the index of similar frames: %s: %s", movie_id, type(error).__name__, error)
                self._again_at[result_key] = time.monotonic() + AGAIN_SECONDS
            self.waiting -= 1
            now = time.monotonic()
            if self._is_closing.wait(now - began) or now > end:  # half of the time is left to others
                return

    def _let_go(self) -> None:
        if self._files is not None:
            self._files.close()
            self._files = None

    def _go_on(self) -> None:
        try:
            self._look_again_and_again()
        finally:
            self._let_go()

    def _look_again_and_again(self) -> None:
        self._wake.wait(FIRST_SECONDS)
        while not self._is_closing.is_set():
            self._wake.clear()
            try:
                self.look()
                if self.waiting:
                    self._wake.set()
            except BlockingIOError:
                log.info("another process keeps the index of similar frames")
            except MovieTaggerError as error:  # what is away comes back
                log.warning("the index of similar frames is not up to date: %s", error)
            except Exception:  # nobody else waits for this thread: it must neither end nor be silent
                log.exception("the index of similar frames is not up to date")
            self._wake.wait(EVERY_SECONDS)
