"""Decoding in a child process: a film that crashes or hangs its decoder fails alone, with one clear sentence."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from service import errors
from service.background import POLL_SECONDS, Cancelled, refuse_cancelled
from service.errors import DecoderCrashed, DecoderStalled, FilmError
from service.records import DecodeReport, FilmFacts, ShotFrames
from service.video.options import DecodeLimits as DecodeLimits
from service.video.options import DecodeOptions as DecodeOptions
from service.video.wire import Kind, Message, facts_from, read_message, report_from, shot_from

SOURCE_ROOT = Path(__file__).resolve().parents[2]  # where the child finds the same `service` as this process
# Behind the standard library, before what is installed: the child runs this very source, whatever else is called `service`.
BOOT = """
import importlib, sys
places = [place for place, folder in enumerate(sys.path) if folder.endswith("-packages")]
sys.path.insert(min(places, default=len(sys.path)), sys.argv[1])
importlib.import_module(sys.argv[2]).main()
"""
READ_BYTES = 1 << 20  # at once
PIPE_BYTES = 1 << 20  # asked of the system, where it can be asked


@contextmanager
def open_film(
    path: Path, options: DecodeOptions, limits: DecodeLimits | None = None, cancelled: Cancelled | None = None
) -> Iterator["DecodedFilm"]:
    """Start decoding `path`; the child process ends with the block, whatever ends it.

    `cancelled` is asked several times a second while one waits for the child. Raises TaggingCancelled when it says so.
    """
    limits = limits or DecodeLimits()
    process = start_child("service.video.child")
    try:
        _send_request(process, path, options, limits)
        yield DecodedFilm(path, process, limits, cancelled)
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # a request that a child did not live to read
                    pipe.close()
        process.wait()


class DecodedFilm:
    """A film that is decoded in another process while one iterates over its shots, once."""

    def __init__(self, path: Path, process: "subprocess.Popen[bytes]", limits: DecodeLimits, cancelled: Cancelled | None = None) -> None:
        self.position_ms = 0  # presentation time that the decoder has reached
        self._path = path
        self._process = process
        self._limits = limits
        self._cancelled = cancelled
        self._received = bytearray()
        self._report: DecodeReport | None = None
        self.facts: FilmFacts = facts_from(self._next(Kind.FACTS).body)

    @property
    def process_id(self) -> int:
        """Of the decoding process."""
        return self._process.pid

    @property
    def report(self) -> DecodeReport:
        """What happened; known when the iteration has ended."""
        if self._report is None:
            raise RuntimeError("the report of a film is known when its last shot was read")
        return self._report

    def __iter__(self) -> Iterator[ShotFrames]:
        while self._report is None:
            message = self._next(Kind.SHOT, Kind.REPORT)
            if message.kind is Kind.REPORT:
                self._report = report_from(message.body)
            else:
                yield shot_from(message)

    def _next(self, *kinds: Kind) -> Message:
        """The next message of these kinds; an error of the child is raised here as its own class."""
        while True:
            try:
                message = read_message(self._take)
            except (ValueError, KeyError) as error:
                raise DecoderCrashed(f"{self._path}: the decoding process sent what is no message") from error
            self.position_ms = max(self.position_ms, message.position_ms)
            if message.kind is Kind.ERROR:
                raise film_error(message)
            if message.kind in kinds:
                return message

    def _take(self, count: int) -> bytes:
        while len(self._received) < count:
            self._received += self._read()
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    def _read(self) -> bytes:
        """What has come from the child, waiting no longer than the stall limit."""
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        self._wait_for(pipe)
        data = os.read(pipe, READ_BYTES)
        if not data:
            raise DecoderCrashed(f"{self._path}: the decoding process {ending(self._process.wait())}")
        return data

    def _wait_for(self, pipe: int) -> None:
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        until = time.monotonic() + self._limits.stall_seconds
        refuse_cancelled(self._cancelled)
        while not poll.poll(1000 * min(POLL_SECONDS, max(0.0, until - time.monotonic()))):
            refuse_cancelled(self._cancelled)
            if time.monotonic() >= until:
                raise DecoderStalled(f"{self._path}: the decoder gave no sign for {self._limits.stall_seconds:g} s and was stopped")


def start_child(module: str) -> "subprocess.Popen[bytes]":
    """A fresh interpreter that runs `main` of a module of ours; -P keeps modules of the working folder out of it."""
    return subprocess.Popen(
        [sys.executable, "-P", "-c", BOOT, str(SOURCE_ROOT), module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # FFmpeg's remarks on every damaged frame
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        pipesize=PIPE_BYTES,
    )


def _send_request(process: "subprocess.Popen[bytes]", path: Path, options: DecodeOptions, limits: DecodeLimits) -> None:
    request = {"path": str(path), "options": asdict(options), "limits": asdict(limits)}
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        pass  # it died at once; reading from it tells how


def film_error(message: Message) -> FilmError:
    """The child's error as its own class."""
    error = getattr(errors, str(message.body["name"]), None)
    known = isinstance(error, type) and issubclass(error, FilmError)
    return (error if known else DecoderCrashed)(str(message.body["text"]))  # type: ignore[misc]


def ending(status: int) -> str:
    """How a process came to its end."""
    if status >= 0:
        return f"ended early with status {status}"
    return f"was ended by signal {signal.Signals(-status).name}, for example of its memory limit"
