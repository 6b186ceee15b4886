"""What routes are handed: the service's parts, and what is named in addresses."""

from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import AfterValidator, Field

from service.context import Service
from service.errors import NotFound
from service.store.movie_list import is_storable

TAG, TAGS_WITH_COMMAS = "tag", "tags"  # formats that the OpenAPI document fills in with the vocabulary
MOVIE_ID = "mov_0191d1f0c3a27b5e9f04a1c2d3e4f506"  # for examples


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


def known_movie_id(value: str) -> str:
    """An id that no database is asked for in vain."""
    if not value.startswith("mov_") or not value.isascii() or not value.isprintable():
        raise NotFound(f"There is no movie {value!r}; GET /v1/movies lists them.")
    return value


def _storable(value: str) -> str:
    if not is_storable(value):
        raise ValueError("must be text without NUL")
    return value


ServiceDep = Annotated[Service, Depends(_service)]
MovieId = Annotated[str, AfterValidator(known_movie_id), Path(description="The movie's id.", examples=[MOVIE_ID])]
PlainText = Annotated[str, AfterValidator(_storable)]  # text that both databases can keep
TagId = Annotated[PlainText, Field(max_length=80, json_schema_extra={"format": TAG})]
