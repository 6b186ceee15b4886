"""Pages of the smaller lists: how many, and where the next page begins; and ids that no database is asked for in vain."""

import base64
import binascii
from typing import Annotated

from fastapi import Query

from service.errors import BadCursor, NotFound
from service.store.movie_list import is_storable

MOST = 500

Limit = Annotated[int, Query(ge=1, le=MOST, description="Entries in a page.")]
Cursor = Annotated[str | None, Query(max_length=4000, description="`next_cursor` of the page before.")]


def cursor_at(place: str) -> str:
    """A cursor that stands behind an entry."""
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> str | None:
    """The place of an entry. Raises BadCursor for what no list gave out."""
    if cursor is None:
        return None
    try:
        place = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars="-_", validate=True).decode()
    except (binascii.Error, ValueError):
        place = "\0"
    if not place or not is_storable(place):
        raise BadCursor("The cursor is none of this list's; begin again without it, and go on with `next_cursor` of the answer.")
    return place


def check_id(value: str, prefix: str, what: str, where: str) -> str:
    """An id of the right kind. Raises NotFound."""
    if not value.startswith(prefix) or not value.isascii() or not value.isprintable():
        raise NotFound(f"There is no {what} {value!r}; GET {where} lists them.")
    return value
