"""SubRip subtitles: the name of one tag on the picture wherever it holds."""

from collections.abc import Mapping
from typing import Any

from service.exports.parts import ExportOptions, clock, parts_of

# The format has no escapes, and players take these for markup.
_LOOKALIKES = str.maketrans("<>{}", "‹›()")


def write_srt(result: Mapping[str, Any], options: ExportOptions) -> bytes:
    """A subtitle a segment: the tag's name and the segment's score."""
    blocks = []
    for number, part in enumerate(parts_of(result, options), 1):
        name = part.name.translate(_LOOKALIKES)
        blocks.append(f"{number}\n{clock(part.start_ms, ',')} --> {clock(part.end_ms, ',')}\n{name} {part.score:.2f}\n\n")
    return "".join(blocks).encode()
