"""Results for other programs: one film in many formats, the whole library as a table."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from starlette.responses import StreamingResponse

from service.api.auth import ReaderKey
from service.api.deps import MovieId, PlainText, ServiceDep, TagId
from service.api.film_file import disposition
from service.api.filters import FilterDep
from service.api.openapi import plain, problems
from service.api.results import published
from service.context import Service
from service.errors import ExportRefused, InvalidRequest, NoResultYet, NotFound, UnknownFormat, UnknownTag
from service.exports.formats import FORMATS, ExportOptions, export, file_name, find_format
from service.exports.library_rows import library_csv_header, library_csv_row, library_json_line
from service.store import movie_list
from service.store.movie_list import MovieFilter, Sort
from service.store.tables import Movie
from service.tags import LANGUAGES

ROWS = 200  # films read at once
router = APIRouter(prefix="/v1", tags=["exports"])

_FORMATS = "; ".join(f"`{name}`: {found.description}" for name, found in FORMATS.items())


class LibraryFormat(StrEnum):
    """Of the whole library."""

    CSV = "csv"
    JSONL = "jsonl"


@router.get(
    "/movies/{movie_id}/export",
    summary="A film's result in another format",
    response_class=Response,
    responses=plain(
        "The file.", *sorted({found.media_type.partition(";")[0] for found in FORMATS.values()}), Content_Disposition="A name for it."
    )
    | problems(NotFound, NoResultYet, UnknownFormat, UnknownTag, ExportRefused),
)
def export_movie(
    movie_id: MovieId,
    service: ServiceDep,
    _caller: ReaderKey,
    format: Annotated[
        PlainText, Query(max_length=40, description=f"{_FORMATS}.", examples=["vtt"], json_schema_extra={"enum": [*FORMATS]})
    ],
    tag: Annotated[TagId | None, Query(description="This tag alone; srt and edl need one.", examples=["war"])] = None,
    language: Annotated[
        PlainText, Query(max_length=10, description="Of the tags' names.", json_schema_extra={"enum": [*LANGUAGES]})
    ] = "en",
) -> Response:
    """Times are the film's own; docs/exports.md tells of frame rates and timecodes."""
    found = find_format(format)
    movie, result = published(service, movie_id)
    title = movie.title if movie.title != movie.file_name else None
    options = ExportOptions(tag=tag, language=language, title=title, vocabulary=service.vocabulary)
    name = disposition("attachment", file_name(result, format, options))
    return Response(export(result, format, options), headers={"Content-Disposition": name}, media_type=found.media_type)


@router.get(
    "/export",
    tags=["library"],
    summary="The library as a table",
    response_class=Response,
    responses=plain("A film a line, the oldest first.", "text/csv", "application/jsonl", Content_Disposition="A name for it.")
    | problems(UnknownTag, InvalidRequest),
)
def export_library(
    service: ServiceDep,
    _caller: ReaderKey,
    wanted: FilterDep,
    format: Annotated[LibraryFormat, Query(description="`csv` has a column a tag, `jsonl` a JSON object a line.")] = LibraryFormat.CSV,
) -> Response:
    """Streamed: it may be as long as the library. Films that come while it is read come at its end."""
    media_type = "text/csv; charset=utf-8" if format is LibraryFormat.CSV else "application/jsonl"
    headers = {"Content-Disposition": disposition("attachment", f"movies.{format}")}
    return StreamingResponse(library_lines(service, wanted, format), headers=headers, media_type=media_type)


def library_lines(service: Service, wanted: MovieFilter, format: LibraryFormat, rows: int = ROWS) -> Iterator[str]:
    """Pieces of the table, each of so many films; the first is read at once, so that errors are answered as such."""
    write = library_csv_row if format is LibraryFormat.CSV else library_json_line
    vocabulary = service.vocabulary  # the same for all lines
    header = library_csv_header(vocabulary) if format is LibraryFormat.CSV else ""

    def read(cursor: str | None) -> tuple[str, str | None]:
        with service.database.read() as session:
            page = movie_list.page(session, wanted, Sort.OLDEST, rows, cursor)
            scores = movie_list.scores(session, [movie.id for movie, _run in page.films])
        return "".join(write(_row(movie, scores[movie.id]), vocabulary) for movie, _run in page.films), page.next_cursor

    def lines(piece: str, cursor: str | None) -> Iterator[str]:
        yield header + piece
        while cursor is not None:
            piece, cursor = read(cursor)
            yield piece

    return lines(*read(None))


def _row(movie: Movie, scores: dict[str, float]) -> dict[str, Any]:
    names = ("id", "title", "external_id", "file_name", "state", "duration_ms", "tags")
    return {name: getattr(movie, name) for name in names} | {"scores": scores}
