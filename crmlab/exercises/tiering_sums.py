"""What each customer of set 03 bought between two days, in numpy: a hundred usual mistakes start from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.drawing import place_of, remembered

FIRST, SECOND = ("2025-01-01", "2025-06-30"), ("2025-07-01", "2025-12-31")
EVER = ("2000-01-01", "2099-12-31")


@remembered
def between(data: Any, start: Any, end: Any, measure: str = "sum") -> np.ndarray:
    """Return a measure of each customer's orders from one day to another, both included.

    Parameters
    ----------
    data : Dataset
        With ``customers`` and ``transactions``.
    start, end : date or text
        First and last day.
    measure : {"sum", "size", "mean", "max"}
        Of the amounts.

    Returns
    -------
    numpy.ndarray
        In the order of ``customers``; 0 for those without an order.
    """
    dates = data.transactions["date"].to_numpy()
    first, last = (np.datetime64(pd.Timestamp(day)) for day in (start, end))
    rows = (dates >= first) & (dates <= last)
    who, amount = place_of(data)[rows], data.transactions["amount"].to_numpy()[rows]
    size = np.bincount(who, minlength=len(data.customers))
    if measure == "size":
        return size
    if measure == "max":
        most = np.zeros(len(size))
        np.maximum.at(most, who, amount)
        return most
    total = np.bincount(who, weights=amount, minlength=len(size))
    return total if measure == "sum" else total / np.maximum(size, 1)


def if_other(wrong: float, right: float, tolerance: float) -> float | None:
    """Return a wrong number, or None where it comes to the right one: then nobody can make this mistake.

    Examples
    --------
    >>> if_other(0.5, 0.5, 0.001) is None, if_other(0.6, 0.5, 0.001)
    (True, 0.6)
    """
    return None if abs(wrong - right) <= 2 * tolerance else wrong
