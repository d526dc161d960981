"""A policy as an answer: read from anything, run, and each limit that it misses named with the number reached."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab.exercises.tiering_policy import CURES, found
from crmlab.teach.plain import Unreadable
from crmlab.teach.policies import read_policy
from crmlab.tiering.policy import AtMost, Dimension, Override

PLAIN = crmlab.TierPolicy("demo", "revenue", {"regular": None, "silver": 200, "gold": 900}, hysteresis=0.1)


@pytest.fixture(scope="module")
def question():
    """Return the question on a policy, for one student."""
    return crmlab.exercise("03_tiering", student="s1234").policy


@pytest.mark.parametrize(
    "policy",
    [
        PLAIN,
        PLAIN.replace(minimum_stay=2, version="2", benefits={"gold": "a lounge"}, review="quarterly"),
        crmlab.TierPolicy(
            "rules", tiers={"regular": None, "silver": {"orders": 2}, "gold": {"orders": 4, "revenue": 300.5}}
        ),
        crmlab.TierPolicy("less", tiers={"regular": None, "gold": {"orders": 2, "days_since_last": AtMost(90)}}),
        crmlab.TierPolicy(
            "score",
            dimensions=[Dimension("orders", 0.4, (0, 10)), Dimension("revenue", 0.6, (0, 1000))],
            tiers={"regular": None, "silver": 20, "gold": 60},
        ),
        PLAIN.replace(overrides=[Override("C1", "gold", "asked kindly", "2026-12-31")]),
        crmlab.TierPolicy("top", "revenue", {"regular": None, "gold": np.float64(0.9)}, by="quantile"),
    ],
    ids=lambda policy: policy.name,
)
def test_a_policy_is_read_as_it_is_declared(policy):
    assert read_policy(policy) == policy
    assert read_policy(policy).content_hash == policy.content_hash
    assert read_policy(policy) is not policy
    assert read_policy(read_policy(policy).to_yaml()).content_hash == policy.content_hash


def test_a_dict_of_the_parts_will_do():
    parts = {"measure": "revenue", "tiers": {"regular": None, "silver": 200, "gold": 900}, "hysteresis": 0.1}
    assert read_policy(parts).tiers == PLAIN.tiers
    rows = [{"name": "regular"}, {"name": "silver", "at_least": 200}, {"name": "gold", "at_least": 900}]
    assert read_policy({**parts, "tiers": rows}).tiers == PLAIN.tiers


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"measure": "revenue", "tires": {}}, "Did you mean 'tiers'?"),
        ({"measure": "revenue"}, "has no 'tiers'"),
        ({"measure": "revenue", "tiers": {"gold": 900, "regular": None}}, "stand highest first"),
        ({"measure": "revenue", "tiers": {"regular": None, "gold": "900"}}, "Remove the quotes"),
        ({"measure": "revenue", "tiers": {"regular": None, "gold": pd.Series([1])}}, "holds a Series"),
        ({"measure": "revenue", "tiers": {"regular": None, 3: 5}}, "has a single number as a name"),
        ({"measure": "revenue", "tiers": {"regular": None, "gold": 10**400}}, "a number was expected"),
        ({"measure": "revenue" * 1000, "tiers": {}}, "holds text"),
        ("tiers.yaml", "is text that is no policy"),
        ("name: a\nmeasure: [", "not valid YAML"),
        ("name: &a [1]\nmeasure: *a\ntiers: []", "aliases"),
        ("name: a\ntiers: " + "[" * 900 + "]" * 900, "nests too deep"),
        (crmlab.TierPolicy, "Call it"),
        (pd.DataFrame({"tier": ["gold"]}), "is a DataFrame with 1 row"),
        ([PLAIN], "is a list with 1 item"),
    ],
    ids=range(15),
)
def test_what_is_no_policy_is_refused_in_a_sentence(question, answer, said):
    with pytest.raises(Unreadable) as problem:
        read_policy(answer)
    assert said in str(problem.value)
    outcome = question.check(answer)
    assert outcome.status == "wrong"
    assert outcome.message.startswith("policy ")
    assert len(outcome.message) < 400


def test_a_tampered_policy_neither_raises_nor_passes(question):
    class Sly(crmlab.TierPolicy):
        def assign(self, *args, **kwargs):
            raise SystemExit

    tampered = PLAIN.replace(version="9")
    object.__setattr__(tampered, "assign", lambda *args, **kwargs: pd.DataFrame())
    object.__setattr__(tampered, "tiers", {"regular": None, "silver": float("nan"), "gold": 1})
    endless: dict = {}
    endless["tiers"] = endless
    for answer in (Sly("sly", "revenue", {"a": None, "b": 1}), tampered, endless, {"tiers": {"x": endless}}):
        assert question.check(answer).status == "wrong"


def test_junk_is_answered_at_once(question, junk_answers):
    for kind, given in junk_answers.items():
        start = time.perf_counter()
        outcome = question.check(given)
        assert time.perf_counter() - start < 1, kind
        assert outcome.status == ("not attempted" if kind in ("None", "dots") else "wrong"), kind


def test_each_limit_is_named_with_the_number_reached(question):
    data = question.data
    shares = dict(zip(data.limits["limit"], data.limits["share"], strict=True))
    generous = found(data, gold=0.90)
    top = (generous.assign(data.first_review)["tier"] == "gold").mean()
    if top <= 0.05:
        top = (
            generous.assign(data.second_review, previous=generous.assign(data.first_review))["tier"] == "gold"
        ).mean()
    message = question.check(generous).message
    assert f"gold has {top:.1%} of the customers; at most 5% is allowed" in message
    assert CURES["gold"] in message

    restless = found(data, hysteresis=0)
    before = restless.assign(data.first_review)["tier"].astype(str)
    churn = (before != restless.assign(data.second_review)["tier"].astype(str)).mean()
    assert churn > shares["label_churn_at_most"]
    assert (
        f"{churn:.1%} change their tier; at most {shares['label_churn_at_most']:.1%}"
        in question.check(restless).message
    )

    small = found(data, silver=0.95)
    after = small.assign(data.second_review, previous=small.assign(data.first_review))
    brought = after.loc[after["tier"] != "regular", "revenue"].sum() / after["revenue"].sum()
    assert f"Silver and gold bring {brought:.1%} of the revenue" in question.check(small).message


def test_several_limits_are_named_at_once_and_later_ones_wait(question):
    message = question.check(found(question.data, hysteresis=0.5, minimum_stay=1)).message
    assert CURES["stay"] in message
    assert CURES["band"] in message
    assert "Then 7 more to check." in message
    assert len(message) < 400


def test_columns_that_are_not_there_are_named(question):
    outcome = question.check(PLAIN.replace(measure="revenu"))
    assert outcome.status == "wrong"
    assert "cannot be applied" in outcome.message
    assert "revenue" in outcome.message


def test_other_policies_within_the_limits_are_right_too(question):
    data = question.data
    right = found(data)
    assert question.check(read_policy(right).to_yaml()).status == "right"
    assert question.check({part: getattr(right, part) for part in ("measure", "tiers", "hysteresis")}).status == "right"
    as_rules = crmlab.TierPolicy(
        "rules",
        tiers={name: entry and {"revenue": entry} for name, entry in right.tiers.items()},
        hysteresis=0.2,
    )
    assert question.check(as_rules).status == "right"
    assert (
        question.check(right.replace(name="another", review="half-yearly", benefits={"gold": "tea"})).status == "right"
    )


def test_a_solution_that_misses_a_limit_is_the_teachers_affair(question, monkeypatch):
    broken = crmlab.exercise("03_tiering", student="s1234").policy
    monkeypatch.setattr(type(broken), "_truth", lambda self, data: found(data, hysteresis=0.5))
    outcome = broken.check(PLAIN)
    assert outcome.status == "not attempted"
    assert "Please tell your teacher" in outcome.message
