"""Labels drawn again and labels from review to review, held against planted truth."""

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab import TierPolicy
from crmlab.foundations import classify, identify
from crmlab.simulate.population import draw_orders
from crmlab.simulate.shop import settings
from crmlab.simulate.shop.orders import spend_cents
from crmlab.tiering.auditing.books import read_books
from crmlab.tiering.auditing.churn import follow, label_churn, review_days
from crmlab.tiering.auditing.draws import draw_own, draw_pooled
from crmlab.tiering.auditing.histories import histories
from crmlab.tiering.auditing.intervals import ratio, share, studentized
from crmlab.tiering.auditing.labels import label_draws
from crmlab.tiering.auditing.stability import drawn_labels, label_stability
from tests.tiering.audit_people import DAYS, START, Population
from tests.tiering.test_engines import POLICIES

SPEND = TierPolicy("spend", "revenue", {"regular": None, "silver": 150, "gold": 500, "vip": 1_500})
COUNT = TierPolicy("orders", "orders", {"regular": None, "silver": 2, "gold": 4, "vip": 8})
END = START + pd.Timedelta(days=DAYS - 1)


@pytest.fixture(scope="module")
def retail():
    return crmlab.load("retail", truth=True)


def stability(policy, rows, draws=40, seed=0):
    books = read_books(rows)
    assigned = policy.assign(books.measure(END))
    return label_stability(policy, books, END, assigned, draws, seed)


@pytest.mark.parametrize("months", [None, 12])
def test_histories_add_up_to_the_summary(retail, months):
    books, day = read_books(retail, months=months), pd.Timestamp("2024-12-28")
    measured = books.measure(day)
    past = histories(books, day, measured)
    assert (np.bincount(past.who[past.inside], minlength=len(measured)) == measured["orders"]).all()
    spent = np.bincount(past.who, past.net, minlength=len(measured))
    whole = crmlab.summarize(retail.transactions, day)
    assert np.allclose(spent, whole["revenue"])  # returns are with their purchases, none is lost
    assert (np.bincount(past.who[past.first], minlength=len(measured)) == 1).all()
    if months is None:
        pd.testing.assert_frame_equal(measured[whole.columns.tolist()], whole)
    else:
        window = identify(retail.transactions, [day], months)
        assert measured["revenue"].tolist() == window["revenue"].tolist()
        assert (measured["days_since_last"] == whole["days_since_last"]).all()


def test_returns_go_with_the_purchase_before_them():
    days = pd.to_datetime(["2025-01-05", "2025-01-10", "2025-01-12", "2025-01-20", "2025-01-20", "2025-01-02"])
    rows = pd.DataFrame({"customer_id": ["A"] * 5 + ["B"], "date": days, "amount": [-5.0, 50, -10, 30, -4, 7]})
    books = read_books(rows)
    past = histories(books, pd.Timestamp("2025-01-31"), books.measure(pd.Timestamp("2025-01-31")))
    assert past.who.tolist() == [0, 0, 1]
    assert past.net.tolist() == [35.0, 26.0, 7.0] and past.gross.tolist() == [50.0, 30.0, 7.0]
    assert past.age.tolist() == [21, 11, 29] and past.exposure.tolist() == [21.0, 29.0]


@pytest.mark.parametrize("draw", [draw_own, draw_pooled])
def test_draws_keep_the_mean_and_are_measured_alike(retail, draw):
    books, day = read_books(retail), pd.Timestamp("2024-12-28")
    measured = books.measure(day)
    drawn = list(draw(histories(books, day, measured), 40, np.random.default_rng(1)))
    for name in ("orders", "revenue"):
        assert np.mean([d[name].mean() for d in drawn]) == pytest.approx(measured[name].mean(), rel=0.07)
    for d in drawn[:3]:
        assert (d["frequency"] == d["orders"] - 1).all() and (d["orders"] >= 1).all()
        assert (d["recency"] + d["days_since_last"] == measured["T"]).all()


@pytest.mark.parametrize("policy", POLICIES, ids=lambda p: p.name)
def test_many_draws_at_once_get_the_labels_of_assign(policy):
    rng = np.random.default_rng(4)
    base = pd.DataFrame(
        {"orders": rng.integers(1, 12, 60), "revenue": rng.choice([-5.0, 0, 99.99, 100, 300, 512.5], 60),
         "days_since_last": rng.integers(0, 400, 60)}
    )  # fmt: skip
    draws = [{"orders": rng.integers(1, 12, 60), "revenue": rng.choice([-1.0, 50, 100, 812.31], 60)} for _ in range(5)]
    found = label_draws(policy, base[policy.measures], [{}, *draws])
    for labels, draw in zip(found, [{}, *draws], strict=True):
        assert labels.tolist() == policy.assign(base.assign(**draw))["tier_rank"].tolist()


@pytest.mark.parametrize("policy", [SPEND, COUNT], ids=["spend", "orders"])
def test_the_share_that_would_change_is_the_planted_one(policy):
    """Forty populations of 400; the truth is the share of 60,000 who have another label in a second history."""
    many, runs = Population(999, 60_000), 40
    once, again = (policy.assign(crmlab.summarize(many.rows(), END))["tier_rank"].to_numpy() for _ in range(2))
    truth = {tier: (again[once == k] != k).mean() for k, tier in enumerate(policy.names)}
    truth["all"] = (once != again).mean()
    found = []
    for seed in range(runs):
        books = read_books(Population(seed, 400).rows())
        assigned = policy.assign(books.measure(END))
        found.append(drawn_labels(policy, histories(books, END, assigned), assigned, 40, seed)[0])
    cover = {}
    for tier, expected in truth.items():
        rows = [f.loc[tier] for f in found]
        assert np.mean([r["share_changed"] for r in rows]) == pytest.approx(expected, rel=0.05)
        cover[tier] = np.mean([r["low"] <= expected <= r["high"] for r in rows])
        assert cover[tier] > 0.95 - 5 * np.sqrt(0.95 * 0.05 / runs), tier
    assert np.mean(list(cover.values())) > 0.88
    # the naive bootstrap finds far too little
    assert np.mean([f.loc["all", "share_changed_own"] for f in found]) < 0.7 * truth["all"]


def test_on_the_retailer_it_is_near_the_planted_truth(retail):
    books, day = read_books(retail), pd.Timestamp("2024-12-28")
    assigned = SPEND.assign(books.measure(day))
    found = label_stability(SPEND, books, day, assigned, 50, 0).labels
    planted = retail.truth.customers.set_index("customer_id").loc[assigned["customer_id"]]
    weeks = settings.calendar().week
    begin, end = weeks((assigned["first_date"] - settings.START).dt.days + 0.5), float(weeks(settings.day_of(day) + 1))
    rng, changed = np.random.default_rng(0), []
    for _ in range(15):
        rate, leaves, level = (
            planted[c].to_numpy() for c in ("purchase_rate", "dropout_probability", "mean_order_value")
        )
        who, _, _ = draw_orders(rate, leaves, begin, end, rng)
        spent = np.bincount(who, spend_cents(level[who], rng) / 100, minlength=len(planted))
        changed.append(SPEND.assign(pd.DataFrame({"revenue": spent}))["tier_rank"].to_numpy() != assigned["tier_rank"])
    truth = np.mean(changed)
    assert found.loc["all", "share_changed"] == pytest.approx(truth, abs=0.02)
    assert found.loc["all", "share_changed_own"] < 0.5 * truth
    tiers = pd.Series(np.mean(changed, axis=0)).groupby(assigned["tier"], observed=True).mean()
    assert (found["share_changed"].drop("all").loc[tiers.index] - tiers).abs().max() < 0.08


def test_shares_of_the_labels_add_up(retail):
    rows = Population(3, 500).rows()
    found = stability(SPEND, rows)
    labels = found.labels
    assert (labels["share_lower"] + labels["share_higher"]).to_numpy() == pytest.approx(
        labels["share_changed"].to_numpy()
    )
    parts = labels.drop("all")
    weighted = np.average(parts["share_changed"].fillna(0), weights=parts["customers"])
    assert weighted == pytest.approx(labels.loc["all", "share_changed"])
    assert found.customers["share_changed"].mean() == pytest.approx(labels.loc["all", "share_changed"])
    assert labels.loc["regular", "share_lower"] == 0 and labels.loc["vip", "share_higher"] == 0


def test_reviews_are_followed_as_the_loop_does(retail):
    """Another implementation, over a grid, stands in the foundations."""
    policy = SPEND.replace(hysteresis=0.2, minimum_stay=1)
    books = read_books(retail, months=12)
    days = review_days(books, 3)
    assert len(days) == 9
    held = follow(policy, [books.measure(day) for day in days])
    known = identify(retail.transactions, days, 12)
    history = classify(known, policy)
    for day, table in zip(days, held, strict=True):
        there = history[history["review"] == day].set_index("customer_id")["tier_rank"]
        assert there.loc[table["customer_id"]].tolist() == table["tier_rank"].tolist()


def test_hysteresis_and_minimum_stay_make_labels_steadier(retail):
    books = read_books(retail, months=12)
    churn = label_churn(SPEND.replace(hysteresis=0.2, minimum_stay=2, review="quarterly"), books)
    assert churn.months == 3 and churn.rates.index[1] == "without hysteresis and minimum stay"
    assert churn.rates.loc["difference", "low"] > 0
    plain = label_churn(SPEND, books)
    assert plain.rates.index[1] == "with 10% hysteresis"
    assert plain.rates.loc["difference", "high"] < 0
    assert plain.rates["share_changed"].iloc[0] == pytest.approx(churn.rates["share_changed"].iloc[1])
    moves = plain.migration
    changed = moves.counts.to_numpy().sum() - np.trace(moves.counts)
    assert changed / moves.counts.to_numpy().sum() == pytest.approx(plain.rates["share_changed"].iloc[0])
    assert f"{plain.rates['share_changed'].iloc[0]:.1%} of the labels change" in plain.verdict


def test_the_interval_over_reviews_counts_customers_once():
    """Some customers change often and others never: transitions are not independent."""
    held = runs = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        fickle = rng.beta(0.3, 2.0, 250)
        there = rng.integers(1, 9, 250).astype(float)
        found = ratio(rng.binomial(there.astype(int), fickle).astype(float), there)
        held, runs = held + (found.low <= 0.3 / 2.3 <= found.high), runs + 1
    assert abs(held / runs - 0.95) < 4 * np.sqrt(0.95 * 0.05 / runs)


def test_the_interval_of_a_mean_of_money_follows_its_skew():
    truth, runs, held, naive = np.exp(0.5), 400, 0, 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        values = np.exp(rng.standard_normal(60))
        found = studentized(values, 400, rng)
        held += found.low <= truth <= found.high
        again = np.quantile(values[rng.integers(0, 60, (400, 60))].mean(axis=1), [0.025, 0.975])
        naive += again[0] <= truth <= again[1]
    assert held / runs > 0.90  # 95 % is out of reach with 60 so skewed values
    assert held > naive + 0.01 * runs


def test_shares_stay_between_0_and_1():
    assert share(np.array([0.0, 0.01, 0.0])).low == 0
    assert np.isnan(share(np.array([])).value)
    assert np.isnan(studentized(np.array([1.0, 2.0]), 10, np.random.default_rng(0)).low)
    assert studentized(np.ones(20), 10, np.random.default_rng(0)) == (1.0, 1.0, 1.0)


def test_short_books_have_no_reviews():
    rows = Population(1, 200).rows()
    churn = label_churn(SPEND, read_books(rows[rows["date"] < START + pd.Timedelta(days=100)]))
    assert churn.migration is None and churn.reviews.empty
    assert "too short" in churn.verdict
