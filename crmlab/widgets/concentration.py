"""Explorers of concentration: what costs make of the whale, what a window makes of a ranking, where a budget goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets
import pandas as pd
from matplotlib.axes import Axes

from crmlab import plots
from crmlab.errors import DataError
from crmlab.foundations import ServiceTier, group_again, service_plan, top_share, whale_curve
from crmlab.widgets.explorer import explorer


def whale_explorer(profits: pd.DataFrame, unit_costs: Mapping[str, float]) -> ipywidgets.VBox:
    """Move what things cost; the whale curve follows.

    Parameters
    ----------
    profits : pandas.DataFrame
        From :func:`crmlab.foundations.customer_profit` or :func:`crmlab.foundations.bank_profit`.
    unit_costs : mapping of str to float
        ``cost_of_...`` column to the cost of one as it is now, money, above 0; each gets a slider from 0 to three
        times as much.

    Returns
    -------
    ipywidgets.VBox
        Sliders, picture, sentence. Customers do not change what they do when a cost changes.

    Examples
    --------
    >>> import crmlab
    >>> year = crmlab.foundations.customer_profit(crmlab.load("retail"), "2025-01-01", "2025-12-31")
    >>> box = whale_explorer(year, {"cost_of_returns": 14.0})
    >>> box.children[0].children[0].value
    14.0
    """
    for column, cost in unit_costs.items():
        if column not in profits or not cost > 0:
            raise DataError(f"unit_costs: {column!r} ({cost}) must be a cost column of profits, with a cost above 0.")
    sliders = {
        column: _slider(
            f"cost of one {column.removeprefix('cost_of_').rstrip('s')}", float(cost), 0.0, 3 * cost, ",.2f"
        )
        for column, cost in unit_costs.items()
    }
    now = float(profits["profit"].sum())

    def draw(ax: Axes) -> str:
        moved = profits["profit"].copy()
        for column, slider in sliders.items():
            moved -= profits[column] * (slider.value / unit_costs[column] - 1)
        plots.whale(moved, ax=ax)
        return (
            f"Profit is {moved.sum():,.0f} (as it is: {now:,.0f}). {(moved < 0).sum():,} customers make a loss, "
            f"{-moved.clip(upper=0).sum():,.0f} together; the curve peaks at "
            f"{whale_curve(moved)['share_of_profit'].max():.0%}."
        )

    return explorer(list(sliders.values()), draw)


def window_explorer(monthly: pd.DataFrame, after: pd.Series) -> ipywidgets.VBox:
    """Choose how long we look and whom we call the best; see what the same customers bring afterwards.

    Parameters
    ----------
    monthly : pandas.DataFrame
        Sales, one row a customer, one column a month in order of time, at least two. The window ends with the last
        month and goes back as far as the slider says.
    after : pandas.Series
        Sales of the same customers in the time that follows, with the same index.

    Returns
    -------
    ipywidgets.VBox
        Two sliders, picture, sentence.

    Examples
    --------
    >>> months = pd.DataFrame({"May": [9.0, 0.0, 1.0, 0.0, 0.0], "June": [0.0, 3.0, 1.0, 1.0, 0.0]})
    >>> box = window_explorer(months, pd.Series([2.0, 2.0, 2.0, 1.0, 1.0], name="later"))
    >>> box.children[0].children[0].max
    2
    """
    if monthly.shape[1] < 2 or not monthly.index.equals(after.index):
        raise DataError("window_explorer needs at least two months, and the same customers before and after.")
    length = ipywidgets.IntSlider(
        value=monthly.shape[1], min=1, max=monthly.shape[1],
        description="months in the window", style={"description_width": "260px"}, layout={"width": "95%"},
    )  # fmt: skip
    best = _slider("share of customers called the best", 0.20, 0.05, 0.50, ".0%", 0.01)
    later = after.rename(str(after.name or "the time after"))

    def draw(ax: Axes) -> str:
        months = length.value
        window = (
            monthly.iloc[:, -months:]
            .sum(axis=1)
            .rename(f"the last {months} months" if months > 1 else "the last month")
        )
        plots.ranking_curves(window, later, best.value, ax=ax)
        found = group_again(window, later, best.value)
        return (
            f"The best {best.value:.0%} brought {found['share_before']:.0%} of sales in the window and bring "
            f"{found['share_after']:.0%} of {later.name}; {found['again']:.0%} of them are among the best again. "
            f"The best {best.value:.0%} of {later.name} itself bring {top_share(later, best.value):.0%}."
        )

    return explorer([length, best], draw)


def service_explorer(tiers: Sequence[ServiceTier], budget: float) -> ipywidgets.VBox:
    """Move one budget between tiers; margin, profit and satisfaction follow.

    Parameters
    ----------
    tiers : sequence of ServiceTier
        Highest first, at least two. The lowest gets what the others leave.
    budget : float
        Money a year to begin with, above 0.

    Returns
    -------
    ipywidgets.VBox
        A slider for the budget and one for the share of each tier but the lowest; they begin with the same service
        for all, against which the picture compares.

    Examples
    --------
    >>> two = [ServiceTier("gold", 10, 100.0, 0.5, 5.0), ServiceTier("regular", 90, 10.0, 0.5, 5.0)]
    >>> box = service_explorer(two, 500.0)
    >>> [slider.value for slider in box.children[0].children]
    [500.0, 0.1]
    """
    if len(tiers) < 2 or not budget > 0:
        raise DataError(
            f"service_explorer needs at least two tiers and a budget above 0, not {len(tiers)} and {budget}."
        )
    everybody = sum(t.customers for t in tiers)
    money = _slider("budget a year", float(budget), budget / 20, 3 * budget, ",.0f")
    parts = [_slider(f"share for {t.name}", t.customers / everybody, 0.0, 1.0, ".1%", 0.005) for t in tiers[:-1]]

    def draw(ax: Axes) -> str:
        given = [p.value for p in parts]
        rest = 1 - sum(given)
        if rest < -1e-9:
            raise DataError(f"the shares add up to {sum(given):.1%}; they must leave 0% or more for {tiers[-1].name}.")
        equal = service_plan(list(tiers), money.value)
        plan = service_plan(list(tiers), money.value, [*given, max(rest, 0.0)])
        plots.service_bars(equal, plan, ax=ax)
        content = " and ".join(f"{s:.0%} in {t}" for t, s in plan["satisfaction"].items())
        return (
            f"{plots.alt_text(ax).rsplit('. ', 1)[-1]} Profit after service: {plan['profit'].sum():,.0f} "
            f"(the same for all: {equal['profit'].sum():,.0f}). {rest:.1%} is left for {tiers[-1].name}. "
            f"Satisfaction: {content}."
        )

    return explorer([money, *parts], draw)


def _slider(
    label: str, value: float, low: float, high: float, form: str, step: float | None = None
) -> ipywidgets.FloatSlider:
    return ipywidgets.FloatSlider(
        value=value, min=low, max=high, step=step or (high - low) / 100, readout_format=form,
        description=label, style={"description_width": "260px"}, layout={"width": "95%"},
    )  # fmt: skip
