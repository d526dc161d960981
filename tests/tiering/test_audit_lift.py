"""What tiers predict and how uneven the value is: intervals held against planted truth."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from crmlab.foundations import gini, top_share
from crmlab.tiering.auditing.concentration import tier_concentration, unevenness
from crmlab.tiering.auditing.lift import tier_lift

NAMES = ["regular", "silver", "gold"]
SIZES = np.array([0.70, 0.22, 0.08])
MEANS = np.array([20.0, 80.0, 400.0])
DAYS = pd.Timestamp("2025-01-01"), pd.Timestamp("2025-12-31")


def people(seed, n=1_500, means=MEANS):
    """Tiers of planted sizes; a third bring nothing, the others a skewed amount around the tier's planted mean."""
    rng = np.random.default_rng(seed)
    rank = rng.choice(3, n, p=SIZES)
    money = np.where(rng.random(n) < 2 / 3, np.exp(rng.standard_normal(n) * 0.8), 0.0) * means[rank]
    money *= 1.5 * np.exp(-0.32)
    assigned = pd.DataFrame({"customer_id": np.arange(n), "tier_rank": rank})
    return assigned, pd.Series(money, index=assigned["customer_id"])


def lift(seed, **how):
    return tier_lift(*(lambda a, m: (a, NAMES, m))(*people(seed, **how)), "profit", *DAYS, seed, 300)


def test_intervals_hold_the_planted_means_and_shares():
    runs, means, shares = 160, np.zeros(3), np.zeros(3)
    truth = SIZES * MEANS / (SIZES @ MEANS)
    for seed in range(runs):
        found = lift(seed).tiers.iloc[::-1]
        means += (found["low"] <= MEANS) & (found["high"] >= MEANS)
        shares += (found["share_low"] <= truth) & (found["share_high"] >= truth)
    # 4 standard errors of 95 % over 160 runs are 7 points
    assert (means / runs > 0.88).all() and (shares / runs > 0.88).all()
    assert abs(means.mean() / runs - 0.95) < 0.05 and abs(shares.mean() / runs - 0.95) < 0.05


def test_tiers_drawn_at_random_stay_within_the_random_bands():
    runs, inside, correlated = 150, 0.0, 0
    for seed in range(runs):
        found = lift(seed, means=np.array([60.0, 60.0, 60.0]))
        table = found.tiers
        inside += ((table["random_low"] <= table["mean"]) & (table["mean"] <= table["random_high"])).mean()
        mine, chance = found.correlation["rank_correlation"].iloc[0], found.correlation.iloc[1]
        correlated += not chance["low"] <= mine <= chance["high"]
    assert abs(inside / runs - 0.95) < 0.04
    assert correlated / runs < 0.05 + 4 * np.sqrt(0.05 * 0.95 / runs)


def test_the_correlation_is_spearmans_and_its_interval_holds_the_truth():
    many, money = people(99, 300_000)
    truth = spearmanr(many["tier_rank"], money).statistic
    held, runs = 0, 60
    for seed in range(runs):
        assigned, money = people(seed, 500)
        found = tier_lift(assigned, NAMES, money, "profit", *DAYS, seed, 300).correlation.iloc[0]
        assert found["rank_correlation"] == pytest.approx(spearmanr(assigned["tier_rank"], money).statistic)
        held += found["low"] <= truth <= found["high"]
    assert held / runs > 0.95 - 4 * np.sqrt(0.05 * 0.95 / runs)


def test_the_table_adds_up_and_says_who_is_above_whom():
    assigned, money = people(5)
    found = tier_lift(assigned, NAMES, money.drop(index=[3, 4]), "profit", *DAYS)
    table = found.tiers
    assert table.index.tolist() == NAMES[::-1]
    assert table["share"].sum() == pytest.approx(1) and table["customers"].sum() == 1_500
    assert (table["lift"] * table["share_of_customers"]).to_numpy() == pytest.approx(table["share"].to_numpy())
    assert table.loc["gold", "above_next"] == pytest.approx(table["mean"].iloc[0] - table["mean"].iloc[1])
    assert table.loc["gold", "above_low"] > 0 and np.isnan(table.loc["regular", "above_next"])
    gold = assigned.loc[assigned["tier_rank"] == 2, "customer_id"]
    assert table.loc["gold", "mean"] == pytest.approx(money.drop(index=[3, 4]).reindex(gold).fillna(0).mean())
    assert f"bring {table.loc['gold', 'share']:.0%} of the profit" in found.verdict


def test_a_loss_in_total_and_an_empty_tier_are_no_obstacle():
    assigned, money = people(6)
    found = tier_lift(assigned, ["none", *NAMES], -money, "profit", *DAYS)
    assert found.tiers["share"].isna().all()
    assert "the total is not above zero" in found.verdict and "Out of order" in found.verdict
    empty = tier_lift(assigned, [*NAMES, "vip"], money, "profit", *DAYS)
    assert empty.tiers.loc["vip", "customers"] == 0 and empty.verdict.startswith("The")
    assert "gold" in empty.verdict.split("bring")[0]


def test_concentration_is_that_of_the_foundations():
    assigned, money = people(7)
    found = tier_concentration(assigned["tier_rank"].to_numpy(), NAMES, {"revenue": money.to_numpy()})
    rows = found.measures.set_index("measure")
    assert rows.loc["Gini", "estimate"] == pytest.approx(gini(money))
    assert rows.loc["share of the top 20%", "estimate"] == pytest.approx(top_share(money))
    assert found.tiers["share_of_revenue"].sum() == pytest.approx(1)
    assert (rows["low"] < rows["estimate"]).all() and (rows["estimate"] < rows["high"]).all()
    assert f"Gini {gini(money):.2f}" in found.verdict


def test_losses_count_as_nothing_and_are_counted():
    money = np.array([-10.0, 0.0, 30.0, 50.0] * 50)
    rank = np.tile([0, 0, 1, 2], 50)
    rows = tier_concentration(rank, NAMES, {"profit": money}).measures.set_index("measure")
    assert rows.loc["share of customers at a loss", "estimate"] == 0.25
    assert rows.loc["Gini", "estimate"] == pytest.approx(gini(pd.Series(money.clip(0))))


def test_the_intervals_of_gini_and_top_share_hold_the_truth():
    """Lognormal with sigma 1: Gini 2 Phi(1 / sqrt 2) - 1, top fifth Phi(1 - 0.8416)."""
    from scipy.stats import norm

    truth = [2 * norm.cdf(1 / np.sqrt(2)) - 1, norm.cdf(1 + norm.ppf(0.2))]
    held, runs = np.zeros(2), 100
    for seed in range(runs):
        money = np.exp(np.random.default_rng(seed).standard_normal(1_000))
        rows = tier_concentration(np.zeros(1_000, dtype=int), ["a", "b"], {"revenue": money}, seed).measures
        held += (rows["low"] <= truth) & (rows["high"] >= truth)
    # the percentile interval is known to be a little short for heavy tails
    assert (held / runs > 0.86).all()


def test_unevenness_counts_repeated_customers():
    money = np.array([1.0, 2.0, 5.0])
    one, _ = unevenness(money, np.array([[2.0, 0.0, 1.0]]))
    assert one[0] == pytest.approx(gini(pd.Series([1.0, 1.0, 5.0])))
