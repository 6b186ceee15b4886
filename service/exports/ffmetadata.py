"""FFmpeg's metadata files: chapters to be muxed into a film."""

import re
from collections.abc import Mapping
from typing import Any

from service.exports.cleaning import one_line
from service.exports.parts import ExportOptions, chapters, parts_of


def write_ffmetadata(result: Mapping[str, Any], options: ExportOptions) -> bytes:
    """Chapters that do not overlap; a title only where one was given, for it replaces the film's."""
    lines = [";FFMETADATA1"]
    if options.title:
        lines.append(f"title={_escaped(options.title)}")
    for part in chapters(parts_of(result, options)):
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={part.start_ms}", f"END={part.end_ms}", f"title={_escaped(part.name)}"]
    return ("\n".join(lines) + "\n").encode()


def _escaped(text: str) -> str:
    return re.sub(r"([=;#\\])", r"\\\1", one_line(text))
