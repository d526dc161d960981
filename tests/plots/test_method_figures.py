import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.cbook import is_math_text
from matplotlib.text import Text

import crmlab
from crmlab import plots, tiering
from crmlab.errors import DataError

COLUMNS = ["days_since_last", "orders", "revenue"]
SAID = {
    ("revenue", "orders"): 3, ("revenue", "recency"): 5, ("revenue", "referrals"): 4, ("orders", "recency"): 1 / 2,
    ("orders", "referrals"): 3, ("recency", "referrals"): 1 / 3,
}  # fmt: skip


@pytest.fixture(scope="module")
def retail():
    return crmlab.load("retail", truth=True)


@pytest.fixture(scope="module")
def customers(retail):
    return crmlab.summarize(retail.transactions)


@pytest.fixture(scope="module")
def inputs(retail, customers):
    """Each figure with what it takes."""
    bases = tiering.customer_bases(retail, "2024-12-31")
    profiles = tiering.base_profiles(bases, resamples=100)
    fine = {("revenue", "orders"): 3, ("revenue", "recency"): 6, ("orders", "recency"): 2}
    choices = tiering.choose_k(customers.head(900), COLUMNS, range(2, 6), resamples=2)
    agreed = tiering.agreement(tiering.four_standards(retail, "2024-12-31"), resamples=100)
    money, bought = customers["revenue"], customers["revenue"][customers["revenue"] > 0]
    return {
        "weights that contradict": (plots.ahp_weights, tiering.compare_pairs(SAID)),
        "weights that fit": (plots.ahp_weights, tiering.compare_pairs(fine)),
        "three breaks": (plots.natural_classes, money, tiering.natural_breaks(money, 3)),
        "six breaks": (plots.natural_classes, money, tiering.natural_breaks(money, 6)),
        "log breaks": (plots.natural_classes, bought, tiering.natural_breaks(bought, 5, log=True)),
        "agreement": (plots.kappa_map, agreed),
        "choice": (plots.k_choice, choices),
        "profiles": (plots.segment_profiles, tiering.segment_customers(customers, COLUMNS, 6)),
        "trap": (plots.segment_profiles, tiering.segment_customers(customers, COLUMNS, 4, scale="none")),
        "attitudes": (plots.base_groups, profiles, "attitude"),
        "stores": (plots.base_groups, profiles, "home_store", "orders"),
        "power": (plots.base_power, tiering.explained_by_base(bases, resamples=50)),
    }


FIGURES = [
    "weights that contradict", "weights that fit", "three breaks", "six breaks", "log breaks", "agreement", "choice",
    "profiles", "trap", "attitudes", "stores", "power",
]  # fmt: skip


@pytest.fixture(params=FIGURES)
def draw(request, inputs):
    figure, *given = inputs[request.param]
    yield lambda **more: figure(*given, **more)
    plt.close("all")


def test_every_figure_keeps_the_house_rules(draw, keep_house):
    keep_house(draw)


def test_weights_are_those_of_the_comparison():
    said = tiering.compare_pairs(SAID)
    ax = plots.ahp_weights(said)
    widths = [bar.get_width() for bar in ax.patches]
    assert widths[::-1] == pytest.approx(said.weights.tolist())
    assert ax.lines[0].get_xdata()[::-1] == pytest.approx(said.geometric_weights.to_numpy())
    assert "contradict" in ax.get_title(loc="left") and f"{said.consistency_ratio:.2f}" in ax.get_title(loc="left")
    plt.close("all")


def test_the_bars_between_two_breaks_hold_the_class(customers):
    money = customers["revenue"]
    found = tiering.natural_breaks(money, 4)
    ax = plots.natural_classes(money, found)
    width = np.log(money.max() / money[money > 0].min()) / 59
    edges = [(b.get_x(), b.get_x() + b.get_width(), b.get_height()) for b in ax.patches]
    for low, high, size in zip(found.breaks, [*found.breaks[1:], np.inf], found.table["customers"][1:], strict=True):
        held = sum(
            h * np.log(right / left) / width
            for left, right, h in edges
            if left >= low * 0.999999 and left < high * 0.999999
        )
        assert held == pytest.approx(size)
    assert f"{(money <= 0).sum()} customers at 0 or below are not drawn" in plots.alt_text(ax)
    plt.close("all")


def test_kappa_stands_in_the_cell_of_its_pair(inputs):
    _, table = inputs["agreement"]
    texts = {(t.get_position()): t.get_text() for t in plots.kappa_map(table).texts}
    row = table[(table["first"] == "contribution") & (table["second"] == "potential")].iloc[0]
    assert texts[(1, 2)].startswith(f"{row['kappa']:+.2f}") and len(texts) == 6
    weighted = {t.get_position(): t.get_text() for t in plots.kappa_map(table, weighted=True).texts}
    assert weighted[(1, 2)].startswith(f"{row['weighted']:+.2f}")
    assert not any("-0.00" in t for t in texts.values())
    plt.close("all")


def test_the_chosen_number_is_marked(inputs):
    _, choices = inputs["choice"]
    assert len(plots.k_choice(choices, chosen=4).patches) == len(plots.k_choice(choices).patches) + 1
    plt.close("all")


def test_a_dollar_sign_is_a_dollar_sign(customers):
    odd = customers.rename(columns={"revenue": "$rev_$", "orders": "$x_1$"})
    profiles = pd.DataFrame(
        {
            "by": "$by_$", "group": ["$\\frac$", "$$"], "customers": [3, 4], "revenue": [5.0, 6.0],
            "revenue_low": [4.0, 5.5], "revenue_high": [6.0, 6.5],
        }
    )  # fmt: skip
    power = pd.DataFrame(
        {
            "base": "b",
            "by": ["$\\frac$"],
            "groups": 2,
            "eta_squared": 0.2,
            "out_of_sample": 0.1,
            "low": 0.0,
            "high": 0.2,
        }
    )
    two = pd.DataFrame({"first": ["$\\frac$"], "second": ["$$"], "kappa": 0.1, "low": 0.0, "high": 0.2})
    for ax in (
        plots.ahp_weights(tiering.compare_pairs({("$\\frac$", "$$"): 2})),
        plots.natural_classes(odd["$rev_$"], tiering.natural_breaks(odd["$rev_$"], 3), unit="$"),
        plots.segment_profiles(tiering.segment_customers(odd, ["$rev_$", "$x_1$"], 3)),
        plots.base_groups(profiles, "$by_$"),
        plots.base_power(power),
        plots.kappa_map(two),
    ):
        ax.figure.canvas.draw()
        texts = [t.get_text() for t in ax.findobj(Text)]
        assert any("$" in t for t in texts) and not any(is_math_text(t) for t in texts)
        assert "\\$" not in plots.alt_text(ax)
    plt.close("all")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda i: plots.kappa_map(i["agreement"][1].drop(columns="low")), "no column 'low'"),
        (lambda i: plots.k_choice(i["choice"][1].drop(columns="stability")), "no column 'stability'"),
        (lambda i: plots.base_groups(i["stores"][1], "colour"), "no groups by 'colour'"),
        (lambda i: plots.base_groups(i["stores"][1], "attitude", "store_share"), "with revenue and orders"),
        (lambda i: plots.base_power(i["power"][1].drop(columns="eta_squared")), "no column 'eta_squared'"),
        (
            lambda i: plots.natural_classes(pd.Series([-1.0, 0.0]), i["three breaks"][2]),
            "different values above 0",
        ),
    ],
)
def test_figures_refuse_what_they_cannot_draw(inputs, call, says):
    with pytest.raises(DataError, match=says):
        call(inputs)
