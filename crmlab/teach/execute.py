"""Run a notebook from top to bottom in a fresh kernel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from crmlab.errors import CrmlabError

TIMEOUT = 600  # seconds for one cell


class NotebookError(CrmlabError):
    """A notebook that does not run, or that gives away what it must not."""


def execute(notebook: nbformat.NotebookNode, folder: Path, on_cell: Callable[[int], None] | None = None) -> None:
    """Run a notebook in place with its folder as the working directory.

    Raises
    ------
    NotebookError
        Names the cell and the error in one line.
    """

    def done(cell: Any, cell_index: int, **_: Any) -> None:
        if on_cell:
            on_cell(cell_index)

    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],
        store_widget_state=False,
        coalesce_streams=True,  # else what one cell prints may come in pieces, as the clock will have it
        on_cell_executed=done,
    )
    try:
        client.execute()
    except CellExecutionError as problem:
        failed = next((i for i, c in enumerate(notebook.cells) if _failed(c)), 0)
        first = notebook.cells[failed].source.strip().splitlines()[0]
        raise NotebookError(f"cell {failed + 1} ({first!r}) fails: {problem.ename}: {problem.evalue}") from None


def _failed(cell: nbformat.NotebookNode) -> bool:
    return any(o.output_type == "error" for o in cell.get("outputs", []))
