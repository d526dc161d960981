import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.cbook import is_math_text
from matplotlib.text import Text

import crmlab
from crmlab import TierPolicy, plots
from crmlab.errors import DataError
from crmlab.tiering import audit

FIGURES = [
    "label_stability", "label_churn", "transition_matrix", "tier_lift", "fairness_ratios", "fairness_ratios top",
    "bunching", "bunching of counts", "placebo_cuts", "split_pairs",
]  # fmt: skip


def figures(spend, orders, tiers=("vip", "silver", "gold")):
    top, money, count = tiers
    bunch, counts = spend.gaming.bunching, orders.gaming.bunching
    return {
        "label_stability": (plots.label_stability, spend.stability.labels),
        "label_churn": (plots.label_churn, spend.stability.churn.reviews),
        "transition_matrix": (plots.transition_matrix, spend.stability.churn.migration),
        "tier_lift": (plots.tier_lift, spend.lift.tiers, spend.lift.outcome),
        "fairness_ratios": (plots.fairness_ratios, spend.fairness.rates),
        "fairness_ratios top": (plots.fairness_ratios, spend.fairness.rates, top),
        "bunching": (plots.bunching, bunch.bins, money),
        "bunching of counts": (plots.bunching, counts.bins, count),
        "placebo_cuts": (plots.placebo_cuts, bunch.thresholds, bunch.placebos),
        "split_pairs": (plots.split_pairs, orders.gaming.splits.pairs, orders.gaming.splits.draws),
    }


@pytest.fixture(scope="module")
def reports():
    data = crmlab.load("retail")
    spend = TierPolicy("s", "revenue", {"regular": None, "silver": 150, "gold": 500, "vip": 1_500}, hysteresis=0.1)
    orders = TierPolicy("o", "orders", {"regular": None, "silver": 3, "gold": 6, "vip": 10})
    return audit(spend, data, draws=10, months=12), audit(orders, data, draws=10, as_of="2025-06-01")


@pytest.fixture(params=FIGURES)
def draw(request, reports):
    function, *inputs = figures(*reports)[request.param]
    yield lambda **more: function(*inputs, **more)
    plt.close("all")


def test_every_figure_has_title_labels_and_a_text_alternative(draw):
    ax = draw()
    assert ax.get_title(loc="left") and ax.get_xlabel()
    assert ax.get_ylabel() or ax.get_yticklabels()
    assert len(plots.alt_text(ax)) > 60 and "nan" not in plots.alt_text(ax)


def test_every_figure_draws_where_it_is_told(draw):
    _, (left, right) = plt.subplots(1, 2)
    assert draw(ax=right) is right
    assert not left.has_data()


def test_nothing_sticks_out_and_no_label_lies_on_another(draw):
    ax = draw()
    ax.figure.canvas.draw()
    page, drawn = ax.figure.bbox, ax.get_tightbbox()
    assert drawn.x0 >= page.x0 - 1 and drawn.x1 <= page.x1 + 1
    assert drawn.y0 >= page.y0 - 1 and drawn.y1 <= page.y1 + 1
    texts = [*ax.texts, ax.xaxis.label, *ax.get_yticklabels()]
    boxes = [(t.get_text(), t.get_window_extent()) for t in texts if t.get_text()]
    if ax.get_legend() is not None:
        boxes.append(("legend", ax.get_legend().get_window_extent()))
    for i, (one, a) in enumerate(boxes):
        for other, b in boxes[i + 1 :]:
            assert not a.overlaps(b), f"{one!r} lies on {other!r}"


def test_the_figures_say_the_true_numbers(reports):
    spend, orders = reports
    labels = spend.stability.labels
    title = plots.label_stability(labels).get_title(loc="left")
    assert f"{labels.loc['all', 'share_changed']:.0%} of the customers" in title
    title = plots.label_churn(spend.stability.churn.reviews).get_title(loc="left")
    rates = spend.stability.churn.rates["share_changed"]
    assert title.startswith(f"{rates.iloc[0]:.1%} of the labels") and f"{rates.iloc[1]:.1%} without hyst" in title
    moves = spend.stability.churn.migration
    text = plots.alt_text(plots.transition_matrix(moves))
    assert f"gold to vip {moves.probabilities.loc['gold', 'vip']:.1%}" in text
    text = plots.alt_text(plots.tier_lift(spend.lift.tiers))
    assert f"vip: {spend.lift.tiers.loc['vip', 'mean']:,.0f}" in text
    bins = orders.gaming.bunching.bins
    at = bins[(bins["tier"] == "gold") & (bins["touches"] != "")].set_index("touches")["customers"]
    assert f"{at['above']} just above, {at['below']} just below" in plots.bunching(bins, "gold").get_title(loc="left")
    pairs = orders.gaming.splits.pairs.iloc[0]
    assert f"{pairs['observed']:,.0f}, {pairs['expected']:,.0f} expected" in plots.split_pairs(
        orders.gaming.splits.pairs, orders.gaming.splits.draws
    ).get_title(loc="left")
    plt.close("all")


def test_tiers_keep_their_colours(reports):
    ax = plots.label_stability(reports[0].stability.labels)
    colors = plots.tier_colors(["regular", "silver", "gold", "vip"])
    found = [matplotlib.colors.to_hex(bar.get_facecolor()).upper() for bar in ax.patches[1:5]]
    assert found == [colors[t].upper() for t in ("regular", "silver", "gold", "vip")]
    plt.close("all")


def test_names_with_dollar_signs_are_names():
    data = crmlab.load("retail")
    names = ["$\\frac$", "$x_1$", "$$"]
    people = data.customers.assign(side=data.customers["gender"].map({"F": "$f_1$", "M": "$$", "X": "x"}))
    spend = TierPolicy("$p$", "revenue", dict(zip(names, [None, 150, 500], strict=True)))
    orders = TierPolicy("$o$", "orders", dict(zip(names, [None, 3, 6], strict=True)))
    reports = [audit(p, data.transactions, people, draws=4, attributes=["side"]) for p in (spend, orders)]
    for function, *inputs in figures(*reports, tiers=(names[2], names[1], names[2])).values():
        ax = function(*inputs)
        ax.figure.canvas.draw()
        assert not any(is_math_text(t.get_text()) for t in ax.findobj(Text)), function
        assert "\\$" not in plots.alt_text(ax)
        plt.close("all")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda s: plots.label_stability(s.stability.labels.drop(columns="low")), "labels has no column 'low'"),
        (lambda s: plots.label_churn(s.stability.churn.reviews.head(0)), "too short"),
        (lambda s: plots.tier_lift(s.stability.labels), "no column 'mean'"),
        (lambda s: plots.fairness_ratios(s.fairness.rates, "bronze"), "no tier 'bronze'; it has vip, gold, silver"),
        (lambda s: plots.bunching(s.gaming.bunching.bins, "bronze"), "no tier 'bronze'"),
        (lambda s: plots.placebo_cuts(s.gaming.bunching.thresholds.head(0), pd.DataFrame()), "nothing to draw"),
        (lambda s: plots.split_pairs(pd.DataFrame(), pd.DataFrame()), "no column 'observed'"),
    ],
)
def test_figures_refuse_what_they_cannot_draw(reports, call, says):
    with pytest.raises(DataError, match=says):
        call(reports[0])
    plt.close("all")
