"""BG/NBD against print, against another formula, against simulation, and at its edges."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, special, stats

import crmlab
from crmlab import BetaGeoModel
from crmlab.errors import DataError, ModelError
from crmlab.simulate.population import BuyingBehaviour, Segment, draw_latents, draw_orders


def history(x, t_x, T):
    return pd.DataFrame({"frequency": np.atleast_1d(x), "recency": np.atleast_1d(t_x), "T": np.atleast_1d(T)})


def buyers_of(n, behaviour, seed):
    """Latent rates of n customers of one segment."""
    return draw_latents(n, (Segment("all", 1.0, behaviour),), seed, "test")


def let_them_order(buyers, start, end, seed):
    rate, dropout = (buyers[c].to_numpy() for c in ("purchase_rate", "dropout_probability"))
    return draw_orders(rate, dropout, start, end, np.random.default_rng(seed))


@pytest.fixture(scope="module")
def cdnow():
    return crmlab.summarize(crmlab.load("cdnow").transactions, as_of="1997-09-30", time_unit="W")


@pytest.fixture(scope="module")
def fitted(cdnow):
    return BetaGeoModel().fit(cdnow)


def test_published_estimates(fitted):
    """Fader, Hardie and Lee (2005), table 2."""
    assert {k: round(v, 3) for k, v in fitted.params_.items()} == {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert fitted.log_likelihood_ == pytest.approx(-9582.4, abs=0.05)


def test_published_customer():
    """Fader, Hardie and Lee (2005), their worked spreadsheet: x = 2, t_x = 30.43, T = 38.86, next 39 weeks: 1.226."""
    model = BetaGeoModel.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    assert model.expected_purchases(history(2, 30.43, 38.86), 39).iloc[0] == pytest.approx(1.226, abs=5e-4)


def closed_form(p, x, t_x, T, t):
    """FHL's equation 10 as printed, which works only for a > 1 and tame customers."""
    r, alpha, a, b = (p[k] for k in ("r", "alpha", "a", "b"))
    ratio = (alpha + T) / (alpha + T + t)
    series = special.hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t))
    top = (a + b + x - 1) / (a - 1) * (1 - ratio ** (r + x) * series)
    return top / (1 + (x > 0) * a / (b + max(x, 1) - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x))


def test_equals_the_printed_formula_where_that_works():
    rng = np.random.default_rng(1)
    for _ in range(200):
        p = {"r": rng.uniform(0.1, 3), "alpha": rng.uniform(1, 20), "a": rng.uniform(1.2, 3), "b": rng.uniform(0.5, 6)}
        x, T = int(rng.integers(0, 30)), rng.uniform(5, 100)
        t_x = rng.uniform(0.1, T) if x else 0.0
        found = BetaGeoModel.from_params(**p).expected_purchases(history(x, t_x, T), 30).iloc[0]
        assert found == pytest.approx(closed_form(p, x, t_x, T, 30), rel=1e-8)


@pytest.mark.parametrize(
    ("a", "b", "x"),
    [(0.3, 0.4, 0), (1.0, 2.0, 3), (1.0 + 1e-9, 2.0, 3), (0.5, 0.5, 0), (0.8, 2.4, 2_000), (2.0, 0.2, 0)],
)
def test_where_the_printed_formula_breaks(a, b, x):
    """a + b below 1, a equal to 1, a + b equal to 1, thousands of purchases: held to direct integration."""
    r, alpha, T, t = 0.3, 5.0, 52.0, 40.0
    model = BetaGeoModel.from_params(r=r, alpha=alpha, a=a, b=b)
    found = model.expected_purchases(history(x, T if x else 0.0, T), t).iloc[0]

    def purchases(u):
        """Purchases within t, given that the dropout probability is at its quantile u."""
        p = special.betaincinv(a, b + x, u)
        return ((1 - (1 + p * t / (alpha + T)) ** -(r + x)) / p) if p > 1e-12 else (r + x) * t / (alpha + T)

    active = model.expected_probability_alive(history(x, T if x else 0.0, T)).iloc[0]
    assert found == pytest.approx(active * integrate.quad(purchases, 0, 1, limit=400)[0], rel=1e-6)


def test_recovers_planted_parameters_and_future_orders():
    """Forty populations: the mean rate and the mean dropout are right on average, and so is the forecast.

    Held within three standard errors of the mean over the forty runs.
    """
    planted, weeks, future = BuyingBehaviour(), 78.0, 26.0
    rate, dropout, forecast = [], [], []
    for seed in range(40):
        buyers = buyers_of(1_500, planted, seed)
        start = 26 * np.random.default_rng(1_000 + seed).random(len(buyers))
        who, when, _ = let_them_order(buyers, start, weeks + future, seed)
        past = when < weeks
        frame = pd.DataFrame({"who": who[past], "when": when[past]}).groupby("who")["when"].agg(["size", "max"])
        customers = history(frame["size"] - 1, frame["max"] - start, weeks - start)
        model = BetaGeoModel().fit(customers)
        p = model.params_
        rate.append(p["r"] / p["alpha"] / planted.mean_rate - 1)
        dropout.append(p["a"] / (p["a"] + p["b"]) - planted.a / (planted.a + planted.b))
        came = np.bincount(who[~past], minlength=len(buyers)).sum()
        forecast.append(model.expected_purchases(customers, future).sum() / came - 1)
    for errors in (rate, dropout, forecast):
        assert abs(np.mean(errors)) < 3 * stats.sem(errors)


def test_unit_of_time_changes_only_alpha(cdnow, fitted):
    days = cdnow.assign(recency=cdnow["recency"] * 7, T=cdnow["T"] * 7)
    by_day = BetaGeoModel().fit(days)
    assert by_day.params_["alpha"] == pytest.approx(7 * fitted.params_["alpha"], rel=1e-3)
    np.testing.assert_allclose(by_day.expected_purchases(days, 70), fitted.expected_purchases(cdnow, 10), rtol=2e-3)


def test_predictions_keep_the_index_and_behave(cdnow, fitted):
    indexed = cdnow.set_index("customer_id")
    alive = fitted.expected_probability_alive(indexed)
    assert alive.index.equals(indexed.index)
    assert alive.between(0, 1).all()
    assert (alive[indexed["frequency"] == 0] == 1).all()
    assert (fitted.expected_purchases(indexed, 0) == 0).all()
    assert (fitted.expected_purchases(indexed, 20) > fitted.expected_purchases(indexed, 10)).all()


def test_a_new_customer_equals_the_average_of_simulated_ones():
    planted = BuyingBehaviour()
    model = BetaGeoModel.from_params(**{k: planted.as_dict()[k] for k in ("r", "alpha", "a", "b")})
    buyers = buyers_of(40_000, planted, 8)
    who, _, _ = let_them_order(buyers, np.zeros(len(buyers)), 52.0, 8)
    repeats = np.bincount(who) - 1
    assert abs(repeats.mean() - model.expected_purchases_new_customer(52)) < 3 * stats.sem(repeats)


@pytest.mark.parametrize(
    ("frame", "error", "says"),
    [
        (history([0, 0], [0, 0], [10, 20]), ModelError, "no customer bought a second time"),
        (history(1, 30, 20), DataError, "recency beyond T"),
        (history(-1, 0, 20), DataError, "negative"),
        (history(np.nan, 0, 20), DataError, "missing or infinite"),
        (history(2, 0, 20), DataError, "recency 0"),
        (history([], [], []), DataError, "is empty"),
        (history(1, 1, 2).drop(columns="T"), DataError, "no column 'T'"),
    ],
)
def test_impossible_histories_get_a_clear_answer(frame, error, says):
    with pytest.raises(error, match=says):
        BetaGeoModel().fit(frame)


def test_equal_dropout_is_diagnosed_not_printed_as_a_huge_number():
    buyers = buyers_of(3_000, BuyingBehaviour(r=1, alpha=3), 0).assign(dropout_probability=0.15)
    who, when, _ = let_them_order(buyers, np.zeros(len(buyers)), 52.0, 0)
    seen = pd.DataFrame({"who": who, "when": when}).groupby("who")["when"].agg(["size", "max"])
    with pytest.raises(ModelError, match=r"a / \(a \+ b\) = 0\.1[45]"):
        BetaGeoModel().fit(history(seen["size"] - 1, seen["max"], np.full(len(seen), 52.0)))


def test_no_dropout_at_all_is_found():
    rng = np.random.default_rng(2)
    T = np.full(800, 50.0)
    x = rng.poisson(rng.gamma(2.0, 0.2, 800) * T)
    t_x = np.where(x > 0, T * rng.random(800) ** (1 / np.maximum(x, 1)), 0.0)  # the last of x uniform times
    p = BetaGeoModel().fit(history(x, t_x, T)).params_
    assert p["a"] / (p["a"] + p["b"]) < 0.005


def test_settings_that_make_no_sense():
    with pytest.raises(ModelError, match="a number above 0"):
        BetaGeoModel.from_params(r=0, alpha=1, a=1, b=1)
    with pytest.raises(ModelError, match="call fit"):
        BetaGeoModel().expected_purchases(history(1, 1, 2), 3)
    with pytest.raises(ModelError, match="0 or more"):
        BetaGeoModel.from_params(r=1, alpha=1, a=1, b=1).expected_purchases(history(1, 1, 2), -3)
