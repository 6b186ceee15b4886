"""The segments of one film as a CSV table."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from service.exports.cleaning import text_cell
from service.exports.parts import ExportOptions, clock, parts_of

COLUMNS = ("file_name", "tag", "name", "start_ms", "end_ms", "start", "end", "score")


def write_csv(result: Mapping[str, Any], options: ExportOptions) -> bytes:
    """A row a segment, in order of time."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    file_name = text_cell(result["film"]["file_name"])
    for part in parts_of(result, options):
        names = (file_name, text_cell(part.tag), text_cell(part.name))
        writer.writerow((*names, part.start_ms, part.end_ms, clock(part.start_ms), clock(part.end_ms), part.score))
    return stream.getvalue().encode("utf-8", "replace")
