"""What is particular to exercise set 03; what holds for every set is tested in test_exercise_sets.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab.tiering import cohen_kappa, compare_pairs


@pytest.fixture(scope="module")
def everyone(students_of):
    """Return the set, opened for all students."""
    return students_of("03_tiering")


@pytest.fixture(scope="module")
def ex():
    """Open the set for one student."""
    return crmlab.exercise("03_tiering", student="s1234")


def test_other_ways_to_a_right_answer_are_accepted(ex):
    orders = ex.transactions["customer_id"].value_counts()
    assert ex.repeat_rate.check(np.float32((orders > 1).mean())).status == "right"
    assert ex.repeat_rate.check(round((orders > 1).mean(), 3)).status == "right"

    by_hand = orders.map(lambda n: 1 + 5 * int((orders < n).sum()) // len(orders))
    as_category = by_hand.astype(pd.CategoricalDtype([1, 2, 3, 4, 5], ordered=True))
    as_frame = by_hand.rename("f_score").rename_axis("customer_id").reset_index()
    for version in (
        by_hand,
        by_hand.astype(float),
        as_category,
        as_frame,
        by_hand.astype("Int8").sort_index(),
    ):
        assert ex.f_score.check(version).status == "right"
    assert "texts such as" in ex.f_score.check(by_hand.astype(str)).message

    cents = (100 * ex.transactions["amount"]).round().astype(int)
    revenue = cents.groupby(ex.transactions["customer_id"]).sum()
    before = revenue.map(lambda r: revenue[revenue > r].sum())
    classes = np.where(before * 100 < revenue.sum() * 80, "A", np.where(before * 100 < revenue.sum() * 95, "B", "C"))
    assert ex.abc_class.check(pd.Series(classes, index=revenue.index)).status == "right"


def test_the_policy_checked_customer_by_customer(ex):
    """Tiers and label churn once more in plain Python, from the words of the questions."""

    def spent_and_count(who, start, end):
        rows = ex.transactions[(ex.transactions["customer_id"] == who) & ex.transactions["date"].between(start, end)]
        return rows["amount"].sum(), len(rows)

    tiers, changes = {}, []
    for customer in ex.customers.itertuples():
        money, count = spent_and_count(customer.customer_id, "2025-01-01", "2025-12-31")
        gold = count >= 4 and money >= 200
        tiers[customer.customer_id] = "gold" if gold else "silver" if count >= 2 else "regular"
        if customer.signup_date < pd.Timestamp("2025-01-01"):
            halves = [("2025-01-01", "2025-06-30"), ("2025-07-01", "2025-12-31")]
            first, second = (sum(spent_and_count(customer.customer_id, *h)[0] >= t for t in (50, 150)) for h in halves)
            changes.append(first != second)
    assert ex.tier.check(pd.Series(tiers)).status == "right"
    assert ex.label_churn.check(sum(changes) / len(changes)).status == "right"


def test_customers_at_the_thresholds_exist_for_every_student(everyone):
    for ex in everyone:
        orders = ex.transactions[ex.transactions["date"].dt.year == 2025].groupby("customer_id").size()
        assert (orders == 4).any()
        assert (orders == 2).any()


def test_ties_broken_by_row_order_are_explained(ex):
    orders = ex.transactions.groupby("customer_id").size()
    shuffled = orders.sample(frac=1, random_state=1)
    unfair = pd.qcut(shuffled.rank(method="first"), 5, labels=[1, 2, 3, 4, 5])
    assert "Customers with equally many orders (for example 1) get" in ex.f_score.check(unfair).message


def test_the_tables_are_what_the_notebook_says(everyone):
    for ex in everyone:
        orders = ex.transactions
        assert list(orders.columns) == ["order_id", "customer_id", "date", "amount"]
        assert len(ex.customers) == ex.customers["customer_id"].nunique() == orders["customer_id"].nunique() == 400
        assert set(orders["customer_id"]) == set(ex.customers["customer_id"])
        assert not orders.duplicated(["customer_id", "date"]).any()
        assert orders["order_id"].is_unique
        assert (orders["amount"] > 0).all()
        assert (orders.groupby("customer_id").size() == 1).sum() > 100
        assert orders["date"].is_monotonic_increasing


def test_counting_orders_or_days_is_the_same_to_the_score(everyone):
    for ex in everyone[:15]:
        summary = crmlab.summarize(ex.transactions)
        by_days = crmlab.rfm_scores(summary).set_index("customer_id")["f_score"]
        orders = ex.transactions.groupby("customer_id")["date"].nunique()
        assert ex.f_score.check(by_days).status == "right"
        assert ex.f_score.check(1 + 5 * (orders.rank(method="min") - 1) // len(orders)).status == "right"


def test_a_share_that_cannot_be_one_is_named_for_any_number(ex):
    messages = {n: ex.repeat_rate.check(n).message for n in (1.7, 53.1, 217)}
    assert "1.7 looks like orders per customer" in messages[1.7]
    assert "53.1 looks like a percentage" in messages[53.1]
    assert "217 looks like a count" in messages[217]
    assert "17.9 looks like a percentage" in ex.label_churn.check(17.9).message


def test_scores_that_break_the_rule_are_told_which_part(ex):
    orders = ex.transactions.groupby("customer_id").size()
    fewer = orders.rank(method="min") - 1
    assert "whole numbers" in ex.f_score.check(1 + 5 * fewer / len(orders)).message
    assert "Everybody gets 1" in ex.f_score.check(1 + 5 * (fewer // len(orders))).message
    by_hand = orders.map(lambda n: 1 + 5 * int((orders <= n).sum()) // len(orders))
    assert by_hand.max() == 6
    assert "The largest score is 6: you count with `<=`" in ex.f_score.check(by_hand).message
    assert "Scores run from 1 to 5" in ex.f_score.check(fewer // 10).message
    by_recency = ex.transactions.groupby("customer_id")["date"].max().rank(method="min")
    message = ex.f_score.check(1 + 5 * (by_recency - 1) // len(orders)).message
    assert "Does your score go by the number of orders" in message


def test_customers_without_an_order_are_named_whether_dropped_or_empty(ex):
    tier = ex.tier._truth(ex.tier.data)
    ordered = ex.transactions.loc[ex.transactions["date"].dt.year == 2025, "customer_id"].unique()
    assert "without an order in 2025 are missing" in ex.tier.check(tier[tier.index.isin(ordered)]).message
    empty = tier.where(tier.index.isin(ordered))
    empty.iloc[empty.notna().argmax()] = "gold"  # whatever else is wrong
    assert "without an order in 2025 have no tier" in ex.tier.check(empty).message
    elsewhere = tier.mask(tier.index == ordered[0], np.nan)
    assert "is missing (NaN) for 1 of 400 rows" in ex.tier.check(elsewhere).message


def test_classes_that_do_not_go_by_revenue_are_named(ex):
    revenue = ex.transactions.groupby("customer_id")["amount"].sum()
    truth = ex.abc_class._truth(ex.abc_class.data)
    jumbled = pd.Series(np.roll(truth.to_numpy(), 7), index=truth.index)
    message = ex.abc_class.check(jumbled).message
    assert "worse class than others with less revenue" in message or "equal revenue" in message
    generous = pd.Series(np.where(revenue >= revenue.quantile(0.3), "A", "C"), index=revenue.index)
    assert "Too often: 'A'" in ex.abc_class.check(generous).message


def test_somebody_stands_on_every_line(everyone):
    """Each of these slips used to pass for some students."""
    for ex in everyone:
        orders, customers = ex.transactions, ex.customers["customer_id"]

        def tiers(part, customers=customers):
            money = part.groupby("customer_id")["amount"].agg(["size", "sum"]).reindex(customers, fill_value=0)
            labels = np.select(
                [(money["size"] >= 4) & (money["sum"] > 200), money["size"] >= 2], ["gold", "silver"], "regular"
            )
            return pd.Series(labels, index=customers)

        year = orders[orders["date"].dt.year == 2025]
        assert "exactly 200" in ex.tier.check(tiers(year)).message
        newest = orders["date"].max()
        for start in (newest - pd.DateOffset(years=1), newest - pd.Timedelta(days=365)):
            assert ex.tier.check(tiers(orders[orders["date"] > start])).status == "wrong"
        assert orders["date"].eq("2025-06-30").any()


def test_usual_slips_get_a_useful_message(ex):
    score = ex.f_score._truth(ex.f_score.data)
    assert "index should be customer_id" in ex.f_score.check(score.reset_index(drop=True)).message
    assert "has 399 rows, 400 expected" in ex.f_score.check(score.iloc[1:]).message
    assert "holds an interval" in ex.f_score.check(pd.cut(score.astype(float), 5)).message
    off = score.copy()
    off.iloc[[3, 5]] = 9
    assert ex.f_score.check(off).status == "wrong"
    assert "none of the labels" in ex.tier.check(pd.Series("VIP", index=score.index)).message
    assert "text ('0.6')" in ex.repeat_rate.check("0.6").message


def test_weights_and_consistency_are_those_of_the_package(everyone):
    for ex in everyone:
        said = compare_pairs(ex.judgements)
        assert ex.ahp_weights.check(said.weights).status == "right"
        assert ex.ahp_weights.check(said.geometric_weights.to_dict()).status == "right"  # of three they are the same
        assert ex.consistency.check(said.consistency_ratio).status == "right"
        assert 0.02 < said.consistency_ratio < 0.25


def test_kappa_is_that_of_the_package(everyone):
    for ex in everyone[:10]:
        tier, abc = (getattr(ex, name)._truth(ex.data) for name in ("tier", "abc_class"))
        grade = abc.map({"A": "gold", "B": "silver", "C": "regular"}).reindex(tier.index)
        assert ex.kappa.check(cohen_kappa(tier, grade, resamples=10)["kappa"]).status == "right"


def test_eight_by_hand_are_those_of_the_package(everyone):
    for ex in everyone:
        classes = crmlab.abc_classes(ex.eight, "revenue").set_index("customer_id")["abc"]
        outcome = ex.abc_eight.check(classes)
        assert outcome.status == "right", outcome
        assert sorted(classes) == list("AAAAABCC")
        assert ex.eight["revenue"].duplicated().sum() == 1


def test_what_is_lacking_is_what_the_policy_explains(everyone):
    policy = crmlab.TierPolicy(
        "year", tiers={"regular": None, "silver": {"orders": 2}, "gold": {"orders": 4, "revenue": 200}}
    )
    for ex in everyone[:5]:
        year = ex.transactions[ex.transactions["date"].dt.year == 2025].groupby("customer_id")["amount"]
        people = year.agg(orders="size", revenue="sum").reindex(ex.customers["customer_id"], fill_value=0).reset_index()
        rows = []
        for who in ex.letters["customer_id"]:
            missing = policy.explain(people, who).missing
            rows.append((who, missing.get("orders", 0), missing.get("revenue", 0)))
        assert (
            ex.next_tier.check(pd.DataFrame(rows, columns=["customer_id", "more_orders", "more_money"])).status
            == "right"
        )


def test_hysteresis_is_that_of_a_policy(everyone):
    policy = crmlab.TierPolicy("half", "revenue", {"regular": None, "silver": 50, "gold": 150})
    for ex in everyone[:8]:
        halves = []
        for days in (("2025-01-01", "2025-06-30"), ("2025-07-01", "2025-12-31")):
            spent = ex.transactions[ex.transactions["date"].between(*days)].groupby("customer_id")["amount"].sum()
            halves.append(spent.reindex(ex.customers["customer_id"], fill_value=0).rename("revenue").reset_index())
        before = policy.assign(halves[0])
        plain = policy.assign(halves[1])["tier"].eq("gold")
        held = policy.replace(hysteresis=0.2).assign(halves[1], previous=before)["tier"].eq("gold")
        assert ex.held_gold.check(before.loc[held & ~plain, "customer_id"]).status == "right"
        assert ex.stayed_gold.check(plain[before["tier"] == "gold"].mean()).status == "right"


def test_somebody_stands_on_the_lines_of_hysteresis(everyone):
    for ex in everyone:
        by_half = ex.transactions[ex.transactions["date"] >= "2025-01-01"].assign(
            half=lambda t: np.where(t["date"] <= "2025-06-30", 1, 2)
        )
        spent = by_half.pivot_table(index="customer_id", columns="half", values="amount", aggfunc="sum", fill_value=0)
        held = set(spent.loc[spent[1] >= 150, 2])
        assert {120.0, 150.0} <= held


def test_the_gold_ratio_by_counting(everyone):
    for ex in everyone:
        tier = ex.tier._truth(ex.data)
        found = {}
        for gender in "FM":
            ids = [c.customer_id for c in ex.customers.itertuples() if c.gender == gender]
            found[gender] = sum(tier[who] == "gold" for who in ids) / len(ids)
        low, high = sorted(found.values())
        assert ex.gold_ratio.check(low / high).status == "right"
        assert ex.gold_ratio.check(high / low).status == "wrong"
        assert (ex.customers["gender"] == "X").any()


def test_the_reviews_are_what_the_notebook_says(everyone):
    for ex in everyone[:5]:
        for table, day in ((ex.first_review, "2025-06-30"), (ex.second_review, "2025-12-31")):
            known = ex.customers["signup_date"] <= "2025-06-30"
            assert list(table["customer_id"]) == list(ex.customers.loc[known, "customer_id"])
            last = pd.Timestamp(day)
            year = ex.transactions[ex.transactions["date"].between(last - pd.DateOffset(years=1, days=-1), last)]
            sums = year[year["customer_id"].isin(table["customer_id"])]
            assert table["revenue"].sum() == sums["amount"].sum()
            assert table["orders"].sum() == len(sums)


def test_the_limits_ask_for_something(everyone):
    """The simplest policies miss them: no hysteresis, everybody silver, round numbers."""
    for ex in everyone[:5]:
        for tiers in ({"regular": None, "silver": 0, "gold": 900}, {"regular": None, "silver": 5000, "gold": 9000}):
            assert ex.policy.check(crmlab.TierPolicy("simple", "revenue", tiers)).status == "wrong"


def test_nothing_is_said_about_an_empty_answer_but_that_it_is_empty(everyone):
    assert {ex.held_gold.check(set()).message.split(" `")[0] for ex in everyone} == {"held_gold is empty."}
