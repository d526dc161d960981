"""What authors of questions need: a check of the class, a fair draw, and the solution as students see it."""

from __future__ import annotations

import copy
import inspect
import keyword
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlab.errors import CrmlabError
from crmlab.teach import Mistake
from crmlab.teach.differences import same
from crmlab.teach.plain import KINDS

if TYPE_CHECKING:
    from crmlab.teach.question import Question

RESERVED = {"data", "progress", "name", "title", "student", "course", "seed", "formative", "questions"}


@dataclass(frozen=True)
class _Trial:
    """Holds data that are being tried out, in place of an exercise set."""

    _checked: Any
    formative: bool = True

    def _copy(self) -> Any:
        return copy.deepcopy(self._checked)


def tells_apart(questions: Sequence[type[Question]], data: Any) -> bool:
    """Tell whether every usual mistake gives a wrong answer on these data.

    Data on which a wrong way leads to the right answer by luck would be unfair: ``data(seed)`` of a set
    makes others then.

    Parameters
    ----------
    questions : sequence of Question classes
        Those of the set.
    data : object
        What the solutions and mistakes are computed from.

    Examples
    --------
    >>> from crmlab.exercises import q03_tiering
    >>> tells_apart(q03_tiering.QUESTIONS, q03_tiering.data(1))
    True
    """
    trial = _Trial(copy.deepcopy(data))
    asked = [cls(trial) for cls in questions]
    return not any(same(wrong, q._true_answer, q._wanted) for q in asked for wrong, _ in q._wrong_answers)


def student_code(question: type[Question]) -> str:
    """Return a question's solution as a student would write it, with ``ex`` for the data.

    A line of the solution that ends in ``# shown as: ...``, such as one that calls a function of the package,
    is shown as said there.

    Examples
    --------
    >>> from crmlab.exercises.q03_tiering import RepeatRate
    >>> student_code(RepeatRate).splitlines()[0].partition("=")[2].strip().startswith("ex.transactions")
    True
    """
    try:
        source = textwrap.dedent(inspect.getsource(question._truth))
    except (OSError, TypeError):  # a class typed into an interpreter has no file
        return ""
    body = textwrap.dedent(re.sub(r"\A.*?\n(?=[ \t])", "", source, count=1, flags=re.DOTALL)).strip()
    body = re.sub(rf"^return {question.answer}$", "", body, flags=re.MULTILINE).rstrip()
    body = re.sub(r"^return ", f"{question.answer} = ", body, flags=re.MULTILINE)
    body = re.sub(r"^( *).*# shown as: (.*)$", r"\1\2", body, flags=re.MULTILINE)
    return re.sub(r"\bdata\.", "ex.", body)


def check_author(cls: type[Question]) -> None:
    """Refuse a question class that cannot work, with a message for its author."""
    messages = [m.message for m in cls.mistakes if isinstance(m, Mistake)]
    rules = {
        "has no docstring: write the question there": bool((cls.__doc__ or "").strip()),
        f"has answer {cls.answer!r}: set it to the name of the students' variable": cls.answer.isidentifier()
        and not keyword.iskeyword(cls.answer),
        f"has the reserved answer name {cls.answer!r}: choose another": cls.answer not in RESERVED,
        "has no method solution(self, data)": hasattr(cls, "_truth"),
        f"has kind {cls.kind!r}: use one of {', '.join(KINDS)}": cls.kind in KINDS,
        "is a choice without choices": cls.kind != "choice" or len(cls.choices) > 1,
        "is a table without columns": cls.kind != "table" or len(cls.columns) > 0,
        "is a record whose fields are not each a number or a choice": cls.kind != "record"
        or (len(cls.fields) > 0 and all(f.kind in ("number", "choice") for f in cls.fields.values())),
        f"has points {cls.points!r}: use a whole number from 1": isinstance(cls.points, int) and cls.points > 0,
        f"has level {cls.level!r}: use 1, 2 or 3": cls.level in (1, 2, 3),
        "has a tolerance below 0": cls.tolerance >= 0 and cls.relative_tolerance >= 0,
        "has no hints: give at least one, each a text": bool(cls.hints)
        and not isinstance(cls.hints, str)
        and all(isinstance(h, str) and h.strip() for h in cls.hints),
        "has a mistake that is no Mistake(...) with a message": len(messages) == len(cls.mistakes)
        and all(m.strip() for m in messages),
        "has two mistakes with the same message": len(set(messages)) == len(messages),
    }
    for problem, fine in rules.items():
        if not fine:
            raise CrmlabError(f"Question {cls.__name__} {problem}.")
