import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmlab.errors import DataError
from crmlab.foundations import gini, group_again, lorenz, top_group, top_share, whale_curve

amounts = st.lists(st.floats(0, 1e6, allow_nan=False), min_size=1, max_size=80).filter(lambda v: sum(v) > 1e-3)


@given(amounts)
def test_gini_equals_the_mean_difference_definition(values):
    """Half the mean absolute difference of all pairs, divided by the mean (Gini 1912)."""
    v = np.array(values)
    expected = np.abs(v[:, None] - v[None, :]).mean() / (2 * v.mean())
    assert gini(pd.Series(values)) == pytest.approx(expected, abs=1e-9)


@given(amounts)
def test_the_lorenz_curve_rises_and_stays_below_equality(values):
    curve = lorenz(pd.Series(values))
    assert (np.diff(curve["share_of_value"]) >= -1e-12).all()
    assert (curve["share_of_value"] <= curve["share_of_customers"] + 1e-9).all()
    assert curve.iloc[[0, -1]].to_numpy().ravel().tolist() == pytest.approx([0, 0, 1, 1])


@given(amounts, st.floats(0, 1))
def test_top_share_is_the_lorenz_curve_from_the_other_end(values, share):
    curve = lorenz(pd.Series(values))
    rest = np.interp(1 - share, curve["share_of_customers"], curve["share_of_value"])
    assert top_share(pd.Series(values), share) == pytest.approx(1 - rest, abs=1e-9)


def test_the_whale_rises_above_its_end_by_the_losses():
    profit = pd.Series([100.0, 60, 0, -10, -30])
    curve = whale_curve(profit)
    assert curve["share_of_profit"].max() == pytest.approx(160 / 120)
    assert curve["share_of_profit"].iloc[-1] == 1


def test_the_top_group_keeps_ties_together():
    values = pd.Series([5.0, 9.0, 5.0, 5.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0], index=list("abcdefghij"))
    assert top_group(values, 0.10).loc[lambda x: x].index.tolist() == ["b"]
    assert top_group(values, 0.20).loc[lambda x: x].index.tolist() == ["a", "b", "c", "d"]
    shuffled = values.sample(frac=1, random_state=1)
    assert top_group(shuffled, 0.20).loc[values.index].equals(top_group(values, 0.20))


@given(st.lists(st.floats(0.01, 1e6), min_size=5, max_size=60), st.floats(0.05, 0.9))
def test_nobody_outside_the_top_group_has_as_much_as_one_inside(values, share):
    values = pd.Series(values)
    best = top_group(values, share)
    assert best.sum() >= max(round(share * len(values)), 1)
    assert best.all() or values[~best].max() < values[best].min()


def test_the_best_of_one_year_by_hand():
    first = pd.Series([50.0, 30.0, 15.0, 5.0, 0.0], index=list("abcde"))
    second = pd.Series([10.0, 0.0, 60.0, 20.0, 10.0], index=list("abcde"))
    # a and b are the best of the first year, c and d of the second
    assert group_again(first, second, 0.40) == {"again": 0.0, "share_before": 0.80, "share_after": 0.10}
    assert group_again(first, first, 0.40)["again"] == 1


def test_by_chance_a_share_of_the_best_is_best_again():
    rng = np.random.default_rng(1)
    found = [group_again(*(pd.Series(rng.random(500)) for _ in range(2)))["again"] for _ in range(100)]
    assert np.mean(found) == pytest.approx(0.20, abs=0.01)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: lorenz(pd.Series([1.0, -2.0])), "1 values are negative"),
        (lambda: lorenz(pd.Series([0.0, 0.0])), "all values are zero"),
        (lambda: gini(pd.Series([1.0, np.nan])), "1 of 2 values are missing"),
        (lambda: gini(pd.Series([], dtype=float)), "no values"),
        (lambda: gini(pd.Series(["a"])), "no numbers"),
        (lambda: whale_curve(pd.Series([1.0, -2.0])), "total above zero"),
        (lambda: top_share(pd.Series([1.0]), 20), "between 0 and 1"),
        (lambda: top_group(pd.Series([1.0, 2.0]), 20), "above 0 and below 1"),
        (lambda: top_group(pd.Series([1.0, 0.0, 0.0, 0.0]), 0.5), "only 25.0% of 4 customers"),
        (lambda: top_group(pd.Series([1.0, np.nan])), "1 of 2 values are missing"),
        (lambda: group_again(pd.Series([1.0, 2.0]), pd.Series([1.0])), "same customers"),
    ],
)
def test_bad_input_gets_a_clear_answer(call, says):
    with pytest.raises(DataError, match=says):
        call()
