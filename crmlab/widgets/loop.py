"""Explorers of the core loop: a quarter of it, its rhythm, and one customer at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import ipywidgets
import pandas as pd
from matplotlib.axes import Axes

from crmlab import plots
from crmlab.errors import DataError
from crmlab.foundations.customers import customer_card, customer_events, customers_360
from crmlab.foundations.loop import classify, labels_over_time, moves
from crmlab.foundations.rhythm import rhythms
from crmlab.foundations.stages import STAGES, lifecycle_stages
from crmlab.foundations.upkeep import costs_between, costs_by_tier
from crmlab.tiering import TierPolicy
from crmlab.widgets.explorer import explorer

if TYPE_CHECKING:
    from crmlab.datasets import Dataset

T = TypeVar("T")

_WIDE = {"style": {"description_width": "230px"}, "layout": {"width": "95%"}}


def loop_explorer(
    data: Dataset, known: pd.DataFrame, policy: TierPolicy, benefits: dict[str, float]
) -> ipywidgets.VBox:
    """Choose a quarter and a hysteresis; the flow between tiers and the cost of the quarter follow.

    Parameters
    ----------
    data : Dataset
        The retailer's tables.
    known : pandas.DataFrame
        From :func:`crmlab.foundations.identify`, with two reviews or more.
    policy : TierPolicy
        Where the sliders start.
    benefits : dict of str to float
        Money a customer and quarter for each tier that gets something.

    Returns
    -------
    ipywidgets.VBox
        Two sliders, the flow into the chosen review, and a table of what each tier brought and cost in the quarter
        that ended there.

    Raises
    ------
    DataError
        For fewer than two reviews.
    """
    reviews = sorted(known["review"].unique())
    costs = costs_between(data, reviews)
    # classifying is the slow part, so each step of the slider has its year ready
    slack, years = _hysteresis(policy, lambda p: classify(known, p))
    spent = {step: costs_by_tier(history, costs, benefits) for step, history in years.items()}
    quarter = ipywidgets.SelectionSlider(
        options=[(f"{day:%d %b %Y}", i) for i, day in enumerate(reviews) if i], description="review", **_WIDE
    )

    def draw(ax: Axes) -> str:
        history, end = years[slack.value], reviews[quarter.value]
        last = history[history["review"].isin([reviews[quarter.value - 1], end])]
        plots.tier_flow(labels_over_time(last), policy.names, ax=ax)
        table = spent[slack.value]
        table = table[table["period"] == end].drop(columns="period").set_index("tier")
        now = moves(last).iloc[-1]
        words = f"{plots.alt_text(ax)} {now['new']:,} customers are new, {now['kept']:,} hold a tier by hysteresis."
        formats = dict.fromkeys(table.columns[1:], "{:,.0f}")
        return words + plots.table(table, "The quarter, by the tier at its beginning", formats=formats)._repr_html_()

    return explorer([quarter, slack], draw)


def rhythm_explorer(
    known: pd.DataFrame, policy: TierPolicy, groups: dict[str, pd.Series] | None = None
) -> ipywidgets.VBox:
    """Move the hysteresis; moves and old labels follow for every rhythm of re-assessment.

    Parameters
    ----------
    known : pandas.DataFrame
        From :func:`crmlab.foundations.identify`, with a review each month.
    policy : TierPolicy
        Where the slider starts.
    groups : dict of str to pandas.Series, optional
        Name to customer ids, to look at some of the customers only.

    Returns
    -------
    ipywidgets.VBox
        A slider, a choice of customers, picture, sentence.

    Raises
    ------
    DataError
        If no customer of a group is in ``known``.
    """
    chosen = {"all customers": known}
    for name, ids in (groups or {}).items():
        chosen[name] = known[known["customer_id"].isin(ids)]
        if chosen[name].empty:
            raise DataError(f"groups: nobody of {name!r} is in known; give ids as in its column 'customer_id'.")
    steps = [m for m in (1, 3, 6, 12) if m < known["review"].nunique()]
    slack, tables = _hysteresis(policy, lambda p: {n: rhythms(some, p, steps) for n, some in chosen.items()})
    who = ipywidgets.Dropdown(options=list(chosen), description="which customers", **_WIDE)

    def draw(ax: Axes) -> str:
        plots.rhythm_bars(tables[slack.value][who.value], ax=ax)
        return plots.alt_text(ax)

    return explorer([slack, who], draw)


def card_explorer(data: Dataset, as_of: str | pd.Timestamp) -> ipywidgets.VBox:
    """Choose a lifecycle stage and a place within it; the customer's time line and card follow.

    Parameters
    ----------
    data : Dataset
        The retailer's tables.
    as_of : str or pandas.Timestamp
        Last day to count.

    Returns
    -------
    ipywidgets.VBox
        A choice of stages, a slider from the highest to the lowest revenue, time line, card.
    """
    view = customers_360(data, as_of)
    stage = lifecycle_stages(data.transactions, as_of).set_index("customer_id")["stage"]
    ranked = view.sort_values(["revenue", "customer_id"], ascending=[False, True])["customer_id"]
    groups = {name: ranked[ranked.map(stage) == name].tolist() for name in STAGES}
    groups = {"all": ranked.tolist(), **{name: ids for name, ids in groups.items() if ids}}
    which = ipywidgets.Dropdown(options=list(groups), description="stage", **_WIDE)
    place = ipywidgets.IntSlider(
        value=0, min=0, max=100, description="place by revenue, 0 = highest, %", continuous_update=False, **_WIDE
    )

    def draw(ax: Axes) -> str:
        ids = groups[which.value]
        customer = ids[round(place.value / 100 * (len(ids) - 1))]
        plots.customer_timeline(customer_events(data, customer, as_of), customer, ax=ax)
        card = plots.table(customer_card(view, customer), f"{customer}, {stage[customer]}")
        return plots.alt_text(ax) + card._repr_html_()

    return explorer([which, place], draw)


def _hysteresis(
    policy: TierPolicy, work: Callable[[TierPolicy], T]
) -> tuple[ipywidgets.SelectionSlider, dict[float, T]]:
    """Make a slider of hysteresis, and do the work once for each of its steps."""
    steps = sorted({0.0, 0.1, 0.2, 0.3, 0.4, 0.5, policy.hysteresis})
    slider = ipywidgets.SelectionSlider(
        options=[(f"{step:.0%}", step) for step in steps], value=policy.hysteresis,
        description="may fall below the entry by", **_WIDE,
    )  # fmt: skip
    return slider, {step: work(policy.replace(hysteresis=step)) for step in steps}
