"""WebVTT: cues that carry JSON for programs, and chapters for players."""

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from service.exports.cleaning import one_line
from service.exports.parts import ExportOptions, chapters, clock, parts_of

# "-->" would end a cue, and a reader may take "<" and "&" in a cue for markup; in JSON both can be written otherwise.
_JSON_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def write_vtt(result: Mapping[str, Any], options: ExportOptions) -> bytes:
    """Cues for a track of kind "metadata": each segment's tag, name and score as JSON. They may overlap."""
    cues = []
    for part in parts_of(result, options):
        body = json.dumps({"tag": part.tag, "name": part.name, "score": part.score}, ensure_ascii=False)
        cues.append((part.start_ms, part.end_ms, body.translate(_JSON_ESCAPES)))
    return _file(result, cues)


def write_vtt_chapters(result: Mapping[str, Any], options: ExportOptions) -> bytes:
    """Cues for a track of kind "chapters": names of tags, none overlapping."""
    found = chapters(parts_of(result, options))
    return _file(result, ((part.start_ms, part.end_ms, html.escape(part.name, quote=False)) for part in found))


def _file(result: Mapping[str, Any], cues: Iterable[tuple[int, int, str]]) -> bytes:
    film, model = result["film"], result["model"]
    note = one_line(f"{film['file_name']}, tagged by {model['name']} {model['version']}")
    blocks = ["WEBVTT", "NOTE " + re.sub("-{2,}>", "->", note)]
    blocks += [f"{number}\n{clock(start)} --> {clock(end)}\n{text}" for number, (start, end, text) in enumerate(cues, 1)]
    return ("\n\n".join(blocks) + "\n").encode()
