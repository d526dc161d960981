import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab.errors import DataError, UnknownNameError
from crmlab.foundations import (
    classify,
    customer_profit,
    identify,
    labels_over_time,
    maintain,
    moves,
    rhythms,
    upgrade,
)
from crmlab.tiering.policy import Override

REVIEWS = ["2024-12-28", "2025-03-31", "2025-06-30", "2025-09-30", "2025-12-28"]
POLICY = crmlab.TierPolicy("p", "revenue", {"regular": None, "silver": 100, "gold": 300, "vip": 800})


@pytest.fixture(scope="module")
def retail():
    return crmlab.load("retail", truth=True)


@pytest.fixture(scope="module")
def known(retail):
    return identify(retail.transactions, REVIEWS)


def measured(**by_customer):
    """Revenue by customer at one review after another; None before somebody was a customer."""
    days = pd.date_range("2025-01-31", periods=max(map(len, by_customer.values())), freq="ME")
    rows = [
        (d, who, float(v)) for who, vs in by_customer.items() for d, v in zip(days, vs, strict=True) if v is not None
    ]
    return pd.DataFrame(rows, columns=["review", "customer_id", "revenue"])


# --- identify -------------------------------------------------------------------------------------------------------


def test_windows_by_hand():
    orders = pd.DataFrame(
        {
            "customer_id": ["A", "A", "A", "B", "C"],
            "date": pd.to_datetime(["2024-03-31", "2024-04-01", "2025-03-31", "2025-04-01", "2023-01-01"]),
            "amount": [1.0, 20.0, 300.0, 5.0, 7.0],
        }
    )
    table = identify(orders, ["2025-03-31", "2025-06-30"]).set_index(["review", "customer_id"])["revenue"]
    # the window begins the day after its first anniversary and ends with the review; the silent stay with 0
    assert table.xs("2025-03-31").to_dict() == {"A": 320.0, "C": 0.0}
    assert table.xs("2025-06-30").to_dict() == {"A": 300.0, "B": 5.0, "C": 0.0}


def test_identify_agrees_with_the_summary(retail, known):
    for review in ("2024-12-28", "2025-09-30"):
        assert len(known[known["review"] == review]) == len(crmlab.summarize(retail.transactions, as_of=review))
    window = retail.transactions["date"].between("2024-12-29", "2025-12-28")
    last = known.loc[known["review"] == REVIEWS[-1], "revenue"]
    assert last.sum() == pytest.approx(retail.transactions.loc[window, "amount"].sum())


def test_returns_lower_revenue_and_are_no_orders():
    day = pd.to_datetime(["2025-01-05", "2025-01-09"])
    orders = pd.DataFrame({"customer_id": "A", "date": day, "amount": [50.0, -20.0]})
    assert identify(orders, ["2025-01-31"])[["orders", "revenue"]].values.tolist() == [[1.0, 30.0]]


def test_identify_says_what_is_wrong(retail):
    with pytest.raises(DataError, match="each later than the one before"):
        identify(retail.transactions, ["2025-03-31", "2025-03-31"])
    with pytest.raises(DataError, match="nobody has a purchase by 2020-01-01"):
        identify(retail.transactions, ["2020-01-01"])


# --- classify -------------------------------------------------------------------------------------------------------


def test_hysteresis_by_hand():
    table = measured(A=[310, 260, 239, 310], B=[850, 650, 250, 90], C=[None, 120, 90, 70])
    band = POLICY.replace(hysteresis=0.2)
    tiers = classify(table, band).pivot(index="customer_id", columns="review", values="tier").astype("str")
    assert tiers.loc["A"].tolist() == ["gold", "gold", "silver", "gold"]
    assert tiers.loc["B"].tolist() == ["vip", "vip", "gold", "silver"]
    assert tiers.loc["C"].tolist()[1:] == ["silver", "silver", "regular"]
    sharp = classify(table, POLICY)
    assert (sharp["tier_rank"] == sharp["earned_rank"]).all()
    first = sharp[sharp["customer_id"] == "C"]
    assert first["move"].tolist() == ["new", "down", "same"]


@pytest.mark.parametrize("by", ["threshold", "quantile", "share"])
@pytest.mark.parametrize(("hysteresis", "minimum_stay"), [(0.0, 0), (0.2, 0), (0.0, 2), (0.15, 1)])
def test_same_as_the_policy_review_by_review(known, by, hysteresis, minimum_stay):
    """The grid over all reviews at once gives what the policy gives when it is asked one review after another."""
    entries = {"threshold": (100, 300), "quantile": (0.6, 0.9), "share": (0.9, 0.5)}[by]
    policy = crmlab.TierPolicy(
        "p", "revenue", {"regular": None, "silver": entries[0], "gold": entries[1]}, by=by,
        hysteresis=hysteresis, minimum_stay=minimum_stay,
    )  # fmt: skip
    history, before = classify(known, policy), None
    for review, part in known.groupby("review"):
        before = policy.assign(part.reset_index(drop=True), before)
        mine = history[history["review"] == review]
        assert mine["customer_id"].tolist() == before["customer_id"].tolist()
        assert mine["tier_rank"].tolist() == before["tier_rank"].tolist()


def test_rows_stay_as_they_are(known):
    shuffled = known.sample(frac=1, random_state=2)
    history = classify(shuffled, POLICY)
    assert history[known.columns].equals(shuffled.reset_index(drop=True))
    straight = classify(known, POLICY)
    both = history.merge(straight, on=["review", "customer_id"], validate="one_to_one")
    assert (both["tier_rank_x"] == both["tier_rank_y"]).all()


def test_moves_add_up(known):
    history = classify(known, POLICY.replace(hysteresis=0.2))
    table = moves(history)
    assert (table[["new", "up", "same", "down"]].sum(axis=1) == table["customers"]).all()
    assert (table["customers"].diff().dropna() == table["new"].iloc[1:]).all()
    assert table["kept"].iloc[0] == 0 and table["kept"].iloc[-1] > 0
    wide = labels_over_time(history)
    assert len(wide) == table["new"].iloc[0]
    ranks = wide.apply(lambda column: column.cat.codes)
    known_from_start = history[history["customer_id"].isin(wide.index)]
    assert (ranks.diff(axis=1).iloc[:, 1:] > 0).sum().sum() == (known_from_start["move"] == "up").sum()


def test_hysteresis_takes_away_falls_and_never_adds_one(known):
    falls = [moves(classify(known, POLICY.replace(hysteresis=h)))["down"].sum() for h in (0.0, 0.1, 0.3)]
    assert falls[0] > falls[1] > falls[2]


def test_classify_says_what_is_wrong(known):
    with pytest.raises(DataError, match=r"no column 'review'.*identify\(\) makes it"):
        classify(known.drop(columns="review"), POLICY)
    with pytest.raises(DataError, match="has overrides"):
        classify(known, POLICY.replace(overrides=[Override("C0000001", "vip", "founder", "2030-01-01")]))


# --- maintain and upgrade -------------------------------------------------------------------------------------------


def test_costs_are_those_of_the_customers(retail, known):
    history = classify(known, POLICY)
    table = maintain(retail, history, {"gold": 4.0})
    assert len(table) == 4 * 4 and table["tier"].tolist()[:4] == ["vip", "gold", "silver", "regular"]
    one = table[(table["period"] == "2025-03-31") & (table["tier"] == "gold")].iloc[0]
    gold = history[(history["review"] == "2024-12-28") & (history["tier"] == "gold")]["customer_id"]
    books = customer_profit(retail, "2024-12-29", "2025-03-31")
    books = books[books["customer_id"].isin(gold)]
    assert one["customers"] == len(gold) and one["benefits"] == 4.0 * len(gold)
    assert one["cost_to_serve"] == pytest.approx(books["cost_to_serve"].sum())
    assert one["profit"] == pytest.approx(books["profit"].sum() - 4.0 * len(gold))


def test_maintain_says_what_is_wrong(retail, known):
    with pytest.raises(UnknownNameError, match=r"benefits names a tier 'glod'.*Did you mean 'gold'"):
        maintain(retail, classify(known, POLICY), {"glod": 1.0})
    with pytest.raises(DataError, match="between two reviews; there is 1"):
        maintain(retail, classify(known[known["review"] == REVIEWS[0]], POLICY), {})


def test_upgrade_by_hand():
    history = classify(measured(A=[250, 310], B=[239, 900], C=[280, 200], D=[900, 900], E=[95, 95]), POLICY)
    table = upgrade(history, POLICY, within=0.2).set_index(["customer_id", "review"])
    first = table.xs(pd.Timestamp("2025-01-31"), level="review")
    assert first["next_tier"].to_dict() == {"A": "gold", "C": "gold", "E": "silver"}
    assert first["missing"].to_dict() == {"A": 50.0, "C": 20.0, "E": 5.0}
    assert first["made_it"].to_dict() == {"A": True, "C": False, "E": False}
    assert table.xs(pd.Timestamp("2025-02-28"), level="review")["made_it"].isna().all()


def test_many_rise_without_an_offer(known):
    made = upgrade(classify(known, POLICY), POLICY)["made_it"].dropna().astype(float)
    assert len(made) > 1000 and 0.25 < made.mean() < 0.5


def test_upgrade_says_what_is_wrong(known):
    history = classify(known, POLICY)
    with pytest.raises(DataError, match=r"within is 1\.5"):
        upgrade(history, POLICY, within=1.5)
    ranked = crmlab.TierPolicy("q", "revenue", {"regular": None, "top": 0.9}, by="quantile")
    with pytest.raises(DataError, match="by quantile"):
        upgrade(classify(known, ranked), ranked)


# --- rhythm, and noise ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def monthly(retail):
    ends = [*pd.date_range("2024-12-31", "2025-11-30", freq="ME"), pd.Timestamp("2025-12-28")]
    return identify(retail.transactions, ends)


def test_rhythm_trades_moves_for_old_labels(monthly):
    table = rhythms(monthly, POLICY)
    assert table["reviews"].tolist() == [12, 4, 2, 1]
    assert (table["up"] + table["down"]).is_monotonic_decreasing
    assert (table["too_high"] + table["too_low"]).is_monotonic_increasing
    assert table.loc[1, ["too_high", "too_low"]].tolist() == [0, 0]
    band = rhythms(monthly, POLICY.replace(hysteresis=0.3))
    assert band.loc[1, "down"] < table.loc[1, "down"] and band.loc[1, "too_high"] > 0


def test_rhythm_counts_the_moves_of_its_own_loop(monthly):
    quarters = sorted(monthly["review"].unique())[::3]
    there = monthly.loc[monthly["review"] == quarters[0], "customer_id"]
    own = monthly[monthly["review"].isin(quarters) & monthly["customer_id"].isin(there)]
    policy = POLICY.replace(hysteresis=0.1)
    history = classify(own, policy)
    row = rhythms(monthly, policy, every=(3,)).loc[3]
    assert row["up"] == pytest.approx(100 * (history["move"] == "up").sum() / len(there))
    assert row["down"] == pytest.approx(100 * (history["move"] == "down").sum() / len(there))
    with pytest.raises(DataError, match="every: 13 was given; 1 to 12 months"):
        rhythms(monthly, policy, every=(13,))


def test_constant_customers_move_as_much_as_others(retail, known):
    """No programme, no voucher, here for a year, not gone: the planted rate is constant, and yet labels move."""
    people = retail.customers.merge(retail.truth.customers, on="customer_id")
    old = people["signup_date"] <= "2023-12-28"
    quiet = ~people["customer_id"].isin(retail.programme["customer_id"]) & people["last_active"].isna()
    quiet &= ~people["voucher"].fillna(False).astype("bool")
    ranks = classify(known, POLICY).pivot(index="customer_id", columns="review", values="tier_rank")

    def moved(ids):
        own = ranks.loc[ids]
        return (own[own.max(axis=1) > 0].nunique(axis=1) > 1).mean()

    assert moved(people.loc[old & quiet, "customer_id"]) > 0.7
    assert abs(moved(people.loc[old & quiet, "customer_id"]) - moved(people.loc[old, "customer_id"])) < 0.15


def test_constant_revenue_never_moves():
    history = classify(measured(A=[250] * 6, B=[99.99] * 6), POLICY)
    assert np.isin(history["move"].astype("str"), ["new", "same"]).all()
