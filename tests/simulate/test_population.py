"""The population model holds what it promises: planted rates come out, streams repeat, time stretches."""

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from crmlab.simulate import streams
from crmlab.simulate.population import BuyingBehaviour, Calendar, Segment, draw_latents, draw_orders

N = 20_000
TWO = (
    Segment("often", 0.3, BuyingBehaviour(r=2.0, alpha=10.0), satisfaction=0.5, lift={"call": 0.4}),
    Segment("rarely", 0.7, BuyingBehaviour(r=0.5, alpha=12.0), referral_rate=0.2, lift={"call": -0.2}),
)


@pytest.fixture(scope="module")
def latents():
    return draw_latents(N, TWO, 3, "test", 0)


# ---------------------------------------------------------------- streams


def test_a_stream_is_its_name_and_nothing_else():
    first = streams.stream(1, "retail", 0, "orders").random(4)
    assert (first == streams.stream(1, "retail", 0, "orders").random(4)).all()
    paths = [
        (2, "retail", 0, "orders"),
        (1, "retail", 1, "orders"),
        (1, "bank", 0, "orders"),
        (1, "retail", 0, "lines"),
    ]
    others = [streams.stream(*path).random() for path in paths]
    assert len({first[0], *others}) == 5


def test_streams_are_the_same_in_every_version():
    """Fixed numbers: if these change, every shipped file changes."""
    assert streams.stream(2025, "retail", 0, "latents").random(2).tolist() == [0.5565620720380794, 0.6467792444680538]


@pytest.mark.parametrize("shape", [0.05, 0.36, 1.0, 2.4, 30.0])
def test_gamma_by_table_is_the_exact_inverse(shape):
    u = np.concatenate([np.logspace(-12, -1, 200), np.linspace(0.1, 0.9, 200), 1 - np.logspace(-12, -1, 200)])
    exact = np.where(u < 0.5, special.gammaincinv(shape, u), special.gammainccinv(shape, 1 - u))
    usable = exact > 1e-250
    np.testing.assert_allclose(streams.gamma(shape, u)[usable], exact[usable], rtol=2e-4)
    assert abs(streams.gamma(shape, np.linspace(0, 1, 200_001)[1:-1]).mean() / shape - 1) < 2e-3


@pytest.mark.parametrize(("a", "b"), [(0.7, 3.5), (0.2, 0.3), (5.0, 2.0)])
def test_beta_by_table_is_the_exact_inverse(a, b):
    u = np.linspace(0.001, 0.999, 999)
    np.testing.assert_allclose(streams.beta(a, b, u), special.betaincinv(a, b, u), rtol=1e-4, atol=1e-12)


def test_poisson_is_the_exact_inverse():
    mean, u = np.repeat([0.0, 0.3, 4.0, 60.0], 500), np.tile(np.linspace(0.001, 0.999, 500), 4)
    assert (streams.poisson(mean, u) == stats.poisson(mean).ppf(u)).all()


def test_choices_have_their_shares():
    u = np.linspace(0, 1, 10_001)[:-1]
    assert np.bincount(streams.choose([1, 0, 3], u), minlength=3).tolist() == [2_500, 0, 7_500]
    each = streams.choose_each(np.tile([[1.0, 0.0, 3.0]], (10_000, 1)), u)
    assert np.bincount(each, minlength=3).tolist() == pytest.approx([2_500, 0, 7_500], abs=2)


def test_blocks_cover_everybody_once():
    for customers in (1, 9_999, 10_000, 10_001, 35_000):
        assert sum(n for _, n in streams.blocks(customers)) == customers


# ---------------------------------------------------------------- population


def test_latent_rates_follow_their_distributions(latents):
    assert np.bincount(latents["segment"]) / N == pytest.approx([0.3, 0.7], abs=4 * np.sqrt(0.21 / N))
    for position, segment in enumerate(TWO):
        mine, b = latents[latents["segment"] == position], segment.behaviour
        for column, law in (
            ("purchase_rate", stats.gamma(b.r, scale=1 / b.alpha)),
            ("dropout_probability", stats.beta(b.a, b.b)),
            ("mean_order_value", stats.invgamma(b.q, scale=b.p * b.v)),
        ):
            assert stats.kstest(mine[column], law.cdf).pvalue > 0.001, (segment.name, column)
        error = mine["satisfaction"].std() / np.sqrt(len(mine))
        assert abs(mine["satisfaction"].mean() - segment.satisfaction) < 4 * error
        assert abs(mine["lift_call"].mean() - segment.lift["call"]) < 4 * 0.25 / np.sqrt(len(mine)) + 0.002


def test_segments_overlap(latents):
    """No cut of the rate tells the segments apart: at the best cut more than a tenth is on the wrong side."""
    rate, often = latents["purchase_rate"].to_numpy(), latents["segment"].to_numpy() == 0
    order = np.argsort(rate)
    wrong = np.cumsum(often[order]) + ((~often).sum() - np.cumsum(~often[order]))
    assert wrong.min() / N > 0.1


@pytest.fixture(scope="module")
def ordered(latents):
    rate, dropout = latents["purchase_rate"].to_numpy(), latents["dropout_probability"].to_numpy()
    return draw_orders(rate, dropout, np.zeros(N), 100.0, np.random.default_rng(4))


def test_orders_come_at_the_planted_rate_until_the_customer_leaves(latents, ordered):
    who, when, left = ordered
    assert (np.bincount(who, minlength=N) >= 1).all()
    last = pd.Series(when).groupby(who).max()
    gone = np.isfinite(left)
    assert np.allclose(last[gone], left[gone])
    # a customer leaves *with* an order, so active time is stopped by the process itself; repeat orders less
    # rate times active time are then a martingale, whose variance is the expected number of repeat orders
    exposure = (latents["purchase_rate"] * np.minimum(left, 100.0)).sum()
    assert abs(len(who) - N - exposure) < 4 * np.sqrt(exposure)


def test_customers_leave_with_their_own_probability(latents, ordered):
    who, _, left = ordered
    repeats, p = np.bincount(who, minlength=N) - 1, latents["dropout_probability"].to_numpy()
    assert abs(np.isfinite(left).sum() - (repeats * p).sum()) < 4 * np.sqrt((repeats * p * (1 - p)).sum())


# ---------------------------------------------------------------- calendar


def test_the_calendar_gives_each_month_and_weekday_its_level():
    month = [1.0] * 10 + [1.6, 1.2]
    calendar = Calendar("2023-01-02", 1_092, month, [1, 1, 1, 1, 1.5, 0.5, 0.5])
    u = (np.arange(1_000_000) + 0.5) / 1_000_000 * calendar.weeks
    dates = pd.DatetimeIndex(calendar.date(calendar.day(u)))
    days = pd.date_range("2023-01-02", periods=1_092)
    per_day = pd.Series(dates).value_counts().reindex(days)
    assert per_day[days.month == 11].mean() / per_day[days.month <= 10].mean() == pytest.approx(1.6, rel=0.02)
    by_weekday = per_day.groupby(days.day_of_week).mean()
    assert by_weekday[4] / by_weekday[0] == pytest.approx(1.5, rel=0.02)


def test_stretching_time_goes_there_and_back():
    calendar = Calendar("2023-01-02", 700, [1, 2] * 6, [1, 1, 1, 1, 2, 3, 1])
    day = np.arange(700)
    assert (calendar.day(calendar.week(day) + 1e-9) == day).all()
    assert calendar.week(700) == pytest.approx(100)
