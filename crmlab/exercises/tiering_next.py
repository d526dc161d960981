"""The question of set 03 that tells customers what they lack for the next tier."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.drawing import remembered
from crmlab.exercises.tiering_sums import EVER, between
from crmlab.exercises.tiering_tier import YEAR
from crmlab.teach import Mistake
from crmlab.teach.question import Question


@remembered
def asking(data: Any, start: str = YEAR[0], end: str = YEAR[1], measure: str = "sum") -> pd.DataFrame:
    """Return the orders and the money of the customers who ask."""
    everyone = pd.Index(data.customers["customer_id"])
    table = pd.DataFrame({"count": between(data, start, end, "size"), "spent": between(data, start, end, measure)})
    return table.set_index(everyone).loc[data.letters["customer_id"]]


def lacking(table: pd.DataFrame, gold: int = 4, silver: int = 2, money: float = 200, least: float = 0) -> pd.DataFrame:
    """Return what they lack; the arguments allow for wrong versions."""
    is_silver = table["count"] >= 2
    orders = (np.where(is_silver, gold, silver) - table["count"]).clip(lower=least)
    short = (money - table["spent"]).clip(lower=least).where(is_silver, 0)
    return pd.DataFrame({"more_orders": orders, "more_money": short})


class NextTier(Question):
    """What does each customer in `ex.letters` lack for the next tier?

    Six customers write and ask what would have put them one tier up in 2025. The policy is that of
    the question before: gold takes 4 orders and 200.00, silver takes 2 orders. For each of them find

    - `more_orders`: how many more orders the next tier takes, 0 if the orders suffice;
    - `more_money`: how much more money it takes in 2025, 0 if the money suffices or is not asked for.

    The next tier of a regular customer is silver, of a silver one gold. Gold customers lack nothing: 0 and 0. Answer
    with a DataFrame: one row for each customer in `ex.letters`, with `customer_id` and these two columns.
    """

    answer = "next_tier"
    kind = "table"
    columns = ("more_orders", "more_money")
    points = 3
    level = 2
    hints = [
        "Count the orders and add up the money of 2025 for the six. Which tier has each of them now?",
        "`clip(lower=0)` turns what is already more than enough into 0.",
        "Silver asks for orders only: a regular customer lacks no money, however little there was.",
    ]

    def solution(self, data):
        year = data.transactions[data.transactions["date"].dt.year == 2025]
        grouped = year.groupby("customer_id")["amount"]
        count = grouped.size().reindex(data.letters["customer_id"], fill_value=0)
        spent = grouped.sum().reindex(data.letters["customer_id"], fill_value=0)
        is_regular = count < 2
        more_orders = (4 - count).clip(lower=0).mask(is_regular, 2 - count)
        more_money = (200 - spent).clip(lower=0).mask(is_regular, 0)
        return pd.DataFrame({"more_orders": more_orders, "more_money": more_money})

    def explain(self, answer, data):
        if (answer < 0).any(axis=None):
            return "next_tier holds a number below 0. Who has more than enough lacks 0."
        if (regular := asking(data)["count"].reindex(answer.index) < 2).any() and answer["more_money"][regular].any():
            return "more_money: silver asks for no money, so regular customers lack 0."
        return None

    mistakes = [
        Mistake(
            lambda self, data: pd.DataFrame(
                {
                    "more_orders": (4 - (t := asking(data))["count"]).clip(lower=0),
                    "more_money": (200 - t["spent"]).clip(lower=0),
                }
            ),
            "You tell everybody the way to gold. The next tier of a regular customer is silver.",
        ),
        Mistake(
            lambda self, data: lacking(asking(data), least=-1e9),
            "Some numbers are below 0: those customers have more than enough. They lack 0.",
        ),
        Mistake(
            lambda self, data: lacking(asking(data), gold=5, silver=3),
            "more_orders is one too many. At least 4 orders includes 4, at least 2 includes 2.",
        ),
        Mistake(
            lambda self, data: lacking(asking(data, *EVER)),
            "You count the orders of all three years. The policy looks at 2025 only.",
        ),
        Mistake(
            lambda self, data: lacking(asking(data, "2024-01-01", "2024-12-31")),
            "You count the orders of 2024. The policy looks at 2025.",
        ),
        Mistake(
            lambda self, data: lacking(asking(data, measure="mean")),
            "more_money is measured from the mean amount of an order. Gold asks for 200 in the whole year.",
        ),
        Mistake(
            lambda self, data: lacking(asking(data)).assign(more_money=0),
            "You look at the orders only. Gold also asks for at least 200 spent.",
        ),
        Mistake(
            lambda self, data: lacking(t := asking(data)).assign(
                more_orders=lambda a: a["more_orders"].where(t["count"] < 2, 0)
            ),
            "For gold you look at the money only. Gold also asks for at least 4 orders.",
        ),
        Mistake(
            lambda self, data: lacking(t := asking(data))[t["count"] > 0],
            "Who did not order in 2025 is missing. That customer is regular, and lacks 2 orders.",
        ),
        Mistake(
            lambda self, data: pd.DataFrame(
                {
                    "more_orders": np.where(silver := asking(data)["count"] >= 2, 4, 2),
                    "more_money": np.where(silver, 200, 0),
                },
                index=silver.index,
            ),
            "You give what the next tier takes in all. The question asks for what is lacking.",
        ),
    ]
