"""Five bases: the table, the profiles against pandas by hand, and what each base explains."""

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab import tiering
from crmlab.errors import DataError

AS_OF = "2024-12-31"


@pytest.fixture(scope="module")
def retail():
    return crmlab.load("retail", truth=True)


@pytest.fixture(scope="module")
def table(retail):
    return tiering.customer_bases(retail, AS_OF)


def test_one_row_for_each_customer_who_had_bought(retail, table):
    known = crmlab.summarize(retail.transactions, AS_OF)
    assert sorted(table["customer_id"]) == sorted(known["customer_id"])
    assert table.drop(columns=["next_orders", "next_revenue"]).notna().all().all()
    assert {c for columns in tiering.BASES.values() for c in columns} <= set(table)


def test_measures_by_hand(retail, table):
    trade = retail.transactions.copy()
    year = trade[(trade["date"] > "2023-12-31") & (trade["date"] <= AS_OF)]
    after = trade[(trade["date"] > AS_OF) & (trade["date"] <= "2025-12-31")]
    for customer in table["customer_id"].sample(40, random_state=1):
        row = table.set_index("customer_id").loc[customer]
        own, next_ = year[year["customer_id"] == customer], after[after["customer_id"] == customer]
        assert row["orders"] == (own["amount"] >= 0).sum()
        assert row["revenue"] == pytest.approx(own["amount"].sum())
        assert row["returned"] == pytest.approx(-own.loc[own["amount"] < 0, "amount"].sum())
        assert row["store_orders"] == ((own["channel"] == "store") & (own["amount"] >= 0)).sum()
        assert row["next_revenue"] == pytest.approx(next_["amount"].sum())
        ways = set(
            trade.loc[(trade["customer_id"] == customer) & (trade["date"] <= AS_OF) & (trade["amount"] >= 0), "channel"]
        )
        assert row["channel_use"] == (ways.pop() if len(ways) == 1 else "mixed")


def test_what_comes_later_changes_only_the_next_columns(retail, table):
    early = crmlab.datasets.Dataset(
        "early",
        {"transactions": retail.transactions[retail.transactions["date"] <= AS_OF], "customers": retail.customers},
    )
    cut = tiering.customer_bases(early, AS_OF)
    assert cut["next_revenue"].isna().all() and cut["next_orders"].isna().all()
    past = [c for c in table if not c.startswith("next_")]
    pd.testing.assert_frame_equal(cut[past], table[past])


def test_profiles_by_hand(table):
    profiles = tiering.base_profiles(table)
    assert (profiles.groupby("by")["customers"].sum() == len(table)).all()
    assert np.allclose(profiles.groupby("by")[["share_of_customers", "share_of_revenue"]].sum(), 1)
    row = profiles.set_index(["by", "group"]).loc[("relationship", "partner")]
    part = table[table["relationship"] == "partner"]
    assert row["revenue"] == pytest.approx(part["revenue"].mean())
    assert row["orders"] == pytest.approx(part["orders"].mean())
    gross = part["revenue"].sum() + part["returned"].sum()
    assert row["return_share"] == pytest.approx(part["returned"].sum() / gross)
    assert row["discount_share"] == pytest.approx(part["discount"].sum() / (gross + part["discount"].sum()))
    assert row["store_share"] == pytest.approx(part["store_orders"].sum() / part["orders"].sum())
    # about plus and minus two standard errors
    half = (row["revenue_high"] - row["revenue_low"]) / 2
    assert half == pytest.approx(1.96 * part["revenue"].std() / len(part) ** 0.5, rel=0.15)
    ages = profiles.loc[profiles["by"] == "age_group", "group"].tolist()
    assert ages == ["under 30", "30 to 44", "45 to 59", "60 and over"]


def test_intervals_cover_the_mean_about_as_often_as_they_say():
    rng, covered = np.random.default_rng(7), 0
    for i in range(200):
        frame = pd.DataFrame(0.0, index=range(60), columns=["orders", "discount", "returned", "store_orders"])
        frame = frame.assign(who="all", revenue=rng.gamma(2.0, 50.0, 60))
        found = tiering.base_profiles(frame, {"who": ["who"]}, resamples=200, seed=i).iloc[0]
        covered += found["revenue_low"] <= 100 <= found["revenue_high"]
    assert 0.88 <= covered / 200 <= 0.98


def test_one_customer_has_no_interval(table):
    one = table.assign(who=["only"] + ["rest"] * (len(table) - 1))
    found = tiering.base_profiles(one, {"who": ["who"]}, resamples=50).set_index("group")
    assert found.loc["only", ["revenue_low", "revenue_high"]].isna().all()
    assert found.loc["rest", ["revenue_low", "revenue_high"]].notna().all()


def test_behaviour_explains_next_year_and_the_store_does_not(retail, table):
    planted = table.merge(retail.truth.customers[["customer_id", "segment"]], on="customer_id")
    found = tiering.explained_by_base(planted, {**tiering.BASES, "planted": ["segment"]}).set_index("by")
    assert found["out_of_sample"].idxmax() in ("rfm_segment", "rfm_segment x channel_use")
    assert found.loc["rfm_segment", "low"] > 0.2 and found.loc["segment", "low"] > 0.15
    # 21 groups fit noise: what they seem to explain turns into a loss
    assert found.loc["home_store", "eta_squared"] > 0 > found.loc["home_store", "high"]
    assert found.loc["gender", "low"] < 0.002
    assert ((found["low"] <= found["out_of_sample"]) & (found["out_of_sample"] <= found["high"])).all()
    assert (found["out_of_sample"] < found["eta_squared"]).all()


def test_eta_squared_is_that_of_the_analysis_of_variance(table):
    from statsmodels.formula.api import ols

    frame = table.assign(outcome=np.log1p(table["next_revenue"].clip(lower=0)))
    found = tiering.explained_by_base(table, {"who": ["attitude"]}, resamples=10).iloc[0]
    assert found["eta_squared"] == pytest.approx(ols("outcome ~ C(attitude)", frame).fit().rsquared)


def test_groups_of_chance_explain_nothing():
    rng, found = np.random.default_rng(3), []
    for i in range(30):
        frame = pd.DataFrame({"x": rng.integers(0, 10, 300), "next_revenue": rng.lognormal(3, 1, 300)})
        row = tiering.explained_by_base(frame, {"x": ["x"]}, resamples=10, seed=i).iloc[0]
        found.append((row["eta_squared"], row["out_of_sample"]))
    eta, out = np.mean(found, axis=0)
    assert eta == pytest.approx(9 / 299, rel=0.3) and -0.08 < out < 0.005


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda t: tiering.base_profiles(t, {"x": ["attitud"]}), "Did you mean 'attitude'"),
        (lambda t: tiering.base_profiles(t.assign(attitude=None), {"x": ["attitude"]}), "belong to no group"),
        (lambda t: tiering.explained_by_base(t, measure="next_revenu"), "Did you mean 'next_revenue'"),
        (lambda t: tiering.explained_by_base(t.assign(next_revenue=np.nan)), "at least 12 months before"),
        (lambda t: tiering.explained_by_base(t.assign(next_revenue=1.0)), "the same for everybody"),
        (lambda t: tiering.explained_by_base(t, folds=1), "folds is 1"),
    ],
)
def test_bad_input_gets_a_clear_answer(table, call, says):
    with pytest.raises(DataError, match=says):
        call(table)


def test_a_date_before_the_first_purchase_gets_a_clear_answer(retail):
    with pytest.raises(DataError, match="nobody has a purchase by 2020-01-01"):
        tiering.customer_bases(retail, "2020-01-01")
