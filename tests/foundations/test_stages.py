import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab.errors import DataError
from crmlab.foundations import StageRule, cohort_conversion, lifecycle_stages, milestones, relationship_funnel

TODAY = pd.Timestamp("2025-12-28")


@pytest.fixture(scope="module")
def retail():
    return crmlab.load("retail", truth=True)


def orders(**days_before):
    """Purchases by customer, each as days before TODAY."""
    rows = [(who, TODAY - pd.Timedelta(days=d), 10.0) for who, days in days_before.items() for d in days]
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"])


def stage_of(*days, rule=None):
    return lifecycle_stages(orders(A=days), TODAY, rule)["stage"].iloc[0]


# --- the rule, at its limits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        ([0], "new"), ([90], "new"), ([91], "active"), ([180], "active"), ([181], "at risk"), ([365], "at risk"),
        ([366], "lapsed"),
        ([200, 100, 0], "regular"), ([80, 40, 0], "new"), ([200, 0], "active"),
        ([365, 200, 100], "regular"), ([366, 200, 100], "active"),
        ([500, 100], "won back"), ([465, 100], "active"), ([466, 100], "won back"), ([600, 180], "won back"),
        ([600, 181], "at risk"), ([900, 500, 100], "won back"), ([900, 500, 400], "lapsed"),
        ([1000, 300, 200, 100], "regular"), ([550, 180, 100, 50], "won back"),
    ],
)  # fmt: skip
def test_each_limit_of_the_rule(days, stage):
    assert stage_of(*days) == stage


def test_two_orders_on_one_day_are_one_purchase_and_returns_are_none():
    one_day = orders(A=[200, 200, 200, 100])
    assert lifecycle_stages(one_day, TODAY)["stage"].tolist() == ["active"]
    returned = pd.concat([orders(A=[400]), orders(A=[10]).assign(amount=-10.0)])
    assert lifecycle_stages(returned, TODAY)["stage"].tolist() == ["lapsed"]


def test_what_comes_later_is_not_known(retail):
    early = lifecycle_stages(retail.transactions, "2024-12-31")
    cut = retail.transactions[retail.transactions["date"] <= "2024-12-31"]
    pd.testing.assert_frame_equal(early, lifecycle_stages(cut, "2024-12-31"))


def test_stages_do_not_depend_on_the_order_of_the_rows(retail):
    mixed = retail.transactions.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(lifecycle_stages(retail.transactions, TODAY), lifecycle_stages(mixed, TODAY))


def test_everybody_has_one_stage_and_another_rule_gives_others(retail):
    table = lifecycle_stages(retail.transactions, TODAY)
    assert len(table) == 4000 and table["stage"].notna().all()
    strict = lifecycle_stages(retail.transactions, TODAY, StageRule(lapsed_days=730))
    assert (strict["stage"] == "lapsed").sum() < (table["stage"] == "lapsed").sum()


def test_agrees_with_the_summary(retail):
    table = lifecycle_stages(retail.transactions, TODAY).set_index("customer_id")
    summary = crmlab.summarize(retail.transactions, as_of="2025-12-28").set_index("customer_id")
    assert (table["purchases"] == summary["orders"]).all()
    assert (table["days_since_last"] == summary["days_since_last"]).all()


def test_lapsed_is_not_gone(retail):
    """Most of the lapsed with one purchase are there by construction; of the others a good part has left."""
    table = lifecycle_stages(retail.transactions, TODAY)
    gone = table["customer_id"].map(retail.truth.customers.set_index("customer_id")["last_active"]).notna()
    share = gone.groupby(table["stage"], observed=True).mean()
    assert share["lapsed"] < 0.5 and 0 < share["regular"] < share["lapsed"]
    # a few placed two orders on their only day
    assert gone[(table["stage"] == "lapsed") & (table["purchases"] == 1)].mean() < 0.01


def test_rules_that_cannot_work_are_refused():
    with pytest.raises(DataError, match=r"active_days \(400\) must be below lapsed_days \(365\)"):
        StageRule(active_days=400)
    with pytest.raises(DataError, match="2 purchases or more"):
        StageRule(regular_purchases=1)
    with pytest.raises(DataError, match="nobody has a purchase by 2020-01-01"):
        lifecycle_stages(orders(A=[1]), "2020-01-01")
    with pytest.raises(DataError, match="no column 'amount'"):
        lifecycle_stages(orders(A=[1])[["customer_id", "date"]], TODAY)


# --- milestones -----------------------------------------------------------------------------------------------------


def test_milestones_by_hand():
    row = milestones(orders(A=[1000, 500, 480, 400, 10]), TODAY).iloc[0]
    before = {k: (TODAY - row[k]).days for k in ("first", "second", "regular", "lapsed", "won_back")}
    # silent for 500 days: lapsed on day 366 of them, back with the second; the fourth is the third within a year
    assert before == {"first": 1000, "second": 500, "regular": 400, "lapsed": 634, "won_back": 500}


def test_milestones_match_the_stages(retail):
    table = lifecycle_stages(retail.transactions, TODAY).set_index("customer_id")
    days = milestones(retail.transactions, TODAY).set_index("customer_id")
    assert days.loc[table["stage"] == "lapsed", "lapsed"].notna().all()
    assert days.loc[table["stage"] == "won back", "won_back"].notna().all()
    assert days.loc[table["stage"] == "regular", "regular"].notna().all()
    later = days.dropna(subset=["won_back"])
    assert (later["won_back"] >= later["lapsed"]).all()


# --- conversion -----------------------------------------------------------------------------------------------------


def test_a_fixed_time_is_the_same_for_all():
    table = pd.concat([orders(A=[700, 300], B=[700], C=[690, 600]), orders(D=[60])])
    today, fair = cohort_conversion(table, TODAY), cohort_conversion(table, TODAY, within_days=100)
    assert today["share_second"].round(3).tolist() == [0.667, 0.0]
    assert fair["share_second"].round(3).fillna(-1).tolist() == [0.333, -1]
    assert fair["left_out"].tolist() == [0, 1]
    with pytest.raises(DataError, match="within_days is 0"):
        cohort_conversion(table, TODAY, within_days=0)


def test_the_collapse_is_an_artefact(retail):
    """Counting until today falls by half; the planted rates, and the fair count, do not move."""
    today, fair = (cohort_conversion(retail.transactions, TODAY, d)["share_second"] for d in (None, 180))
    assert today.iloc[-1] < 0.5 * today.iloc[0]
    there = fair.dropna()
    assert len(there) == 10 and abs(there.iloc[-3:].mean() - there.iloc[:3].mean()) < 0.1
    rate = retail.truth.customers.set_index("customer_id")["purchase_rate"]
    first = milestones(retail.transactions, TODAY).set_index("customer_id")["first"]
    expected = (1 - np.exp(-rate * 180 / 7)).groupby(first.dt.to_period("Q").astype("str")).mean()
    assert (there - expected[there.index]).abs().max() < 0.08


# --- the funnel -----------------------------------------------------------------------------------------------------


def test_funnel_counts(retail):
    table = relationship_funnel(retail, TODAY).set_index("stage")
    costs = retail.acquisition_costs
    assert table.loc["reached", "count"] == costs["reached"].sum()
    assert table.loc["visits", "conversion"] == costs["visits"].sum() / costs["reached"].sum()
    bought = retail.transactions[retail.transactions["amount"] >= 0]
    days = bought.drop_duplicates(["customer_id", "date"]).groupby("customer_id").size()
    assert table.loc["second order", "count"] == (days > 1).sum()
    assert table.loc["member", "count"] == retail.programme["customer_id"].nunique()
    assert table.loc["referrer", "count"] == retail.referrals["referrer_id"].nunique()
    assert sorted(table["step"].unique()) == list(range(1, 10))


def test_funnel_in_the_past_is_smaller(retail):
    now, then = (relationship_funnel(retail, d).set_index("stage")["count"].dropna() for d in (TODAY, "2024-06-30"))
    assert (then < now).all()
    months = retail.acquisition_costs[retail.acquisition_costs["month"] <= "2024-06-30"]
    assert then["reached"] == months["reached"].sum()


def test_conversion_by_channel_is_near_the_planted_one(retail):
    costs = retail.acquisition_costs.groupby("channel")[["reached", "visits"]].sum()
    costs["orders"] = retail.customers["channel"].value_counts()
    planted = retail.truth.parameters.set_index("parameter")["value"]
    for channel, row in costs.iterrows():
        assert row["visits"] / row["reached"] == pytest.approx(planted[f"visits_of_reached {channel}"], rel=0.05)
        assert row["orders"] / row["visits"] == pytest.approx(planted[f"orders_of_visits {channel}"], rel=0.05)
