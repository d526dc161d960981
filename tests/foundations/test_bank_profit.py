import pandas as pd
import pytest

import crmlab
from crmlab.datasets import Dataset
from crmlab.errors import DataError
from crmlab.foundations import BankRates, bank_profit, top_share, whale_curve

RATES = BankRates(
    deposits=0.01, funds=0.02, insurance=0.03, loans=0.04, account=40, payment=0.5, visit_minute=2, complaint=50
)


@pytest.fixture
def tiny():
    """Two customers at quarter-ends, worked out by hand below."""
    day = pd.to_datetime
    return Dataset(
        "tiny",
        {
            "balances": pd.DataFrame(
                {
                    "customer_id": ["A", "A", "B", "A"],
                    "month": day(["2025-03-31", "2025-06-30", "2025-06-30", "2025-09-30"]),
                    "deposits": [1_000.0, 3_000.0, 0.0, 9e9],
                    "funds": [0.0, 0.0, 1_000.0, 0.0],
                    "loans": [0.0, 2_000.0, 0.0, 0.0],
                    "insurance": [0.0, 0.0, 400.0, 0.0],
                    "payments": [10, 20, 4, 99],
                }
            ),
            "visits": pd.DataFrame(
                {"customer_id": ["A", "A"], "date": day(["2025-02-01", "2025-07-01"]), "minutes": [15, 60]}
            ),
            "complaints": pd.DataFrame({"customer_id": ["B"], "opened": day(["2025-06-30"])}),
        },
    )


def test_profit_by_hand(tiny):
    table = bank_profit(tiny, "2025-01-01", "2025-06-30", RATES).set_index("customer_id")
    # A: (1000 + 3000) * 1 % + 2000 * 4 % = 120 a year, a quarter each; two quarters of 40; 30 payments; 15 minutes
    assert table.loc["A"].to_dict() == pytest.approx(
        {"revenue": 30, "cost_of_account": 20, "cost_of_payments": 15, "cost_of_visits": 30, "cost_of_complaints": 0,
         "cost_to_serve": 65, "profit": -35}
    )  # fmt: skip
    # B: 1000 * 2 % + 400 * 3 % = 32 a year, one quarter
    assert table.loc["B"].to_dict() == pytest.approx(
        {"revenue": 8, "cost_of_account": 10, "cost_of_payments": 2, "cost_of_visits": 0, "cost_of_complaints": 50,
         "cost_to_serve": 62, "profit": -54}
    )  # fmt: skip


def test_monthly_statements_stand_for_a_month():
    """The same balance, seen every month or every quarter, earns the same."""
    months = pd.date_range("2025-01-31", "2025-12-31", freq="ME")
    none = {"visits": pd.DataFrame({"customer_id": [], "date": pd.to_datetime([]), "minutes": []}),
            "complaints": pd.DataFrame({"customer_id": [], "opened": pd.to_datetime([])})}  # fmt: skip
    earned = []
    for dates in (months, months[2::3]):
        balances = pd.DataFrame({"customer_id": "A", "month": dates, "deposits": 1_200.0, "funds": 0.0, "loans": 0.0,
                                 "insurance": 0.0, "payments": 0})  # fmt: skip
        earned.append(bank_profit(Dataset("m", {"balances": balances, **none}), "2025-01-01", "2025-12-31", RATES))
    assert [t["revenue"].iloc[0] for t in earned] == pytest.approx([12.0, 12.0])
    assert [t["cost_of_account"].iloc[0] for t in earned] == pytest.approx([40.0, 40.0])


def test_many_small_customers_cost_the_bank_a_little():
    data = crmlab.load("bank")
    table = bank_profit(data, "2025-01-01", "2025-12-31")
    assert len(table) == data.balances[data.balances["month"].dt.year == 2025]["customer_id"].nunique()
    assert 0.25 < (table["profit"] < 0).mean() < 0.40
    assert 1.01 < whale_curve(table["profit"])["share_of_profit"].max() < 1.06
    assert 0.70 < top_share(table["revenue"]) < 0.85


def test_bad_periods_are_refused(tiny):
    with pytest.raises(DataError, match=r"ends .* before it begins"):
        bank_profit(tiny, "2025-06-01", "2025-01-01")
    with pytest.raises(DataError, match="no statement from 2019-01-01"):
        bank_profit(tiny, "2019-01-01", "2019-12-31")
