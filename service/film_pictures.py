"""The pictures of a film's moments, as large as they can be had: out of the film itself, or else those stored with its result."""

import io
import logging
import threading

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from service.context import Service
from service.errors import DecoderCrashed, FilmError, NotFound, OriginalGone
from service.originals import Original, open_original
from service.outputs import thumbnail
from service.sniff import HEAD_BYTES, kind_of
from service.store import feedback
from service.store.tables import Movie
from service.video.frame_fetcher import FrameFetcher

QUALITY = 90  # of the JPEG
COMPARED_SIDE = 32  # pixels; of two pictures that may be the same
SAME_LUMA = 12.0  # mean difference of two pictures of one frame, one of them small and twice compressed; neighbours have more
UNREADABLE = (OSError, LookupError, TypeError, ValueError, Image.DecompressionBombError)  # what damaged files lead to
log = logging.getLogger(__name__)


class FilmPictures:
    """Of one film. A film that crashes its decoder once, or takes too long, is not asked again."""

    def __init__(self, service: Service, movie: Movie, fetcher: FrameFetcher, turn: threading.Lock) -> None:
        """`turn` is held while a frame is decoded. Raises StorageUnavailable."""
        self._service, self._movie, self._fetcher, self._turn = service, movie, fetcher, turn
        self._film = self._open()

    def close(self) -> None:
        """Close the film."""
        if self._film is not None:
            self._film.stream.close()
            self._film = None

    def at(self, time_ms: int, number: int | None) -> bytes | None:
        """JPEG of the key frame with this time and number (None where the result has no such frame); None where there is none."""
        stored = self._stored(time_ms, number)
        picture = self._decoded(time_ms)
        if picture is None or (stored is not None and not _is_same(picture, stored)):
            return stored
        stream = io.BytesIO()
        Image.fromarray(picture).save(stream, "jpeg", quality=QUALITY)
        return stream.getvalue()

    def _open(self) -> Original | None:
        try:
            film = open_original(self._service, self._movie)
        except OriginalGone:
            return None
        try:
            is_refused = kind_of(film.stream.read(HEAD_BYTES)).is_refused
        except OSError as error:  # in a remote storage it may be missed only now
            log.info("%s: the film cannot be read: %s", self._movie.id, error)
            is_refused = True
        if is_refused:
            film.stream.close()
            return None
        return film

    def _stored(self, time_ms: int, number: int | None) -> bytes | None:
        try:
            return self._read_stored(self._movie.result_key, number)
        except NotFound:  # perhaps another result took its place since the film's turn began
            with self._service.database.read() as session:
                place = feedback.place(session, self._movie.id, time_ms)
        try:
            return self._read_stored(*place)
        except NotFound:
            return None

    def _read_stored(self, result_key: str | None, number: int | None) -> bytes | None:
        """None where there is none that can be shown. Raises NotFound."""
        if result_key is None or number is None:
            return None
        try:
            data = thumbnail(self._service.storage, result_key, number)
            with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
                image.load()
        except UNREADABLE as error:
            log.warning("%s: the stored picture %s is damaged: %s", self._movie.id, number, error)
            return None
        return data

    def _decoded(self, time_ms: int) -> NDArray[np.uint8] | None:
        if self._film is None:
            return None
        try:
            with self._turn:
                return self._fetcher.fetch(self._film.stream, self._film.size, self._film.file_name, time_ms)
        except (FilmError, OSError) as error:
            log.info("%s: the picture stored with the result is taken: %s", self._movie.id, error)
            if isinstance(error, DecoderCrashed | OSError):
                self.close()
            return None


def _is_same(picture: NDArray[np.uint8], stored: bytes) -> bool:
    """Whether a decoded picture shows what a stored one does: jumps in damaged or joined films may lead elsewhere."""
    with Image.open(io.BytesIO(stored)) as image:
        small = _small(image)
    return float(np.abs(small - _small(Image.fromarray(picture))).mean()) <= SAME_LUMA


def _small(image: Image.Image) -> NDArray[np.float32]:
    return np.asarray(image.convert("L").resize((COMPARED_SIDE, COMPARED_SIDE), Image.Resampling.BOX), np.float32)
