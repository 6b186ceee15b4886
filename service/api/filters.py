"""Which films are meant: the filter that the list, exports, deletions and retags share."""

from collections.abc import Collection
from typing import Annotated

import anyio
from fastapi import Depends, Query

from service.api.deps import PlainText, ServiceDep, TagId
from service.context import Service
from service.store import movie_list
from service.store.movie_list import MovieFilter
from service.store.tables import State
from service.tags import Vocabulary

MOST_TAGS = 20
FILTERS = frozenset({"tag", "min_score", "q", "state", "external_id"})

TagQuery = Annotated[
    list[TagId],
    Query(max_length=MOST_TAGS, description="Films with this tag; give it again for films with all of several.", examples=[["war"]]),
]
ScoreQuery = Annotated[
    float | None,
    Query(ge=0, le=1, allow_inf_nan=False, description="The tags' least score; without it the film's own set of tags decides."),
]
TextQuery = Annotated[
    PlainText | None, Query(min_length=1, max_length=200, description="Text in the title, in upper or lower case.", examples=["harbour"])
]


def check_tags(vocabulary: Vocabulary, tags: list[str], others: Collection[str] = ()) -> tuple[str, ...]:
    """Each once; `others` are allowed beside the vocabulary's, as films have them that another model tagged.

    Raises UnknownTag, which names close ones.
    """
    for tag in tags:
        if tag not in others:
            vocabulary.index(tag)
    return tuple(dict.fromkeys(tags))


def check_library_tags(service: Service, tags: list[str]) -> tuple[str, ...]:
    """The same for tags of the vocabulary or of any film; asks the database for those that the vocabulary does not have."""
    vocabulary = service.vocabulary
    strange = [tag for tag in tags if tag not in vocabulary.ids]
    if not strange:
        return check_tags(vocabulary, tags)
    with service.database.read() as session:
        return check_tags(vocabulary, tags, movie_list.known_tags(session, strange))


async def _filter(
    service: ServiceDep,
    tag: TagQuery = [],  # noqa: B006  # FastAPI copies it
    min_score: ScoreQuery = None,
    q: TextQuery = None,
    state: Annotated[State | None, Query(description="Films in this state.")] = None,
    external_id: Annotated[PlainText | None, Query(max_length=500, description="Films with this id of yours.")] = None,
) -> MovieFilter:
    known = service.vocabulary.ids
    tags = await anyio.to_thread.run_sync(check_library_tags, service, tag) if set(tag) - set(known) else tuple(dict.fromkeys(tag))
    return MovieFilter(tags=tags, min_score=min_score, text=q, state=state, external_id=external_id)


FilterDep = Annotated[MovieFilter, Depends(_filter)]
