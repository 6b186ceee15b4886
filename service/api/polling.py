"""A short way for `GET /v1/movies/{movie_id}` without options, which many clients ask every second.

The route in service/api/results.py says the same and describes it; here nothing is parsed or validated that is not there.
"""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from service.api.auth import asking, check_scope
from service.api.deps import known_movie_id
from service.api.movies import movie_answer
from service.keys import READ

PATH = "/v1/movies/{movie_id}"


class PollingRoute(Route):
    """Takes what has no query; everything else goes on to the routes behind it."""

    def __init__(self) -> None:
        super().__init__(PATH, _answer, methods=["GET"], include_in_schema=False)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the request is one of the simple ones."""
        if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
            return Match.NONE, {}
        match, child = super().matches(scope)
        return match, {**child, "route": self}


async def _answer(request: Request) -> Response:
    check_scope(asking(request.scope), READ)
    movie_id = known_movie_id(request.path_params["movie_id"])
    return await run_in_threadpool(movie_answer, request.app.state.service, movie_id)
