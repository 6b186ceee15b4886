"""The page: static files of `service/web`, to be had without a key, and asked for anew at every visit so that an update shows at once."""

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.api.auth import PAGE, PAGE_FILES

WEB = Path(__file__).parent.parent / "web"
HEADERS = {
    # Nothing from elsewhere, nothing inline, and no text ever becomes markup.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "Cache-Control": "no-cache",
}


class PageFiles(StaticFiles):
    """Static files with the page's own headers, also on "not changed": a browser takes those over."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """A file of the page."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(HEADERS)
        return response


def add_page(app: FastAPI) -> None:
    """The page at PAGE, what it is made of below PAGE_FILES."""
    files = PageFiles(directory=WEB)

    async def index(request: Request) -> Response:
        return await files.get_response("index.html", request.scope)

    async def file(request: Request) -> Response:
        return await files.get_response(request.path_params["path"], request.scope)

    app.add_route(PAGE, index, methods=["GET", "HEAD"], include_in_schema=False)
    # Not mounted: a mounted application takes the prefix of a proxy that takes it off itself for part of the file's name.
    app.add_route(f"{PAGE_FILES}{{path:path}}", file, methods=["GET", "HEAD"], include_in_schema=False)
