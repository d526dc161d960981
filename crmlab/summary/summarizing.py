"""From transactions to one row a customer.

Written once over narwhals: a pandas frame comes back as a pandas frame, a polars frame as a
polars frame, and a lazy relation stays lazy.

Money is summed in integer cents, so that a sum does not depend on the order of the rows.
Dates become day numbers, so that everything after the first line is integer arithmetic.
"""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import narwhals as nw

from crmlab.errors import DataError, UnknownNameError
from crmlab.schema import AMOUNT, CUSTOMER, DATE
from crmlab.summary.columns import missing, refuse_unusable, standard_columns
from crmlab.summary.exact import EPOCH, day_number, divided

PACK = 2**42  # cents that a customer can spend; a day's key times PACK fits into 64 bits
NEVER = 2**63 - 1  # larger than any day and money packed together
DAYS_IN = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Y": 365.25}


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
        dates, or an ``as_of`` before the first purchase. :func:`intake` sets such rows aside. A table that is not
        in memory is not looked into: there, customers with such a row come out with missing measures.

    Notes
    -----
    A time stamp with a zone counts on the calendar day of its zone. DuckDB and Spark keep no zone in a column and
    take that of their session: set it there, e.g. ``SET TimeZone = 'Asia/Shanghai'``.

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
    frame = standard_columns(transactions, customer, date, amount)
    eager = isinstance(frame, nw.DataFrame)
    if eager:
        refuse_unusable(frame, {CUSTOMER: customer, DATE: date, AMOUNT: amount})
    last_day = _as_of_day(frame, as_of)
    sums: Any = _by_customer(_by_day(_rows(frame, last_day)))
    if eager:
        _refuse_useless(sums, last_day)
    summary = _measures(sums, last_day, DAYS_IN[time_unit])
    if eager:
        summary = summary.sort(CUSTOMER)
        if summary.implementation.is_pandas():
            return summary.to_native().reset_index(drop=True)
    return summary.to_native()


def _rows(frame: Any, last_day: int) -> Any:
    """Rows until the last day: the calendar day, and money in whole cents.

    Whole cents are held as floats: up to 2**53 of them every sum is exact, and an amount that is not a number spoils
    its customer's sums instead of vanishing from them.
    """
    lazy = not isinstance(frame, nw.DataFrame)  # in memory, rows that cannot be used were refused
    day = _calendar_day(frame)
    inside = nw.col(DATE) < _midnight_after(last_day, frame.collect_schema()[DATE])
    cents = (nw.col(AMOUNT).cast(nw.Float64) * 100 + 0.5).floor().cast(nw.Float64)
    if lazy:
        unusable = missing(frame, DATE) | missing(frame, AMOUNT)
        cents = nw.when(unusable).then(nw.lit(float("nan"))).otherwise(cents)
        inside = inside | nw.col(DATE).is_null()
    rows = frame.filter(inside).select(nw.col(CUSTOMER), _date=day, _cents=cents)
    return rows.with_columns(_bought=nw.when(nw.col("_cents") < 0).then(nw.lit(0.0)).otherwise(nw.col("_cents")))


def _by_day(rows: Any) -> Any:
    """One row a customer and day: all orders of a day are one purchase."""
    return (
        rows.with_columns(_most=nw.col("_cents"))
        .group_by(CUSTOMER, "_date")
        .agg(nw.col("_cents").sum(), nw.col("_bought").sum(), nw.col("_most").max())
    )


def _by_customer(days: Any) -> Any:
    """One row a customer who bought.

    What was bought on the first day comes without a second pass: day and money are packed into one integer, the
    day in front, so that the smallest integer is that of the first day.
    """
    buys = ~(nw.col("_most") < 0)
    day = nw.when(buys).then(nw.col("_date")).otherwise(None)
    # what is too large to pack, or no number, is found again in the customer's sum
    money = nw.when(nw.col("_bought") < PACK).then(nw.col("_bought")).otherwise(nw.lit(0.0)).cast(nw.Int64)
    packed = nw.when(buys).then(_day_key(nw.col("_date")) * PACK + money).otherwise(nw.lit(NEVER))
    return (
        days.with_columns(_first=day, _last=day, _packed=packed, _buys=buys.cast(nw.Int64))
        .group_by(CUSTOMER)
        .agg(
            nw.col("_buys").sum(), nw.col("_first").min(), nw.col("_last").max(), nw.col("_packed").min(),
            nw.col("_bought").sum(), nw.col("_cents").sum(),
        )
        .filter(nw.col("_buys") > 0)
        .with_columns(nw.col("_buys").cast(nw.Int64), _usable=nw.col("_bought") < PACK)
    )  # fmt: skip


def _measures(sums: Any, last_day: int, unit: float) -> Any:
    """The columns of the summary; missing for customers with a row that cannot be used."""
    sums = sums.with_columns(
        _from=day_number(nw.col("_first"), missing=True), _to=day_number(nw.col("_last"), missing=True)
    )
    first, last, repeats = nw.col("_from"), nw.col("_to"), nw.col("_buys") - 1
    bought_first = nw.col("_packed") - _day_key(nw.col("_first")) * PACK
    midnight = nw.Datetime("us")
    whole = {
        "frequency": repeats,
        "recency": divided(last - first, unit),
        "T": divided(last_day - first, unit),
        "monetary_value": (nw.col("_bought") - bought_first.cast(nw.Float64)) / (100 * repeats).cast(nw.Float64),
        "orders": nw.col("_buys"),
        "revenue": divided(nw.col("_cents"), 100),
        "first_date": nw.col("_first").cast(midnight),
        "last_date": nw.col("_last").cast(midnight),
        "days_since_last": (last_day - last).cast(nw.Int64),
    }
    if not isinstance(sums, nw.DataFrame):
        usable = nw.col("_usable") & ~nw.col(CUSTOMER).is_null()
        whole = {name: nw.when(usable).then(value).otherwise(None) for name, value in whole.items()}
    whole["monetary_value"] = nw.when(repeats > 0).then(whole["monetary_value"]).otherwise(None)
    return sums.select(nw.col(CUSTOMER), **whole)


def _refuse_useless(sums: nw.DataFrame[Any], last_day: int) -> None:
    if sums.is_empty():
        raise DataError(
            "transactions: no customer has a purchase (an amount of 0 or more) until "
            f"{Date.fromordinal(last_day + EPOCH)}. Check the amounts and as_of."
        )
    huge = sums.filter(~nw.col("_usable"))
    if len(huge):
        raise DataError(
            f"transactions: customer {huge[CUSTOMER][0]!r} bought for more than {PACK // 100:,}. "
            "Check the amounts; if they are right, count in thousands."
        )


def _day_key(day: nw.Expr) -> nw.Expr:
    """A whole number that grows with the day, cheaper than counting days."""
    return day.dt.year().cast(nw.Int64) * 400 + day.dt.ordinal_day().cast(nw.Int64)


def _calendar_day(frame: Any) -> nw.Expr:
    """The date column as its own calendar day, without a time of day or a time zone."""
    kind, day = frame.collect_schema()[DATE], nw.col(DATE)
    if kind == nw.Date:
        return day
    if kind.time_zone:
        day = day.dt.replace_time_zone(None)
    if frame.implementation.is_pandas():  # has no type for days
        return day.cast(nw.Datetime("us")).dt.truncate("1d")
    return day.cast(nw.Date)


def _midnight_after(last_day: int, kind: Any) -> Any:
    """The first moment after the last day, to compare a date column with."""
    after = Date.fromordinal(last_day + EPOCH + 1)
    if kind == nw.Date:
        return after
    moment = datetime(after.year, after.month, after.day)
    return moment.replace(tzinfo=ZoneInfo(kind.time_zone)) if kind.time_zone else moment


def last_day_of(as_of: str | Date | datetime) -> int:
    """A date as a day number."""
    try:
        day = datetime.fromisoformat(as_of) if isinstance(as_of, str) else as_of
        return day.toordinal() - EPOCH
    except (ValueError, AttributeError):
        raise DataError(f"as_of is {as_of!r}; a date was expected, e.g. '2025-12-31'.") from None


def _ordinal(day: Any) -> int:
    """A date or time of an engine as a day number."""
    return Date(day.year, day.month, day.day).toordinal() - EPOCH


def _as_of_day(frame: Any, as_of: str | Date | datetime | None) -> int:
    """The last day to count, as a day number."""
    if as_of is None:
        if not isinstance(frame, nw.DataFrame):
            raise DataError("as_of is needed for a table that is not in memory, e.g. as_of='2025-12-31'.")
        return _ordinal(frame[DATE].max())
    last = last_day_of(as_of)
    if isinstance(frame, nw.DataFrame):
        first = _ordinal(frame[DATE].min())
        if last < first:
            raise DataError(
                f"as_of is {Date.fromordinal(last + EPOCH)}, before the first transaction "
                f"({Date.fromordinal(first + EPOCH)}). Choose a later day."
            )
    return last
