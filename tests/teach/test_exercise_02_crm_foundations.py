"""What is particular to exercise set 02; what holds for every set is tested in test_exercise_sets.py."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import crmlab

TIERS = ["gold", "silver", "regular"]


@pytest.fixture(scope="module")
def everyone(students_of):
    """Return the set, opened for all students."""
    return students_of("02_crm_foundations")


@pytest.fixture(scope="module")
def ex():
    """Open the set for one student."""
    return crmlab.exercise("02_crm_foundations", student="s1234")


def days_of_orders(ex):
    """List each customer's days with an order, from the ids alone."""
    days = {who: [] for who in ex.customers["customer_id"]}
    for row in ex.transactions.itertuples():
        if row.order_id.startswith("O"):
            days[row.customer_id].append(row.date)
    return {who: sorted(found) for who, found in days.items()}


def test_the_careless_join_itself(ex):
    big = ex.customers.merge(ex.transactions, on="customer_id", how="left")
    big = big.merge(ex.tickets, on="customer_id", how="left")
    factor = big["amount"].sum() / ex.transactions["amount"].sum()
    assert ex.revenue_factor.check(factor).status == "right"
    assert "below 1" in ex.revenue_factor.check(0.7).message


def test_the_view_row_by_row(ex):
    rows = []
    for who in ex.customers["customer_id"]:
        mine = ex.transactions[ex.transactions["customer_id"] == who]
        answers = ex.surveys[ex.surveys["customer_id"] == who]
        latest = answers.loc[answers["date"].idxmax(), "csat"] if len(answers) else None
        rows.append(
            {
                "customer_id": who,
                "orders": sum(mine["order_id"].str.startswith("O")),
                "spent": round(mine["amount"].sum(), 2),
                "tickets": sum(ex.tickets["customer_id"] == who),
                "last_csat": latest,
            }
        )
    view = pd.DataFrame(rows)
    for version in (view, view.set_index("customer_id"), view.sample(frac=1, random_state=1), view.assign(more="x")):
        assert ex.view.check(version).status == "right"


def test_a_view_with_several_slips_names_them_all(ex):
    view = ex.view._truth(ex.data)
    orders = ex.transactions.groupby("customer_id").size()
    message = ex.view.check(view.assign(orders=orders, last_csat=view["last_csat"].fillna(0))).message
    assert "Returns are counted as orders" in message and "Who never answered has 0" in message
    doubled = view.assign(orders=view["orders"] * (view["tickets"] + 1))
    assert "(column 'orders') It adds up to more than there is." in ex.view.check(doubled).message
    one_off = view.assign(tickets=view["tickets"].where(view["orders"] < 9, 3))
    assert "(column 'tickets') is off for" in ex.view.check(one_off).message
    assert "no column 'last_csat'" in ex.view.check(view.rename(columns={"last_csat": "csat"})).message
    assert "lists customer_id" in ex.view.check(pd.concat([view, view.head(3)])).message


def test_phones_matched_digit_by_digit(ex):
    def bare(phone):
        found = re.sub(r"\D", "", phone)
        return "0" + found[2:] if found.startswith("44") else found[2:]

    cards = {phone for phone in ex.till_cards["phone"] if isinstance(phone, str)}
    pairs = zip(ex.web_accounts["account_id"], ex.web_accounts["phone"], strict=True)
    both = [account for account, phone in pairs if isinstance(phone, str) and bare(phone) in cards]
    assert ex.both_systems.check(both).status == "right"


def test_missing_numbers_do_not_match_whatever_else_is_off(ex):
    """The merge that a student would write, with and without the cure."""
    shop = ex.web_accounts.assign(phone=ex.web_accounts["phone"].str.replace(" ", ""))
    careless = shop.merge(ex.till_cards, on="phone")["account_id"]
    assert "more than once" in ex.both_systems.check(careless).message
    assert "Only accounts without a number" in ex.both_systems.check(careless.unique()).message
    empty = shop.loc[shop["phone"].isna(), "account_id"]
    message = ex.both_systems.check(set(ex.both_systems._true_answer) | set(empty.iloc[:2])).message
    assert "Accounts without a telephone number are among them" in message


def test_stages_and_conversion_customer_by_customer(everyone):
    today = pd.Timestamp("2025-06-30")
    for ex in everyone[:5]:
        stage, converted = {}, []
        for who, days in days_of_orders(ex).items():
            if days[0] <= pd.Timestamp("2025-12-28") - pd.Timedelta(days=90):
                converted.append(len(days) > 1 and (days[1] - days[0]).days <= 90)
            past = [(today - day).days for day in days if day <= today]
            if past:
                rules = {"new": max(past) <= 90, "active": min(past) <= 180, "sleeping": min(past) <= 365, "lost": True}
                stage[who] = next(name for name, holds in rules.items() if holds)
        assert ex.stage.check(pd.Series(stage)).status == "right"
        assert ex.conversion.check(np.mean(converted)).status == "right"


def test_one_line_off_by_a_day_is_named(ex):
    truth = ex.stage._truth(ex.data)
    oldest = ex.transactions[ex.transactions["returns"].isna()].groupby("customer_id")["date"].min()
    on_the_line = truth.index[(pd.Timestamp("2025-06-30") - oldest[truth.index]).dt.days == 90]
    message = ex.stage.check(truth.where(~truth.index.isin(on_the_line), "active")).message
    assert "only for customers right at a line" in message
    assert "none of the labels" in ex.stage.check(truth.replace("lost", "gone")).message


def test_somebody_stands_on_every_line(everyone):
    """A slip at any of the lines is wrong for every student."""
    for ex in everyone:
        days, today = days_of_orders(ex), pd.Timestamp("2025-06-30")
        last = {(today - max(d for d in found if d <= today)).days for found in days.values() if found[0] <= today}
        assert {180, 365} <= last
        assert any((today - found[0]).days == 90 for found in days.values())
        assert any(found[0] == pd.Timestamp("2025-09-29") for found in days.values())
        assert any(len(found) > 1 and (found[1] - found[0]).days == 90 for found in days.values())


def moves_by_hand(ex):
    """Count the moves between tiers customer by customer."""
    counts = pd.DataFrame(0, index=pd.Index(TIERS, name="before"), columns=TIERS)
    sold = ex.transactions
    for customer in ex.customers.itertuples():
        if customer.signup_date <= pd.Timestamp("2025-06-30"):
            mine = sold[sold["customer_id"] == customer.customer_id]
            both = []
            for start, end in (("2024-07-01", "2025-06-30"), ("2024-10-01", "2025-09-30")):
                spent = mine.loc[mine["date"].between(start, end), "amount"].sum()
                both.append("gold" if spent >= 300 else "silver" if spent >= 100 else "regular")
            counts.loc[both[0], both[1]] += 1
    return counts


def test_moves_and_the_next_quarter_customer_by_customer(ex):
    counts = moves_by_hand(ex)
    for version in (counts, counts.reset_index(), counts.loc[sorted(TIERS), sorted(TIERS)], counts.astype(float)):
        assert ex.flow.check(version).status == "right"
    later = dict.fromkeys(TIERS, 0.0)
    for now in TIERS:
        for to in TIERS:
            later[to] += counts[now].sum() * counts.loc[now, to] / counts.loc[now].sum()
    assert ex.next_quarter.check(pd.Series(later)).status == "right"
    assert ex.next_quarter.check(pd.Series(later).round(2)).status == "right"
    assert "adds up to" in ex.next_quarter.check(pd.Series(later) * 1.5).message


def test_a_table_of_moves_tells_which_side_is_off(ex):
    counts = moves_by_hand(ex)
    rows_right, columns_right, more = counts.copy(), counts.copy(), counts.copy()
    rows_right.loc["gold", ["gold", "silver"]] += [-2, 2]
    columns_right.loc[["gold", "silver"], "gold"] += [-2, 2]
    more.loc["regular", "regular"] += 7
    assert "Look at those of 30 September" in ex.flow.check(rows_right).message
    assert "Look at those of 30 June" in ex.flow.check(columns_right).message
    assert "more than signed up" in ex.flow.check(more).message
    assert "index should be before" in ex.flow.check(counts.reset_index(drop=True)).message


def test_the_tables_are_what_the_notebook_says(everyone):
    for ex in everyone:
        sold, ids = ex.transactions, set(ex.customers["customer_id"])
        assert len(ids) == len(ex.customers) == 360
        assert set(sold["customer_id"]) == ids
        back = sold["returns"].notna()
        assert (sold["order_id"].str.startswith("R") == back).all()
        assert (sold["amount"] < 0).equals(back)
        assert sold.loc[back, "returns"].isin(sold["order_id"]).all()
        order_day = sold.loc[back, "returns"].map(sold.set_index("order_id")["date"])
        assert (order_day <= sold.loc[back, "date"]).all()
        assert sold["date"].is_monotonic_increasing and sold["date"].max() <= pd.Timestamp("2025-12-28")
        first = sold[~back].groupby("customer_id")["date"].min()
        assert (first == ex.customers.set_index("customer_id")["signup_date"]).all()
        assert not ex.surveys["date"].is_monotonic_increasing
        assert not ex.surveys.duplicated(["customer_id", "date"]).any()
        for start, end in (("2024-07-01", "2025-06-30"), ("2024-10-01", "2025-09-30")):
            spent = sold[sold["date"].between(start, end)].groupby("customer_id")["amount"].sum()
            assert (spent - 100).abs().min() > 0.004 and (spent - 300).abs().min() > 0.004


def test_the_prose_of_the_solutions_holds(everyone):
    """Numbers that the notebook's own text gives in words."""
    answers = {q.answer: [getattr(ex, q.answer)._true_answer for ex in everyone] for q in everyone[0].questions}
    assert 1 / 3 < np.median(answers["conversion"]) < 1 / 2
    stayed = [
        sum(table[t][t] for t in TIERS) / sum(sum(c.values()) for c in table.values()) for table in answers["flow"]
    ]
    assert np.median(stayed) > 0.75
    assert np.median(answers["revenue_factor"]) > 1.2
    assert all({"new", "active", "sleeping", "lost"} == set(stage.values()) for stage in answers["stage"])
