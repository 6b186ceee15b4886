"""Libraries that are on disk already: imported in place, as jobs of their own."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service import errors, imports
from service.api.auth import ReaderKey, WriterKey
from service.api.bodies import moment
from service.api.deps import MOVIE_ID, ServiceDep
from service.api.openapi import answer, problems
from service.api.pages import Cursor, Limit, check_id, cursor_at, read_cursor
from service.api.schemas import Answer, Failure
from service.imports import Outcome
from service.records import Decoder, Precision
from service.results import Parameters
from service.store.movies import MovieFields
from service.store.tables import Import, State

IMPORT_ID = "imp_0191d1f0c3a27b5e9f04a1c2d3e4f506"
QUEUED: dict[str, Any] = {
    "id": IMPORT_ID,
    "state": "queued",
    "path": "/media/films",
    "counts": dict.fromkeys(map(str, Outcome), 0),
    "error": None,
    "created_at": "2026-11-03T08:30:00.125Z",
    "finished_at": None,
    "links": {"self": f"/v1/imports/{IMPORT_ID}", "files": f"/v1/imports/{IMPORT_ID}/files"},
}
DONE = {**QUEUED, "state": "succeeded", "counts": {**QUEUED["counts"], "new": 9998, "later": 1, "refused": 1}}
FILE = {"path": "/media/films/harbour.mkv", "outcome": "new", "movie": MOVIE_ID, "reason": None}
router = APIRouter(prefix="/v1", tags=["imports"])

ImportId = Annotated[
    str,
    AfterValidator(lambda value: check_id(value, "imp_", "import", "/v1/imports")),
    Path(description="The import's id.", examples=[IMPORT_ID]),
]


class ImportIn(BaseModel):
    """What is imported, and how its films are tagged."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, max_length=4096, description="A film, or a folder with films at any depth, on the service's machines.")
    precision: Precision = Precision.KEYFRAME
    decoder: Decoder = Decoder.PYAV
    thorough: bool = Field(False, description="Look at three views of each key frame.")
    sensitive: bool = Field(True, description="Look for nudity and sex too.")
    objects: bool = Field(False, description="Find objects in the key frames too.")
    min_score: float | None = Field(None, ge=0, le=1, allow_inf_nan=False, description="In place of the tags' own thresholds.")
    top: int | None = Field(None, ge=1, le=1000, description="At most so many tags a film.")
    webhook_url: str | None = Field(None, min_length=1, max_length=2000, description="Told of each film that comes to an end.")

    @property
    def fields(self) -> MovieFields:
        """Of every film."""
        parameters = Parameters(
            precision=str(self.precision),
            decoder=str(self.decoder),
            thorough=self.thorough,
            sensitive=self.sensitive,
            min_score=self.min_score,
            top=self.top,
            objects=self.objects,
        )
        return MovieFields(parameters=parameters, priority=imports.PRIORITY, webhook_url=self.webhook_url)


class Counts(Answer):
    """Files by what became of them."""

    new: int
    changed: int
    unchanged: int
    later: int = Field(description="Perhaps still being copied, or being tagged while it changed: the next import takes them.")
    refused: int


class ImportLinks(Answer):
    """Where an import is."""

    self: str
    files: str


class ImportOut(Answer):
    """An import."""

    id: str
    state: State
    path: str = Field(description="Without links.")
    counts: Counts
    error: Failure | None
    created_at: str
    finished_at: str | None
    links: ImportLinks


class Imports(Answer):
    """A page of imports."""

    imports: list[ImportOut]
    next_cursor: str | None


class ImportFileOut(Answer):
    """What became of a file."""

    path: str
    outcome: Outcome
    movie: str | None
    reason: str | None = Field(description="Why it was refused or left for later.")


class ImportFiles(Answer):
    """A page of files."""

    files: list[ImportFileOut]
    next_cursor: str | None


@router.post(
    "/movies/import",
    summary="Import films from disk",
    status_code=202,
    responses=answer(ImportOut, "Queued.", QUEUED, 202, Location="Where the import is.")
    | problems(errors.OutsideRoots, errors.InvalidRequest, errors.WebhookRefused, errors.TooLarge),
)
def begin_import(
    service: ServiceDep,
    caller: WriterKey,
    wish: Annotated[ImportIn, Body(openapi_examples={"folder": {"value": {"path": "/media/films"}}})],
) -> Response:
    """Films are read in place: never copied, moved, written or deleted. A second import takes only new and changed files.

    The path must lie in a folder of the setting `MOVIETAGS_IMPORT_ROOTS` when its links are followed. Imported films are tagged
    after uploaded ones.
    """
    return _answer(imports.begin_import(service, wish.path, wish.fields, caller.key_id), service.settings.root_path, 202)


@router.get(
    "/imports",
    summary="List imports",
    responses=answer(Imports, "A page of imports, newest first.", {"imports": [DONE], "next_cursor": None})
    | problems(errors.InvalidRequest, errors.BadCursor),
)
def list_imports(service: ServiceDep, _caller: ReaderKey, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Newest first."""
    found = imports.list_imports(service, limit + 1, read_cursor(cursor))
    shown = found[:limit]
    following = cursor_at(shown[-1].id) if len(found) > limit else None
    bodies = [_body(job, service.settings.root_path) for job in shown]
    return JSONResponse({"imports": bodies, "next_cursor": following})


@router.get("/imports/{import_id}", summary="Get an import", responses=answer(ImportOut, "The import.", DONE) | problems(errors.NotFound))
def get_import(import_id: ImportId, service: ServiceDep, _caller: ReaderKey) -> Response:
    """Its counts grow while it runs. It has succeeded when every film was looked at; the films themselves are tagged afterwards."""
    return _answer(imports.get_import(service, import_id), service.settings.root_path)


@router.get(
    "/imports/{import_id}/files",
    summary="What became of an import's files",
    responses=answer(ImportFiles, "A page of files, by path.", {"files": [FILE], "next_cursor": None})
    | problems(errors.NotFound, errors.InvalidRequest, errors.BadCursor),
)
def list_import_files(
    import_id: ImportId,
    service: ServiceDep,
    _caller: ReaderKey,
    outcome: Annotated[Outcome | None, Query(description="Only these.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Each with its movie, or the reason why it has none."""
    found = imports.import_files(service, import_id, outcome, limit + 1, read_cursor(cursor))
    shown = found[:limit]
    following = cursor_at(shown[-1].path) if len(found) > limit else None
    files = [{"path": each.path, "outcome": each.outcome, "movie": each.movie_id, "reason": each.reason} for each in shown]
    return JSONResponse({"files": files, "next_cursor": following})


@router.post(
    "/imports/{import_id}/cancel",
    summary="Cancel an import",
    responses=answer(ImportOut, "Cancelled.", {**QUEUED, "state": "cancelled"}) | problems(errors.NotFound, errors.WrongState),
)
def cancel_import(import_id: ImportId, service: ServiceDep, _caller: WriterKey) -> Response:
    """No more files are taken in. Films that were taken in stay; cancel or delete them by themselves."""
    return _answer(imports.cancel_import(service, import_id), service.settings.root_path)


def _answer(job: Import, prefix: str, status: int = 200) -> JSONResponse:
    body = _body(job, prefix)
    return JSONResponse(body, status, {"Location": body["links"]["self"]} if status == 202 else None)


def _body(job: Import, prefix: str) -> dict[str, Any]:
    here = f"{prefix}/v1/imports/{job.id}"
    return {
        "id": job.id,
        "state": job.state,
        "path": job.path,
        "counts": {str(outcome): job.counts.get(outcome, 0) for outcome in Outcome},
        "error": job.error,
        "created_at": moment(job.created_at),
        "finished_at": moment(job.finished_at) if job.finished_at is not None else None,
        "links": {"self": here, "files": f"{here}/files"},
    }
