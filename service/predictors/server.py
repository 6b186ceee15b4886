"""The inference process: loads the networks once and answers everybody on this machine, on a Unix socket.

`python -m service.predictors.server SOCKET` runs it; clients are `service.predictors.remote`.
"""

import argparse
import contextlib
import logging
import math
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import wait
from functools import partial
from pathlib import Path
from typing import Any

from service.errors import MovieTaggerError
from service.models import AGAIN_SECONDS, Model, ModelInUse, model_at
from service.predictors.batching import Batcher, Networks, Request
from service.predictors.predictions import Predictions
from service.predictors.requests import Refused, answer_message, request_from
from service.predictors.sockets import Message, ProtocolError, listen, receive, send
from service.processes import die_with_parent

SOCKET_MODE = 0o600
MOST_CLIENTS = 64
MESSAGE_SECONDS = 30.0  # a client may take for one message
BEAT_SECONDS = 1.0  # between signs of life for a client that waits
LOOK_SECONDS = 0.2  # between looks at whether to stop
STOP_SECONDS = 5.0  # for what is queued, when stopping
log = logging.getLogger(__name__)


def run_inference_server(
    socket_path: Path,
    *,
    stop: threading.Event | None = None,
    models: Path | None = None,
    load: Callable[[Model], Networks] | None = None,
    mode: int = SOCKET_MODE,
) -> None:
    """Answer at `socket_path` until `stop` is set, with the model in use; `models` is the folder of the installed ones.

    `load` gives a model's networks; the socket answers `health` while they are loaded, also when another model is taken up.
    A socket left by a killed process is replaced. Raises BundleError, and OSError where the socket cannot be made.
    A process that ends after this with OpenVINO loaded should do so by os._exit, as `main` does.
    """
    stop, load, in_use = stop or threading.Event(), load or _networks, ModelInUse(models)
    socket_path.parent.mkdir(parents=True, exist_ok=True)
    with listen(socket_path, mode, MOST_CLIENTS) as listener:
        place = socket_path.stat().st_ino
        try:
            _serve_models(listener, stop, in_use, load)
        finally:
            _remove(socket_path, place)


def _serve_models(listener: socket.socket, stop: threading.Event, in_use: ModelInUse, load: Callable[[Model], Networks]) -> None:
    """One model after the other. Where the files of the next one are damaged the former stays, and is tried again in a while."""
    model, again_at = in_use.now(), math.inf
    networks = load(model)
    while True:
        InferenceServer(networks).run(listener, partial(_is_over, stop, in_use, model, again_at))
        if stop.is_set():
            return
        model, again_at = in_use.now(), math.inf
        try:
            networks = load(model)
        except MovieTaggerError as error:
            log.error("%s is not taken up, the former model stays: %s", model.title, error)
            again_at = time.monotonic() + AGAIN_SECONDS


def _is_over(stop: threading.Event, in_use: ModelInUse, model: Model, again_at: float) -> bool:
    return stop.is_set() or in_use.now() is not model or time.monotonic() >= again_at


def _networks(model: Model) -> Networks:
    from service.predictors.tagger import Tagger  # OpenVINO, which this module's readers may not need

    return Tagger(model_at(model.bundle.folder).bundle, model.vocabulary)


def _remove(path: Path, place: int) -> None:
    """Remove our socket, not that of a process that has taken our place."""
    try:
        if path.stat().st_ino == place:
            path.unlink()
    except FileNotFoundError:
        pass


class InferenceServer:
    """A thread for each client; one for the networks."""

    def __init__(self, networks: Networks) -> None:
        self._bundle = networks.bundle
        self._batcher = Batcher(networks)
        self._clients: set[socket.socket] = set()
        self._began = time.monotonic()

    def run(self, listener: socket.socket, is_over: Callable[[], bool]) -> None:
        """Take clients until it `is_over`. Raises what loading the networks raised."""
        try:
            while not is_over():
                if self._batcher.failure is not None:
                    raise self._batcher.failure
                if select.select([listener], [], [], LOOK_SECONDS)[0]:
                    self._take(listener.accept()[0])
        finally:
            self._batcher.close(STOP_SECONDS)
            for client in list(self._clients):
                _hang_up(client)

    def health(self) -> dict[str, Any]:
        """What monitoring wants to know."""
        counts = self._batcher.counts
        return {
            "ok": True,
            "model": self._bundle.name,
            "version": self._bundle.version,
            "loaded": self._batcher.loaded.is_set(),
            "pid": os.getpid(),
            "clients": len(self._clients),
            "waiting": self._batcher.waiting,
            "requests": counts.requests,
            "frames": counts.frames,
            "seconds": round(counts.seconds, 3),
            "uptime_seconds": round(time.monotonic() - self._began, 1),
        }

    def _take(self, client: socket.socket) -> None:
        if len(self._clients) >= MOST_CLIENTS:
            client.close()  # it comes again
            return
        self._clients.add(client)
        threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            while _comes(client) and (message := receive(client)) is not None:
                self._answer(client, message)
        except ProtocolError as error:
            _tell(client, f"no message of this protocol: {error}")
        except OSError:
            pass  # the client is gone
        finally:
            self._clients.discard(client)
            client.close()

    def _answer(self, client: socket.socket, message: Message) -> None:
        operation = message.header.get("op")
        try:
            if operation == "health":
                send(client, Message(self.health()))
            elif operation == "predict":
                send(client, answer_message(self._predictions(client, request_from(message, self._bundle))))
            else:
                raise Refused(f"an operation {operation!r}; there are 'predict' and 'health'")
        except Refused as error:
            send(client, Message({"ok": False, "text": str(error)}))

    def _predictions(self, client: socket.socket, request: Request) -> Predictions:
        """Wait for the networks, and let the client know that we live. Raises Refused."""
        answer = self._batcher.submit(request)
        try:
            while not wait([answer], BEAT_SECONDS).done:
                send(client, Message({"waiting": True}))
        except OSError:
            answer.cancel()
            raise
        error = answer.exception()
        if error is not None:
            raise Refused(f"the networks failed with {type(error).__name__}: {error}")
        return answer.result()


def _comes(client: socket.socket) -> bool:
    """Wait for a message as long as it takes; it must come whole within its time."""
    poll = select.poll()
    poll.register(client, select.POLLIN)
    client.settimeout(MESSAGE_SECONDS)
    return bool(poll.poll())


def _tell(client: socket.socket, text: str) -> None:
    with contextlib.suppress(OSError):
        send(client, Message({"ok": False, "text": text}))


def _hang_up(client: socket.socket) -> None:
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run as a process of its own; SIGTERM and SIGINT end it in good order."""
    parser = argparse.ArgumentParser(prog="service.predictors.server", description="Answer predictions on a Unix socket.")
    parser.add_argument("socket", type=Path)
    parser.add_argument("--mode", type=lambda text: int(text, 8), default=SOCKET_MODE, help="of the socket, octal (default: 600)")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="of the installed models (default: the shipped model alone)")
    parser.add_argument("--parent", type=int, metavar="PID", help="end when this process, which started this one, ends")
    given = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if given.parent is not None:
        die_with_parent(given.parent)
    try:
        run_inference_server(given.socket.absolute(), stop=stop, models=given.models, mode=given.mode)
    except (MovieTaggerError, OSError) as error:
        raise SystemExit(str(error)) from error
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # OpenVINO's threads now and then abort the process while the interpreter is taken down


if __name__ == "__main__":
    main()
