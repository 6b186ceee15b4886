"""The decoding process: reads what to do as one line of JSON, writes messages until the film ends.

It ends when its standard input closes, so it never outlives the process that started it.
"""

import json
import os
import queue
import resource
import signal
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import cv2

from service.errors import DecoderCrashed, FilmError
from service.records import Decoder, Precision
from service.video.options import DecodeLimits, DecodeOptions
from service.video.stream import FilmStream
from service.video.wire import Kind, Message, facts_body, shot_message

QUEUED_MESSAGES = 24  # that wait while the parent is busy; a shot has at most three key frames, 0.3 MB a view
BEAT_SECONDS = 0.3  # between signs of life


class Outbox:
    """Sends messages from a thread of its own, so that decoding goes on while the parent works."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe
        self._waiting: queue.Queue[bytes | None] = queue.Queue(QUEUED_MESSAGES)
        self._last_put = time.monotonic()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    @property
    def is_quiet(self) -> bool:
        """Whether a sign of life is due."""
        return time.monotonic() - self._last_put > BEAT_SECONDS

    def put(self, message: Message) -> None:
        """Send; waits while too many messages wait already."""
        self._waiting.put(message.packed())
        self._last_put = time.monotonic()

    def close(self) -> None:
        """Wait until everything is sent."""
        self._waiting.put(None)
        self._thread.join()

    def _send(self) -> None:
        while (data := self._waiting.get()) is not None:
            try:
                self._pipe.write(data)
                self._pipe.flush()
            except OSError:
                os._exit(1)  # the parent is gone


def main() -> None:
    """Decode one film for the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, too, and it is the parent that ends this
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not end up among the messages
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    limits = DecodeLimits(**request["limits"])
    limit_memory(limits.memory_bytes)
    cv2.setNumThreads(1)  # the other core belongs to FFmpeg and to the parent
    outbox = Outbox(pipe)
    try:
        _decode(Path(request["path"]), _options(request["options"]), limits, outbox)
    except FilmError as error:
        outbox.put(error_message(error))
    except MemoryError:
        text = f"{request['path']}: decoding needs more than the {limits.memory_bytes >> 20} MB that are allowed"
        outbox.put(error_message(DecoderCrashed(text)))
    except Exception as error:  # the edge of this process: what happened must not die with it
        outbox.put(error_message(DecoderCrashed(f"{request['path']}: the decoding process failed with {type(error).__name__}: {error}")))
    outbox.close()


def _decode(path: Path, options: DecodeOptions, limits: DecodeLimits, outbox: Outbox) -> None:
    stream: FilmStream | None = None

    def beat() -> None:
        if outbox.is_quiet:
            outbox.put(Message(Kind.ALIVE, stream.position_ms if stream else 0, {}))

    stream = FilmStream(path, options, limits, beat)
    outbox.put(Message(Kind.FACTS, 0, facts_body(stream.facts)))
    for frames in stream:
        outbox.put(shot_message(frames, stream.position_ms))
    report = stream.report()
    outbox.put(Message(Kind.REPORT, report.duration_ms, asdict(report)))


def limit_memory(wanted: int) -> None:
    """Let the data of this process grow to so many bytes."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _options(body: dict[str, Any]) -> DecodeOptions:
    return DecodeOptions(**(body | {"precision": Precision(body["precision"]), "decoder": Decoder(body["decoder"])}))


def error_message(error: FilmError) -> Message:
    """An error on its way to the parent."""
    return Message(Kind.ERROR, 0, {"name": type(error).__name__, "text": str(error)})


def _end_with_parent() -> None:
    while os.read(0, 1):  # ends when the parent closes its end, or dies
        pass
    os._exit(1)
