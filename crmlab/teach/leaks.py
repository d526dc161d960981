"""Prove that no solution is left in a student notebook.

The gate does not trust :mod:`crmlab.teach.student`, which takes the solutions out: it looks for every
line of every solution, for what the solutions print, and for tell-tale words, in all texts of the
finished notebook, also in its outputs, metadata and attachments.
"""

from __future__ import annotations

import ast
import base64
import binascii
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbformat

from crmlab import exercises
from crmlab.errors import CrmlabError
from crmlab.teach.authoring import student_code
from crmlab.teach.execute import execute
from crmlab.teach.student import CHECK, MARKER, SECRET_TAGS, blocks, bound_names, split

_SET = re.compile(r"exercise\(\s*[\"']([^\"']+)[\"']")
_RIGHT = re.compile(r"\[ok\??\]|[✔◐]|(?:^|\s\s|>)right(?: so far)?(?:\s\s|<|$)", re.MULTILINE)
_DECIMAL = re.compile(r"(?<![\w.])\d+\.\d{3,}")
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
    problems += _structure_problems(notebook, set(CHECK.findall(source)))
    return list(dict.fromkeys(problems))


def run_solution(source: str) -> nbformat.NotebookNode:
    """Run an exercise source with its solutions, and show each checked name once more at the end.

    Raises
    ------
    CrmlabError
        If a cell fails, or a check does not say right.
    """
    notebook = jupytext.reads(source, fmt="py:percent")
    checked = list(dict.fromkeys(CHECK.findall(source)))
    notebook.cells += [nbformat.v4.new_code_cell(f"print({name})") for name in checked]
    execute(notebook, Path.cwd())
    for cell in notebook.cells:
        for name in CHECK.findall(cell.source):
            if cell.cell_type == "code" and not any(_RIGHT.search(text) for text in _plain_outputs(cell)):
                raise CrmlabError(f"the check of {name!r} does not say right: {' '.join(_plain_outputs(cell))[:200]}")
    return notebook


def _solution_lines(source: str) -> list[str]:
    """Return the lines that must not survive: from the source, and from the questions themselves."""
    code: list[str] = []
    prose: list[str] = []
    for cell in split(source)[1]:
        if cell.is_solution and not cell.is_code:
            prose += [line.lstrip("# ") for line in cell.body]
            continue
        parts = [(0, len(cell.body))] if cell.is_solution else blocks(cell)
        code += [line for start, end in parts for line in cell.body[start:end]]
    for name in set(_SET.findall(source)) & set(exercises.names()):
        code += [line for question in exercises.find(name).QUESTIONS for line in student_code(question).splitlines()]
    code = [line for line in map(_without_comment, code) if len(_squeeze(line)) >= SHORTEST]
    prose = [line for line in prose if len(_squeeze(line)) >= SHORTEST_PROSE]
    return [line for line in dict.fromkeys(code + prose) if not line.startswith(("import ", "from "))]


def _without_comment(line: str) -> str:
    return re.sub(r"\s+#\s.*$|^\s*#.*$", "", line).strip()


def _output_needles(solved: nbformat.NotebookNode, source: str) -> dict[str, str]:
    """Return what the solution run shows only because of the solutions."""
    tainted: set[str] = set(CHECK.findall(source))
    secret: list[str] = []
    open_: list[str] = []
    for cell in solved.cells:
        if cell.cell_type != "code":
            continue
        tree = _tree(cell.source)
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        has_block = any(MARKER.match(line) for line in cell.source.splitlines())
        if has_block or _is_secret(cell) or not tainted.isdisjoint(used):
            tainted |= set(bound_names(tree)) - {"ex"}
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
    return not SECRET_TAGS.isdisjoint(cell.metadata.get("tags", []))


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
