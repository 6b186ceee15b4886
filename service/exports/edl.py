"""CMX 3600 edit decision lists: the segments of one tag, one after the other.

Written by hand: the writer of otio-cmx3600-adapter has no FCM line, fails on a list without events, and labels every list
at 29.97 as drop-frame, also where the film's own timecode is not.
"""

from collections.abc import Mapping
from typing import Any

from service.errors import ExportRefused
from service.exports.cleaning import one_line
from service.exports.parts import ExportOptions, film_time_of, parts_of
from service.timecode import Counting

MAX_EVENTS = 999  # their numbers have three digits
RECORD_START = "01:00:00:00"  # of the list's own time, as programmes begin
_TITLE_LENGTH = 70  # characters, of the format
_REEL = "AX"  # a file, not a tape; programs find it by its clip name


def write_edl(result: Mapping[str, Any], options: ExportOptions) -> bytes:
    """An event a segment: in and out by the film's timecode, then by the list's own, without gaps from 01:00:00:00 on."""
    time = film_time_of(result)
    parts = parts_of(result, options)
    if len(parts) > MAX_EVENTS:
        raise ExportRefused(f"An edl holds at most {MAX_EVENTS} events, and the tag has {len(parts)} segments; otio holds them.")
    counting = time.counting
    title = f"{options.title_of(result)} - {options.name(options.tag or '')}"[:_TITLE_LENGTH]
    lines = [f"TITLE: {title}", f"FCM: {'DROP FRAME' if counting.drop else 'NON-DROP FRAME'}", ""]
    clip = one_line(result["film"]["file_name"])
    record = counting.frame(RECORD_START)
    for number, part in enumerate(parts, 1):
        start, end = time.frames(part.start_ms, part.end_ms)
        lines.append(_event(number, counting, (start, end, record, record + end - start)))
        lines += [f"* FROM CLIP NAME: {clip}", f"* TAG: {part.name} {part.score:.4f}"]
        if number == 1:  # readers know no comments before the first event
            lines += [f"* {one_line(remark)}" for remark in time.remarks]
        record += end - start
    return ("\r\n".join(lines) + "\r\n").encode()


def _event(number: int, counting: Counting, frames: tuple[int, int, int, int]) -> str:
    return f"{number:03d}  {_REEL:8} {'V':5} C        {' '.join(map(counting.label, frames))}"
