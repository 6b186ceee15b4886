"""What routes are handed: the service's parts, and who is asking."""

from typing import Annotated

from fastapi import Depends, Request

from service.context import Service


def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


ServiceDep = Annotated[Service, Depends(_service)]
