"""Natural breaks: optimal by brute force, ties whole, fast, and safe with large numbers."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab
from crmlab import tiering
from crmlab.errors import DataError
from crmlab.tiering.breaks import best_starts

small = st.lists(st.integers(-50, 50), min_size=2, max_size=11)


def within(values, cuts):
    """Sum of squares about the class means, with classes that begin at the cuts."""
    classes = np.searchsorted(np.sort(cuts), values, side="right")
    return sum(((values[classes == c] - values[classes == c].mean()) ** 2).sum() for c in np.unique(classes))


@settings(max_examples=200, deadline=None)
@given(small, st.integers(2, 6), st.sampled_from([1.0, 0.01, 1e6]), st.sampled_from([0.0, 1e9]))
def test_no_other_cuts_leave_less_variance(numbers, k, unit, offset):
    values = np.array(numbers) * unit + offset
    distinct = np.unique(values)
    if len(distinct) < k:
        with pytest.raises(DataError, match="number of different values"):
            tiering.natural_breaks(values, k)
        return
    found = tiering.natural_breaks(values, k)
    ours = within(values, np.array(found.breaks))
    best = min(within(values, distinct[list(cut)]) for cut in combinations(range(1, len(distinct)), k - 1))
    assert ours == pytest.approx(best, rel=1e-6, abs=1e-9 * unit**2 * len(values))
    total = ((values - values.mean()) ** 2).sum()
    assert found.goodness == pytest.approx(1 - ours / total, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=2, max_size=60), st.integers(2, 5))
def test_invariants(numbers, k):
    values = pd.Series(numbers, name="orders")
    if values.nunique() < k:
        return
    found = tiering.natural_breaks(values, k)
    classes = found.classify(values)
    assert set(classes) == set(range(1, k + 1))  # nobody's class is empty
    assert (classes.groupby(values).nunique() == 1).all()  # ties are whole
    assert found.table["customers"].tolist() == classes.value_counts().sort_index().tolist()
    assert found.table["mean"].tolist() == pytest.approx(values.groupby(classes).mean().tolist())
    assert found.table["from"].tolist() == values.groupby(classes).min().tolist()
    assert found.table["to"].tolist() == values.groupby(classes).max().tolist()
    assert list(found.breaks) == found.table["from"].tolist()[1:]
    # another unit changes nothing but the unit
    moved = tiering.natural_breaks(values * 4 + 8, k)
    assert moved.breaks == tuple(4 * b + 8 for b in found.breaks) and moved.goodness == pytest.approx(found.goodness)


def test_more_classes_never_fit_worse():
    values = crmlab.summarize(crmlab.load("retail").transactions)["revenue"]
    fits = [tiering.natural_breaks(values, k).goodness for k in range(2, 9)]
    assert fits == sorted(fits) and 0.3 < fits[0] < fits[-1] < 1


def test_a_larger_set_against_the_plain_quadratic_way():
    values = np.unique(np.random.default_rng(4).lognormal(3, 1.3, 400).round(2))
    counts = np.random.default_rng(5).integers(1, 6, len(values))
    n, k = len(values), 5
    number, total = np.append(0, np.cumsum(counts)), np.append(0, np.cumsum(values * counts))
    square = np.append(0, np.cumsum(values**2 * counts))

    def cost(i, j):
        return square[j] - square[i] - (total[j] - total[i]) ** 2 / (number[j] - number[i])

    best = [[np.inf] * (n + 1) for _ in range(k + 1)]
    best[0][0] = 0.0
    for c in range(1, k + 1):
        for j in range(c, n + 1):
            best[c][j] = min(best[c - 1][i] + cost(i, j) for i in range(c - 1, j))
    starts = best_starts(values, counts, k)
    ends = [*starts[1:], n]
    assert sum(cost(i, j) for i, j in zip(starts, ends, strict=True)) == pytest.approx(best[k][n], rel=1e-9)


def test_as_many_classes_as_values_fit_perfectly():
    found = tiering.natural_breaks([3, 1, 2, 2], 3)
    assert found.breaks == (2.0, 3.0) and found.goodness == 1


def test_logarithms_cut_by_proportion():
    values = pd.Series([1.0, 1.2, 10.0, 11.0, 100.0, 130.0], name="revenue")
    assert tiering.natural_breaks(values, 3, log=True).breaks == (10.0, 100.0)
    # in money, the two small groups are one
    assert tiering.natural_breaks(values, 2).breaks == (100.0,)


def test_breaks_make_a_policy():
    customers = crmlab.summarize(crmlab.load("retail").transactions)
    found = tiering.natural_breaks(customers["revenue"], 4)
    policy = crmlab.TierPolicy("natural", "revenue", found.tiers(["regular", "silver", "gold", "vip"]))
    sizes = policy.table(customers)["customers"]
    assert sizes.tolist()[::-1] == found.table["customers"].tolist()
    assert (policy.assign(customers)["tier_rank"] + 1).tolist() == found.classify(customers["revenue"]).tolist()
    # the doubt: money is so skewed that nearly everybody is regular
    assert sizes["regular"] > 0.9 * len(customers)


def test_many_values_in_seconds():
    import time

    values = np.random.default_rng(0).lognormal(4, 1.2, 200_000)
    began = time.process_time()
    tiering.natural_breaks(values, 5)
    # about 0.3 s; the quadratic way would take an hour
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: tiering.natural_breaks([1, 1, 1], 2), "k is 2; 2 to 1"),
        (lambda: tiering.natural_breaks([1, 2, 3], 1), "k is 1; 2 to 3"),
        (lambda: tiering.natural_breaks([1, 2, 3], 2.0), "k is 2.0"),
        (lambda: tiering.natural_breaks([1, np.nan, 3], 2), "no usable number .first: row 1"),
        (lambda: tiering.natural_breaks(["a", "b"], 2), "a number was expected"),
        (lambda: tiering.natural_breaks([], 2), "values is empty"),
        (lambda: tiering.natural_breaks([3, 0, 2], 2, log=True), "row 1: 0 has no logarithm"),
        (lambda: tiering.natural_breaks([1, 2, 3], 2).tiers(["a"]), "2 classes, but 1 names"),
    ],
)
def test_bad_input_gets_a_clear_answer(call, says):
    with pytest.raises(DataError, match=says):
        call()
