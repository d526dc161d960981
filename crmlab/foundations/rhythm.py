"""How often to re-assess: each review moves labels, and between reviews labels grow old."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.foundations.loop import hold, rank_grids
from crmlab.tiering import TierPolicy


def rhythms(known: pd.DataFrame, policy: TierPolicy, every: Sequence[int] = (1, 3, 6, 12)) -> pd.DataFrame:
    """Compare rhythms of re-assessment: how much labels move, and how far they are from what customers earn.

    Parameters
    ----------
    known : pandas.DataFrame
        From :func:`crmlab.foundations.identify`, with a review each month.
    policy : TierPolicy
        The declared rule, with its hysteresis and minimum stay.
    every : sequence of int
        Re-assess at every so-many-th of these reviews, beginning with the first.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``every_months``, for the customers of the first review: ``reviews`` (re-assessments after the first
        classification), ``up`` and ``down`` (moves for 100 customers over the whole time), ``too_high`` and ``too_low``
        (of 100 customers, how many hold a tier above or below the one they would earn that day; mean over the months
        after the first).

    Raises
    ------
    DataError
        For a rhythm longer than the time at hand.

    Examples
    --------
    >>> known = pd.DataFrame({"review": pd.to_datetime(["2025-01-31", "2025-02-28", "2025-03-31"]),
    ...                       "customer_id": "A", "revenue": [310.0, 260.0, 320.0]})
    >>> table = rhythms(known, TierPolicy("demo", "revenue", {"regular": None, "gold": 300}), every=(1, 2))
    >>> table[["up", "down", "too_high"]].values.tolist()
    [[100.0, 100.0, 0.0], [0.0, 0.0, 50.0]]
    """
    months = sorted(known["review"].unique())
    there = known.loc[known["review"] == months[0], "customer_id"]
    rows = known[known["customer_id"].isin(there)].reset_index(drop=True)
    earned, kept = (grid.to_numpy() for grid in rank_grids(rows, policy))
    found = []
    for step in every:
        if not 1 <= step < len(months):
            raise DataError(f"every: {step} was given; 1 to {len(months) - 1} months are at hand.")
        held = hold(earned[:, ::step], kept[:, ::step], policy.minimum_stay)
        change = np.diff(held)
        # the label of each month is the one of the last review before it
        apart = (held[:, np.arange(len(months)) // step] - earned)[:, 1:]
        each = (change > 0).sum() / len(held), (change < 0).sum() / len(held), (apart > 0).mean(), (apart < 0).mean()
        found.append((step, held.shape[1] - 1, *(100 * float(share) for share in each)))
    columns = ["every_months", "reviews", "up", "down", "too_high", "too_low"]
    return pd.DataFrame(found, columns=columns).set_index("every_months")
