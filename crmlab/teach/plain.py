"""The plain values that answers are made of: what each type is, how one cell is read, how it is shown.

Types are told apart by identity, against a list: comparing or hashing a type can run a stranger's code.
"""

from __future__ import annotations

import math
import types
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

Cell = float | str | bool
Column = dict[Any, Cell]  # key (customer) -> value
Ids = frozenset[Any]  # texts or whole numbers
Record = dict[str, Cell]  # name of an entry -> number or choice
Plain = Cell | Column | dict[str, Column] | Ids | Record  # a number or choice, a series, a table, ids, a record

KINDS = ("number", "series", "table", "choice", "ids", "record")
LONGEST_TEXT = 200


class Unreadable(Exception):
    """The answer has the wrong shape; the message ends a sentence that starts with its name."""


@dataclass(frozen=True)
class Wanted:
    """What a question asks for.

    Two numbers are equal when they differ by at most ``tolerance`` or by at most
    ``relative_tolerance`` times the true value, whichever allows more. A record has ``fields``: the name
    of each entry, and what is wanted there (a number or a choice).
    """

    kind: str
    key: str = "customer_id"
    column: str = ""
    columns: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None
    tolerance: float = 1e-9
    relative_tolerance: float = 0.0
    fields: tuple[tuple[str, Wanted], ...] = ()

    def in_words(self) -> str:
        """Return the kind as it stands in a sentence.

        Examples
        --------
        >>> Wanted("series").in_words()
        'a Series indexed by customer_id'
        """
        if self.kind == "choice":
            return "one of " + ", ".join(repr(choice) for choice in self.choices)
        if self.kind == "table":
            return f"a DataFrame with the columns {', '.join((self.key, *self.columns))}"
        if self.kind == "ids":
            return f"a set or list of {self.key}s"
        if self.kind == "record":
            return "a dict with the entries " + ", ".join(repr(name) for name, _ in self.fields)
        return "a number" if self.kind == "number" else f"a Series indexed by {self.key}"


INTEGERS = (int, *{np.dtype(code).type for code in "bhilqBHILQ"})
NUMBERS = (*INTEGERS, float, np.float16, np.float32, np.float64, np.longdouble, Decimal, Fraction)
INTEGER_IDS = {id(t) for t in INTEGERS}
NUMBER_IDS = {id(t) for t in NUMBERS}
BOOL_IDS = {id(bool), id(np.bool_)}
TEXT_IDS = {id(str), id(np.str_)}
MISSING_IDS = {id(type(None)), id(type(pd.NA)), id(type(pd.NaT))}
LISTED_IDS = {id(t) for t in (list, tuple, set, frozenset)}
SIZED_IDS = LISTED_IDS | {id(dict)}
_ARRAYS = ("StringArray", "ArrowStringArray", "ArrowExtensionArray", "IntegerArray", "FloatingArray", "BooleanArray")
ARRAY_IDS = {id(getattr(pd.arrays, name)) for name in _ARRAYS if hasattr(pd.arrays, name)} | {id(pd.Categorical)}
INDEX_IDS = {id(pd.Index), id(pd.RangeIndex), id(pd.CategoricalIndex)}
_NAMES = {
    **dict.fromkeys(ARRAY_IDS, "an array"),
    id(complex): "a complex number",
    id(np.complex128): "a complex number",
    id(type(...)): "still the three dots",
    id(type(pd.NA)): "missing (NA)",
    id(type(pd.NaT)): "missing (NaT)",
    id(pd.Timestamp): "a date",
    id(np.datetime64): "a date",
    id(pd.Timedelta): "a time span",
    id(np.timedelta64): "a time span",
    id(pd.Interval): "an interval (`qcut` and `cut` give numbers with `labels=`)",
    id(types.FunctionType): "a function (was it called, with brackets?)",
    id(types.MethodType): "a method (was it called, with brackets?)",
    id(types.BuiltinFunctionType): "a function (was it called, with brackets?)",
}


def type_name(value: Any) -> str:
    """Return the name of a value's type, without running code of that type.

    Examples
    --------
    >>> type_name(3)
    'int'
    """
    return str(type.__dict__["__name__"].__get__(type(value)))[:60]


def describe(value: Any) -> str:
    """Say in a few words what a value is.

    Examples
    --------
    >>> describe([1, 2, 3])
    'a list with 3 items'
    """
    kind = type(value)
    if kind is pd.DataFrame:
        return f"a DataFrame with {_count(len(value.index), 'row')}"
    if kind is pd.Series:
        return f"a Series with {_count(len(value.index), 'row')}"
    if kind is np.ndarray:
        return f"an array of shape {value.shape}"
    if id(kind) in SIZED_IDS:
        return f"a {type_name(value)} with {_count(len(value), 'item')}"
    if id(kind) in TEXT_IDS:
        return f"text ({plain_text(value)[:20]!r})"
    if id(kind) in BOOL_IDS:
        return f"{bool(value)}"
    if id(kind) in NUMBER_IDS:
        return "a single number"
    return _NAMES.get(id(kind)) or f"a value of type {type_name(value)}"


def plain_cell(value: Any) -> Cell | None:
    """Return a value as a float, a text or a boolean; None if it is none of these."""
    kind = id(type(value))
    if kind in NUMBER_IDS:
        return plain_float(value)
    if kind in TEXT_IDS:
        return plain_text(value)
    if kind in BOOL_IDS:
        return bool(value)
    return math.nan if kind in MISSING_IDS else None


def plain_key(label: Any) -> int | str | None:
    """Return what may name a row: a text, a whole number, or a date as text; None for anything else."""
    if id(type(label)) in TEXT_IDS:
        return plain_text(label)
    if id(type(label)) in INTEGER_IDS:
        return int(label)
    if type(label) is pd.Timestamp:
        return label.isoformat()
    return None


def plain_float(number: Any) -> float:
    """Return a number of a known type as a float, whatever its size."""
    try:
        return float(number)
    except OverflowError:  # an integer beyond 1e308
        return math.inf
    except ValueError:  # a signalling NaN
        return math.nan


def plain_text(value: Any) -> str:
    """Return a text without blanks around it, cut where nobody would read on."""
    return str(value[:LONGEST_TEXT]).strip()


def fold(value: Any) -> Any:
    """Return text as it is compared: without regard to capitals."""
    return value.casefold() if isinstance(value, str) else value


def show(value: Any) -> str:
    """Return a plain value as it stands in a message."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return repr(value[:40]) if isinstance(value, str) else str(value)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
