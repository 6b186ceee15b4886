"""All formats that a film's result can be written in, and the one way to write them."""

import difflib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType
from typing import Any

from service.errors import ExportRefused, UnknownFormat
from service.exports.cleaning import one_line
from service.exports.edl import write_edl
from service.exports.ffmetadata import write_ffmetadata
from service.exports.nfo import write_nfo
from service.exports.opentimeline import write_otio
from service.exports.parts import ExportOptions
from service.exports.segments_csv import write_csv
from service.exports.srt import write_srt
from service.exports.vtt import write_vtt, write_vtt_chapters

__all__ = ["FORMATS", "ExportOptions", "Format", "export", "file_name", "find_format"]

Writer = Callable[[Mapping[str, Any], ExportOptions], bytes]


@dataclass(frozen=True)
class Format:
    """A format and its writer."""

    name: str
    media_type: str
    suffix: str  # of a file's name
    description: str
    write: Writer
    needs_tag: bool = False
    takes_tag: bool = True  # without one it holds all


def _write_json(result: Mapping[str, Any], _options: ExportOptions) -> bytes:
    return (json.dumps(result, ensure_ascii=False) + "\n").encode("utf-8", "replace")


_ALL = (
    Format("json", "application/json", ".json", "the whole result, as `movietags tag --out` keeps it", _write_json, takes_tag=False),
    Format("csv", "text/csv; charset=utf-8", ".csv", "a row a segment", write_csv),
    Format("vtt", "text/vtt; charset=utf-8", ".vtt", "WebVTT, kind metadata: a cue a segment, with JSON", write_vtt),
    Format("vtt-chapters", "text/vtt; charset=utf-8", ".chapters.vtt", "WebVTT, kind chapters: none overlap", write_vtt_chapters),
    Format("srt", "application/x-subrip", ".srt", "subtitles that name one tag where it holds", write_srt, needs_tag=True),
    Format("edl", "text/plain; charset=utf-8", ".edl", "CMX 3600: the segments of one tag", write_edl, needs_tag=True),
    Format("otio", "application/json", ".otio", "OpenTimelineIO: the film with markers, or the segments of one tag", write_otio),
    Format("ffmetadata", "text/plain; charset=utf-8", ".ffmetadata", "chapters for FFmpeg: none overlap", write_ffmetadata),
    Format("nfo", "application/xml", ".nfo", "Kodi's movie.nfo: the film's themes as tags", write_nfo, takes_tag=False),
)
FORMATS: Mapping[str, Format] = MappingProxyType({format.name: format for format in _ALL})


def find_format(name: str) -> Format:
    """The format of a name. Raises UnknownFormat, which names close ones."""
    if name not in FORMATS:
        near = difflib.get_close_matches(name.lower(), FORMATS, n=2, cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}? " if near else ""
        raise UnknownFormat(f"There is no format {name!r}. {hint}The formats are {', '.join(FORMATS)}.")
    return FORMATS[name]


def export(result: Mapping[str, Any], format: str, options: ExportOptions) -> bytes:
    """A film's result in a format. Raises UnknownFormat, UnknownTag or ExportRefused."""
    found = find_format(format)
    if options.tag is not None:
        if options.tag not in result["scores"]:  # it may be of another model's vocabulary
            options.vocabulary.index(options.tag)
        if not found.takes_tag:
            raise ExportRefused(f"{format} holds the whole film and is written without a tag.")
    elif found.needs_tag:
        best = ", ".join(tag["tag"] for tag in result["tags"]) or "no tag in its compact set"
        raise ExportRefused(f"{format} is written for one tag, and none was given; this film has {best}.")
    return found.write(result, options)


def file_name(result: Mapping[str, Any], format: str, options: ExportOptions) -> str:
    """A name for the file: the film's, the tag's if one was chosen, and the format's ending."""
    stem = one_line(PurePath(result["film"]["file_name"].replace("\\", "/")).stem) or "film"
    return ".".join(filter(None, (stem, options.tag))) + find_format(format).suffix
