"""Execute the lesson's notebook with nbclient, cell after cell; what `scripts/lesson` calls."""

import argparse
import os
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

LESSON = Path(__file__).resolve().parent.parent / "docs" / "lesson.ipynb"
CELL_SECONDS = 600  # far more than any cell takes; a hanging one ends
KEPT_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="keep the outputs in the notebook")
    notebook = nbformat.read(LESSON, as_version=4)
    write = parser.parse_args().write
    began = time.monotonic()
    # Native libraries' own messages go to the terminal rather than into the notebook.
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_SECONDS,
        resources={"metadata": {"path": str(LESSON.parent)}},
        extra_arguments=["--IPKernelApp.capture_fd_output=False", "--log-level=ERROR"],
        on_cell_executed=lambda cell, cell_index, **_: tell(cell, cell_index, began),
    )
    try:
        client.execute(env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    except CellExecutionError as error:
        return fail(str(error))
    complaints = [output.text for cell in notebook.cells for output in cell.get("outputs", []) if output.get("name") == "stderr"]
    if complaints:
        sys.stderr.write("A cell wrote to its standard error:\n" + "\n".join(complaints) + "\n")
    if write and complaints:
        return fail("The notebook is left as it was: its outputs are to be read by others.")
    if write:
        keep(notebook)
    sys.stdout.write(f"{LESSON.name}: {len(notebook.cells)} cells ran in {time.monotonic() - began:.0f} s\n")
    return 0


def tell(cell: nbformat.NotebookNode, index: int, began: float) -> None:
    """A line a code cell, so that a slow one is seen."""
    if cell.cell_type == "code":
        sys.stdout.write(f"{time.monotonic() - began:6.0f} s  cell {index}: {cell.source.strip().splitlines()[0][:90]}\n")
        sys.stdout.flush()


def fail(reason: str) -> int:
    sys.stderr.write(f"{reason}\n")
    return 1


def keep(notebook: nbformat.NotebookNode) -> None:
    """Write the notebook without what differs from run to run and machine to machine."""
    notebook.metadata = nbformat.from_dict(KEPT_METADATA)
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({})
    fresh = LESSON.with_suffix(".ipynb.new")
    nbformat.write(notebook, fresh)
    os.replace(fresh, LESSON)


if __name__ == "__main__":
    sys.exit(main())
