"""Unix sockets, and the messages on them: lengths, a JSON header, raw bytes. Nothing is ever unpickled."""

import json
import os
import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAGIC = b"MTI2"  # the protocol and its version
LENGTHS = struct.Struct("<4sII")  # magic, bytes of the header, bytes of the body
MAX_HEADER = 1 << 16  # bytes; more is no message of ours
MAX_BODY = 20 << 20  # 64 pictures for the network are 17 MB
LONGEST_ADDRESS = 100  # bytes; the system takes 107


class ProtocolError(Exception):
    """What came is no message of ours."""


@dataclass(frozen=True)
class Message:
    """A header and the bytes that it describes."""

    header: Mapping[str, Any]
    body: bytes | bytearray | memoryview = b""


def send(connection: socket.socket, message: Message) -> None:
    """Send a whole message."""
    header = json.dumps(message.header).encode()
    connection.sendall(LENGTHS.pack(MAGIC, len(header), len(message.body)) + header)
    if message.body:
        connection.sendall(message.body)


def receive(connection: socket.socket) -> Message | None:
    """The next message; None where the other side has closed between messages."""
    first = connection.recv(1)
    if not first:
        return None
    magic, header_bytes, body_bytes = LENGTHS.unpack(first + _exactly(connection, LENGTHS.size - 1))
    if magic != MAGIC:
        raise ProtocolError(f"it begins with {magic!r} in place of {MAGIC!r}")
    if header_bytes > MAX_HEADER or body_bytes > MAX_BODY:
        raise ProtocolError(f"a header of {header_bytes} and a body of {body_bytes} bytes; at most {MAX_HEADER} and {MAX_BODY} are taken")
    try:
        header = json.loads(_exactly(connection, header_bytes))
    except ValueError as error:
        raise ProtocolError(f"its header is no JSON: {error}") from error
    if not isinstance(header, dict):
        raise ProtocolError("its header is no JSON object")
    return Message(header, _exactly(connection, body_bytes))


def _exactly(connection: socket.socket, count: int) -> bytearray:
    data = bytearray(count)
    rest = memoryview(data)
    while rest:
        got = connection.recv_into(rest)
        if got == 0:
            raise ConnectionResetError("the other side closed in the middle of a message")
        rest = rest[got:]
    return data


@contextmanager
def address_of(path: Path) -> Iterator[str]:
    """An address for `path` that fits into the system's 107 bytes, by way of the folder's descriptor where it is longer."""
    if len(os.fsencode(path)) <= LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def connect(path: Path, timeout: float | None) -> socket.socket:
    """Connect to the socket at `path`. Raises OSError."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        with address_of(path) as address:
            connection.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection


def listen(path: Path, mode: int, backlog: int) -> socket.socket:
    """Listen at `path`, in place of a socket that nobody listens on any more. Raises OSError; FileExistsError where somebody does."""
    if _answers(path):
        raise FileExistsError(f"{path}: another process listens here already")
    # A name of its own first: there is never a moment at which a wrong mode or a socket without a listener is met.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address_of(unfinished) as address:
            listener.bind(address)
        unfinished.chmod(mode)
        listener.listen(backlog)
        unfinished.replace(path)
    except BaseException:
        listener.close()
        unfinished.unlink(missing_ok=True)
        raise
    return listener


def _answers(path: Path) -> bool:
    try:
        connect(path, timeout=1.0).close()
    except OSError as error:
        return isinstance(error, TimeoutError | BlockingIOError)  # too busy to take another one
    return True
