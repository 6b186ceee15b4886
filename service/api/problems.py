"""Every error's answer: application/problem+json after RFC 9457; docs/api.md lists the types."""

import logging
import re
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from service import errors

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5  # asked of clients when something that we need is away
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """How a class of errors is answered."""

    status: int
    slug: str  # the problem's type is /problems/SLUG
    title: str
    headers: tuple[tuple[str, str], ...] = ()


RETRY = (("Retry-After", str(RETRY_SECONDS)),)

# A class without a line of its own is answered like its nearest base.
ANSWERS: dict[type[errors.MovieTaggerError], Answer] = {
    errors.MovieTaggerError: Answer(500, "internal", "The service failed"),
    errors.FilmError: Answer(422, "not-taggable", "This film cannot be tagged"),
    errors.FilmNotFound: Answer(422, "film-not-readable", "The file cannot be read"),
    errors.NotAVideo: Answer(415, "not-a-film", "This is not a film"),
    errors.NoVideoStream: Answer(415, "no-video", "There is no video in it"),
    errors.UnknownTag: Answer(422, "unknown-tag", "There is no such tag"),
    errors.SettingsError: Answer(500, "misconfigured", "The service is configured wrongly"),
    errors.DatabaseUnavailable: Answer(503, "database-away", "The database does not answer", RETRY),
    errors.StorageUnavailable: Answer(503, "storage-away", "The file storage does not answer", RETRY),
    errors.InferenceUnavailable: Answer(503, "inference-away", "The inference process does not answer", RETRY),
    errors.DiskFull: Answer(507, "disk-full", "The disk is full"),
    errors.NotFound: Answer(404, "not-found", "There is no such thing"),
    errors.InvalidRequest: Answer(422, "invalid-request", "The request cannot be understood"),
    errors.BadCursor: Answer(422, "bad-cursor", "The cursor is none of this list's"),
    errors.WrongType: Answer(415, "wrong-type", "This kind of content is not taken"),
    errors.TooLarge: Answer(413, "too-large", "This is too large"),
    errors.EmptyUpload: Answer(422, "empty", "There is nothing in it"),
    errors.ContentMismatch: Answer(460, "content-mismatch", "The content is not what was declared"),
    errors.OffsetMismatch: Answer(409, "offset-mismatch", "The upload stands at another place"),
    errors.UploadBusy: Answer(423, "upload-busy", "Another request is writing to this upload", (("Retry-After", "1"),)),
    errors.UploadExpired: Answer(410, "upload-expired", "The upload's time is over"),
    errors.UploadStalled: Answer(408, "upload-stalled", "Nothing came for too long"),
    errors.UnsupportedProtocol: Answer(412, "unsupported-protocol", "This version of tus is not spoken", (("Tus-Version", "1.0.0"),)),
    errors.WrongState: Answer(409, "wrong-state", "Not possible in this state"),
    errors.NoResultYet: Answer(409, "no-result-yet", "The film was not tagged yet"),
    errors.NoHeatMap: Answer(409, "no-heat-map", "Where this tag was seen cannot be told"),
    errors.RangeRefused: Answer(416, "range-refused", "The file does not have these bytes"),
    errors.OriginalGone: Answer(410, "original-gone", "The film's file is gone"),
    errors.NeedsDecoding: Answer(409, "needs-decoding", "The film itself must be looked at again"),
    errors.ResultError: Answer(409, "old-result", "The film must be tagged again first"),
    errors.NotAPicture: Answer(415, "not-a-picture", "This is not a picture"),
    errors.UnknownFormat: Answer(422, "unknown-format", "There is no such format"),
    errors.ExportRefused: Answer(422, "export-refused", "The format cannot hold this"),
    errors.IdempotencyInFlight: Answer(409, "idempotency-in-flight", "The first request with this key is still at work", RETRY),
    errors.IdempotencyMismatch: Answer(422, "idempotency-mismatch", "This key was used for another request"),
    errors.KeyNeeded: Answer(401, "key-needed", "An API key is needed", (("WWW-Authenticate", 'Bearer realm="movietags"'),)),
    errors.ScopeNeeded: Answer(403, "scope-needed", "The API key may not do this"),
    errors.ForeignRequest: Answer(403, "foreign-request", "Requests from there are not taken"),
    errors.BundleError: Answer(503, "model-missing", "There is no model for this", RETRY),
    errors.TooManyRequests: Answer(429, "too-many-requests", "Too many requests"),
    errors.OutsideRoots: Answer(403, "outside-roots", "This path may not be imported"),
    errors.WebhookRefused: Answer(422, "webhook-refused", "Webhooks may not go there"),
    errors.ImageUrlRefused: Answer(422, "image-url-refused", "The picture cannot be fetched from there"),
}


def answer_for(error: errors.MovieTaggerError) -> Answer:
    """The answer of the error's class, or of its nearest base."""
    return next(ANSWERS[base] for base in type(error).__mro__ if base in ANSWERS)


def problem(answer: Answer, detail: str, headers: dict[str, str] | None = None, **more: Any) -> JSONResponse:
    """A problem document; `more` are members of its own, such as `movie`."""
    body = {"type": f"/problems/{answer.slug}", "title": answer.title, "status": answer.status, "detail": detail, **more}
    return JSONResponse(body, answer.status, {**dict(answer.headers), **(headers or {})}, MEDIA_TYPE)


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of ours, of FastAPI and of nobody as a problem."""
    app.add_exception_handler(errors.MovieTaggerError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def refuse(error: errors.MovieTaggerError) -> JSONResponse:
    """The answer to an error of ours, for those who stand before the routes and raise nothing."""
    answer = answer_for(error)
    if answer.status == 500:
        log.error("%s: %s", type(error).__name__, error)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, errors.TooManyRequests) else None
    return problem(answer, str(error), headers, **getattr(error, "members", {}))


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.MovieTaggerError)
    return refuse(error)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    wrong = [{"where": ".".join(map(str, part["loc"])), "what": part["msg"]} for part in error.errors()]
    detail = "; ".join(f"{part['where']}: {part['what']}" for part in wrong)
    return problem(ANSWERS[errors.InvalidRequest], detail, errors=wrong)


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # FastAPI's word for a body that is no text
        return problem(ANSWERS[errors.InvalidRequest], f"{error.detail}. Send JSON in UTF-8.")
    slug = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "refused")
    title = {404: "There is nothing at this address", 405: "This address does not take this method"}.get(error.status_code, "Refused")
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request)) or headers.get("Allow", "")
    return problem(Answer(error.status_code, slug, title), f"{error.detail}. /openapi.json lists what there is.", headers)


def _methods(request: Request) -> list[str]:
    """What the address takes, over all routes with this path: those of just this path, or else those with a name in it."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    described: dict[str, dict[str, object]] = request.app.openapi()["paths"]
    matching = (methods for template, methods in described.items() if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path))
    found = [described[path]] if path in described else matching
    return sorted({method.upper() for methods in found for method in methods})


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.exception("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(ANSWERS[errors.MovieTaggerError], "Something went wrong inside the service; its log tells what. Nothing was lost.")
