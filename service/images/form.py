"""The picture of a request's body: the body itself, the part `file` of a form, or an address (`url`) in a form or in JSON."""

import json
from dataclasses import dataclass
from typing import Any

from streaming_form_data import ParseFailedException, StreamingFormDataParser
from streaming_form_data.parser import UnexpectedPartException

from service.errors import EmptyUpload, InvalidRequest, WrongType
from service.multipart import UNFINISHED, OnePart

FILE, URL = "file", "url"
JSON = "application/json"
ALLOWED = f"Send one picture as it is (Content-Type: image/...), or multipart/form-data with the part {FILE!r}."
_BODIES = ("application/octet-stream", "multipart/form-data")


@dataclass(frozen=True)
class GivenImage:
    """A picture's bytes, or where it lies: one of them."""

    data: bytes = b""
    url: str = ""


def check_type(content_type: str, *, urls: bool) -> None:
    """Before the body is read; JSON can only hold a URL. Raises WrongType."""
    kind = _kind(content_type)
    if kind and not kind.startswith("image/") and kind not in _BODIES and not (urls and kind == JSON):
        raise WrongType(f"The content type is {content_type[:80]!r}. {ALLOWED}")


def given_image(content_type: str, body: bytes) -> GivenImage:
    """What was sent. Raises InvalidRequest, EmptyUpload."""
    kind = _kind(content_type)
    given = _of_form(content_type, body) if kind.startswith("multipart/") else _of_json(body) if kind == JSON else GivenImage(body)
    if not (given.data or given.url):
        raise EmptyUpload(f"There is no picture in the request. {ALLOWED}")
    return given


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


class _Part(OnePart):
    """Kept in memory: the body's own bound holds."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "send one picture a request")
        self._data = bytearray()

    def on_data_received(self, chunk: bytes) -> None:
        self._data += chunk

    @property
    def value(self) -> bytes:
        return bytes(self._data)


def _of_form(content_type: str, body: bytes) -> GivenImage:
    file, url = _Part(FILE), _Part(URL)
    try:
        parser = StreamingFormDataParser({"Content-Type": content_type}, strict=True)
        parser.register(FILE, file)
        parser.register(URL, url)
        parser.data_received(body)
        address = url.value.decode().strip()
    except UnexpectedPartException as error:
        raise InvalidRequest(f"There is no field {str(error.part_name)[:80]!r}. {ALLOWED}") from error
    except (ParseFailedException, ValueError, LookupError, OverflowError) as error:
        raise InvalidRequest(f"The body is no multipart form that can be read. {ALLOWED}") from error
    if not (file.is_whole and url.is_whole):
        raise InvalidRequest(UNFINISHED)
    if file.value and address:
        raise InvalidRequest(f"The form has {FILE!r} and {URL!r}; send one of them.")
    return GivenImage(file.value, address)


def _of_json(body: bytes) -> GivenImage:
    try:
        given: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"The body is no JSON that can be read. {ALLOWED}") from error
    if not isinstance(given, dict) or given.keys() != {URL} or not isinstance(given[URL], str):
        raise InvalidRequest(f'As JSON a picture is {{"{URL}": "https://..."}} and nothing else. {ALLOWED}')
    return GivenImage(url=given[URL].strip())
