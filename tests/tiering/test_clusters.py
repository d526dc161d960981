"""Clusters: planted groups come back, scales matter, results repeat; how many, by silhouette and stability."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab
from crmlab import tiering
from crmlab.errors import DataError
from crmlab.tiering.clusters import SCALES, scaler

COLUMNS = ["days_since_last", "orders", "revenue"]


@pytest.fixture(scope="module")
def retail():
    return crmlab.load("retail", truth=True)


@pytest.fixture(scope="module")
def customers(retail):
    return crmlab.summarize(retail.transactions)


@pytest.fixture(scope="module")
def planted(retail, customers):
    return customers.merge(retail.truth.customers[["customer_id", "segment"]], on="customer_id")["segment"]


def three_groups(seed=0, n=150):
    """Three groups that are apart in days and orders; money is noise with large numbers."""
    rng = np.random.default_rng(seed)
    group = np.repeat([0, 1, 2], n)
    days = np.exp(np.array([2.0, 4.0, 6.0])[group] + rng.normal(0, 0.15, 3 * n))
    orders = np.exp(np.array([3.0, 1.0, 3.0])[group] + rng.normal(0, 0.15, 3 * n))
    money = rng.lognormal(9, 0.2, 3 * n)
    return pd.DataFrame({"days_since_last": days, "orders": orders, "revenue": money}), group


@pytest.mark.parametrize("method", ["kmeans", "mixture"])
def test_planted_groups_come_back_only_on_a_common_scale(method):
    frame, group = three_groups()
    found = tiering.segment_customers(frame, ["days_since_last", "orders"], 3, method)
    assert tiering.adjusted_rand(found.labels, group) > 0.98
    # the trap: the numbers of money are the largest, so money decides alone
    trapped = tiering.segment_customers(frame, COLUMNS, 3, "kmeans", scale="none")
    assert tiering.adjusted_rand(trapped.labels, group) < 0.1
    assert trapped.centres["revenue"].max() > 1.3 * trapped.centres["revenue"].min()


def test_centres_are_in_the_units_of_the_measures():
    frame, _ = three_groups()
    found = tiering.segment_customers(frame, ["days_since_last", "orders"], 3)
    for _, own in frame.groupby(found.labels, observed=True):
        centre = found.centres.loc[found.labels[own.index[0]]]
        assert centre["days_since_last"] == pytest.approx(own["days_since_last"].median(), rel=0.1)
        assert centre["orders"] == pytest.approx(own["orders"].median(), rel=0.1)
    plain = tiering.segment_customers(frame, ["days_since_last", "orders"], 3, scale="standard")
    means = frame.groupby(plain.labels, observed=True)[["days_since_last", "orders"]].mean()
    assert plain.centres.to_numpy() == pytest.approx(means.loc[plain.centres.index].to_numpy(), rel=1e-4)


def test_the_unscaled_retailer_is_cut_by_money_alone(customers, planted):
    trapped = tiering.segment_customers(customers, COLUMNS, 4, scale="none")
    assert trapped.profile["share_of_customers"].max() > 0.6 and trapped.profile["customers"].min() < 20
    assert tiering.adjusted_rand(trapped.labels, planted) < 0.05


@pytest.mark.parametrize("method", ["kmeans", "mixture"])
def test_clusters_are_not_the_planted_segments(customers, planted, method):
    found = tiering.segment_customers(customers, COLUMNS, 5, method)
    # better than chance, and far from the truth: the planted segments overlap in what can be seen
    assert 0.04 < tiering.adjusted_rand(found.labels, planted) < 0.25


def test_profile_counts_everybody_and_labels_have_no_order(customers):
    found = tiering.segment_customers(customers, COLUMNS, 4)
    assert found.profile["customers"].sum() == len(customers)
    assert found.profile["customers"].is_monotonic_decreasing
    assert not found.labels.cat.ordered and found.labels.notna().all()
    assert found.centres.index.is_unique and found.profile.index.name == "segment"
    assert (found.labels.value_counts().reindex(found.profile.index) == found.profile["customers"]).all()
    assert (found.predict(customers) == found.labels).all()
    assert "segment" not in customers


def test_names_say_what_sets_a_group_apart(customers):
    names = tiering.segment_customers(customers, COLUMNS, 4).centres
    best = names["revenue"].idxmax()
    assert "much revenue" in best and "many orders" in best
    assert any("long silent" in name for name in names.index) and any("recent" in name for name in names.index)
    odd = customers.rename(columns={"orders": "visits_a_year"})
    assert "high visits a year" in " ".join(
        tiering.segment_customers(odd, ["visits_a_year", "revenue"], 3).centres.index
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_same_seed_same_groups_in_any_order_of_rows(seed, k):
    frame, _ = three_groups(seed, 40)
    one, two = (tiering.segment_customers(frame, COLUMNS, k, seed=seed) for _ in range(2))
    pd.testing.assert_series_equal(one.labels, two.labels)
    pd.testing.assert_frame_equal(one.centres, two.centres)
    shuffled = frame.sample(frac=1, random_state=seed)
    if k == 3:  # the right number: the order of rows decides nothing
        again = tiering.segment_customers(shuffled[["days_since_last", "orders"]], ["days_since_last", "orders"], 3)
        plain = tiering.segment_customers(frame, ["days_since_last", "orders"], 3)
        assert tiering.adjusted_rand(again.labels.sort_index(), plain.labels) == 1


@pytest.mark.parametrize("kind", SCALES)
def test_scales_go_there_and_back(kind):
    values = np.random.default_rng(1).normal(3, 40, (50, 2))
    values[:30, 1] = 7.0  # more than half alike: no interquartile range
    scale = scaler(values, kind)
    assert scale.backward(scale.forward(values)) == pytest.approx(values)
    assert np.isfinite(scale.forward(values)).all()


def test_the_right_number_is_apart_and_stable():
    frame, _ = three_groups()
    choices = tiering.choose_k(frame, ["days_since_last", "orders"], range(2, 7))
    assert choices["silhouette"].idxmax() == 3
    assert choices.loc[3, "stability"] > 0.99 and choices.loc[[5, 6], "stability"].max() < 0.9
    assert (choices["stability_low"] <= choices["stability"]).all()
    assert (choices["stability"] <= choices["stability_high"]).all()


def test_a_cloud_without_groups_can_still_be_stable():
    # why stability alone chooses nothing
    cloud = pd.DataFrame(np.random.default_rng(2).normal(0, [3.0, 1.0], (600, 2)), columns=["x", "y"])
    choices = tiering.choose_k(cloud, ["x", "y"], [2, 5], scale="none")
    assert choices.loc[2, "stability"] > 0.8 and choices["silhouette"].max() < 0.5


def test_choices_of_the_retailer_repeat(customers):
    some = customers.head(800)
    one, two = (tiering.choose_k(some, COLUMNS, [2, 4], resamples=3) for _ in range(2))
    pd.testing.assert_frame_equal(one, two)
    mixture = tiering.choose_k(some, COLUMNS, [2, 4], "mixture", resamples=3)
    assert mixture["bic"].notna().all() and "bic" not in one


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60))
def test_adjusted_rand_is_that_of_scikit_learn(pairs):
    from sklearn.metrics import adjusted_rand_score

    one, other = zip(*pairs, strict=True)
    assert tiering.adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda c: tiering.segment_customers(c, ["revenu"], 3), "Did you mean 'revenue'"),
        (lambda c: tiering.segment_customers(c, ["revenue"], 1), "k is 1; 2 to"),
        (lambda c: tiering.segment_customers(c, ["revenue"], 3, "kmean"), "Did you mean 'kmeans'"),
        (lambda c: tiering.segment_customers(c, ["revenue"], 3, scale="robust"), "Did you mean 'robust-log'"),
        (lambda c: tiering.segment_customers(c, "revenue", 3), "a list of different measures"),
        (lambda c: tiering.segment_customers(c, [], 3), "a list of different measures"),
        (lambda c: tiering.segment_customers(c.assign(orders=1), ["orders"], 3), "all are 1; leave it out"),
        (lambda c: tiering.segment_customers(c.assign(orders=np.nan), ["orders"], 3), "no usable number"),
        (lambda c: tiering.choose_k(c, COLUMNS, []), "ks is empty"),
        (lambda c: tiering.choose_k(c, COLUMNS, [2], resamples=1), "2 or more"),
        (lambda c: tiering.adjusted_rand([1], [1, 2]), "not of 1 and 2"),
        (lambda c: tiering.segment_customers(c, COLUMNS, 3).predict(c[["orders"]]), "no column 'days_since_last'"),
    ],
)
def test_bad_input_gets_a_clear_answer(customers, call, says):
    with pytest.raises(DataError, match=says):
        call(customers)
