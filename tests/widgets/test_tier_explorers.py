import pandas as pd
import pytest

import crmlab
from crmlab import widgets
from crmlab.errors import DataError
from crmlab.tiering.policy import Dimension, Override

POLICY = crmlab.TierPolicy("q", "revenue", {"regular": None, "silver": 0.5, "vip": 0.95}, by="quantile")


@pytest.fixture(scope="module")
def customers():
    return crmlab.summarize(crmlab.load("retail").transactions)


def parts(box):
    sliders, image, sentence = box.children
    return sliders.children, image, sentence


def test_moving_a_slider_changes_picture_and_sentence(customers):
    sliders, image, sentence = parts(widgets.tier_explorer(customers, POLICY))
    picture, words = bytes(image.value), sentence.value
    assert bytes(picture).startswith(b"\x89PNG")
    assert "0 customers would change tier" in words
    sliders[1].value = 0.90
    assert image.value != picture
    moved = POLICY.assign(customers)["tier"]
    after = widgets.with_entries(POLICY, {"vip": 0.90}).assign(customers)["tier"]
    assert f"{(moved.astype(str) != after.astype(str)).sum():,} customers would change tier" in sentence.value


def test_an_impossible_setting_keeps_the_picture_and_says_why(customers):
    sliders, image, sentence = parts(widgets.tier_explorer(customers, POLICY))
    picture = image.value
    sliders[1].value = 0.30
    assert image.value == picture
    assert "Not possible" in sentence.value
    sliders[1].value = 0.96
    assert "Not possible" not in sentence.value


def test_threshold_sliders_span_most_customers(customers):
    policy = crmlab.TierPolicy("t", "revenue", {"regular": None, "gold": 500})
    (slider,), _, sentence = parts(widgets.tier_explorer(customers, policy))
    assert slider.min == 0 and slider.value == 500
    assert slider.max >= customers["revenue"].quantile(0.99)
    slider.value = slider.max
    assert "gold" in sentence.value


def test_abc_cuts(customers):
    (cuts,), image, sentence = parts(widgets.abc_explorer(crmlab.abc_classes(customers)))
    picture = image.value
    cuts.value = (0.5, 0.9)
    assert image.value != picture
    assert "bring 50%" in sentence.value


SCORE = crmlab.TierPolicy(
    "s", tiers={"regular": None, "gold": 40, "vip": 70}, hysteresis=0.1, minimum_stay=1, benefits={"vip": "a manager"},
    dimensions=[Dimension("revenue", 0.7, (0, 1_000)), Dimension("days_since_last", 0.3, (365, 0))],
)  # fmt: skip


def test_a_score_is_moved_in_points_and_the_value_of_the_moves_is_said(customers):
    money = customers.assign(profit=customers["revenue"] * 0.3 - 5)
    (gold, vip), image, sentence = parts(widgets.tier_explorer(money, SCORE, value="profit"))
    assert (gold.value, vip.value, vip.max) == (40, 70, 100)
    assert "of profit" in sentence.value and "0 customers would change tier" in sentence.value
    picture = image.value
    gold.value, vip.value = 30, 80
    moved = widgets.with_entries(SCORE, {"gold": 30.0, "vip": 80.0})
    steps = moved.assign(money)["tier_rank"] - SCORE.assign(money)["tier_rank"]
    assert (steps > 0).any() and (steps < 0).any()
    assert f"{(steps > 0).sum():,} up (with {money.loc[steps > 0, 'profit'].sum():,.0f} of profit)" in sentence.value
    assert f"{(steps < 0).sum():,} down (with {money.loc[steps < 0, 'profit'].sum():,.0f})" in sentence.value
    assert image.value != picture


def test_the_picture_shows_what_the_table_of_the_policy_counts(customers, monkeypatch):
    money, drawn = customers.assign(profit=customers["revenue"] * 0.3 - 5), []
    monkeypatch.setattr(widgets.tiers.plots, "tier_bars", lambda table, value, ax: drawn.append(table))
    monkeypatch.setattr(widgets.tiers.plots, "alt_text", lambda ax: "")
    widgets.tier_explorer(money, SCORE, value="profit")
    expected = SCORE.table(money, "profit")[["customers", "share_of_customers", "share_of_profit"]]
    expected.index = expected.index.astype("str")
    pd.testing.assert_frame_equal(drawn[0], expected, check_index_type=False, check_names=False)


def test_other_entries_leave_the_rest_of_the_policy_as_it_was():
    moved = widgets.with_entries(SCORE, {"vip": 80})
    assert moved.tiers == {"regular": None, "gold": 40, "vip": 80}
    assert moved == SCORE.replace(tiers=moved.tiers)


def test_shares_of_value_can_be_moved(customers):
    policy = crmlab.TierPolicy("p", "revenue", {"regular": None, "gold": 0.8, "vip": 0.5}, by="share")
    sliders, _, sentence = parts(widgets.tier_explorer(customers, policy))
    assert [s.description for s in sliders] == ["gold: share of revenue", "vip: share of revenue"]
    sliders[1].value = 0.4
    assert " 0 up" in sentence.value and "0 customers would" not in sentence.value


def test_an_override_is_left_aside(customers):
    someone = customers["customer_id"].iloc[0]
    policy = POLICY.replace(overrides=[Override(someone, "vip", "a promise", "2026-01-01")])
    _, _, sentence = parts(widgets.tier_explorer(customers, policy))
    assert "0 customers would change tier" in sentence.value


def test_rules_have_no_single_entry_to_move(customers):
    policy = crmlab.TierPolicy("r", tiers={"regular": None, "gold": {"orders": 4, "revenue": 300}})
    with pytest.raises(DataError, match="has rules for each tier"):
        widgets.tier_explorer(customers, policy)
