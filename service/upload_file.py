"""The file of a resumable upload while one request writes to it: cut to what is recorded, written through, synced, then recorded."""

import fcntl
import hashlib
import os
import time
from collections import OrderedDict
from typing import Self

from service.context import Service
from service.errors import NotFound, OffsetMismatch, TooLarge, UploadBusy, WrongType
from service.sniff import HEAD_BYTES, check_is_film
from service.storage import disk_errors, ensure_space
from service.store import uploads as store
from service.store.engine import now_ms
from service.store.tables import Upload
from service.uploads import HOUR_MS, finish, terminate, upload_path

RECORD_BYTES = 8 << 20  # the offset is recorded at least so often,
RECORD_SECONDS = 2.0  # and so often while bytes come
REMEMBERED = 1000  # running hashes


class RunningHashes:
    """SHA-256 of uploads as far as they came, so that a film need not be read again at its end; forgotten ones are made anew."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[int, hashlib._Hash]] = OrderedDict()

    def take(self, upload_id: str, offset: int) -> "hashlib._Hash | None":
        """The hash of the first `offset` bytes, if it is known."""
        if offset == 0:
            return hashlib.sha256()
        known, running = self._kept.pop(upload_id, (None, None))
        return running if known == offset else None

    def keep(self, upload_id: str, offset: int, running: "hashlib._Hash") -> None:
        """For the next request."""
        self._kept[upload_id] = (offset, running)
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)


class UploadFile:
    """Opened by one request at a time, over all processes that share the folder."""

    def __init__(self, service: Service, upload_id: str, hashes: RunningHashes) -> None:
        """Raises NotFound, and UploadBusy when another process writes."""
        self._service = service
        self._hashes = hashes
        self._id = upload_id
        self._descriptor = self._open()
        try:
            self.upload: Upload = self._lock()
            self.position = self._cut()
        except BaseException:
            os.close(self._descriptor)
            raise
        self._recorded = self.position
        self._recorded_at = time.monotonic()
        self._hash = hashes.take(upload_id, self.position)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let others write."""
        os.close(self._descriptor)

    @property
    def is_complete(self) -> bool:
        """Every declared byte came."""
        return self.position == self.upload.length

    def expect(self, offset: int) -> None:
        """Raise OffsetMismatch when a client wants to go on at another place."""
        if offset != self.position:
            raise OffsetMismatch(f"The upload stands at {self.position}, not at {offset}; ask by HEAD, then go on from there.")

    def write(self, data: bytes) -> None:
        """Add bytes. Raises TooLarge (nothing of `data` is kept), DiskFull, and WrongType (the upload is removed)."""
        if self.position + len(data) > self.upload.length:
            raise TooLarge(f"{self.upload.length:,} bytes were declared, and more came; send no more than were declared.")
        before = self.position
        running, self._hash = self._hash, None  # a write that fails half-way leaves no hash
        self._write(memoryview(data))
        if running:
            running.update(data)
            self._hash = running
        if before < HEAD_BYTES:
            self._look(before)
        if self.position - self._recorded >= RECORD_BYTES or time.monotonic() - self._recorded_at >= RECORD_SECONDS:
            self.record()
            ensure_space(self._service.settings.uploads, 0, self._service.settings.disk_reserve_bytes)

    def record(self) -> None:
        """Sync what came, then write its length down."""
        if self.position != self._recorded:
            self._sync()
            with self._service.database.write() as session:
                hours = self._service.settings.upload_hours
                store.record(session, self._id, self.position, now_ms(session) + hours * HOUR_MS)
            self._recorded, self._recorded_at = self.position, time.monotonic()
        if self._hash:
            self._hashes.keep(self._id, self.position, self._hash.copy())

    def _sync(self) -> None:
        """Raises DiskFull and OSError; then nothing that came since the last record counts: the system tells of a loss only once."""
        try:
            with disk_errors():
                os.fsync(self._descriptor)
        except BaseException:
            self.position, self._hash = self._recorded, None
            raise

    def finish(self) -> str:
        """Make the film; its id."""
        self.record()
        return finish(self._service, self._id, self._hash.hexdigest() if self._hash else None)

    def _write(self, data: memoryview) -> None:
        with disk_errors():
            while data:
                written = os.pwrite(self._descriptor, data, self.position)
                self.position += written
                data = data[written:]

    def _open(self) -> int:
        try:
            return os.open(upload_path(self._service, self._id), os.O_RDWR)
        except FileNotFoundError:
            raise NotFound(f"The file of upload {self._id!r} is gone; begin a new one.") from None

    def _lock(self) -> Upload:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UploadBusy("Another server process writes to this upload; try again.") from None
        with self._service.database.read() as session:
            return store.get(session, self._id)

    def _cut(self) -> int:
        """What lies beyond the recorded offset was never acknowledged, and may not have reached the disk."""
        size = os.fstat(self._descriptor).st_size
        offset = self.upload.offset
        if size > offset:
            os.ftruncate(self._descriptor, offset)
        elif size < offset:  # the disk lost what it had promised
            offset = size
            with self._service.database.write() as session:
                store.record(session, self._id, offset, self.upload.expires_at)
        return offset

    def _look(self, before: int) -> None:
        """Look at the beginning once it is there."""
        if self.position < min(HEAD_BYTES, self.upload.length) or before >= HEAD_BYTES:
            return
        try:
            check_is_film(os.pread(self._descriptor, HEAD_BYTES, 0))
        except WrongType:
            terminate(self._service, self._id)
            raise
