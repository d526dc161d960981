"""The question of set 01 on the whale curve."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

import pandas as pd

from crmlab.exercises.shares import THREE_DECIMALS
from crmlab.exercises.why_books import books, profit_in
from crmlab.teach import Mistake
from crmlab.teach.answers import Wanted
from crmlab.teach.question import Question


def curve(values: pd.Series) -> pd.Series:
    """Return the cumulative share, in the order given."""
    return values.cumsum() / values.sum()


def best_first(values: pd.Series) -> pd.Series:
    """Return the values, the largest in front."""
    return values.sort_values(ascending=False)


def place(values: pd.Series) -> float:
    """Return the share of customers up to the first peak."""
    return float((values.argmax() + 1) / len(values))


def peak(values: pd.Series) -> dict[str, float]:
    """Return the answer that another curve gives."""
    return {"share_of_profit": values.max(), "share_of_customers": place(values)}


class WhalePeak(Question):
    """Draw the whale curve of 2024, and read off its peak.

    Line up all 300 customers by profit, the most profitable first, and add their profits up as you
    walk along the line. The curve shows the sum so far as a share of the whole profit. It rises above 1, and
    falls back to 1 where the customers come who cost more than they bring.

    Make `whale_peak` a dict: `{"share_of_profit": ..., "share_of_customers": ...}`. The first is the height of
    the peak; the second is the smallest share of all customers with which it is reached. Three decimals are enough.
    """

    answer = "whale_peak"
    kind = "record"
    fields = {
        "share_of_profit": Wanted("number", tolerance=THREE_DECIMALS),
        "share_of_customers": Wanted("number", tolerance=THREE_DECIMALS, bounds=(0, 1)),
    }
    points = 3
    level = 2
    hints = [
        "`sort_values(ascending=False)`, then `cumsum()`, then divide by the sum of all profits.",
        "The curve is flat where the profit is 0. The peak is reached before the flat part.",
        "`curve.argmax()` counts from 0: one more customer is needed.",
    ]

    def solution(self, data):
        profit = profit_in(data, 2024)  # shown as: # profit: from the question on profit
        curve = profit.sort_values(ascending=False).cumsum() / profit.sum()
        return {"share_of_profit": curve.max(), "share_of_customers": (curve.argmax() + 1) / len(curve)}

    def explain(self, answer, data):
        if answer["share_of_profit"] < 1:
            return (
                "share_of_profit is below 1. The curve ends at 1, with all customers, so its peak cannot be lower. "
                "Do you divide by the sum of all profits?"
            )
        return None

    mistakes = [
        Mistake(
            lambda self, data: {"share_of_customers": (profit_in(data, 2024) >= 0).mean()},
            "share_of_customers goes to the end of the flat part: customers with a profit of 0 add nothing. The peak "
            "is reached before them.",
        ),
        Mistake(
            lambda self, data: {"share_of_customers": place(curve(best_first(profit_in(data, 2024)))) - 1 / 300},
            "share_of_customers is one customer short: `argmax` counts from 0.",
        ),
        Mistake(
            lambda self, data: {"share_of_customers": 300 * place(curve(best_first(profit_in(data, 2024))))},
            "share_of_customers is a number of customers. Divide by how many there are.",
        ),
        Mistake(
            lambda self, data: {
                "share_of_customers": (t := books(data))["profit"].gt(0).sum() / t["orders"].gt(0).sum()
            },
            "share_of_customers is a share of those who ordered in 2024. Divide by all customers.",
        ),
        Mistake(
            lambda self, data: {"share_of_customers": (profit_in(data, 2024) <= 0).mean()},
            "share_of_customers counts those after the peak. How many does it take to reach it?",
        ),
        Mistake(
            lambda self, data: {"share_of_profit": profit_in(data, 2024).clip(lower=0).sum()},
            "share_of_profit is in money. Divide by the sum of all profits.",
        ),
        Mistake(
            lambda self, data: {"share_of_profit": 100 * curve(best_first(profit_in(data, 2024))).max()},
            "share_of_profit is a percentage. Give the share: the curve ends at 1.",
        ),
        Mistake(
            lambda self, data: {"share_of_profit": curve(best_first(profit_in(data, 2024))).max() - 1},
            "share_of_profit is what lies above 1. Give the height from the ground.",
        ),
        Mistake(
            lambda self, data: {
                "share_of_profit": profit_in(data, 2024).clip(lower=0).sum() / books(data)["margin"].sum()
            },
            "share_of_profit is divided by the margin. Divide by the sum of all profits.",
        ),
        Mistake(
            lambda self, data: {"share_of_profit": 1.0, "share_of_customers": 1.0},
            "Your curve never rises above 1. Do you start with the smallest, or add up in the order of the table? "
            "Line up the most profitable first.",
        ),
        Mistake(
            lambda self, data: peak(curve((t := books(data).sort_values("revenue", ascending=False))["profit"])),
            "You line up the customers by revenue. The whale curve lines them up by profit.",
        ),
        Mistake(
            lambda self, data: peak(curve(best_first(books(data)["margin"]))),
            "That is the curve of the margin, before cost to serve. Draw the curve of the profit.",
        ),
        Mistake(
            lambda self, data: peak(curve(best_first(profit_in(data, 2025)))),
            "That is the peak of 2025. The question asks for 2024.",
        ),
    ]
