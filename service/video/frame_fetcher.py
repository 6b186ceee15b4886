"""Single frames of films that are open here: decoded in another process, in bounded time and memory."""

import json
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

from service.errors import DecoderCrashed
from service.video.decode import ending, film_error, start_child
from service.video.geometry import Picture
from service.video.wire import MAX_PIECE, PIECE_LENGTH, Kind, Message, read_message


@dataclass(frozen=True)
class FetchLimits:
    """What a frame may cost."""

    memory_bytes: int = 768 << 20  # of data in the decoding process
    seconds: int = 20
    max_pixels: int = 8192 * 8192  # width x height of a picture of the film
    side: int = 720  # pixels of the shorter side that is given out, at most


class FrameFetcher:
    """Takes frames out of films, one after the other; the process for it is started when first needed, and again after a crash."""

    def __init__(self, limits: FetchLimits | None = None) -> None:
        self._limits = limits or FetchLimits()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "FrameFetcher":
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what was not sent is thrown away
                    pipe.close()
        self._process.wait()
        self._process = None

    def fetch(self, film: BinaryIO, size: int, name: str, time_ms: int) -> Picture:
        """The frame at a time of an open film of `size` bytes. Raises FilmError; DecoderCrashed also where it took too long."""
        process = self._running()
        request = {"name": name, "size": size, "time_ms": time_ms}
        bounds = {"side": self._limits.side, "max_pixels": self._limits.max_pixels, "seconds": self._limits.seconds}
        try:
            self._send(process, json.dumps(request | bounds).encode() + b"\n")
            message = self._next(process)
            while message.kind is Kind.READ:
                piece = _piece(film, message.body["start"], message.body["count"])
                self._send(process, PIECE_LENGTH.pack(len(piece)) + piece)
                message = self._next(process)
        except (BrokenPipeError, EOFError, ValueError, KeyError, TypeError) as error:
            process.kill()
            how = ending(process.wait())
            self.close()
            raise DecoderCrashed(f"{name}: the process for the frame at {time_ms} ms {how}") from error
        except BaseException:  # it waits for what will not come
            self.close()
            raise
        if message.kind is Kind.ERROR:
            raise film_error(message)
        return message.arrays[0]

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            self._process = start_child("service.video.single_frame_child")
            self._send(self._process, json.dumps({"memory_bytes": self._limits.memory_bytes}).encode() + b"\n")
        return self._process

    @staticmethod
    def _send(process: "subprocess.Popen[bytes]", data: bytes) -> None:
        assert process.stdin is not None
        process.stdin.write(data)
        process.stdin.flush()

    @staticmethod
    def _next(process: "subprocess.Popen[bytes]") -> Message:
        assert process.stdout is not None
        pipe = process.stdout

        def take(count: int) -> bytes:
            data = pipe.read(count)
            if len(data) < count:
                raise EOFError
            return data

        return read_message(take)


def _piece(film: BinaryIO, start: int, count: int) -> bytes:
    """What the child asks for; a ValueError where ours would not: it may have been taken over by a film."""
    if start < 0 or not 0 <= count <= MAX_PIECE:
        raise ValueError(f"{count} bytes at {start} are asked for at once; at most {MAX_PIECE} are given")
    film.seek(start)
    return film.read(count)
