"""What is particular to exercise set 03; what holds for every set is tested in test_exercise_sets.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crmlab


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
