"""Scores, rules, shares of value, keeping a tier, overrides, explanations, moves, documents."""

import re

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab import TierPolicy
from crmlab.errors import DataError, PolicyError
from crmlab.tiering.policy import AtMost, Dimension, Override
from crmlab.tiering.policy.explaining import next_review

SPEND = TierPolicy("Spend", "revenue", {"regular": None, "silver": 200, "gold": 500})
RULES = TierPolicy(
    "Rules", tiers={"regular": None, "silver": {"orders": 2}, "gold": {"orders": 4, "days_since_last": AtMost(100)}}
)
SCORE = TierPolicy(
    "Score",
    tiers={"regular": None, "silver": 40, "gold": 70},
    dimensions=[Dimension("revenue", 0.6, (0, 1000)), Dimension("days_since_last", 0.4, (200, 0))],
)
HALF = TierPolicy("Half", "revenue", {"C": None, "B": 0.8, "A": 0.5}, by="share")


@pytest.fixture(scope="module")
def customers():
    return crmlab.summarize(crmlab.load("retail").transactions)


def people(**columns):
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"customer_id": [f"C{i}" for i in range(n)], **columns})


def tiers(policy, frame, *more, **how):
    return policy.assign(frame, *more, **how)["tier"].astype("str").tolist()


def test_a_score_by_hand():
    frame = people(revenue=[500.0, 2000.0, 1000.0, -50.0], days_since_last=[100, 0, 300, 200])
    assigned = SCORE.assign(frame)
    assert assigned["score"].tolist() == [50.0, 100.0, 60.0, 0.0]
    assert assigned["tier"].tolist() == ["silver", "gold", "silver", "regular"]


def test_a_score_right_at_an_entry_is_in():
    policy = SCORE.replace(tiers={"low": None, "high": 29.0}, dimensions=[Dimension("revenue", 1.0, (0, 100))])
    assert tiers(policy, people(revenue=[28.99, 29.0])) == ["low", "high"]


def test_rules_must_all_hold():
    frame = people(orders=[1, 2, 9, 9, 4], days_since_last=[0, 500, 101, 100, 3])
    assert tiers(RULES, frame) == ["regular", "silver", "silver", "gold", "gold"]


def test_a_share_takes_whole_ties_and_nobody_without_value(customers):
    frame = people(revenue=[50.0, 20.0, 20.0, 10.0, 0.0, -5.0])
    assert tiers(HALF, frame) == ["A", "B", "B", "C", "C", "C"]
    tied = people(revenue=[25.0] * 4)
    assert tiers(HALF, tied) == ["A"] * 4
    table = HALF.table(customers)
    assert table.loc["A", "share_of_revenue"] >= 0.5
    without_smallest = customers["revenue"].nlargest(table.loc["A", "customers"] - 1).sum()
    assert without_smallest / customers["revenue"].sum() < 0.5


def test_hysteresis_keeps_a_tier_and_gives_none():
    policy = SPEND.replace(hysteresis=0.10)
    frame = people(revenue=[450.0, 449.99, 450.0, 190.0, 600.0])
    before = people(tier=["gold", "gold", "silver", "gold", "regular"])
    assert tiers(policy, frame, before) == ["gold", "silver", "silver", "silver", "gold"]
    assert tiers(SPEND, frame, before) == ["silver", "silver", "silver", "regular", "gold"]


@pytest.mark.parametrize(
    ("policy", "frame", "kept", "lost"),
    [
        (RULES, {"orders": [4, 4], "days_since_last": [110, 111]}, "gold", "silver"),
        (SCORE, {"revenue": [383.4, 383.3], "days_since_last": [0, 0]}, "gold", "silver"),
    ],
)
def test_hysteresis_of_rules_and_scores(policy, frame, kept, lost):
    before = people(tier=["gold", "gold"])
    assert tiers(policy.replace(hysteresis=0.1), people(**frame), before) == [kept, lost]


def test_hysteresis_of_a_quantile_widens_the_tier():
    policy = TierPolicy("top", "revenue", {"low": None, "top": 0.9}, by="quantile", hysteresis=0.5)
    frame = people(revenue=np.arange(100.0))
    everybody_top = people(tier=["top"] * 100)
    assert tiers(policy, frame, everybody_top).count("top") == 15
    assert tiers(policy, frame).count("top") == 10


def test_a_tier_is_kept_for_the_minimum_stay():
    policy = SPEND.replace(minimum_stay=2)
    poor = people(revenue=[0.0])
    now = policy.assign(people(revenue=[600.0]))
    seen = []
    for _ in range(4):
        now = policy.assign(poor, now)
        seen.append((now["tier"].iloc[0], now["reviews_held"].iloc[0]))
    assert seen == [("gold", 1), ("gold", 2), ("regular", 0), ("regular", 1)]


def test_newcomers_and_those_who_left_are_no_trouble():
    now = SPEND.replace(hysteresis=0.1).assign(people(revenue=[450.0, 90.0]), people(tier=["gold"]))
    assert now["tier"].astype("str").tolist() == ["gold", "regular"]
    before = pd.DataFrame({"customer_id": ["C0", "gone"], "tier": ["silver", "gold"]})
    assert len(SPEND.assign(people(revenue=[450.0]), before)) == 1


def test_an_override_holds_until_its_last_day():
    policy = SPEND.replace(overrides=[Override("C1", "gold", "a promise", "2025-06-30")])
    frame = people(revenue=[0.0, 0.0])
    assert tiers(policy, frame, as_of="2025-06-30") == ["regular", "gold"]
    assert tiers(policy, frame, as_of="2025-07-01") == ["regular", "regular"]
    assert policy.assign(frame, as_of="2025-06-30")["overridden"].tolist() == [False, True]
    with pytest.raises(DataError, match="say as_of"):
        policy.assign(frame)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tiers": {"a": None, "b": 500}, "measure": ""}, "give either a measure"),
        ({"dimensions": [Dimension("orders", 1.0, (0, 9))]}, "not both"),
        ({"measure": "", "dimensions": [Dimension("orders", 0.7, (0, 9)), Dimension("revenue", 0.7, (0, 9))]},
         "the weights sum to 1.4, not 1. In the same proportions: orders 0.5, revenue 0.5"),
        ({"measure": "", "dimensions": [Dimension("x", 0.5, (0, 9)), Dimension("x", 0.5, (0, 9))]}, "the same measure"),
        ({"measure": "", "dimensions": [Dimension("x", 1.0, (0, 9))], "tiers": {"a": None, "b": 500}}, "0 to 100"),
        ({"by": "share", "tiers": {"a": None, "b": 0.5, "c": 0.8}}, "no less than the tier below.*entries falling"),
        ({"by": "share", "tiers": {"a": None, "b": 80}}, "takes the share 80"),
        ({"measure": "", "tiers": {"a": None, "b": {"x": 3}, "c": {"x": 2}}}, "whoever meets the rules of 'b' meets"),
        ({"measure": "", "tiers": {"a": None, "b": {"x": 3}, "c": {}}}, "'c' has no rules"),
        ({"measure": "", "tiers": {"a": None, "b": {"x": "3"}}}, "Remove the quotes"),
        ({"tiers": {"a": None, "b": {"x": 3}}}, "rules of their own, so leave out measure"),
        ({"hysteresis": 10}, "hysteresis is 10"),
        ({"minimum_stay": -1}, "a number of reviews"),
        ({"review": "weekly"}, "use one of 'monthly'"),
        ({"benefits": {"platinum": "x"}}, "benefits name the tier 'platinum'"),
        ({"overrides": [Override("C1", "vip", "x", "2025-01-01")]}, "overrides name the tier 'vip'"),
        ({"overrides": [Override("C1", "gold", "x", "2025-01-01")] * 2}, "'C1' has two overrides"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_a_cure(change, says):
    with pytest.raises(PolicyError, match=says):
        SPEND.replace(**change)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Dimension("x", 1.5, (0, 1)), "weight is 1.5"),
        (lambda: Dimension("x", 0.5, (1, 1)), "two different numbers"),
        (lambda: Dimension("x", 0.5, 9), "two different numbers"),
        (lambda: Override("C1", "gold", " ", "2025-01-01"), "gives no reason"),
        (lambda: Override("C1", "gold", "x", "soon"), "a date was expected"),
    ],
)
def test_parts_refuse_nonsense_too(make, says):
    with pytest.raises(PolicyError, match=says):
        make()


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (people(tier=["platinum", "gold"]).assign(reviews_held=0), "'platinum' is none of the tiers"),
        (pd.DataFrame({"customer_id": ["C0", "C0"], "tier": "gold", "reviews_held": 0}), "stand there twice"),
        (pd.DataFrame({"customer_id": ["C0"]}), "no column 'tier'"),
        (people(tier=["gold", "gold"]), "no column 'reviews_held'"),
    ],
)
def test_an_odd_past_is_refused(before, says):
    with pytest.raises(DataError, match=says):
        SPEND.replace(minimum_stay=1).assign(people(revenue=[1.0, 2.0]), before)


FULL = SPEND.replace(
    hysteresis=0.1, minimum_stay=1, review="quarterly", purpose="Serve best who buys most", owner="Sales",
    valid_from="2025-01-01", benefits={"gold": "a line of one's own | by phone"},
    overrides=[
        Override("C1", "gold", "a promise", "2025-06-30"), Override(7, "silver", "a number as id", "2026-01-01")
    ],
)  # fmt: skip


@pytest.mark.parametrize("policy", [FULL, RULES, SCORE, HALF], ids=lambda p: p.name)
def test_every_policy_goes_to_yaml_and_back(policy):
    back = TierPolicy.from_yaml(policy.to_yaml())
    assert back == policy
    assert back.content_hash == policy.content_hash


def test_the_hash_follows_the_content():
    hashes = {p.content_hash for p in (SPEND, RULES, SCORE, HALF, FULL, SPEND.replace(hysteresis=0.1))}
    assert len(hashes) == 6
    assert SPEND.replace(hysteresis=0.1).replace(hysteresis=0.0).content_hash == SPEND.content_hash


HEAD = "name: x\ntiers:\n  - name: low\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + "  - {name: b, at_least: 3, at_most: {orders: 2}}\n", "at_least names its measures too"),
        (HEAD + "  - {name: b, at_most: 3}\n", "at_most names its measures"),
        (HEAD + "  - {name: b, at_most: {x: many}}\n", "at_most x is 'many'"),
        (HEAD + "  - {name: b, at_least: {x: 3}, at_most: {x: 5}}\n", "x has an at_least and an at_most"),
        (HEAD + "  - {name: b, at_least: 3}\ndimensions:\n  - {measure: x, weight: 1}\n", "the key 'scale' is missing"),
        (
            HEAD + "  - {name: b, at_least: 3}\nmeasure: x\noverrides:\n  - {customer: 1, teir: b}\n",
            "Did you mean 'tier'",
        ),
    ],
)
def test_a_bad_file_names_the_place(text, says):
    with pytest.raises(PolicyError, match=says):
        TierPolicy.from_yaml(text)


def test_changes_are_told_in_words():
    new = FULL.replace(tiers={"regular": None, "silver": 200, "gold": 600}, hysteresis=0.0, version="2", overrides=())
    assert FULL.changes(new) == [
        "version: 1 becomes 2", "hysteresis: 0.1 becomes nothing", "gold: 500 or more becomes 600 or more",
        "override of C1: gold until 2025-06-30 becomes nothing",
        "override of 7: silver until 2026-01-01 becomes nothing",
    ]  # fmt: skip
    assert FULL.changes(FULL) == []


def test_moves_count_everybody_once(customers):
    moves = SPEND.diff(SPEND.replace(tiers={"regular": None, "silver": 200, "gold": 700}), customers)
    assert moves["customers"].sum() == len(customers)
    assert moves["revenue"].sum() == pytest.approx(customers["revenue"].sum())
    down = moves[moves["move"] == "down"]
    between = customers["revenue"].between(500, 700, inclusive="left")
    assert down["customers"].tolist() == [between.sum()]
    assert (moves["move"] == "up").sum() == 0
    assert SPEND.diff(SPEND, customers)["move"].eq("stay").all()


@pytest.mark.parametrize("policy", [HALF, TierPolicy("q", "orders", {"a": None, "b": 0.6, "c": 0.9}, by="quantile")])
def test_thresholds_say_the_same_for_the_same_customers(customers, policy):
    stated = policy.as_thresholds(customers)
    assert stated.by == "threshold"
    assert tiers(stated, customers) == tiers(policy, customers)


def test_explanations_by_hand():
    frame = people(orders=[4, 1, 3], revenue=[480.0, 90.0, 900.0], days_since_last=[10, 300, 150])
    policy = SPEND.replace(review="quarterly")
    told = str(policy.explain(frame, "C0", as_of="2025-02-14"))
    assert told == (
        "C0 is silver: revenue 480. gold takes 20 more revenue; one more purchase of the usual 120 would do, "
        "before the review on 1 April 2025."
    )
    assert str(SPEND.explain(frame, "C2")) == "C2 is gold: revenue 900."
    assert str(RULES.explain(frame, "C2")) == (
        "C2 is silver: orders 3, days since last 150. gold takes 1 more order and a last purchase 50 days more recent; "
        "one more purchase of the usual 300 would do."
    )
    assert str(SCORE.explain(frame, "C2")) == (
        "C2 is silver: score 64.0 (revenue 900, days since last 150). 6.0 points short of gold: 100 more revenue "
        "or a last purchase 30 days more recent would do; one more purchase of the usual 300 would do."
    )


def test_an_explanation_names_the_override_and_what_the_rule_gives():
    policy = SPEND.replace(overrides=[Override("C0", "gold", "a promise", "2025-06-30")])
    told = str(policy.explain(people(revenue=[150.0]), "C0", as_of="2025-01-01"))
    assert told.startswith("C0 is gold: revenue 150, by an override (a promise); the rule alone gives regular.")
    assert "silver takes 50 more revenue" in told


@pytest.mark.parametrize("policy", [SPEND, RULES, SCORE, HALF], ids=lambda p: p.name)
def test_the_way_that_is_named_leads_there(customers, policy):
    """Whatever the sentence promises is tried on the whole table, for many customers."""
    assigned = policy.assign(customers).set_index("customer_id")["tier"].astype("str")
    rng = np.random.default_rng(1)
    tried = 0
    for who in rng.choice(customers["customer_id"], 60, replace=False):
        told = policy.explain(customers, who)
        assert told.tier == assigned[who]
        if policy.by == "share":  # the others' shares move too
            continue
        if policy.has_rules and told.missing:
            assert policy.what_if(customers, who, **told.missing) == told.next_tier
            tried += 1
        elif not policy.has_rules:
            for measure, by in told.missing.items():
                assert policy.what_if(customers, who, **{measure: by}) == told.next_tier
                smaller = by - np.sign(by) * (1 if measure == "days_since_last" else 0.02)
                assert policy.what_if(customers, who, **{measure: smaller}) == told.tier
                tried += 1
        if told.purchases:
            usual = told.usual_value
            more = {"orders": told.purchases, "revenue": told.purchases * usual}
            row = customers.set_index("customer_id").loc[who]
            more["days_since_last"] = -row["days_since_last"]
            more = {measure: by for measure, by in more.items() if measure in policy.measures}
            assert policy.names.index(policy.what_if(customers, who, **more)) > policy.names.index(told.tier)
    assert tried > 20 or policy.by == "share"


def test_what_cannot_be_explained_is_refused(customers):
    with pytest.raises(DataError, match="'nobody' is not in the table"):
        SPEND.explain(customers, "nobody")
    with pytest.raises(DataError, match="does not look at 'orders'"):
        SPEND.what_if(customers, "C0000001", orders=1)
    with pytest.raises(DataError, match="at least one change"):
        SPEND.what_if(customers, "C0000001")
    with pytest.raises(DataError, match="stands there 2 times"):
        SPEND.explain(pd.concat([customers.head(1)] * 2), customers["customer_id"].iloc[0])


@pytest.mark.parametrize(
    ("review", "today", "then"),
    [
        ("monthly", "2025-12-31", "2026-01-01"), ("quarterly", "2025-03-31", "2025-04-01"),
        ("yearly", "2025-01-01", "2026-01-01"), ("half-yearly", "2025-06-30", "2025-07-01"),
        ("quarterly", "2025-11-05", "2026-01-01"),
    ],
)  # fmt: skip
def test_reviews_are_on_the_first_day_of_the_period(review, today, then):
    assert str(next_review(SPEND.replace(review=review), today)) == then


def test_the_document_holds_everything_that_was_declared(customers):
    page = FULL.document(customers, as_of="2025-03-01")
    for said in (
        "Spend",
        FULL.content_hash,
        "500 or more",
        "10%",
        "quarterly",
        "a promise",
        "2025-06-30",
        "Sales",
        "Approved",
    ):
        assert said in page, said
    assert "<script" not in page and "http" not in page
    counted = FULL.table(customers, as_of="2025-03-01")["customers"]
    assert f"<td>{counted['gold']:,}</td>" in page
    text = FULL.document(format="markdown")
    assert text.startswith("# Spend\n")
    columns = {len(re.findall(r"(?<!\\)\|", line)) for line in text.split("\n\n")[2].splitlines()}
    assert columns == {4}  # the bar in the text is escaped
    nasty = SPEND.replace(name="<b>Kunden & 标准</b>")
    assert "<b>Kunden" not in nasty.document() and "标准" in nasty.document()
    with pytest.raises(PolicyError, match="'html' or 'markdown'"):
        SPEND.document(format="pdf")


def test_numbers_of_numpy_are_numbers(customers):
    cut = customers["revenue"].quantile(0.9)
    policy = TierPolicy("q", "revenue", {"low": None, "high": cut}, hysteresis=np.float64(0.1))
    assert TierPolicy.from_yaml(policy.to_yaml()) == policy
    assert TierPolicy("q", "orders", {"low": None, "high": np.int64(3)}).tiers["high"] == 3
    assert Dimension("x", np.float64(1.0), (np.int64(0), np.int64(9))).scale == (0, 9)
