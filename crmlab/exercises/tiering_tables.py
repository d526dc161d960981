"""The small tables of set 03: letters, eight customers to sort by hand, judgements, and two reviews with limits."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pandas as pd

from crmlab.simulate import streams

GOLD_ORDERS, GOLD_MONEY, SILVER_ORDERS = 4, 200, 2
CRITERIA = ["revenue", "orders", "recency"]
REVIEWS = {"first_review": "2025-06-30", "second_review": "2025-12-31"}
TOP, UPPER, BAND = 0.05, 0.25, 0.25  # the limits that are the same for everybody
HELD_BAND = 0.2  # hysteresis of the policy that shows the limits can be met


def letters(orders: pd.DataFrame, customers: pd.DataFrame, seed: int) -> pd.DataFrame | None:
    """Return six customers who ask what they lack, one of each kind; None if there is not one of each.

    The kinds: no order in 2025; one order; silver who lack orders only; silver who lack money only; silver who lack
    both; gold.
    """
    year = orders[orders["date"].dt.year == 2025].groupby("customer_id")["amount"].agg(["size", "sum"])
    table = year.reindex(customers["customer_id"], fill_value=0)
    count, rich = table["size"], table["sum"] >= GOLD_MONEY
    frequent, silver = count >= GOLD_ORDERS, count >= SILVER_ORDERS
    kinds = [
        count == 0,
        count == 1,
        silver & ~frequent & rich,
        frequent & ~rich,
        silver & ~frequent & ~rich,
        frequent & rich & (table["sum"] > GOLD_MONEY) & (count > GOLD_ORDERS),
    ]
    lots = pd.Series(streams.stream(seed, "exercise", "letters").random(len(table)), index=table.index)
    if not all(kind.any() for kind in kinds):
        return None
    asked = [lots[kind].idxmax() for kind in kinds]
    return pd.DataFrame({"customer_id": sorted(asked)}, dtype="str")


def eight(seed: int) -> pd.DataFrame:
    """Return eight business customers with whole revenues: two are tied at the first cut, one stands on the second.

    The tied two have less than 80 % in front of them, and each of them crosses the line; in front of the
    seventh are exactly 95 %.

    Examples
    --------
    >>> sorted(eight(1)["revenue"] * 1000 / eight(1)["revenue"].sum())[:2]
    [20.0, 30.0]
    """
    lots = streams.stream(seed, "exercise", "eight").random(13)
    front, tied = [(720, 85), (730, 80), (740, 80), (750, 75), (760, 70), (760, 65), (770, 65), (780, 60)][
        int(lots[0] * 8)
    ]
    third = tied + 10 + 10 * int(lots[1] * 8)
    first = (front - third) // 2 + 15 + 10 * int(lots[2] * 8)
    parts = np.array([first, front - third - first, third, tied, tied, 950 - front - 2 * tied, 30, 20])
    scale = [2, 5, 10, 20, 50][int(lots[3] * 5)]
    revenue = (scale * parts)[np.argsort(lots[4:12])]
    return pd.DataFrame({"customer_id": [f"K{number}" for number in range(1, 9)], "revenue": revenue})


@cache
def _usable() -> list[tuple[float, float, float]]:
    """List judgements on three pairs that contradict each other a little: a consistency ratio from 0.02 to 0.25."""
    steps = [1 / 5, 1 / 4, 1 / 3, 1 / 2, *map(float, range(2, 10))]
    found = []
    for one, two, three in itertools.product(steps, repeat=3):
        # of three, the largest eigenvalue is 1 + c + 1/c, with c the cube root of how far they contradict
        c = (one * three / two) ** (1 / 3)
        if 0.02 < (c + 1 / c - 2) / 2 / 0.58 < 0.25:
            found.append((one, two, three))
    return found


def judgements(seed: int) -> pd.DataFrame:
    """Return a square table of judgements: how many times as important the row is as the column.

    Examples
    --------
    >>> list(judgements(1).columns)
    ['revenue', 'orders', 'recency']
    """
    lots = streams.stream(seed, "exercise", "judgements").random(1)
    one, two, three = _usable()[int(lots[0] * len(_usable()))]
    entries = [[1, one, two], [1 / one, 1, three], [1 / two, 1 / three, 1]]
    return pd.DataFrame(entries, index=CRITERIA, columns=CRITERIA, dtype=float)


def reviews(orders: pd.DataFrame, customers: pd.DataFrame) -> dict[str, pd.DataFrame] | None:
    """Return what a policy is reviewed on, and the limits it has to keep.

    Two tables of the customers known on 30 June 2025, with ``orders`` and ``revenue`` of the twelve months to that
    day and to 31 December 2025; and ``limits``. The limits on revenue and churn follow from a policy that keeps
    them: without its hysteresis it would not. None if there is no such policy.
    """
    known = customers.loc[customers["signup_date"] <= REVIEWS["first_review"], "customer_id"]
    tables = {}
    for name, day in REVIEWS.items():
        last = pd.Timestamp(day)
        year = orders[(orders["date"] > last - pd.DateOffset(years=1)) & (orders["date"] <= last)]
        sums = year.groupby("customer_id")["amount"].agg(["size", "sum"]).reindex(known, fill_value=0)
        tables[name] = sums.set_axis(["orders", "revenue"], axis=1).reset_index()
    first, second = (table["revenue"].to_numpy() for table in tables.values())
    silver, gold = lines = np.quantile(second, [0.80, 0.96])
    before = np.searchsorted(lines, first, side="right")
    plain = np.searchsorted(lines, second, side="right")
    eased = np.searchsorted(lines * (1 - HELD_BAND), second, side="right")
    after = np.maximum(plain, np.minimum(before, eased))
    with_band, without = (int((tiers != before).sum()) for tiers in (after, plain))
    few_enough = all(0 < (t == 2).mean() <= TOP and (t > 0).mean() <= UPPER for t in (before, after))
    if not few_enough or without - with_band < 2 or silver <= 0 or gold <= silver:
        return None
    churn = round((with_band + without) / 2 / len(first), 3)
    revenue = np.floor(100 * second[after > 0].sum() / second.sum() - 1) / 100
    limits = {
        "gold_customers_at_most": TOP,
        "gold_and_silver_customers_at_most": UPPER,
        "gold_and_silver_revenue_at_least": float(revenue),
        "label_churn_at_most": churn,
        "hysteresis_at_most": BAND,
    }
    return {**tables, "limits": pd.DataFrame({"limit": list(limits), "share": list(limits.values())})}
