"""The core loop of customer relationship management, run as code: identify, classify, maintain, upgrade.

At every review each customer's last twelve months are measured (*identify*) and put into a tier by a declared policy
(*classify*); until the next review the tier decides what the customer gets and costs (*maintain*), and those who are
close to the next tier get an offer (*upgrade*). Then the loop begins again. The second half stands in
:mod:`crmlab.foundations.upkeep`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from crmlab.errors import DataError, nearest
from crmlab.tiering import TierPolicy

MOVES = ("new", "up", "same", "down")


def identify(transactions: pd.DataFrame, reviews: Sequence[str | pd.Timestamp], months: int = 12) -> pd.DataFrame:
    """Measure every known customer at each review, over the months before it.

    Parameters
    ----------
    transactions : pandas.DataFrame
        ``customer_id``, ``date``, ``amount``; negative amounts are returns.
    reviews : sequence of str or pandas.Timestamp
        Days of the reviews, in order of time; what happened on the day itself counts.
    months : int
        Length of the window before each review.

    Returns
    -------
    pandas.DataFrame
        One row a customer and review, for everybody with a purchase by then: ``review``, ``customer_id``, ``orders``
        and ``revenue`` (money, returns deducted) of the window, both 0 for somebody who was silent.

    Raises
    ------
    DataError
        For reviews that do not rise, or before which nobody bought.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-05", "2025-02-01", "2025-02-09"])
    >>> orders = pd.DataFrame({"customer_id": ["A", "A", "B"], "date": days, "amount": [70.0, 20.0, 5.0]})
    >>> identify(orders, ["2024-12-31", "2025-03-31"])["revenue"].tolist()
    [70.0, 20.0, 5.0]
    """
    days = [pd.Timestamp(r) for r in reviews]
    if not days or any(a >= b for a, b in pairwise(days)):
        raise DataError("reviews: one day or more was expected, each later than the one before.")
    first = transactions.loc[transactions["amount"] >= 0].groupby("customer_id")["date"].min()
    if not (first <= days[0]).any():
        raise DataError(f"transactions: nobody has a purchase by {days[0]:%Y-%m-%d}, the first review.")
    parts = []
    for day in days:
        known = first.index[first <= day]
        inside = transactions["date"].between(day - pd.DateOffset(months=months), day, inclusive="right")
        window = transactions.loc[inside, ["customer_id", "amount"]]
        # whole cents add up to the same sum in any order
        cents = (window["amount"] * 100).round().astype("int64").groupby(window["customer_id"]).sum()
        orders = window["customer_id"][window["amount"] >= 0].value_counts()
        columns = {
            "review": day, "customer_id": known, "orders": orders.reindex(known, fill_value=0).to_numpy(),
            "revenue": cents.reindex(known, fill_value=0).to_numpy() / 100,
        }  # fmt: skip
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True).astype({"customer_id": "str", "review": "datetime64[us]"})


def classify(known: pd.DataFrame, policy: TierPolicy) -> pd.DataFrame:
    """Give every customer a tier at each review: what they earned, or what the policy lets them keep.

    The policy's ``hysteresis`` makes a band between entering a tier and leaving it, in which a label does not
    flicker; its ``minimum_stay`` protects a tier just won. Without both, each review is a fresh start.

    Parameters
    ----------
    known : pandas.DataFrame
        From :func:`identify`: ``review``, ``customer_id`` and the policy's measure.
    policy : TierPolicy
        The declared rule.

    Returns
    -------
    pandas.DataFrame
        The same rows by review with ``tier`` (an ordered category), ``tier_rank`` and ``earned_rank`` (0 for the
        lowest; what the entries alone would give) and ``move``: new, up, same or down against the review before.

    Raises
    ------
    DataError
        If a column is absent, or a measure cannot be used; see :meth:`crmlab.TierPolicy.assign`.

    Examples
    --------
    >>> known = pd.DataFrame({"review": pd.to_datetime(["2025-03-31", "2025-06-30", "2025-09-30"]),
    ...                       "customer_id": "A", "revenue": [310.0, 260.0, 100.0]})
    >>> policy = TierPolicy("demo", "revenue", {"regular": None, "gold": 300})
    >>> classify(known, policy)["tier"].tolist()
    ['gold', 'regular', 'regular']
    >>> classify(known, policy.replace(hysteresis=0.2))["tier"].tolist()
    ['gold', 'gold', 'regular']
    """
    for column in ("review", "customer_id"):
        if column not in known:
            raise DataError(f"known has no column {column!r}.{nearest(column, known.columns)} identify() makes it.")
    rows = known.reset_index(drop=True)
    earned, kept = rank_grids(rows, policy)
    held = earned.copy()
    held[:] = hold(earned.to_numpy(), kept.to_numpy(), policy.minimum_stay)
    before = held.shift(1, axis=1)
    change = np.select([before.isna() & held.notna(), held > before, held < before], ["new", "up", "down"], "same")
    # back from the grid of customers and reviews to the rows
    at = held.index.get_indexer(pd.Index(rows["customer_id"])), held.columns.get_indexer(pd.Index(rows["review"]))
    rank = held.to_numpy()[at].astype("int64")
    return rows.assign(
        tier=pd.Categorical(np.array(policy.names, dtype=object)[rank], categories=policy.names, ordered=True),
        tier_rank=rank,
        earned_rank=earned.to_numpy()[at].astype("int64"),
        move=pd.Categorical(change[at], categories=list(MOVES)),
    )


def rank_grids(rows: pd.DataFrame, policy: TierPolicy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Work out the rank that the entries give, and the highest that hysteresis lets somebody keep.

    Parameters
    ----------
    rows, policy
        As ``known`` and ``policy`` in :func:`classify`.

    Returns
    -------
    earned, kept : pandas.DataFrame
        Customers down, reviews across, as :func:`hold` takes them; missing before somebody was a customer.

    Raises
    ------
    DataError
        For a policy with overrides: they belong to days, not to the rule.
    """
    if policy.overrides:
        raise DataError(f"Policy {policy.name!r} has overrides; run the loop on policy.replace(overrides=()).")
    # of all who hold the top tier, each may keep what hysteresis allows: that is the second rank
    top = pd.DataFrame({"customer_id": rows["customer_id"].unique(), "tier": policy.names[-1], "reviews_held": 10**6})
    # a threshold looks at one customer only; a place in the ranking needs the others of the same review
    parts = [rows] if policy.by == "threshold" else [part for _, part in rows.groupby("review")]
    ranks = pd.concat(
        [
            part[["customer_id", "review"]].assign(
                earned=policy.assign(part)["tier_rank"].to_numpy(),
                kept=policy.assign(part, top)["tier_rank"].to_numpy(),
            )
            for part in parts
        ]
    )
    earned, kept = (ranks.pivot(index="customer_id", columns="review", values=v) for v in ("earned", "kept"))
    return earned.astype("float64"), kept.astype("float64")


def hold(earned: np.ndarray, kept: np.ndarray, minimum_stay: int = 0) -> np.ndarray:
    """Go through the reviews: the rank earned, or the one held as far as it may be kept.

    Parameters
    ----------
    earned, kept : numpy.ndarray, shape (customers, reviews)
        Rank that the entries give, and highest rank that hysteresis lets somebody keep; missing before somebody was a
        customer.
    minimum_stay : int
        Reviews after the one that gave a rank at which it cannot be lost.

    Returns
    -------
    numpy.ndarray of the same shape

    Examples
    --------
    >>> hold(np.array([[2.0, 1.0, 0.0]]), np.array([[2.0, 2.0, 1.0]])).tolist()
    [[2.0, 2.0, 1.0]]
    """
    held, stayed = earned.copy(), np.zeros(len(earned))
    for j in range(1, held.shape[1]):
        before = held[:, j - 1]
        now = np.fmax(earned[:, j], np.minimum(before, kept[:, j]))
        now = np.where((now < before) & (stayed < minimum_stay), before, now)
        stayed = np.where(now == before, stayed + 1, 0)
        held[:, j] = now
    return held


def moves(history: pd.DataFrame) -> pd.DataFrame:
    """Count who came, rose, stayed and fell at each review.

    Parameters
    ----------
    history : pandas.DataFrame
        From :func:`classify`.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``review``: ``customers``, ``new``, ``up``, ``same``, ``down``, and ``kept`` (hold a tier that they
        would not enter today).

    Examples
    --------
    >>> known = pd.DataFrame({"review": pd.to_datetime(["2025-03-31", "2025-06-30"]), "customer_id": "A",
    ...                       "revenue": [310.0, 260.0]})
    >>> moves(classify(known, TierPolicy("demo", "revenue", {"regular": None, "gold": 300})))["down"].tolist()
    [0, 1]
    """
    table = pd.crosstab(history["review"], history["move"]).reindex(columns=list(MOVES), fill_value=0)
    table.columns = pd.Index(list(MOVES))
    table.insert(0, "customers", table.sum(axis=1))
    kept = history["tier_rank"] > history["earned_rank"]
    return table.assign(kept=kept.groupby(history["review"]).sum())


def labels_over_time(history: pd.DataFrame) -> pd.DataFrame:
    """Tiers side by side, for :func:`crmlab.plots.tier_flow`.

    Parameters
    ----------
    history : pandas.DataFrame
        From :func:`classify`.

    Returns
    -------
    pandas.DataFrame
        One row for each customer of the *first* review, indexed by ``customer_id``; one column a review, named by its
        date. Those who came later are left out: they have no tier to move from.

    Examples
    --------
    >>> known = pd.DataFrame({"review": pd.to_datetime(["2025-03-31", "2025-06-30"]), "customer_id": "A",
    ...                       "revenue": [310.0, 260.0]})
    >>> history = classify(known, TierPolicy("demo", "revenue", {"regular": None, "gold": 300}))
    >>> labels_over_time(history).loc["A"].to_dict()
    {'31 Mar 2025': 'gold', '30 Jun 2025': 'regular'}
    """
    wide = history.pivot(index="customer_id", columns="review", values="tier")
    wide = wide.loc[wide.iloc[:, 0].notna()]
    return wide.set_axis([f"{day:%d %b %Y}" for day in wide.columns], axis=1)
