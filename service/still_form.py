"""The picture in a request's body: the body itself, or the part `file` of a multipart form."""

from streaming_form_data import ParseFailedException, StreamingFormDataParser
from streaming_form_data.targets import ValueTarget

from service.errors import EmptyUpload, InvalidRequest, WrongType

FILE = "file"
ALLOWED = f"Send a picture as it is (Content-Type: image/...), or multipart/form-data with the part {FILE!r}."


def check_type(content_type: str) -> None:
    """Before the body is read. Raises WrongType."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind and not kind.startswith("image/") and kind not in ("application/octet-stream", "multipart/form-data"):
        raise WrongType(f"The content type is {content_type[:80]!r}. {ALLOWED}")


def picture_of(content_type: str, body: bytes) -> bytes:
    """The picture's bytes. Raises InvalidRequest, EmptyUpload."""
    picture = _part(content_type, body) if content_type.lower().startswith("multipart/") else body
    if not picture:
        raise EmptyUpload(f"There is no picture in the request. {ALLOWED}")
    return picture


def _part(content_type: str, body: bytes) -> bytes:
    target = ValueTarget()
    try:
        parser = StreamingFormDataParser({"Content-Type": content_type})
        parser.register(FILE, target)
        parser.data_received(body)
    except (ParseFailedException, ValueError, LookupError, OverflowError) as error:
        raise InvalidRequest(f"The body is no multipart form that can be read. {ALLOWED}") from error
    picture: bytes = target.value
    return picture
