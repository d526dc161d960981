"""What is particular to exercise set 01; what holds for every set is tested in test_exercise_sets.py."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab import foundations
from crmlab.simulate.shop import settings


@pytest.fixture(scope="module")
def everyone(students_of):
    """Return the set, opened for all students."""
    return students_of("01_why_tier")


@pytest.fixture(scope="module")
def ex():
    """Open the set for one student."""
    return crmlab.exercise("01_why_tier", student="s1234")


def profit_by_hand(ex, year):
    """Work out margin and profit row by row, from the words of the question."""
    cost = dict(zip(ex.service_costs["kind"], ex.service_costs["unit_cost"], strict=True))
    margin = dict.fromkeys(ex.customers["customer_id"], 0.0)
    profit = dict(margin)
    for row in ex.transactions.itertuples():
        if row.date.year == year:
            margin[row.customer_id] += row.margin
            is_return = isinstance(row.returns, str)
            profit[row.customer_id] -= cost["return"] if is_return else cost["order"]
            profit[row.customer_id] -= cost["phone order"] * (row.channel == "phone" and not is_return)
    for row in ex.tickets.itertuples():
        profit[row.customer_id] -= cost["ticket"] * (row.opened.year == year)
    return margin, {who: margin[who] + profit[who] for who in margin}


def test_profit_row_by_row(ex):
    margin, profit = profit_by_hand(ex, 2024)
    assert ex.profit.check(pd.Series(profit)).status == "right"
    flipped = [who for who in margin if margin[who] > 0 > profit[who]]
    assert ex.flipped.check(flipped).status == "right"

    ordered = sorted(profit.values(), reverse=True)
    sums = [sum(ordered[: n + 1]) for n in range(300)]
    at = max(range(300), key=lambda n: (round(sums[n], 6), -n))
    answer = {"share_of_profit": sums[at] / sums[-1], "share_of_customers": (at + 1) / 300}
    assert ex.whale_peak.check(answer).status == "right"
    assert ex.whale_peak.check(pd.Series(answer)).status == "right"


def test_concentration_agrees_with_the_foundations(everyone):
    for ex in everyone[:5]:
        sold = ex.transactions[ex.transactions["date"].dt.year == 2024]
        revenue = sold.groupby("customer_id")["amount"].sum().reindex(ex.customers["customer_id"], fill_value=0)
        assert ex.gini.check(foundations.gini(revenue)).status == "right"
        assert ex.top_share.check(foundations.top_share(revenue)).status == "right"
        curve = foundations.whale_curve(ex.profit._truth(ex.data))
        peak = curve.loc[curve["share_of_profit"].idxmax()]
        assert ex.whale_peak.check(peak[["share_of_profit", "share_of_customers"]]).status == "right"


def test_the_best_budget_agrees_with_the_foundations(everyone):
    for ex in everyone:
        sold = ex.transactions[ex.transactions["date"].dt.year == 2024]
        sums = sold.groupby("customer_id")[["amount", "margin"]].sum()
        sums = sums.reindex(ex.customers["customer_id"], fill_value=0).sort_values("amount", ascending=False)
        margins = sums["margin"].iloc[:60].mean(), sums["margin"].iloc[60:].mean()
        tiers = [
            foundations.ServiceTier(name, size, margin, at_stake=0.3, half_spend=4)
            for name, size, margin in zip(("top", "rest"), (60, 240), margins, strict=True)
        ]
        share, _ = foundations.best_split(tiers, 3000)
        assert ex.top_budget.check(share).status == "right", ex.student
        assert 0.4 < share < 0.9
        for step, keeps in ((0.02, "less"), (-0.02, "more")):
            message = ex.top_budget.check(share + step).message  # unless it is what a mistake gives
            known = any(mistake.message in message for mistake in ex.top_budget.mistakes)
            assert known or message.endswith(f"keeps {keeps} in the top tier than in the rest."), ex.student


def test_the_recommendation_row_by_row(everyone):
    best = set()
    for ex in everyone[:12]:
        margin, profit = profit_by_hand(ex, 2024)
        later = profit_by_hand(ex, 2025)[1]
        flipped = [who for who in margin if margin[who] > 0 > profit[who]]
        rows = [row for row in ex.transactions.itertuples() if row.date.year == 2024]
        small = [row.customer_id for row in rows if row.order_id.startswith("O") and row.amount < 30]
        back = [row.customer_id for row in rows if row.order_id.startswith("R")]
        gains = {"fee": 4 * len(small), "returns": 10 * len(back), "close": -sum(profit[who] for who in flipped)}
        touched = {"fee": len(set(small)), "returns": len(set(back)), "close": len(flipped)}
        measure = max(gains, key=gains.get)
        best.add(measure)
        answer = {
            "measure": measure,
            "gain": round(gains[measure], 2),
            "customers": touched[measure],
            "recovered": sum(later[who] > 0 for who in flipped),
        }
        assert ex.recommendation.check(answer).status == "right"
        for other in gains.keys() - {measure}:
            outcome = ex.recommendation.check(answer | {"measure": other, "gain": gains[other]})
            assert f"Another measure gains more than {other!r}. Its gain is right." in outcome.message
            assert "Its gain is off too" in ex.recommendation.check(answer | {"measure": other, "gain": 1}).message
        assert "(entry 'gain')" in ex.recommendation.check(answer | {"gain": answer["gain"] + 1}).message
    assert len(best) > 1


def test_two_slips_in_one_record_are_both_named(ex):
    truth = ex.whale_peak._true_answer
    both = {
        "share_of_profit": 100 * truth["share_of_profit"],
        "share_of_customers": 300 * truth["share_of_customers"],
    }
    message = ex.whale_peak.check(both).message
    assert "share_of_profit is a percentage" in message and "number of customers" in message
    assert "has no entry 'share_of_customers'" in ex.whale_peak.check({"share_of_profit": 1.2}).message
    assert "below 1" in ex.whale_peak.check({"share_of_profit": 0.9, "share_of_customers": 0.4}).message
    dots = {"share_of_profit": ..., "share_of_customers": ...}
    assert "(entry 'share_of_profit') is still the three dots" in ex.whale_peak.check(dots).message


def test_ids_in_every_usual_shape_are_read(ex):
    flipped = sorted(ex.flipped._true_answer)
    profit = ex.profit._truth(ex.data)
    table = profit.rename("profit").reset_index()
    rows = table[table["customer_id"].isin(flipped)]
    for version in (
        set(flipped),
        tuple(flipped),
        np.array(flipped),
        pd.Index(flipped),
        rows["customer_id"],
        rows["customer_id"].unique(),
        profit.index[profit.index.isin(flipped)],
    ):
        assert ex.flipped.check(version).status == "right", type(version)
    assert "hand in `.index`" in ex.flipped.check(profit[profit.index.isin(flipped)]).message
    assert "Pick the ids where it is True" in ex.flipped.check(profit < 0).message
    assert 'Hand in the ids alone: `table["customer_id"]`' in ex.flipped.check(rows).message
    assert "more than once" in ex.flipped.check(flipped + flipped[:1]).message


def test_wrong_ids_are_told_by_what_they_are(ex):
    truth = set(ex.flipped._true_answer)
    winner = ex.profit._truth(ex.data).idxmax()
    assert f"holds {winner}, whose profit is not below 0" in ex.flipped.check(truth | {winner}).message
    message = ex.flipped.check(sorted(truth)[1:]).message
    assert "lacks 1 that belong there" in message
    assert not any(who in message for who in truth)


def test_a_profit_off_in_one_part_says_which(ex):
    truth = ex.profit._truth(ex.data)
    wrote = ex.tickets.loc[ex.tickets["opened"].dt.year == 2024, "customer_id"].value_counts()
    tickets = wrote.reindex(truth.index, fill_value=0)
    assert "for the customers with tickets, and right for all others" in ex.profit.check(truth - tickets).message
    missing = ex.profit.check(truth - 9 * wrote).message  # a subtraction without reindex
    assert "a number minus a missing one is missing" in missing
    assert ex.profit.check(truth.round(2)).status == "right"
    assert "is off for 1 of 300 rows" in ex.profit.check(truth + (truth == truth.max())).message


def test_the_last_day_of_the_year_matters_to_everyone(everyone):
    for ex in everyone:
        late = ex.tickets["opened"].dt.normalize() == "2024-12-31"
        assert late.any() and (ex.tickets.loc[late, "opened"] > "2024-12-31").any()


def test_the_tables_are_what_the_notebook_says(everyone):
    for ex in everyone:
        sold, ids = ex.transactions, set(ex.customers["customer_id"])
        assert list(sold.columns) == ["order_id", "customer_id", "date", "amount", "margin", "channel", "returns"]
        assert len(ids) == 300 and ex.customers["signup_date"].max() < pd.Timestamp("2025-01-01")
        assert set(sold["customer_id"]) <= ids and set(ex.tickets["customer_id"]) <= ids
        back = sold["returns"].notna()
        assert (sold["order_id"].str.startswith("R") == back).all()
        assert (sold["amount"] < 0).equals(back)
        assert sold.loc[back, "returns"].isin(sold["order_id"]).all()
        yearly = sold.groupby(["customer_id", sold["date"].dt.year])["amount"].sum()
        assert yearly.min() > -0.005
        assert dict(ex.service_costs.to_numpy()) == {k: settings.SERVICE_COSTS[k] for k in ex.service_costs["kind"]}


def test_the_prose_of_the_solutions_holds(everyone):
    """Numbers that the notebook's own text gives in words."""
    answers = {q.answer: [getattr(ex, q.answer)._true_answer for ex in everyone] for q in everyone[0].questions}
    assert 0.68 < np.median(answers["top_share"]) < 0.78
    assert 0.5 < np.median(answers["stayed"]) < 0.7
    assert np.median([len(ids) for ids in answers["flipped"]]) > 75
    assert 0.5 < np.median([peak["share_of_customers"] for peak in answers["whale_peak"]]) < 0.6
    recovered = [
        r["recovered"] / len(ids) for r, ids in zip(answers["recommendation"], answers["flipped"], strict=True)
    ]
    assert 0.15 < np.median(recovered) < 0.3
    assert {r["measure"] for r in answers["recommendation"]} == {"fee", "returns", "close"}
