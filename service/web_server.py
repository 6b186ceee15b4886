"""The API's process: uvicorn with our application."""

import gc
import logging
import socket
import sys
import threading
import time

import uvicorn

from service.api.exposure import check_exposure
from service.app import create_app
from service.context import Service, open_service
from service.errors import DatabaseUnavailable, SettingsError
from service.settings import Settings
from service.store.schema import check_schema

BACKLOG = 2048
SWITCH_SECONDS = 0.0005  # threads that hash and write films give way to the answering one ten times sooner than by default
LOOK_SECONDS = 1.0  # between looks at whether the database is there
GRACE_SECONDS = 10  # for answers under way when the process is asked to end
log = logging.getLogger(__name__)


def run_api(settings: Settings, socket_fd: int | None = None) -> None:
    """Answer requests until SIGTERM; with `socket_fd` on a socket that the parent listens on. Raises SettingsError."""
    sys.setswitchinterval(SWITCH_SECONDS)
    service = open_service(settings)
    try:
        config = uvicorn.Config(
            create_app(service),
            host=settings.host,
            port=settings.port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # believed from trusted proxies alone, by our own middleware
            timeout_graceful_shutdown=GRACE_SECONDS,
            backlog=BACKLOG,
        )
        config.load()
        gc.collect()
        gc.freeze()  # what is there now stays; looking through it again and again would hold up every request
        server = uvicorn.Server(config)
        checks = StartChecks(service, server)
        if not checks.done():
            threading.Thread(target=checks.until_done, daemon=True).start()
        server.run(sockets=None if socket_fd is None else [socket.socket(fileno=socket_fd)])
        if checks.refusal:
            raise checks.refusal
    finally:
        service.close()


class StartChecks:
    """What must be right before the service may be used; looked at again while the database is away, and answers are 503."""

    def __init__(self, service: Service, server: uvicorn.Server) -> None:
        self.refusal: SettingsError | None = None
        self._service = service
        self._server = server

    def done(self) -> bool:
        """Whether the database could be asked. Raises SettingsError."""
        try:
            check_schema(self._service.database)
            check_exposure(self._service)
        except DatabaseUnavailable:
            return False
        return True

    def until_done(self) -> None:
        """End the server when something is found to be wrong."""
        log.warning("the database does not answer yet")
        try:
            while not self.done():
                time.sleep(LOOK_SECONDS)
        except SettingsError as error:
            self.refusal = error
            self._server.should_exit = True
