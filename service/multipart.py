"""A multipart form read as its bytes come: the film goes to its file, the texts are kept; nothing else is held in memory."""

from collections.abc import Mapping
from typing import Any

from streaming_form_data import ParseFailedException, StreamingFormDataParser
from streaming_form_data.parser import UnexpectedPartException
from streaming_form_data.targets import BaseTarget

from service.errors import InvalidRequest, MovieTaggerError
from service.intake import IncomingFile

FILE = "file"  # name of the part with the film
MAX_TEXT_BYTES = 8192  # of one text field
UNFINISHED = "The form ends in the middle; send it whole, with its closing boundary."
FORM_BYTES = 1 << 20  # all texts and the form's own lines


class FilmForm:
    """The form of `POST /v1/movies`: one file, and texts with known names."""

    def __init__(self, content_type: str, file: IncomingFile, text_names: tuple[str, ...]) -> None:
        """Raises InvalidRequest when the content type names no form."""
        self._file = _FilePart(file)
        self._texts = {name: _TextPart(name) for name in text_names}
        self._allowed = f"The form takes the film as {FILE!r}, and the fields {', '.join(text_names)}."
        self._beside = FORM_BYTES  # bytes that may come beside the film
        self._incoming = file
        try:
            self._parser = StreamingFormDataParser({"Content-Type": content_type}, strict=True)
        except ParseFailedException:
            raise InvalidRequest(
                f"The content type is {content_type[:80]!r}; send multipart/form-data with a boundary. {self._allowed}"
            ) from None
        self._parser.register(FILE, self._file)
        for name, part in self._texts.items():
            self._parser.register(name, part)

    def feed(self, data: bytes) -> None:
        """The next bytes of the body. Raises InvalidRequest, and what the film's file raises."""
        before = self._incoming.size
        try:
            self._parser.data_received(data)
        except MovieTaggerError:
            raise
        except UnexpectedPartException as error:
            raise InvalidRequest(f"There is no field {str(error.part_name)[:80]!r}. {self._allowed}") from error
        except (ParseFailedException, ValueError, LookupError, OverflowError) as error:
            raise InvalidRequest(f"The body is no multipart form that can be read. {self._allowed}") from error
        self._beside -= len(data) - (self._incoming.size - before)
        if self._beside < 0:
            raise InvalidRequest(f"The form has more than {FORM_BYTES:,} bytes beside the film. {self._allowed}")

    def finish(self) -> Mapping[str, str]:
        """After the last byte: the texts. Raises InvalidRequest when the film is missing or the form ends in its middle."""
        if not self._file.begun:
            raise InvalidRequest(f"The form has no film. {self._allowed}")
        if not all(part.is_whole for part in (self._file, *self._texts.values())):
            raise InvalidRequest(UNFINISHED)
        return {name: part.text() for name, part in self._texts.items() if part.begun}

    @property
    def file_name(self) -> str | None:
        """Of the film, as the client calls it."""
        name: str | None = self._file.multipart_filename
        return name


class OnePart(BaseTarget):  # type: ignore[misc]  # the library has no types
    """A part that may come once; `advice` is said where it comes twice."""

    def __init__(self, name: str, advice: str) -> None:
        super().__init__()
        self.name = name
        self._advice = advice
        self.begun = False
        self.is_whole = True

    def on_start(self) -> None:
        if self.begun:
            raise InvalidRequest(f"{self.name!r} comes twice; {self._advice}.")
        self.begun, self.is_whole = True, False

    def on_finish(self) -> None:
        self.is_whole = True


class _FilePart(OnePart):
    def __init__(self, file: IncomingFile) -> None:
        super().__init__(FILE, "send it once, one film a request")
        self._file = file

    def on_data_received(self, chunk: bytes) -> None:
        self._file.write(chunk)


class _TextPart(OnePart):
    def __init__(self, name: str) -> None:
        super().__init__(name, "send it once")
        self._data = bytearray()

    def on_data_received(self, chunk: bytes) -> None:
        self._data += chunk
        if len(self._data) > MAX_TEXT_BYTES:
            raise InvalidRequest(f"{self.name} has more than {MAX_TEXT_BYTES:,} bytes.")

    def text(self) -> str:
        try:
            return self._data.decode()
        except UnicodeDecodeError:
            raise InvalidRequest(f"{self.name} is no UTF-8 text.") from None


def part_schema(text_properties: Mapping[str, Any]) -> dict[str, Any]:
    """The form as OpenAPI describes it."""
    film = {"type": "string", "format": "binary", "description": "The film."}
    return {"type": "object", "required": [FILE], "properties": {FILE: film, **text_properties}, "additionalProperties": False}
