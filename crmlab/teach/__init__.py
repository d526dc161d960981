"""Exercises that check themselves: questions, answers, and the gate against leaked solutions.

This file holds what a student gets to see (``Outcome``, ``Note``) and ``Mistake``; the questions
themselves are in :mod:`crmlab.teach.question`.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# status -> (symbol on the page, symbol in a plain terminal, colour-blind-safe colour)
STATUSES = {
    "not attempted": ("○", "[--]", "#767676"),
    "wrong": ("✘", "[no]", "#D55E00"),
    "right so far": ("◐", "[ok?]", "#56B4E9"),
    "right": ("✔", "[ok]", "#009E73"),
}


@dataclass(frozen=True)
class Mistake:
    """A usual wrong way, recomputed on each student's data, and what to say about it.

    Examples
    --------
    >>> Mistake(lambda self, data: len(data.transactions), "That counts orders.").message
    'That counts orders.'
    """

    compute: Callable[[Any, Any], Any]
    message: str


@dataclass(frozen=True)
class Outcome:
    """What a check found: ``status`` is one of the four in ``STATUSES``, ``message`` says why."""

    question: str
    status: str
    message: str

    def __repr__(self) -> str:
        return f"{STATUSES[self.status][1]} {self.status}: {self.message}"

    def _repr_html_(self) -> str:
        symbol, _, colour = STATUSES[self.status]
        return _box(f"{symbol} {self.status.capitalize()}", self.message, colour)


@dataclass(frozen=True)
class Note:
    """A hint or a solution to read."""

    title: str
    text: str
    code: str = ""

    def __repr__(self) -> str:
        return f"{self.title}: {self.text}" + (f"\n\n{textwrap.indent(self.code, '    ')}" if self.code else "")

    def _repr_html_(self) -> str:
        return _box(self.title, self.text, "#0072B2", self.code)


def _box(title: str, text: str, colour: str, code: str = "") -> str:
    words = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
    block = f"<pre>{html.escape(code)}</pre>" if code else ""
    return (
        f'<div role="status" style="border-left: 6px solid {colour}; padding: 4px 12px">'
        f"<b>{html.escape(title)}</b>: {words}{block}</div>"
    )
