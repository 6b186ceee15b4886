"""Foreign text made fit for a format: one line, and cells that no spreadsheet runs."""

import unicodedata

_FORMULA_MARKS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_CONTROL_MARKS = ("\t", "\r", "\n")


def one_line(text: str) -> str:
    """The text in one line, without control characters and without what UTF-8 or XML cannot hold."""
    return " ".join("".join(" " if _unfit(character) else character for character in text).split())


def text_cell(text: str) -> str:
    """A cell of a table: what a spreadsheet would take for a formula gets an apostrophe before it, which makes it text."""
    return f"'{text}" if text.startswith(_CONTROL_MARKS) or text.lstrip().startswith(_FORMULA_MARKS) else text


def _unfit(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in "\ufffe\uffff"
