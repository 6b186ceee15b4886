"""Files on their way in: written, hashed and looked at as their bytes come, then handed over as films."""

import hashlib
import os
from typing import BinaryIO

from service import movies
from service.context import Service
from service.errors import EmptyUpload, TooLarge
from service.movies import FilmFile, MovieFields, Taken
from service.settings import Settings
from service.sniff import HEAD_BYTES, check_is_film, film_suffix
from service.storage import disk_errors, ensure_space
from service.store import movies as movie_store
from service.store.tables import Movie, Source, State

SPACE_EVERY = 8 << 20  # bytes between two looks at the disk's reserve


class IncomingFile:
    """A film while it comes, in a new file of ours."""

    def __init__(self, settings: Settings, name: str) -> None:
        """`name` is ours and new."""
        self._settings = settings
        self.path = settings.uploads / name
        self.size = 0
        self.head = b""  # its first HEAD_BYTES
        self._hash = hashlib.sha256()
        self._space_at = 0  # bytes at which the disk is looked at again
        self._stream: BinaryIO | None = None

    def close(self) -> None:
        """Remove the file, unless it was handed over and is no longer there."""
        if self._stream:
            self._stream.close()
            self.path.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Add bytes. Raises TooLarge, DiskFull, or WrongType as soon as the first bytes tell that it is no film."""
        if self.size + len(data) > self._settings.max_upload_bytes:
            raise too_large(self._settings)
        if self.size + len(data) > self._space_at:
            self._space_at = self.size + len(data) + SPACE_EVERY
            ensure_space(self._settings.uploads, len(data) + SPACE_EVERY, self._settings.disk_reserve_bytes)
        if self._stream is None:
            self._settings.uploads.mkdir(parents=True, exist_ok=True)
            self._stream = self.path.open("xb", buffering=0)
        write_all(self._stream, data)
        self._hash.update(data)
        self.size += len(data)
        if len(self.head) < HEAD_BYTES:
            self.head += data[: HEAD_BYTES - len(self.head)]
            if len(self.head) == HEAD_BYTES:
                check_is_film(self.head)

    def finish(self) -> str:
        """After the last byte: all of it safely on disk; the SHA-256. Raises EmptyUpload and WrongType."""
        if self._stream is None or self.size == 0:
            raise EmptyUpload("The file has no bytes; send a film.")
        check_is_film(self.head)
        with disk_errors():
            os.fsync(self._stream.fileno())
        return self._hash.hexdigest()


def too_large(settings: Settings) -> TooLarge:
    """The error of a film beyond the limit."""
    return TooLarge(f"Films of at most {settings.max_upload_bytes:,} bytes are taken (MOVIETAGS_MAX_UPLOAD_BYTES).")


def write_all(stream: BinaryIO, data: bytes) -> None:
    """Write through an unbuffered file: one call may take a part only."""
    view = memoryview(data)
    with disk_errors():
        while view:
            view = view[stream.write(view) :]


def take_upload(service: Service, file: IncomingFile, sha256: str, file_name: str, fields: MovieFields, key_id: str | None) -> Taken:
    """Make a finished file a film, or find the one with the same content."""
    if known := known_film(service, sha256):
        return Taken(known, is_queued=False)
    movie_id = film_id_for(service, sha256)
    key = film_key(movie_id, film_suffix(file_name, file.head))
    service.storage.move_in(file.path, key)
    film = FilmFile(Source.UPLOAD, key, file_name, file.size, sha256)
    try:
        return take_stored(service, movie_id, film, fields, key_id)
    except Exception:
        # The stored file belongs to nobody, unless the film was kept and only the answer was lost.
        if not _is_kept(service, film):
            service.storage.delete(key)
        raise


def film_id_for(service: Service, sha256: str) -> str:
    """The id under which this content is to be stored: that of the film which has lost its file, else a new one."""
    with service.database.read() as session:
        found = movie_store.by_content(session, sha256)
    lost = found is not None and (found.original_gone or not is_stored(service, found.path))
    return found.id if found and lost else movies.new_movie_id()


def is_stored(service: Service, key: str) -> bool:
    """Whether there is a file under a key."""
    try:
        service.storage.size(key)
    except FileNotFoundError:
        return False
    return True


def film_key(movie_id: str, suffix: str) -> str:
    """Where a film's file lies in the storage."""
    return f"films/{movie_id}/film{suffix}"


def known_film(service: Service, sha256: str) -> Movie | None:
    """The film with this content, when it is so far on that the same content again changes nothing."""
    with service.database.read() as session:
        found = movie_store.by_content(session, sha256)
    return found if found and found.state not in (State.FAILED, State.CANCELLED) else None


def take_stored(service: Service, movie_id: str, file: FilmFile, fields: MovieFields, key_id: str | None) -> Taken:
    """The same for a file that lies in the storage already; it is removed when the film turns out to have one. May be repeated."""
    taken = movies.take_in(service, movie_id, file, fields, key_id)
    if taken.movie.path != file.path:
        service.storage.delete(file.path)
    return taken


def _is_kept(service: Service, file: FilmFile) -> bool:
    assert file.sha256 is not None
    with service.database.read() as session:
        found = movie_store.by_content(session, file.sha256)
        return found is not None and found.path == file.path
