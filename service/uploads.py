"""Resumable uploads: begun, written to, finished as films, ended. What is recorded as an upload's offset lies safely on disk."""

import fcntl
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.context import Service
from service.errors import ContentMismatch, EmptyUpload, MovieTaggerError, NotFound, TooManyRequests, UploadBusy, UploadExpired, WrongType
from service.files import file_sha256
from service.film_fields import fields_from_json, fields_to_json
from service.intake import film_id_for, film_key, is_stored, known_film, take_stored, too_large
from service.movies import FilmFile, MovieFields
from service.sniff import HEAD_BYTES, check_is_film, film_suffix
from service.storage import ensure_space, sync_folder
from service.store import idempotency
from service.store import uploads as store
from service.store.engine import new_id, now_ms
from service.store.tables import Source, Upload

HOUR_MS = 3_600_000
FINISHED_MS = 24 * HOUR_MS  # an upload that became a film is shown for so long
LEFTOVER_SECONDS = 24 * 3600  # a file of an upload that nobody knows is removed when it is so old
_FILM, _FINISHING = "film", "finishing"  # keys of Upload.fields


@dataclass(frozen=True)
class NewUpload:
    """What is declared of an upload before its first byte."""

    length: int
    file_name: str
    metadata: str  # as it was sent
    fields: MovieFields
    sha256: str | None


def upload_path(service: Service, upload_id: str) -> Path:
    """Where the bytes are while they come."""
    return service.settings.uploads / upload_id


def create(service: Service, new: NewUpload, key_id: str | None) -> Upload:
    """Begin an upload. Raises EmptyUpload, TooLarge, DiskFull, TooManyRequests."""
    settings = service.settings
    if new.length == 0:
        raise EmptyUpload("An upload of 0 bytes was declared; a film has some.")
    if new.length > settings.max_upload_bytes:
        raise too_large(settings)
    settings.uploads.mkdir(parents=True, exist_ok=True)
    with service.database.write() as session:
        now = now_ms(session)
        if store.count_open(session, key_id, now) >= settings.max_open_uploads:
            raise TooManyRequests(
                f"There are {settings.max_open_uploads} unfinished uploads already (MOVIETAGS_MAX_OPEN_UPLOADS); "
                "finish some, or end them with DELETE /v1/uploads/{id}."
            )
        ensure_space(settings.uploads, new.length + store.missing_bytes(session, now), settings.disk_reserve_bytes)
        upload = Upload(
            id=new_id("upl"),
            key_id=key_id,
            length=new.length,
            offset=0,
            file_name=new.file_name,
            upload_metadata=new.metadata,
            fields={_FILM: fields_to_json(new.fields)},
            expected_sha256=new.sha256,
            created_at=now,
            expires_at=now + settings.upload_hours * HOUR_MS,
        )
        # The file first: an upload without a file would be a promise that cannot be kept.
        path = upload_path(service, upload.id)
        path.touch(0o600, exist_ok=False)
        sync_folder(path.parent)
        store.add(session, upload)
    return upload


def find(service: Service, upload_id: str, key_id: str | None, *, sees_all: bool) -> Upload:
    """An upload of this key. Raises NotFound, also for those of others, and UploadExpired."""
    with service.database.read() as session:
        upload = store.get(session, upload_id)
        if upload.key_id != key_id and not sees_all:
            raise NotFound(f"There is no upload {upload_id!r}; GET /v1/uploads lists yours.")
        if upload.expires_at <= now_ms(session):
            raise UploadExpired("No byte came to this upload for too long; begin a new one.")
    return upload


def terminate(service: Service, upload_id: str) -> None:
    """End an upload and remove what came; a film that was made of it stays."""
    with service.database.write() as session:
        store.remove(session, upload_id)
    upload_path(service, upload_id).unlink(missing_ok=True)


def finish(service: Service, upload_id: str, sha256: str | None = None) -> str:
    """Make a film of an upload whose last byte came, and give the film's id; may be repeated after a crash at any point.

    `sha256` spares reading the file. Raises ContentMismatch or WrongType; the upload is removed then.
    """
    with service.database.read() as session:
        upload = store.get(session, upload_id)
    if upload.movie_id:
        return upload.movie_id
    path = upload_path(service, upload_id)
    plan = upload.fields.get(_FINISHING) or _plan(service, upload, sha256 or file_sha256(path))
    known = known_film(service, plan["sha256"])
    if known is None:
        if path.exists():
            service.storage.move_in(path, plan["path"])
        elif not is_stored(service, plan["path"]):
            terminate(service, upload_id)
            raise NotFound(f"The file of upload {upload_id!r} is gone; begin a new one.")
        file = FilmFile(Source.UPLOAD, plan["path"], upload.file_name, upload.length, plan["sha256"])
        known = take_stored(service, plan["movie_id"], file, fields_from_json(upload.fields[_FILM]), upload.key_id).movie
    elif known.path != plan["path"]:
        service.storage.delete(plan["path"])
    with service.database.write() as session:
        upload = store.get(session, upload_id, lock=True)
        upload.movie_id, upload.expires_at = known.id, now_ms(session) + FINISHED_MS
    path.unlink(missing_ok=True)
    return known.id


def finish_alone(service: Service, upload_id: str) -> str:
    """`finish` for who did not write the upload himself: no other process does it at the same time. Raises UploadBusy."""
    try:
        descriptor = os.open(upload_path(service, upload_id), os.O_RDWR)
    except FileNotFoundError:
        return finish(service, upload_id)  # it was moved to its place already, and only its film is missing
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return finish(service, upload_id)
    except BlockingIOError:
        raise UploadBusy("Another process is finishing this upload; ask again in a moment.") from None
    finally:
        os.close(descriptor)


def _plan(service: Service, upload: Upload, sha256: str) -> dict[str, Any]:
    """Check the content, and write down where it will go before it goes, so that a crash in between loses nothing."""
    with upload_path(service, upload.id).open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    try:
        check_is_film(head)
        if upload.expected_sha256 not in (None, sha256):
            raise ContentMismatch(
                f"The content's SHA-256 is {sha256}; declared was {upload.expected_sha256}. The upload was removed; begin a new one."
            )
    except (WrongType, ContentMismatch):
        terminate(service, upload.id)
        raise
    movie_id = film_id_for(service, sha256)
    plan = {"movie_id": movie_id, "path": film_key(movie_id, film_suffix(upload.file_name, head)), "sha256": sha256}
    with service.database.write() as session:
        kept = store.get(session, upload.id, lock=True)
        if _FINISHING not in kept.fields:  # another process may have been quicker
            kept.fields = {**kept.fields, _FINISHING: plan}
        found: dict[str, Any] = kept.fields[_FINISHING]
    return found


def _is_moved(service: Service, upload_id: str) -> bool:
    """Whether its bytes lie in the storage already."""
    with service.database.read() as session:
        plan = store.get(session, upload_id).fields.get(_FINISHING)
    return plan is not None and is_stored(service, plan["path"])


def sweep(service: Service) -> int:
    """The janitor's part: finish what lacks only its film, remove what expired and files that nobody knows; how many went."""
    with service.database.read() as session:
        waiting = store.complete_without_film(session)
    for upload_id in waiting:
        # What is refused is removed; what is away, in other hands, or on another machine is left to the next sweep or to others.
        with suppress(MovieTaggerError, OSError):
            if upload_path(service, upload_id).exists() or _is_moved(service, upload_id):
                finish_alone(service, upload_id)
    with service.database.write() as session:
        now = now_ms(session)
        idempotency.remove_old(session, now)
        over = store.expired(session, now)
    for upload_id in over:
        terminate(service, upload_id)
    return len(over) + _remove_leftovers(service)


def _remove_leftovers(service: Service) -> int:
    """Files of requests that ended with their process."""
    if not service.settings.uploads.is_dir():
        return 0
    old = [path for path in service.settings.uploads.iterdir() if path.stat().st_mtime < time.time() - LEFTOVER_SECONDS]
    with service.database.read() as session:
        known = store.all_ids(session)
    leftovers = [path for path in old if path.name not in known]
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)
