"""CSV files that people write: commas or semicolons, with or without a byte order mark, columns in any order."""

import csv
from collections.abc import Sequence
from pathlib import Path

from training.errors import DataError

Row = dict[str, str]


def read_table(path: Path, needed: Sequence[str] = ()) -> list[Row]:
    """All rows, by the names of their columns in lower case; a cell that a row lacks is empty. Raises DataError."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            head = lines.readline()
            lines.seek(0)
            reader = csv.reader(lines, delimiter=";" if ";" in head and "," not in head else ",")
            columns = [name.strip().lower() for name in next(reader, [])]
            _refuse_columns(path, columns, needed)
            cells = [line for line in reader if any(cell.strip() for cell in line)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a CSV file in UTF-8: {error}") from error
    return [dict.fromkeys(columns, "") | dict(zip(columns, map(str.strip, line), strict=False)) for line in cells]


def _refuse_columns(path: Path, columns: Sequence[str], needed: Sequence[str]) -> None:
    missing = [name for name in needed if name not in columns]
    if missing:
        raise DataError(
            f"{path} has the columns {', '.join(columns) or '(none)'}; it lacks {', '.join(missing)}. Its first line must name the columns."
        )
