"""Make the student's version of an exercise source.

Code between the comment lines ``# solution`` and ``# end solution`` is replaced by
``name = ...  # your code here``; cells tagged ``solution`` vanish. :mod:`crmlab.teach.leaks`
then proves that nothing is left.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from crmlab.errors import CrmlabError

CELL = re.compile(r"^#\s*%%(.*)$")
MARKER = re.compile(r"^(\s*)#+\s*(end\s+)?solution\s*[:.]?\s*$", re.IGNORECASE)
CHECK = re.compile(r"\.check\(\s*([A-Za-z_]\w*)\s*\)")
TAGS = re.compile(r"\"?tags\"?\s*[=:]\s*(\[[^\]]*\])")
SECRET_TAGS = {"solution", "solutions", "answer", "instructor", "teacher"}


@dataclass(frozen=True)
class Cell:
    """One cell of a source: ``line`` is the number of its first line."""

    line: int
    header: str
    body: list[str]

    @property
    def is_code(self) -> bool:
        """Whether the cell holds code."""
        return not re.search(r"\[(markdown|md|raw)\]", self.header)

    @property
    def is_solution(self) -> bool:
        """Whether students must not see the cell."""
        found = TAGS.search(self.header)
        return found is not None and not SECRET_TAGS.isdisjoint(re.findall(r"[\w-]+", found[1]))


def student_version(source: str) -> str:
    """Remove the solutions from an exercise source.

    Parameters
    ----------
    source : str
        ``py:percent`` text.

    Returns
    -------
    str
        The same text with each solution block replaced by a line to fill in, and without the
        cells tagged ``solution``.

    Raises
    ------
    CrmlabError
        If a marker has no partner, or a block binds no name; names the line.

    Examples
    --------
    >>> print(student_version("# %%\\n# solution\\nn = len(rows)\\n# end solution\\n"), end="")
    # %%
    n = ...  # your code here
    """
    head, cells = split(source)
    checked = set(CHECK.findall(source))
    lines = list(head)
    for cell in cells:
        if cell.is_solution:
            continue
        lines.append(cell.header)
        at = 0
        for start, end in blocks(cell):
            lines += cell.body[at:start]
            names = _names_to_fill(cell, start, end, checked)
            lines += [f"{name} = ...  # your code here" for name in names]
            at = end + 1
        lines += cell.body[at:]
    return "\n".join(lines).rstrip() + "\n"


def split(source: str) -> tuple[list[str], list[Cell]]:
    """Cut a source into what comes before the first cell, and its cells."""
    head: list[str] = []
    cells: list[Cell] = []
    for number, line in enumerate(source.splitlines(), start=1):
        if CELL.match(line):
            cells.append(Cell(number, line, []))
        else:
            (cells[-1].body if cells else head).append(line)
    return head, cells


def blocks(cell: Cell) -> list[tuple[int, int]]:
    """Return where the solution blocks of a code cell start and end, as positions in its body."""
    blocks: list[tuple[int, int]] = []
    start: int | None = None
    for at, line in enumerate(cell.body if cell.is_code else []):
        marker = MARKER.match(line)
        if not marker:
            continue
        if marker[1]:
            raise CrmlabError(f"Line {cell.line + 1 + at}: write {line.strip()!r} at the beginning of the line.")
        if bool(marker[2]) == (start is None):
            wrong = "closes nothing" if start is None else "comes before the last one is closed"
            raise CrmlabError(f"Line {cell.line + 1 + at}: {line.strip()!r} {wrong}. Blocks cannot be nested.")
        if start is None:
            start = at
        else:
            blocks.append((start, at))
            start = None
    if start is not None:
        raise CrmlabError(
            f"Line {cell.line + 1 + start}: '# solution' is never closed. "
            "End it with '# end solution' in the same cell."
        )
    return blocks


def _names_to_fill(cell: Cell, start: int, end: int, checked: set[str]) -> list[str]:
    """Return the names a student has to bind: those that are checked, else the last one bound."""
    line = cell.line + 1 + start
    try:
        names = bound_names(ast.parse("\n".join(cell.body[start:end])))
    except SyntaxError as problem:
        raise CrmlabError(
            f"Line {line + (problem.lineno or 1) - 1}: the solution is not Python ({problem.msg})."
        ) from None
    if not names:
        raise CrmlabError(f"Line {line}: the solution binds no name; a student could not fill anything in.")
    return [name for name in names if name in checked] or names[-1:]


def bound_names(tree: ast.Module) -> list[str]:
    """Return the names that top-level statements bind, in order."""
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            names += [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return list(dict.fromkeys(names))
