"""Messages from the decoding child: a length, a JSON header, and the bytes of its arrays. Nothing is ever unpickled."""

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.records import DecodeReport, FilmFacts, KeyFrame, Shot, ShotFrames

LENGTHS = struct.Struct("<II")  # bytes of the header, bytes of the arrays
PIECE_LENGTH = struct.Struct("<I")  # before each piece of a film that is sent to a child
MAX_HEADER = 1 << 20  # bytes; more is no message of ours
MAX_ARRAYS = 1 << 28
MAX_PIECE = 4 << 20  # bytes of a film that are sent to a child at once
PICTURES = ("views", "thumbnail", "picture")  # of a key frame

Take = Callable[[int], bytes]  # exactly so many bytes from the other side


class Kind(StrEnum):
    """What a message tells."""

    FACTS = "facts"
    ALIVE = "alive"
    SHOT = "shot"
    REPORT = "report"
    ERROR = "error"
    READ = "read"  # bytes of the film are asked for: {"start", "count"}, at most MAX_PIECE
    FRAME = "frame"  # a single picture, which is the first array


@dataclass(frozen=True)
class Message:
    """One message; every one tells how far the film was decoded."""

    kind: Kind
    position_ms: int
    body: Mapping[str, Any]
    arrays: tuple[NDArray[np.uint8], ...] = ()

    def packed(self) -> bytes:
        """As it goes over the pipe."""
        shapes = [array.shape for array in self.arrays]
        header = {"kind": self.kind, "position_ms": self.position_ms, "body": self.body, "shapes": shapes}
        text = json.dumps(header).encode()
        data = b"".join(np.ascontiguousarray(array).tobytes() for array in self.arrays)
        return LENGTHS.pack(len(text), len(data)) + text + data


def read_message(take: Take) -> Message:
    """The next message; a ValueError where it is none."""
    header_bytes, array_bytes = LENGTHS.unpack(take(LENGTHS.size))
    if header_bytes > MAX_HEADER or array_bytes > MAX_ARRAYS:
        raise ValueError("a message longer than any of ours")
    header = json.loads(take(header_bytes))
    data = take(array_bytes)
    return Message(Kind(header["kind"]), int(header["position_ms"]), header["body"], _arrays(header["shapes"], data))


def _arrays(shapes: list[list[int]], data: bytes) -> tuple[NDArray[np.uint8], ...]:
    arrays, start = [], 0
    for shape in shapes:
        count = int(np.prod(shape))
        arrays.append(np.frombuffer(data, np.uint8, count, start).reshape(shape))
        start += count
    return tuple(arrays)


def facts_body(facts: FilmFacts) -> dict[str, Any]:
    """For JSON."""
    return asdict(facts) | {"frame_rate": None if facts.frame_rate is None else str(facts.frame_rate)}


def facts_from(body: Mapping[str, Any]) -> FilmFacts:
    """And back."""
    rate = body["frame_rate"]
    return FilmFacts(**(dict(body) | {"frame_rate": None if rate is None else Fraction(rate)}))


def shot_message(frames: ShotFrames, position_ms: int) -> Message:
    """A shot: for each key frame its time and which of its pictures are among the arrays."""
    arrays: list[NDArray[np.uint8]] = []
    key_frames: list[dict[str, Any]] = []
    for each in frames.key_frames:
        given = {name: array for name in PICTURES if (array := getattr(each, name)) is not None}
        arrays += given.values()
        key_frames.append({"time_ms": each.time_ms, "pictures": list(given)})
    return Message(Kind.SHOT, position_ms, asdict(frames.shot) | {"key_frames": key_frames}, tuple(arrays))


def shot_from(message: Message) -> ShotFrames:
    """And back."""
    arrays = iter(message.arrays)
    key_frames = tuple(
        KeyFrame(each["time_ms"], **{name: next(arrays) for name in each["pictures"]}) for each in message.body["key_frames"]
    )
    return ShotFrames(Shot(message.body["start_ms"], message.body["end_ms"]), key_frames)


def report_from(body: Mapping[str, Any]) -> DecodeReport:
    """A report out of JSON."""
    return DecodeReport(**(dict(body) | {"warnings": tuple(body["warnings"])}))
