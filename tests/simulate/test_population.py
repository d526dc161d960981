"""The simulators hold what they promise: planted rates come out, seeds repeat."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import crmlab
from crmlab.simulate import BuyingBehaviour, draw_all_orders, draw_buyers, simulate_retail

N = 20_000


@pytest.fixture(scope="module")
def buyers():
    return draw_buyers(N, BuyingBehaviour(p=2.1), np.random.default_rng(3))


def test_latent_rates_follow_their_distributions(buyers):
    b = BuyingBehaviour(p=2.1)
    for column, law in (
        ("purchase_rate", stats.gamma(b.r, scale=1 / b.alpha)),
        ("dropout_probability", stats.beta(b.a, b.b)),
        ("mean_order_value", stats.invgamma(b.q, scale=b.p * b.v)),
    ):
        assert stats.kstest(buyers[column], law.cdf).pvalue > 0.001, column


def test_orders_come_at_the_planted_rate_until_the_customer_leaves(buyers):
    end = 100.0
    who, when, left = draw_all_orders(buyers, np.zeros(N), end, np.random.default_rng(4))
    assert (np.bincount(who, minlength=N) >= 1).all()
    last = pd.Series(when).groupby(who).max()
    gone = np.isfinite(left)
    assert np.allclose(last[gone], left[gone])
    # repeat orders are Poisson with rate times active weeks: compare sums, in standard errors
    repeats, exposure = len(who) - N, buyers["purchase_rate"] * np.minimum(left, end)
    # a customer who leaves does so *with* an order, so active time is stopped by the process itself;
    # repeats minus exposure is then a martingale with variance equal to the expected exposure
    assert abs(repeats - exposure.sum()) < 4 * np.sqrt(exposure.sum())


def test_customers_leave_with_their_own_probability(buyers):
    who, _, left = draw_all_orders(buyers, np.zeros(N), 100.0, np.random.default_rng(5))
    repeats = np.bincount(who, minlength=N) - 1
    p = buyers["dropout_probability"].to_numpy()
    expected = (repeats * p).sum()
    assert abs(np.isfinite(left).sum() - expected) < 4 * np.sqrt((repeats * p * (1 - p)).sum())


def test_same_seed_same_rows_other_seed_other_rows():
    (one, truth), (same, truth_again), (other, _) = (simulate_retail(200, seed) for seed in (1, 1, 2))
    for name in one:
        pd.testing.assert_frame_equal(one[name], same[name])
    pd.testing.assert_frame_equal(truth, truth_again)
    assert not one["transactions"].equals(other["transactions"])


@pytest.mark.parametrize("n", [1, 2, 30])
def test_small_sets_are_whole(n):
    tables, truth = simulate_retail(n, seed=11)
    assert len(tables["customers"]) == len(truth) == n
    assert set(tables["transactions"]["customer_id"]) == set(tables["customers"]["customer_id"])


def test_the_truth_fits_the_tables():
    data = crmlab.load("retail", truth=True)
    orders, truth = data.transactions, data.truth.set_index("customer_id")
    first, last = (orders.groupby("customer_id")["date"].agg(f) for f in ("min", "max"))
    assert (data.customers.set_index("customer_id")["signup_date"] == first).all()
    left = truth["last_active"].dropna()
    assert (last[left.index] <= left).all()
    window = orders[(orders["date"] >= "2025-06-02") & (orders["date"] < "2025-07-28")]
    seen = window.groupby("customer_id").size().reindex(truth.index, fill_value=0)
    sent = data.customers.set_index("customer_id")["voucher"]
    planted = truth["orders_with_voucher"].where(sent.fillna(False), truth["orders_without_voucher"]).dropna()
    assert (seen[planted.index] == planted).all()


def test_the_experiment_recovers_the_planted_effect_and_before_after_does_not():
    """Over 200 draws, a 90 % interval of the randomised comparison covers the truth 86 to 94 % of the time.

    With 200 draws the share that covers has a standard error of 2.1 points, so 86 to 94 is two of them.
    """
    covers, naive_covers = [], []
    for seed in range(200):
        tables, truth = simulate_retail(700, seed)
        orders, people = tables["transactions"], tables["customers"].dropna(subset=["voucher"])
        effect = (truth["orders_with_voucher"] - truth["orders_without_voucher"]).astype(float).loc[people.index]

        def count(start, end, orders=orders, people=people):
            inside = orders[(orders["date"] >= start) & (orders["date"] < end)]
            return people["customer_id"].map(inside["customer_id"].value_counts()).fillna(0)

        before, after = count("2025-04-07", "2025-06-02"), count("2025-06-02", "2025-07-28")
        sent = people["voucher"].astype(bool)
        treated, control, change = after[sent], after[~sent], (after - before)[sent]
        error = np.sqrt(treated.var() / len(treated) + control.var() / len(control))
        covers.append(abs(treated.mean() - control.mean() - effect.mean()) < 1.645 * error)
        naive_covers.append(abs(change.mean() - effect.mean()) < 1.645 * np.sqrt(change.var() / len(change)))
    assert 0.86 <= np.mean(covers) <= 0.94
    assert np.mean(naive_covers) < 0.5
