"""The data of the exercise set on tiering: 400 customers of the retailer, their orders, and small tables beside."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.datasets import Dataset
from crmlab.exercises.drawing import retailer
from crmlab.exercises.tiering_tables import eight, judgements, letters, reviews

NEW_YEAR, HALF = pd.Timestamp("2025-01-01"), pd.Timestamp("2025-06-30")
HELD = (120, 122, 127, 140, 150)  # money of the second half-year: on and between the lines of hysteresis


def draw(seed: int) -> Dataset | None:
    """Return 400 customers, their orders, and what the questions have beside them.

    There are no returns, and amounts are whole, so that sums are exact. A customer has at most one order a
    day, so that counting orders and counting days with orders is the same. A few orders are moved
    to where the questions draw a line (see :func:`_on_the_lines` and :func:`_on_hysteresis`). None if these
    customers cannot be asked about.
    """
    tables = retailer(400, seed, "customers", "transactions")
    customers = tables["customers"][["customer_id", "signup_date", "gender"]]
    orders = tables["transactions"][["order_id", "customer_id", "date", "amount"]]
    orders = orders[orders["amount"] > 0].assign(
        amount=lambda t: np.ceil(t["amount"]), date=lambda t: t["date"].dt.normalize()
    )
    by_day = orders.groupby(["customer_id", "date"], as_index=False).agg(
        order_id=("order_id", "first"), amount=("amount", "sum")
    )
    moved = _on_hysteresis(_on_the_lines(by_day, customers)).sort_values(["date", "order_id"], ignore_index=True)
    moved = moved[orders.columns]
    asked, reviewed = letters(moved, customers, seed), reviews(moved, customers)
    if asked is None or reviewed is None:
        return None
    small = {"letters": asked, "eight": eight(seed), "judgements": judgements(seed)}
    return Dataset("retail", {"customers": customers, "transactions": moved, **small, **reviewed})


def _on_the_lines(orders: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Make sure that somebody stands exactly on each line, where ``>`` and ``>=`` part.

    Four customers are changed a little: one gets an order at the very end of 2024, two have a first
    half-year of a single order of 50, one of them on its last day, and one spends exactly 200 with
    four orders in 2025. Where no customer fits, nothing is changed.
    """
    orders = orders.copy()
    year = orders[orders["date"] >= NEW_YEAR]
    spending = year.groupby("customer_id")["amount"].agg(["size", "sum"])

    once = spending.index[spending["size"] == 1]
    before = orders[orders["customer_id"].isin(once) & (orders["date"] < NEW_YEAR)]
    if len(before):
        orders.loc[before["date"].idxmax(), "date"] = NEW_YEAR - pd.Timedelta(days=2)

    known = customers.loc[customers["signup_date"] < NEW_YEAR, "customer_id"]
    single = year[year["customer_id"].isin(once.intersection(list(known))) & (year["date"] <= HALF)]
    latest = single["date"].sort_values().index[-2:]
    orders.loc[latest, "amount"] = 50.0
    orders.loc[latest[-1:], "date"] = HALF

    golden = spending[spending["size"] == 4]
    if len(golden):
        nearest: Any = (golden["sum"] - 200).abs().idxmin()
        largest: Any = year.loc[year["customer_id"] == nearest, "amount"].idxmax()
        orders.loc[largest, "amount"] += 200 - golden.loc[nearest, "sum"]
    return orders[orders["amount"] > 0]


def _on_hysteresis(orders: pd.DataFrame) -> pd.DataFrame:
    """Let five customers who were gold in the first half of 2025 spend 120, 122, 127, 140 and 150 in the second.

    Those are taken who are nearest to it; their largest order of the second half is changed. Who spent exactly 200
    in 2025 is left alone, for that is a line too.
    """
    orders = orders.copy()
    year = orders[orders["date"] >= NEW_YEAR]
    late = year[year["date"] > HALF]
    spent = year.groupby("customer_id")["amount"].sum()
    second = late.groupby("customer_id")["amount"].sum()
    first = spent.sub(second, fill_value=0).reindex(second.index)
    free = second[(first >= 150) & (spent.reindex(second.index) != 200)]
    for money in HELD:
        for who in (free - money).abs().sort_values(kind="stable").index:
            largest: Any = late.loc[late["customer_id"] == who, "amount"].idxmax()
            amount = orders.loc[largest, "amount"] + money - free[who]
            if amount > 0:
                orders.loc[largest, "amount"] = amount
                free = free.drop(who)
                break
    return orders
