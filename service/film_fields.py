"""What a client says of a film it brings, as text: checked, and made into the film's fields."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from service.errors import InvalidRequest
from service.records import Decoder, Precision
from service.results import Parameters
from service.settings import Settings
from service.store.movies import MovieFields
from service.webhook_urls import check_url

MAX_TITLE = 500  # characters
MAX_EXTERNAL_ID = 200
MAX_URL = 2000
MAX_NAME = 255
PRIORITIES = range(1, 10)
TRUE, FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")


def film_fields(given: Mapping[str, str], settings: Settings) -> MovieFields:
    """The fields, with defaults for what is not given or empty; may ask for the address of a webhook's host.

    Raises InvalidRequest for a value that is not allowed, and WebhookRefused.
    """
    values = {name: _READERS[name](name, text) for name, text in given.items() if name in _READERS and text != ""}
    if "webhook_url" in values:
        check_url(values["webhook_url"], settings)
    parameters = Parameters(
        precision=values.get("precision", str(Precision.KEYFRAME)),
        decoder=values.get("decoder", str(Decoder.PYAV)),
        thorough=values.get("thorough", False),
        sensitive=values.get("sensitive", True),
        min_score=values.get("min_score"),
        top=values.get("top"),
        objects=values.get("objects", False),
    )
    return MovieFields(
        parameters=parameters,
        title=values.get("title"),
        external_id=values.get("external_id"),
        priority=values.get("priority", MovieFields.priority),
        webhook_url=values.get("webhook_url"),
        keep_original=values.get("keep_original", settings.keep_originals),
    )


def fields_to_json(fields: MovieFields) -> dict[str, Any]:
    """As they are stored with an upload."""
    return asdict(fields)


def fields_from_json(stored: Mapping[str, Any]) -> MovieFields:
    """As they were stored."""
    return MovieFields(**{**stored, "parameters": Parameters(**stored["parameters"])})


def file_name_of(text: str | None) -> str:
    """The name of a client's file without its folders, to be shown; it is never used as a path."""
    name = (text or "").replace("\\", "/").rpartition("/")[2]
    shown = "".join(letter for letter in name if letter.isprintable()).strip()
    return shown[-MAX_NAME:] or "film"


def _text(most: int) -> Callable[[str, str], str]:
    def read(name: str, text: str) -> str:
        text = text.strip()
        if not text or len(text) > most or not text.isprintable():
            raise InvalidRequest(f"{name} must be 1 to {most} printable characters on one line; {len(text)} were given.")
        return text

    return read


def _choice(choices: tuple[str, ...]) -> Callable[[str, str], str]:
    def read(name: str, text: str) -> str:
        if text not in choices:
            raise InvalidRequest(f"{name} is {text[:40]!r}; allowed are {' and '.join(choices)}.")
        return text

    return read


def _number(kind: type[int] | type[float], least: float, most: float) -> Callable[[str, str], Any]:
    def read(name: str, text: str) -> int | float:
        try:
            value = kind(text)
        except ValueError:
            value = kind(least) - 1
        if not least <= value <= most:
            raise InvalidRequest(f"{name} is {text[:40]!r}; allowed is {'a whole' if kind is int else 'a'} number from {least} to {most}.")
        return value

    return read


def _flag(name: str, text: str) -> bool:
    if text.lower() not in TRUE + FALSE:
        raise InvalidRequest(f"{name} is {text[:40]!r}; allowed are true and false.")
    return text.lower() in TRUE


_READERS: dict[str, Callable[[str, str], Any]] = {
    "title": _text(MAX_TITLE),
    "external_id": _text(MAX_EXTERNAL_ID),
    "precision": _choice(tuple(map(str, Precision))),
    "priority": _number(int, PRIORITIES[0], PRIORITIES[-1]),
    "webhook_url": _text(MAX_URL),
    "keep_original": _flag,
    "min_score": _number(float, 0, 1),
    "top": _number(int, 1, 1000),
    "thorough": _flag,
    "sensitive": _flag,
    "objects": _flag,
    "decoder": _choice(tuple(map(str, Decoder))),
}
FIELD_NAMES = tuple(_READERS)
