"""The words of tus 1.0, the protocol of resumable uploads: headers and metadata."""

import base64
import binascii
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from service.api.problems import refuse
from service.errors import InvalidRequest, MovieTaggerError, UnsupportedProtocol, WrongType
from service.settings import Settings

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
CONTENT_TYPE = "application/offset+octet-stream"
MOVIE_HEADER = "Movietags-Movie"
MAX_METADATA = 16_384  # characters of the header
MAX_DIGITS = 18  # of a number of bytes
FILM_TYPES = re.compile(r"video/.*|application/(octet-stream|mxf|ogg|x-matroska|vnd\.rn-realmedia(-vbr)?|vnd\.ms-asf|x-troff-msvideo|mp4)")
SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Metadata:
    """What `Upload-Metadata` says."""

    sent: str  # as it came, for HEAD
    values: Mapping[str, str]

    @property
    def file_name(self) -> str | None:
        return self.values.get("filename") or self.values.get("name")

    @property
    def sha256(self) -> str | None:
        """Of the whole content, if it is declared. Raises InvalidRequest."""
        declared = self.values.get("sha256", "").lower()
        if declared and not SHA256.fullmatch(declared):
            raise InvalidRequest("sha256 in Upload-Metadata must be 64 hexadecimal digits.")
        return declared or None

    def check_type(self) -> None:
        """Raise WrongType when something else than a film is declared."""
        declared = (self.values.get("filetype") or self.values.get("type") or "").partition(";")[0].strip().lower()
        if declared and not FILM_TYPES.fullmatch(declared):
            raise WrongType(f"The upload's declared type is {declared[:80]!r}; films are taken: video/*, or application/octet-stream.")


def metadata(header: str) -> Metadata:
    """Names and base64 values, separated by commas. Raises InvalidRequest."""
    if len(header) > MAX_METADATA:
        raise InvalidRequest(f"Upload-Metadata has {len(header)} characters; at most {MAX_METADATA} are taken.")
    values: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in header.split(","))):
        name, _, encoded = part.partition(" ")
        try:
            value = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            raise InvalidRequest(f"Upload-Metadata: the value of {name[:80]!r} is not UTF-8 text in base64.") from None
        if name in values:
            raise InvalidRequest(f"Upload-Metadata: {name[:80]!r} comes twice.")
        values[name] = value
    return Metadata(header, values)


def number(request: Request, header: str) -> int:
    """A header that counts bytes. Raises InvalidRequest."""
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdecimal() or len(text) > MAX_DIGITS:
        raise InvalidRequest(f"{header} is {text[:40]!r}; it must be a number of bytes, 0 or more.")
    return int(text)


def check_version(request: Request) -> None:
    """Raise UnsupportedProtocol for another version than ours."""
    spoken = request.headers.get("tus-resumable")
    if spoken != VERSION:
        raise UnsupportedProtocol(f"Tus-Resumable is {spoken!r}; send 'Tus-Resumable: {VERSION}'.")


def http_date(milliseconds: int) -> str:
    """As headers write moments."""
    return formatdate(milliseconds / 1000, usegmt=True)


def facts(settings: Settings) -> dict[str, str]:
    """What the service can do."""
    return {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(settings.max_upload_bytes)}


class TusRoute(APIRoute):
    """A route whose every answer names the protocol, errors included."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As FastAPI calls it."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                response = await handle(request)
            except MovieTaggerError as error:
                response = refuse(error)
            response.headers["Tus-Resumable"] = VERSION
            return response

        return answer
