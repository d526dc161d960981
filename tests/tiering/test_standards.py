"""Four standards, how far they agree, and scores by declared cut points."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab
from crmlab import tiering
from crmlab.errors import DataError
from crmlab.foundations import customer_profit, expected_spend
from crmlab.tiering.standards import LEVELS

AS_OF = "2024-12-31"
NAMES = ["business_value", "contribution", "potential", "history"]


@pytest.fixture(scope="module")
def retail():
    return crmlab.load("retail", truth=True)


@pytest.fixture(scope="module")
def found(retail):
    return tiering.four_standards(retail, AS_OF)


def test_every_customer_has_every_label(retail, found):
    assert sorted(found["customer_id"]) == sorted(crmlab.summarize(retail.transactions, AS_OF)["customer_id"])
    for name in NAMES:
        assert found[name].notna().all() and found[name].cat.ordered
        assert tuple(found[name].cat.categories) == LEVELS[name]
        assert found[name].nunique() == len(LEVELS[name])


def test_labels_follow_the_declared_thresholds(found):
    rules, by = tiering.StandardRules(), found.groupby
    bounds = by("business_value", observed=True)["revenue_last_year"].agg(["min", "max"])
    assert bounds.loc["strategic", "min"] >= rules.strategic > bounds.loc["high-value", "max"]
    assert bounds.loc["high-value", "min"] >= rules.high_value > bounds.loc[["new", "regular"], "max"].max()
    assert found.loc[found["business_value"] == "new", "days_known"].max() <= rules.new_days
    assert found.loc[found["business_value"] == "regular", "days_known"].min() > rules.new_days
    for name, measure, cuts in (
        ("contribution", "profit_last_year", rules.contribution),
        ("potential", "expected_growth", rules.potential),
    ):
        bounds = by(name, observed=True)[measure].agg(["min", "max"])
        assert bounds.loc["low", "max"] < cuts[0] <= bounds.loc["mid", "min"]
        assert bounds.loc["mid", "max"] < cuts[1] <= bounds.loc["high", "min"]
    assert (found.loc[found["history"] == "loyal", "half_years_active"] >= rules.loyal_half_years).all()


def test_measures_by_hand(retail, found):
    trade = retail.transactions
    profit = customer_profit(retail, "2024-01-01", AS_OF).set_index("customer_id")["profit"]
    halves = [
        ("2024-07-01", "2024-12-31"),
        ("2024-01-01", "2024-06-30"),
        ("2023-07-01", "2023-12-31"),
        ("2023-01-01", "2023-06-30"),
    ]
    for row in found.sample(40, random_state=2).itertuples():
        own = trade[(trade["customer_id"] == row.customer_id) & (trade["date"] <= AS_OF)]
        bought = own[own["amount"] >= 0]
        active = [bought["date"].between(a, b).any() for a, b in halves]
        assert row.half_years_active == sum(active)
        assert row.revenue_last_year == pytest.approx(own.loc[own["date"] >= "2024-01-01", "amount"].sum())
        assert row.profit_last_year == pytest.approx(profit[row.customer_id])
        assert row.days_known == (pd.Timestamp(AS_OF) - bought["date"].min()).days
        loyal = sum(active) >= 3 and active[0] and row.days_known > 180
        assert (row.history == "loyal") == loyal
    assert np.allclose(found["expected_growth"], found["expected_next_year"] - found["revenue_last_year"])


def test_other_thresholds_other_labels(retail, found):
    rules = tiering.StandardRules(strategic=10_000, contribution=(-1e6, 1e6), loyal_half_years=1)
    other = tiering.four_standards(retail, AS_OF, rules)
    assert (other["business_value"] == "strategic").sum() == (found["revenue_last_year"] >= 10_000).sum()
    assert set(other["contribution"]) == {"mid"}
    assert (other["history"] == "loyal").sum() > (found["history"] == "loyal").sum()
    text = str(rules)
    assert text.count("\n") == 3 and "10,000 of revenue" in text and "1 or more of the last 4 half-years" in text


def test_potential_means_growth_that_comes_and_not_present_size(retail, found):
    truth = retail.truth.customers.set_index("customer_id").loc[found["customer_id"]].reset_index()
    true_growth = expected_spend(truth, "2025-01-01").to_numpy() - found["revenue_last_year"].to_numpy()
    assert found["expected_growth"].corr(pd.Series(true_growth), method="spearman") > 0.3
    means = pd.Series(true_growth).groupby(found["potential"], observed=True).mean()
    assert means["low"] < means["mid"] < means["high"]
    assert found["expected_growth"].corr(found["revenue_last_year"], method="spearman") < 0


def test_standards_disagree(found):
    table = tiering.agreement(found).set_index(["first", "second"])
    assert len(table) == 6
    assert table.loc[("business_value", "contribution"), "low"] > 0.2
    assert table.loc[("contribution", "potential"), "high"] < 0
    assert (table["kappa"] <= table["most"] + 1e-12).all() and table["kappa"].max() < 0.5
    assert ((table["low"] <= table["kappa"]) & (table["kappa"] <= table["high"])).all()
    assert ((table["weighted_low"] <= table["weighted"]) & (table["weighted"] <= table["weighted_high"])).all()


labels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=80)


@settings(max_examples=100, deadline=None)
@given(labels, st.sampled_from(["none", "linear"]))
def test_kappa_is_that_of_scikit_learn(pairs, weights):
    from sklearn.metrics import cohen_kappa_score

    one, other = (pd.Series(side) for side in zip(*pairs, strict=True))
    if one.nunique() == other.nunique() == 1 and one[0] == other[0]:
        with pytest.raises(DataError, match="one and the same label"):
            tiering.cohen_kappa(one, other, weights)
        return
    expected = cohen_kappa_score(one, other, weights=None if weights == "none" else weights)
    ours = tiering.cohen_kappa(one, other, weights, resamples=20)
    assert ours["kappa"] == pytest.approx(expected)
    assert ours["kappa"] <= ours["most"] + 1e-9 <= 1 + 2e-9
    # sorting both brings out the most that these sizes allow, at any rate for steps in a line
    if weights == "linear":
        best = cohen_kappa_score(np.sort(one), np.sort(other), weights="linear")
        assert ours["most"] == pytest.approx(best)


@pytest.mark.parametrize("weights", ["none", "linear"])
def test_intervals_are_those_of_the_asymptotic_formula(found, weights):
    from statsmodels.stats.inter_rater import cohens_kappa

    graded = tiering.same_grades(found)
    one, other = graded["business_value"], graded["contribution"]
    wt = None if weights == "none" else "linear"
    theirs = cohens_kappa(pd.crosstab(one, other).to_numpy(), wt=wt)
    ours = tiering.cohen_kappa(one, other, weights, resamples=4_000)
    assert (ours["low"], ours["high"]) == pytest.approx((theirs.kappa_low, theirs.kappa_upp), abs=0.008)


def test_ordered_categories_keep_their_order():
    kind = pd.CategoricalDtype(["low", "mid", "high"], ordered=True)
    one = pd.Series(["low", "high", "mid", "low"], dtype=kind)
    other = pd.Series(["mid", "high", "high", "low"], dtype=kind)
    by_step = tiering.cohen_kappa(one, other, "linear")["kappa"]
    # by the alphabet, high would stand beside low
    from sklearn.metrics import cohen_kappa_score

    assert by_step == pytest.approx(cohen_kappa_score(one.cat.codes, other.cat.codes, weights="linear"))
    assert by_step != pytest.approx(cohen_kappa_score(list(one), list(other), weights="linear"))


def test_own_standards_can_be_compared(found):
    abc = crmlab.abc_classes(found.rename(columns={"revenue_last_year": "revenue"}))["abc"]
    mine = pd.DataFrame(
        {
            "contribution": found["contribution"],
            "abc": abc.astype(pd.CategoricalDtype(["C", "B", "A"], ordered=True)),
        }
    )
    with pytest.raises(DataError, match=r"column 'abc': 'C' is none of low, mid, high. Say .* grades="):
        tiering.agreement(mine)
    table = tiering.agreement(mine, {"abc": {"C": "low", "B": "mid", "A": "high"}})
    assert table.loc[0, "kappa"] > 0.2


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda f: tiering.StandardRules(strategic=100), "high_value and strategic is 300 and 100"),
        (lambda f: tiering.StandardRules(contribution=(5, 5)), "contribution is 5 and 5"),
        (lambda f: tiering.StandardRules(loyal_half_years=5), "is 1 to 4"),
        (lambda f: tiering.agreement(f[["history"]]), "1 ordered categories"),
        (lambda f: tiering.agreement(f[["customer_id"]]), "0 ordered categories"),
        (lambda f: tiering.agreement(f.assign(history=f["history"].where(f.index > 3))), "4 customers have no label"),
        (lambda f: tiering.cohen_kappa(f["history"], f["history"].head(3)), "Labels of the same customers"),
        (lambda f: tiering.cohen_kappa(f["history"], f["history"], "square"), "'none' or 'linear'"),
        (lambda f: tiering.cohen_kappa(pd.Series(["a", None]), pd.Series(["a", "b"])), "1 customers have no label"),
    ],
)
def test_bad_input_gets_a_clear_answer(found, call, says):
    with pytest.raises(DataError, match=says):
        call(found)


def test_a_date_before_the_first_purchase_gets_a_clear_answer(retail):
    with pytest.raises(DataError, match="before the first"):
        tiering.four_standards(retail, "2020-01-01")


CUTS = {"orders": [1, 3, 6], "days_since_last": [30, 90], "revenue": [0, 99.99]}


def test_scores_by_cut_points_by_hand():
    frame = pd.DataFrame(
        {"days_since_last": [0, 30, 31, 90, 91], "orders": [1, 2, 3, 4, 7], "revenue": [-5.0, 0, 0.01, 99.99, 100]}
    )
    scores = crmlab.rfm_scores(frame, cuts=CUTS)
    assert scores["r_score"].tolist() == [3, 3, 2, 2, 1]
    assert scores["f_score"].tolist() == [1, 2, 2, 3, 4]
    assert scores["m_score"].tolist() == [1, 1, 2, 2, 3]
    assert scores["rfm"].tolist() == ["311", "321", "222", "232", "143"]
    assert crmlab.rfm_scores(frame, k=2, cuts={"orders": list(range(1, 12))})["rfm"].str.count("-").eq(2).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=40), st.sets(st.integers(0, 20), min_size=1, max_size=6))
def test_cut_points_are_those_of_pandas(numbers, points):
    cuts = sorted(points)
    frame = pd.DataFrame({"days_since_last": numbers, "orders": numbers, "revenue": np.array(numbers, float)})
    scores = crmlab.rfm_scores(frame, cuts={"orders": cuts, "days_since_last": cuts})
    expected = pd.cut(frame["orders"], [-np.inf, *cuts, np.inf], labels=False) + 1
    assert scores["f_score"].tolist() == expected.tolist()
    assert scores["r_score"].tolist() == (len(cuts) + 2 - expected).tolist()
    # a column that is not named is scored by rank as ever
    assert scores["m_score"].tolist() == crmlab.rfm_scores(frame)["m_score"].tolist()


def test_cut_points_give_equal_scores_on_every_engine(engine, retail):
    customers = crmlab.summarize(retail.transactions, AS_OF)
    frame = customers[["customer_id", "days_since_last", "orders", "revenue"]].head(300)
    there = engine.back(crmlab.rfm_scores(engine.frame(frame), cuts=CUTS))
    here = crmlab.rfm_scores(frame, cuts=CUTS)
    for column in ("r_score", "f_score", "m_score"):
        assert there[column].astype(int).tolist() == here[column].tolist()
    assert there["rfm"].tolist() == here["rfm"].tolist()


@pytest.mark.parametrize(
    ("cuts", "says"),
    [
        ({"order": [1]}, "Did you mean 'orders'"),
        ({"orders": []}, "rising numbers were expected"),
        ({"orders": [3, 1]}, "rising numbers"),
        ({"orders": [1, 1]}, "rising numbers"),
        ({"orders": [1, float("nan")]}, "rising numbers"),
        ({"orders": "13"}, "rising numbers"),
        ({"orders": 3}, "rising numbers"),
    ],
)
def test_bad_cut_points_get_a_clear_answer(cuts, says):
    frame = pd.DataFrame({"days_since_last": [1], "orders": [1], "revenue": [1.0]})
    with pytest.raises(DataError, match=says):
        crmlab.rfm_scores(frame, cuts=cuts)
