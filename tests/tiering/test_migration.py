"""Moves between tiers: nobody lost, the same on every engine, and a planted chain found again."""

import itertools

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab import TierPolicy
from crmlab.errors import DataError, ModelError
from crmlab.tiering.moves import Migration, migration, stationary, wilson

TIERS = ["regular", "silver", "gold"]
PLANTED = np.array([[0.85, 0.12, 0.03], [0.25, 0.60, 0.15], [0.05, 0.20, 0.75]])
POLICY = TierPolicy("moves", "revenue", {"regular": None, "silver": 100, "gold": 300})


def labels(ranks, ids=None):
    """An assignment as ``assign`` gives it."""
    ids = [f"C{i}" for i in range(len(ranks))] if ids is None else ids
    tier = pd.Categorical(np.array(TIERS, dtype=object)[ranks], categories=TIERS, ordered=True)
    return pd.DataFrame({"customer_id": ids, "tier": tier, "tier_rank": ranks})


def chain(seed, customers, periods, start=(0.6, 0.3, 0.1)):
    """Ranks of customers who move by the planted chain, one column a review."""
    rng = np.random.default_rng(seed)
    steps = [rng.choice(3, customers, p=start)]
    for _ in range(periods):
        steps.append((rng.random(customers)[:, None] > PLANTED.cumsum(axis=1)[steps[-1]]).sum(axis=1))
    return steps


def counted(steps):
    """The same as ``migration`` of the labels, without frames; held to it in a test."""
    parts = [np.bincount(a * 3 + b, minlength=9).reshape(3, 3) for a, b in itertools.pairwise(steps)]
    frames = [pd.DataFrame(p, index=TIERS, columns=TIERS) for p in parts]
    return Migration(sum(frames), periods=frames if len(frames) > 1 else ())


def people(seed, customers=80, first=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"C{i:03d}" for i in range(first, first + customers)],
            "revenue": rng.choice([20.0, 99.99, 100.0, 250.0, 300.0, 900.0], customers),
        }
    )


def test_nobody_is_lost():
    before, after = POLICY.assign(people(1)), POLICY.assign(people(2, first=15))
    moves = migration(before, after)
    assert moves.counts.to_numpy().sum() == 65
    assert (moves.joiners.sum(), moves.leavers.sum()) == (15, 15)
    ids = before.merge(after, on="customer_id")
    expected = pd.crosstab(ids["tier_x"].astype("str"), ids["tier_y"].astype("str")).loc[TIERS, TIERS]
    assert (moves.counts.to_numpy() == expected.to_numpy()).all()
    assert (moves.counts.sum() + moves.joiners).tolist() == moves.now.tolist()
    assert moves.now.tolist() == after["tier"].value_counts().loc[TIERS].tolist()
    left = before[~before["customer_id"].isin(after["customer_id"])]
    assert moves.leavers.tolist() == left["tier"].value_counts().loc[TIERS].tolist()


@pytest.mark.parametrize("ids", ["text", "number"])
def test_every_engine_counts_alike(engine, ids):
    frames = [people(seed, first=first) for seed, first in ((1, 0), (2, 15), (3, 30))]
    if ids == "number":
        frames = [f.assign(customer_id=f["customer_id"].str[1:].astype("int64")) for f in frames]
    here = migration([POLICY.assign(f) for f in frames])
    there = migration([POLICY.assign(engine.frame(f)) for f in frames])
    for name in ("counts", "joiners", "leavers", "now"):
        assert getattr(here, name).equals(getattr(there, name)), name
    assert all(a.equals(b) for a, b in zip(here.periods, there.periods, strict=True))
    assert here.tiers == there.tiers == TIERS


def test_every_engine_refuses_a_customer_twice_without_tier_or_without_id(engine):
    good = people(1)
    twice = pd.concat([good, good.head(2)], ignore_index=True)
    nameless = good.assign(customer_id=good["customer_id"].where(good.index > 2, None))
    with pytest.raises(DataError, match="assignment 2: 2 customers stand there twice"):
        migration(POLICY.assign(engine.frame(good)), POLICY.assign(engine.frame(twice)))
    with pytest.raises(DataError, match="assignment 1: 3 rows have no customer"):
        migration(POLICY.assign(engine.frame(nameless)), POLICY.assign(engine.frame(good)))
    if engine.name != "polars":  # in memory a missing measure is refused by assign
        gap = good.assign(revenue=good["revenue"].where(good.index > 0))
        with pytest.raises(DataError, match="assignment 2: 1 customers have no tier"):
            migration(POLICY.assign(engine.frame(good)), POLICY.assign(engine.frame(gap)))


def test_intervals_hold_the_planted_probabilities_as_often_as_they_say():
    """300 draws of a planted chain; 9 probabilities and 2 rates each."""
    hits, up, down, runs = np.zeros(9), 0, 0, 300
    start = np.array([0.6, 0.3, 0.1])
    rises = (start[0] * PLANTED[0, 1:].sum() + start[1] * PLANTED[1, 2]) / (start[0] + start[1])
    falls = (start[1] * PLANTED[1, 0] + start[2] * PLANTED[2, :2].sum()) / (start[1] + start[2])
    for seed in range(runs):
        moves = counted(chain(seed, 400, 1))
        table = moves.table()
        truth = PLANTED[::-1, ::-1].ravel()
        hits += (table["low"] <= truth) & (truth <= table["high"])
        rates = moves.rates()
        up += rates.loc["upgrade", "low"] <= rises <= rates.loc["upgrade", "high"]
        down += rates.loc["downgrade", "low"] <= falls <= rates.loc["downgrade", "high"]
    # four standard errors of a share of 300 are 5 points; the smallest group has some 40 customers
    assert (hits / runs > 0.90).all() and abs(hits.mean() / runs - 0.95) < 0.015
    assert abs(up / runs - 0.95) < 0.05 and abs(down / runs - 0.95) < 0.05


def test_the_steady_state_holds_the_planted_one():
    truth, hits, runs = stationary(PLANTED), np.zeros(3), 200
    for seed in range(runs):
        state = counted(chain(seed, 300, 3)).steady_state().iloc[::-1]
        hits += (state["low"].to_numpy() <= truth) & (truth <= state["high"].to_numpy())
    assert abs(hits / runs - 0.95).max() < 0.05


def test_time_in_a_tier_is_found_again():
    hits, runs, truth = np.zeros(3), 200, 1 / (1 - np.diag(PLANTED))
    for seed in range(runs):
        times = counted(chain(seed, 500, 1)).time_in_tier().iloc[::-1]
        hits += (times["low"].to_numpy() <= truth) & (truth <= times["high"].to_numpy())
    assert abs(hits / runs - 0.95).max() < 0.05


def test_the_test_of_homogeneity_keeps_its_level_and_sees_a_change():
    p_values = [counted(chain(s, 400, 4)).homogeneity()["p_value"] for s in range(300)]
    assert abs(np.mean(np.array(p_values) < 0.05) - 0.05) < 0.05
    seen = []
    for s in range(40):
        steps = chain(s, 400, 3)
        steps.append(np.minimum(steps[-1] + (np.random.default_rng(s).random(400) < 0.3), 2))
        seen.append(counted(steps).homogeneity()["p_value"])
    assert np.mean(np.array(seen) < 0.05) > 0.9


def test_pooling_adds_up():
    steps = [labels(r) for r in chain(5, 200, 3)]
    pooled, single = migration(steps), [migration(a, b) for a, b in itertools.pairwise(steps)]
    assert pooled.counts.equals(sum(m.counts for m in single))
    assert [p.to_numpy().tolist() for p in pooled.periods] == [m.counts.to_numpy().tolist() for m in single]
    assert counted(chain(5, 200, 3)).counts.to_numpy().tolist() == pooled.counts.to_numpy().tolist()
    assert "600 transitions in 3 periods" in str(pooled)


def test_published_steady_state_and_times():
    """The land of Oz, Kemeny and Snell (1960): shares 2/5, 1/5, 2/5; a rainy spell lasts two days."""
    days = ["rain", "nice", "snow"]
    oz = Migration(pd.DataFrame([[2, 1, 1], [2, 0, 2], [1, 1, 2]], index=days, columns=days))
    assert oz.steady_state()["share"].to_dict() == pytest.approx({"rain": 0.4, "nice": 0.2, "snow": 0.4})
    assert oz.time_in_tier()["reviews"].to_dict() == {"rain": 2.0, "nice": 1.0, "snow": 2.0}
    assert oz.reducible() == ""


def test_a_reducible_chain_says_so():
    def moves(*rows):
        return Migration(pd.DataFrame(rows, index=TIERS, columns=TIERS))

    split = moves([8, 2, 0], [3, 7, 0], [0, 0, 5])
    assert "nobody left {regular, silver} or {gold}" in split.reducible()
    with pytest.raises(ModelError, match=r"\{regular, silver\} or \{gold\}.*where one starts"):
        split.steady_state()
    drain = moves([8, 2, 0], [0, 7, 3], [0, 1, 5])
    assert drain.reducible() == "Reducible: nobody returns to regular, so in the long run it is empty."
    assert drain.steady_state().loc["regular", "share"] == 0
    assert drain.steady_state()["share"].sum() == pytest.approx(1)
    assert np.isinf(moves([4, 0, 1], [1, 0, 1], [0, 0, 5]).time_in_tier().loc["gold", "reviews"])
    with pytest.raises(ModelError, match="Nobody was in gold before"):
        moves([8, 2, 0], [3, 7, 1], [0, 0, 0]).steady_state()
    # a tier that nobody ever was in is no obstacle
    assert moves([8, 2, 0], [3, 7, 0], [0, 0, 0]).steady_state().loc["gold", "share"] == 0


def test_wilson_against_statsmodels():
    from statsmodels.stats.proportion import proportion_confint

    k, n = np.array([0, 1, 8, 50, 60]), np.array([10, 40, 10, 60, 60])
    expected = np.array(proportion_confint(k, n, 0.1, method="wilson"))
    assert np.allclose(wilson(k, n, 0.9), expected)
    assert np.isnan(wilson(0, 0)).all()


def test_two_policies_need_an_order():
    before = POLICY.assign(people(1))
    other = TierPolicy("new", "revenue", {"regular": None, "gold": 200}).assign(people(2))
    with pytest.raises(DataError, match=r"know different tiers.*tiers="):
        migration(before, other)
    moves = migration(before, other, tiers=TIERS)
    assert moves.counts["silver"].sum() == 0
    assert migration(before, before, tiers=POLICY).tiers == TIERS
    with pytest.raises(DataError, match="'silver' is none of regular, gold"):
        migration(before, other, tiers=["regular", "gold"])


def test_words_as_tiers_need_an_order_too():
    june = pd.DataFrame({"who": [1, 2, 3], "level": ["low", "high", "low"]})
    with pytest.raises(DataError, match="order of the tiers is not known"):
        migration(june, june, customer="who", tier="level")
    moves = migration(june, june, customer="who", tier="level", tiers=["low", "high"])
    assert moves.counts.to_numpy().tolist() == [[2, 0], [0, 1]]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda f: migration(f), "needs two assignments"),
        (lambda f: migration([f]), "needs two assignments"),
        (lambda f: migration(f, f.drop(columns="tier")), "assignment 2 has no column 'tier'"),
        (lambda f: migration(f.rename(columns={"customer_id": "customer"}), f), "Did you mean 'customer'"),
        (lambda f: migration(f, "text"), "assignment 2 is a str"),
        (lambda f: migration(f, f.assign(customer_id=range(len(f)))), "turn one into the kind"),
        (lambda f: migration(f, f, level=95), "level is 95"),
        (lambda f: migration(f, f).homogeneity(), "three or more assignments"),
    ],
)
def test_what_it_refuses(call, says):
    with pytest.raises(crmlab.CrmlabError, match=says):
        call(POLICY.assign(people(1)))


def test_two_engines_are_not_mixed():
    polars = pytest.importorskip("polars")
    here = POLICY.assign(people(1))
    with pytest.raises(DataError, match="two engines"):
        migration(here, POLICY.assign(polars.from_pandas(people(2))))


def test_only_counts_are_brought_into_memory(engine, monkeypatch):
    if engine.name == "polars":
        pytest.skip("is in memory")
    sizes, collect = [], nw.LazyFrame.collect

    def watched(self, *args, **kwargs):
        found = collect(self, *args, **kwargs)
        sizes.append(len(found))
        return found

    monkeypatch.setattr(nw.LazyFrame, "collect", watched)
    assert migration(*(POLICY.assign(engine.frame(people(s, 300))) for s in (1, 2))).counts.to_numpy().sum() == 300
    assert len(sizes) == 1 and sizes[0] <= 9
