"""The film's own file, to be given out: an upload from the storage, an imported film in place while it is the one that was tagged."""

import os
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from service.context import Service
from service.errors import OriginalGone
from service.store.tables import Movie, Source

# By the name's ending, then by the container that was found in it.
MEDIA_TYPES = {
    **dict.fromkeys(("mp4", "m4v", "f4v"), "video/mp4"),
    **dict.fromkeys(("mov", "qt"), "video/quicktime"),
    **dict.fromkeys(("mkv", "matroska"), "video/x-matroska"),
    "webm": "video/webm",
    **dict.fromkeys(("avi", "divx"), "video/x-msvideo"),
    **dict.fromkeys(("mpg", "mpeg", "vob", "m2v"), "video/mpeg"),
    **dict.fromkeys(("ts", "m2ts", "mts", "m2t", "mpegts"), "video/mp2t"),
    **dict.fromkeys(("ogv", "ogm", "ogg"), "video/ogg"),
    **dict.fromkeys(("wmv", "asf"), "video/x-ms-wmv"),
    "flv": "video/x-flv",
    **dict.fromkeys(("3gp", "3g2"), "video/3gpp"),
    "mxf": "application/mxf",
}
UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class Original:
    """An open file; whoever has it closes it."""

    stream: BinaryIO
    size: int
    etag: str
    media_type: str
    file_name: str


def open_original(service: Service, movie: Movie) -> Original:
    """Open the film's file. Raises OriginalGone, StorageUnavailable."""
    if movie.original_gone:
        raise OriginalGone("The film's file was removed after tagging, as was asked; its result stays.")
    try:
        stream = service.storage.open(movie.path) if movie.source == Source.UPLOAD else _open_in_place(service, movie)
    except OSError as error:
        raise OriginalGone("The film's file is not there any more, or may not be read; its result stays.") from error
    etag = f'"{movie.sha256}"' if movie.sha256 else f'"{movie.size_bytes:x}-{movie.modified_ns:x}"'
    return Original(stream, movie.size_bytes, etag, media_type(movie), movie.file_name)


def media_type(movie: Movie) -> str:
    """What browsers and players call the film's container."""
    suffix = PurePath(movie.file_name).suffix[1:].lower()
    container = str((movie.film or {}).get("container", "")).partition(",")[0]
    return MEDIA_TYPES.get(suffix) or MEDIA_TYPES.get(container, UNKNOWN_TYPE)


def _open_in_place(service: Service, movie: Movie) -> BinaryIO:
    """A file of a library. What is opened is compared, not the name: a file may be exchanged at any moment."""
    descriptor = os.open(movie.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    stream = open(descriptor, "rb")  # noqa: SIM115  # closed by the answer
    try:
        facts = os.fstat(descriptor)
        real = Path(os.path.realpath(f"/proc/self/fd/{descriptor}"))
        if not any(real.is_relative_to(root) for root in service.settings.import_roots):
            raise OriginalGone("The film's file is outside the folders that may be imported now; its result stays.")
        if (facts.st_size, facts.st_mtime_ns) != (movie.size_bytes, movie.modified_ns):
            raise OriginalGone("The film's file has changed since it was imported; import it again to tag it as it is now.")
    except BaseException:
        stream.close()
        raise
    return stream
