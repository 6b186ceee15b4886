"""Resumable uploads by tus 1.0: creation, termination, expiration; and the same as JSON."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AfterValidator

from service import errors, uploads
from service.api import tus
from service.api.auth import Caller, ReaderKey, WriterKey
from service.api.body import Body, ClientGone
from service.api.deps import PlainText, ServiceDep
from service.api.desk import Desk, DeskDep
from service.api.openapi import answer, plain, problems
from service.api.upload_bodies import EXAMPLE, UPLOAD_ID, UploadList, UploadOut, upload_headers, upload_out
from service.context import Service
from service.errors import InvalidRequest, NotFound, TooLarge, WrongType
from service.film_fields import file_name_of, film_fields
from service.keys import ADMIN
from service.store import uploads as store
from service.store.engine import now_ms
from service.store.tables import Upload
from service.upload_file import UploadFile

router = APIRouter(prefix="/v1/uploads", tags=["uploads"], route_class=tus.TusRoute)


def _upload_id(value: str) -> str:
    """An id that no database is asked for in vain."""
    if not value.startswith("upl_") or not value.isascii() or not value.isprintable():
        raise NotFound(f"There is no upload {value!r}; GET /v1/uploads lists yours.")
    return value


UploadId = Annotated[str, AfterValidator(_upload_id), Path(description="The upload's id.", examples=[UPLOAD_ID])]


def _header(name: str, description: str, example: str, *, required: bool = True) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "enum" if name == "Tus-Resumable" else "examples": [example]}
    if example.isdecimal():
        schema["pattern"] = f"^[0-9]{{1,{tus.MAX_DIGITS}}}$"
    return {"name": name, "in": "header", "required": required, "description": description, "schema": schema}


_VERSION = _header("Tus-Resumable", "Version of the protocol.", tus.VERSION)
_LENGTH = _header("Upload-Length", "Bytes of the film.", "48211904")
_OFFSET = _header("Upload-Offset", "Where these bytes begin.", "8388608")
_METADATA = _header(
    "Upload-Metadata",
    "Names and base64 values, separated by commas: `filename`, `filetype`, `sha256`, and the fields of `POST /v1/movies`.",
    "filename aGFyYm91ci5tcDQ=,precision ZnJhbWU=",
    required=False,
)
# What may be wrong where the film of a whole upload is made after all.
_FINISHING = (errors.UploadBusy, errors.WrongType, errors.ContentMismatch, errors.StorageUnavailable)
Spoken = Depends(tus.check_version)


@router.options("", status_code=204, summary="What this server can do", responses=plain("Version, extensions, largest size.", status=204))
@router.options("/{upload_id}", status_code=204, include_in_schema=False)
async def tell_protocol(service: ServiceDep) -> Response:
    """Answered without a key."""
    return Response(status_code=204, headers=tus.facts(service.settings))


@router.post(
    "",
    status_code=201,
    summary="Begin an upload",
    responses=plain("Begun.", status=201, Location="Where to PATCH the bytes to.", Upload_Expires="Until then.")
    | problems(
        *(errors.EmptyUpload, errors.InvalidRequest, errors.TooLarge, errors.WrongType, errors.WebhookRefused),
        *(errors.DiskFull, errors.UnsupportedProtocol),
    ),
    openapi_extra={"parameters": [_VERSION, _LENGTH, _METADATA]},
)
async def begin_upload(request: Request, service: ServiceDep, desk: DeskDep, caller: WriterKey) -> Response:
    """Declares length and metadata; the bytes follow by PATCH, none may come here."""
    tus.check_version(request)
    if request.headers.get("content-length", "0") != "0":
        raise InvalidRequest("Creation takes no bytes here; send the film by PATCH to the address in Location.")
    length = tus.number(request, "Upload-Length")
    metadata = tus.metadata(request.headers.get("upload-metadata", ""))
    metadata.check_type()
    await desk.admit()
    upload = await desk.run_long(_begin, service, length, metadata, caller.key_id)
    location = str(request.url_for("patch_upload", upload_id=upload.id))
    return Response(status_code=201, headers={"Location": location, "Upload-Expires": tus.http_date(upload.expires_at)})


def _begin(service: Service, length: int, metadata: tus.Metadata, key_id: str | None) -> Upload:
    fields = film_fields(metadata.values, service.settings)
    new = uploads.NewUpload(length, file_name_of(metadata.file_name), metadata.sent, fields, metadata.sha256)
    return uploads.create(service, new, key_id)


@router.head(
    "/{upload_id}",
    summary="How far an upload is",
    responses=plain(
        "It goes on from here.", Upload_Offset="Bytes that lie safely on disk.", Upload_Length="Bytes in all.", Movietags_Movie="The film."
    )
    | problems(errors.NotFound, errors.UploadExpired, errors.UnsupportedProtocol, *_FINISHING),
    openapi_extra={"parameters": [_VERSION]},
    dependencies=[Spoken],
)
async def head_upload(upload_id: UploadId, service: ServiceDep, desk: DeskDep, caller: WriterKey) -> Response:
    """A request that still writes to it makes way first, so that the offset stays true."""
    await _find(desk, service, upload_id, caller)
    async with desk.hold(upload_id):
        upload = await _finished(desk, service, await _find(desk, service, upload_id, caller))
    return Response(status_code=200, headers={"Upload-Length": str(upload.length), **upload_headers(upload, service.settings.root_path)})


@router.patch(
    "/{upload_id}",
    status_code=204,
    summary="Bring bytes",
    responses=plain(
        "They lie safely on disk.", status=204, Upload_Offset="Where to go on.", Movietags_Movie="The film, after the last byte."
    )
    | problems(
        *(errors.NotFound, errors.UploadExpired, errors.UploadBusy, errors.OffsetMismatch, errors.TooLarge, errors.WrongType),
        *(errors.InvalidRequest, errors.ContentMismatch, errors.UploadStalled, errors.DiskFull, errors.StorageUnavailable),
        errors.UnsupportedProtocol,
    ),
    openapi_extra={
        "parameters": [_VERSION, _OFFSET],
        "requestBody": {"required": True, "content": {tus.CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
    },
    dependencies=[Spoken],
)
async def patch_upload(request: Request, upload_id: UploadId, service: ServiceDep, desk: DeskDep, caller: WriterKey) -> Response:
    """Bytes from `Upload-Offset` on. What came stays when the connection breaks: ask by HEAD, then go on from there."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != tus.CONTENT_TYPE:
        raise WrongType(f"The content type is {request.headers.get('content-type', '')[:80]!r}; it must be {tus.CONTENT_TYPE}.")
    offset = tus.number(request, "Upload-Offset")
    await desk.admit()
    upload = await _find(desk, service, upload_id, caller)
    _check_length(request, upload, offset)
    async with desk.hold(upload_id) as stop:
        upload = await _find(desk, service, upload_id, caller)
        if upload.offset < upload.length:
            try:
                await _write(request, upload_id, service, desk, offset, stop)
            except ClientGone:
                return Response(status_code=400)  # nobody is there to read it
            upload = await _find(desk, service, upload_id, caller)
        elif offset != upload.offset:
            raise errors.OffsetMismatch(f"The upload has all of its {upload.length} bytes; there is nothing to add at {offset}.")
        upload = await _finished(desk, service, upload)
    return Response(status_code=204, headers=upload_headers(upload, service.settings.root_path))


async def _write(request: Request, upload_id: str, service: Service, desk: Desk, offset: int, stop: asyncio.Event) -> None:
    """Bring the body to the file; what came is recorded however it ends."""
    file = await desk.run(UploadFile, service, upload_id, desk.hashes)
    try:
        file.expect(offset)
        try:
            async with aclosing(Body(request.receive, stop).pieces()) as pieces:
                async for piece in pieces:
                    await desk.take(file.write, piece)
        except WrongType:
            raise  # the upload is gone
        except BaseException:
            await desk.run(file.record)
            raise
        await desk.run(file.record)
        if file.is_complete:
            await desk.run_long(file.finish)
    finally:
        await desk.run(file.close)


def _check_length(request: Request, upload: Upload, offset: int) -> None:
    """Refuse a body that says of itself that it is too long, before a byte of it is kept."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and offset + int(declared) > upload.length:
        raise TooLarge(f"{upload.length} bytes were declared; {declared} more from {offset} on are too many.")


@router.delete(
    "/{upload_id}",
    status_code=204,
    summary="End an upload",
    responses=plain("What came of it was removed.", status=204)
    | problems(errors.NotFound, errors.UploadExpired, errors.UploadBusy, errors.UnsupportedProtocol),
    openapi_extra={"parameters": [_VERSION]},
    dependencies=[Spoken],
)
async def end_upload(upload_id: UploadId, service: ServiceDep, desk: DeskDep, caller: WriterKey) -> Response:
    """A film that was made of it stays."""
    await _find(desk, service, upload_id, caller)
    async with desk.hold(upload_id):
        await desk.run(uploads.terminate, service, upload_id)
    return Response(status_code=204)


@router.get("", summary="List uploads", responses=answer(UploadList, "A page.", {"uploads": [EXAMPLE], "next_before": None}))
async def list_uploads(
    service: ServiceDep,
    desk: DeskDep,
    caller: ReaderKey,
    limit: Annotated[int, Query(ge=1, le=500, description="Uploads in a page.")] = 100,
    before: Annotated[PlainText | None, Query(max_length=40, description="`next_before` of the page before.")] = None,
) -> UploadList:
    """Those of the key, newest first; an admin sees all. Finished ones are shown for a day."""
    found = await desk.run(_page, service, caller, limit, before)
    bodies = [upload_out(upload, service.settings.root_path) for upload in found]
    return UploadList(uploads=bodies, next_before=found[-1].id if len(found) == limit else None)


@router.get(
    "/{upload_id}",
    summary="One upload",
    responses=answer(UploadOut, "How far it is.", EXAMPLE) | problems(errors.NotFound, errors.UploadExpired, *_FINISHING),
)
async def get_upload(upload_id: UploadId, service: ServiceDep, desk: DeskDep, caller: ReaderKey) -> UploadOut:
    """Disturbs nobody who writes to it: the offset is the one recorded last."""
    upload = await _find(desk, service, upload_id, caller)
    if upload.offset == upload.length and not upload.movie_id and not desk.is_held(upload_id):
        async with desk.hold(upload_id):
            upload = await _finished(desk, service, await _find(desk, service, upload_id, caller))
    return upload_out(upload, service.settings.root_path)


async def _find(desk: Desk, service: Service, upload_id: str, caller: Caller) -> Upload:
    return await desk.run(uploads.find, service, upload_id, caller.key_id, sees_all=caller.may(ADMIN))


async def _finished(desk: Desk, service: Service, upload: Upload) -> Upload:
    """Make the film of an upload that has all its bytes, if that was not done before the server ended."""
    if upload.offset == upload.length and not upload.movie_id:
        upload.movie_id = await desk.run_long(uploads.finish_alone, service, upload.id)
    return upload


def _page(service: Service, caller: Caller, limit: int, before: str | None) -> list[Upload]:
    owner: Mapping[str, str | None] = {} if caller.may(ADMIN) else {"key_id": caller.key_id}
    with service.database.read() as session:
        return list(store.page(session, now_ms(session), limit, before, **owner))
