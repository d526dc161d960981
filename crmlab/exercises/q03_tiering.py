"""Exercise set 03: tiering customers, on each student's own 400 customers of the retailer."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.datasets import Dataset, load
from crmlab.teach import Mistake
from crmlab.teach.question import Question

TITLE = "Tiering customers"
FORMATIVE = True


def data(seed: int) -> Dataset:
    """Return one student's retailer: 400 customers and their orders of three years."""
    return load("retail", size=400, seed=seed)


def orders_each(data: Any) -> pd.Series:
    """Return the number of orders of each customer."""
    return data.transactions.groupby("customer_id").size()


def revenue_each(data: Any) -> pd.Series:
    """Return the revenue of each customer."""
    return data.transactions.groupby("customer_id")["amount"].sum()


class RepeatRate(Question):
    """What share of the customers has ordered at least twice?

    A share is a number between 0 and 1. Do not round it.
    """

    answer = "repeat_rate"
    points = 2
    level = 1
    tolerance = 1e-3
    bounds = (0, 1)
    hints = [
        "How many orders has each customer? `groupby` and `size` count them.",
        "A share needs a denominator: all customers, also those who came only once.",
        "The mean of a column of True and False is the share of True.",
    ]

    def solution(self, data):
        orders = data.transactions.groupby("customer_id").size()
        return (orders >= 2).mean()

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
            lambda self, data: (orders_each(data) == 1).mean(),
            "That is the share of customers who ordered only once: the other side of the coin.",
        ),
        Mistake(
            lambda self, data: 100 * (orders_each(data) >= 2).mean(),
            "That is a percentage. Give the share, between 0 and 1.",
        ),
    ]


def loyalty_tiers(data: Any, gold: int = 4, silver: int = 2, year: int | None = 2025) -> pd.Series:
    """Return the tiers of the question ``tier``; the arguments allow for wrong versions."""
    orders = data.transactions
    if year is not None:
        orders = orders[orders["date"].dt.year == year]
    grouped = orders.groupby("customer_id")["amount"]
    everyone = data.customers["customer_id"]
    count = grouped.size().reindex(everyone, fill_value=0)
    spent = grouped.sum().reindex(everyone, fill_value=0)
    rules = [(count >= gold) & (spent >= 200), count >= silver]
    return pd.Series(np.select(rules, ["gold", "silver"], "regular"), index=count.index)


def either_is_enough(data: Any) -> pd.Series:
    """Return the tiers if gold asked for the orders *or* the money."""
    orders = data.transactions[data.transactions["date"].dt.year == 2025]
    spent = orders.groupby("customer_id")["amount"].sum()
    rich = spent.index[spent >= 200]
    frequent = orders.groupby("customer_id").size()
    gold = rich.union(frequent.index[frequent >= 4])
    tiers = loyalty_tiers(data)
    return tiers.mask(tiers.index.isin(gold), "gold")


def buyers_in(data: Any, year: int) -> pd.Series:
    """Return the customer of each order of a year."""
    return data.transactions.loc[data.transactions["date"].dt.year == year, "customer_id"]


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

    mistakes = [
        Mistake(
            lambda self, data: loyalty_tiers(data, gold=5, silver=3),
            "Customers right at a threshold are too low. At least 4 includes 4: use >=, not >.",
        ),
        Mistake(
            lambda self, data: loyalty_tiers(data, year=None),
            "Those are the tiers by all three years. The policy looks at the orders of 2025 only.",
        ),
        Mistake(
            lambda self, data: loyalty_tiers(data).replace("gold", "silver"),
            "Nobody is gold: a later rule overwrites an earlier one. Check gold first, or assign it last.",
        ),
        Mistake(
            lambda self, data: either_is_enough(data),
            "For gold, one of the two conditions is enough in your answer. The policy asks for both: use &, not |.",
        ),
        Mistake(
            lambda self, data: loyalty_tiers(data)[loyalty_tiers(data).index.isin(buyers_in(data, 2025))],
            "Customers without an order in 2025 are missing. They are customers too: regular ones.",
        ),
    ]


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
        both = pd.DataFrame({"score": answer, "orders": orders_each(data)})
        if answer.nunique() > 1 and (both.groupby("orders")["score"].nunique() > 1).any():
            return "Customers with equally many orders get different scores. The rule treats equals equally."
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
            lambda self, data: classes(
                revenue_each(data).rank(ascending=False, method="min").sub(1) / len(data.customers)
            ),
            "That is 80 and 95 percent of the customers. The lines are drawn by revenue.",
        ),
        Mistake(
            lambda self, data: classes((r := revenue_each(data).sort_values(ascending=False)).cumsum() / r.sum()),
            "You include each customer's own revenue in the share. "
            "Count only what comes from larger customers: whoever crosses a line still belongs above it.",
        ),
    ]


HALVES = [("2025-01-01", "2025-06-30"), ("2025-07-01", "2025-12-31")]


def half_year_tiers(data: Any) -> pd.DataFrame:
    """Return the tier of every customer in both halves of 2025, with the spending in each."""
    table = data.customers.set_index("customer_id")[["signup_date"]].copy()
    for name, (start, end) in zip(["first", "second"], HALVES, strict=True):
        orders = data.transactions[data.transactions["date"].between(start, end)]
        spent = orders.groupby("customer_id")["amount"].sum().reindex(table.index, fill_value=0)
        table[f"{name}_spent"] = spent
        table[name] = np.select([spent >= 150, spent >= 50], ["gold", "silver"], "regular")
    return table


def known(table: pd.DataFrame) -> pd.DataFrame:
    """Return the customers who signed up before 2025."""
    return table[table["signup_date"] < "2025-01-01"]


def moved(table: pd.DataFrame) -> pd.Series:
    """Tell whose label changed between the half-years."""
    return table["first"] != table["second"]


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
    """

    answer = "label_churn"
    points = 4
    level = 3
    tolerance = 1e-3
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

    mistakes = [
        Mistake(
            lambda self, data: moved(half_year_tiers(data)).mean(),
            "You include customers who signed up in 2025. They had no full first half-year to be tiered by.",
        ),
        Mistake(
            lambda self, data: moved(known(half_year_tiers(data)).query("first_spent > 0 and second_spent > 0")).mean(),
            "Only customers who bought in both halves are counted; those who stopped or came back are lost. "
            "They are regular in the half without a purchase.",
        ),
        Mistake(
            lambda self, data: moved(known(half_year_tiers(data)).query("first_spent > 0 or second_spent > 0")).mean(),
            "Customers who bought nothing in 2025 are missing from the denominator. They stayed regular.",
        ),
        Mistake(
            lambda self, data: 1 - moved(known(half_year_tiers(data))).mean(),
            "That is the share that kept its tier. Churn is the share that changed.",
        ),
        Mistake(
            lambda self, data: moved(known(half_year_tiers(data))).sum(),
            "That is the number of customers who changed tier. Which share of the customers is it?",
        ),
        Mistake(
            lambda self, data: net_change(known(half_year_tiers(data))),
            "You compare the sizes of the tiers. One customer up and one down leave the sizes as they were: "
            "compare customer by customer.",
        ),
        Mistake(
            lambda self, data: (
                known(half_year_tiers(data)).pipe(lambda t: (t["second_spent"] < 50) & (t["first_spent"] >= 50)).mean()
            ),
            "You count only customers who fell to regular. Moves up, and between gold and silver, count too.",
        ),
    ]


QUESTIONS = [RepeatRate, Tier, FScore, AbcClass, LabelChurn]
