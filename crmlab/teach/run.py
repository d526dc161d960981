"""Run the whole course without a browser, and write a readable page of each notebook."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from crmlab.errors import CrmlabError
from crmlab.teach.build import Plan, plans
from crmlab.teach.execute import NotebookError, execute


@dataclass(frozen=True)
class Result:
    """What became of one notebook."""

    name: str
    seconds: float
    page: Path | None
    problem: str


def run(root: Path, names: Sequence[str] = (), out: Path | None = None) -> list[Result]:
    """Run notebooks one after another, with a progress bar and a line for each.

    A notebook that fails does not stop the rest. Pages that are written stay when the run is interrupted.

    Parameters
    ----------
    root : Path
        The course folder.
    names : sequence of str
        Such as ``"03"``; all when empty.
    out : Path, optional
        Folder of the pages; default ``build/html`` in the course folder.

    Returns
    -------
    list of Result
        One a notebook, in order.

    Raises
    ------
    CrmlabError
        If the folder cannot be written, or a name fits nothing.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    chosen = plans(root, names)
    missing = [p.name for p in chosen if not p.target.exists()]
    if missing:
        raise CrmlabError(f"Not built yet: {', '.join(missing)}. Run `crmlab build` first.")
    pages = out or root / "build" / "html"
    try:
        pages.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise CrmlabError(f"{pages} cannot be made ({problem.strerror}). Choose another folder with --out.") from None
    notebooks = [nbformat.read(p.target, as_version=4) for p in chosen]
    results: list[Result] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console()
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("cells", total=sum(len(n.cells) for n in notebooks))
        for plan, notebook in zip(chosen, notebooks, strict=True):
            progress.update(bar, description=plan.name)
            result = _run_one(plan, notebook, pages, lambda _: progress.advance(bar))
            results.append(result)
            line = f"{plan.name:<28} {result.seconds:5.1f} s  "
            console.print(line + (result.problem or str(result.page)), markup=False, highlight=False, soft_wrap=True)
    return results


def _run_one(plan: Plan, notebook: nbformat.NotebookNode, pages: Path, on_cell: object) -> Result:
    began, problem = time.perf_counter(), ""
    try:
        execute(notebook, plan.target.parent, on_cell)  # type: ignore[arg-type]
    except NotebookError as failed:
        problem = f"FAILED: {failed}"
    page = pages / f"{plan.name.replace('/', '-')}.html"
    page.write_text(to_html(notebook, plan.name), encoding="utf-8")
    return Result(plan.name, time.perf_counter() - began, page, problem)


def to_html(notebook: nbformat.NotebookNode, name: str) -> str:
    """Turn an executed notebook into one page that needs no network.

    Parameters
    ----------
    notebook : NotebookNode
        With outputs; widgets are left out, the figure below each says the same.
    name : str
        Such as ``notebooks/03_tiering``; the shelf decides where links lead.
    """
    from nbconvert import HTMLExporter

    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                o for o in cell.outputs if "application/vnd.jupyter.widget-view+json" not in o.get("data", {})
            ]
    exporter = HTMLExporter(template_name="lab", embed_images=True)
    # classrooms are offline: nothing is pulled from elsewhere
    for setting in ("require_js_url", "jquery_url", "mathjax_url", "mermaid_js_url", "widget_renderer_url"):
        setattr(exporter, setting, "")
    page, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": name}})
    page = _without_foreign_scripts(page)
    shelf = name.split("/")[0]
    page = re.sub(r'href="\.\./(\w+)/(\w+)\.ipynb', r'href="\1-\2.html', page)
    return re.sub(r'href="(\w+)\.ipynb', rf'href="{shelf}-\1.html', page)


def _without_foreign_scripts(page: str) -> str:
    """Remove script elements: a page of results needs none, and empty addresses would only fail."""
    return re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL | re.IGNORECASE)
