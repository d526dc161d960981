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

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

import pandas as pd

from crmlab.teach import Mistake, Note, Outcome
from crmlab.teach.answers import Plain, Unreadable, Wanted, read, type_name
from crmlab.teach.authoring import check_author, student_code
from crmlab.teach.differences import difference, same


class Holder(Protocol):
    """What a question needs of the set it belongs to."""

    @property
    def formative(self) -> bool:
        """Whether solutions may be shown."""

    @property
    def _checked(self) -> Any:
        """The copy of the data on which truth and mistakes are worked out; nobody may change it."""

    def _copy(self) -> Any:
        """Return this student's data, safe to change."""


class Question:
    """One question; authors subclass it (see the top of this module).

    Attributes
    ----------
    answer : str
        The name under which students store the answer, and the name of the question in the set.
    kind : {"number", "series", "table", "choice", "ids", "record"}
        What is asked. A series is indexed by ``key``, in any order; a frame with the columns
        ``key`` and ``answer`` will do too. A table has the column or index ``key`` and ``columns``.
        Ids are a set or list of ``key``. A record is a dict with ``fields``: name to what is wanted there.
    points, level : int
        Weight; and difficulty from 1 (warm-up) to 3 (hard).
    tolerance, relative_tolerance : float
        Numbers are equal when they differ by at most ``tolerance``, or by at most
        ``relative_tolerance`` times the true value, whichever allows more.
    bounds : (float, float), optional
        Between which any sensible number lies, such as (0, 1) for a share.
    hints, mistakes : list
        Hints from vague to concrete; usual mistakes, of which those that match are named. A mistake in a
        record gives the wrong entries only. One that cannot happen on a student's data gives None.
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
    fields: ClassVar[Mapping[str, Wanted]] = MappingProxyType({})
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
        check_author(cls)

    def __init__(self, exercise: Holder) -> None:
        self._exercise = exercise
        self._status = "not attempted"  # of the last check
        self._solved = False  # by any check: a right answer is not lost by a later wrong one
        self._solution_seen = False
        self._hints_used = 0

    def explain(self, answer: Any, data: Any) -> str | None:
        """Authors may override this: look at a wrong answer that matches no mistake, say what is off.

        A series comes as a Series, a table as a DataFrame, ids as a frozenset, a record as a dict, a
        number as a float; return None for the general message.
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
            tuple(self.fields.items()),
        )

    @cached_property
    def _true_answer(self) -> Plain:
        return read(self._truth(self._exercise._checked), self._wanted)

    @cached_property
    def _wrong_answers(self) -> list[tuple[Plain, str]]:
        """The usual mistakes on this student's data; one that cannot be made here (or gives None) is left out."""
        found = []
        data = self._exercise._checked
        for mistake in self.mistakes:
            try:
                wrong = mistake.compute(self, data)
                if self.kind == "record":  # a mistake in one entry: the others are right
                    wrong = {**self._true_answer, **wrong}  # type: ignore[dict-item]
                found.append((read(wrong, self._wanted), mistake.message))
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
        slips: dict[Any, list[str]] = {}  # what is off -> which mistakes could be the reason
        for (wrong, message), off in zip(self._wrong_answers, self._parts_off, strict=True):
            if self._fits(plain, wrong, off):
                slips.setdefault(tuple(off), []).append(message)
        if slips:  # on some students' data two mistakes give the same number
            return " Also: ".join(" Or: ".join(messages) for messages in list(slips.values())[:3])
        if explained := self._explanation_of(plain, truth):
            return explained
        more = f" `ex.{self.answer}.hint()` helps." if self._hints_used < len(self.hints) else ""
        return f"{self.answer} {difference(plain, truth, self._wanted)}{more}"

    @cached_property
    def _parts_off(self) -> list[dict[str, Wanted]]:
        """The entries of a record, or columns of a table, in which each of the mistakes shows."""
        if self.kind not in ("record", "table"):
            return [{} for _ in self._wrong_answers]
        parts = self.fields if self.kind == "record" else dict.fromkeys(self.columns, self._wanted)
        true: Any = self._true_answer
        made: list[Any] = [wrong for wrong, _ in self._wrong_answers]
        return [{n: part for n, part in parts.items() if not same(wrong[n], true[n], part)} for wrong in made]

    def _fits(self, plain: Any, wrong: Any, off: dict[str, Wanted]) -> bool:
        """Tell whether an answer has this mistake, whatever else is wrong in other entries or columns."""
        if self.kind not in ("record", "table"):
            return same(plain, wrong, self._wanted)
        return bool(off) and all(same(plain[name], wrong[name], part) for name, part in off.items())

    def _explanation_of(self, plain: Plain, truth: Plain) -> str | None:
        """Ask the author's ``explain``, but only about answers of the right shape."""
        value: Any = plain
        true: Any = truth
        if self.kind == "series":
            if not _alike(value, true):
                return None
            value = pd.Series(value)
        elif self.kind == "table":
            if not all(_alike(value[name], true[name]) for name in self.columns):
                return None
            value = pd.DataFrame(value)
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


def _alike(column: Any, truth: Any) -> bool:
    """Tell whether a column has the keys of the truth, and values of its type.

    Texts for numbers, say, cannot be explained; a missing value (unequal to itself) can.
    """
    return column.keys() == truth.keys() and all(
        type(cell) is type(truth[key]) or cell != cell for key, cell in column.items()
    )


def _rows(truth: Plain, kind: str) -> int | None:
    if kind == "table":
        return len(next(iter(truth.values())))  # type: ignore[union-attr, arg-type]
    return len(truth) if kind in ("series", "ids") else None  # type: ignore[arg-type]
