"""The two questions of set 03 that ask for a share: repeat rate and label churn."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.drawing import remembered
from crmlab.exercises.shares import THREE_DECIMALS, what_it_looks_like
from crmlab.exercises.tiering_sums import between
from crmlab.teach import Mistake
from crmlab.teach.question import Question


@remembered
def orders_each(data: Any) -> pd.Series:
    """Return the number of orders of each customer."""
    return data.transactions.groupby("customer_id").size()


class RepeatRate(Question):
    """What share of the customers has ordered at least twice?

    A share is a number between 0 and 1. Three decimals are enough.
    """

    answer = "repeat_rate"
    points = 2
    level = 1
    tolerance = THREE_DECIMALS
    bounds = (0, 1)
    hints = [
        "How many orders has each customer? `groupby` and `size` count them.",
        "A share needs a denominator: all customers, also those who came only once.",
        "The mean of a column of True and False is the share of True.",
    ]

    def solution(self, data):
        orders = data.transactions.groupby("customer_id").size()
        return (orders >= 2).mean()

    def explain(self, answer, data):
        return what_it_looks_like(answer, 10, "orders per customer. How many of the customers came back?")

    mistakes = [
        Mistake(
            lambda self, data: orders_each(data).mean(),
            "That is orders per customer. A share of customers lies between 0 and 1.",
        ),
        Mistake(
            lambda self, data: (orders_each(data) >= 2).sum(),
            "That is the number of customers who came back. Which share of all customers is it?",
        ),
        Mistake(
            lambda self, data: 1 - len(data.customers) / len(data.transactions),
            "That is the share of orders that are repeat orders. The question is about customers.",
        ),
        Mistake(
            lambda self, data: (orders_each(data) >= 2).sum() / len(data.transactions),
            "The numerator is right, but you divide by the number of orders. Divide by the number of customers.",
        ),
        Mistake(
            lambda self, data: (orders_each(data) > 2).mean(),
            "That is the share with more than two orders. At least two means two or more.",
        ),
        Mistake(
            lambda self, data: (orders_each(data) == 2).mean(),
            "That is the share with exactly two orders. At least two means two or more.",
        ),
        Mistake(
            lambda self, data: (orders_each(data) == 1).mean(),
            "That is the share of customers who ordered only once: the other side of the coin.",
        ),
        Mistake(
            lambda self, data: 100 * (orders_each(data) >= 2).mean(),
            "That is a percentage. Give the share, between 0 and 1.",
        ),
    ]


FIRST, SECOND = ("2025-01-01", "2025-06-30"), ("2025-07-01", "2025-12-31")


@remembered
def half_year_tiers(
    data: Any,
    halves: tuple[tuple[str, str], tuple[str, str]] = (FIRST, SECOND),
    measure: str = "sum",
    lines: tuple[float, float] = (150, 50),
) -> pd.DataFrame:
    """Return every customer's tier in both halves of 2025, and the money; the arguments allow for wrong versions."""
    table = data.customers.set_index("customer_id")[["signup_date"]].copy()
    for name, (start, end) in zip(["first", "second"], halves, strict=True):
        spent = between(data, start, end, measure)
        table[f"{name}_spent"] = spent
        table[name] = np.select([spent >= lines[0], spent >= lines[1]], ["gold", "silver"], "regular")
    return table


def known(data: Any, **wrong: Any) -> pd.DataFrame:
    """Return those tiers for the customers who signed up before 2025."""
    table = half_year_tiers(data, **wrong)
    return table[table["signup_date"] < "2025-01-01"]


def moved(table: pd.DataFrame) -> pd.Series:
    """Tell whose label changed between the half-years."""
    return table["first"] != table["second"]


def steps(table: pd.DataFrame) -> pd.Series:
    """Return by how many tiers each customer rose; falls are below 0."""
    height = {"regular": 0, "silver": 1, "gold": 2}
    return table["second"].map(height) - table["first"].map(height)


def net_change(table: pd.DataFrame) -> float:
    """Return the share of labels that changed when only the sizes of the tiers are looked at."""
    sizes = table["first"].value_counts().sub(table["second"].value_counts(), fill_value=0)
    return sizes.abs().sum() / 2 / len(table)


class LabelChurn(Question):
    """How stable are tiers? Compute the label churn between the two halves of 2025.

    In each half-year, January to June and July to December 2025, a customer's tier follows from
    the money spent *in that half-year*:

    - **gold**: at least 150.00; **silver**: at least 50.00; **regular**: less, or nothing.

    Label churn is the share of customers whose tier in the second half differs from the first.
    Look at everyone who signed up before 1 January 2025, whether they bought in 2025 or not.
    Three decimals are enough.
    """

    answer = "label_churn"
    points = 4
    level = 3
    tolerance = THREE_DECIMALS
    bounds = (0, 1)
    hints = [
        "Write a function from the dates of a half-year to a tier for each customer. Call it twice.",
        "Who bought nothing in a half-year spent 0 there and is regular: `reindex(..., fill_value=0)`.",
        "Use the same customers both times (`signup_date` before 2025), and compare label by label.",
    ]

    def solution(self, data):
        who = data.customers.loc[data.customers["signup_date"] < "2025-01-01", "customer_id"]

        def tiers(start, end):
            orders = data.transactions[data.transactions["date"].between(start, end)]
            spent = orders.groupby("customer_id")["amount"].sum().reindex(who, fill_value=0)
            labels = np.select([spent >= 150, spent >= 50], ["gold", "silver"], "regular")
            return pd.Series(labels, index=who)

        label_churn = (tiers("2025-01-01", "2025-06-30") != tiers("2025-07-01", "2025-12-31")).mean()
        return label_churn

    def explain(self, answer, data):
        return what_it_looks_like(answer, 1, "")

    mistakes = [
        Mistake(
            lambda self, data: moved(half_year_tiers(data)).mean(),
            "You include customers who signed up in 2025. They had no full first half-year to be tiered by.",
        ),
        Mistake(
            lambda self, data: moved(known(data)).sum() / len(data.customers),
            "You divide by all customers. Divide by those who signed up before 2025.",
        ),
        Mistake(
            lambda self, data: moved(known(data).query("first_spent > 0 and second_spent > 0")).mean(),
            "Only customers who bought in both halves are counted; those who stopped or came back are lost. "
            "They are regular in the half without a purchase.",
        ),
        Mistake(
            lambda self, data: moved(known(data).query("first_spent > 0 or second_spent > 0")).mean(),
            "Customers who bought nothing in 2025 are missing from the denominator. They stayed regular.",
        ),
        Mistake(
            lambda self, data: moved(known(data).query("first_spent > 0")).mean(),
            "Only customers who bought in the first half are counted. Look at all who signed up before 2025.",
        ),
        Mistake(
            lambda self, data: 1 - moved(known(data)).mean(),
            "That is the share that kept its tier. Churn is the share that changed.",
        ),
        Mistake(
            lambda self, data: moved(known(data)).sum(),
            "That is the number of customers who changed tier. Which share of the customers is it?",
        ),
        Mistake(
            lambda self, data: 100 * moved(known(data)).mean(),
            "That is a percentage. Give the share, between 0 and 1.",
        ),
        Mistake(
            lambda self, data: net_change(known(data)),
            "You compare the sizes of the tiers. One customer up and one down leave the sizes as they were: "
            "compare customer by customer.",
        ),
        Mistake(
            lambda self, data: ((t := known(data))["second"].eq("regular") & t["first"].ne("regular")).mean(),
            "You count only customers who fell to regular. Moves up, and between gold and silver, count too.",
        ),
        Mistake(
            lambda self, data: (steps(known(data)) < 0).mean(),
            "You count only customers who fell. Those who rose changed their tier too.",
        ),
        Mistake(
            lambda self, data: (steps(known(data)) > 0).mean(),
            "You count only customers who rose. Those who fell changed their tier too.",
        ),
        Mistake(
            lambda self, data: moved(
                known(data, halves=(("2024-01-01", "2024-06-30"), ("2024-07-01", "2024-12-31")))
            ).mean(),
            "Those are the halves of 2024. The question is about 2025.",
        ),
        Mistake(
            lambda self, data: moved(
                known(data, halves=(("2024-01-01", "2024-12-31"), ("2025-01-01", "2025-12-31")))
            ).mean(),
            "You compare the years 2024 and 2025. Compare the two halves of 2025.",
        ),
        Mistake(
            lambda self, data: moved(known(data, halves=(("2025-01-01", "2025-06-29"), SECOND))).mean(),
            "Orders of 30 June are missing. The first half-year includes its last day: `<=`, not `<`.",
        ),
        Mistake(
            lambda self, data: moved(known(data, lines=(150.01, 50.01))).mean(),
            "Customers right at a threshold are too low. At least 50 includes 50: use >=, not >.",
        ),
        Mistake(
            lambda self, data: moved(known(data, measure="mean")).mean(),
            "You use the mean amount of an order. The tier follows from the sum of the half-year.",
        ),
        Mistake(
            lambda self, data: moved(known(data, measure="max")).mean(),
            "You use the largest order. The tier follows from the sum of the half-year.",
        ),
    ]
