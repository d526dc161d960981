"""Bunching and split orders: silent where nothing is planted, loud where something is."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from crmlab import TierPolicy
from crmlab.tiering.auditing.books import read_books
from crmlab.tiering.auditing.bunching import examine, find_bunching
from crmlab.tiering.auditing.draws import draw_pooled
from crmlab.tiering.auditing.gaming import look_for_gaming
from crmlab.tiering.auditing.histories import histories
from crmlab.tiering.auditing.splits import Jitter, adjacent, find_splits
from crmlab.tiering.policy import AtMost, Dimension
from tests.tiering.audit_people import DAYS, START, Population

END = START + pd.Timedelta(days=DAYS - 1)
COUNT = TierPolicy("orders", "orders", {"regular": None, "silver": 3, "gold": 6, "vip": 10})


def money(seed, n=2_000):
    return np.exp(np.random.default_rng(seed).normal(5.5, 1.1, n))


def bunched(values, cut, share, seed, reach=0.10):
    """Move a share of those up to 10 % below a threshold to just above it."""
    rng, moved = np.random.default_rng([seed, 1]), values.copy()
    just = (values < cut) & (values >= cut * (1 - reach)) & (rng.random(len(values)) < share)
    moved[just] = cut * (1 + 0.04 * rng.random(just.sum()))
    return moved


def alarms(p_values):
    return np.mean(np.array(p_values) < 0.05)


@pytest.mark.parametrize("cut", [100.0, 300.0, 900.0])
def test_no_bunching_is_found_where_there_is_none(cut):
    p = [examine(money(seed), cut, [])[0]["p_value"] for seed in range(200)]
    assert alarms(p) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_planted_bunching_is_found():
    for cut, share, power in ((300.0, 0.5, 0.95), (300.0, 0.3, 0.75), (900.0, 0.6, 0.75)):
        p = [examine(bunched(money(seed), cut, share, seed), cut, [])[0]["p_value"] for seed in range(80)]
        assert alarms(p) > power, (cut, share, alarms(p))


def test_on_drawn_histories_of_customers_the_false_alarms_stay_few():
    """Money and counts of purchases as customers make them, without anybody steering."""
    books = read_books(Population(11, 2_000).rows())
    measured = books.measure(END)
    p = {"revenue": [], "orders": []}
    for draw in draw_pooled(histories(books, END, measured), 120, np.random.default_rng(2)):
        p["revenue"].append(examine(draw["revenue"], 200.0, [600.0])[0]["p_value"])
        p["orders"].append(examine(draw["orders"], 4.0, [8.0])[0]["p_value"])
    for name, found in p.items():
        assert alarms(found) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120), name


def test_orders_that_stop_at_a_threshold_are_found():
    books = read_books(Population(12, 2_000).rows())
    p, rng = [], np.random.default_rng(3)
    for draw in draw_pooled(histories(books, END, books.measure(END)), 60, rng):
        orders = draw["orders"].copy()
        orders[(orders == 5) & (rng.random(len(orders)) < 0.4)] = 6
        p.append(examine(orders, 6.0, [])[0]["p_value"])
    assert alarms(p) > 0.8


def test_the_interval_of_the_odds_holds_the_planted_odds():
    """So many customers that the bins are 3 % wide: a fifth of the lower bin goes to the upper one."""
    cut, width, move, runs, held = 250.0, 0.03, 0.2, 150, 0
    for seed in range(runs):
        values = money(seed, 8_000)
        rng = np.random.default_rng([seed, 2])
        below = (values < cut) & (values >= cut * np.exp(-width)) & (rng.random(len(values)) < move)
        values[below] *= np.exp(width)
        found = examine(values, cut, [])[0]
        assert found["above_to"] == pytest.approx(cut * np.exp(width))
        # the two bins hold as many without the move, so the odds grow from 1 to 1.2 / 0.8
        held += found["low"] <= 1.2 / 0.8 <= found["high"]
    assert abs(held / runs - 0.95) < 4 * np.sqrt(0.05 * 0.95 / runs)


def test_sums_that_heap_everywhere_are_not_taken_for_bunching():
    """Half of the sums are multiples of 25: a threshold of 300 stands on a heap without anybody steering."""
    careful, naive = [], []
    for seed in range(100):
        values = money(seed, 3_000)
        rounded = np.random.default_rng(seed).random(3_000) < 0.5
        values[rounded] = np.maximum(25 * np.round(values[rounded] / 25), 25)
        found, placebos, _ = examine(values, 300.0, [])
        careful.append(found["p_value"])
        both = found["above"] + found["below"]
        naive.append(binomtest(found["above"], both, found["expected_above"] / both, "greater").pvalue)
        assert len(placebos) >= 5 and (placebos["z"] ** 2).mean() > 1  # odd everywhere, they say
    assert alarms(naive) > 0.9
    assert alarms(careful) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)


def test_find_bunching_goes_through_all_kinds_of_policies():
    table = read_books(Population(5, 2_000).rows()).measure(END)
    rules = TierPolicy(
        "r", tiers={"low": None, "mid": {"orders": 3}, "top": {"orders": 6, "days_since_last": AtMost(90)}}
    )
    found = find_bunching(rules, table).thresholds
    assert found["measure"].tolist() == ["days_since_last", "orders", "orders"]
    assert "nobody can wait" in found["note"].iloc[0] and (found["note"].iloc[1:] == "").all()
    score = TierPolicy("s", tiers={"low": None, "top": 40}, dimensions=[Dimension("revenue", 1.0, (0, 400))])
    row = find_bunching(score, table[["revenue"]]).thresholds.iloc[0]
    assert (row["measure"], row["note"]) == ("score", "") and row["low"] < 1 < row["high"]
    rank = TierPolicy("q", "revenue", {"low": None, "top": 0.9}, by="quantile")
    row = find_bunching(rank, table[["revenue"]]).thresholds.iloc[0]
    assert row["threshold"] == table.loc[table["revenue"].rank(method="min") > 0.9 * len(table), "revenue"].min()
    few = find_bunching(TierPolicy("t", "revenue", {"low": None, "top": 50_000}), table[["revenue"]])
    assert few.thresholds["note"].iloc[0] == "too few customers around it" and few.bins.empty


def test_the_bins_are_counted_right():
    values = money(1)
    found, _, bins = examine(values, 300.0, [])
    for _, row in bins.iterrows():
        assert row["customers"] == ((values >= row["begin"]) & (values < row["end"])).sum()
    assert bins.set_index("touches").loc["above", "customers"] == found["above"]
    assert bins.set_index("touches").loc["below", "end"] == pytest.approx(300.0)


def split(rows, pairs, seed):
    """Cut some purchases in two halves, the second on the day after."""
    rng = np.random.default_rng([seed, 3])
    later = rows[rows.duplicated("customer_id") & (rows["date"] < END)]
    chosen = rng.choice(later.index, pairs, replace=False)
    half = rows.loc[chosen].assign(date=rows.loc[chosen, "date"] + pd.Timedelta(days=1))
    half["amount"] = (half["amount"] / 2).round(2)
    rows = rows.copy()
    rows.loc[chosen, "amount"] = half["amount"]
    return pd.concat([rows, half], ignore_index=True)


def splits(rows, seed=0, policy=COUNT):
    books = read_books(rows)
    measured = books.measure(END)
    return find_splits(policy, books, END, policy.assign(measured), histories(books, END, measured), seed)


def test_no_splits_are_found_where_there_are_none():
    found = [splits(Population(seed, 700).rows(), seed) for seed in range(80)]
    p = [f.pairs["p_value"].iloc[0] for f in found]
    assert alarms(p) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 80)
    assert abs(np.mean(np.array(p) < 0.5) - 0.5) < 4 * np.sqrt(0.25 / 80)
    owed = [f.pairs["p_value"].iloc[1] for f in found]
    assert alarms(owed) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 80)
    held = np.mean([f.value_ratio[1] <= 1 <= f.value_ratio[2] for f in found])
    assert held > 0.95 - 4 * np.sqrt(0.05 * 0.95 / 80)


def test_planted_splits_are_found_and_counted():
    planted, runs, held, p, ratios = 40, 50, 0, [], []
    for seed in range(runs):
        clean = Population(seed, 700).rows()
        dirty = split(clean, planted, seed)
        found = splits(dirty, seed)
        row = found.pairs.iloc[0]
        p.append(row["p_value"])
        ratios.append(found.value_ratio[0])
        held += row["low"] <= planted <= row["high"]
    assert alarms(p) > 0.9
    assert held / runs > 0.95 - 4 * np.sqrt(0.05 * 0.95 / runs)
    assert 0.4 < np.mean(ratios) < 0.9  # halves, and pairs by chance among them


def test_random_histories_keep_who_bought_how_often_on_which_weekday():
    population = Population(3, 300)
    books = read_books(population.rows())
    past = histories(books, END, books.measure(END))
    repeat = ~past.first
    jitter = Jitter(past.who[repeat], -past.age[repeat], -past.age[past.first], np.ones(DAYS + 1))
    moved = jitter.draw(np.random.default_rng(1))
    assert (np.bincount(jitter.who, minlength=past.size) == past.repeats).all()
    assert ((moved - jitter.date) % 7 == 0).all() and np.abs(moved - jitter.date).max() <= 14
    assert (moved <= 0).all() and (moved > -past.age[past.first][jitter.who]).all()
    assert len(np.unique(jitter.who * 10_000 - moved)) == len(moved)  # no two on one day
    assert 0.2 < jitter.stays_adjacent() < 0.5


def test_adjacent_days_are_counted_within_a_customer():
    who, date = np.array([0, 0, 0, 1, 1, 2]), np.array([-3, -2, -1, -1, -9, 0])
    assert adjacent(who, date, 4).tolist() == [2, 0, 0, 0]


def test_who_owes_a_tier_to_a_split():
    days = pd.to_datetime(["2024-01-01", "2024-03-01", "2024-03-02", "2024-01-05", "2024-04-01", "2024-06-01"])
    rows = pd.DataFrame({"customer_id": list("AAABBB"), "date": days, "amount": 10.0})
    found = splits(rows, policy=TierPolicy("three", "orders", {"few": None, "some": 3}))
    assert found.pairs["observed"].tolist() == [1.0, 1.0]


def test_the_verdict_says_what_was_found():
    rows = split(Population(1, 900).rows(), 60, 1)
    books = read_books(rows)
    assigned = COUNT.assign(books.measure(END))
    found = look_for_gaming(COUNT, books, END, assigned)
    assert "More purchases than by chance stand on adjacent days" in found.verdict
    spend = TierPolicy("spend", "revenue", {"low": None, "top": 300})
    values = books.measure(END)
    values["revenue"] = bunched(money(3, len(values)), 300.0, 0.8, 3)
    found = look_for_gaming(spend, books, END, spend.assign(values))
    assert found.verdict.startswith("Customers bunch above a threshold: top (revenue 300)")
    assert "does not count orders" in found.verdict and found.splits is None
    only_once = rows.drop_duplicates("customer_id")
    books = read_books(only_once)
    found = look_for_gaming(COUNT, books, END, COUNT.assign(books.measure(END)))
    assert "nobody" in found.verdict
