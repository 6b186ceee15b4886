"""What people say of tags at frames: said, listed, taken back, exported for training."""

import logging
import threading
from collections.abc import Generator
from itertools import chain
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Body, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from service import errors, feedback
from service.api.auth import ReaderKey, WriterKey
from service.api.bodies import moment
from service.api.body import STALL_SECONDS, ClientGone
from service.api.deps import MOVIE_ID, MovieId, ServiceDep, TagId
from service.api.film_file import disposition
from service.api.filters import check_library_tags
from service.api.openapi import answer, plain, problems
from service.api.pages import Cursor, Limit, check_id, cursor_at, read_cursor
from service.api.schemas import Answer, Milliseconds
from service.feedback import FeedbackFilter, Verdict
from service.store.tables import Feedback

FEEDBACK_ID = "fbk_0191d1f0c3a27b5e9f04a1c2d3e4f506"
EXAMPLE: dict[str, Any] = {
    "id": FEEDBACK_ID,
    "movie": MOVIE_ID,
    "frame": 4,
    "time_ms": 13240,
    "tag": "war",
    "verdict": "wrong",
    "created_at": "2026-11-03T09:12:40.250Z",
    "updated_at": "2026-11-03T09:12:40.250Z",
    "image": f"/v1/movies/{MOVIE_ID}/frames/4/image",
}
PAGE = {"feedback": [EXAMPLE], "next_cursor": None}
EXPORTS_AT_ONCE = 4
EXPORT_NAME = "corrections.zip"
log = logging.getLogger(__name__)
router = APIRouter(prefix="/v1", tags=["feedback"])

FeedbackId = Annotated[
    str,
    AfterValidator(lambda value: check_id(value, "fbk_", "feedback", "/v1/feedback")),
    Path(description="The feedback's id.", examples=[FEEDBACK_ID]),
]


class ExportDesk:
    """What exports share: how many there are, and whose turn it is to decode a frame."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self._places = threading.BoundedSemaphore(EXPORTS_AT_ONCE)

    def enter(self) -> None:
        """Take a place. Raises TooManyRequests."""
        if not self._places.acquire(blocking=False):
            raise errors.TooManyRequests(f"{EXPORTS_AT_ONCE} exports are being made; try again when one is done.", retry_after=10)

    def leave(self) -> None:
        """Give the place back."""
        self._places.release()


class FeedbackIn(BaseModel):
    """A tag and what is true of it at this frame."""

    model_config = ConfigDict(extra="forbid")

    tag: TagId
    verdict: Verdict = Field(description="`right`: it is there; `wrong`: it is not; `missing`: it is there and was not found.")


class FeedbackOut(Answer):
    """What somebody said."""

    id: str
    movie: str
    frame: int | None = Field(description="The frame's number in the film's result of now; null where that has no such frame.")
    time_ms: Milliseconds
    tag: str
    verdict: Verdict
    created_at: str
    updated_at: str = Field(description="Later than `created_at` where another verdict was given since.")
    image: str | None = Field(description="Address of the frame's picture.")


class FeedbackPage(Answer):
    """A page of feedback."""

    feedback: list[FeedbackOut]
    next_cursor: str | None


@router.post(
    "/movies/{movie_id}/frames/{number}/feedback",
    summary="Say whether a tag is right",
    status_code=201,
    responses=answer(FeedbackOut, "Stored.", EXAMPLE, 201)
    | answer(FeedbackOut, "There was a verdict on this tag at this frame: this one stands now.", EXAMPLE)
    | problems(errors.NotFound, errors.NoResultYet, errors.UnknownTag, errors.InvalidRequest),
)
def give_feedback(
    movie_id: MovieId,
    number: Annotated[int, Path(ge=0, le=10**9, description="The frame's number, from 0.")],
    service: ServiceDep,
    _caller: WriterKey,
    said: Annotated[FeedbackIn, Body(openapi_examples={"wrong": {"value": {"tag": "war", "verdict": "wrong"}}})],
) -> Response:
    """One verdict a tag and frame: another one takes its place, the same one again changes nothing.

    It belongs to the moment of the film, not to the frame's number: it stays when the film is tagged anew.
    """
    given = feedback.give(service, movie_id, number, said.tag, said.verdict)
    return JSONResponse(_body(given.feedback, service.settings.root_path), 201 if given.is_new else 200)


@router.get(
    "/movies/{movie_id}/feedback",
    summary="Feedback on a film",
    responses=answer(FeedbackPage, "A page of it, newest first.", PAGE)
    | problems(errors.NotFound, errors.InvalidRequest, errors.BadCursor),
)
def list_movie_feedback(movie_id: MovieId, service: ServiceDep, _caller: ReaderKey, limit: Limit = 500, cursor: Cursor = None) -> Response:
    """Newest first."""
    found = feedback.list_of_movie(service.database, movie_id, limit + 1, read_cursor(cursor))
    return _page(found, limit, service.settings.root_path)


@router.get(
    "/feedback",
    summary="Feedback on all films",
    responses=answer(FeedbackPage, "A page of it, newest first.", PAGE)
    | problems(errors.UnknownTag, errors.InvalidRequest, errors.BadCursor),
)
def list_feedback(
    service: ServiceDep,
    _caller: ReaderKey,
    tag: Annotated[TagId | None, Query(description="On this tag.", examples=["war"])] = None,
    verdict: Annotated[Verdict | None, Query(description="Of this kind.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Newest first."""
    if tag is not None and not feedback.is_named(service.database, tag):
        check_library_tags(service, [tag])
    wanted = FeedbackFilter(tag=tag, verdict=verdict)
    found = feedback.list_feedback(service.database, wanted, limit + 1, read_cursor(cursor))
    return _page(found, limit, service.settings.root_path)


@router.get(
    "/feedback/export",
    summary="All feedback with its pictures",
    response_class=Response,
    responses=plain("A ZIP that training reads.", "application/zip", Content_Disposition="A name for it.")
    | problems(errors.StorageUnavailable),
)
def export_feedback(request: Request, service: ServiceDep, _caller: ReaderKey) -> Response:
    """Streamed: `manifest.csv`, `frames/*.jpg`, `tags.yaml`; docs/api.md tells what is in them.

    Pictures are taken out of the films themselves, one at a time, which takes a second or so for each.
    """
    # The decoder's libraries are many, and nothing else here needs them.
    from service.corrections import corrections_zip

    desk: ExportDesk = request.app.state.exports
    desk.enter()
    pieces = corrections_zip(service, desk.turn)
    try:
        first = next(pieces)
        return ExportResponse(desk, first, pieces)
    except BaseException:
        desk.leave()
        raise


class ExportResponse(StreamingResponse):
    """Sends an export, and ends it and what it has open also when the client goes in the middle or takes nothing any more."""

    def __init__(self, desk: ExportDesk, first: bytes, rest: Generator[bytes], stall_seconds: float = STALL_SECONDS) -> None:
        self._desk, self._rest, self._stall_seconds = desk, rest, stall_seconds
        headers = {"Content-Disposition": disposition("attachment", EXPORT_NAME)}
        super().__init__(chain((first,), rest), headers=headers, media_type="application/zip")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application."""

        async def send_in_time(message: Message) -> None:
            with anyio.move_on_after(self._stall_seconds) as waiting:
                await send(message)
            if waiting.cancelled_caught:
                raise ClientGone

        try:
            await super().__call__(scope, receive, send_in_time)
        except ClientGone:  # the server cuts the connection, as the answer is not whole
            log.info("an export was ended: its client took nothing for %.0f s", self._stall_seconds)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self._end)

    def _end(self) -> None:
        try:
            self._rest.close()
        finally:
            self._desk.leave()


@router.delete(
    "/feedback/{feedback_id}",
    summary="Take feedback back",
    status_code=204,
    responses=plain("It is forgotten.", status=204) | problems(errors.NotFound),
)
def delete_feedback(feedback_id: FeedbackId, service: ServiceDep, _caller: WriterKey) -> Response:
    """As if nothing had been said of this tag at this frame."""
    feedback.take_back(service.database, feedback_id)
    return Response(status_code=204)


def _page(found: list[Feedback], limit: int, prefix: str) -> Response:
    """`found` has one more than the page where another page follows."""
    following = cursor_at(found[limit - 1].id) if len(found) > limit else None
    return JSONResponse({"feedback": [_body(row, prefix) for row in found[:limit]], "next_cursor": following})


def _body(row: Feedback, prefix: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "movie": row.movie_id,
        "frame": row.frame,
        "time_ms": row.time_ms,
        "tag": row.tag,
        "verdict": row.verdict,
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
        "image": None if row.frame is None else f"{prefix}/v1/movies/{row.movie_id}/frames/{row.frame}/image",
    }
