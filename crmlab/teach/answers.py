"""Read an answer of any type without trusting it; :mod:`crmlab.teach.differences` compares what was read.

A student may hand in anything: a frame with ten million rows, an object whose ``==`` is
always true, a generator that never ends. So an answer is never compared as it comes. Its
exact type is looked up in a list, its size is looked at before its content, and its values
are copied into floats, texts and booleans. Only these plain values are compared.
"""

from __future__ import annotations

import math
import re
import types
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import nearest

Cell = float | str | bool
Column = dict[Any, Cell]  # key (customer) -> value
Plain = Cell | Column | dict[str, Column]  # a number or choice, a series, a table

KINDS = ("number", "series", "table", "choice")
LONGEST_TEXT = 200
MOST_COLUMNS = 200


class Unreadable(Exception):
    """The answer has the wrong shape; the message ends a sentence that starts with its name."""


@dataclass(frozen=True)
class Wanted:
    """What a question asks for.

    Two numbers are equal when they differ by at most ``tolerance`` or by at most
    ``relative_tolerance`` times the true value, whichever allows more.
    """

    kind: str
    key: str = "customer_id"
    column: str = ""
    columns: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None
    tolerance: float = 1e-9
    relative_tolerance: float = 0.0

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
        return "a number" if self.kind == "number" else f"a Series indexed by {self.key}"


# Types are told apart by identity: comparing or hashing a type can run a stranger's code.
_INTEGERS = (int, *{np.dtype(code).type for code in "bhilqBHILQ"})
_NUMBERS = (*_INTEGERS, float, np.float16, np.float32, np.float64, np.longdouble, Decimal, Fraction)
_INTEGER_IDS = {id(t) for t in _INTEGERS}
_NUMBER_IDS = {id(t) for t in _NUMBERS}
_BOOL_IDS = {id(bool), id(np.bool_)}
_TEXT_IDS = {id(str), id(np.str_)}
_MISSING_IDS = {id(type(None)), id(type(pd.NA)), id(type(pd.NaT))}
_SIZED_IDS = {id(t) for t in (list, tuple, dict, set, frozenset)}
_ARRAYS = ("StringArray", "ArrowStringArray", "ArrowExtensionArray", "IntegerArray", "FloatingArray", "BooleanArray")
_NAMES = {
    **{id(getattr(pd.arrays, name)): "an array" for name in _ARRAYS if hasattr(pd.arrays, name)},
    id(pd.Categorical): "an array",
    id(complex): "a complex number",
    id(np.complex128): "a complex number",
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
    if id(kind) in _SIZED_IDS:
        return f"a {type_name(value)} with {_count(len(value), 'item')}"
    if id(kind) in _TEXT_IDS:
        return f"text ({_text(value)[:20]!r})"
    if id(kind) in _BOOL_IDS:
        return f"{bool(value)}"
    if id(kind) in _NUMBER_IDS:
        return "a single number"
    return _NAMES.get(id(kind)) or f"a value of type {type_name(value)}"


def read(answer: Any, wanted: Wanted, rows: int | None = None) -> Plain:
    """Turn an answer into plain values.

    Parameters
    ----------
    answer : object
        Anything at all.
    wanted : Wanted
        What the question asks for.
    rows : int, optional
        How many rows are expected; a series or table far above that is refused unread.

    Returns
    -------
    float, str, or dict
        A number, a choice, ``{key: value}`` for a series, ``{column: {key: value}}`` for a table.

    Raises
    ------
    Unreadable
        With a message that ends a sentence such as "repeat_rate ...".

    Examples
    --------
    >>> read(np.float64(0.5), Wanted("number"))
    0.5
    >>> read(pd.Series({"C1": 5, "C2": 3}), Wanted("series"))
    {'C1': 5.0, 'C2': 3.0}
    """
    if wanted.kind == "series":
        return _read_series(answer, wanted, rows)
    if wanted.kind == "table":
        return _read_table(answer, wanted, rows)
    if type(answer) is np.ndarray and answer.ndim == 0:
        answer = answer[()]
    return _read_number(answer, wanted) if wanted.kind == "number" else _read_choice(answer, wanted)


def _read_number(answer: Any, wanted: Wanted) -> float:
    if id(type(answer)) in _NUMBER_IDS:
        return _float(answer)
    if id(type(answer)) in _MISSING_IDS:
        return math.nan
    cure = ""
    if id(type(answer)) in _TEXT_IDS:
        cure = _cure_for_text(_text(answer))
    elif id(type(answer)) in _BOOL_IDS:
        cure = " The mean of a column of True and False is a share, the sum is a count."
    elif type(answer) is pd.Series:
        cure = " Bring it down to one value first."
    raise Unreadable(f"is {describe(answer)}; {wanted.in_words()} was asked.{cure}")


def _cure_for_text(text: str) -> str:
    """Say how a text becomes the number it means."""
    if text.endswith("%"):
        return " Write it without quotes and as a share of 1: 0.25 means 25 %."
    if re.fullmatch(r"-?\d+,\d+", text):
        return " Write it without quotes, and with a point in place of the comma."
    if re.fullmatch(r"-?\d+(\.\d*)?", text):
        return " Take the quotes away."
    return " Hand in the number itself, without quotes."


def _read_choice(answer: Any, wanted: Wanted) -> str:
    if id(type(answer)) not in _TEXT_IDS:
        raise Unreadable(f"is {describe(answer)}; {wanted.in_words()} was asked, as text.")
    text = _text(answer)
    if fold(text) not in {fold(choice) for choice in wanted.choices}:
        raise Unreadable(f"is {text[:40]!r}; {wanted.in_words()} was asked.{nearest(text[:40], wanted.choices)}")
    return text


def _read_series(answer: Any, wanted: Wanted, rows: int | None) -> Column:
    if type(answer) is pd.DataFrame:
        _check_size(answer, rows, wanted)
        keys, names = _keys_and_names(answer, wanted)
        others = [position for position, name in enumerate(names) if name != wanted.key]
        named = [position for position in others if names[position] == wanted.column]
        if len(named) != 1 and len(others) != 1:
            raise Unreadable(f"is a DataFrame with the columns {_list(names)}; {wanted.in_words()} was asked.")
        return _read_column(keys, answer.iloc[:, (named or others)[0]], wanted)
    if type(answer) is not pd.Series:
        raise Unreadable(f"is {describe(answer)}; {wanted.in_words()} was asked.{_cure_for_list(answer, wanted)}")
    _check_size(answer, rows, wanted)
    return _read_column(answer.index, answer, wanted)


def _cure_for_list(answer: Any, wanted: Wanted) -> str:
    """Say how bare values get their keys back."""
    if type(answer) is np.ndarray or _NAMES.get(id(type(answer))) == "an array":
        key = wanted.key
        return f" An array has no index. Leave out `.values`, or use `pd.Series(array, index=...)` with each {key}."
    if type(answer) in (list, tuple):
        return f" Use `pd.Series(values, index=...)` with the {wanted.key} of each value."
    return ""


def _read_table(answer: Any, wanted: Wanted, rows: int | None) -> dict[str, Column]:
    if type(answer) is not pd.DataFrame:
        raise Unreadable(f"is {describe(answer)}; {wanted.in_words()} was asked.")
    _check_size(answer, rows, wanted)
    keys, names = _keys_and_names(answer, wanted)
    for column in wanted.columns:
        if names.count(column) != 1:
            found = "no column" if column not in names else "more than one column"
            raise Unreadable(f"has {found} {column!r}; its columns are {_list(names)}.{nearest(column, names)}")
    return {name: _read_column(keys, answer.iloc[:, names.index(name)], wanted) for name in wanted.columns}


def _check_size(answer: Any, rows: int | None, wanted: Wanted) -> None:
    """Refuse the very large before any of it is read."""
    found = len(answer.index)
    if rows is not None and found > 5 * rows + 1000:
        raise Unreadable(f"has {found:,} rows, {rows:,} expected: one row for each {wanted.key}.")
    if type(answer) is pd.DataFrame and answer.shape[1] > MOST_COLUMNS:
        raise Unreadable(f"has {answer.shape[1]:,} columns; {wanted.in_words()} was asked.")


def _keys_and_names(frame: pd.DataFrame, wanted: Wanted) -> tuple[Any, list[str]]:
    """Return the keys, from a column if there is one, else from the index; and the column names."""
    names = [name if type(name) is str else f"({describe(name)})" for name in frame.columns]
    return (frame.iloc[:, names.index(wanted.key)] if wanted.key in names else frame.index), names


def _read_column(keys: Any, values: pd.Series, wanted: Wanted) -> Column:
    for part in (keys, values):
        if isinstance(part.dtype, pd.CategoricalDtype) and len(part.dtype.categories) > 5 * len(part) + 1000:
            raise Unreadable(f"has {len(part.dtype.categories):,} categories for {len(part):,} rows.")
    column: Column = {}
    for label, value in zip(_objects(keys), _objects(values), strict=True):
        key = _key(label, wanted)
        if key in column:
            raise Unreadable(f"lists {wanted.key} {show(key)} more than once; one row for each was asked.")
        cell = _cell(value)
        if cell is None:
            raise Unreadable(f"holds {describe(value)} for {show(key)}; plain numbers or texts were asked.")
        column[key] = cell
    return column


def _objects(part: Any) -> Any:
    """Return the values as an array, by pandas' own method even if the object carries another."""
    owner: Any = pd.Series if type(part) is pd.Series else pd.Index
    return owner.to_numpy(part, dtype=object)


def _key(label: Any, wanted: Wanted) -> int | str:
    if id(type(label)) in _TEXT_IDS:
        return _text(label)
    if id(type(label)) in _INTEGER_IDS:
        return int(label)
    if type(label) is pd.Timestamp:
        return label.isoformat()
    raise Unreadable(f"has {describe(label)} in its index; the index should be {wanted.key}.")


def _cell(value: Any) -> Cell | None:
    kind = id(type(value))
    if kind in _NUMBER_IDS:
        return _float(value)
    if kind in _TEXT_IDS:
        return _text(value)
    if kind in _BOOL_IDS:
        return bool(value)
    return math.nan if kind in _MISSING_IDS else None


def _float(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:  # an integer beyond 1e308
        return math.inf
    except ValueError:  # a signalling NaN
        return math.nan


def _text(value: Any) -> str:
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


def _list(names: list[str]) -> str:
    return ", ".join(name[:40] for name in names[:8]) + (", ..." if len(names) > 8 else "")
