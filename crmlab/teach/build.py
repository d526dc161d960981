"""Make the notebooks that people open from the sources that people review.

A source is a ``py:percent`` file in ``src/``. Building converts it, runs it, and stores
the result beside ``src/`` with its outputs. A notebook records a digest of its
source and of every file of this package and every data file list that it used, so that a build touches
only what changed, and a check can say what is out of date without running anything.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat

from crmlab.errors import CrmlabError, UnknownNameError, nearest
from crmlab.teach.execute import NotebookError, execute

PACKAGE = Path(__file__).resolve().parent.parent
SHELVES = ("notebooks", "exercises")
# run as a last cell, then removed: which files of the package did this notebook use?
ASK_FOR_FILES = """
import sys, json
print(json.dumps(sorted({m.__file__ for n, m in list(sys.modules.items())
                         if n.split('.')[0] == 'crmlab' and getattr(m, '__file__', None)})))
"""


@dataclass(frozen=True)
class Plan:
    """One source and the notebook to be made of it."""

    source: Path
    target: Path

    @property
    def name(self) -> str:
        """Such as ``notebooks/03_tiering``."""
        return f"{self.target.parent.name}/{self.target.stem}"

    @property
    def is_exercise(self) -> bool:
        """Exercises are built without their solutions."""
        return self.target.parent.name == "exercises"


def find_root(start: Path | None = None) -> Path:
    """Return the course folder: the nearest one upwards, or the one this package runs from.

    Raises
    ------
    CrmlabError
        If there is none, as when only the package is installed.
    """
    here = (start or Path.cwd()).resolve()
    for place in (here, *here.parents, PACKAGE.parent):
        if (place / "notebooks" / "src").is_dir():
            return place
    raise CrmlabError(
        f"{here} is not in a course folder (one with notebooks/src). Go to your copy of the course first."
    )


def plans(root: Path, names: Sequence[str] = ()) -> list[Plan]:
    """List the notebooks of a course, all or those whose name begins with one of ``names``.

    Parameters
    ----------
    root : Path
        The course folder.
    names : sequence of str
        Such as ``"03"`` or ``"3"``, ``"03_tiering"`` or ``"exercises/03"``.

    Raises
    ------
    UnknownNameError
        If a name fits nothing.
    """
    found = [
        Plan(source, root / shelf / f"{source.stem}.ipynb")
        for shelf in SHELVES
        for source in sorted((root / shelf / "src").glob("*.py"))
    ]
    if not names:
        return found
    chosen: list[Plan] = []
    for name in names:
        wanted = name.removesuffix(".ipynb").removesuffix(".py").replace("\\", "/")
        wanted = re.sub(r"^(\w+/)?(\d)(?!\d)", r"\g<1>0\2", wanted)  # 3 is chapter 03
        fits = [p for p in found if p.name.startswith(wanted) or p.target.stem.startswith(wanted)]
        if not fits:
            stems = [p.name for p in found]
            raise UnknownNameError(
                f"No notebook begins with {name!r}.{nearest(name, stems)} There are {', '.join(stems)}."
            )
        chosen += [p for p in fits if p not in chosen]
    return chosen


def out_of_date(root: Path, names: Sequence[str] = ()) -> dict[str, str]:
    """Say which notebooks do not match their sources, and why; nothing is run.

    Parameters
    ----------
    root : Path
        The course folder.
    names : sequence of str
        As in :func:`plans`.

    Returns
    -------
    dict
        Notebook name to reason; empty when all is up to date.
    """
    stale: dict[str, str] = {}
    for plan in plans(root, names):
        reason = _reason_to_build(plan, root)
        if reason:
            stale[plan.name] = reason
    if not names:
        for shelf in SHELVES:
            for built in sorted((root / shelf).glob("*.ipynb")):
                if not (root / shelf / "src" / f"{built.stem}.py").exists():
                    stale[f"{shelf}/{built.stem}"] = "has no source"
    return stale


def build(
    root: Path, names: Sequence[str] = (), *, force: bool = False, tell: Callable[[str], None] = print
) -> list[Path]:
    """Convert, run and store the notebooks that are out of date.

    Parameters
    ----------
    root : Path
        The course folder.
    names : sequence of str
        As in :func:`plans`.
    force : bool
        Build also what is up to date.
    tell : callable
        Gets one line a notebook.

    Returns
    -------
    list of Path
        The notebooks written.

    Raises
    ------
    NotebookError
        If a cell fails, or if an exercise notebook gives a solution away. The notebook that was there
        before is left as it was.
    """
    written = []
    for plan in plans(root, names):
        reason = "asked for" if force else _reason_to_build(plan, root)
        if not reason:
            tell(f"{plan.name}: up to date")
            continue
        tell(f"{plan.name}: building ({reason})")
        written.append(_build_one(plan, root))
    return written


def convert(plan: Plan) -> nbformat.NotebookNode:
    """Turn a source into a notebook without outputs, with the same cell ids every time."""
    text = plan.source.read_text(encoding="utf-8")
    if plan.is_exercise:
        from crmlab.teach.student import student_version

        text = student_version(text)
    notebook = jupytext.reads(text, fmt="py:percent")
    for i, cell in enumerate(notebook.cells):
        cell.id = f"{i:03d}-{hashlib.sha256(cell.source.encode()).hexdigest()[:8]}"
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def _build_one(plan: Plan, root: Path) -> Path:
    notebook = convert(plan)
    notebook.cells.append(nbformat.v4.new_code_cell(ASK_FOR_FILES))
    try:
        execute(notebook, plan.target.parent)
    except NotebookError as problem:
        raise NotebookError(f"{plan.source.relative_to(root)}: {problem}") from None
    used = json.loads(notebook.cells.pop().outputs[0].text)
    inputs = sorted(Path(f).resolve().relative_to(PACKAGE).as_posix() for f in used if Path(f).is_relative_to(PACKAGE))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            _settle(cell)
    notebook.metadata["crmlab"] = {"digest": _digest(plan, root, inputs), "inputs": inputs}
    if plan.is_exercise:
        from crmlab.teach.leaks import check_student_notebook

        leaks = check_student_notebook(notebook, plan.source.read_text(encoding="utf-8"))
        if leaks:
            raise NotebookError(f"{plan.source.relative_to(root)} would give solutions away: " + "; ".join(leaks))
    text = nbformat.writes(notebook, indent=1) + "\n"
    plan.target.write_text(text, encoding="utf-8", newline="\n")
    return plan.target


def _settle(cell: nbformat.NotebookNode) -> None:
    """Drop what differs from run to run, and what only a running kernel can show."""
    cell.metadata.pop("execution", None)
    kept = []
    for output in cell.outputs:
        data = output.get("data", {})
        if "application/vnd.jupyter.widget-view+json" in data:
            continue
        if "image/png" in data:
            data["image/png"] = _small(data["image/png"])
        kept.append(output)
    cell.outputs = kept


def _small(picture: str) -> str:
    """Redraw a base64 PNG with at most 128 colours; charts look the same and weigh a third."""
    from PIL import Image

    full = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    target = io.BytesIO()
    full.quantize(128, dither=Image.Dither.NONE).save(target, format="PNG", optimize=True)
    return base64.b64encode(target.getvalue()).decode("ascii")


def _reason_to_build(plan: Plan, root: Path) -> str:
    """Why a notebook has to be built, or an empty text."""
    if not plan.target.exists():
        return "not built yet"
    try:
        built = nbformat.read(plan.target, as_version=4)
        recorded = built.metadata["crmlab"]
        inputs, digest = list(recorded["inputs"]), str(recorded["digest"])
    except (KeyError, TypeError, AttributeError, ValueError, OSError):
        return "not made by the builder, or damaged"
    fresh = convert(plan)
    if [(c.cell_type, c.source) for c in fresh.cells] != [(c.cell_type, c.source) for c in built.cells]:
        return "source changed, or the notebook was edited by hand"
    if _digest(plan, root, inputs) != digest:
        return "the package or the data it uses changed"
    return ""


def _digest(plan: Plan, root: Path, inputs: Iterable[str]) -> str:
    """SHA-256 over the source, the package files it used, and the list of data files."""
    total = hashlib.sha256()
    for path in [plan.source, root / "datasets" / "SHA256SUMS", *(PACKAGE / i for i in inputs)]:
        # line endings differ between checkouts, the content does not
        content = path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else b"missing"
        total.update(path.name.encode() + b"\0" + content + b"\0")
    return total.hexdigest()
