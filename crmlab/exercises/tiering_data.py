"""The data of the exercise set on tiering: 400 customers of the retailer, and their orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.datasets import Dataset
from crmlab.schema import typed
from crmlab.simulate.shop import simulate_trade

NEW_YEAR, HALF = pd.Timestamp("2025-01-01"), pd.Timestamp("2025-06-30")


def draw(seed: int) -> Dataset:
    """Return 400 customers and their orders.

    There are no returns, and amounts are whole, so that sums are exact. A customer has at most one order a
    day, so that counting orders and counting days with orders is the same. A few orders are moved
    to where the questions draw a line (see :func:`_on_the_lines`).
    """
    tables, _ = simulate_trade(400, seed)  # the retailer without its contacts, which no question needs
    customers = typed(tables["customers"], "retail.customers")[["customer_id", "signup_date"]]
    orders = typed(tables["transactions"], "retail.transactions")[["order_id", "customer_id", "date", "amount"]]
    orders = orders[orders["amount"] > 0].assign(
        amount=lambda t: np.ceil(t["amount"]), date=lambda t: t["date"].dt.normalize()
    )
    by_day = orders.groupby(["customer_id", "date"], as_index=False).agg(
        order_id=("order_id", "first"), amount=("amount", "sum")
    )
    moved = _on_the_lines(by_day, customers).sort_values(["date", "order_id"], ignore_index=True)
    return Dataset("retail", {"customers": customers, "transactions": moved[orders.columns]})


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
