"""The question of set 01 on who stays on top."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

from crmlab.exercises.shares import THREE_DECIMALS, what_it_looks_like
from crmlab.exercises.why_books import TOP, best
from crmlab.exercises.why_concentration import bought, revenue
from crmlab.teach import Mistake
from crmlab.teach.question import Question


class Stayed(Question):
    """Of the top 20 % of 2024 by revenue, what share is among the top 20 % of 2025 as well?

    In both years the top 20 % are the 60 of your 300 customers with the largest revenue of that year.
    Three decimals are enough.
    """

    answer = "stayed"
    points = 3
    level = 2
    tolerance = THREE_DECIMALS
    bounds = (0, 1)
    hints = [
        "Write a function from a year to the set of its 60 best customers. Call it twice.",
        "`&` between two sets gives those who are in both.",
        "The share is one of those who were on top in 2024: divide by their number.",
    ]

    def solution(self, data):
        def top_fifth(year):
            rows = data.transactions[data.transactions["date"].dt.year == year]
            revenue = rows.groupby("customer_id")["amount"].sum()
            return set(revenue.nlargest(len(data.customers) // 5).index)

        return len(top_fifth(2024) & top_fifth(2025)) / len(top_fifth(2024))

    def explain(self, answer, data):
        return what_it_looks_like(answer, 1, "")

    mistakes = [
        Mistake(
            lambda self, data: _both(data) / len(best(revenue(data)) | best(revenue(data, 2025))),
            "You divide by all who are on top in at least one of the years. Divide by those who were in 2024.",
        ),
        Mistake(
            lambda self, data: _both(data) / len(data.customers),
            "You divide by all customers. Divide by the number of those who were on top in 2024.",
        ),
        Mistake(
            lambda self, data: _both(data),
            "That is the number of customers on top in both years. Which share of those of 2024 is it?",
        ),
        Mistake(
            lambda self, data: 1 - _both(data) / TOP,
            "That is the share that did *not* stay. Which share stayed?",
        ),
        Mistake(
            lambda self, data: 100 * _both(data) / TOP,
            "That is a percentage. Give the share, between 0 and 1.",
        ),
        Mistake(
            lambda self, data: len(best(revenue(data)) & best(revenue(data, None))) / TOP,
            "Your second list is the top 20 % over all years, 2024 included. Rank by the revenue of 2025 alone.",
        ),
        Mistake(
            lambda self, data: len(best(revenue(data)) & best(revenue(data) + revenue(data, 2025))) / TOP,
            "Your second list is the top 20 % of 2024 and 2025 together. Rank by the revenue of 2025 alone.",
        ),
        Mistake(
            lambda self, data: len(best(revenue(data)) & set(bought(data, 2025).index)) / TOP,
            "That is the share that bought again in 2025. To stay, they have to be among the 60 best again.",
        ),
        Mistake(
            lambda self, data: len(best(revenue(data, 2023)) & best(revenue(data))) / TOP,
            "You compare 2023 with 2024. The question is about 2024 and 2025.",
        ),
        Mistake(
            lambda self, data: _of_buyers(data),
            "You take a fifth of those who bought in each year. The top 20 % are 60 of all 300 customers.",
        ),
        Mistake(
            lambda self, data: len(_first_listed(data, 2024) & _first_listed(data, 2025)) / TOP,
            "You take the first 60 customers that `groupby` lists, by id. Put them in order of revenue first.",
        ),
    ]


def _both(data: Any) -> int:
    """Count who is on top in both years."""
    return len(best(revenue(data)) & best(revenue(data, 2025)))


def _of_buyers(data: Any) -> float:
    now, later = (best(r, round(len(r) / 5)) for r in (bought(data, year) for year in (2024, 2025)))
    return len(now & later) / len(now)


def _first_listed(data: Any, year: int) -> set[Any]:
    return set(bought(data, year).index[:TOP])
