"""The whole library, a film a line: CSV and JSON Lines, written as the films come."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from service.exports.cleaning import text_cell
from service.tags import Vocabulary

TEXT_FIELDS = ("id", "title", "external_id", "file_name", "state")
FIELDS = (*TEXT_FIELDS, "duration_ms", "tags")


def library_csv_header(vocabulary: Vocabulary) -> str:
    """The first line: the fields, then one column a tag for its score."""
    return _line((*FIELDS, *vocabulary.ids))


def library_csv_row(movie: Mapping[str, Any], vocabulary: Vocabulary) -> str:
    """A film's line; what it does not have yet, or does not have at all, is an empty cell."""
    texts = [text_cell(str(movie.get(field) or "")) for field in TEXT_FIELDS]
    tags = "|".join(f"{tag['tag']}={tag['score']}" for tag in movie.get("tags") or ())
    scores = movie.get("scores") or {}
    return _line((*texts, movie.get("duration_ms"), tags, *(scores.get(tag) for tag in vocabulary.ids)))


def library_json_line(movie: Mapping[str, Any], vocabulary: Vocabulary) -> str:
    """A film's line of JSON, with nulls and empty lists where CSV has empty cells."""
    scores = movie.get("scores") or {}
    body = {field: movie.get(field) for field in FIELDS} | {
        "tags": [{"tag": tag["tag"], "score": tag["score"]} for tag in movie.get("tags") or ()],
        "scores": {tag: scores[tag] for tag in dict.fromkeys((*vocabulary.ids, *sorted(scores))) if tag in scores},
    }
    # In ASCII: readers that split lines by Unicode's rules find no line end inside a title.
    return json.dumps(body) + "\n"


def _line(cells: Iterable[object]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow(cells)
    return stream.getvalue()
