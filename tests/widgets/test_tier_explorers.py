import pytest

import crmlab
from crmlab import widgets

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
