"""Exercises: a question is an object, and every student has data of his or her own.

For students::

    ex = crmlab.exercise("03_tiering", student="s1234")
    ex.repeat_rate.check(repeat_rate)      # also .hint(), .solution(), and ex.progress()

For authors: a question is a class with its text as docstring. ``solution`` computes the true
answer from a student's data; on the finished class it moves to ``_truth``, so that for students
``ex.repeat_rate.solution()`` *shows* the solution instead::

    class RepeatRate(Question):
        '''What share of the customers has ordered at least twice?'''
        answer = "repeat_rate"
        points = 2
        hints = ["How many orders has each customer?"]
        mistakes = [Mistake(lambda self, data: ..., "That is orders per customer, not a share.")]

        def solution(self, data): ...
"""

from __future__ import annotations

import copy
import inspect
import keyword
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Protocol

import pandas as pd

from crmlab.errors import CrmlabError
from crmlab.teach import Mistake, Note, Outcome
from crmlab.teach.answers import KINDS, Plain, Unreadable, Wanted, read, type_name
from crmlab.teach.differences import difference, same

RESERVED = {"data", "progress", "name", "title", "student", "course", "seed", "formative", "questions"}


class Holder(Protocol):
    """What a question needs of the set it belongs to."""

    @property
    def formative(self) -> bool:
        """Whether solutions may be shown."""

    def _copy(self) -> Any:
        """Return this student's data, safe to change."""


class Question:
    """One question; authors subclass it (see the top of this module).

    Attributes
    ----------
    answer : str
        The name under which students store the answer, and the name of the question in the set.
    kind : {"number", "series", "table", "choice"}
        What is asked. A series is indexed by ``key``, in any order; a frame with the columns
        ``key`` and ``answer`` will do too. A table has the column or index ``key`` and ``columns``.
    points, level : int
        Weight; and difficulty from 1 (warm-up) to 3 (hard).
    tolerance, relative_tolerance : float
        Numbers are equal when they differ by at most ``tolerance``, or by at most
        ``relative_tolerance`` times the true value, whichever allows more.
    bounds : (float, float), optional
        Between which any sensible number lies, such as (0, 1) for a share.
    hints, mistakes : list
        Hints from vague to concrete; usual mistakes, of which those that match are named.
    hidden_check : bool
        True if more is checked at hand-in: a right answer is then "right so far".
    explanation : str
        Shown with the solution.
    """

    answer: ClassVar[str] = ""
    kind: ClassVar[str] = "number"
    key: ClassVar[str] = "customer_id"
    columns: ClassVar[Sequence[str]] = ()
    choices: ClassVar[Sequence[str]] = ()
    points: ClassVar[int] = 1
    level: ClassVar[int] = 1
    tolerance: ClassVar[float] = 1e-9
    relative_tolerance: ClassVar[float] = 0.0
    bounds: ClassVar[tuple[float, float] | None] = None
    hints: ClassVar[Sequence[str]] = ()
    mistakes: ClassVar[Sequence[Mistake]] = ()
    hidden_check: ClassVar[bool] = False
    explanation: ClassVar[str] = ""
    _truth: ClassVar[Callable[..., Any]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "solution" in cls.__dict__:
            cls._truth = cls.__dict__["solution"]
            del cls.solution
        _check_author(cls)

    def __init__(self, exercise: Holder) -> None:
        self._exercise = exercise
        self._status = "not attempted"  # of the last check
        self._solved = False  # by any check: a right answer is not lost by a later wrong one
        self._solution_seen = False
        self._hints_used = 0

    def explain(self, answer: Any, data: Any) -> str | None:
        """Authors may override this: look at a wrong answer that matches no mistake, say what is off.

        A series comes as a Series, a number as a float; return None for the general message.
        """

    @property
    def text(self) -> str:
        """The question."""
        return inspect.cleandoc(type(self).__doc__ or "")

    @property
    def data(self) -> Any:
        """A fresh copy of this student's data."""
        return self._exercise._copy()

    def check(self, answer: Any = ...) -> Outcome:
        """Compare an answer with the truth on this student's data; never raises.

        In a notebook the outcome shows itself when the check is the last line of a cell; in a
        script, print it. Check as often as you like: the best outcome counts.

        Parameters
        ----------
        answer : object
            Anything. ``...`` and None count as not attempted.

        Returns
        -------
        Outcome
            With ``status`` "not attempted", "wrong", "right so far" or "right", and a ``message``.

        Examples
        --------
        >>> from crmlab.exercises import exercise
        >>> ex = exercise("03_tiering", student="demo")
        >>> ex.repeat_rate.check("0.5").status
        'wrong'
        """
        try:
            status, message = self._judge(answer)
        except KeyboardInterrupt:
            raise
        except BaseException as problem:  # an answer may hold objects that raise anything
            asked = self._wanted.in_words()
            status = "wrong"
            message = f"{self.answer} cannot be read ({type_name(problem)}); {asked} was asked."
        self._status = status
        self._solved = self._solved or status.startswith("right")
        return Outcome(self.answer, status, message)

    def hint(self) -> Note:
        """Return the next hint."""
        total = len(self.hints)
        if self._hints_used == total:
            more = f" `ex.{self.answer}.solution()` shows the solution." if self._exercise.formative else ""
            return Note("No more hints", f"You have seen all {total}. The last one: {self.hints[-1]}{more}")
        self._hints_used += 1
        return Note(f"Hint {self._hints_used} of {total}", self.hints[self._hints_used - 1])

    # Authors define ``solution(self, data)`` on their class; this signature lets a type checker accept that.
    def solution(self, *args: Any, **kwargs: Any) -> Any:
        """Show the solution, where the set allows it; ``ex.progress()`` notes that it was seen."""
        if not self._exercise.formative:
            return Note("No solution", "This set is graded; the solution is shown after the deadline.")
        self._solution_seen = True
        text = self.explanation or "One way to do it (there are others):"
        return Note(f"Solution of {self.answer}", text, student_code(type(self)))

    @property
    def _wanted(self) -> Wanted:
        return Wanted(
            self.kind,
            self.key,
            self.answer,
            tuple(self.columns),
            tuple(self.choices),
            self.bounds,
            self.tolerance,
            self.relative_tolerance,
        )

    @cached_property
    def _true_answer(self) -> Plain:
        return read(self._truth(self.data), self._wanted)

    @cached_property
    def _wrong_answers(self) -> list[tuple[Plain, str]]:
        """The usual mistakes on this student's data; one that cannot be computed here is left out."""
        found = []
        for mistake in self.mistakes:
            try:
                found.append((read(mistake.compute(self, self.data), self._wanted), mistake.message))
            except Exception:  # an author's slip must not stop a student's check
                continue
        return found

    def _judge(self, answer: Any) -> tuple[str, str]:
        if answer is ...:
            return "not attempted", f"Put your answer in place of the dots: {self.answer} = ..."
        if answer is None:
            return "not attempted", f"{self.answer} is None: did the cell return or assign anything?"
        try:
            truth = self._true_answer
        except Exception as problem:
            reason = f"{type_name(problem)}: {problem}"
            return "not attempted", f"This question cannot be checked ({reason}). Please tell your teacher."
        try:
            plain = read(answer, self._wanted, _rows(truth, self.kind))
        except Unreadable as problem:
            return "wrong", f"{self.answer} {problem}"
        if same(plain, truth, self._wanted):
            if self.hidden_check:
                return "right so far", "The rest of this question is checked when you hand in."
            return "right", f"{self.points} of {self.points} points."
        return "wrong", self._diagnosis(plain, truth)

    def _diagnosis(self, plain: Plain, truth: Plain) -> str:
        if known := [message for wrong, message in self._wrong_answers if same(plain, wrong, self._wanted)]:
            return " Or: ".join(known)  # on some students' data two mistakes give the same number
        if explained := self._explanation_of(plain, truth):
            return explained
        more = f" `ex.{self.answer}.hint()` helps." if self._hints_used < len(self.hints) else ""
        return f"{self.answer} {difference(plain, truth, self._wanted)}{more}"

    def _explanation_of(self, plain: Plain, truth: Plain) -> str | None:
        """Ask the author's ``explain``, but only about answers of the right shape."""
        value: Any = plain
        if isinstance(plain, dict):
            if self.kind != "series" or not isinstance(truth, dict) or plain.keys() != truth.keys():
                return None
            if any(type(cell) is not type(truth[key]) and cell == cell for key, cell in plain.items()):
                return None  # texts for numbers, say; a missing value (unequal to itself) may be explained
            value = pd.Series(plain)
        try:
            return self.explain(value, self.data)
        except Exception:
            return None

    def __repr__(self) -> str:
        return f"{self._heading}\n\n{self.text}\n\n{self._instruction}"

    def _repr_markdown_(self) -> str:
        return f"**{self._heading}**\n\n{self.text}\n\n{self._instruction}"

    @property
    def _heading(self) -> str:
        return f"{self.answer} (level {self.level} of 3, {self.points} point{'s' if self.points > 1 else ''})"

    @property
    def _instruction(self) -> str:
        name = self.answer
        return f"Store {self._wanted.in_words()} under the name `{name}`, then run `ex.{name}.check({name})`."


@dataclass(frozen=True)
class _Trial:
    """Holds data that are being tried out, in place of an exercise set."""

    data: Any
    formative: bool = True

    def _copy(self) -> Any:
        return copy.deepcopy(self.data)


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
    asked = [cls(_Trial(data)) for cls in questions]
    return not any(same(wrong, q._true_answer, q._wanted) for q in asked for wrong, _ in q._wrong_answers)


def student_code(question: type[Question]) -> str:
    """Return a question's solution as a student would write it, with ``ex`` for the data.

    Examples
    --------
    >>> from crmlab.exercises.q03_tiering import RepeatRate
    >>> print(student_code(RepeatRate))
    orders = ex.transactions.groupby("customer_id").size()
    repeat_rate = (orders >= 2).mean()
    """
    try:
        source = textwrap.dedent(inspect.getsource(question._truth))
    except (OSError, TypeError):  # a class typed into an interpreter has no file
        return ""
    body = textwrap.dedent(re.sub(r"\A.*?\n(?=[ \t])", "", source, count=1, flags=re.DOTALL)).strip()
    body = re.sub(rf"^return {question.answer}$", "", body, flags=re.MULTILINE).rstrip()
    body = re.sub(r"^return ", f"{question.answer} = ", body, flags=re.MULTILINE)
    return re.sub(r"\bdata\.", "ex.", body)


def _rows(truth: Plain, kind: str) -> int | None:
    if not isinstance(truth, dict):
        return None
    return len(truth) if kind == "series" else len(next(iter(truth.values())))  # type: ignore[arg-type]


def _check_author(cls: type[Question]) -> None:
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
