"""The questions of set 02 on joins: what doubles, and one row a customer."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import pandas as pd

from crmlab.exercises.drawing import remembered
from crmlab.exercises.shares import THREE_DECIMALS
from crmlab.teach import Mistake
from crmlab.teach.question import Question


@remembered
def joined(data: Any, how: str = "left") -> pd.DataFrame:
    """Return customers, transactions and tickets in one table, each row of one with each row of the other."""
    both = data.customers.merge(data.transactions, on="customer_id", how=how)
    return both.merge(data.tickets, on="customer_id", how=how)


def money(data: Any) -> float:
    """Return the sum of all amounts."""
    return float(data.transactions["amount"].sum())


def factor(data: Any, how: str = "left") -> float:
    """Return how many times too large the sum of a joined table is."""
    return float(joined(data, how)["amount"].sum()) / money(data)


class RevenueFactor(Question):
    """A colleague joins three tables in one go, and adds up `amount`. By which factor is the sum too high?

    ```python
    big = ex.customers.merge(ex.transactions, on="customer_id", how="left")
    big = big.merge(ex.tickets, on="customer_id", how="left")
    ```

    The right sum is that of `amount` in `ex.transactions`. If the colleague's sum were twice as high, the factor
    would be 2. Three decimals are enough.
    """

    answer = "revenue_factor"
    explanation = "Without the join: every order stands there once for each ticket of its customer, at least once."
    points = 2
    level = 1
    tolerance = THREE_DECIMALS
    hints = [
        "Run the colleague's two lines, and compare `len(big)` with `len(ex.transactions)`.",
        "Look at the rows of one customer with two tickets: each order stands there twice.",
        "Divide the sum over `big` by the sum over `ex.transactions`.",
    ]

    def solution(self, data):
        spent = data.transactions.groupby("customer_id")["amount"].sum()
        tickets = data.tickets["customer_id"].value_counts().reindex(spent.index, fill_value=0)
        return (spent * tickets.clip(lower=1)).sum() / spent.sum()

    def explain(self, answer, data):
        if 0 < answer < 1:
            return (
                "revenue_factor is below 1, but every order stands in the joined table at least once. Compare the sums "
                "of `amount`, not the means."
            )
        return None

    mistakes = [
        Mistake(
            lambda self, data: factor(data, "inner"),
            'Your join keeps only customers with tickets. The colleague joins with `how="left"`.',
        ),
        Mistake(
            lambda self, data: len(joined(data)) / len(data.transactions),
            "That is the factor of the number of rows. Customers with many tickets need not spend like the others: "
            "compare the sums of `amount`.",
        ),
        Mistake(
            lambda self, data: len(joined(data)),
            "That is the number of rows of the joined table. Compare the sums of `amount`.",
        ),
        Mistake(
            lambda self, data: len(joined(data)) / len(data.customers),
            "That is rows per customer. Compare the sums of `amount`.",
        ),
        Mistake(
            lambda self, data: factor(data) - 1,
            "That is what comes on top. The factor of a sum that is right is 1, not 0.",
        ),
        Mistake(
            lambda self, data: 100 * (factor(data) - 1),
            "That is by how many percent the sum is too high. Give the factor: 2 for twice as high.",
        ),
        Mistake(
            lambda self, data: 100 * factor(data),
            "That is a percentage. Give the factor: 2 for twice as high.",
        ),
        Mistake(
            lambda self, data: 1 / factor(data),
            "You divide the right sum by the wrong one. The factor is the other way round.",
        ),
        Mistake(
            lambda self, data: (factor(data) - 1) * money(data),
            "That is the difference in money. Divide the one sum by the other.",
        ),
        Mistake(
            lambda self, data: factor(data) * money(data),
            "That is the colleague's sum. Divide it by the right one.",
        ),
        Mistake(
            lambda self, data: 1.0,
            "After the first join the sum is still right: each order belongs to one customer. Look at what the "
            "second join does.",
        ),
    ]


@remembered
def right_view(data: Any) -> pd.DataFrame:
    """Return the view that the question asks for."""
    view = pd.DataFrame(index=pd.Index(data.customers["customer_id"], name="customer_id"))
    sold = data.transactions
    view["orders"] = sold[sold["returns"].isna()].groupby("customer_id").size()
    view["spent"] = sold.groupby("customer_id")["amount"].sum()
    view["tickets"] = data.tickets["customer_id"].value_counts().reindex(view.index, fill_value=0)
    view["last_csat"] = data.surveys.sort_values("date").groupby("customer_id")["csat"].last()
    return view


def csat(data: Any, how: str, by: str | None = "date") -> pd.DataFrame:
    """Return the view with another summary of the survey answers."""
    answers = data.surveys if by is None else data.surveys.sort_values(by)
    return right_view(data).assign(last_csat=answers.groupby("customer_id")["csat"].agg(how))


def after_join(data: Any) -> pd.DataFrame:
    """Return the view of a colleague who joins first and adds up afterwards."""
    big = joined(data).groupby("customer_id")
    return right_view(data).assign(
        orders=big["order_id"].size(), spent=big["amount"].sum(), tickets=big["opened"].count()
    )


def orders_after_join(data: Any) -> pd.DataFrame:
    """Return the same, with the returns left out of the orders."""
    orders = joined(data)[joined(data)["returns"].isna()].groupby("customer_id").size()
    return after_join(data).assign(orders=orders)


class View(Question):
    """Put together one row for *every* customer: a small customer 360.

    Make `view` a DataFrame with the columns `customer_id`, `orders`, `spent`, `tickets` and `last_csat`:

    - `orders`: the number of orders. Rows of `ex.transactions` with an entry in `returns` are returns, not orders;
    - `spent`: the sum of `amount`, returns deducted (they stand there as negative amounts);
    - `tickets`: the number of tickets, 0 for customers who never wrote;
    - `last_csat`: the satisfaction in the latest survey answer by `date`, missing for customers who never answered.

    Two things stay true while you join: the view has as many rows as `ex.customers`, and `spent` adds up to
    the sum of all amounts.
    """

    answer = "view"
    kind = "table"
    columns = ("orders", "spent", "tickets", "last_csat")
    points = 4
    level = 2
    tolerance = 0.006
    hints = [
        "Bring each table down to one row a customer first. Then no join can double anything.",
        'Start from `ex.customers` and join with `how="left"`, or give a Series indexed by `customer_id` to a '
        "frame with that index.",
        'Survey answers are not in order: `sort_values("date")`, then `groupby(...)["csat"].last()`.',
    ]

    def solution(self, data):
        sold = data.transactions
        view = data.customers[["customer_id"]].set_index("customer_id")
        view["orders"] = sold[sold["returns"].isna()].groupby("customer_id").size()
        view["spent"] = sold.groupby("customer_id")["amount"].sum()
        view["tickets"] = data.tickets.groupby("customer_id").size()
        view["tickets"] = view["tickets"].fillna(0)
        view["last_csat"] = data.surveys.sort_values("date").groupby("customer_id")["csat"].last()
        return view

    def explain(self, answer, data):
        right = right_view(data).reindex(answer.index)
        for name in ("orders", "spent"):
            if answer[name].sum() > 1.02 * right[name].sum():
                return (
                    f"(column {name!r}) It adds up to more than there is. Is something counted twice? Bring each table "
                    "down to one row a customer before you join."
                )
        return None

    mistakes = [
        Mistake(
            lambda self, data: right_view(data).assign(orders=data.transactions.groupby("customer_id").size()),
            "(column 'orders') Returns are counted as orders. Keep the rows whose `returns` is missing.",
        ),
        Mistake(
            lambda self, data: right_view(data).assign(
                spent=(t := data.transactions)[t["returns"].isna()].groupby("customer_id")["amount"].sum()
            ),
            "(column 'spent') Returns are not deducted. Add up all amounts, also the negative ones.",
        ),
        Mistake(
            lambda self, data: right_view(data).assign(spent=data.transactions.groupby("customer_id")["amount"].mean()),
            "(column 'spent') That is the mean of the amounts. Add them up.",
        ),
        Mistake(
            lambda self, data: after_join(data),
            "You join first and count afterwards, so each order stands there once for each ticket. Bring each table "
            "down to one row a customer, then join.",
        ),
        Mistake(
            lambda self, data: orders_after_join(data),
            "You leave the returns out of the orders, but you join before you count: each order stands there once "
            "for each ticket. Bring each table down to one row a customer, then join.",
        ),
        Mistake(
            lambda self, data: right_view(data).assign(tickets=lambda v: v["tickets"].where(v["tickets"] > 0)),
            "(column 'tickets') Customers who never wrote have NaN. They have 0 tickets: `fillna(0)` for this column.",
        ),
        Mistake(
            lambda self, data: right_view(data).assign(tickets=lambda v: v["tickets"].clip(lower=1)),
            "(column 'tickets') Customers who never wrote have 1: `size` counts the empty row of a left join. "
            "`count` of a column of the tickets does not.",
        ),
        Mistake(
            lambda self, data: csat(data, "last", None),
            "(column 'last_csat') That is the last answer in the order of the table. Sort by `date` first.",
        ),
        Mistake(
            lambda self, data: csat(data, "first"),
            "(column 'last_csat') That is the first answer of each customer. The latest is asked for.",
        ),
        Mistake(
            lambda self, data: csat(data, "first", None),
            "(column 'last_csat') That is the first answer in the order of the table. Sort by `date`, take the last.",
        ),
        Mistake(
            lambda self, data: csat(data, "mean"),
            "(column 'last_csat') That is the mean of each customer's answers. The latest is asked for.",
        ),
        Mistake(
            lambda self, data: csat(data, "max"),
            "(column 'last_csat') That is each customer's best answer. The latest is asked for.",
        ),
        Mistake(
            lambda self, data: right_view(data).fillna(0),
            "(column 'last_csat') Who never answered has 0. Nobody gave a 0: leave it missing. Fill `tickets` only.",
        ),
        Mistake(
            lambda self, data: right_view(data).dropna(),
            "Only customers who answered a survey are left. An inner join, or `dropna`, drops the others: "
            'join with `how="left"`.',
        ),
        Mistake(
            lambda self, data: right_view(data).query("tickets > 0"),
            'Only customers with a ticket are left. An inner join drops the others: join with `how="left"`.',
        ),
        Mistake(
            lambda self, data: right_view(data).query("tickets > 0").dropna(),
            "Only customers with both a ticket and a survey answer are left. Inner joins drop the others: "
            'join with `how="left"`.',
        ),
    ]
