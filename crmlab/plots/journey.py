"""Figures of a relationship over time: one customer's events, stages, cohorts, the rhythm of re-assessment."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from crmlab.errors import DataError, nearest
from crmlab.plots.style import BLUE, GREEN, GREY, ORANGE, PERCENT, PURPLE, RED, SKY, THOUSANDS, as_written, axes, finish

LANE_COLORS = {
    "web order": BLUE, "store order": GREEN, "phone order": SKY, "return": RED, "ticket": ORANGE,
    "survey answer": PURPLE, "programme": GREY,
}  # fmt: skip


def customer_timeline(events: pd.DataFrame, customer: str, ax: Axes | None = None) -> Axes:
    """Draw what happened with one customer, a lane for each kind of event.

    Parameters
    ----------
    events : pandas.DataFrame
        From :func:`crmlab.foundations.customer_events`: ``date``, ``what``, ``amount``, ``said``.
    customer : str
        The customer's name or number, for the title.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        One dot an event; the area of an order's or return's dot grows with its value.

    Raises
    ------
    DataError
        If there is no event, or one of a kind that has no lane.
    """
    if events.empty:
        raise DataError(f"events: nothing has happened with {customer} yet; choose a later day.")
    odd = events.loc[~events["what"].isin(list(LANE_COLORS)), "what"]
    if len(odd):
        raise DataError(f"events, row {odd.index[0]}: {odd.iloc[0]!r} is none of {', '.join(LANE_COLORS)}.")
    ax = axes(ax, (7.0, 3.4))
    lanes = list(LANE_COLORS)
    size = 36 + 2.2 * events["amount"].abs().clip(upper=400).fillna(0)
    ax.grid(axis="y", color="#dddddd", lw=0.8)
    ax.set_axisbelow(True)
    colors = events["what"].map(LANE_COLORS)
    ax.scatter(events["date"], events["what"].map(lanes.index), s=size, color=colors, alpha=0.65, lw=0)
    counts = events["what"].value_counts().reindex(lanes, fill_value=0)
    ax.set_yticks(range(len(lanes)), [f"{lane} ({n:,})" for lane, n in counts.items()])
    ax.set_ylim(len(lanes) - 0.4, -0.6)
    ax.xaxis.set_major_locator(locator := AutoDateLocator(minticks=3, maxticks=8))
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    ax.margins(x=0.04)
    ax.set_xlabel("day (the larger the dot, the higher the amount)")
    orders = events[events["what"].str.endswith("order")]
    worth = events["amount"].sum()
    title = f"{customer}: {len(orders):,} orders, {worth:,.0f} after returns, since {events['date'].min():%d %B %Y}"
    said = ", ".join(f"{n:,} of {lane}" for lane, n in counts.items() if n)
    return finish(ax, title, f"Events of {customer} over time: {said}; the last on {events['date'].max():%d %B %Y}.")


def stage_bars(stages: pd.DataFrame, marked: pd.Series | None = None, what: str = "", ax: Axes | None = None) -> Axes:
    """Draw how many customers are in each lifecycle stage, and how many of them are marked.

    Parameters
    ----------
    stages : pandas.DataFrame
        With ``stage``, as from :func:`crmlab.foundations.lifecycle_stages`.
    marked : pandas.Series of bool, optional
        One value a row of ``stages``, e.g. whether the customer has left by the truth.
    what : str
        What the mark means, e.g. ``"have left for good"``.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if "stage" not in stages:
        raise DataError(f"stages has no column 'stage'.{nearest('stage', stages.columns)}")
    stage = stages["stage"].astype("category")
    names = [str(c) for c in stage.cat.categories]
    sizes = stage.value_counts().reindex(names)
    ax = axes(ax, (6.4, 0.9 + 0.42 * len(names)))
    ax.barh(names, sizes, color=SKY)
    labels = [f"{n:,} ({n / len(stages):.0%})" for n in sizes]
    title = (
        f"{sizes['lapsed']:,} of {len(stages):,} customers are lapsed" if "lapsed" in names else "Customers by stage"
    )
    if marked is not None:
        inside = (
            pd.Series(np.asarray(marked, dtype=bool)).groupby(stage.to_numpy(), observed=False).sum().reindex(names)
        )
        ax.barh(names, inside, color=RED, height=0.4)
        labels = [f"{m / n if n else 0:.0%} of {n:,}" for n, m in zip(sizes, inside, strict=True)]
        worst = int((inside / sizes).fillna(0).to_numpy().argmax())
        title = f"{inside.iloc[worst] / sizes.iloc[worst]:.0%} of the {names[worst]} {what}"
    for i, (size, label) in enumerate(zip(sizes, labels, strict=True)):
        ax.annotate(label, (size, i), (4, 0), textcoords="offset points", va="center", fontsize=9)
    ax.set_xlim(0, float(sizes.max()) * 1.32)
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(THOUSANDS)
    ax.set_xlabel("customers" if marked is None else as_written(f"customers (red: {what})"))
    said = "; ".join(f"{n}: {t}" for n, t in zip(names, labels, strict=True))
    return finish(ax, title, f"Customers by lifecycle stage. {said}{' ' + what if marked is not None else ''}.")


def cohort_lines(curves: Mapping[str, pd.Series], what: str, title: str, ax: Axes | None = None) -> Axes:
    """Draw shares by cohort, one line for each way of counting.

    Parameters
    ----------
    curves : mapping of str to pandas.Series
        Name to shares indexed by cohort, in order of time; at most four, missing values are left out.
    what : str
        What is shared, for the axis.
    title : str
        The takeaway.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if not 1 <= len(curves) <= 4:
        raise DataError(f"cohort_lines draws one to four curves, not {len(curves)}.")
    cohorts = [str(c) for c in next(iter(curves.values())).index]
    ax = axes(ax, (6.8, 3.8))
    said = []
    for (name, shares), color, mark in zip(curves.items(), (ORANGE, BLUE, GREY, PURPLE), "os^D", strict=False):
        there = shares.dropna()
        at = [cohorts.index(str(c)) for c in there.index]
        ax.plot(at, there, color=color, marker=mark, ms=5, lw=2, label=as_written(name))
        said.append(f"{name}: from {there.iloc[0]:.0%} to {there.iloc[-1]:.0%}")
    ax.set_xticks(range(len(cohorts)), [c.replace("Q", "\nQ") for c in cohorts], fontsize=8)
    ax.set(ylim=(0, 1), xlabel="quarter of the first order", ylabel=as_written(what))
    ax.yaxis.set_major_formatter(PERCENT)
    ax.legend(frameon=False, loc="lower left")
    return finish(ax, title, f"{what} by cohort, {cohorts[0]} to {cohorts[-1]}. {'; '.join(said)}.")


def rhythm_bars(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what each rhythm of re-assessment costs in moves, and in labels that have grown old.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`crmlab.foundations.rhythms`.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    shown = {"up": "moves up", "down": "moves down", "too_high": "label too high", "too_low": "label too low"}
    for column in shown:
        if column not in table:
            raise DataError(f"table has no column {column!r}; crmlab.foundations.rhythms(...) makes it.")
    ax = axes(ax, (6.8, 3.8))
    place = np.arange(len(table))
    for i, ((column, name), color) in enumerate(zip(shown.items(), (BLUE, SKY, ORANGE, RED), strict=True)):
        bars = ax.bar(place + 0.2 * (i - 1.5), table[column], 0.19, color=color, label=name)
        for number in ax.bar_label(bars, fmt="{:.0f}", padding=2, fontsize=8):
            number.set_in_layout(False)  # stands inside the axes: nothing to make room for, and a quicker redraw
    ax.set_xticks(place, ["every month" if m == 1 else f"every {m} months" for m in table.index])
    ax.set_ylim(0, float(table[list(shown)].to_numpy().max()) * 1.3)
    ax.set_ylabel("of 100 customers")
    ax.set_xlabel("how often customers are re-assessed")
    legend = ax.legend(frameon=False, ncols=4, loc="upper center", fontsize=8, columnspacing=1.2, handlelength=1.2)
    legend.set_in_layout(False)
    moves, old = table["up"] + table["down"], table["too_high"] + table["too_low"]
    (many, few), (fresh, stale) = moves.iloc[[0, -1]], old.iloc[[0, -1]]
    title = (
        f"{many:.0f} moves and {fresh:.0f} old labels at the quickest rhythm, {few:.0f} and {stale:.0f} at the slowest"
    )
    said = "; ".join(
        f"every {m} months: {r.up:.0f} moves up, {r.down:.0f} down, "
        f"{r.too_high:.0f} labels too high, {r.too_low:.0f} too low"
        for m, r in zip(table.index, table.itertuples(), strict=True)
    )
    return finish(ax, title, f"Rhythms of re-assessment, for 100 customers. {said}.")
