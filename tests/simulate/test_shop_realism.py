"""The retailer looks like life: each target of the design, on draws of class size and on a large one."""

import numpy as np
import pandas as pd
import pytest

from crmlab.simulate import shop

SEEDS = range(8)
# target: (low, high) for the large draw, and for the mean over draws of class size
TARGETS = {
    "revenue of the top fifth": (0.65, 0.75),
    "one-time buyers": (0.35, 0.50),
    "Gini of spend": (0.63, 0.72),
    "log-sd of order values": (0.99, 1.15),  # about 1.07
    "mean over median order value": (1.5, 1.7),  # about 1.6
    "November over mean month": (1.5, 1.7),  # about 1.6
    "returns among invoices": (0.135, 0.165),  # about 15 %
    "value of returns": (0.055, 0.085),  # about 7 %
    "top fifth that stays": (0.50, 0.75),
    "lines an order": (1.7, 1.9),
    "customers who have left": (0.10, 0.30),
}


def measure(transactions: pd.DataFrame, lines: int) -> dict[str, float]:
    orders = transactions[transactions["amount"] > 0]
    back = transactions[transactions["amount"] < 0]
    spend = np.sort(orders.groupby("customer_id")["amount"].sum())
    n = len(spend)
    months = orders.groupby(orders["date"].dt.month)["amount"].sum()
    return {
        "revenue of the top fifth": spend[-(n // 5) :].sum() / spend.sum(),
        "one-time buyers": (orders["customer_id"].value_counts() == 1).mean(),
        "Gini of spend": 2 * (np.arange(1, n + 1) * spend).sum() / (n * spend.sum()) - (n + 1) / n,
        "log-sd of order values": np.log(orders["amount"]).std(),
        "mean over median order value": orders["amount"].mean() / orders["amount"].median(),
        "November over mean month": months[11] / months.mean(),
        "returns among invoices": len(back) / len(transactions),
        "value of returns": -back["amount"].sum() / orders["amount"].sum(),
        "top fifth that stays": np.mean(
            [stays(orders, day) for day in ("2023-07-01", "2024-01-01", "2024-07-01", "2025-01-01")]
        ),
        "lines an order": lines / len(orders),
    }


def stays(orders: pd.DataFrame, day: str) -> float:
    """Of the top fifth of a half-year's buyers: the share who are in the top fifth of them a half-year later."""
    begins, middle = pd.Timestamp(day), pd.Timestamp(day) + pd.DateOffset(months=6)
    ends = middle + pd.DateOffset(months=6)
    first = orders[(orders["date"] >= begins) & (orders["date"] < middle)].groupby("customer_id")["amount"].sum()
    then = orders[(orders["date"] >= middle) & (orders["date"] < ends)].groupby("customer_id")["amount"].sum()
    k = len(first) // 5
    return first.nlargest(k).index.isin(then.reindex(first.index, fill_value=0).nlargest(k).index).mean()


@pytest.fixture(scope="module")
def measured():
    rows = []
    for size, seed in [(40_000, 100), *((4_000, seed) for seed in SEEDS)]:
        tables, truth = shop.simulate_trade(size, seed)
        row = measure(tables["transactions"], len(tables["order_lines"]))
        rows.append({**row, "customers who have left": truth["customers"]["last_active"].notna().mean()})
    return pd.DataFrame(rows)


@pytest.mark.parametrize("target", TARGETS)
def test_target(measured, target):
    """The large draw is in the band; the mean of the small ones is, give or take three of its standard errors."""
    low, high = TARGETS[target]
    assert low <= measured[target][0] <= high
    small = measured[target][1:]
    error = 3 * small.std() / np.sqrt(len(small))
    assert low - error <= small.mean() <= high + error


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
