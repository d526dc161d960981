"""Ratios of tier rates: intervals, tests and standardisation held against planted groups."""

import numpy as np
import pandas as pd
import pytest

from crmlab.errors import DataError
from crmlab.tiering.auditing.fairness import compare_groups, rate_ratio, tier_fairness
from crmlab.tiering.auditing.groups import behaviour, group_columns

NAMES = ["regular", "silver", "gold"]


def shop(seed, n=2_000, bias=1.0, gap=0.0):
    """Two groups; who buys more often reaches the tier more often.

    The rate of the tier is planted for each class of behaviour; ``gap`` makes group B buy less often, ``bias`` is what
    group B's rate is multiplied with at the same behaviour.
    """
    rng = np.random.default_rng(seed)
    group = rng.choice(["A", "B"], n, p=[0.6, 0.4])
    b = group == "B"
    often = (rng.random(n)[:, None] > np.where(b[:, None], [0.5 + gap, 0.8 + gap / 2], [0.5, 0.8])).sum(axis=1)
    rate = np.array([0.05, 0.25, 0.60])[often] * np.where(b, bias, 1.0)
    return pd.Categorical(group), rng.random(n) < rate, often


def planted_ratio(bias, gap):
    rates = np.array([0.05, 0.25, 0.60])
    a, b = np.array([0.5, 0.3, 0.2]), np.array([0.5 + gap, 0.3 - gap / 2, 0.2 - gap / 2])
    return bias * (b @ rates) / (a @ rates)


def test_raw_and_adjusted_ratios_hold_the_planted_ones():
    runs, raw, adjusted = 300, 0, 0
    for seed in range(runs):
        found = compare_groups(*shop(seed, bias=0.8, gap=0.2)).set_index("group").loc["B"]
        raw += found["ratio_low"] <= planted_ratio(0.8, 0.2) <= found["ratio_high"]
        adjusted += found["adjusted_low"] <= 0.8 <= found["adjusted_high"]
    four = 4 * np.sqrt(0.05 * 0.95 / runs)
    assert abs(raw / runs - 0.95) < four and abs(adjusted / runs - 0.95) < four


def test_standardising_takes_away_what_behaviour_explains():
    """Group B only buys less often: the raw ratio shows a gap, the adjusted one none."""
    raw = adjusted = 0
    for seed in range(200):
        found = compare_groups(*shop(seed, gap=0.25)).set_index("group").loc["B"]
        raw += found["ratio_high"] < 1
        adjusted += found["adjusted_high"] < 1 or found["adjusted_low"] > 1
    assert raw / 200 > 0.95
    assert adjusted / 200 < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 200)


def test_the_test_keeps_its_level_and_sees_a_planted_gap():
    def p_value(seed, **how):
        labels, inside, often = shop(seed, **how)
        found = tier_fairness(inside.astype(int), ["low", "high"], pd.DataFrame({"g": labels}), pd.Series(often), seed)
        return found.tests["p_value"].iloc[0]

    alarms = np.mean([p_value(seed) < 0.05 for seed in range(300)])
    assert abs(alarms - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 300)
    assert np.mean([p_value(seed, bias=0.6) < 0.05 for seed in range(60)]) > 0.9


def test_over_many_attributes_the_adjusted_test_rarely_cries_wolf():
    alarms = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        groups = pd.DataFrame({f"g{i}": rng.choice(list("abcd"), 1_200) for i in range(4)})
        rank = rng.choice(3, 1_200, p=[0.6, 0.3, 0.1])
        tests = tier_fairness(rank, NAMES, groups, pd.Series(rng.choice(3, 1_200)), seed).tests
        assert len(tests) == 8
        alarms += (tests["p_adjusted"] < 0.05).any()
    assert alarms / 120 < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 120)


def test_holm_is_that_of_statsmodels():
    from statsmodels.stats.multitest import multipletests

    from crmlab.tiering.auditing.fairness import _holm

    p = np.array([0.01, 0.04, np.nan, 0.03, 0.005])
    known = np.isfinite(p)
    assert _holm(p)[known] == pytest.approx(multipletests(p[known], method="holm")[1])
    assert np.isnan(_holm(p)[2])


def test_by_hand():
    labels = pd.Categorical(["A"] * 200 + ["B"] * 100 + ["C"] * 10)
    inside = np.concatenate([np.arange(200) < 50, np.arange(100) < 15, np.arange(10) < 9])
    found = compare_groups(labels, inside, np.zeros(310, dtype=int)).set_index("group")
    assert found["in_tier"].tolist() == [50, 15, 9]
    assert found.loc["B", "ratio"] == pytest.approx(0.6)
    assert found["reference"].tolist() == [True, False, False]  # C is more favoured, but small
    assert found["small"].tolist() == [False, False, True]
    assert found.loc["B", "adjusted_ratio"] == pytest.approx(0.6)  # one class: nothing to adjust
    error = np.sqrt(1 / 15 - 1 / 100 + 1 / 50 - 1 / 200)
    assert found.loc["B", "ratio_high"] == pytest.approx(0.6 * np.exp(1.959964 * error))
    assert found["compared"].tolist() == [1.0, 1.0, 1.0]


def test_a_rate_of_zero_has_an_interval():
    value, low, high = rate_ratio(np.array([0.0]), np.array([80.0]), 20.0, 100.0)[0]
    assert value == 0 and 0 < low < high < 1


def test_groups_that_never_behave_alike_are_not_compared():
    labels = pd.Categorical(["A"] * 100 + ["B"] * 100)
    found = compare_groups(labels, np.arange(200) % 3 == 0, np.repeat([0, 1], 100)).set_index("group")
    assert np.isnan(found.loc["B", "adjusted_ratio"]) and found.loc["B", "compared"] == 0


def test_groups_of_customers():
    people = pd.DataFrame(
        {"birth_year": [1999, 1980, None], "gender": ["F", None, "M"], "region": "North"}, index=["a", "b", "c"]
    )
    found = group_columns(people, pd.Series(["c", "a", "x", "b"]), pd.Timestamp("2025-05-01"), None)
    assert found["age_group"].tolist() == ["not known", "under 30", "not known", "45 to 59"]
    assert list(found["age_group"].cat.categories) == ["under 30", "45 to 59", "not known"]
    assert found["gender"].tolist() == ["M", "F", "not known", "not known"]
    assert list(group_columns(people, pd.Series(["a"]), pd.Timestamp("2025-05-01"), ["gender"])) == ["gender"]
    with pytest.raises(DataError, match="no attribute 'sex'"):
        group_columns(people, pd.Series(["a"]), pd.Timestamp("2025-05-01"), ["sex"])
    many = pd.DataFrame({"town": [f"T{i}" for i in range(40)]})
    with pytest.raises(DataError, match="40 different values"):
        group_columns(many, pd.Series(range(40)), pd.Timestamp("2025-05-01"), ["town"])
    with pytest.raises(DataError, match="no table of customers"):
        group_columns(None, pd.Series(["a"]), pd.Timestamp("2025-05-01"), ["gender"])


def test_classes_of_behaviour():
    table = pd.DataFrame({"orders": [0, 1, 2, 5, 6, 40], "days_since_last": [400, 366, 365, 91, 30, 0]})
    assert behaviour(table).tolist() == [
        "no order, over a year", "1 order, over a year", "2 orders, 91 to 365 days", "3 to 5 orders, 91 to 365 days",
        "6 to 9 orders, up to 30 days", "10 or more, up to 30 days",
    ]  # fmt: skip


def test_without_attributes_it_says_so():
    found = tier_fairness(np.array([0, 1]), NAMES, pd.DataFrame(index=range(2)), pd.Series(["x", "x"]))
    assert found.rates.empty and "No attributes" in found.verdict


def test_the_verdict_names_the_widest_gap():
    labels, inside, often = shop(1, bias=0.5)
    found = tier_fairness(inside.astype(int), ["low", "high"], pd.DataFrame({"side": labels}), pd.Series(often))
    row = found.rates.set_index("group").loc["B"]
    assert found.verdict.startswith("1 of 1 comparisons show more than chance")
    assert f"side B reaches high or higher at {row['ratio']:.2f} times the rate of A" in found.verdict
