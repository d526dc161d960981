"""The questions of set 01 on concentration: the top fifth, and the Gini coefficient."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.shares import THREE_DECIMALS, what_it_looks_like
from crmlab.exercises.why_books import TOP, best, books, gini
from crmlab.teach import Mistake
from crmlab.teach.question import Question


def revenue(data: Any, year: int | None = 2024, column: str = "revenue") -> pd.Series:
    """Return every customer's revenue of a year, 0 for those without."""
    return books(data, year)[column]


def bought(data: Any, year: int | None = 2024, column: str = "revenue") -> pd.Series:
    """Return the same for those who ordered in that year only, as `groupby` gives it."""
    table = books(data, year)
    return table.loc[table["orders"] > 0, column]


def top(values: pd.Series, number: int = TOP) -> float:
    """Return the share that the largest values have."""
    return float(values.nlargest(number).sum() / values.sum())


def needed(values: pd.Series, share: float = 0.8) -> float:
    """Return the share of customers that is needed for a share of the money."""
    line = values.sort_values(ascending=False).cumsum() / values.sum()
    return float(((line < share).sum() + 1) / len(values))


class TopShare(Question):
    """What share of the revenue of 2024 comes from the top 20 % of the customers?

    - *Revenue* is the sum of `amount`: returns are in the table as negative amounts, so they are deducted.
    - The *top 20 %* are the 60 of your 300 customers with the largest revenue of 2024. Those who bought
      nothing in 2024 are customers too.

    Three decimals are enough.
    """

    answer = "top_share"
    points = 2
    level = 1
    tolerance = THREE_DECIMALS
    bounds = (0, 1)
    hints = [
        "Keep the rows of 2024 first (`date.dt.year`), then add up `amount` for each customer.",
        "20 % of 300 customers are 60, however many of them bought in 2024. `nlargest` picks them.",
        "Divide what the 60 bring by what all bring.",
    ]

    def solution(self, data):
        year = data.transactions[data.transactions["date"].dt.year == 2024]
        revenue = year.groupby("customer_id")["amount"].sum()
        return revenue.nlargest(len(data.customers) // 5).sum() / revenue.sum()

    def explain(self, answer, data):
        if abs(answer - 0.2) < 0.006:
            return "That is the share of the customers. Which share of the revenue do they bring?"
        return what_it_looks_like(answer, 8, "a ratio of two means. Divide one sum by the other.")

    mistakes = [
        Mistake(
            lambda self, data: top(r := bought(data), round(len(r) / 5)),
            "You take a fifth of the customers who bought in 2024. The question asks for a fifth of all 300.",
        ),
        Mistake(
            lambda self, data: top(r, len(r) // 5) if len(r := bought(data)) % 5 > 2 else None,
            "You take a fifth of the customers who bought in 2024, rounded down. Take a fifth of all 300.",
        ),
        Mistake(
            lambda self, data: revenue(data).head(TOP).sum() / revenue(data).sum(),
            "You take the first 60 customers of the table. Put them in order of revenue first.",
        ),
        Mistake(
            lambda self, data: bought(data).head(TOP).sum() / revenue(data).sum(),
            "You take the first 60 customers that `groupby` lists. Put them in order of revenue first.",
        ),
        Mistake(
            lambda self, data: bought(data).nsmallest(TOP).sum() / revenue(data).sum(),
            "You take the 60 buyers with the smallest revenue. The top 20 % have the largest.",
        ),
        Mistake(
            lambda self, data: top(revenue(data), 20),
            "You take 20 customers. 20 % of 300 customers are more than that.",
        ),
        Mistake(
            lambda self, data: top(_single_amounts(data)),
            "You take the 60 largest rows of `transactions`. Add up each customer's rows first.",
        ),
        Mistake(
            lambda self, data: top(a := _single_amounts(data), len(a) // 5),
            "You take the largest fifth of the rows of `transactions`. Add up each customer's rows first.",
        ),
        Mistake(
            lambda self, data: revenue(data).nlargest(TOP).sum() / revenue(data, None).sum(),
            "You divide by the revenue of all years. Divide by that of 2024.",
        ),
        Mistake(
            lambda self, data: revenue(data)[list(best(books(data)["orders"]))].sum() / revenue(data).sum(),
            "You take the 60 customers with the most orders. The question asks for the largest revenue.",
        ),
        Mistake(
            lambda self, data: top(revenue(data, column="gross")),
            "You left the returns out. Revenue is the sum of all amounts of 2024, also of the negative ones.",
        ),
        Mistake(
            lambda self, data: top(revenue(data, None)),
            "That is the share over all years. Keep the rows of 2024 only.",
        ),
        Mistake(
            lambda self, data: top(revenue(data, 2025)),
            "That is the share in 2025. The question asks for 2024.",
        ),
        Mistake(
            lambda self, data: needed(revenue(data)),
            "That is the share of customers who bring 80 % of the revenue: the question the other way round.",
        ),
        Mistake(
            lambda self, data: 1 - top(revenue(data)),
            "That is the share of the other 80 %. Which part do the top 20 % bring?",
        ),
        Mistake(
            lambda self, data: revenue(data).nlargest(TOP).sum(),
            "That is their revenue in money. Which share of all revenue is it?",
        ),
        Mistake(
            lambda self, data: 100 * top(revenue(data)),
            "That is a percentage. Give the share, between 0 and 1.",
        ),
    ]


class Gini(Question):
    """Put the concentration of the revenue of 2024 into one number: the Gini coefficient.

    It is 0 if all customers bring the same, and near 1 if one customer brings everything. Line up all
    300 customers from the smallest revenue $x_1$ to the largest $x_n$, those who bought nothing
    in 2024 with 0. Then

    $$G = \\frac{2 \\sum_i i \\, x_i}{n \\sum_i x_i} - \\frac{n + 1}{n}$$

    where $i$ is the place in line, from 1 to $n$. Three decimals are enough.
    """

    answer = "gini"
    points = 3
    level = 2
    tolerance = THREE_DECIMALS
    bounds = (0, 1)
    hints = [
        "`groupby` knows only those who bought in 2024: `reindex` with `fill_value=0` brings the others back.",
        "`np.sort` puts the smallest first. `np.arange(1, n + 1)` gives the places.",
        "The first term: `2 * (place * x).sum() / (n * x.sum())`. The second takes off a little more than 1.",
    ]

    def solution(self, data):
        year = data.transactions[data.transactions["date"].dt.year == 2024]
        revenue = year.groupby("customer_id")["amount"].sum()
        x = np.sort(revenue.reindex(data.customers["customer_id"], fill_value=0))
        n, place = len(x), np.arange(1, len(x) + 1)
        return 2 * (place * x).sum() / (n * x.sum()) - (n + 1) / n

    def explain(self, answer, data):
        if not 0 <= answer <= 1:
            return (
                f"gini is {answer:.4g}; it lies between 0 and 1. Mind the brackets: the first term is divided by n "
                "times the sum of all x, and the second is `(n + 1) / n`."
            )
        return None

    mistakes = [
        Mistake(
            lambda self, data: gini(bought(data).sort_values()),
            "Customers who bought nothing in 2024 are missing. They are the most unequal part: bring them in with 0.",
        ),
        Mistake(
            lambda self, data: gini(revenue(data).sort_values(ascending=False)),
            "You line up the largest first. The formula counts places from the smallest.",
        ),
        Mistake(
            lambda self, data: gini(revenue(data)),
            "You take the customers in the order of the table. Line them up by revenue first, the smallest in front.",
        ),
        Mistake(
            lambda self, data: gini(bought(data)),
            "Two things: line the customers up by revenue, the smallest in front; and bring in those who "
            "bought nothing in 2024, with 0.",
        ),
        Mistake(
            lambda self, data: gini(r := revenue(data).sort_values()) - 2 / len(r),
            "Your places start at 0. The first in line has place 1.",
        ),
        Mistake(
            lambda self, data: gini(r := revenue(data).sort_values()) + 1 + 1 / len(r),
            "That is the first term alone. Take off `(n + 1) / n`.",
        ),
        Mistake(
            lambda self, data: gini(r := revenue(data).sort_values()) + 1 / len(r),
            "You take off 1. The second term is a little more: `(n + 1) / n`.",
        ),
        Mistake(
            lambda self, data: gini(revenue(data).sort_values()) / 2,
            "That is half of it: the area between the Lorenz curve and the line of equality. Gini is twice that area.",
        ),
        Mistake(
            lambda self, data: (1 - gini(revenue(data).sort_values())) / 2,
            "That is the area below the Lorenz curve. Gini is twice the area between the curve and the line of "
            "equality.",
        ),
        Mistake(
            lambda self, data: 1 - gini(revenue(data).sort_values()),
            "That is 1 minus the Gini coefficient: how equal the customers are. The more unequal, the larger is Gini.",
        ),
        Mistake(
            lambda self, data: gini(revenue(data, column="gross").sort_values()),
            "You left the returns out. Revenue is the sum of all amounts of 2024, also of the negative ones.",
        ),
        Mistake(
            lambda self, data: gini(revenue(data, None).sort_values()),
            "That is the coefficient over all years. Keep the rows of 2024 only.",
        ),
        Mistake(
            lambda self, data: gini(books(data)["orders"].sort_values()),
            "That is the concentration of the number of orders. The question asks for the revenue.",
        ),
        Mistake(
            lambda self, data: gini(_single_amounts(data)),
            "Each row of `transactions` stands for itself in your answer. Add up each customer's rows first.",
        ),
        Mistake(
            lambda self, data: 100 * gini(revenue(data).sort_values()),
            "That is the coefficient times 100. Give it between 0 and 1.",
        ),
    ]


def _single_amounts(data: Any) -> pd.Series:
    amounts = data.transactions.loc[data.transactions["date"].dt.year == 2024, "amount"]
    return amounts.sort_values()
