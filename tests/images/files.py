"""Pictures and things that are none, as people send them."""

import io
import struct
import wave
import zlib

from PIL import Image

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
SVG = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="9" height="9"/></svg>\n'
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)


def file_of(image: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def plain(colour=(200, 20, 20), size=(120, 80)) -> Image.Image:
    return Image.new("RGB", size, colour)


def sound() -> bytes:
    """A tenth of a second of silence."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    return stream.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    """A PNG whose head says that it has this size."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(100))
    chunks = (head, b"IDAT" + data, b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks
    )


def gif_of(frames: int) -> bytes:
    """An animated GIF of so many frames, 16x16, red and green by turns."""
    first = file_of(plain((250, 0, 0), (16, 16)).quantize(2), "GIF")
    second = file_of(plain((0, 250, 0), (16, 16)).quantize(2), "GIF")
    head = first[: 13 + _table(first[10])]
    return head + b"".join(_frame((first, second)[n % 2]) for n in range(frames)) + b";"


def _table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _frame(gif: bytes) -> bytes:
    """The only frame of a GIF, with its colours made its own."""
    body = gif[13 + _table(gif[10]) : -1]
    place = body.index(b",")
    colours = gif[13 : 13 + _table(gif[10])]
    described = bytearray(body[place : place + 10])
    if described[9] & 0x80:
        return body[place:]
    described[9] |= 0x80 | (gif[10] & 7)
    return bytes(described) + colours + body[place + 10 :]
