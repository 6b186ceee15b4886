"""Contact sheets: the images of each tag as PNG pages, to see wrong tags and bad pictures at a glance."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from service.errors import NotAPicture
from service.images.reading import read_picture
from training.data.examples import Example
from training.data.folders import NO_TAG
from training.data.threads import in_threads
from training.errors import DataError
from training.written import written_whole

COLUMNS, ROWS = 8, 6
PER_PAGE = COLUMNS * ROWS
_PICTURE = (160, 120)  # pixels
_LINE, _MARGIN, _TITLE = 14, 5, 34  # pixels
_CELL = (_PICTURE[0] + 2 * _MARGIN, _PICTURE[1] + 2 * _LINE + 2 * _MARGIN)
_PAPER, _GAP, _INK, _PALE = (24, 24, 26), (60, 60, 64), (235, 235, 235), (160, 165, 175)


def write_sheets(examples: Sequence[Example], folder: Path, per_tag: int = PER_PAGE) -> list[Path]:
    """Write TAG.png, TAG-2.png ...: up to `per_tag` images of each tag, evenly spread over its images, and of those without one."""
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for tag in sorted({tag for example in examples for tag in example.tags}):
            written += _write(folder, tag, [example for example in examples if tag in example.tags], per_tag)
        written += _write(folder, NO_TAG, [example for example in examples if not example.tags], per_tag)
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error.strerror or error}.") from error
    return written


def _write(folder: Path, tag: str, examples: Sequence[Example], per_tag: int) -> Iterator[Path]:
    count = min(per_tag, len(examples))
    shown = [examples[place * len(examples) // count] for place in range(count)]
    for page, start in enumerate(range(0, count, PER_PAGE), start=1):
        stem = tag.replace("/", "_")
        path = folder / (f"{stem}.png" if page == 1 else f"{stem}-{page}.png")
        title = f"{tag}: {start + 1} to {min(start + PER_PAGE, count)} of {count} shown, {len(examples)} in all"
        with written_whole(path) as fresh:
            _page(title, tag, shown[start : start + PER_PAGE]).save(fresh, "png")
        yield path


def _page(title: str, tag: str, examples: Sequence[Example]) -> Image.Image:
    rows = -(-len(examples) // COLUMNS)
    page = Image.new("RGB", (COLUMNS * _CELL[0], _TITLE + rows * _CELL[1]), _PAPER)
    draw = ImageDraw.Draw(page)
    draw.text((_MARGIN, 8), title, _INK, ImageFont.load_default(16))
    for place, (example, picture) in enumerate(zip(examples, in_threads(_thumbnail, examples), strict=True)):
        row, column = divmod(place, COLUMNS)
        left, top = column * _CELL[0] + _MARGIN, _TITLE + row * _CELL[1] + _MARGIN
        page.paste(picture, (left + (_PICTURE[0] - picture.width) // 2, top + (_PICTURE[1] - picture.height) // 2))
        others = ", ".join(sorted(example.tags - {tag})) or "-"
        _caption(draw, (left, top + _PICTURE[1] + 2), example.name, _INK)
        _caption(draw, (left, top + _PICTURE[1] + 2 + _LINE), others, _PALE)
    return page


def _thumbnail(example: Example) -> Image.Image:
    try:
        picture = Image.fromarray(read_picture(example.path))
    except (NotAPicture, OSError):
        picture = Image.new("RGB", _PICTURE, _GAP)
        ImageDraw.Draw(picture).text((10, 50), "cannot be read", _INK, ImageFont.load_default(12))
    picture.thumbnail(_PICTURE)
    return picture


def _caption(draw: ImageDraw.ImageDraw, corner: tuple[int, int], text: str, ink: tuple[int, int, int]) -> None:
    """One line, its beginning cut where it is too long: names of files differ at their ends."""
    font = ImageFont.load_default(11)
    while len(text) > 1 and draw.textlength(text, font) > _PICTURE[0]:
        text = "…" + text.removeprefix("…")[1:]
    draw.text(corner, text, ink, font)
