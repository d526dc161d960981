"""The same customers once more: what a year would bring if everything but chance were the same.

This needs the planted truth, so it works on simulated customers only. That is its use: on real ones, skill and luck
come mixed, and nobody can run the year again.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.errors import DataError, nearest
from crmlab.simulate.population import draw_orders
from crmlab.simulate.shop.orders import spend_cents

PLANTED = ("customer_id", "purchase_rate", "dropout_probability", "mean_order_value", "last_active")


def expected_spend(truth: pd.DataFrame, start: str | pd.Timestamp, weeks: float = 52) -> pd.Series:
    """Expected value of each customer's orders in a period, from the planted rates.

    Parameters
    ----------
    truth : pandas.DataFrame
        Rows of ``truth.customers`` of the retailer, of customers who had ordered by ``start``.
    start : str or pandas.Timestamp
        First day. Whoever left for good before it brings nothing.
    weeks : float
        Length in weeks of mean season; 52 are a year.

    Returns
    -------
    pandas.Series
        Money, indexed by ``customer_id``: before returns, without what vouchers and the programme add.

    Raises
    ------
    DataError
        If a planted column or value is missing, or the period has no length.

    Notes
    -----
    A customer who orders at rate ``l`` and leaves after an order with probability ``p`` places
    ``(1 - exp(-l p t)) / p`` orders in a time ``t``, on average (Fader, Hardie and Lee 2005, "Counting your customers
    the easy way").

    Examples
    --------
    >>> one = pd.DataFrame({"customer_id": ["C1"], "purchase_rate": [0.1], "dropout_probability": [0.0],
    ...                     "mean_order_value": [20.0], "last_active": [pd.NaT]})
    >>> round(float(expected_spend(one, "2025-01-01", weeks=52)["C1"]), 6)  # 5.2 orders of 20
    104.0
    """
    rate, leaves, value, there = _planted(truth, start, weeks)
    # an order that is lost to an early leave is rarer the smaller p is; for p = 0 the formula's limit is rate * time
    often = np.where(leaves > 0, -np.expm1(-rate * leaves * weeks) / np.where(leaves > 0, leaves, 1), rate * weeks)
    return pd.Series(there * often * value, index=pd.Index(truth["customer_id"]), name="expected")


def redraw_spend(
    truth: pd.DataFrame,
    start: str | pd.Timestamp,
    weeks: float = 52,
    *,
    draws: int = 1,
    seed: int = 0,
    leaving: bool = True,
) -> pd.DataFrame:
    """Draw a period again for the same customers, from the planted rates.

    Parameters
    ----------
    truth, start, weeks
        As for :func:`expected_spend`.
    draws : int
        How many times.
    seed : int
        Same seed, same draws.
    leaving : bool
        ``False`` keeps everybody who is there at the start: what is left is chance alone.

    Returns
    -------
    pandas.DataFrame
        Money, one row a customer (indexed by ``customer_id``), one column a draw, from 1.

    Raises
    ------
    DataError
        As for :func:`expected_spend`, and for fewer than one draw.

    Notes
    -----
    Waiting times between orders are exponential, so how long somebody has waited by ``start`` does not matter: the
    clock of everybody who is still there can start at 0.

    Examples
    --------
    >>> one = pd.DataFrame({"customer_id": ["C1"], "purchase_rate": [0.1], "dropout_probability": [0.0],
    ...                     "mean_order_value": [20.0], "last_active": [pd.NaT]})
    >>> redraw_spend(one, "2025-01-01", draws=3, seed=1).shape
    (1, 3)
    """
    if draws < 1:
        raise DataError(f"redraw_spend: draws is {draws!r}; at least 1 was expected.")
    rate, leaves, value, there = _planted(truth, start, weeks)
    if not leaving:
        leaves = np.zeros_like(leaves)
    active, rng, years = np.flatnonzero(there), np.random.default_rng(seed), {}
    for draw in range(1, draws + 1):
        who, when, _ = draw_orders(rate[active], leaves[active], np.zeros(len(active)), weeks, rng)
        who = active[who[when > 0]]  # draw_orders begins with an order at time 0, which belongs to the past
        years[draw] = np.bincount(who, spend_cents(value[who], rng) / 100, minlength=len(truth))
    return pd.DataFrame(years, index=pd.Index(truth["customer_id"])).rename_axis(columns="draw")


def _planted(
    truth: pd.DataFrame, start: str | pd.Timestamp, weeks: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return rate, dropout, order value, and who is still there at the start."""
    if not weeks > 0:
        raise DataError(f"weeks is {weeks!r}; a length above 0 was expected.")
    for column in PLANTED:
        if column not in truth:
            raise DataError(
                f"truth has no column {column!r}.{nearest(column, truth.columns)} "
                'Use rows of crmlab.load("retail", truth=True).truth.customers.'
            )
        missing = int(truth[column].isna().sum())
        if missing and column != "last_active":  # there, missing means still active
            raise DataError(f"truth, column {column!r}: {missing:,} of {len(truth):,} values are missing.")
    rate, leaves, value = (truth[c].to_numpy(dtype=float) for c in PLANTED[1:4])
    there = ~(truth["last_active"] < pd.Timestamp(start)).to_numpy(dtype=bool)
    return rate, leaves, value, there
