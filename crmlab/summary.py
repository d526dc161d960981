"""From transactions to one row a customer.

Written once over narwhals: a pandas frame comes back as a pandas frame, a polars frame as a
polars frame, and a lazy relation stays lazy.

Money is summed in integer cents, so that a sum does not depend on the order of the rows.
Dates become day numbers, so that everything after the first line is integer arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Date
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import narwhals as nw

from crmlab.errors import DataError, UnknownNameError, nearest
from crmlab.schema import AMOUNT, CUSTOMER, DATE

DAYS_IN = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Y": 365.25}
EPOCH = Date(1970, 1, 1).toordinal()


class Intake(NamedTuple):
    """Rows that can be used, and rows set aside with the reason in words."""

    kept: Any
    set_aside: Any


def summarize(
    transactions: Any,
    as_of: str | Date | datetime | None = None,
    time_unit: str = "D",
    *,
    customer: str = CUSTOMER,
    date: str = DATE,
    amount: str = AMOUNT,
) -> Any:
    """Sum up each customer's purchases until a date.

    A *purchase* is a day on which a customer bought: two orders on one day are one purchase, as in
    the literature on purchase models. Rows with a negative amount are returns: they lower
    ``revenue`` and are not purchases. Rows with an amount of zero (a free sample, a paid-for gift
    card) are purchases. A customer without any purchase until ``as_of`` does not appear.

    Parameters
    ----------
    transactions : frame
        One row an order or an order line; any engine that narwhals knows.
    as_of : str or date, optional
        Last day to count, inclusive; later rows are left out, which is how a calibration
        period is cut. Default: the day of the last transaction.
    time_unit : {"D", "W", "M", "Y"}
        Unit of ``recency`` and ``T``: days, weeks of
        7 days, months of 365.25 / 12 days, years of 365.25 days.
    customer, date, amount : str
        Column names, if yours differ from ``customer_id``, ``date``, ``amount``.

    Returns
    -------
    frame of the same kind
        One row a customer, with

        - ``customer_id``
        - ``frequency`` (*x*): repeat purchases
        - ``recency`` (*t_x*): first to last purchase, in ``time_unit``
        - ``T``: first purchase to ``as_of``, in ``time_unit``
        - ``monetary_value``: mean value of the *repeat* purchases; missing without one
        - ``orders``: purchases including the first, ``frequency + 1``
        - ``revenue``: sum of all amounts, returns deducted
        - ``first_date``, ``last_date``: days of the first and last purchase
        - ``days_since_last``: last purchase to ``as_of``, always in days

    Raises
    ------
    DataError
        For an empty table, missing values, amounts that are no numbers, dates that are no
        dates, or an ``as_of`` before the first purchase. :func:`intake` sets such rows aside.

    Notes
    -----
    The definitions of *x*, *t_x* and *T* are those of Fader, Hardie and Lee (2005),
    "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis".

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({
    ...     "customer_id": ["A", "A", "A", "B"],
    ...     "date": pd.to_datetime(["2025-01-01", "2025-01-11", "2025-01-11", "2025-01-05"]),
    ...     "amount": [10.0, 20.0, 5.0, 8.0],
    ... })
    >>> summarize(orders, as_of="2025-01-31")[["customer_id", "frequency", "recency", "T", "monetary_value"]]
      customer_id  frequency  recency     T  monetary_value
    0           A          1     10.0  30.0            25.0
    1           B          0      0.0  26.0             NaN
    """
    if time_unit not in DAYS_IN:
        raise UnknownNameError(f"time_unit is {time_unit!r}; use one of {', '.join(map(repr, DAYS_IN))}.")
    frame = _columns(transactions, customer, date, amount)
    eager = isinstance(frame, nw.DataFrame)
    if eager:
        _refuse_unusable(frame, {CUSTOMER: customer, DATE: date, AMOUNT: amount})
    last_day = _as_of_day(frame, as_of)
    per_day = (
        frame.with_columns(_day=day_number(nw.col(DATE)), _cents=cents(nw.col(AMOUNT)))
        .filter(nw.col("_day") <= last_day)
        .with_columns(
            _is_purchase=(nw.col("_cents") >= 0).cast(nw.Int64),
            _bought=nw.when(nw.col("_cents") > 0).then(nw.col("_cents")).otherwise(0),
            _date=_calendar_day(frame),
        )
        .group_by(CUSTOMER, "_day")
        .agg(nw.col("_cents").sum(), nw.col("_is_purchase").max(), nw.col("_bought").sum(), nw.col("_date").min())
    )
    buying = per_day.filter(nw.col("_is_purchase") == 1)
    first = buying.group_by(CUSTOMER).agg(_first=nw.col("_day").min())
    purchases = (
        buying.join(first, on=CUSTOMER, how="inner")
        .with_columns(_repeat=nw.when(nw.col("_day") > nw.col("_first")).then(nw.col("_bought")).otherwise(0))
        .group_by(CUSTOMER)
        .agg(
            orders=nw.len(),
            _first=nw.col("_day").min(),
            _last=nw.col("_day").max(),
            _repeat=nw.col("_repeat").sum(),
            first_date=nw.col("_date").min(),
            last_date=nw.col("_date").max(),
        )
    )
    revenue = per_day.group_by(CUSTOMER).agg(_revenue=nw.col("_cents").sum())
    unit = DAYS_IN[time_unit]
    orders = nw.col("orders").cast(nw.Int64)
    summary = purchases.join(revenue, on=CUSTOMER, how="inner").select(
        nw.col(CUSTOMER),
        (orders - 1).alias("frequency"),
        ((nw.col("_last") - nw.col("_first")).cast(nw.Float64) / unit).alias("recency"),
        ((last_day - nw.col("_first")).cast(nw.Float64) / unit).alias("T"),
        nw.when(nw.col("orders") > 1)
        .then(nw.col("_repeat").cast(nw.Float64) / (nw.col("orders") - 1) / 100)
        .otherwise(None)
        .alias("monetary_value"),
        orders.alias("orders"),
        (nw.col("_revenue").cast(nw.Float64) / 100).alias("revenue"),
        nw.col("first_date", "last_date"),
        (last_day - nw.col("_last")).cast(nw.Int64).alias("days_since_last"),
    )
    if isinstance(summary, nw.DataFrame):
        if summary.is_empty():
            raise DataError(
                "transactions: no customer has a purchase (an amount of 0 or more) until "
                f"{Date.fromordinal(last_day + EPOCH)}. Check the amounts and as_of."
            )
        summary = summary.sort(CUSTOMER)
        if summary.implementation.is_pandas():
            return summary.to_native().reset_index(drop=True)
    return summary.to_native()


def intake(
    transactions: Any,
    *,
    customer: str = CUSTOMER,
    date: str = DATE,
    amount: str = AMOUNT,
) -> Intake:
    """Separate the rows that can be summarised from those that cannot.

    Parameters
    ----------
    transactions : frame
        Any engine that narwhals knows.
    customer, date, amount : str
        Column names.

    Returns
    -------
    Intake
        ``kept``: the usable rows, unchanged. ``set_aside``: the others, with a column
        ``reason``. Together they are all rows, each once.

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"customer_id": ["A", None], "date": pd.to_datetime(["2025-01-01"] * 2),
    ...                        "amount": [1.0, 2.0]})
    >>> kept, aside = intake(orders)
    >>> len(kept), aside["reason"].tolist()
    (1, ['no customer_id'])
    """
    frame = nw.from_native(transactions)
    _columns(transactions, customer, date, amount)
    bad_amount = (
        ~(nw.col(amount).is_finite().fill_null(False)) if _is_float(frame, amount) else nw.col(amount).is_null()
    )
    reason = (
        nw.when(_missing(frame, customer))
        .then(nw.lit(f"no {customer}"))
        .otherwise(
            nw.when(nw.col(date).is_null())
            .then(nw.lit(f"no {date}"))
            .otherwise(nw.when(bad_amount).then(nw.lit(f"no {amount}")).otherwise(nw.lit("")))
        )
    )
    marked = frame.with_columns(reason=reason)
    return Intake(
        marked.filter(nw.col("reason") == "").drop("reason").to_native(),
        marked.filter(nw.col("reason") != "").to_native(),
    )


def keep(frame: Any, path: str | Path) -> Path:
    """Execute a frame of any engine and write it to one Parquet file.

    This is the only function that runs a lazy plan and writes.

    Parameters
    ----------
    frame : frame
        Any engine that narwhals knows.
    path : str or Path
        A file that does not exist yet; nothing is overwritten.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    DataError
        If the file exists or its folder does not.
    """
    target = Path(path)
    if target.exists():
        raise DataError(f"{target} exists already; nothing was written. Choose another name or remove it first.")
    if not target.parent.is_dir():
        raise DataError(f"There is no folder {target.parent}; nothing was written. Make it first.")
    native = nw.from_native(frame)
    if isinstance(native, nw.DataFrame):
        native.write_parquet(target)
    else:
        native.sink_parquet(target)
    return target


def cents(amount: nw.Expr) -> nw.Expr:
    """Money as whole cents."""
    return (amount.cast(nw.Float64) * 100).round().cast(nw.Int64)


def day_number(day: nw.Expr) -> nw.Expr:
    """Days since 1970-01-01 by the proleptic Gregorian calendar, from a date or datetime.

    Year and day of the year exist on every engine; a difference of two dates in days does not.
    """
    past = day.dt.year().cast(nw.Int64) - 1
    days_of_past_years = past * 365 + past // 4 - past // 100 + past // 400
    return days_of_past_years + day.dt.ordinal_day().cast(nw.Int64) - EPOCH


def _columns(transactions: Any, customer: str, date: str, amount: str) -> Any:
    """Return the three columns under their standard names, or say what is wrong with them."""
    try:
        frame: Any = nw.from_native(transactions)
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


def _refuse_unusable(frame: nw.DataFrame[Any], own_names: Mapping[str, str]) -> None:
    """Raise when an in-memory table is empty or has values that cannot be counted; speak of the user's columns."""
    if frame.is_empty():
        raise DataError("transactions is empty; at least one row is needed.")
    amounts = ~nw.col(AMOUNT).is_finite().fill_null(False) if _is_float(frame, AMOUNT) else nw.col(AMOUNT).is_null()
    for column, bad in ((CUSTOMER, _missing(frame, CUSTOMER)), (DATE, nw.col(DATE).is_null()), (AMOUNT, amounts)):
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


def _missing(frame: Any, column: str) -> nw.Expr:
    """Null, and also not-a-number where an id column is a float."""
    null = nw.col(column).is_null()
    return null | nw.col(column).is_nan().fill_null(False) if _is_float(frame, column) else null


def _is_float(frame: Any, column: str) -> bool:
    return bool(frame.collect_schema()[column].is_float())


def _calendar_day(frame: Any) -> nw.Expr:
    """The date column as midnight of its own calendar day, without a time zone."""
    kind = frame.collect_schema()[DATE]
    day = nw.col(DATE)
    if isinstance(kind, nw.Datetime) and kind.time_zone:
        day = day.dt.replace_time_zone(None)
    return day.cast(nw.Datetime("us")).dt.truncate("1d")


def _as_of_day(frame: Any, as_of: str | Date | datetime | None) -> int:
    """The last day to count, as a day number."""
    if as_of is None:
        if not isinstance(frame, nw.DataFrame):
            raise DataError("as_of is needed for a table that is not in memory, e.g. as_of='2025-12-31'.")
        return int(frame.select(day_number(nw.col(DATE)).max()).item())
    try:
        day = datetime.fromisoformat(as_of) if isinstance(as_of, str) else as_of
        last = day.toordinal() - EPOCH
    except (ValueError, AttributeError):
        raise DataError(f"as_of is {as_of!r}; a date was expected, e.g. '2025-12-31'.") from None
    if isinstance(frame, nw.DataFrame):
        first = int(frame.select(day_number(nw.col(DATE)).min()).item())
        if last < first:
            raise DataError(
                f"as_of is {Date.fromordinal(last + EPOCH)}, before the first transaction "
                f"({Date.fromordinal(first + EPOCH)}). Choose a later day."
            )
    return last
