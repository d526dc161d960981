import time

import pytest

import crmlab
from crmlab import tiering, widgets
from crmlab.errors import DataError

COLUMNS = ["days_since_last", "orders", "revenue"]
THREE = {("revenue", "orders"): 3, ("revenue", "recency"): 5, ("orders", "recency"): 4}


@pytest.fixture(scope="module")
def customers():
    return crmlab.summarize(crmlab.load("retail").transactions)


@pytest.fixture(scope="module")
def choices(customers):
    return {s: tiering.choose_k(customers, COLUMNS, [2, 4, 6], scale=s, resamples=2) for s in ("robust-log", "none")}


def parts(box):
    controls, image, sentence = box.children
    return controls.children, image, sentence


def test_judgements_move_weights_and_advice():
    sliders, image, sentence = parts(widgets.ahp_explorer(tiering.compare_pairs(THREE)))
    assert [s.description for s in sliders] == [
        "revenue against orders",
        "revenue against recency",
        "orders against recency",
    ]
    assert [s.value for s in sliders] == [3, 5, 4] and bytes(image.value).startswith(b"\x89PNG")
    assert "revenue 63%" in sentence.value and "orders against recency: 4 was said" in sentence.value
    picture = bytes(image.value)
    sliders[2].value = 2
    better = tiering.compare_pairs(THREE | {("orders", "recency"): 2})
    assert image.value != picture
    assert f"revenue {better.weights['revenue']:.0%}" in sentence.value
    assert f"ratio is {better.consistency_ratio:.2f}" in sentence.value


def test_the_scale_runs_from_nine_to_a_ninth():
    (slider,), _, sentence = parts(widgets.ahp_explorer(["orders", "days_since_last"]))
    labels = [label for label, _ in slider.options]
    assert labels[0] == "9" and labels[8] == "1" and labels[-1] == "1/9" and len(labels) == 17
    assert "orders 50%, days since last 50%" in sentence.value
    slider.value = slider.options[-1][1]
    assert "orders 10%, days since last 90%" in sentence.value


def test_k_moves_segments_and_what_speaks_for_them(customers, choices):
    (slider, scale), image, sentence = parts(widgets.k_explorer(customers, COLUMNS, choices))
    picture = bytes(image.value)
    slider.value = 4
    row = choices["robust-log"].loc[4]
    assert image.value != picture
    assert f"Silhouette {row['silhouette']:.2f} (highest for k = 2)" in sentence.value
    assert f"stability {row['stability']:.2f}" in sentence.value
    scale.value = "none"
    assert f"{choices['none'].loc[4, 'smallest_share']:.1%} of the customers" in sentence.value


def test_redraws_are_quick(customers, choices):
    (slider, _), _, _ = parts(widgets.k_explorer(customers, COLUMNS, choices))
    sliders, _, _ = parts(widgets.ahp_explorer(["a", "b", "c", "d", "e"]))
    times = []
    for move in [lambda: setattr(slider, "value", 6), *(lambda s=s: setattr(s, "value", 3.0) for s in sliders[:4])]:
        began = time.process_time()
        move()
        times.append(time.process_time() - began)
    # about 0.1 s each; the limit leaves room for a busy machine
    assert sorted(times)[len(times) // 2] < 0.5


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda c, t: widgets.ahp_explorer(["a"]), "2 to 5 different criteria"),
        (lambda c, t: widgets.ahp_explorer(list("abcdef")), "2 to 5 different criteria"),
        (lambda c, t: widgets.ahp_explorer(["a", "a"]), "2 to 5 different criteria"),
        (lambda c, t: widgets.k_explorer(c, COLUMNS, {}), "needs choices"),
        (lambda c, t: widgets.k_explorer(c, COLUMNS, t | {"none": t["none"].head(1)}), "the same numbers of clusters"),
        (lambda c, t: widgets.k_explorer(c, ["revenu"], t), "Did you mean 'revenue'"),
    ],
)
def test_explorers_refuse_what_they_cannot_show(customers, choices, call, says):
    with pytest.raises(DataError, match=says):
        call(customers, choices)
