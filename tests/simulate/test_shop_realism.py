"""The retailer beyond its realism targets: what columns tell of behaviour, and who costs more than he brings."""

import numpy as np
import pandas as pd

from crmlab.simulate import shop


def test_visible_columns_follow_behaviour_only_partly():
    tables, truth = shop.simulate_trade(10_000, 5)
    people, hidden = tables["customers"], truth["customers"]
    rate = np.log(hidden["purchase_rate"].clip(lower=1e-4)).rank()
    for column in ("attitude", "relationship", "region", "gender", "channel"):
        means = rate.groupby(people[column]).transform("mean")
        explained = means.var() / rate.var()
        assert explained < 0.12, column
    # no single column names the segment: guessing the commonest segment of each value is right less than half the time
    for column in ("channel", "attitude", "relationship"):
        guess = pd.crosstab(people[column], hidden["segment"]).max(axis=1).sum() / len(people)
        assert guess < 0.5, column
    # more than half of the spread of rates is within the segments
    log_rate = np.log(hidden["purchase_rate"].clip(lower=1e-4))
    assert log_rate.groupby(hidden["segment"]).transform("mean").var() < log_rate.var() / 2


def test_some_large_customers_cost_more_than_they_bring():
    tables, _ = shop.simulate_trade(10_000, 6)
    profit, revenue = contribution(tables)
    big = revenue >= revenue.quantile(0.9)
    assert 0.02 <= (profit[big] < 0).mean() <= 0.15
    whale = profit.sort_values(ascending=False).cumsum() / profit.sum()
    assert 1.05 <= whale.max() <= 1.3


def contribution(tables: dict[str, pd.DataFrame]) -> tuple[pd.Series, pd.Series]:
    """Contribution after cost to serve (without tickets), and revenue, of each customer."""
    cost = tables["service_costs"].set_index("kind")["unit_cost"]
    lines = tables["order_lines"].merge(tables["categories"], on="category")
    gross = lines["quantity"] * lines["unit_price"]
    per_order = pd.DataFrame({"gross": gross, "goods": gross * (1 - lines["margin"])}).groupby(lines["order_id"]).sum()
    t = tables["transactions"]
    of = per_order.reindex(t["returns"].fillna(t["order_id"])).reset_index(drop=True)
    sold = t["amount"] > 0
    goods = of["goods"].where(sold, of["goods"] / of["gross"] * t["amount"])
    served = np.where(sold, cost["order"] + cost["phone order"] * (t["channel"] == "phone"), cost["return"])
    profit = (t["amount"] - goods - served).groupby(t["customer_id"]).sum()
    return profit, t["amount"].where(sold, 0).groupby(t["customer_id"]).sum()
