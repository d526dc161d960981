"""The questions of set 01 on profit: profit after cost to serve, and who flips sign."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import pandas as pd

from crmlab.exercises.why_books import books, flips, profit, profit_in, tickets_before
from crmlab.teach import Mistake
from crmlab.teach.question import Question

LAST_DAY = "2024-12-31"


def with_tickets(data: Any, tickets: pd.Series) -> pd.Series:
    """Return the profit of 2024 with other counts of tickets."""
    return profit(books(data), tickets=tickets)


def joined_before_adding(data: Any) -> pd.Series:
    """Return the profit of 2024 if sales and tickets are joined first: each row counts once a ticket."""
    table = books(data)
    times = table["tickets"].clip(lower=1)
    rows = table["orders"] + table["returns"]
    doubled = {name: table[name] * times for name in ("margin", "orders", "phone", "returns")}
    return profit(table, **doubled, tickets=table["tickets"] * rows.clip(lower=1))


class Profit(Question):
    """Work out each customer's profit of 2024: what is left of the margin after cost to serve.

    > profit = margin - cost of orders - cost of phone orders - cost of returns - cost of tickets

    - *Margin* is the sum of the column `margin`: after goods and discounts, and with what returns gave back
      deducted.
    - `ex.service_costs` says what one order, one return and one ticket cost. A *phone order* (`channel` is
      `"phone"`) costs its 3.00 on top of the 6.50 of an order. The orders are the rows whose `returns` is
      missing; the other rows are returns.
    - A ticket counts in the year in which it was `opened`.

    Every customer has a profit, also those without orders or tickets in 2024.
    """

    answer = "profit"
    kind = "series"
    points = 4
    level = 2
    tolerance = 0.006
    hints = [
        "`year['returns'].isna()` tells the orders from the returns.",
        "Count rows for each customer with `value_counts`, then `reindex(..., fill_value=0)` for those without any. "
        "Do not join the tables: that repeats rows.",
        "`opened` has a time of day. `dt.year` is safe; `<= '2024-12-31'` stops at midnight, before the last day.",
    ]

    def solution(self, data):
        cost = data.service_costs.set_index("kind")["unit_cost"]
        everyone = data.customers["customer_id"]

        def count(rows):
            return rows["customer_id"].value_counts().reindex(everyone, fill_value=0)

        def profit_in(year):
            sold = data.transactions[data.transactions["date"].dt.year == year]
            orders = sold[sold["returns"].isna()]
            margin = sold.groupby("customer_id")["margin"].sum().reindex(everyone, fill_value=0)
            return (
                margin
                - cost["order"] * count(orders)
                - cost["phone order"] * count(orders[orders["channel"] == "phone"])
                - cost["return"] * count(sold[sold["returns"].notna()])
                - cost["ticket"] * count(data.tickets[data.tickets["opened"].dt.year == year])
            )

        return profit_in(2024)

    def explain(self, answer, data):
        table = books(data).reindex(answer.index)
        empty = answer.isna()
        if empty.any():
            without = (table["tickets"] == 0) | (table["orders"] == 0) | (table["returns"] == 0)
            if without[empty].all():
                return (
                    f"profit is missing (NaN) for {int(empty.sum()):,} customers: a number minus a missing one is "
                    "missing. Who has no orders, returns or tickets has 0 of them: `reindex(..., fill_value=0)`."
                )
            return None
        off = (answer - table["profit"]).abs() > self.tolerance
        for part in ("tickets", "returns", "phone"):
            if off.equals(table[part] > 0):
                what = {"phone": "phone orders"}.get(part, part)
                return (
                    f"profit is off for the customers with {what}, and right for all others: look at what those cost."
                )
        return None

    mistakes = [
        Mistake(
            lambda self, data: profit(t := books(data), orders=t["orders"] + t["returns"]),
            "Returns are counted as orders too. Keep the rows whose `returns` is missing before you count orders.",
        ),
        Mistake(
            lambda self, data: profit(books(data), returns=0),
            "The cost of returns is missing.",
        ),
        Mistake(
            lambda self, data: profit(books(data), tickets=0),
            "The cost of tickets is missing.",
        ),
        Mistake(
            lambda self, data: profit(books(data), phone=0),
            "Phone orders cost no more than others in your answer. Theirs come on top.",
        ),
        Mistake(
            lambda self, data: profit(t := books(data), orders=t["orders"] - t["phone"]),
            "A phone order costs 3.00 in your answer. It costs that on top of what every order costs.",
        ),
        Mistake(
            lambda self, data: with_tickets(data, books(data, None)["tickets"]),
            "You count the tickets of all years. Those opened in 2024 are asked for.",
        ),
        Mistake(
            lambda self, data: with_tickets(data, tickets_before(data, LAST_DAY)),
            f"Tickets opened on 31 December are missing. `opened` has a time of day, and '{LAST_DAY}' means the first "
            "second of that day.",
        ),
        Mistake(
            lambda self, data: profit(t := books(data), margin=t["revenue"]),
            "You start from the revenue (`amount`). Start from the `margin`: the goods have to be paid first.",
        ),
        Mistake(
            lambda self, data: profit(t := books(data), margin=t["gross_margin"]),
            "The margin that returns gave back is not deducted. Add up `margin` over orders and returns.",
        ),
        Mistake(
            lambda self, data: books(data)["margin"],
            "That is the margin. Take off what it costs to serve each customer.",
        ),
        Mistake(
            lambda self, data: (t := books(data))["margin"] - profit(t),
            "That is the cost to serve. The profit is the margin less that cost.",
        ),
        Mistake(
            lambda self, data: 2 * (t := books(data))["margin"] - profit(t),
            "The costs are added. Take them off.",
        ),
        Mistake(
            lambda self, data: books(data, None)["profit"],
            "That is the profit of all years. Keep orders, returns and tickets of 2024 only.",
        ),
        Mistake(
            lambda self, data: books(data, 2025)["profit"],
            "That is the profit of 2025. The question asks for 2024.",
        ),
        Mistake(
            lambda self, data: (t := books(data))["profit"][t["orders"] + t["returns"] > 0],
            "Customers who did not order in 2024 are missing. They are customers too, and some of them wrote tickets.",
        ),
        Mistake(
            lambda self, data: (t := books(data))["profit"][(t["orders"] + t["returns"] > 0) & (t["tickets"] > 0)],
            "Only customers with both orders and tickets are left: an inner join drops the others.",
        ),
        Mistake(
            lambda self, data: joined_before_adding(data),
            "Customers with several tickets have their orders counted several times, and the other way round: a join "
            "repeats rows. Add up each table by customer first.",
        ),
    ]


class Flipped(Question):
    """Which customers flip sign in 2024: a margin above 0, and a profit below 0?

    They look fine as long as nobody counts what it costs to serve them. Answer with their ids. Use the
    profit of the question before.
    """

    answer = "flipped"
    kind = "ids"
    points = 2
    level = 1
    hints = [
        "You need each customer's margin of 2024 beside the profit, in the same order.",
        "Join two conditions with `&`, each in brackets.",
        "`profit.index[condition]` gives the ids for which the condition holds.",
    ]

    def solution(self, data):
        profit = profit_in(data, 2024)  # shown as: # profit: from the question before
        year = data.transactions[data.transactions["date"].dt.year == 2024]
        margin = year.groupby("customer_id")["margin"].sum().reindex(profit.index, fill_value=0)
        return set(profit.index[(margin > 0) & (profit < 0)])

    def explain(self, answer, data):
        table = books(data)
        for who in sorted(answer & frozenset(table.index)):
            if table.loc[who, "profit"] >= 0:
                return f"flipped holds {who}, whose profit is not below 0. Is your `profit` right?"
            if table.loc[who, "margin"] <= 0:
                return f"flipped holds {who}, whose margin is not above 0. Do you look at the margin of 2024?"
        return None

    mistakes = [
        Mistake(
            lambda self, data: (t := books(data)).index[t["profit"] < 0],
            "Those are all customers with a loss. Some of them have no margin to begin with: they do not flip.",
        ),
        Mistake(
            lambda self, data: (t := books(data)).index[(t["margin"] >= 0) & (t["profit"] <= 0)],
            "Customers with 0 are among them. Above 0 and below 0 leave out 0 itself: use > and <.",
        ),
        Mistake(
            lambda self, data: (t := books(data)).index[(t["margin"] >= 0) & (t["profit"] < 0)],
            "Customers without any margin are among them. Above 0 leaves out 0 itself: use >.",
        ),
        Mistake(
            lambda self, data: (t := books(data)).index[(t["margin"] > 0) & (t["profit"] > 0)],
            "Those make a profit. Who flips has a profit *below* 0.",
        ),
        Mistake(
            lambda self, data: (t := books(data)).index[(t["margin"] > 0) | (t["profit"] < 0)],
            "One of the two conditions is enough in your answer. Both have to hold: use &, not |.",
        ),
        Mistake(
            lambda self, data: (t := books(data)).index[(t["revenue"] < 0) | (t["margin"] < 0)],
            "Those have a margin below 0. Who flips has a margin above 0, and loses it to the cost to serve.",
        ),
        Mistake(
            lambda self, data: flips(books(data, 2025)),
            "Those flip in 2025. The question asks for 2024.",
        ),
        Mistake(
            lambda self, data: flips(books(data, None)),
            "Those flip over all years. Take margin and profit of 2024.",
        ),
        Mistake(
            lambda self, data: flips((t := books(data)).assign(profit=profit(t, orders=t["orders"] + t["returns"]))),
            "Your profit counts returns as orders too. Mend the question before this one first.",
        ),
        Mistake(
            lambda self, data: flips((t := books(data)).assign(profit=profit(t, tickets=0))),
            "Your profit leaves out the cost of tickets. Mend the question before this one first.",
        ),
        Mistake(
            lambda self, data: flips((t := books(data)).assign(profit=profit(t, returns=0))),
            "Your profit leaves out the cost of returns. Mend the question before this one first.",
        ),
    ]
