"""One CSV table of many films."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from service.exports.cleaning import text_cell
from service.tags import Vocabulary


class CsvTable:
    """A row a film: facts, compact set, and one column a tag with its score; written as the films come."""

    def __init__(self, path: Path, vocabulary: Vocabulary) -> None:
        self._stream = path.open("w", newline="", encoding="utf-8")
        self._tags = vocabulary.ids
        self._writer = csv.writer(self._stream)
        self._writer.writerow(
            ["file", "sha256", "duration_ms", "width", "height", "codec", "frame_rate", "model", "version", "tags", *self._tags]
        )

    def write(self, path: Path, result: Mapping[str, Any]) -> None:
        """Add one film; `path` is the file as the user named it."""
        film, model = result["film"], result["model"]
        tags = "|".join(tag["tag"] for tag in result["tags"])
        scores = [result["scores"].get(tag) for tag in self._tags]
        facts = [film[key] for key in ("sha256", "duration_ms", "width", "height", "codec", "frame_rate")]
        names = [text_cell(str(model[key])) for key in ("name", "version")]
        self._writer.writerow([text_cell(str(path)), *facts, *names, text_cell(tags), *scores])
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
