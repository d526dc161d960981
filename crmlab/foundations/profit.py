"""Profit of each customer: what is left of the revenue after goods, discounts and cost to serve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlab.errors import DataError

if TYPE_CHECKING:
    from crmlab.datasets import Dataset

TABLES = ("transactions", "order_lines", "categories", "service_costs", "tickets", "points", "customers")


def customer_profit(data: Dataset, start: str | pd.Timestamp, end: str | pd.Timestamp) -> pd.DataFrame:
    """Work out each customer's profit in a period.

    Parameters
    ----------
    data : Dataset
        The retailer's tables: ``customers``, ``transactions``, ``order_lines``, ``categories`` (margins),
        ``service_costs``, ``tickets`` and ``points``.
    start, end : str or pandas.Timestamp
        First and last day of the period, both counted.

    Returns
    -------
    pandas.DataFrame
        One row a customer who joined by ``end``, all in money: ``revenue`` (after discounts and returns),
        ``margin`` (contribution after goods, discounts and returns), ``cost_of_orders``, ``cost_of_phone`` (what
        an order by phone costs on top), ``cost_of_returns``, ``cost_of_tickets``, ``cost_of_points``, their sum
        ``cost_to_serve``, and ``profit``, which is margin less cost to serve, before the cost of winning the customer.

    Raises
    ------
    DataError
        If the period is empty.

    Notes
    -----
    Goods that come back are sold again, so a return costs the margin on it and its handling, not the goods.
    """
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    if last < first:
        raise DataError(f"The period ends ({last:%Y-%m-%d}) before it begins ({first:%Y-%m-%d}).")
    sold = data.transactions[data.transactions["date"].between(first, last)]
    is_return = sold["returns"].notna()
    who = data.customers.loc[data.customers["signup_date"] <= last, "customer_id"]
    cost = data.service_costs.set_index("kind")["unit_cost"]
    margin_share = _margin_of_orders(data)

    gross = sold["amount"] + sold["discount"].where(~is_return, 0.0)
    order = sold["returns"].where(is_return, sold["order_id"])
    margin = gross * order.map(margin_share).fillna(0.0) - sold["discount"].where(~is_return, 0.0)
    by_phone = (sold["channel"] == "phone") & ~is_return
    tickets = data.tickets[data.tickets["opened"].between(first, last + pd.Timedelta(days=1), inclusive="left")]
    burned = data.points[data.points["date"].between(first, last) & (data.points["kind"] == "burned")]
    parts = {
        "revenue": sold["amount"].groupby(sold["customer_id"]).sum(),
        "margin": margin.groupby(sold["customer_id"]).sum(),
        "cost_of_orders": (~is_return).groupby(sold["customer_id"]).sum() * cost["order"],
        "cost_of_phone": by_phone.groupby(sold["customer_id"]).sum() * cost["phone order"],
        "cost_of_returns": is_return.groupby(sold["customer_id"]).sum() * cost["return"],
        "cost_of_tickets": tickets["customer_id"].value_counts() * cost["ticket"],
        "cost_of_points": burned.groupby("customer_id")["points"].sum() * cost["point"],
    }
    table = pd.DataFrame({name: part.reindex(who).fillna(0.0).to_numpy() for name, part in parts.items()})
    table["cost_to_serve"] = table.filter(like="cost_of_").sum(axis=1)
    table["profit"] = table["margin"] - table["cost_to_serve"]
    table.insert(0, "customer_id", who.to_numpy())
    return table


def _margin_of_orders(data: Dataset) -> pd.Series:
    """Contribution margin of each order as a share of its value before discount."""
    lines = data.order_lines.merge(data.categories, on="category")
    value = lines["quantity"] * lines["unit_price"]
    by_order = pd.DataFrame({"order": lines["order_id"], "value": value, "margin": value * lines["margin"]})
    sums = by_order.groupby("order")[["value", "margin"]].sum()
    share: pd.Series = sums["margin"] / sums["value"]
    return share


def per_100_of_revenue(profits: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Follow 100 of revenue down to profit, in each group of customers.

    Parameters
    ----------
    profits : pandas.DataFrame
        From :func:`customer_profit`.
    groups : pandas.Series
        Name of the group of each row, aligned with ``profits``; rows where it is missing are left out.

    Returns
    -------
    pandas.DataFrame
        Indexed by group, money per 100 of the group's revenue: ``margin``, each ``cost_of_...``, ``profit``. Margin
        less the costs is the profit.

    Raises
    ------
    DataError
        If no row has a group, or a group has no revenue.

    Examples
    --------
    >>> two = pd.DataFrame({"revenue": [50.0, 150.0], "margin": [20.0, 40.0], "cost_of_returns": [0.0, 30.0],
    ...                     "profit": [20.0, 10.0]})
    >>> per_100_of_revenue(two, pd.Series(["shop", "shop"])).loc["shop"].to_dict()
    {'margin': 30.0, 'cost_of_returns': 15.0, 'profit': 15.0}
    """
    steps = ["margin", *profits.filter(like="cost_of_").columns, "profit"]
    sums = profits.groupby(groups.rename("group"))[["revenue", *steps]].sum()
    if sums.empty or (sums["revenue"] <= 0).any():
        bad = "no customer is in a group" if sums.empty else f"group {sums['revenue'].idxmin()!r} has none above zero"
        raise DataError(f"per_100_of_revenue needs revenue in every group: {bad}.")
    return sums[steps].div(sums["revenue"], axis=0) * 100
