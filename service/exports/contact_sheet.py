"""Contact sheets: the key frames of a film with their times and tags, as JPEG pages."""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from service.exports.text import clock
from service.records import ShotFrames
from service.results import FilmResult, FrameResult
from service.tags import Vocabulary

THUMBNAIL_SIDE = 300  # pixels, the longer side
_COLUMNS, _ROWS = 5, 6
_PICTURE = (THUMBNAIL_SIDE, 176)  # pixels; room for a picture of 16:9
_LINES, _LINE = 4, 16  # of text under a picture: the time and three tags; pixels a line
_MARGIN = 6  # pixels around a cell
_CELL = (_PICTURE[0] + 2 * _MARGIN, _PICTURE[1] + _LINES * _LINE + 2 * _MARGIN)
_PAPER, _INK, _TIME_INK = (24, 24, 26), (235, 235, 235), (150, 190, 255)
_QUALITY = 88  # of the JPEG


class Thumbnails:
    """Pictures of key frames in time order, kept as JPEG: some 10 KB each, so that a long film's fit in memory."""

    def __init__(self) -> None:
        self._pictures: list[bytes] = []

    def add(self, frames: ShotFrames) -> None:
        """Keep the pictures of a shot that was decoded with thumbnails."""
        for frame in frames.key_frames:
            assert frame.thumbnail is not None
            stream = io.BytesIO()
            Image.fromarray(frame.thumbnail).save(stream, "jpeg", quality=_QUALITY)
            self._pictures.append(stream.getvalue())

    def __getitem__(self, place: int) -> Image.Image:
        return Image.open(io.BytesIO(self._pictures[place]))


class ContactSheets:
    """Writes the sheets of several films into one folder."""

    def __init__(self, folder: Path, vocabulary: Vocabulary, language: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._vocabulary, self._language = folder, vocabulary, language
        self._taken: set[str] = set()

    def write(self, stem: str, result: FilmResult, thumbnails: Thumbnails) -> list[Path]:
        """Write STEM-001.jpg and so on; another film of the same stem gets its content's hash into the name."""
        if stem in self._taken:
            stem = f"{stem}-{result.sha256[:12]}"
        self._taken.add(stem)
        pages: list[Path] = []
        for start in range(0, len(result.frames), _COLUMNS * _ROWS):
            places = range(start, min(start + _COLUMNS * _ROWS, len(result.frames)))
            page = self._page([(result.frames[place], thumbnails[place]) for place in places])
            pages.append(self._folder / f"{stem}-{len(pages) + 1:03d}.jpg")
            page.save(pages[-1], quality=_QUALITY)
        return pages

    def _page(self, cells: Sequence[tuple[FrameResult, Image.Image]]) -> Image.Image:
        columns = min(_COLUMNS, len(cells))
        page = Image.new("RGB", (columns * _CELL[0], -(-len(cells) // columns) * _CELL[1]), _PAPER)
        for place, (frame, picture) in enumerate(cells):
            row, column = divmod(place, columns)
            self._cell(page, frame, picture, (column * _CELL[0] + _MARGIN, row * _CELL[1] + _MARGIN))
        return page

    def _cell(self, page: Image.Image, frame: FrameResult, picture: Image.Image, corner: tuple[int, int]) -> None:
        left, top = corner
        picture.thumbnail(_PICTURE)
        page.paste(picture, (left + (_PICTURE[0] - picture.width) // 2, top + (_PICTURE[1] - picture.height) // 2))
        draw = ImageDraw.Draw(page)
        font = ImageFont.load_default(12)
        top += _PICTURE[1] + 2
        draw.text((left, top), f"{clock(frame.time_ms)}  shot {frame.shot + 1}", _TIME_INK, font)
        for line, (tag, score) in enumerate(frame.tags, 1):
            draw.text((left, top + line * _LINE), f"{score:.2f}  {self._vocabulary.name(tag, self._language)}", _INK, font)
