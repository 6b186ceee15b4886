"""An upload as the body and the headers of an answer."""

from typing import Any, Literal

from pydantic import Field

from service.api import tus
from service.api.bodies import moment
from service.api.schemas import Answer
from service.store.tables import Upload

UPLOAD_ID = "upl_0191d1f0c3a27b5e9f04a1c2d3e4f506"
EXAMPLE: dict[str, Any] = {
    "id": UPLOAD_ID,
    "state": "open",
    "length": 48_211_904,
    "offset": 8_388_608,
    "file_name": "harbour.mp4",
    "movie_id": None,
    "created_at": "2026-11-03T08:30:00.125Z",
    "expires_at": "2026-11-08T08:30:00.125Z",
    "links": {"self": f"/v1/uploads/{UPLOAD_ID}", "movie": None},
}


class UploadLinks(Answer):
    """Where an upload and its film are."""

    self: str
    movie: str | None


class UploadOut(Answer):
    """An upload: how far it is, and its film once the last byte came."""

    id: str
    state: Literal["open", "finished"]
    length: int = Field(description="Bytes, as declared.")
    offset: int = Field(description="Bytes that lie safely on disk.")
    file_name: str
    movie_id: str | None
    created_at: str = Field(description="RFC 3339, UTC.")
    expires_at: str = Field(description="It is removed then; every byte that comes moves it on.")
    links: UploadLinks


class UploadList(Answer):
    """A page of uploads, newest first."""

    uploads: list[UploadOut]
    next_before: str | None = Field(description="`before` of the next page; null on the last.")


def _movie_address(upload: Upload, prefix: str) -> str | None:
    return f"{prefix}/v1/movies/{upload.movie_id}" if upload.movie_id else None


def upload_headers(upload: Upload, prefix: str) -> dict[str, str]:
    """How far it is, in the words of tus; `prefix` (settings.root_path) leads the film's address."""
    headers = {"Upload-Offset": str(upload.offset), "Upload-Expires": tus.http_date(upload.expires_at)}
    if upload.upload_metadata:
        headers["Upload-Metadata"] = upload.upload_metadata
    movie = _movie_address(upload, prefix)
    return {**headers, "Cache-Control": "no-store", **({tus.MOVIE_HEADER: movie} if movie else {})}


def upload_out(upload: Upload, prefix: str) -> UploadOut:
    """How far it is, as JSON."""
    return UploadOut(
        id=upload.id,
        state="finished" if upload.movie_id else "open",
        length=upload.length,
        offset=upload.offset,
        file_name=upload.file_name,
        movie_id=upload.movie_id,
        created_at=moment(upload.created_at),
        expires_at=moment(upload.expires_at),
        links=UploadLinks(self=f"{prefix}/v1/uploads/{upload.id}", movie=_movie_address(upload, prefix)),
    )
