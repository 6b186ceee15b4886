"""A tagger that lives in the inference process: the same answers, and no network in this one."""

import time
from pathlib import Path
from socket import socket
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.errors import InferenceUnavailable
from service.predictors.bundle import TaggerBundle
from service.predictors.predictions import Predictions
from service.predictors.requests import MAX_PICTURES, model_of, predict_message, predictions_from
from service.predictors.sockets import Message, ProtocolError, connect, receive, send
from service.tags import Vocabulary

CHUNK_PICTURES = 32  # in one request; smaller ones let others have their turn
SILENCE_SECONDS = 10.0  # the server tells every second that it is alive
FIRST_PAUSE = 0.05  # seconds before a second try
LONGEST_PAUSE = 1.0


class RemoteTagger:
    """Asks the inference process; waits while it is started, restarted or busy. May be shared by threads."""

    def __init__(
        self,
        bundle: TaggerBundle,
        vocabulary: Vocabulary,
        socket_path: Path,
        *,
        sensitive: bool = True,
        patience_seconds: float = 60.0,
    ) -> None:
        """Nothing is asked yet. `bundle` must be the one that the process has loaded: it refuses others."""
        self.bundle = bundle
        self.vocabulary = vocabulary
        self._path = socket_path
        self._sensitive = sensitive
        self._patience = patience_seconds
        self._idle: list[socket] = []  # connections that nobody uses at the moment

    def predict(self, views: NDArray[np.uint8]) -> Predictions:
        """Score frames given as `views` (frames, views, side, side, 3), RGB.

        A request that is lost with its process is sent again: the answer depends on nothing but the pictures.
        Raises InferenceUnavailable when nobody has answered for `patience_seconds`, or the request is refused.
        """
        step = max(1, CHUNK_PICTURES // views.shape[1])
        if views.shape[1] > MAX_PICTURES:
            raise ValueError(f"{views.shape[1]} views a frame; at most {MAX_PICTURES} are taken")
        parts = [self._predict(views[start : start + step]) for start in range(0, len(views), step)]
        return Predictions(np.concatenate([part.scores for part in parts]), np.concatenate([part.features for part in parts]))

    def close(self) -> None:
        """Close the connections; the next prediction opens one again."""
        while self._idle:
            self._idle.pop().close()

    def _predict(self, views: NDArray[np.uint8]) -> Predictions:
        message = predict_message(views, model_of(self.bundle), sensitive=self._sensitive)
        patience = _Patience(self._patience)
        while True:
            try:
                return self._asked(message, views, patience)
            except (OSError, ProtocolError) as error:
                patience.wait(self._path, error)

    def _asked(self, message: Message, views: NDArray[np.uint8], patience: "_Patience") -> Predictions:
        """One try. Whatever happens to it, a connection is used again only after a whole answer."""
        connection = self._idle.pop() if self._idle else connect(self._path, SILENCE_SECONDS)
        try:
            send(connection, message)
            answer = _answer(connection, patience)
            predictions = predictions_from(answer, views, len(self.vocabulary))
        except BaseException:
            connection.close()
            raise
        self._idle.append(connection)
        return predictions


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
    """What the inference process says of itself: model, version, loaded, pid, and its counts. Raises InferenceUnavailable."""
    try:
        with connect(socket_path, timeout) as connection:
            send(connection, Message({"op": "health"}))
            answer = receive(connection)
    except (OSError, ProtocolError) as error:
        raise InferenceUnavailable(f"The inference process at {socket_path} does not answer: {error}") from error
    if answer is None:
        raise InferenceUnavailable(f"The inference process at {socket_path} closed the connection")
    return dict(answer.header)
