"""The questions of set 02 on the lifecycle: everybody's stage on a day, and how many come back."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.drawing import remembered
from crmlab.exercises.shares import THREE_DECIMALS, what_it_looks_like
from crmlab.teach import Mistake
from crmlab.teach.question import Question

DAY = "2025-06-30"
LAST = pd.Timestamp("2025-12-28")


def orders_of(data: Any, returns: bool = False) -> pd.DataFrame:
    """Return the orders; with returns if asked for."""
    sold = data.transactions
    return sold if returns else sold[sold["returns"].isna()]


@remembered
def days_before(
    data: Any, day: str = DAY, returns: bool = False, future: bool = False, everyone: bool = False
) -> pd.DataFrame:
    """Return how many days before a day each customer's first and last order were; the arguments make it wrong."""
    rows = orders_of(data, returns)
    if not future:
        rows = rows[rows["date"] <= pd.Timestamp(day)]
    when = rows.groupby("customer_id")["date"].agg(["min", "max"])
    table = pd.DataFrame({name: (pd.Timestamp(day) - when[name]).dt.days for name in ("min", "max")})
    known = data.customers.loc[data.customers["signup_date"] <= pd.Timestamp(day), "customer_id"]
    return table.reindex(data.customers["customer_id"] if everyone else known)


def stages(
    table: pd.DataFrame,
    within: Callable[[Any, Any], Any] = operator.le,
    by: str = "max",
    lines: tuple[int, int, int] = (90, 180, 365),
) -> pd.Series:
    """Return the stages by the rule of the question; the arguments allow for wrong versions."""
    rules = [within(table["min"], lines[0]), within(table[by], lines[1]), within(table[by], lines[2])]
    return pd.Series(np.select(rules, ["new", "active", "sleeping"], "lost"), index=table.index)


class Stage(Question):
    """Label the lifecycle stage of every customer on 30 June 2025.

    Count the days from an order to 30 June 2025. The first rule that holds decides:

    - **new**: the first order is at most 90 days old;
    - **active**: the last order is at most 180 days old;
    - **sleeping**: the last order is at most 365 days old;
    - **lost**: it is older.

    On that day nobody knew what came later: orders after 30 June 2025 do not count, and customers who signed
    up later are not labelled. Returns are not orders.
    """

    answer = "stage"
    kind = "series"
    points = 3
    level = 1
    hints = [
        "Keep the orders up to 30 June 2025 first. Then `min` and `max` of `date` for each customer.",
        '`(pd.Timestamp("2025-06-30") - last).dt.days` gives whole days.',
        "`np.select` takes the first rule that holds, in the order in which you list them.",
    ]

    def solution(self, data):
        sold = data.transactions
        orders = sold[sold["returns"].isna() & (sold["date"] <= "2025-06-30")]
        age = pd.Timestamp("2025-06-30") - orders.groupby("customer_id")["date"].agg(["min", "max"])
        first, last = age["min"].dt.days, age["max"].dt.days
        rules = [first <= 90, last <= 180, last <= 365]
        return pd.Series(np.select(rules, ["new", "active", "sleeping"], "lost"), index=age.index)

    def explain(self, answer, data):
        table = days_before(data).reindex(answer.index)
        off = answer.str.casefold() != stages(table)
        border = table["min"].eq(90) | table["max"].isin([180, 365])
        if border[off].all():
            return "stage is off only for customers right at a line. At most 180 days includes 180: use <=."
        return None

    mistakes = [
        Mistake(
            lambda self, data: stages(days_before(data), operator.lt),
            "Customers right at a line are one stage too far. At most 180 days includes 180: use <=, not <.",
        ),
        Mistake(
            lambda self, data: stages(days_before(data, returns=True)),
            "Returns count as orders in your answer. Keep the rows whose `returns` is missing.",
        ),
        Mistake(
            lambda self, data: stages(days_before(data, future=True)),
            "Orders after 30 June 2025 are used. On that day nobody knew them: leave them out first.",
        ),
        Mistake(
            lambda self, data: stages(days_before(data, future=True, everyone=True)),
            "Customers who signed up after 30 June 2025 are labelled, and orders after that day are used. Keep the "
            "orders up to that day first.",
        ),
        Mistake(
            lambda self, data: stages(days_before(data, everyone=True)),
            "Customers who signed up after 30 June 2025 are labelled. They were no customers yet.",
        ),
        Mistake(
            lambda self, data: stages(days_before(data, "2025-12-28")).reindex(days_before(data).index),
            "You count the days to the end of the data. Count them to 30 June 2025.",
        ),
        Mistake(
            lambda self, data: stages(days_before(data, "2025-12-28")),
            "Those are the stages at the end of the data. The question asks for 30 June 2025.",
        ),
        Mistake(
            lambda self, data: stages(days_before(data), lines=(-1, 180, 365)),
            "Nobody is new: a later rule overwrites it. New comes first: list it first, or assign it last.",
        ),
        Mistake(
            lambda self, data: stages(days_before(data), by="min"),
            "You go by the first order throughout. Active, sleeping and lost go by the last one.",
        ),
        Mistake(
            lambda self, data: stages(days_before(data).assign(min=lambda t: t["max"])),
            "You go by the last order throughout. New goes by the first one.",
        ),
        Mistake(
            lambda self, data: stages(days_before(data), lines=(90, 180, 10_000)),
            "Nobody is lost in your answer. From 366 days on, a customer is lost.",
        ),
        Mistake(
            lambda self, data: stages(days_before(data))[lambda s: s != "lost"],
            "The customers who are lost have no label. They are the rest: give `np.select` a default.",
        ),
    ]


@remembered
def first_and_second(data: Any, returns: bool = False, days: bool = False) -> pd.DataFrame:
    """Return the day of each customer's first order and the days to the second; missing without one."""
    rows = orders_of(data, returns).sort_values(["customer_id", "date"], kind="stable")
    if days:
        rows = rows.drop_duplicates(["customer_id", "date"])
    number = rows.groupby("customer_id").cumcount()
    first, second = (rows[number == n].set_index("customer_id")["date"] for n in (0, 1))
    return pd.DataFrame({"first": first, "gap": (second - first).dt.days})


def share(data: Any, most: float = 90, since: int = 90, **wrong: Any) -> float:
    """Return the share with a second order in time; the arguments allow for wrong versions."""
    table = first_and_second(data, **wrong)
    known = table[table["first"] <= LAST - pd.Timedelta(days=since)]
    return float((known["gap"] <= most).mean())


class Conversion(Question):
    """What share of the customers places a second order within 90 days of the first?

    The data end on 28 December 2025. Who ordered for the first time in, say, November has not had 90 days yet. So
    look only at customers who had: those whose first order was on 29 September 2025 or before.

    A second order on day 90 counts, and so does one on the day of the first. Returns are not orders. Three decimals
    are enough.
    """

    answer = "conversion"
    points = 4
    level = 3
    tolerance = THREE_DECIMALS
    bounds = (0, 1)
    hints = [
        "Sort the orders by customer and date. `groupby(...).cumcount()` numbers them from 0: the second has 1.",
        "Who has no second order did not come back within 90 days, and belongs to the denominator.",
        "Numerator and denominator take the same customers: those whose first order was early enough.",
    ]

    def solution(self, data):
        orders = data.transactions[data.transactions["returns"].isna()]
        orders = orders.sort_values(["customer_id", "date"])
        number = orders.groupby("customer_id").cumcount()
        first = orders[number == 0].set_index("customer_id")["date"]
        second = orders[number == 1].set_index("customer_id")["date"]
        days = (second.reindex(first.index) - first).dt.days  # missing without a second order
        return (days <= 90)[first <= "2025-09-29"].mean()

    def explain(self, answer, data):
        return what_it_looks_like(answer, 1, "")

    mistakes = [
        Mistake(
            lambda self, data: share(data, since=0),
            "Customers whose first order was after 29 September 2025 are in the denominator. They have not had "
            "90 days.",
        ),
        Mistake(
            lambda self, data: (
                (first_and_second(data)["gap"] <= 90).sum()
                / (first_and_second(data)["first"] <= LAST - pd.Timedelta(days=90)).sum()
            ),
            "The denominator is right, but the numerator counts newcomers too. Take the same customers in both.",
        ),
        Mistake(
            lambda self, data: (
                (t := first_and_second(data).dropna())[t["first"] <= LAST - pd.Timedelta(days=90)]["gap"].le(90).mean()
            ),
            "You divide by the customers who have a second order. Who never came back belongs to the denominator too.",
        ),
        Mistake(
            lambda self, data: first_and_second(data).dropna()["gap"].le(90).mean(),
            "You divide by the customers who have a second order, newcomers among them. Divide by all customers whose "
            "first order was on 29 September 2025 or before.",
        ),
        Mistake(
            lambda self, data: share(data, most=np.inf),
            "A second order at any time counts in your answer. Within 90 days is asked for.",
        ),
        Mistake(
            lambda self, data: share(data, most=np.inf, since=0),
            "That is the share of customers with two or more orders at any time. Within 90 days is asked for, among "
            "those who had 90 days.",
        ),
        Mistake(
            lambda self, data: share(data, most=89),
            "A second order on day 90 counts: use <=, not <.",
        ),
        Mistake(
            lambda self, data: share(data, since=91),
            "Who ordered for the first time on 29 September 2025 had 90 days too: use <=, not <.",
        ),
        Mistake(
            lambda self, data: share(data, returns=True),
            "Returns count as second orders in your answer. Keep the rows whose `returns` is missing.",
        ),
        Mistake(
            lambda self, data: share(data, returns=True, since=0),
            "Two things: returns are not orders; and who has not had 90 days since the first order does not count.",
        ),
        Mistake(
            lambda self, data: if_other(self, data, share(data, days=True)),
            "Orders of one day count as one in your answer. A second order on the day of the first counts here.",
        ),
        Mistake(
            lambda self, data: 1 - share(data),
            "That is the share that did not come back in time.",
        ),
        Mistake(
            lambda self, data: share(data) * (first_and_second(data)["first"] <= LAST - pd.Timedelta(days=90)).sum(),
            "That is the number of customers who came back in time. Which share of the customers is it?",
        ),
        Mistake(
            lambda self, data: 100 * share(data),
            "That is a percentage. Give the share, between 0 and 1.",
        ),
    ]


def if_other(question: Question, data: Any, value: float) -> float | None:
    """Return a wrong value, or None where it comes to the right one."""
    return None if abs(value - share(data)) <= 2 * question.tolerance else value
