"""Make the student notebook from the solution source, and prove that no solution is left in it.

In a source, code between the comment lines ``# solution`` and ``# end solution`` is replaced by
``name = ...  # your code here``; cells tagged ``solution`` vanish. The gate does not trust that:
it looks for every line of every solution, for what the solutions print, and for tell-tale words,
in all texts of the finished notebook, also in its outputs, metadata and attachments.
"""

from __future__ import annotations

import ast
import base64
import binascii
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbformat

from crmlab import exercises
from crmlab.errors import CrmlabError

_CELL = re.compile(r"^#\s*%%(.*)$")
_MARKER = re.compile(r"^(\s*)#+\s*(end\s+)?solution\s*[:.]?\s*$", re.IGNORECASE)
_CHECK = re.compile(r"\.check\(\s*([A-Za-z_]\w*)\s*\)")
_TAGS = re.compile(r"\"?tags\"?\s*[=:]\s*(\[[^\]]*\])")
_SET = re.compile(r"exercise\(\s*[\"']([^\"']+)[\"']")
_RIGHT = re.compile(r"\[ok\??\]|[✔◐]|(?:^|\s\s|>)right(?: so far)?(?:\s\s|<|$)", re.MULTILINE)
_DECIMAL = re.compile(r"(?<![\w.])\d+\.\d{3,}")
_SECRET_TAGS = {"solution", "solutions", "answer", "instructor", "teacher"}
_TELLTALES = [
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"#\s*(?:(?:begin|end)\s+)?solution\b|^[^\w\n]*solutions?[^\w\n]*$",
        r"\bsolutions?\s*:",
        r"\b(?:model|sample|reference|expected|correct|right) (?:answer|solution|result)s?\b",
        r"\bthe (?:answer|solution) is\b",
        r"\banswer key\b",
        r"\b(?:instructor|teacher)s? only\b",
        r"\bteaching note\b",
        r"参考答案|标准答案|正确答案",
    )
]
SHORTEST, SHORTEST_PROSE = 12, 25  # characters, without blanks: a shorter line gives nothing away


@dataclass(frozen=True)
class _Cell:
    """One cell of a source: ``line`` is the number of its first line."""

    line: int
    header: str
    body: list[str]

    @property
    def is_code(self) -> bool:
        return not re.search(r"\[(markdown|md|raw)\]", self.header)

    @property
    def is_solution(self) -> bool:
        found = _TAGS.search(self.header)
        return found is not None and not _SECRET_TAGS.isdisjoint(re.findall(r"[\w-]+", found[1]))


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
    head, cells = _split(source)
    checked = set(_CHECK.findall(source))
    lines = list(head)
    for cell in cells:
        if cell.is_solution:
            continue
        lines.append(cell.header)
        at = 0
        for start, end in _blocks(cell):
            lines += cell.body[at:start]
            names = _names_to_fill(cell, start, end, checked)
            lines += [f"{name} = ...  # your code here" for name in names]
            at = end + 1
        lines += cell.body[at:]
    return "\n".join(lines).rstrip() + "\n"


def check_student_notebook(
    notebook: nbformat.NotebookNode, source: str, solved: nbformat.NotebookNode | None = None
) -> list[str]:
    """Look for anything that gives a solution away.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        The finished student notebook, with outputs.
    source : str
        The exercise source with its solutions.
    solved : nbformat.NotebookNode, optional
        The source with solutions, run (:func:`run_solution`); it is run now if not given.

    Returns
    -------
    list of str
        One line for each problem; empty when the notebook is clean.

    Examples
    --------
    >>> source = "# %%\\n# solution\\nrate = (orders >= 2).mean()\\n# end solution\\n"
    >>> leaky = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("`(orders>=2).mean()`")])
    >>> check_student_notebook(leaky, source, solved=nbformat.v4.new_notebook())
    []
    >>> leaky.cells[0].source = "Try `rate = ( orders >= 2 ).mean()`"
    >>> check_student_notebook(leaky, source, solved=nbformat.v4.new_notebook())
    ["cell 1: solution line 'rate = (orders >= 2).mean()'"]
    """
    problems = []
    if solved is None:
        try:
            solved = run_solution(source)
        except CrmlabError as problem:
            return [f"the solution does not run: {problem}"]
    needles = {_squeeze(line): f"solution line {line!r}" for line in _solution_lines(source)}
    needles |= _output_needles(solved, source)
    for place, text in _all_texts(notebook):
        squeezed = _squeeze(text)
        problems += [f"{place}: {what}" for needle, what in needles.items() if needle in squeezed]
        if not place.endswith("key"):  # a key that tells tales is found by its value's type, below
            problems += [f"{place}: tell-tale {m[0].strip()!r}" for t in _TELLTALES if (m := t.search(text))]
    problems += _structure_problems(notebook, set(_CHECK.findall(source)))
    return list(dict.fromkeys(problems))


def run_solution(source: str) -> nbformat.NotebookNode:
    """Run an exercise source with its solutions, and show each checked name once more at the end.

    Raises
    ------
    CrmlabError
        If a cell fails, or a check does not say right.
    """
    from crmlab.teach.build import execute

    notebook = jupytext.reads(source, fmt="py:percent")
    checked = list(dict.fromkeys(_CHECK.findall(source)))
    notebook.cells += [nbformat.v4.new_code_cell(f"print({name})") for name in checked]
    execute(notebook, Path.cwd())
    for cell in notebook.cells:
        for name in _CHECK.findall(cell.source):
            if cell.cell_type == "code" and not any(_RIGHT.search(text) for text in _plain_outputs(cell)):
                raise CrmlabError(f"the check of {name!r} does not say right: {' '.join(_plain_outputs(cell))[:200]}")
    return notebook


def _split(source: str) -> tuple[list[str], list[_Cell]]:
    """Cut a source into what comes before the first cell, and its cells."""
    head: list[str] = []
    cells: list[_Cell] = []
    for number, line in enumerate(source.splitlines(), start=1):
        if _CELL.match(line):
            cells.append(_Cell(number, line, []))
        else:
            (cells[-1].body if cells else head).append(line)
    return head, cells


def _blocks(cell: _Cell) -> list[tuple[int, int]]:
    """Return where the solution blocks of a code cell start and end, as positions in its body."""
    blocks: list[tuple[int, int]] = []
    start: int | None = None
    for at, line in enumerate(cell.body if cell.is_code else []):
        marker = _MARKER.match(line)
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


def _names_to_fill(cell: _Cell, start: int, end: int, checked: set[str]) -> list[str]:
    """Return the names a student has to bind: those that are checked, else the last one bound."""
    line = cell.line + 1 + start
    try:
        names = _bound_names(ast.parse("\n".join(cell.body[start:end])))
    except SyntaxError as problem:
        raise CrmlabError(
            f"Line {line + (problem.lineno or 1) - 1}: the solution is not Python ({problem.msg})."
        ) from None
    if not names:
        raise CrmlabError(f"Line {line}: the solution binds no name; a student could not fill anything in.")
    return [name for name in names if name in checked] or names[-1:]


def _bound_names(tree: ast.Module) -> list[str]:
    """Return the names that top-level statements bind, in order."""
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            names += [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return list(dict.fromkeys(names))


def _solution_lines(source: str) -> list[str]:
    """Return the lines that must not survive: from the source, and from the questions themselves."""
    code: list[str] = []
    prose: list[str] = []
    for cell in _split(source)[1]:
        if cell.is_solution and not cell.is_code:
            prose += [line.lstrip("# ") for line in cell.body]
            continue
        blocks = [(0, len(cell.body))] if cell.is_solution else _blocks(cell)
        code += [line for start, end in blocks for line in cell.body[start:end]]
    for name in set(_SET.findall(source)) & set(exercises.names()):
        from crmlab.teach.question import student_code

        code += [line for question in exercises.find(name).QUESTIONS for line in student_code(question).splitlines()]
    code = [line for line in map(_without_comment, code) if len(_squeeze(line)) >= SHORTEST]
    prose = [line for line in prose if len(_squeeze(line)) >= SHORTEST_PROSE]
    return [line for line in dict.fromkeys(code + prose) if not line.startswith(("import ", "from "))]


def _without_comment(line: str) -> str:
    return re.sub(r"\s+#\s.*$|^\s*#.*$", "", line).strip()


def _output_needles(solved: nbformat.NotebookNode, source: str) -> dict[str, str]:
    """Return what the solution run shows only because of the solutions."""
    tainted: set[str] = set(_CHECK.findall(source))
    secret: list[str] = []
    open_: list[str] = []
    for cell in solved.cells:
        if cell.cell_type != "code":
            continue
        tree = _tree(cell.source)
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        has_block = any(_MARKER.match(line) for line in cell.source.splitlines())
        if has_block or _is_secret(cell) or not tainted.isdisjoint(used):
            tainted |= set(_bound_names(tree)) - {"ex"}
            secret += _plain_outputs(cell)
        else:
            open_ += _plain_outputs(cell)
    shown = _squeeze("\n".join(open_))
    found = [line for text in secret for line in text.splitlines() if len(_squeeze(line)) >= SHORTEST]
    numbers = [number for text in secret for number in _DECIMAL.findall(text)]
    found += [*numbers, *(f"{float(n):.{digits}f}" for n in numbers for digits in (3, 4))]
    return {_squeeze(line): f"output of a solution {line.strip()!r}" for line in found if _squeeze(line) not in shown}


def _structure_problems(notebook: nbformat.NotebookNode, checked: set[str]) -> list[str]:
    """Find solutions by where they stand: tags, metadata keys, bound answers, checks that are right."""
    problems = []
    for number, cell in enumerate(notebook.cells, start=1):
        if _is_secret(cell):
            problems.append(f"cell {number}: tagged {', '.join(cell.metadata.tags)}")
        if cell.cell_type != "code":
            continue
        problems += [f"cell {number}: binds {name!r} to an answer" for name in _answers_bound(cell.source, checked)]
        for output in cell.outputs:
            if output.output_type == "error":
                problems.append(f"cell {number}: fails with {output.ename}")
        if any(_RIGHT.search(text) for text in _plain_outputs(cell)):
            problems.append(f"cell {number}: a check says right")
    metadata = [notebook.metadata, *(cell.metadata for cell in notebook.cells)]
    for key, value in (pair for node in metadata for pair in _pairs(node)):
        # nbgrader's own {"solution": true} marks a cell to fill in; it is no solution
        if re.search(r"solution|answer", str(key), re.IGNORECASE) and not isinstance(value, bool):
            problems.append(f"metadata: key {key!r}")
    return problems


def _answers_bound(code: str, checked: set[str]) -> list[str]:
    """Return the checked names that a cell binds to anything but the three dots."""
    tree = _tree(code)
    blanks = {
        id(target)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and node.value.value is ...
        for target in node.targets
    }
    stored = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return [n.id for n in stored if n.id in checked and id(n) not in blanks]


def _tree(code: str) -> ast.Module:
    """Parse a cell without the lines that only a notebook understands."""
    lines = [line for line in code.splitlines() if not line.lstrip().startswith(("%", "!", "?"))]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:  # a cell that does not run shows as an error output
        return ast.Module(body=[], type_ignores=[])


def _is_secret(cell: nbformat.NotebookNode) -> bool:
    return not _SECRET_TAGS.isdisjoint(cell.metadata.get("tags", []))


def _plain_outputs(cell: nbformat.NotebookNode) -> list[str]:
    texts = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in cell.get("outputs", [])]
    return ["".join(text) for text in texts]


def _all_texts(notebook: nbformat.NotebookNode) -> Iterator[tuple[str, str]]:
    """Give every text in a notebook with its place; markup is also given without its tags."""
    parts = [(f"cell {number}", cell) for number, cell in enumerate(notebook.cells, start=1)]
    parts.append(("metadata", notebook.metadata))
    for place, part in parts:
        for text in _strings(part):
            yield place, text
            if "<" in text and ">" in text:
                yield place, html.unescape(re.sub(r"<[^>]*>", " ", text))
            if decoded := _decoded(text):
                yield place, decoded
        yield from ((f"{place}, key", str(key)) for key, _ in _pairs(part))


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, (dict, list)):
        for value in node.values() if isinstance(node, dict) else node:
            yield from _strings(value)


def _pairs(node: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key, value
            yield from _pairs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _pairs(value)


def _decoded(text: str) -> str:
    """Return the text behind base64, as attachments are stored; empty if there is none."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def _squeeze(text: str) -> str:
    """Return the text without blanks, kinds of quotes and capitals."""
    return re.sub(r"\s+", "", html.unescape(text)).replace("'", '"').lower()
