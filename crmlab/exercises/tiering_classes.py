"""The two questions of set 03 that put customers in order: a fair frequency score, and ABC classes."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.drawing import remembered
from crmlab.exercises.tiering_shares import orders_each
from crmlab.teach import Mistake
from crmlab.teach.question import Question


@remembered
def revenue_each(data: Any) -> pd.Series:
    """Return the revenue of each customer."""
    return data.transactions.groupby("customer_id")["amount"].sum()


def only_2025(data: Any, measure: str) -> pd.Series:
    """Return a measure of the orders of 2025 for every customer, 0 for those without."""
    orders = data.transactions[data.transactions["date"].dt.year == 2025]
    return orders.groupby("customer_id")["amount"].agg(measure).reindex(data.customers["customer_id"], fill_value=0)


def scores(values: pd.Series, method: Any = "min", ascending: bool = True) -> pd.Series:
    """Return the score of the question ``f_score``; the arguments allow for wrong versions."""
    before = values.rank(method=method, ascending=ascending) - 1
    return 1 + 5 * before // len(values)


class FScore(Question):
    """Score each customer's number of orders from 1 (few) to 5 (many), and treat equals equally.

    Quintiles cut the customers into fifths. But over a hundred have exactly one order, and a
    cut through the middle of them would be unfair. So our rule is:

    > score = 1 + (5 * number of customers with strictly fewer orders) // number of customers

    Customers with equally many orders then get the same score, and some scores may not occur.
    """

    answer = "f_score"
    kind = "series"
    points = 3
    level = 2
    hints = [
        "Count the orders of each customer. How many customers have fewer than someone with two orders?",
        '`rank(method="min")` gives equal values the same rank: one more than the number of smaller values.',
        "`//` divides and rounds down. There are `len(orders)` customers.",
    ]

    def solution(self, data):
        orders = data.transactions.groupby("customer_id").size()
        fewer = orders.rank(method="min") - 1
        return (1 + 5 * fewer // len(orders)).astype(int)

    def explain(self, answer, data):
        if (broken := answer[answer % 1 != 0]).size and broken.notna().all():
            return f"f_score holds {broken.iloc[0]:.4g}. Scores are whole numbers: `//` divides and rounds down."
        if (beyond := answer[(answer < 1) | (answer > 5)]).size:
            return f"f_score holds {beyond.iloc[0]:.4g}. Scores run from 1 to 5: check the rule step by step."
        orders = orders_each(data).reindex(answer.index)
        uneven = answer.groupby(orders).nunique()
        if answer.nunique() > 1 and (uneven > 1).any():
            count = uneven.index[uneven > 1][0]
            return (
                f"Customers with equally many orders (for example {count}) get different scores. "
                "Does your score go by the number of orders of all three years, and treat equal numbers equally?"
            )
        return None

    mistakes = [
        Mistake(
            lambda self, data: pd.qcut(orders_each(data).rank(method="first"), 5, labels=[1, 2, 3, 4, 5]),
            "The fifths are equally large, but customers with one order get different scores, "
            "by their place in the table. Equal numbers of orders need equal scores.",
        ),
        Mistake(
            lambda self, data: np.ceil(5 * orders_each(data).rank(method="max", pct=True)),
            "You count customers with fewer *or equally many* orders. The rule says strictly fewer.",
        ),
        Mistake(
            lambda self, data: 1 + 5 * orders_each(data).rank(method="max") // len(data.customers),
            "The largest score is 6: you count with `<=`, so customers with equally many orders too. "
            "The rule says strictly fewer: `<`.",
        ),
        Mistake(
            lambda self, data: scores(orders_each(data), "average"),
            'Equals share their average rank in your answer. The rule counts strictly fewer: `rank(method="min")`.',
        ),
        Mistake(
            lambda self, data: 1 + 5 * (r := orders_each(data).rank(method="dense")).sub(1) // r.max(),
            "A dense rank counts the different numbers of orders. The rule counts customers.",
        ),
        Mistake(
            lambda self, data: pd.cut(orders_each(data), 5, labels=[1, 2, 3, 4, 5]),
            "`cut` makes classes of equal width in orders. The rule goes by how many customers have fewer.",
        ),
        Mistake(
            lambda self, data: scores(orders_each(data), ascending=False),
            "You count customers with *more* orders. The rule counts those with fewer.",
        ),
        Mistake(
            lambda self, data: 1 + 0 * orders_each(data),
            "Everybody gets 1. Multiply by 5 before you divide with `//`: the other way round, all is rounded to 0.",
        ),
        Mistake(
            lambda self, data: scores(revenue_each(data)),
            "That is the score by revenue. The question asks for the number of orders.",
        ),
        Mistake(
            lambda self, data: scores(only_2025(data, "size")),
            "That is the score by the orders of 2025. Count the orders of all three years.",
        ),
        Mistake(
            lambda self, data: 6 - self._truth(data),
            "The scores are upside down: many orders should give 5, few should give 1.",
        ),
        Mistake(
            lambda self, data: self._truth(data) - 1,
            "Your scores run from 0 to 4; they should start at 1.",
        ),
        Mistake(
            lambda self, data: 1 + pd.qcut(orders_each(data), 5, labels=False, duplicates="drop"),
            "`qcut` dropped the cuts that fell together, and the classes above them moved down. Use the rule instead.",
        ),
    ]


def classes(share: pd.Series) -> pd.Series:
    """Return A below 0.80, B below 0.95, else C."""
    return pd.Series(np.select([share < 0.80, share < 0.95], ["A", "B"], "C"), index=share.index)


def top(values: pd.Series, low: float, high: float) -> pd.Series:
    """Return A from the higher quantile up, B from the lower, else C."""
    rules = [values >= values.quantile(high), values >= values.quantile(low)]
    return pd.Series(np.select(rules, ["A", "B"], "C"), index=values.index)


def in_front(values: pd.Series) -> pd.Series:
    """Return the share that comes from strictly larger values."""
    ordered = values.sort_values(ascending=False)
    return (ordered.cumsum() - ordered).groupby(ordered).transform("min") / ordered.sum()


class AbcClass(Question):
    """Put each customer into class A, B or C by revenue over all three years.

    Line the customers up, the one with the largest revenue first. For each customer, take the
    share of all revenue that comes from customers with *strictly larger* revenue:

    - below 0.80: class **A**;
    - from 0.80 but below 0.95: class **B**;
    - from 0.95: class **C**.

    So the first customer in line is always an A, and whoever crosses a line still belongs above it.
    """

    answer = "abc_class"
    kind = "series"
    points = 3
    level = 2
    hints = [
        "Revenue of each customer first; then `sort_values(ascending=False)`.",
        "`cumsum()` includes the customer's own revenue. In front of a customer is the sum without it.",
        "Divide by the sum of all revenue, then compare with 0.80 and 0.95.",
    ]

    def solution(self, data):
        revenue = data.transactions.groupby("customer_id")["amount"].sum().sort_values(ascending=False)
        in_front = revenue.cumsum() - revenue
        # customers with the same revenue stand side by side: the first of them counts for all
        share = in_front.groupby(revenue).transform("min") / revenue.sum()
        return pd.Series(np.select([share < 0.80, share < 0.95], ["A", "B"], "C"), index=share.index)

    def explain(self, answer, data):
        place = answer.str.upper().map({"A": 0, "B": 1, "C": 2})
        by_revenue = place.groupby(revenue_each(data).reindex(answer.index)).agg(["min", "max"])
        if place.isna().any():
            return None
        if (by_revenue["min"] < by_revenue["max"]).any():
            return "Customers with equal revenue get different classes. Count only who has strictly more."
        if (by_revenue["max"] > by_revenue["min"].cummin()).any():  # worse than somebody with less
            return (
                "Some customers have a worse class than others with less revenue. Do the classes go by the "
                "revenue of all three years, and are the customers lined up with the largest first?"
            )
        return None

    mistakes = [
        Mistake(
            lambda self, data: classes((r := revenue_each(data)).cumsum().sub(r) / r.sum()),
            "You add up in the order of the customer ids. Sort by revenue first, largest on top.",
        ),
        Mistake(
            lambda self, data: classes((r := revenue_each(data)).cumsum() / r.sum()),
            "Two things: sort by revenue first, largest on top (you add up in the order of the ids); "
            "and leave each customer's own revenue out of the share.",
        ),
        Mistake(
            lambda self, data: classes((r := revenue_each(data).sort_values()).cumsum().sub(r) / r.sum()),
            "You start with the smallest customers. Sort from the largest to the smallest.",
        ),
        Mistake(
            lambda self, data: classes((r := revenue_each(data).sort_values()).cumsum() / r.sum()),
            "Two things: sort the largest customers first; and leave each customer's own revenue out of the share.",
        ),
        Mistake(
            lambda self, data: classes(
                revenue_each(data).rank(ascending=False, method="min").sub(1) / len(data.customers)
            ),
            "That is 80 and 95 percent of the customers. The lines are drawn by revenue.",
        ),
        Mistake(
            lambda self, data: top(revenue_each(data), 0.80, 0.95),
            "Your lines are quantiles: shares of the customers. The lines of the question are shares of the revenue.",
        ),
        Mistake(
            lambda self, data: top(revenue_each(data), 0.50, 0.80),
            "Class A is the fifth of the customers with the largest revenue. "
            "The lines of the question are shares of the revenue, not of the customers.",
        ),
        Mistake(
            lambda self, data: classes((r := revenue_each(data).sort_values(ascending=False)).cumsum() / r.sum()),
            "You include each customer's own revenue in the share. "
            "Count only what comes from larger customers: whoever crosses a line still belongs above it.",
        ),
        Mistake(
            lambda self, data: classes(in_front(revenue_each(data))).map({"A": "C", "B": "B", "C": "A"}),
            "A and C are swapped: A is for the largest customers.",
        ),
        Mistake(
            lambda self, data: classes(in_front(only_2025(data, "sum"))),
            "Those are the classes by the revenue of 2025. Use all three years.",
        ),
        Mistake(
            lambda self, data: classes(in_front(orders_each(data))),
            "Those are the classes by the number of orders. Use the revenue.",
        ),
        Mistake(
            lambda self, data: classes(in_front(data.transactions.groupby("customer_id")["amount"].mean())),
            "Those are the classes by the mean amount of an order. Use the sum: the revenue.",
        ),
    ]
