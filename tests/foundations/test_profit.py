import pandas as pd
import pytest

import crmlab
from crmlab.datasets import Dataset
from crmlab.errors import DataError
from crmlab.foundations import customer_profit, per_100_of_revenue, whale_curve


@pytest.fixture
def tiny():
    """Two customers, worked out by hand below."""
    day = pd.to_datetime
    return Dataset(
        "tiny",
        {
            "customers": pd.DataFrame({"customer_id": ["A", "B"], "signup_date": day(["2025-01-01", "2025-01-03"])}),
            "transactions": pd.DataFrame(
                {
                    "order_id": ["O1", "O2", "R1", "O3"],
                    "customer_id": ["A", "B", "B", "A"],
                    "date": day(["2025-01-01", "2025-01-03", "2025-01-09", "2025-03-01"]),
                    "amount": [90.0, 50.0, -20.0, 500.0],
                    "discount": [10.0, 0.0, 0.0, 0.0],
                    "channel": ["phone", "web", "web", "web"],
                    "returns": [None, None, "O2", None],
                }
            ),
            "order_lines": pd.DataFrame(
                {
                    "order_id": ["O1", "O1", "O2", "O3"],
                    "category": ["toys", "books", "books", "toys"],
                    "quantity": [2, 1, 1, 1],
                    "unit_price": [40.0, 20.0, 50.0, 500.0],
                }
            ),
            "categories": pd.DataFrame({"category": ["toys", "books"], "margin": [0.5, 0.2]}),
            "service_costs": pd.DataFrame(
                {"kind": ["order", "phone order", "return", "ticket", "point"], "unit_cost": [6, 3, 14, 9, 0.01]}
            ),
            "tickets": pd.DataFrame({"customer_id": ["B"], "opened": day(["2025-01-31 22:10"])}),
            "points": pd.DataFrame(
                {"customer_id": ["A", "A"], "date": day(["2025-01-02", "2025-01-02"]), "kind": ["burned", "earned"],
                 "points": [300, 900]}
            ),
        },
    )  # fmt: skip


def test_profit_by_hand(tiny):
    table = customer_profit(tiny, "2025-01-01", "2025-01-31").set_index("customer_id")
    # A: goods of 100 bring 0.5 * 80 + 0.2 * 20 = 44, less a discount of 10; a phone order 6 + 3, 300 points 3
    assert table.loc["A"].to_dict() == pytest.approx(
        {"revenue": 90, "margin": 34, "cost_of_orders": 6, "cost_of_phone": 3, "cost_of_returns": 0,
         "cost_of_tickets": 0, "cost_of_points": 3, "cost_to_serve": 12, "profit": 22}
    )  # fmt: skip
    # B: 0.2 * (50 - 20) = 6; an order 6, a return 14, a ticket on the last evening 9
    assert table.loc["B"].to_dict() == pytest.approx(
        {"revenue": 30, "margin": 6, "cost_of_orders": 6, "cost_of_phone": 0, "cost_of_returns": 14,
         "cost_of_tickets": 9, "cost_of_points": 0, "cost_to_serve": 29, "profit": -23}
    )  # fmt: skip


def test_a_later_customer_is_not_there_yet(tiny):
    assert customer_profit(tiny, "2025-01-01", "2025-01-02")["customer_id"].tolist() == ["A"]


def test_an_empty_period_is_refused(tiny):
    with pytest.raises(DataError, match=r"ends .* before it begins"):
        customer_profit(tiny, "2025-02-01", "2025-01-01")


def test_the_retailer_has_a_whale():
    data = crmlab.load("retail")
    table = customer_profit(data, "2023-01-02", "2025-12-28")
    assert table["revenue"].sum() == pytest.approx(data.transactions["amount"].sum())
    assert (table["margin"] - table["cost_to_serve"] - table["profit"]).abs().max() < 1e-9
    curve = whale_curve(table["profit"])
    assert 1.05 < curve["share_of_profit"].max() < 1.4
    top = table.nlargest(400, "revenue")
    assert 0.01 < (top["profit"] < 0).mean() < 0.15  # some large customers cost more than they bring


def test_of_100_of_revenue_by_hand(tiny):
    table = customer_profit(tiny, "2025-01-01", "2025-01-31")
    steps = per_100_of_revenue(table, pd.Series(["both", "both"])).loc["both"]
    # revenue 120, margin 40, orders 12, phone 3, return 14, ticket 9, points 3, profit -1
    assert steps.to_dict() == pytest.approx(
        {"margin": 100 / 3, "cost_of_orders": 10, "cost_of_phone": 2.5, "cost_of_returns": 35 / 3,
         "cost_of_tickets": 7.5, "cost_of_points": 2.5, "profit": -2.5 / 3}
    )  # fmt: skip
    assert per_100_of_revenue(table, pd.Series(["A", None])).index.tolist() == ["A"]


def test_groups_without_revenue_are_refused(tiny):
    table = customer_profit(tiny, "2025-01-01", "2025-01-31")
    with pytest.raises(DataError, match="no customer is in a group"):
        per_100_of_revenue(table, pd.Series([None, None], dtype="str"))
    with pytest.raises(DataError, match="group 'B' has none"):
        per_100_of_revenue(table.assign(revenue=[5.0, -1.0]), pd.Series(["A", "B"]))


def test_large_loss_makers_send_back_more_by_the_truth():
    """What turns a large customer into a loss is planted, so it shows in every draw."""
    for seed in (1, 2, 3):
        data = crmlab.load("retail", size=1_500, seed=seed, truth=True)
        table = customer_profit(data, "2025-01-01", "2025-12-31").set_index("customer_id")
        large = table.nlargest(300, "revenue")
        returns = data.truth.customers.set_index("customer_id")["return_probability"].loc[large.index]
        loss = large["profit"] < 0
        assert loss.sum() >= 10
        assert returns[loss].mean() > 2 * returns[~loss].mean()
