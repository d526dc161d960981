"""The data of the exercise set on the CRM loop: 360 customers, their contacts, and two source systems."""

from __future__ import annotations

from typing import Any

import pandas as pd

from crmlab.datasets import Dataset
from crmlab.exercises.drawing import retailer
from crmlab.exercises.foundations_flow import GOLD, JUNE, SEPTEMBER, SILVER, spending
from crmlab.simulate import streams

DAY = pd.Timestamp("2025-06-30")  # of the lifecycle stages
LAST = pd.Timestamp("2025-12-28")  # of the data
DAYS = pd.Timedelta(days=1)
COLUMNS = {
    "customers": ["customer_id", "signup_date"],
    "transactions": ["order_id", "customer_id", "date", "amount", "returns"],
    "tickets": ["ticket_id", "customer_id", "opened", "topic"],
    "surveys": ["survey_id", "customer_id", "date", "csat"],
    "web_accounts": ["account_id", "name", "phone"],
    "till_cards": ["card_id", "name", "phone"],
}


def draw(seed: int) -> Dataset | None:
    """Return 360 customers with orders, returns, tickets and survey answers, web accounts and till cards.

    The day of the first order is the ``signup_date``. Survey answers come in no order, so that the latest has to
    be looked for. A few orders are moved to where the questions draw a line (see :func:`_on_the_lines`).
    None if somebody spent exactly what a tier asks for: cents as floats may add up to a hair less.
    """
    tables = retailer(360, seed, *COLUMNS)
    tables = {name: tables[name][columns].copy() for name, columns in COLUMNS.items()}
    lots = streams.stream(seed, "exercise", "foundations").random(len(tables["surveys"]))
    tables["surveys"] = tables["surveys"].iloc[lots.argsort()].reset_index(drop=True)
    sold, customers = _on_the_lines(tables["transactions"], tables["customers"])
    tables |= {"customers": customers, "transactions": sold.sort_values(["date", "order_id"], ignore_index=True)}
    data = Dataset("retail", tables)
    spent = pd.concat([spending(data, *window) for window in (JUNE, SEPTEMBER)])
    on_a_line = any((spent - line).abs().lt(0.005).any() for line in (SILVER, GOLD))
    return None if on_a_line else data


def _on_the_lines(sold: pd.DataFrame, customers: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make sure that somebody stands exactly on each line, where ``<`` and ``<=`` part.

    On 30 June 2025 one customer's last order is 180 days old, another's 365, and somebody's first one 90; one
    order 190 days old has a return 170 days old, which is no order. One second order comes 90 days after
    the first, and one first order 90 days before the data end. Each is the order that was nearest. Where
    no customer fits, nothing is changed.
    """
    sold, customers = sold.copy(), customers.set_index("customer_id")
    steps = _steps(sold)
    last = steps[steps["is_last"] & (steps["number"] > 1)]
    used: list[str] = []  # nobody is moved twice, so the steps of all others stay true
    for days in (180, 365):
        _move(sold, last, DAY - days * DAYS, used)
    _move_with_return(sold, last, used)
    second = steps[steps["number"] == 2]
    _move(sold, second, second["first"] + 90 * DAYS, used)
    for target in (DAY - 90 * DAYS, LAST - 90 * DAYS):
        if _move(sold, steps[steps["number"] == 1], target, used):
            customers.loc[used[-1], "signup_date"] = target
    return sold, customers.reset_index()


def _steps(sold: pd.DataFrame) -> pd.DataFrame:
    """Return the orders without a return, each with its number, neighbours, and whether it was the last on the day."""
    orders = sold[sold["returns"].isna()].sort_values(["customer_id", "date"], kind="stable")
    by_customer = orders.groupby("customer_id")["date"]
    steps = orders.assign(
        number=by_customer.cumcount() + 1,
        first=by_customer.transform("min"),
        before=by_customer.shift(1),
        after=by_customer.shift(-1),
    )
    steps["is_last"] = (steps["date"] <= DAY) & ~(steps["after"] <= DAY)
    return steps[~steps["order_id"].isin(sold["returns"].dropna())]


def _move(sold: pd.DataFrame, steps: pd.DataFrame, target: pd.Timestamp | pd.Series, used: list[str]) -> bool:
    """Move the order that is nearest to its target and can go there without passing another; note whose it is."""
    steps = steps[~steps["customer_id"].isin(used)]
    goal = target[steps.index] if isinstance(target, pd.Series) else pd.Series(target, index=steps.index)
    fits = steps[~(steps["before"] >= goal) & ~(steps["after"] <= goal)]
    if fits.empty:
        return False
    nearest: Any = (fits["date"] - goal[fits.index]).abs().idxmin()
    sold.loc[nearest, "date"] = goal[nearest]
    used.append(str(fits.loc[nearest, "customer_id"]))
    return True


def _move_with_return(sold: pd.DataFrame, steps: pd.DataFrame, used: list[str]) -> None:
    """Give somebody a last order 190 days before the day, with a return 20 days later."""
    returns = sold[sold["returns"].notna()]
    if _move(sold, steps[steps["customer_id"].isin(returns["customer_id"])], DAY - 190 * DAYS, used):
        order = sold.index[(sold["customer_id"] == used[-1]) & (sold["date"] == DAY - 190 * DAYS)][0]
        mine = returns.index[returns["customer_id"] == used[-1]][-1]
        sold.loc[mine, "returns"] = sold.loc[order, "order_id"]
        sold.loc[mine, "date"] = DAY - 170 * DAYS
        sold.loc[mine, "amount"] = -round(min(-sold.loc[mine, "amount"], sold.loc[order, "amount"]), 2)
