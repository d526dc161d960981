"""The student notebook, and the gate: nothing of a solution gets through."""

from __future__ import annotations

import base64
import copy
from pathlib import Path

import jupytext
import nbformat
import pytest

from crmlab.errors import CrmlabError
from crmlab.exercises import find
from crmlab.teach.build import execute
from crmlab.teach.leaks import check_student_notebook, run_solution
from crmlab.teach.student import student_version

SOURCE = (Path(__file__).parents[2] / "exercises" / "src" / "03_tiering.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def solved():
    """Run the solutions once."""
    return run_solution(SOURCE)


@pytest.fixture(scope="module")
def built():
    """Build the student notebook once."""
    notebook = jupytext.reads(student_version(SOURCE), fmt="py:percent")
    execute(notebook, Path.cwd())
    return notebook


@pytest.fixture
def student(built):
    """Return a copy of the student notebook to spoil."""
    return copy.deepcopy(built)


def _problems(notebook, solved):
    return " | ".join(check_student_notebook(notebook, SOURCE, solved))


def test_the_student_version_runs_with_nothing_attempted(built):
    checks = [cell for cell in built.cells if ".check(" in cell.source and cell.cell_type == "code"]
    assert len(checks) == len(find("03_tiering").QUESTIONS)
    for cell in checks:
        assert cell.outputs[0]["data"]["text/plain"].startswith("[--] not attempted")


def test_the_student_version_is_clean(built, solved):
    assert check_student_notebook(built, SOURCE, solved) == []


def test_the_student_version_keeps_the_rest(built):
    text = student_version(SOURCE)
    for name in ("repeat_rate", "tier", "f_score", "abc_class", "label_churn"):
        assert f"\n{name} = ...  # your code here\n" in text
    assert 'student="demo"' in text
    assert "kernelspec" in text
    assert "proper denominator" in text
    assert "solution" not in text.replace("ex.repeat_rate.solution()", "")


def _add_code(notebook, code, **metadata):
    notebook.cells.append(nbformat.v4.new_code_cell(code, metadata=metadata))


def _add_text(notebook, text, **parts):
    notebook.cells.append(nbformat.v4.new_markdown_cell(text, **parts))


LINE = "repeat_rate = (orders >= 2).mean()"


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda n: _add_code(n, "x = 1\n" + LINE), "solution line"),
        (lambda n: _add_code(n, "repeat_rate=( orders>=2 ) . mean( )  # mine"), "solution line"),
        (lambda n: _add_code(n, "repeat_rate = (\n    orders >= 2\n).mean()"), "solution line"),
        (lambda n: _add_code(n, "# " + LINE), "solution line"),
        (lambda n: _add_code(n, "# fewer = orders.rank(method='min') - 1"), "solution line"),
        (lambda n: _add_code(n, "repeat_rate = 0.655"), "binds 'repeat_rate'"),
        (lambda n: _add_code(n, "a, (repeat_rate, b) = 1, (2, 3)"), "binds 'repeat_rate'"),
        (lambda n: _add_code(n, "print(repeat_rate := 0.655)"), "binds 'repeat_rate'"),
        (lambda n: _add_text(n, f"One could write `{LINE}`."), "solution line"),
        (lambda n: _add_text(n, LINE.replace(">", "&gt;")), "solution line"),
        (lambda n: _add_text(n, "Remember: the answer is simple."), "tell-tale"),
        (lambda n: _add_text(n, "**Solution**\n\nCount."), "tell-tale"),
        (lambda n: _add_text(n, "Solution: count them."), "tell-tale"),
        (lambda n: _add_text(n, "The correct answer has three classes."), "tell-tale"),
        (
            lambda n: _add_text(
                n,
                "About six in ten come back. The denominator is the\npoint: those who came only once count too.",
            ),
            "solution line",
        ),
        (lambda n: _add_text(n, "参考答案"), "tell-tale"),
        (lambda n: _add_code(n, "# solution\nx = 1"), "tell-tale"),
        (lambda n: _add_code(n, "x = 1", tags=["solution"]), "tagged solution"),
        (lambda n: _add_code(n, "x = 1", note={"deep": [LINE]}), "solution line"),
        (lambda n: _add_code(n, "x = 1", **{LINE: 1}), "key: solution line"),
        (lambda n: _add_code(n, "x = 1", my_solution="hm"), "metadata: key 'my_solution'"),
        (lambda n: n.metadata.update(about=LINE), "metadata: solution line"),
        (
            lambda n: _add_text(
                n,
                "![](attachment:a.txt)",
                attachments={"a.txt": {"text/plain": base64.b64encode(LINE.encode()).decode()}},
            ),
            "solution line",
        ),
        (lambda n: _add_text(n, "x", attachments={"a.txt": {"text/plain": LINE}}), "solution line"),
    ],
)
def test_leaks_are_found(student, solved, spoil, says):
    spoil(student)
    assert says in _problems(student, solved)


def test_outputs_of_the_solution_are_found(student, solved):
    right = next(cell for cell in solved.cells if "repeat_rate.check" in cell.source)
    blank = next(cell for cell in student.cells if "repeat_rate.check" in cell.source)
    blank.outputs = right.outputs
    problems = _problems(student, solved)
    assert "a check says right" in problems
    assert "output of a solution '[ok] right" in problems


def test_values_of_the_solution_are_found(student, solved):
    shown = next(cell for cell in solved.cells if cell.source == "print(label_churn)")
    churn = shown.outputs[0].text.strip()
    for version in (churn, f"{float(churn):.4f}", f"{float(churn):.3f}"):
        spoilt = copy.deepcopy(student)
        _add_text(spoilt, f"It comes to {version}.")
        assert f"output of a solution '{version}'" in _problems(spoilt, solved)


def test_the_progress_of_the_solution_is_found(student, solved):
    done = next(cell for cell in solved.cells if cell.source == "ex.progress()")
    blank = next(cell for cell in student.cells if cell.source == "ex.progress()")
    blank.outputs = done.outputs
    assert "a check says right" in _problems(student, solved)


def test_markup_in_outputs_is_read(student, solved):
    student.cells[-2].outputs = [
        nbformat.v4.new_output("display_data", {"text/html": "<b>repeat_rate</b> = (orders &gt;= 2)<i>.mean()</i>"})
    ]
    assert "solution line" in _problems(student, solved)


def test_a_failing_cell_is_found(student, solved):
    student.cells[-2].outputs = [nbformat.v4.new_output("error", ename="NameError", evalue="x", traceback=[])]
    assert "fails with NameError" in _problems(student, solved)


def test_the_flag_of_nbgrader_is_no_leak(student, solved):
    student.cells[2].metadata["nbgrader"] = {"grade": False, "solution": True, "grade_id": "q1"}
    assert _problems(student, solved) == ""


def test_an_unmarked_solution_is_found(solved):
    source = SOURCE.replace("# solution\norders", "orders", 1).replace("mean()\n# end solution\n", "mean()\n", 1)
    assert source.count("# solution") == SOURCE.count("# solution") - 1
    notebook = jupytext.reads(student_version(source), fmt="py:percent")
    problems = check_student_notebook(notebook, source, solved)
    assert any("binds 'repeat_rate'" in problem for problem in problems)
    assert any("solution line" in problem for problem in problems)  # known from the question itself


def test_a_solution_that_is_wrong_stops_the_build(student):
    source = SOURCE.replace("(orders >= 2).mean()", "(orders > 2).mean()")
    (problem,) = check_student_notebook(student, source)
    assert "does not run: the check of 'repeat_rate' does not say right" in problem


def _source(*lines):
    return "\n".join(["# ---", "# x: 1", "# ---", "", *lines]) + "\n"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (["# %%", "# solution", "x = 1"], "Line 6: '# solution' is never closed"),
        (["# %%", "# solution", "x = 1", "# %%", "# end solution"], "Line 6: '# solution' is never closed"),
        (["# %%", "x = 1", "# end solution"], "Line 7: '# end solution' closes nothing"),
        (
            ["# %%", "# solution", "x = 1", "# Solution:", "y = 2"],
            "Line 8: '# Solution:' comes before the last",
        ),
        (["# %%", "if 1:", "    # solution", "    x = 1"], "Line 7: write '# solution' at the beginning"),
        (["# %%", "# solution", "x = = 1", "# end solution"], "Line 7: the solution is not Python"),
        (["# %%", "# solution", "print(1)", "# end solution"], "Line 6: the solution binds no name"),
    ],
)
def test_bad_markers_are_reported_with_their_line(lines, says):
    with pytest.raises(CrmlabError) as problem:
        student_version(_source(*lines))
    assert says in str(problem.value)


def test_blocks_are_replaced_by_the_names_that_are_checked():
    text = student_version(
        _source(
            *[
                "# %%",
                "import math",
                "# solution",
                "helper = 2",
                "answer = helper * 2",
                "after = 3",
                "# end solution",
            ],
            *["print(answer)", "", "# %% [markdown] tags=['solution']", "# Not for you.", ""],
            *['# %% tags=["slow", "solution"]', "secret = 1", "", "# %%", "ex.q.check(answer)"],
        )
    )
    assert "helper" not in text
    assert "after" not in text
    assert "secret" not in text
    assert "Not for you" not in text
    assert "import math\nanswer = ...  # your code here\nprint(answer)\n" in text


def test_a_function_can_be_asked_for():
    text = student_version(_source("# %%", "# solution", "def f(x):", "    return x", "# end solution"))
    assert text.endswith("# %%\nf = ...  # your code here\n")


def test_the_word_solution_in_prose_of_a_source_is_left_alone():
    text = _source("# %% [markdown]", "# solution", "# is a word")
    assert student_version(text) == text
