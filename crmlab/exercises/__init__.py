"""The exercise sets: one module a set, ``q03_tiering`` for the set ``03_tiering``.

A module defines ``TITLE`` (text), ``QUESTIONS`` (a list of question classes), ``FORMATIVE``
(whether solutions may be shown) and ``data(seed)`` (the data set of one student).
"""

from __future__ import annotations

import copy
import hashlib
import html
import importlib
import pkgutil
import unicodedata
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.errors import CrmlabError, UnknownNameError, nearest

if TYPE_CHECKING:
    from crmlab.teach.question import Question

_NEEDED = ("TITLE", "QUESTIONS", "FORMATIVE", "data")


def names() -> list[str]:
    """List the exercise sets.

    Examples
    --------
    >>> "03_tiering" in names()
    True
    """
    return sorted(m.name[1:] for m in pkgutil.iter_modules(__path__) if m.name.startswith("q"))


def find(name: str) -> ModuleType:
    """Return the module of an exercise set.

    Parameters
    ----------
    name : str
        The set's name, for example ``"03_tiering"``.

    Raises
    ------
    UnknownNameError
        If there is no such set; the message lists those that exist.

    Examples
    --------
    >>> find("03_tiering").TITLE
    'Tiering customers'
    """
    if name not in names():
        hint = nearest(str(name), names())
        raise UnknownNameError(f"No exercise set {name!r}.{hint} There is: {', '.join(names())}.")
    module = importlib.import_module(f"crmlab.exercises.q{name}")
    lacking = [part for part in _NEEDED if not hasattr(module, part)]
    if lacking:
        raise CrmlabError(f"Exercise set {name!r} ({module.__name__}) does not define {', '.join(lacking)}.")
    answers = [question.answer for question in module.QUESTIONS]
    if len(set(answers)) < len(answers):
        raise CrmlabError(f"Exercise set {name!r}: two questions share a name ({', '.join(answers)}).")
    return module


class UnknownQuestionError(UnknownNameError, AttributeError):
    """An attribute that an exercise set does not have; also an AttributeError, so ``hasattr`` works."""


class Exercise:
    """One exercise set with one student's data.

    The tables of the data are attributes (``ex.transactions``), and so are the questions
    (``ex.repeat_rate``). Change the tables as you like: the checks use a copy of their own.
    """

    def __init__(self, name: str, student: str | int, course: str = "crmlab", seed: int | None = None) -> None:
        module = find(name)
        self.name = name
        self.title: str = module.TITLE
        self.formative: bool = module.FORMATIVE
        self.student = _identity(student, "student")
        self.course = _identity(course, "course")
        self.seed = student_seed(name, self.student, self.course) if seed is None else seed
        self._make = module.data
        self._questions: dict[str, Question] = {cls.answer: cls(self) for cls in module.QUESTIONS}

    @property
    def questions(self) -> list[Question]:
        """The questions, in order."""
        return list(self._questions.values())

    @cached_property
    def data(self) -> Any:
        """This student's data set, made when first asked for."""
        return self._copy()

    @cached_property
    def _pristine(self) -> Any:
        return self._make(self.seed)

    @cached_property
    def _checked(self) -> Any:
        return self._copy()

    def _copy(self) -> Any:
        return copy.deepcopy(self._pristine)

    def progress(self) -> pd.DataFrame:
        """Return what is done: one row a question, and the total.

        ``status`` is that of the last check; the points of a right answer stay.
        """
        rows = [
            {
                "question": q.answer,
                "level": str(q.level),
                "status": q._status if q._status.startswith("right") or not q._solved else f"{q._status}, was right",
                "points": q.points if q._solved else 0,
                "of": q.points,
                "hints used": f"{q._hints_used} of {len(q.hints)}",
                "solution seen": "yes" if q._solution_seen else "",
            }
            for q in self.questions
        ]
        table = pd.DataFrame(rows)
        done = sum(q._solved for q in self.questions)
        table.loc[len(table)] = {
            "question": "total",
            "level": "",
            "status": f"{done} of {len(rows)} done",
            "points": table["points"].sum(),
            "of": table["of"].sum(),
            "hints used": "",
            "solution seen": "",
        }
        return table.set_index("question")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # notebooks probe for many private names; a copy has no questions yet
            raise AttributeError(name)
        if name in self._questions:
            return self._questions[name]
        if name in self.data.tables:
            return self.data.tables[name]
        raise UnknownQuestionError(
            f"Exercise set {self.name!r} has no {name!r}.{nearest(name, dir(self))} "
            f"Questions: {', '.join(self._questions)}. Tables: {', '.join(self.data.tables)}."
        )

    def __dir__(self) -> list[str]:
        return sorted({"data", "progress", "questions", "seed", *self._questions, *self.data.tables})

    def __repr__(self) -> str:
        return f"Exercise {self.name}: {self.title}\n{self._whose}\n\n{self.progress().to_string()}"

    def _repr_html_(self) -> str:
        head = f"<b>Exercise {html.escape(self.name)}: {html.escape(self.title)}</b><br>"
        return f"{head}{html.escape(self._whose)}\n{self.progress().to_html(border=0)}"

    @property
    def _whose(self) -> str:
        if self.student != "demo":
            return f"Student: {self.student}"
        return 'Student: demo. This is the demo student\'s data: put your own id in place of "demo", and run again.'


def student_seed(name: str, student: str, course: str = "crmlab") -> int:
    """Return the seed of a student's data: the first 8 bytes of SHA-256 of "course|exercise|student".

    :func:`exercise` writes the ids of course and student in small letters, without blanks around them.

    Examples
    --------
    >>> student_seed("03_tiering", "s1234") == student_seed("03_tiering", "s1234")
    True
    """
    digest = hashlib.sha256(f"{course}|{name}|{student}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


def _identity(value: Any, what: str) -> str:
    """Turn an id into text that is the same on every machine (accents have two spellings in Unicode)."""
    whole = isinstance(value, (int, np.integer)) or (isinstance(value, float) and value.is_integer())
    text = str(int(value)) if whole and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text.strip():
        raise CrmlabError(f'{what} is {value!r}; write your own id, for example {what}="s1234".')
    # composed before and after: folding can take a composed letter apart
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).strip().casefold())


def exercise(name: str, student: str | int, course: str = "crmlab") -> Exercise:
    """Open an exercise set with a student's own data.

    Parameters
    ----------
    name : str
        The set, for example ``"03_tiering"``.
    student : str or int
        The student's id; the same id gives the same data on every machine. Capitals and blanks around it
        do not matter: ``"S1234"`` is ``"s1234"``.
    course : str
        The course or year; another course gives other data. Capitals do not matter here either.

    Returns
    -------
    Exercise
        With the questions and the tables as attributes.

    Raises
    ------
    UnknownNameError
        If there is no such set.
    CrmlabError
        If the student's id is empty.

    Examples
    --------
    >>> ex = exercise("03_tiering", student="demo")
    >>> ex.repeat_rate.check(...).status
    'not attempted'
    """
    return Exercise(name, student, course)
