"""Exact arithmetic on every engine: money in whole cents, dates as day numbers, divisions that round alike."""

from __future__ import annotations

from datetime import date as Date

import narwhals as nw

EPOCH = Date(1970, 1, 1).toordinal()


def cents(amount: nw.Expr) -> nw.Expr:
    """Money as whole cents; half a cent is rounded up.

    Engines round halves in different ways, so the rounding is spelled out.
    """
    return (amount.cast(nw.Float64) * 100 + 0.5).floor().cast(nw.Int64)


def divided(whole: nw.Expr, by: nw.Expr | float) -> nw.Expr:
    """A whole number divided by another, rounded as IEEE 754 says on every engine.

    polars turns a division by what is the same in all rows into a multiplication by its reciprocal, which misses
    the last bit for one amount in seven: 500.29 would then be below a threshold of 500.29. So the divisor is made
    to look different in every row.
    """
    number = whole.cast(nw.Float64)
    return number / (number * 0 + (by.cast(nw.Float64) if isinstance(by, nw.Expr) else by))


def day_number(day: nw.Expr, missing: bool = False) -> nw.Expr:
    """Days since 1970-01-01 by the proleptic Gregorian calendar, from a date or datetime.

    Year and day of the year exist on every engine; a difference of two dates in days does not.
    If dates may be ``missing`` the numbers are floats, because pandas has no missing integers.
    """
    kind = nw.Float64 if missing else nw.Int64
    past = day.dt.year().cast(kind) - 1
    days_of_past_years = past * 365 + past // 4 - past // 100 + past // 400
    return days_of_past_years + day.dt.ordinal_day().cast(kind) - EPOCH
