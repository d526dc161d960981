"""The data of the exercise set on concentration and profit: 300 customers of the retailer, and its books."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.datasets import Dataset
from crmlab.exercises.drawing import retailer
from crmlab.exercises.why_books import books, flips, gains
from crmlab.simulate import streams
from crmlab.simulate.shop import settings

CUSTOMERS = 300
NEW_YEAR = pd.Timestamp("2025-01-01")
COSTS = ("order", "phone order", "return", "ticket")
LINES = ["order_id", "customer_id", "date", "amount", "margin", "channel", "returns"]


def draw(seed: int) -> Dataset | None:
    """Return 300 customers who came before 2025, with their orders, returns and tickets.

    ``margin`` stands with each order and return, so that no question needs the order lines. Returns in
    another year than their order are left out: nobody's revenue of a year is below 0. One ticket is moved to
    the afternoon of 31 December 2024, where ``<=`` a date and a whole day part.
    None if the draw does not suit the questions (see :func:`_suits`).
    """
    tables = retailer(600, seed, "customers", "transactions", "order_lines", "tickets")
    known = tables["customers"][tables["customers"]["signup_date"] < NEW_YEAR]
    if len(known) < CUSTOMERS:
        return None
    lots = streams.stream(seed, "exercise", "why").random(len(known))
    customers = known[lots.argsort().argsort() < CUSTOMERS][["customer_id", "signup_date"]].reset_index(drop=True)
    sold = tables["transactions"][tables["transactions"]["customer_id"].isin(customers["customer_id"])]
    sold = sold.assign(margin=_margin(sold, tables["order_lines"]))
    year_of_order = sold["returns"].map(sold.set_index("order_id")["date"].dt.year)
    sold = sold[sold["returns"].isna() | (year_of_order == sold["date"].dt.year)][LINES].reset_index(drop=True)
    tickets = tables["tickets"][tables["tickets"]["customer_id"].isin(customers["customer_id"])]
    tickets = tickets[["ticket_id", "customer_id", "opened", "topic"]].reset_index(drop=True)
    if not (tickets["opened"].dt.year == 2024).any():
        return None
    tickets.loc[tickets["opened"] < NEW_YEAR, "opened"] = _one_at_the_end(tickets["opened"])
    costs = pd.DataFrame({"kind": list(COSTS), "unit_cost": [settings.SERVICE_COSTS[kind] for kind in COSTS]})
    costs["kind"] = costs["kind"].astype("str")
    data = Dataset("retail", {"customers": customers, "transactions": sold, "tickets": tickets, "service_costs": costs})
    return data if _suits(data) else None


def _margin(sold: pd.DataFrame, lines: pd.DataFrame) -> pd.Series:
    """Margin of each order after discount, to the cent; for a return, the margin given back."""
    value = lines["quantity"] * lines["unit_price"]
    share = lines["category"].map({name: margin for name, (margin, _) in settings.CATEGORIES.items()})
    by_order = pd.DataFrame({"value": value, "margin": value * share}).groupby(lines["order_id"]).sum()
    order = sold["returns"].fillna(sold["order_id"])
    margin_share = order.map(by_order["margin"] / by_order["value"])
    given = sold["discount"]  # 0 for returns
    margin: pd.Series = ((sold["amount"] + given) * margin_share - given).round(2)
    return margin


def _one_at_the_end(opened: pd.Series) -> pd.Series:
    """Move the last ticket of 2024 to the afternoon of the last day."""
    before = opened[opened < NEW_YEAR]
    return before.mask(before == before.max(), NEW_YEAR - pd.Timedelta(hours=8))


def _suits(data: Dataset) -> bool:
    """Tell whether the questions have clear answers: no ties on a line, a whale with a back, a best measure."""
    now, later = books(data), books(data, 2025)
    for table in (now, later):
        revenue = np.sort(table["revenue"])[::-1]
        if not revenue[CUSTOMERS // 5 - 1] > revenue[CUSTOMERS // 5] > 0:
            return False
        if ((table["profit"].abs() < 0.005) & (table["orders"] + table["tickets"] > 0)).any():
            return False  # a profit of 0 could come out as a hair above or below
    first, second, _ = sorted(gains(data).values(), reverse=True)
    peak = now["profit"].clip(lower=0).sum() / now["profit"].sum()
    return bool(1.05 < peak < 3 and len(flips(now)) >= 20 and first > second + 1)
