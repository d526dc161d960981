"""The books of set 01 in one table, from which the usual mistakes are worked out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.drawing import place_of, remembered

TOP = 60  # a fifth of the 300 customers
SMALL, FEE, CHARGE = 30.00, 4.00, 10.00


@remembered
def books(data: Any, year: int | None = 2024) -> pd.DataFrame:
    """Return one row a customer: money and counts of a year (None: all years), 0 for those without.

    ``revenue`` and ``margin`` with returns deducted, ``gross`` and ``gross_margin`` without; counts of
    ``orders``, ``phone`` orders, ``returns``, ``small`` orders and ``tickets``; ``profit``.
    """
    sold, tickets, who = data.transactions, data.tickets, place_of(data)
    in_year = True if year is None else sold["date"].dt.year == year
    is_order, is_return = sold["returns"].isna() & in_year, sold["returns"].notna() & in_year
    parts = {
        "revenue": sold["amount"].where(is_order | is_return, 0.0),
        "gross": sold["amount"].where(is_order, 0.0),
        "margin": sold["margin"].where(is_order | is_return, 0.0),
        "gross_margin": sold["margin"].where(is_order, 0.0),
        "orders": is_order,
        "phone": is_order & (sold["channel"] == "phone"),
        "returns": is_return,
        "small": is_order & (sold["amount"] < SMALL),
    }
    everyone = pd.Index(data.customers["customer_id"])
    sums = {name: np.bincount(who, part, minlength=len(everyone)) for name, part in parts.items()}
    table = pd.DataFrame(sums, index=everyone)
    asked = tickets if year is None else tickets[tickets["opened"].dt.year == year]
    counts = asked["customer_id"].value_counts()
    table["tickets"] = counts.reindex(everyone, fill_value=0).astype(float)
    table["profit"] = profit(table)
    return table


def profit(table: pd.DataFrame, **wrong: Any) -> pd.Series:
    """Return margin less cost to serve; a keyword replaces a column, for wrong versions."""
    part = {**table, **wrong}
    cost = 6.5 * part["orders"] + 3 * part["phone"] + 14 * part["returns"] + 9 * part["tickets"]
    result: pd.Series = part["margin"] - cost
    return result


def profit_in(data: Any, year: int) -> pd.Series:
    """Return each customer's profit of a year."""
    return books(data, year)["profit"]


def flips(table: pd.DataFrame) -> pd.Index:
    """Return who has a margin above 0 and a profit below."""
    return table.index[(table["margin"] > 0) & (table["profit"] < 0)]


def gains(data: Any) -> dict[str, float]:
    """Return what each measure of the last question brings in 2024 if nobody changes behaviour."""
    table = books(data)
    closed = -table.loc[flips(table), "profit"].sum()
    return {"fee": FEE * table["small"].sum(), "returns": CHARGE * table["returns"].sum(), "close": float(closed)}


def best_measure(data: Any) -> str:
    """Return the measure that brings the most."""
    found = gains(data)
    return max(found, key=lambda name: found[name])


def best(values: pd.Series, number: int = TOP) -> set[Any]:
    """Return the ids of the largest values."""
    return set(values.nlargest(number).index)


def tickets_before(data: Any, moment: str) -> pd.Series:
    """Return each customer's tickets of 2024 up to a moment, with ``<=``: a day means its first second."""
    opened = data.tickets["opened"]
    early = data.tickets.loc[(opened >= "2024-01-01") & (opened <= moment), "customer_id"].value_counts()
    return early.reindex(data.customers["customer_id"], fill_value=0)


def gini(values: pd.Series) -> float:
    """Return the Gini coefficient by the formula of the question, in the order given."""
    x = values.to_numpy(float)
    n, place = len(x), np.arange(1, len(x) + 1)
    return float(2 * (place * x).sum() / (n * x.sum()) - (n + 1) / n)
