"""The process that takes single frames out of films: it has no file open, and asks its parent for each piece of the film.

It ends when its standard input closes, and by itself when a frame takes too long.
"""

import io
import json
import os
import signal
import sys
from typing import Any, BinaryIO, cast

import av
import cv2

from service.errors import DecoderCrashed, FilmError, NoDecodableFrame
from service.video.child import error_message, limit_memory
from service.video.single_frame import frame_at
from service.video.wire import MAX_PIECE, PIECE_LENGTH, Kind, Message


class FilmAtParent(io.RawIOBase):
    """A film that another process has open."""

    def __init__(self, size: int, requests: BinaryIO, pieces: BinaryIO) -> None:
        self._size, self._requests, self._pieces = size, requests, pieces
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._place = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence])
        return self._place

    def read(self, count: int = -1) -> bytes:
        left = max(0, self._size - self._place)
        count = min(left if count < 0 else count, left, MAX_PIECE)
        if count == 0:
            return b""
        _send(self._requests, Message(Kind.READ, 0, {"start": self._place, "count": count}))
        piece = self._pieces.read(*PIECE_LENGTH.unpack(_exactly(self._pieces, PIECE_LENGTH.size)))
        self._place += len(piece)
        return piece


def main() -> None:
    """Answer requests until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, too, and it is the parent that ends this
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up among the messages
    requests = sys.stdin.buffer
    cv2.setNumThreads(1)
    limit_memory(json.loads(requests.readline())["memory_bytes"])
    while line := requests.readline():
        request = json.loads(line)
        signal.alarm(request["seconds"])
        _send(answers, _answer(request, FilmAtParent(request["size"], answers, requests)))
        signal.alarm(0)


def _answer(request: dict[str, Any], film: FilmAtParent) -> Message:
    name, time_ms = request["name"], request["time_ms"]
    try:
        picture = frame_at(cast(BinaryIO, film), name, time_ms, request["side"], request["max_pixels"])
    except FilmError as error:
        return error_message(error)
    except MemoryError:
        return error_message(DecoderCrashed(f"{name}: a frame needs more memory than is allowed"))
    except (av.FFmpegError, ValueError) as error:
        return error_message(NoDecodableFrame(f"{name}: the frame at {time_ms} ms cannot be reached: {error}"))
    return Message(Kind.FRAME, time_ms, {}, (picture,))


def _send(pipe: BinaryIO, message: Message) -> None:
    pipe.write(message.packed())
    pipe.flush()


def _exactly(pipe: BinaryIO, count: int) -> bytes:
    data = pipe.read(count)
    if len(data) < count:
        os._exit(1)  # the parent is gone
    return data
