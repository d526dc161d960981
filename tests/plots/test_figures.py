import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.cbook import is_math_text
from matplotlib.text import Text

import crmlab
from crmlab import plots
from crmlab.errors import DataError


@pytest.fixture(scope="module")
def customers():
    summary = crmlab.summarize(crmlab.load("retail").transactions)
    return crmlab.abc_classes(crmlab.rfm_segments(crmlab.rfm_scores(summary)))


@pytest.fixture(scope="module")
def policy():
    return crmlab.TierPolicy("q", "revenue", {"regular": None, "silver": 0.5, "gold": 0.8, "vip": 0.95}, by="quantile")


FORECAST = pd.DataFrame({"model": [0.4, 2.2], "what came": [0.5, 2.4]}, index=["regular", "vip"])
EFFECTS = pd.DataFrame({"estimate": [0.02, 0.16], "low": [-0.01, 0.11], "high": [0.06, 0.21]}, index=["naive", "fair"])


FIGURES = ["concentration", "abc_curve", "rfm_grid", "tier_bars", "expected_against_actual", "effect_bars"]


@pytest.fixture(params=FIGURES)
def draw(request, customers, policy):
    inputs = {
        "concentration": (customers,),
        "abc_curve": (customers,),
        "rfm_grid": (customers,),
        "tier_bars": (policy.table(customers),),
        "expected_against_actual": (FORECAST,),
        "effect_bars": (EFFECTS, 0.15),
    }[request.param]
    return lambda **more: getattr(plots, request.param)(*inputs, **more)


def test_every_figure_keeps_the_house_rules(draw, keep_house):
    keep_house(draw)


def test_the_lorenz_curve_says_the_true_share(customers):
    ax = plots.concentration(customers)
    top = customers["revenue"].nlargest(800).sum() / customers["revenue"].sum()
    assert f"{top:.0%}" in ax.get_title(loc="left")


def test_one_fixed_colour_for_each_tier():
    few, many = plots.tier_colors(["regular", "gold"]), plots.tier_colors(["bronze", "silver", "gold", "vip"])
    assert few["gold"] == many["gold"]
    odd = plots.tier_colors(["potential", "general", "important", "high-end"])
    assert len(set(odd.values())) == 4


def test_a_dollar_sign_is_a_dollar_sign(customers):
    # as formulas these are an error, an underscored letter, and nothing
    names = ["$\\frac$", "$x_1$", "$$"]
    classes = customers["abc"].map({"A": names[0], "B": names[1], "C": names[2]})
    money = customers.rename(columns={"revenue": "$rev_$"}).assign(abc=classes)
    policy = crmlab.TierPolicy("q", "$rev_$", {names[0]: None, names[1]: 0.5, names[2]: 0.9}, by="quantile")
    forecast, effects = FORECAST.set_axis(names[:2]).set_axis(names[:2], axis=1), EFFECTS.set_axis(names[:2])
    for ax in (
        plots.concentration(money, "$rev_$"),
        plots.abc_curve(money, "$rev_$"),
        plots.tier_bars(policy.table(money, "$rev_$"), "$rev_$"),
        plots.expected_against_actual(forecast, unit="$\\frac$"),
        plots.effect_bars(effects, 0.1, unit="$\\frac$", title=f"Between {names[0]} and {names[1]} " * 4),
    ):
        ax.figure.canvas.draw()
        texts = [t.get_text() for t in ax.findobj(Text)]
        assert any("$" in t for t in texts) and not any(is_math_text(t) for t in texts)
        assert "\\$" not in plots.alt_text(ax)
    plt.close("all")


def test_figures_refuse_what_they_cannot_draw(customers, policy):
    with pytest.raises(DataError, match="abc_classes"):
        plots.abc_curve(customers.drop(columns="abc"))
    with pytest.raises(DataError, match="no column 'r_score'"):
        plots.rfm_grid(customers.drop(columns="r_score"))
    with pytest.raises(DataError, match="total above 0"):
        plots.concentration(customers.assign(revenue=-1.0))
    with pytest.raises(DataError, match="share_of_profit"):
        plots.tier_bars(policy.table(customers), "profit")
    with pytest.raises(DataError, match="no column 'low'"):
        plots.effect_bars(EFFECTS.drop(columns="low"), 0.1)
    with pytest.raises(DataError, match="at least one row"):
        plots.expected_against_actual(FORECAST.head(0))


def test_tables_are_formatted():
    frame = pd.DataFrame(
        {
            "customers": [1200, 3],
            "share_of_revenue": [0.4567, None],
            "revenue": [12345.678, 1],
            "first_date": pd.to_datetime(["2025-01-02", None]),
        },
        index=pd.Index(["gold", "<b>"], name="tier"),
    )
    shown = crmlab.table(frame, "What <we> see")
    html = shown._repr_html_()
    for text in ("1,200", "45.7%", "12,345.68", "2025-01-02", "share of revenue", "What &lt;we&gt; see", "&lt;b&gt;"):
        assert text in html
    assert "nan" not in html.lower() and "nat<" not in html.lower()
    assert "first 1 of 2 rows" in repr(crmlab.table(frame, "x", rows=1))
    assert "+0.46" in repr(crmlab.table(frame, formats={"share_of_revenue": "{:+.2f}"}))
