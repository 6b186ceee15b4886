"""How many pictures a file holds, told without decoding any of them."""

from contextlib import suppress
from typing import IO

from PIL import Image

MOST_COUNTED = 1000  # more are not counted: a small file may hold millions
MOST_BLOCKS = 100_000  # of a GIF that are passed over on the way


def pictures_in(image: Image.Image) -> int:
    """Number of pictures in an opened file; MOST_COUNTED stands for that many or more."""
    stream: IO[bytes] | None = getattr(image, "fp", None)
    if image.format == "GIF" and stream is not None:
        return _gif_pictures(stream)
    if image.format == "TIFF":
        return _tiff_pages(image)
    return min(MOST_COUNTED, getattr(image, "n_frames", 1))  # told by the file's head


def _tiff_pages(image: Image.Image) -> int:
    """Looks at each page's directory alone; Pillow's own count knows no bound."""
    pages = 1
    with suppress(EOFError):
        while pages < MOST_COUNTED:
            image.seek(pages)
            pages += 1
    image.seek(0)
    return pages


def _gif_pictures(stream: IO[bytes]) -> int:
    """Walks over the blocks of a GIF (GIF89a, section 12 on); the stream's place is kept."""
    place = stream.tell()
    stream.seek(10)
    _skip_colours(stream, stream.read(3)[:1])
    count, blocks = 0, MOST_BLOCKS
    while count < MOST_COUNTED and blocks > 0 and (mark := stream.read(1)) in (b"!", b","):
        if mark == b",":  # an image: its description, its colours, the size of its codes
            count += 1
            _skip_colours(stream, stream.read(9)[-1:])
        stream.seek(1, 1)
        while blocks > 0 and (size := stream.read(1)) not in (b"", b"\0"):
            stream.seek(size[0], 1)
            blocks -= 1
    stream.seek(place)
    return max(1, count)


def _skip_colours(stream: IO[bytes], flags: bytes) -> None:
    """Pass over a table of colours, whose size the flags before it tell."""
    if flags and flags[0] & 0x80:
        stream.seek(3 << ((flags[0] & 7) + 1), 1)
