"""What the tiers cost from one review to the next, and who is close to a higher one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.errors import DataError, UnknownNameError, nearest
from crmlab.foundations.profit import customer_profit
from crmlab.tiering import TierPolicy

if TYPE_CHECKING:
    from crmlab.datasets import Dataset

_COSTS = ["revenue", "margin", "cost_to_serve", "profit"]


def maintain(data: Dataset, history: pd.DataFrame, benefits: dict[str, float]) -> pd.DataFrame:
    """Work out what each tier brought and cost from one review to the next.

    Parameters
    ----------
    data : Dataset
        The retailer's tables, see :func:`crmlab.foundations.customer_profit`.
    history : pandas.DataFrame
        From :func:`classify`, with two reviews or more. The tier of a review holds until the next one.
    benefits : dict of str to float
        What the tier's privileges cost, money a customer and period; a tier that is not named gets nothing.

    Returns
    -------
    pandas.DataFrame
        One row a period and tier, highest tier first: ``period`` (the review that ends it), ``tier``, ``customers``,
        ``revenue``, ``margin``, ``cost_to_serve``, ``benefits`` and ``profit`` (margin less both), all money of the
        period. Who ordered first after the review is not among them yet.

    Raises
    ------
    UnknownNameError
        For a benefit of a tier that is none.
    DataError
        For fewer than two reviews.

    Examples
    --------
    >>> import crmlab
    >>> from crmlab.foundations.loop import classify, identify
    >>> data = crmlab.load("retail")
    >>> policy = TierPolicy("demo", "revenue", {"regular": None, "gold": 300})
    >>> history = classify(identify(data.transactions, ["2025-09-30", "2025-12-28"]), policy)
    >>> maintain(data, history, {"gold": 4.0})[["tier", "customers", "benefits"]].values.tolist()
    [['gold', 480, 1920.0], ['regular', 3001, 0.0]]
    """
    per_customer = costs_between(data, sorted(history["review"].unique()))
    return costs_by_tier(history, per_customer, benefits)


def costs_between(data: Dataset, reviews: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """Work out each customer's revenue, margin, cost to serve and profit from one review to the next.

    Parameters
    ----------
    data : Dataset
        The retailer's tables.
    reviews : sequence of pandas.Timestamp
        Two or more, in order.

    Returns
    -------
    pandas.DataFrame
        One row a customer and period: ``review`` (that begins it), ``period`` (the review that ends it),
        ``customer_id`` and the four columns, in money.
    """
    if len(reviews) < 2:
        raise DataError(f"A period lies between two reviews; there is {len(reviews)}.")
    parts = []
    for begin, end in pairwise(reviews):
        costs = customer_profit(data, begin + pd.Timedelta(days=1), end)[["customer_id", *_COSTS]]
        parts.append(costs.assign(review=begin, period=end))
    return pd.concat(parts, ignore_index=True)


def costs_by_tier(history: pd.DataFrame, per_customer: pd.DataFrame, benefits: dict[str, float]) -> pd.DataFrame:
    """Add up the costs by tier: the second half of :func:`maintain`, for those who change the tiers only.

    Parameters
    ----------
    history : pandas.DataFrame
        From :func:`classify`.
    per_customer : pandas.DataFrame
        From :func:`costs_between`.
    benefits : dict of str to float
        As in :func:`maintain`.

    Returns
    -------
    pandas.DataFrame
        As :func:`maintain`.
    """
    tiers = list(history["tier"].cat.categories)
    for tier in benefits:
        if tier not in tiers:
            raise UnknownNameError(
                f"benefits names a tier {tier!r}.{nearest(tier, tiers)} There are {', '.join(tiers)}."
            )
    keys = ["review", "customer_id"]
    both = history[[*keys, "tier"]].merge(per_customer, on=keys, how="inner", validate="one_to_one")
    by_tier = both.groupby(["period", "tier"], observed=False)
    table = by_tier[_COSTS].sum()
    table.insert(0, "customers", by_tier.size())
    each = np.array([benefits.get(str(t), 0.0) for t in table.index.get_level_values("tier")])
    table.insert(4, "benefits", table["customers"] * each)
    table["profit"] -= table["benefits"]
    return table.reset_index().sort_values(["period", "tier"], ascending=[True, False], ignore_index=True)


def upgrade(history: pd.DataFrame, policy: TierPolicy, within: float = 0.2) -> pd.DataFrame:
    """List who is close to the next tier at each review, and who is in it or above at the review after.

    Parameters
    ----------
    history : pandas.DataFrame
        From :func:`classify`.
    policy : TierPolicy
        By threshold; the same that classified.
    within : float
        How close, as a share of the next tier's entry: 0.2 takes customers with 80 % of it or more.

    Returns
    -------
    pandas.DataFrame
        One row a customer and review: ``review``, ``customer_id``, ``tier``, ``next_tier``, the measure, ``missing``
        (what is missing to the entry, in units of the measure) and ``made_it`` (held the next tier or a higher one at
        the following review; missing at the last one).

    Raises
    ------
    DataError
        For a policy by quantile, or a ``within`` outside 0 to 1.

    Examples
    --------
    >>> from crmlab.foundations.loop import classify
    >>> known = pd.DataFrame({"review": pd.to_datetime(["2025-03-31", "2025-06-30"]), "customer_id": "A",
    ...                       "revenue": [260.0, 310.0]})
    >>> policy = TierPolicy("demo", "revenue", {"regular": None, "gold": 300})
    >>> upgrade(classify(known, policy), policy)[["next_tier", "missing", "made_it"]].values.tolist()
    [['gold', 40.0, True]]
    """
    if policy.by != "threshold":
        raise DataError(f"Policy {policy.name!r} is by {policy.by}: what is missing to the next tier has no amount.")
    if not 0 < within < 1:
        raise DataError(f"within is {within!r}; a share between 0 and 1 was expected, e.g. 0.2.")
    entry = np.array([np.nan if e is None else float(e) for e in [*policy.tiers.values(), None]])
    rows = history.reset_index(drop=True)
    rank, measure = rows["tier_rank"].to_numpy(), rows[policy.measure].to_numpy(dtype=float)
    wanted = entry[rank + 1]
    later = rows.sort_values("review", kind="stable").groupby("customer_id")["tier_rank"].shift(-1).sort_index()
    names = np.array([*policy.names, ""])
    table = rows[["review", "customer_id", "tier", policy.measure]].assign(
        next_tier=names[rank + 1],
        missing=np.round(wanted - measure, 2),
        made_it=(later > rows["tier_rank"]).astype("boolean").mask(later.isna()),
    )
    close = (measure >= (1 - within) * wanted) & (measure < wanted)
    columns = ["review", "customer_id", "tier", "next_tier", policy.measure, "missing", "made_it"]
    return table.loc[close, columns].reset_index(drop=True)
