"""The API's process: uvicorn with our application."""

import logging
import socket

import uvicorn

from service.api.exposure import check_exposure
from service.app import create_app
from service.context import Service, open_service
from service.errors import DatabaseUnavailable
from service.settings import Settings
from service.store.schema import check_schema

BACKLOG = 2048
GRACE_SECONDS = 10  # for answers under way when the process is asked to end
log = logging.getLogger(__name__)


def run_api(settings: Settings, socket_fd: int | None = None) -> None:
    """Answer requests until SIGTERM; with `socket_fd` on a socket that the parent listens on."""
    service = open_service(settings)
    try:
        _check(service)
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
        server = uvicorn.Server(config)
        if socket_fd is None:
            server.run()
        else:
            server.run(sockets=[socket.socket(fileno=socket_fd)])
    finally:
        service.close()


def _check(service: Service) -> None:
    """Refuse to start where it could not work; a database that is away may come back."""
    try:
        check_schema(service.database)
        check_exposure(service)
    except DatabaseUnavailable:
        log.warning("the database does not answer yet")
