"""CSV files that people write: commas, semicolons or tabs, with or without a byte order mark, columns in any order."""

import csv
from collections.abc import Sequence
from pathlib import Path

from training.errors import DataError

Row = dict[str, str]


def read_table(path: Path, needed: Sequence[str] = (), exact: Sequence[str] = ()) -> list[Row]:
    """All rows, by the names of their columns in lower case; a cell that a row lacks is empty. Raises DataError.

    Blanks around a cell are cut off, but not in the columns `exact`.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            head = lines.readline()
            lines.seek(0)
            reader = csv.reader(lines, delimiter=_delimiter(head))
            columns = [name.strip().lower() for name in next(reader, [])]
            _refuse_columns(path, columns, needed)
            lines_of_cells = [_fitting(path, reader.line_num, line, columns) for line in reader if any(cell.strip() for cell in line)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a CSV file in UTF-8: {error}") from error
    return [
        dict.fromkeys(columns, "") | {name: cell if name in exact else cell.strip() for name, cell in zip(columns, line, strict=False)}
        for line in lines_of_cells
    ]


def joined_tags(cell: str) -> frozenset[str]:
    """The tags of a cell, which are joined by '|'."""
    return frozenset(filter(None, map(str.strip, cell.split("|"))))


def _delimiter(head: str) -> str:
    return next((mark for mark in ",;\t" if mark in head), ",")


def _fitting(path: Path, line: int, cells: list[str], columns: Sequence[str]) -> list[str]:
    """Empty cells at the end, as office programs write them, are no fault."""
    count = max(place for place, cell in enumerate(cells, start=1) if cell.strip())
    if count > len(columns):
        raise DataError(f"{path}, line {line} has {count} cells for {len(columns)} columns; join tags by |.")
    return cells


def _refuse_columns(path: Path, columns: Sequence[str], needed: Sequence[str]) -> None:
    missing = [name for name in needed if name not in columns]
    if missing:
        raise DataError(
            f"{path} has the columns {', '.join(columns) or '(none)'}; it lacks {', '.join(missing)}. Its first line must name the columns."
        )
