"""`POST /v1/movies`: a film as a form, streamed to its place while it is hashed and looked at."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import JSONResponse

from service import errors
from service.api import examples
from service.api.auth import WriterKey
from service.api.bodies import movie_body
from service.api.body import Body, ClientGone
from service.api.deps import ServiceDep
from service.api.desk import Desk, DeskDep
from service.api.openapi import answer, problems
from service.api.schemas import MovieOut
from service.context import Service
from service.errors import DatabaseUnavailable
from service.film_fields import FIELD_NAMES, MAX_EXTERNAL_ID, MAX_TITLE, MAX_URL, file_name_of, film_fields
from service.idempotency import OnceOnly, check_same, fingerprint, once_only
from service.intake import IncomingFile, take_upload, too_large
from service.multipart import FORM_BYTES, FilmForm, part_schema
from service.storage import ensure_space
from service.store import movies as movie_store
from service.store.engine import new_id
from service.store.idempotency import GivenAnswer
from service.store.tables import Run

GO_ON_SECONDS = 30.0
log = logging.getLogger(__name__)
router = APIRouter(prefix="/v1/movies", tags=["movies"])

_TEXTS: dict[str, Any] = {
    "title": {"type": "string", "maxLength": MAX_TITLE, "description": "Shown and searched; the file's name by default."},
    "external_id": {"type": "string", "maxLength": MAX_EXTERNAL_ID, "description": "Your own name for it; films are found by it."},
    "precision": {"type": "string", "enum": ["keyframe", "frame"], "default": "keyframe"},
    "priority": {"type": "integer", "minimum": 1, "maximum": 9, "default": 5, "description": "1 is first."},
    "webhook_url": {"type": "string", "maxLength": MAX_URL, "description": "Told when the film is at an end."},
    "keep_original": {"type": "boolean", "description": "Keep the file after tagging; the service's setting by default."},
    "min_score": {"type": "number", "minimum": 0, "maximum": 1, "description": "In place of the tags' own thresholds."},
    "top": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "At most so many tags."},
    "thorough": {"type": "boolean", "default": False, "description": "Three views of each key frame."},
    "sensitive": {"type": "boolean", "default": True, "description": "Look for nudity and sex too."},
    "objects": {"type": "boolean", "default": False, "description": "Find objects in the key frames too."},
    "decoder": {"type": "string", "enum": ["pyav", "opencv"], "default": "pyav"},
}
_HEADERS = {"Location": "The film's address.", "Idempotent_Replayed": "`true` when this is the answer of an earlier request."}
_PROBLEMS = problems(
    errors.InvalidRequest,
    errors.EmptyUpload,
    errors.WebhookRefused,
    errors.IdempotencyMismatch,
    errors.IdempotencyInFlight,
    errors.UploadStalled,
    errors.TooLarge,
    errors.WrongType,
    errors.DiskFull,
    errors.StorageUnavailable,
    errors.NotFound,
)


@router.post(
    "",
    status_code=202,
    response_class=JSONResponse,
    responses={
        **_PROBLEMS,
        **answer(MovieOut, "It is queued.", examples.QUEUED, 202, **_HEADERS),
        **answer(MovieOut, "The same content is there already; nothing was changed.", examples.SUCCEEDED, 200, **_HEADERS),
    },
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": part_schema(_TEXTS)}}}},
)
async def upload_movie(
    request: Request,
    service: ServiceDep,
    desk: DeskDep,
    caller: WriterKey,
    idempotency_key: Annotated[str | None, Header(description="Sent again with the same request, the first answer comes again.")] = None,
) -> Response:
    """Bring a film as multipart/form-data: the part `file`, and fields. The same content again is the same movie."""
    once = once_only(service.database, caller.key_id, idempotency_key) if idempotency_key is not None else None
    await desk.admit()
    await desk.run(_refuse_early, service, request.headers.get("content-length"))
    try:
        async with _once(desk, once) as given:
            return await _receive(request, service, desk, caller.key_id, once, given)
    except ClientGone:
        return Response(status_code=400)  # nobody is there to read it


async def _receive(
    request: Request, service: Service, desk: Desk, key_id: str | None, once: OnceOnly | None, given: GivenAnswer | None
) -> Response:
    file = IncomingFile(service.settings, new_id("form"))
    try:
        form = FilmForm(request.headers.get("content-type", ""), file, FIELD_NAMES)
        async with aclosing(Body(request.receive).pieces()) as pieces:
            async for piece in pieces:
                await desk.take(form.feed, piece)
        return await desk.run_long(_take, service, file, form, key_id, once, given)
    finally:
        await desk.run(file.close)


def _take(
    service: Service, file: IncomingFile, form: FilmForm, key_id: str | None, once: OnceOnly | None, given: GivenAnswer | None
) -> Response:
    """After the last byte: the film, or the answer that an earlier request got."""
    fields = film_fields(form.finish(), service.settings)
    sha256 = file.finish()
    mark = fingerprint(fields, sha256)
    if given:
        check_same(given, mark)
        return _answer(service, given.movie_id, given.status, {"Idempotent-Replayed": "true"})
    taken = take_upload(service, file, sha256, file_name_of(form.file_name), fields, key_id)
    status = 202 if taken.is_queued else 200
    if once:
        once.finish(mark, status, taken.movie.id)
    return _answer(service, taken.movie.id, status, {})


def _answer(service: Service, movie_id: str, status: int, headers: Mapping[str, str]) -> Response:
    prefix = service.settings.root_path
    with service.database.read() as session:
        movie = movie_store.get(session, movie_id)
        body = movie_body(movie, session.get_one(Run, movie.run_id), prefix)
    return JSONResponse(body, status, {"Location": f"{prefix}/v1/movies/{movie_id}", **headers})


def _refuse_early(service: Service, content_length: str | None) -> None:
    """What the declared length of the body tells."""
    if content_length is None or not content_length.isdecimal():
        return
    least = int(content_length) - FORM_BYTES
    if least > service.settings.max_upload_bytes:
        raise too_large(service.settings)
    ensure_space(service.settings.uploads, int(content_length), service.settings.disk_reserve_bytes)


@asynccontextmanager
async def _once(desk: Desk, once: OnceOnly | None) -> AsyncIterator[GivenAnswer | None]:
    """Hold the idempotency key while the request is at work, and give it back when the request fails."""
    if once is None:
        yield None
        return
    given = await desk.run(once.begin)
    if given:
        yield given
        return
    at_work = asyncio.ensure_future(_go_on(desk, once))
    try:
        yield None
    except BaseException:
        await desk.run(once.release)
        raise
    finally:
        at_work.cancel()


async def _go_on(desk: Desk, once: OnceOnly) -> None:
    while True:
        await asyncio.sleep(GO_ON_SECONDS)
        try:
            await desk.run(once.go_on)
        except DatabaseUnavailable:
            log.warning("an idempotency key could not be held on to: the database does not answer")
