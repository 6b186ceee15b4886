"""The way to the inference process: connections, patience while it is started, restarted or busy, and its health."""

import time
from pathlib import Path
from socket import socket
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.errors import InferenceUnavailable
from service.predictors.arrays import arrays_of
from service.predictors.facts import Bundle
from service.predictors.operations import Operation, T
from service.predictors.requests import request_message
from service.predictors.sockets import Message, ProtocolError, connect, receive, send

LARGEST_BYTES = 16 << 20  # of pictures in one request, unless one alone is larger
SILENCE_SECONDS = 10.0  # the server tells every second that it is alive
FIRST_PAUSE = 0.05  # seconds before a second try
LONGEST_PAUSE = 1.0


class InferenceClient:
    """Asks the inference process; threads may share it."""

    def __init__(self, socket_path: Path, patience_seconds: float) -> None:
        """Nothing is asked yet."""
        self._path = socket_path
        self._patience = patience_seconds
        self._idle: list[socket] = []  # connections that nobody uses at the moment

    def ask(self, operation: Operation[T], bundle: Bundle, rows: NDArray[np.uint8]) -> list[T]:
        """The answers for `rows`, in as many requests as keep each small: so others have their turn.

        A request that is lost with its process is sent again: the answer depends on nothing but the pictures. Raises
        InferenceUnavailable when nobody has answered for so long as there is patience, or the request is refused.
        """
        pictures = max(1, int(np.prod(rows.shape[1 : operation.lead])))  # of a row
        step = max(1, min(operation.most // pictures, LARGEST_BYTES * len(rows) // max(1, rows.nbytes)))
        return [self._ask(operation, bundle, rows[start : start + step]) for start in range(0, len(rows), step)]

    def close(self) -> None:
        """Close the connections; the next request opens one again."""
        while self._idle:
            self._idle.pop().close()

    def _ask(self, operation: Operation[T], bundle: Bundle, rows: NDArray[np.uint8]) -> T:
        message = request_message(operation, bundle, rows)
        patience = _Patience(self._patience)
        while True:
            try:
                return self._asked(message, operation, len(rows), patience)
            except (OSError, ProtocolError) as error:
                patience.wait(self._path, error)

    def _asked(self, message: Message, operation: Operation[T], rows: int, patience: "_Patience") -> T:
        """One try. Whatever happens to it, a connection is used again only after a whole answer."""
        connection = self._idle.pop() if self._idle else connect(self._path, SILENCE_SECONDS)
        try:
            send(connection, message)
            answer = operation.read(arrays_of(_answer(connection, patience)), rows)
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return answer


class _Patience:
    """How long to go on trying; every sign of life begins the time anew."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._pause = FIRST_PAUSE
        self.begin()

    def begin(self) -> None:
        self._until = time.monotonic() + self._seconds

    def wait(self, path: Path, error: Exception) -> None:
        """Pause before the next try. Raises InferenceUnavailable when the time is over."""
        left = self._until - time.monotonic()
        if left <= 0:
            text = f"The inference process at {path} has not answered for {self._seconds:g} s ({error}); start it, or look into its log."
            raise InferenceUnavailable(text) from error
        time.sleep(min(self._pause, left))
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


def _answer(connection: socket, patience: _Patience) -> Message:
    """The answer itself, past the signs of life that come before it."""
    while (message := receive(connection)) is not None:
        if message.header.get("ok") is True:
            return message
        if message.header.get("ok") is False:
            raise InferenceUnavailable(f"The inference process refused a request: {message.header.get('text')}")
        patience.begin()
    raise ConnectionResetError("it closed the connection")


def inference_health(socket_path: Path, timeout: float = 2.0) -> dict[str, Any]:
    """What the inference process says of itself: model, version, loaded, pid, its counts, and `tasks`, the same of each task.

    Raises InferenceUnavailable.
    """
    try:
        with connect(socket_path, timeout) as connection:
            send(connection, Message({"op": "health"}))
            answer = receive(connection)
    except (OSError, ProtocolError) as error:
        raise InferenceUnavailable(f"The inference process at {socket_path} does not answer: {error}") from error
    if answer is None:
        raise InferenceUnavailable(f"The inference process at {socket_path} closed the connection")
    return dict(answer.header)
