"""Read a table of transactions from a file: customer, day and amount, or an error that names the row."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crmlab.errors import DataError
from crmlab.report.amounts import Amount, numbers
from crmlab.report.columns import customer_ids
from crmlab.report.dates import Days
from crmlab.report.opening import open_source
from crmlab.report.sources import find_column
from crmlab.schema import AMOUNT, CUSTOMER, DATE
from crmlab.summary import intake


@dataclass(frozen=True)
class Reading:
    """What :func:`read_transactions` found in a file.

    Attributes
    ----------
    rows : pandas.DataFrame
        Usable rows: ``row`` (counted from 0), ``customer_id`` (text), ``date`` (midnight), ``amount``.
    set_aside : pandas.DataFrame
        The other rows, with ``reason``; together they are all rows of the file, each once.
    exact_duplicates : int or None
        Rows that equal an earlier row in every column of the file; they are kept.
        None where it cannot be said (nested columns).
    date_reading : str
        How the dates were read.
    doubts, notes : tuple of str
        What the reader must confirm, and what is good to know.
    place : callable
        Names a row as the file has it: ``place(0)`` is ``"line 2"`` in a CSV.
    """

    rows: pd.DataFrame
    set_aside: pd.DataFrame
    exact_duplicates: int | None
    date_reading: str
    doubts: tuple[str, ...]
    notes: tuple[str, ...]
    place: Callable[[int], str]


def read_transactions(
    path: str | Path,
    *,
    customer: str,
    date: str,
    amount: str,
    delimiter: str = ",",
    encoding: str = "utf-8",
    decimal: str = ".",
    date_format: str | None = None,
    day_first: bool = False,
    sheet: str | None = None,
) -> Reading:
    """Read customer, day and amount from a CSV, Parquet or Excel file.

    Parameters
    ----------
    path : str or Path
        ``.csv``, ``.tsv``, ``.txt`` (also ``.gz``), ``.parquet``, ``.xlsx``.
    customer, date : str
        Column names. Customers are read as text, so ``00012`` keeps its zeros.
    amount : str
        A column, or an arithmetic of columns: ``+ - * /``, numbers, parentheses, and names with
        spaces in square brackets (or backticks), e.g. ``"Quantity * [Unit Price]"``.
    delimiter, encoding, decimal : str
        How a text file is written; ``delimiter="tab"`` is understood.
    date_format : str, optional
        E.g. ``"%d/%m/%Y %H:%M"``; needed only where the dates do not speak for themselves.
    day_first : bool
        Read 1/2/2025 as 1 February where no date of the column settles it.
    sheet : str, optional
        Sheet of a workbook; default the first.

    Returns
    -------
    Reading
        Rows without a customer, a date or an amount are set aside and counted, not dropped.

    Raises
    ------
    CrmlabError
        Names the file, the row or line, the column and the value, and the cure.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "orders.csv"
    ...     _ = file.write_text("who,day,pieces,price\\n007,2025-01-31,2,4.50\\n,2025-02-01,1,3\\n", encoding="utf-8")
    ...     found = read_transactions(file, customer="who", date="day", amount="pieces*price")
    >>> found.rows[["customer_id", "amount"]].values.tolist()
    [['007', 9.0]]
    >>> found.set_aside["reason"].tolist(), found.place(1)
    (['no customer'], 'line 3')
    """
    if decimal not in (".", ","):
        raise DataError(f"decimal is {decimal!r}; '.' or ',' was expected.")
    with closing(open_source(path, delimiter, encoding, sheet)) as source:
        find_column(customer, source, "--customer")
        find_column(date, source, "--date")
        formula = Amount(amount, source)
        raw = source.read(list(dict.fromkeys([customer, date, *formula.columns])))
        if not len(raw[customer]):
            raise DataError(f"{source.name} has a header but no rows; at least one transaction was expected.")
        days = Days(raw[date], date, source, date_format, day_first)
        amounts = formula.value({c: numbers(raw[c], c, decimal, source) for c in formula.columns})
        frame = pd.DataFrame(
            {
                "row": range(len(days.values)),
                CUSTOMER: customer_ids(raw[customer], customer, source),
                DATE: days.values,
                AMOUNT: amounts,
            }
        )
        duplicates = source.exact_duplicates(raw)
    rows, aside = intake(frame)
    aside = aside.assign(reason=aside["reason"].str.replace("customer_id", "customer"))
    if rows.empty:
        counts = ", ".join(f"{n:,} {reason}" for reason, n in aside["reason"].value_counts().items())
        raise DataError(
            f"{source.name}: none of the {len(frame):,} rows can be used ({counts}). "
            "Check --customer, --date and --amount, and that the cells are filled."
        )
    doubts = (*([days.doubt] if days.doubt else []), *source.doubts)
    return Reading(rows, aside, duplicates, days.reading, doubts, tuple(source.notes), source.place)
