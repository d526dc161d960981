import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.cbook import is_math_text
from matplotlib.text import Text

from crmlab import plots
from crmlab.errors import DataError
from crmlab.foundations import ServiceTier, best_split, gini, per_100_of_revenue, service_plan, top_share

PEOPLE = [f"C{i}" for i in range(200)]
SPENT = pd.Series(np.linspace(0.1, 1, 200) ** 4 * 100, PEOPLE, name="2024")
LATER = pd.Series(SPENT.to_numpy()[::-1] * 0.3 + SPENT.to_numpy() * 0.7, PEOPLE, name="2025")
PROFIT = SPENT - 8
STEPS = per_100_of_revenue(
    pd.DataFrame(
        {"revenue": [100.0, 300.0], "margin": [30.0, 90.0], "cost_of_orders": [15.0, 20.0],
         "cost_of_returns": [25.0, 3.0], "profit": [-10.0, 67.0]}
    ),
    pd.Series(["at a loss", "at a profit"]),
)  # fmt: skip
DRAWS = {"the year again": pd.Series([0.61, 0.64, 0.66, 0.66, 0.70]), "next year": pd.Series([0.58, 0.60, 0.65])}
WINDOWS = pd.DataFrame({"seen": [1.0, 0.8, np.nan], "drawn": [1.0, 0.78, 0.74]}, index=[1, 12, 48])
TIERS = [ServiceTier("gold", 45, 589.0, 0.25, 10.0), ServiceTier("regular", 721, 12.0, 0.25, 10.0)]
PLANS = service_plan(TIERS, 3_000.0), service_plan(TIERS, 3_000.0, best_split(TIERS, 3_000.0))
INPUTS = {
    "lorenz_curves": ({"shop": SPENT, "bank": LATER},),
    "whale": (PROFIT,),
    "revenue_steps": (STEPS,),
    "ranking_curves": (SPENT, LATER),
    "chance_strip": (DRAWS, {"next year": 0.63}, "share of the best again", "Three in ten change"),
    "window_shares": (WINDOWS, 0.7),
    "service_bars": PLANS,
}


@pytest.fixture(params=list(INPUTS))
def draw(request):
    yield lambda **more: getattr(plots, request.param)(*INPUTS[request.param], **more)
    plt.close("all")


def test_every_figure_keeps_the_house_rules(draw, keep_house):
    keep_house(draw)


def test_the_figures_say_the_true_numbers():
    text = plots.alt_text(plots.lorenz_curves({"shop": SPENT, "bank": LATER}))
    assert f"shop: Gini {gini(SPENT):.2f}, top 20% bring {top_share(SPENT):.0%}" in text
    text = plots.alt_text(plots.whale(PROFIT))
    best = PROFIT[PROFIT > 0].sum() / PROFIT.sum()
    assert f"{best:.0%} of the total" in text and f"{(PROFIT < 0).sum()} customers make a loss" in text
    assert "cost of returns: 25 of 100 against 1" in plots.revenue_steps(STEPS).get_title(loc="left")
    title = plots.ranking_curves(SPENT, LATER).get_title(loc="left")
    assert f"{top_share(SPENT):.0%} of sales then, {LATER.iloc[-40:].sum() / LATER.sum():.0%} in 2025" in title
    assert "3 draws from 58% to 65%, mean 61%" in plots.alt_text(plots.chance_strip(*INPUTS["chance_strip"]))
    assert "100% in 1 month, 80% in 12 months." not in plots.alt_text(plots.window_shares(WINDOWS))
    assert "seen: 100% in 1 month, 80% in 12 months; drawn" in plots.alt_text(plots.window_shares(WINDOWS))
    gain = PLANS[1]["margin_kept"].sum() - PLANS[0]["margin_kept"].sum()
    assert f"{gain:,.0f} more margin" in plots.service_bars(*PLANS).get_title(loc="left")
    plt.close("all")


def test_equal_customers_share_what_comes_after():
    """Two customers with the same value before: the curve after does not depend on who stands first in the table."""
    before = pd.Series([5.0, 1.0, 1.0, 1.0], list("abcd"), name="before")
    after = pd.Series([0.0, 9.0, 0.0, 0.0], list("abcd"), name="after")
    lines = []
    for order in ("abcd", "adcb"):
        ax = plots.ranking_curves(before.loc[list(order)], after.loc[list(order)], 0.25)
        lines.append(ax.lines[2].get_ydata())
    assert np.allclose(*lines) and np.allclose(lines[0], [0, 0, 1 / 3, 2 / 3, 1])
    plt.close("all")


def test_names_with_dollar_signs_are_names():
    for ax in (
        plots.lorenz_curves({"$\\frac$": SPENT, "$x_1$": LATER}, value="$rev_$"),
        plots.revenue_steps(STEPS.set_axis(["$a_1$", "$$"])),
        plots.ranking_curves(SPENT.rename("$q_1$"), LATER.rename("$$")),
        plots.chance_strip({"$y_1$": DRAWS["next year"]}, {}, "$s_1$", "From $a to $b"),
        plots.window_shares(WINDOWS.set_axis(["$s_1$", "$$"], axis=1)),
        plots.service_bars(*(p.set_axis(["$$$", "$x_1$"]) for p in PLANS)),
    ):
        ax.figure.canvas.draw()
        texts = [t.get_text() for t in ax.findobj(Text)]
        assert any("$" in t for t in texts) and not any(is_math_text(t) for t in texts)
        assert "\\$" not in plots.alt_text(ax)
    plt.close("all")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: plots.lorenz_curves({}), "one to five groups"),
        (lambda: plots.lorenz_curves({"a": PROFIT}), "are negative"),
        (lambda: plots.whale(PROFIT - 100), "total above zero"),
        (lambda: plots.revenue_steps(STEPS.head(1)), "two or three groups"),
        (lambda: plots.ranking_curves(SPENT, LATER.iloc[1:]), "same customers"),
        (lambda: plots.ranking_curves(SPENT * 0, LATER), "longer period"),
        (lambda: plots.chance_strip({}, {}, "x", "y"), "at least one row"),
        (lambda: plots.window_shares(WINDOWS.head(0)), "one to three columns"),
    ],
)
def test_figures_refuse_what_they_cannot_draw(call, says):
    with pytest.raises(DataError, match=says):
        call()
    plt.close("all")
