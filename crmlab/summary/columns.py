"""The three columns that every summary reads: who, when, how much; and what makes a row unusable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw

from crmlab.errors import DataError, nearest
from crmlab.schema import AMOUNT, CUSTOMER, DATE


def standard_columns(transactions: Any, customer: str, date: str, amount: str) -> Any:
    """Return the three columns under their standard names, or say what is wrong with them."""
    try:
        frame: Any = nw.from_native(_on_own_days(transactions, date))
    except TypeError:
        raise DataError(
            f"transactions is a {type(transactions).__name__}; "
            "a data frame was expected (pandas, polars, DuckDB, Spark)."
        ) from None
    schema = frame.collect_schema()
    for role, column in (("customer", customer), ("date", date), ("amount", amount)):
        if column not in schema:
            raise DataError(
                f"transactions has no column {column!r} for the {role}.{nearest(column, schema)} "
                f"It has {', '.join(map(str, schema)) or 'none'}; name yours with {role}=..."
            )
    if not (schema[date].is_temporal() and schema[date] not in (nw.Duration, nw.Time)):
        raise DataError(
            f"transactions, column {date!r}: holds {str(schema[date]).lower()}, a date was expected. Turn it into "
            f"dates first: pd.to_datetime(transactions[{date!r}], format='%Y-%m-%d'), or with dayfirst=True where "
            "03.04.2025 is 3 April; without either it becomes 4 March."
        )
    if not schema[amount].is_numeric():
        raise DataError(
            f"transactions, column {amount!r}: holds {str(schema[amount]).lower()}, a number was expected. "
            f"Turn it into numbers first: pd.to_numeric(transactions[{amount!r}]); where the comma is the decimal "
            f"mark (1.234,50): pd.to_numeric(transactions[{amount!r}].str.replace('.', '').str.replace(',', '.'))."
        )
    return frame.select(nw.col(customer).alias(CUSTOMER), nw.col(date).alias(DATE), nw.col(amount).alias(AMOUNT))


def _on_own_days(transactions: Any, date: str) -> Any:
    """Take the time zone off a pandas column; narwhals does not know zones such as America/New_York."""
    import pandas as pd

    if isinstance(transactions, pd.DataFrame) and date in transactions:
        kind = transactions[date].dtype
        if isinstance(kind, pd.DatetimeTZDtype):
            return transactions.assign(**{date: transactions[date].dt.tz_localize(None)})
    return transactions


def refuse_unusable(frame: nw.DataFrame[Any], own_names: Mapping[str, str]) -> None:
    """Raise when an in-memory table is empty or has values that cannot be counted; speak of the user's columns."""
    if frame.is_empty():
        raise DataError("transactions is empty; at least one row is needed.")
    for column in (CUSTOMER, DATE, AMOUNT):
        bad = missing(frame, column)
        rows = frame.select(bad.alias("bad"))["bad"].arg_true()
        if len(rows):
            raise DataError(
                f"transactions, column {own_names[column]!r}: {len(rows):,} of {len(frame):,} rows have no usable "
                f"value (first: row {int(rows[0])}). Set them aside first:\n{_intake_call(own_names)}"
            )


def _intake_call(own_names: Mapping[str, str]) -> str:
    """The line to paste, with the user's own column names."""
    roles = {CUSTOMER: "customer", DATE: "date", AMOUNT: "amount"}
    named = [f"{roles[usual]}={own!r}" for usual, own in own_names.items() if own != usual]
    return f"kept, aside = crmlab.summary.intake({', '.join(['transactions', *named])})"


def missing(frame: Any, column: str) -> nw.Expr:
    """Null; where the column is a float, also infinite or not a number."""
    if is_float(frame, column):
        return ~nw.col(column).is_finite().fill_null(False)
    return nw.col(column).is_null()


def is_float(frame: Any, column: str) -> bool:
    """Whether a column holds floating-point numbers."""
    return bool(frame.collect_schema()[column].is_float())
