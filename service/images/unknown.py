"""What a file seems to be that is no picture which can be read here; for refusals."""

from contextlib import suppress
from pathlib import Path

from service.sniff import HEAD_BYTES, UNKNOWN, is_playlist, kind_of

HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def what_it_seems(data: bytes | Path) -> str:
    """Such as ", but a PDF document"; empty where nobody knows."""
    head = _head(data) if isinstance(data, Path) else data[:HEAD_BYTES]
    if not head:
        return ", for it is empty"
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return ", but HEIC, for which there is no decoder here: save it as JPEG"
    if b"<svg" in head[:4096].lower():
        return ", but an SVG drawing: save it as PNG"
    kind = kind_of(head)
    return "" if kind is UNKNOWN or is_playlist(head) or kind.name == "a picture" else f", but {kind.name}"


def _head(path: Path) -> bytes:
    with suppress(OSError), path.open("rb") as stream:
        return stream.read(HEAD_BYTES)
    return b""
