"""The kinds of faults, each a function that spoils a table on its way from clean to messy and logs what it did."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.simulate import spoil, streams

PERSON_COLUMNS = ("given_name", "family_name", "name", "city", "address")
PLACE_COLUMNS = ("address", "postcode", "city")


class Work:
    """A table on its way from clean to messy.

    Attributes
    ----------
    table : pandas.DataFrame
        Rows 0 to n - 1 are the original ones, in order; copies follow.
    origin : numpy.ndarray of int
        Original row of each row.
    place : numpy.ndarray of float
        Sort key of each row in the messy table.
    log : list of pandas.DataFrame
        Faults so far, in the order in which they were made; ``row_id`` is a row of ``table``.
    """

    def __init__(self, table: pd.DataFrame, seed: int, key: str | None) -> None:
        self.table = table.reset_index(drop=True)
        self.n = len(table)
        self.seed, self.key = seed, key
        self.origin = np.arange(self.n)
        self.place = np.arange(self.n, dtype=float)
        self.log: list[pd.DataFrame] = []

    def uniform(self, kind: str, count: int) -> np.ndarray:
        """Uniform numbers for each row, (count, rows); those of the original rows depend on no other kind of fault."""
        drawn = [streams.stream(self.seed, "mess", kind, i).random(len(self.table)) for i in range(count)]
        return np.stack(drawn)

    def write(self, kind: str, column: str, rows: np.ndarray, after: pd.Series) -> None:
        """Put new values into a column where they differ, and log each."""
        before = self.table[column].take(rows).reset_index(drop=True)
        after = after.reset_index(drop=True)
        same = (before == after).fillna(False).to_numpy(dtype=bool) | (before.isna() & after.isna()).to_numpy()
        rows, before, after = rows[~same], before[~same], after[~same]
        if len(rows):
            values = self.table[column].copy()
            values.iloc[rows] = after.to_numpy() if values.dtype.kind == "M" else after.array
            self.table[column] = values
            self.note(kind, rows, column, spoil.as_text(before), spoil.as_text(after))

    def note(
        self,
        kind: str,
        rows: np.ndarray | list[None],
        column: str | None,
        before: pd.Series | None = None,
        after: pd.Series | None = None,
    ) -> None:
        """Log faults of one kind in one column."""
        blank = pd.Series([None] * len(rows), dtype="str")
        parts = {
            "row_id": pd.array(rows, dtype="Int64"),
            "column": pd.Series([column] * len(rows), dtype="str"),
            "kind": pd.Series([kind] * len(rows), dtype="str"),
            "before": blank if before is None else before.reset_index(drop=True),
            "after": blank if after is None else after.reset_index(drop=True),
        }
        self.log.append(pd.DataFrame(parts))

    def retype(self, column: str, dtype: str) -> None:
        """Change the type of a column so that it can hold faulty values, and log that."""
        old = self.table[column]
        if str(old.dtype) != dtype:
            self.table[column] = spoil.as_text(old) if dtype == "str" else old.astype(dtype)  # type: ignore[call-overload]
            self.note("type", [None], column, pd.Series([str(old.dtype)], dtype="str"), pd.Series([dtype], dtype="str"))

    def copy_rows(self, kind: str, rows: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Append copies of rows; return where they are."""
        where = len(self.table) + np.arange(len(rows))
        self.table = pd.concat([self.table, self.table.take(rows)], ignore_index=True)
        self.origin = np.concatenate([self.origin, self.origin[rows]])
        self.place = np.concatenate([self.place, place])
        self.note(kind, where, None)
        return where

    def columns(self, *names: str) -> list[str]:
        """Return those of the names that the table has as text."""
        return [c for c in names if c in self.table and spoil.is_text(self.table[c])]

    def of_kind(self, letters: str = "") -> list[str]:
        """Return the columns beside the key whose dtype has one of these letters; all without any."""
        names = [str(c) for c in self.table.columns if c != self.key]
        return [c for c in names if not letters or self.table[c].dtype.kind in letters]


def _need(kind: str, found: list[str], wanted: str) -> None:
    if not found:
        raise DataError(f"The table has no column for the fault {kind!r}: it needs {wanted}. Leave this kind out.")


def _hit(work: Work, kind: str, share: float, more: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Rows that get a fault, and uniform numbers for them."""
    u = work.uniform(kind, more + 1)
    rows = np.flatnonzero(u[0] < share)
    return rows, u[1:, rows]


def _among(columns: list[str], rows: np.ndarray, u: np.ndarray) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Deal the rows to the columns; for each column its rows and which of all rows these are."""
    which = np.minimum(np.floor(u * len(columns)).astype(np.int64), len(columns) - 1)
    return [(column, rows[which == i], which == i) for i, column in enumerate(columns)]


def _spellable(work: Work, kind: str) -> list[str]:
    """Text columns in which typos happen."""
    people = work.columns(*PERSON_COLUMNS)
    other = [c for c in work.columns(*work.of_kind()) if not c.endswith("_id")]
    _need(kind, people or other, "a name, a town, an address or another text")
    return people or other


def _misspell(work: Work, kind: str, rows: np.ndarray, u: np.ndarray) -> None:
    for column, mine, chosen in _among(_spellable(work, kind), rows, u[0]):
        values = work.table[column].take(mine)
        there = values.notna().to_numpy()
        if there.any():
            work.write(kind, column, mine[there], spoil.typos(values[there], u[1:, chosen][:, there]))


def _typo(work: Work, share: float) -> None:
    rows, u = _hit(work, "typo", share, 5)
    _misspell(work, "typo", rows, u)


def _near_duplicate(work: Work, share: float) -> None:
    rows, u = _hit(work, "near_duplicate", share, 6)
    copies = work.copy_rows("near_duplicate", rows, u[0] * work.n)
    if work.key is not None and len(copies):
        work.write("near_duplicate", work.key, copies, spoil.new_keys(work.table[work.key], len(copies)))
    _misspell(work, "near_duplicate", copies, u[1:])


def _swapped(work: Work, share: float) -> None:
    rows, _ = _hit(work, "swapped", share)
    pair = work.columns("given_name", "family_name")
    _need("swapped", pair if len(pair) == 2 else work.columns("name"), "given_name and family_name, or name")
    if len(pair) == 2:
        given, family = (work.table[c].take(rows) for c in pair)
        work.write("swapped", pair[0], rows, family)
        work.write("swapped", pair[1], rows, given)
    else:
        work.write("swapped", "name", rows, spoil.turned_round(work.table["name"].take(rows)))


def _moved(work: Work, share: float) -> None:
    rows, u = _hit(work, "moved", share)
    columns = work.columns(*PLACE_COLUMNS)
    _need("moved", columns, "address, postcode or city")
    # nobody moves to another country: the new place is one that is written in the same script
    latin = (work.table[columns[0]].str.isascii().fillna(True)).to_numpy(dtype=bool)
    elsewhere = np.empty(len(rows), dtype=np.int64)
    for script in (False, True):
        places, mine = np.flatnonzero(latin == script), latin[rows] == script
        elsewhere[mine] = places[np.floor(u[0][mine] * len(places)).astype(np.int64)]
    new = work.table[columns].take(elsewhere)
    for column in columns:
        work.write("moved", column, rows, new[column])


def _phone_format(work: Work, share: float) -> None:
    rows, u = _hit(work, "phone_format", share)
    columns = work.columns("phone")
    _need("phone_format", columns, "phone")
    work.write("phone_format", "phone", rows, spoil.phones(work.table["phone"].take(rows), u[0]))


def _date_format(work: Work, share: float) -> None:
    columns = work.of_kind("M")
    _need("date_format", columns, "a column of dates")
    for column in columns:
        rows, u = _hit(work, f"date_format {column}", share)
        work.retype(column, "str")
        work.write("date_format", column, rows, spoil.dates(work.table[column].take(rows), u[0]))


def _impossible(work: Work, share: float) -> None:
    rows, u = _hit(work, "impossible", share, 2)
    columns = work.of_kind("ifM")
    _need("impossible", columns, "a column of numbers or dates")
    for column, mine, chosen in _among(columns, rows, u[0]):
        work.write("impossible", column, mine, spoil.impossible(work.table[column].take(mine), u[1, chosen]))


def _missing(work: Work, share: float) -> None:
    rows, u = _hit(work, "missing", share)
    columns = work.of_kind()
    _need("missing", columns, "a column beside the key")
    for column, mine, _ in _among(columns, rows, u[0]):
        _blank(work, "missing", column, mine)


def _no_customer(work: Work, share: float) -> None:
    _need("no_customer", [c for c in work.of_kind() if c == "customer_id"], "customer_id")
    rows, _ = _hit(work, "no_customer", share)
    _blank(work, "no_customer", "customer_id", rows)


def _blank(work: Work, kind: str, column: str, rows: np.ndarray) -> None:
    wider = {"i": "Int64", "u": "UInt64", "b": "boolean"}.get(work.table[column].dtype.kind)
    if wider and len(rows):
        work.retype(column, wider)
    work.write(kind, column, rows, pd.Series([None] * len(rows)).astype(work.table[column].dtype))


def _late(work: Work, share: float) -> None:
    u = work.uniform("late", 2)[:, : work.n]  # originals only: a copy has no order to be out of
    rows = np.flatnonzero(u[0] < share)
    work.place[rows] = work.n + u[1, rows]
    work.note("late", rows, None)


def _duplicate(work: Work, share: float) -> None:
    rows, u = _hit(work, "duplicate", share)
    # a copy stands somewhere behind its original
    work.copy_rows("duplicate", rows, work.place[rows] + u[0] * np.maximum(work.n - work.place[rows], 1.0))


# in the order in which they happen: exact copies come last, so that they stay exact
KINDS: dict[str, Callable[[Work, float], None]] = {
    "near_duplicate": _near_duplicate,
    "moved": _moved,
    "swapped": _swapped,
    "typo": _typo,
    "phone_format": _phone_format,
    "impossible": _impossible,
    "missing": _missing,
    "no_customer": _no_customer,
    "date_format": _date_format,
    "late": _late,
    "duplicate": _duplicate,
}
