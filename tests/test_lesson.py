"""The lesson's notebook as it is committed: whole, executed in order, and fit to be read on a code host."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
LESSON = ROOT / "docs" / "lesson.ipynb"
LARGEST = 1_000_000  # bytes
MACHINE = re.compile(r"/(?:home|root|tmp|work|usr|opt|var|Users)/|[A-Za-z]:\\\\|\.venv|site-packages")


@pytest.fixture(scope="module")
def lesson() -> Any:
    return nbformat.read(LESSON, as_version=4)


@pytest.fixture(scope="module")
def code(lesson):
    return [cell for cell in lesson.cells if cell.cell_type == "code"]


def test_it_is_a_valid_notebook_of_modest_size(lesson):
    nbformat.validate(lesson)
    assert LESSON.stat().st_size < LARGEST


def test_its_cells_ran_in_order(code):
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


def test_no_output_is_an_error_or_a_warning(code):
    outputs = [output for cell in code for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert "Warning" not in "".join(output.get("text", "") for output in outputs)


def test_nothing_tells_of_the_machine_it_ran_on(lesson):
    texts = [cell.source for cell in lesson.cells]
    texts += [output.get("text", "") for cell in lesson.cells for output in cell.get("outputs", [])]
    texts += [value for cell in lesson.cells for output in cell.get("outputs", []) for value in words(output.get("data", {}))]
    assert [found.group() for text in texts if (found := MACHINE.search(text))] == []
    assert set(lesson.metadata) == {"kernelspec", "language_info"}


def test_every_picture_of_it_can_be_read_aloud(code):
    pictures = [output for cell in code for output in cell.outputs if any(kind.startswith("image/") for kind in output.get("data", {}))]
    assert len(pictures) > 10
    assert [output.data for output in pictures if not any(output.metadata.get(kind, {}).get("alt") for kind in output.data)] == []


def words(data: Any) -> list[str]:
    """The readable forms of an output."""
    return [str(value) for kind, value in data.items() if kind.startswith("text/")]
