"""Frames of tagged films, found by the service's own pipeline and kept as JPEG files between runs."""

import hashlib
import logging
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from service.errors import FilmError
from service.records import KeyFrame
from service.video.decode import DecodeOptions, open_film
from service.video.frames import LONGEST_SIDE
from training.data.examples import Example
from training.data.files import cache_folder, is_film, put_in_place, unwritable
from training.data.threads import in_threads
from training.errors import DataError

log = logging.getLogger(__name__)

QUALITY = 92  # of the JPEG files
AT_ONCE = 2  # films; each has a decoding process of its own


def with_frames(examples: Iterable[Example], per_film: int, cache: Path | None = None) -> list[Example]:
    """Each film replaced by examples of its frames, which show all of its tags; a film that cannot be read is left out and told.

    Raises DataError when no film can be read.
    """
    examples = list(examples)
    films = [example for example in examples if is_film(example.path)]
    if not films:
        return examples
    found = list(in_threads(lambda film: _frames(film, per_film, cache), films, AT_ONCE))
    frames = {film.name: stills for film, stills in zip(films, found, strict=True)}
    if not any(found):
        raise DataError(f"No film can be read, of {len(films)}; the first is {films[0].path}.")
    return [frame for example in examples for frame in frames.get(example.name, [example])]


def _frames(film: Example, per_film: int, cache: Path | None) -> list[Example]:
    try:
        folder = _extracted(film.path, per_film, cache)
    except FilmError as error:
        log.warning("A film is left out: %s", error)
        return []
    return [replace(film, name=f"{film.name}#{int(path.stem)}", path=path) for path in sorted(folder.glob("*.jpg"))]


def _extracted(film: Path, per_film: int, cache: Path | None) -> Path:
    """The folder of a film's frames, named by their times; made once for each state of the film's file. Raises FilmError."""
    state = film.stat()
    key = f"{film.resolve()}\n{state.st_size}\n{state.st_mtime_ns}\n{per_film}"
    folder = (cache or cache_folder()) / "films" / hashlib.sha256(key.encode()).hexdigest()[:32]
    if folder.exists():
        return folder
    log.info("Looking for %d frames in %s", per_film, film)
    frames = _chosen(film, per_film)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            for frame in frames:
                (fresh / f"{frame.time_ms:09}.jpg").write_bytes(_jpeg(frame))
            put_in_place(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise unwritable(folder.parent, error) from error
    return folder


def _chosen(film: Path, count: int) -> list[KeyFrame]:
    """Up to `count` key frames of the film's shots, spread evenly."""
    options = DecodeOptions(thumbnail_side=LONGEST_SIDE)  # the pictures as they are looked at: nothing is larger
    with open_film(film, options) as shots:
        return spread((frame for shot in shots for frame in shot.key_frames), count)


def spread(frames: Iterable[KeyFrame], count: int) -> list[KeyFrame]:
    """`count` of the frames, or all, evenly spread; few of them are in memory at once, however many come."""
    kept: list[KeyFrame] = []
    step = 1  # of those that came, one in so many is kept
    for place, frame in enumerate(frames):
        if place % step == 0:
            kept.append(frame)
        if len(kept) > 4 * count:
            kept, step = kept[::2], step * 2
    if len(kept) <= count:
        return kept
    return [kept[place] for place in _places(len(kept), count)]


def _places(available: int, count: int) -> Iterator[int]:
    """The middles of `count` equal parts."""
    return (int((part + 0.5) * available / count) for part in range(count))


def _jpeg(frame: KeyFrame) -> bytes:
    if frame.thumbnail is None:
        raise ValueError("the frames were asked for without their pictures")
    encoded = cv2.imencode(".jpg", cv2.cvtColor(frame.thumbnail, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
    return np.asarray(encoded, np.uint8).tobytes()
