"""Read an answer of any type without trusting it; :mod:`crmlab.teach.differences` compares what was read.

A student may hand in anything: a frame with ten million rows, an object whose ``==`` is
always true, a generator that never ends. So an answer is never compared as it comes. Its
exact type is looked up in a list, its size is looked at before its content, and its values
are copied into floats, texts and booleans. Only these plain values are compared.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import nearest
from crmlab.teach.plain import (
    ARRAY_IDS,
    BOOL_IDS,
    INDEX_IDS,
    KINDS,
    LISTED_IDS,
    MISSING_IDS,
    NUMBER_IDS,
    TEXT_IDS,
    Cell,
    Column,
    Ids,
    Plain,
    Record,
    Unreadable,
    Wanted,
    describe,
    fold,
    plain_cell,
    plain_float,
    plain_key,
    plain_text,
    show,
    type_name,
)

__all__ = [
    "KINDS", "Cell", "Column", "Ids", "Plain", "Record", "Unreadable", "Wanted",
    "describe", "fold", "read", "show", "type_name",
]  # fmt: skip

MOST_COLUMNS = 200
MOST_ENTRIES = 50


def read(answer: Any, wanted: Wanted, rows: int | None = None) -> Plain:
    """Turn an answer into plain values.

    Parameters
    ----------
    answer : object
        Anything at all.
    wanted : Wanted
        What the question asks for.
    rows : int, optional
        How many rows are expected; a series, table or list far above that is refused unread.

    Returns
    -------
    float, str, dict or frozenset
        A number, a choice, ``{key: value}`` for a series, ``{column: {key: value}}`` for a table, a
        frozenset for ids, ``{entry: value}`` for a record.

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
    >>> read(["C1"], Wanted("ids"))
    frozenset({'C1'})
    >>> read({"gain": 3}, Wanted("record", fields=(("gain", Wanted("number")),)))
    {'gain': 3.0}
    """
    if wanted.kind == "series":
        return _read_series(answer, wanted, rows)
    if wanted.kind == "table":
        return _read_table(answer, wanted, rows)
    if wanted.kind == "ids":
        return _read_ids(answer, wanted, rows)
    if wanted.kind == "record":
        return _read_record(answer, wanted)
    if type(answer) is np.ndarray and answer.ndim == 0:
        answer = answer[()]
    return _read_number(answer, wanted) if wanted.kind == "number" else _read_choice(answer, wanted)


def _read_number(answer: Any, wanted: Wanted) -> float:
    if id(type(answer)) in NUMBER_IDS:
        return plain_float(answer)
    if id(type(answer)) in MISSING_IDS:
        return math.nan
    cure = ""
    if id(type(answer)) in TEXT_IDS:
        cure = _cure_for_text(plain_text(answer))
    elif id(type(answer)) in BOOL_IDS:
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
    if id(type(answer)) not in TEXT_IDS:
        raise Unreadable(f"is {describe(answer)}; {wanted.in_words()} was asked, as text.")
    text = plain_text(answer)
    if fold(text) not in {fold(choice) for choice in wanted.choices}:
        raise Unreadable(f"is {text[:40]!r}; {wanted.in_words()} was asked.{nearest(text[:40], wanted.choices)}")
    return text


def _read_record(answer: Any, wanted: Wanted) -> Record:
    """Read a dict entry by entry; entries that nobody asked for are left alone."""
    if type(answer) is pd.Series and len(answer.index) <= MOST_ENTRIES:
        pairs = zip(_objects(answer.index), _objects(answer), strict=True)
    elif type(answer) is dict and len(answer) <= MOST_ENTRIES:
        pairs = zip(answer.keys(), answer.values(), strict=True)
    else:
        raise Unreadable(f"is {describe(answer)}; {wanted.in_words()} was asked.")
    found: dict[str, Any] = {}
    for label, value in pairs:  # walked through, not looked up: that could run a key's own code
        if id(type(label)) not in TEXT_IDS:
            raise Unreadable(f"has {describe(label)} as the name of an entry; {wanted.in_words()} was asked.")
        found[plain_text(label)] = value
    record: Record = {}
    for name, field in wanted.fields:
        if name not in found:
            others = [other for other in found if other not in dict(wanted.fields)]
            raise Unreadable(f"has no entry {name!r}; it has {_list(list(found)) or 'none'}.{nearest(name, others)}")
        try:
            record[name] = read(found[name], field)  # type: ignore[assignment]
        except Unreadable as problem:
            raise Unreadable(f"(entry {name!r}) {problem}") from None
    return record


def _read_ids(answer: Any, wanted: Wanted, rows: int | None) -> Ids:
    asked = f"{wanted.in_words()} was asked."
    kind = id(type(answer))
    if type(answer) is pd.DataFrame:
        raise Unreadable(
            f"is {describe(answer)}; {asked} Hand in the ids alone: "
            f'`table["{wanted.key}"]`, or `table.index` if they are its index.'
        )
    listed = kind in LISTED_IDS
    flat = type(answer) is np.ndarray and answer.ndim == 1
    if not (listed or flat or type(answer) is pd.Series or kind in ARRAY_IDS | INDEX_IDS):
        raise Unreadable(f"is {describe(answer)}; {asked}")
    if rows is not None and len(answer) > 100 * rows + 10_000:  # a join of missing to missing may be long
        raise Unreadable(f"has {len(answer):,} entries, far too many; {asked}")
    if not listed:
        _check_categories(answer)
    ids: set[Any] = set()
    for label in answer if listed else _objects(pd.Series(answer) if kind in ARRAY_IDS else answer):
        key = plain_key(label)
        if key is None:
            raise Unreadable(f"holds {describe(label)}; {asked}{_cure_for_no_id(answer, label)}")
        if key in ids:
            raise Unreadable(f"lists {show(key)} more than once; each {wanted.key} once is enough (`.unique()`).")
        ids.add(key)
    return frozenset(ids)


def _cure_for_no_id(answer: Any, label: Any) -> str:
    """Say how a series of something else gives the ids."""
    if type(answer) is not pd.Series:
        return ""
    if id(type(label)) in BOOL_IDS:
        return " Pick the ids where it is True: `mask[mask].index`, if the ids are its index."
    return " If the ids are its index, hand in `.index`." if id(type(label)) in NUMBER_IDS else ""


def _read_series(answer: Any, wanted: Wanted, rows: int | None) -> Column:
    if type(answer) is pd.DataFrame:
        _check_size(answer, rows, wanted)
        keys, names = _keys_and_names(answer, wanted)
        others = [position for position, name in enumerate(names) if name != wanted.key]
        named = [position for position in others if names[position] == wanted.column]
        if len(named) != 1 and len(others) != 1:
            raise Unreadable(f"is a DataFrame with the columns {_list(names)}; {wanted.in_words()} was asked.")
        return _read_column(_read_keys(keys, wanted), answer.iloc[:, (named or others)[0]])
    if type(answer) is not pd.Series:
        raise Unreadable(f"is {describe(answer)}; {wanted.in_words()} was asked.{_cure_for_list(answer, wanted)}")
    _check_size(answer, rows, wanted)
    return _read_column(_read_keys(answer.index, wanted), answer)


def _cure_for_list(answer: Any, wanted: Wanted) -> str:
    """Say how bare values get their keys back."""
    if type(answer) is np.ndarray or id(type(answer)) in ARRAY_IDS:
        key = wanted.key
        return f" An array has no index. Leave out `.values`, or use `pd.Series(array, index=...)` with each {key}."
    if type(answer) is list or type(answer) is tuple:
        return f" Use `pd.Series(values, index=...)` with the {wanted.key} of each value."
    if type(answer) is dict:
        return " `pd.Series(...)` makes one of it."
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
    rows_of = _read_keys(keys, wanted)
    return {name: _read_column(rows_of, answer.iloc[:, names.index(name)]) for name in wanted.columns}


def _check_size(answer: Any, rows: int | None, wanted: Wanted) -> None:
    """Refuse the very large before any of it is read."""
    found = len(answer.index)
    if rows is not None and found > 5 * rows + 1000:
        raise Unreadable(f"has {found:,} rows, {rows:,} expected: one row for each {wanted.key}.")
    if type(answer) is pd.DataFrame and answer.shape[1] > MOST_COLUMNS:
        raise Unreadable(f"has {answer.shape[1]:,} columns; {wanted.in_words()} was asked.")


def _check_categories(part: Any) -> None:
    """Refuse a short column with a very long list of categories."""
    if isinstance(part.dtype, pd.CategoricalDtype) and len(part.dtype.categories) > 5 * len(part) + 1000:
        raise Unreadable(f"has {len(part.dtype.categories):,} categories for {len(part):,} rows.")


def _keys_and_names(frame: pd.DataFrame, wanted: Wanted) -> tuple[Any, list[str]]:
    """Return the keys, from a column if there is one, else from the index; and the column names."""
    names = [name if type(name) is str else f"({describe(name)})" for name in frame.columns]
    return (frame.iloc[:, names.index(wanted.key)] if wanted.key in names else frame.index), names


def _read_column(keys: list[int | str], values: pd.Series) -> Column:
    _check_categories(values)
    column: Column = {}
    for key, value in zip(keys, _objects(values), strict=True):
        cell = plain_cell(value)
        if cell is None:
            raise Unreadable(f"holds {describe(value)} for {show(key)}; plain numbers or texts were asked.")
        column[key] = cell
    return column


def _read_keys(labels: Any, wanted: Wanted) -> list[int | str]:
    """Read what names the rows; each name may stand there once."""
    _check_categories(labels)
    keys: dict[int | str, None] = {}  # a set in order
    for label in _objects(labels):
        key = plain_key(label)
        if key is None:
            raise Unreadable(f"has {describe(label)} in its index; the index should be {wanted.key}.")
        if key in keys:
            raise Unreadable(f"lists {wanted.key} {show(key)} more than once; one row for each was asked.")
        keys[key] = None
    return list(keys)


def _objects(part: Any) -> Any:
    """Return the values as an array, by pandas' own method even if the object carries another."""
    if type(part) is np.ndarray:
        return part.astype(object)
    owner: Any = pd.Series if type(part) is pd.Series else pd.Index
    return owner.to_numpy(part, dtype=object)


def _list(names: list[str]) -> str:
    return ", ".join(name[:40] for name in names[:8]) + (", ..." if len(names) > 8 else "")
