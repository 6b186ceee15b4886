"""The inference process: loads the networks once and answers everybody on this machine, on a Unix socket.

`python -m service.predictors.server SOCKET` runs it; clients are `service.predictors.remote`.
"""

import argparse
import contextlib
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from functools import partial
from pathlib import Path
from typing import Any

from service.errors import MovieTaggerError
from service.model_in_use import ModelInUse
from service.models import KINDS, TAGGERS, Installed
from service.predictors.arrays import Arrays, with_arrays
from service.predictors.batching import Networks
from service.predictors.desk import Desk
from service.predictors.facts import TAGGER
from service.predictors.requests import Refused, operation_of
from service.predictors.sockets import Message, ProtocolError, listen, receive, send
from service.processes import die_with_parent

SOCKET_MODE = 0o600
MOST_CLIENTS = 64
MESSAGE_SECONDS = 30.0  # a client may take for one message
BEAT_SECONDS = 1.0  # between signs of life for a client that waits
LOOK_SECONDS = 0.2  # between looks at whether to stop
STOP_SECONDS = 5.0  # for what is queued, when stopping


def run_inference_server(
    socket_path: Path,
    *,
    stop: threading.Event | None = None,
    models: Path | None = None,
    load: Callable[[Installed[Any]], Networks] | None = None,
    mode: int = SOCKET_MODE,
) -> None:
    """Answer at `socket_path` until `stop` is set, with the models in use; `models` is the folder of the installed ones.

    `load` gives a model's networks: the tagger's at once, the others at the first request for them. The socket answers `health`
    meanwhile. A socket left by a killed process is replaced. Raises BundleError where the tagger cannot be loaded, and OSError
    where the socket cannot be made. A process that ends after this with OpenVINO loaded should do so by os._exit, as `main` does.
    """
    stop, load, tagger = stop or threading.Event(), load or _networks, ModelInUse(models, TAGGERS)
    desks = {kind.task: Desk(kind.task, partial(ModelInUse, models, kind), load) for kind in KINDS}
    desks[TAGGER] = Desk(TAGGER, lambda: tagger, load)
    socket_path.parent.mkdir(parents=True, exist_ok=True)
    with listen(socket_path, mode, MOST_CLIENTS) as listener:
        place = socket_path.stat().st_ino
        try:
            InferenceServer(desks).run(listener, stop)
        finally:
            _remove(socket_path, place)


def _networks(model: Installed[Any]) -> Networks:
    from service.predictors.loading import networks_of  # OpenVINO, which this module's readers may not need

    return networks_of(model)


def _remove(path: Path, place: int) -> None:
    """Remove our socket, not that of a process that has taken our place."""
    try:
        if path.stat().st_ino == place:
            path.unlink()
    except FileNotFoundError:
        pass


class InferenceServer:
    """A thread for each client; one for the networks of each task."""

    def __init__(self, desks: Mapping[str, Desk]) -> None:
        self._desks = desks
        self._clients: set[socket.socket] = set()
        self._began = time.monotonic()

    def run(self, listener: socket.socket, stop: threading.Event) -> None:
        """Take clients until `stop` is set. Raises why the tagger cannot be loaded, where there is no former one."""
        tagger = self._desks[TAGGER]
        try:
            tagger.begin()
            while not stop.is_set():
                if tagger.is_lost and tagger.failure is not None:
                    raise tagger.failure
                if select.select([listener], [], [], LOOK_SECONDS)[0]:
                    self._take(listener.accept()[0])
                for desk in self._desks.values():
                    desk.look()
        finally:
            until = time.monotonic() + STOP_SECONDS  # for all: they finish at the same time
            for desk in self._desks.values():
                desk.close(max(0.0, until - time.monotonic()))
            for client in list(self._clients):
                _hang_up(client)

    def health(self) -> dict[str, Any]:
        """What monitoring wants to know: of the tagger, of this process, and of each task."""
        tasks = {task: desk.health() for task, desk in self._desks.items()}
        own = {"pid": os.getpid(), "clients": len(self._clients), "uptime_seconds": round(time.monotonic() - self._began, 1)}
        return {"ok": True, **tasks[TAGGER], **own, "tasks": tasks}

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
        try:
            if message.header.get("op") == "health":
                send(client, Message(self.health()))
            else:
                operation = operation_of(message)
                answer = self._desks[operation.task].submit(operation, message)
                send(client, with_arrays({"ok": True}, self._found(client, answer)))
        except Refused as error:
            send(client, Message({"ok": False, "text": str(error)}))

    def _found(self, client: socket.socket, answer: "Future[Arrays]") -> Arrays:
        """Wait for the networks, and let the client know that we live. Raises Refused."""
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
