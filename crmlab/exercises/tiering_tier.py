"""The question of set 03 that applies a tier policy."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.drawing import remembered
from crmlab.exercises.tiering_sums import between
from crmlab.teach import Mistake
from crmlab.teach.question import Question

YEAR = ("2025-01-01", "2025-12-31")


@remembered
def per_customer(data: Any, days: tuple[Any, Any] = YEAR, measure: str = "sum") -> tuple[pd.Series, pd.Series]:
    """Return each customer's number of orders and money between two days, 0 for those without."""
    everyone = pd.Index(data.customers["customer_id"])
    return tuple(pd.Series(between(data, *days, what), index=everyone) for what in ("size", measure))  # type: ignore[return-value]


def labels(gold: pd.Series, silver: pd.Series) -> pd.Series:
    """Return the tiers by two rules, gold first."""
    return pd.Series(np.select([gold, silver], ["gold", "silver"], "regular"), index=gold.index)


def policy(
    data: Any, days: tuple[Any, Any] = YEAR, gold: int = 4, silver: int = 2, money: float = 200, measure: str = "sum"
) -> pd.Series:
    """Return the tiers of the question ``tier``; the arguments allow for wrong versions."""
    count, spent = per_customer(data, days, measure)
    return labels((count >= gold) & (spent >= money), count >= silver)


def last_twelve_months(data: Any) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the year that ends with the newest order, as first and last day."""
    newest = data.transactions["date"].max()
    return newest - pd.DateOffset(years=1), newest


def idle(data: Any) -> pd.Series:
    """Tell who did not order in 2025, by customer."""
    return per_customer(data)[0] == 0


class Tier(Question):
    """Give every customer a tier by the orders of the year 2025.

    - **gold**: at least 4 orders *and* at least 200.00 spent in 2025;
    - **silver**: not gold, but at least 2 orders in 2025;
    - **regular**: everyone else, also those who did not order in 2025.

    Answer with one tier, `"gold"`, `"silver"` or `"regular"`, for each customer in `ex.customers`.
    """

    answer = "tier"
    kind = "series"
    points = 3
    level = 1
    hints = [
        "Keep the orders of 2025 first (`date.dt.year`), then count and add up for each customer.",
        "Who did not order in 2025 is not in the result of `groupby`: `reindex` with `fill_value=0` brings them back.",
        '`np.select([rule_1, rule_2], ["gold", "silver"], "regular")` takes the first rule that holds.',
    ]

    def solution(self, data):
        year = data.transactions[data.transactions["date"].dt.year == 2025]
        grouped = year.groupby("customer_id")["amount"]
        count = grouped.size().reindex(data.customers["customer_id"], fill_value=0)
        spent = grouped.sum().reindex(data.customers["customer_id"], fill_value=0)
        rules = [(count >= 4) & (spent >= 200), count >= 2]
        return pd.Series(np.select(rules, ["gold", "silver"], "regular"), index=count.index)

    def explain(self, answer, data):
        empty = answer.isna()
        if empty.any() and idle(data)[answer.index[empty]].all():
            return (
                "Customers without an order in 2025 have no tier in your answer (NaN). They are customers too: "
                "regular ones."
            )
        return None

    mistakes = [
        Mistake(
            lambda self, data: policy(data, gold=5, silver=3),
            "Customers right at a threshold are too low. At least 4 includes 4: use >=, not >.",
        ),
        Mistake(
            lambda self, data: policy(data, money=200.01),
            "A customer who spent exactly 200 is too low. At least 200 includes 200: use >=, not >.",
        ),
        Mistake(
            lambda self, data: policy(data, days=("2000-01-01", "2025-12-31")),
            "Those are the tiers by all three years. The policy looks at the orders of 2025 only.",
        ),
        Mistake(
            lambda self, data: policy(data, days=("2024-01-01", "2024-12-31")),
            "Those are the tiers by the orders of 2024. The policy looks at 2025.",
        ),
        Mistake(
            lambda self, data: policy(data, days=last_twelve_months(data)),
            "You take the twelve months before the newest order. The year 2025 begins on 1 January.",
        ),
        Mistake(
            lambda self, data: policy(data).replace("gold", "silver"),
            "Nobody is gold: a later rule overwrites an earlier one. Check gold first, or assign it last.",
        ),
        Mistake(
            lambda self, data: policy(data).mask(lambda tier: tier != "", "regular"),
            "Everybody is regular. Look at the number of orders of 2025 for each customer: is it ever above 1?",
        ),
        Mistake(
            lambda self, data: labels((c := per_customer(data))[0].ge(4) | c[1].ge(200), c[0] >= 2),
            "For gold, one of the two conditions is enough in your answer. The policy asks for both: use &, not |.",
        ),
        Mistake(
            lambda self, data: labels((c := per_customer(data)[0]) >= 4, c >= 2),
            "You look at the number of orders only. Gold also asks for at least 200 spent.",
        ),
        Mistake(
            lambda self, data: labels((c := per_customer(data))[1] >= 200, c[0] >= 2),
            "For gold you look at the money only. Gold also asks for at least 4 orders.",
        ),
        Mistake(
            lambda self, data: labels((c := per_customer(data))[0].ge(4) & c[1].ge(200), c[1] >= 200),
            "Silver goes by money in your answer. The policy asks for at least 2 orders, whatever they cost.",
        ),
        Mistake(
            lambda self, data: policy(data, measure="mean"),
            "You compare the mean amount of an order with 200. Gold asks for the sum of the year.",
        ),
        Mistake(
            lambda self, data: policy(data)[~idle(data)],
            "Customers without an order in 2025 are missing. They are customers too: regular ones.",
        ),
    ]
