"""Figures of chance: what a ranking owes to its own period, and what another draw of the same customers gives."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.errors import DataError
from crmlab.foundations.concentration import top_group
from crmlab.plots.style import BLUE, GREEN, GREY, ORANGE, PERCENT, RED, SKY, as_written, axes, finish


def ranking_curves(before: pd.Series, after: pd.Series, share: float = 0.20, ax: Axes | None = None) -> Axes:
    """Rank customers by one period and draw what they bring in it, and in another one, in the same order.

    Parameters
    ----------
    before, after : pandas.Series
        One number a customer in each period, with the same index; names of the series label the curves.
    share : float
        The part of the customers that is marked.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The gap between the curves is what the ranking owes to its own period. Customers with equal values in the first
        period get the mean of the second, so the curve depends on no order of rows.
    """
    top_group(before, share)  # refuses a border among those who brought nothing
    if not before.index.equals(after.index) or after.sum() <= 0:
        raise DataError("ranking_curves needs two periods of the same customers, the second with a total above zero.")
    order = before.sort_values(ascending=False).index
    fair = after.groupby(before).transform("mean")
    people = np.linspace(0, 1, len(order) + 1)
    ax, marks = axes(ax), []
    for values, color, place, away in ((before, ORANGE, (10, -4), "left"), (fair, BLUE, (10, -14), "left")):
        curve = np.concatenate([[0.0], np.cumsum(values.loc[order]) / values.sum()])
        mark = float(np.interp(share, people, curve))
        name = str(before.name if values is before else after.name)
        ax.plot(people, curve, color=color, lw=2, label=as_written(name))
        ax.plot(share, mark, "o", color=color)
        ax.annotate(f"{mark:.0%}", (share, mark), place, textcoords="offset points", ha=away, fontsize=10)
        marks.append((name, mark))
    ax.plot([0, 1], [0, 1], color=GREY, lw=1, ls="--")
    ax.axvline(share, color=GREY, lw=1, ls=":")
    ax.set(
        xlim=(0, 1), ylim=(0, 1.05), xlabel=as_written(f"share of customers, best in {marks[0][0]} first"),
        ylabel="cumulative share of sales",
    )  # fmt: skip
    ax.xaxis.set_major_formatter(PERCENT)
    ax.yaxis.set_major_formatter(PERCENT)
    ax.legend(frameon=False, loc="lower right")
    (first, had), (second, has) = marks
    title = f"The best {share:.0%} of {first}: {had:.0%} of sales then, {has:.0%} in {second}"
    return finish(ax, title, f"Customers ranked by {first}. {title}.")


def chance_strip(
    drawn: Mapping[str, pd.Series], actual: Mapping[str, float], what: str, title: str, ax: Axes | None = None
) -> Axes:
    """Draw values that chance gave in many draws, a dot each, with what really happened.

    Parameters
    ----------
    drawn : mapping of str to pandas.Series
        Name of the row to one share a draw.
    actual : mapping of str to float
        Name of the row to the share that was observed, where there is one.
    what : str
        What the share is, for the axis.
    title : str
        The takeaway.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    rows = [*drawn, *(name for name in actual if name not in drawn)]
    if not rows:
        raise DataError("chance_strip needs at least one row in drawn or actual.")
    ax, said = axes(ax, (6.8, 1.3 + 0.75 * len(rows))), []
    for i, name in enumerate(rows):
        if name in drawn:
            values = np.sort(np.asarray(drawn[name], float))
            height = (np.arange(len(values)) % 5 - 2) * 0.09  # spread evenly, by rank: no chance in the picture itself
            ax.plot(values, i + height, "o", color=SKY, ms=4, alpha=0.8, mew=0, zorder=2)
            ax.text(values.mean(), i - 0.36, f"mean {values.mean():.0%}", ha="center", va="center", fontsize=9)
            said.append(
                f"{name}: {len(values)} draws from {values[0]:.0%} to {values[-1]:.0%}, mean {values.mean():.0%}"
            )
        if name in actual:
            ax.plot(actual[name], i, "D", color=RED, ms=8, zorder=3)
            ax.text(actual[name], i + 0.38, f"{actual[name]:.0%}", ha="center", va="center", fontsize=9, color=RED)
            said.append(f"{name}: {actual[name]:.0%} as it happened")
    ax.set_yticks(range(len(rows)), [as_written(r) for r in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.xaxis.set_major_formatter(PERCENT)
    ax.margins(x=0.08)
    ax.set_xlabel(as_written(f"{what}\ndots: drawn again; diamond: as it happened"))
    return finish(ax, title, f"{what}. {'; '.join(said)}.")


def window_shares(table: pd.DataFrame, limit: float | None = None, ax: Axes | None = None) -> Axes:
    """Draw how the share of the best 20% depends on the length of the window.

    Parameters
    ----------
    table : pandas.DataFrame
        Indexed by length in months; one column a line, values missing where a line has no point.
    limit : float, optional
        Share in an endless window in which nobody leaves: what the planted rates alone would give.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if table.empty or not 1 <= table.shape[1] <= 3:
        raise DataError("window_shares needs one to three columns, each with the share by length of the window.")
    ax = axes(ax, (6.6, 3.9))
    for (name, line), color, style in zip(table.items(), (RED, BLUE, GREEN), ("D", "o-", "s--"), strict=False):
        known = line.dropna()
        ax.plot(known.index, known, style, color=color, lw=1.8, ms=6, label=as_written(name))
    if limit is not None:
        ax.axhline(limit, color=GREY, ls=":", lw=1.5)
        ax.annotate(
            f"planted rates alone: {limit:.0%}", (float(table.index[0]), limit), (0, -12), textcoords="offset points",
            fontsize=9, color="#666666",
        )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xticks(list(table.index), [f"{m:g}" for m in table.index])
    ax.minorticks_off()
    ax.yaxis.set_major_formatter(PERCENT)
    ax.set(xlabel="length of the window (months, logarithmic scale)", ylabel="share of sales of the best 20%")
    low = float(np.nanmin([table.min().min(), limit if limit is not None else np.nan]))
    ax.set_ylim(low - 0.05, float(table.max().max()) + 0.02)
    ax.legend(frameon=False, loc="upper right")
    line = table.iloc[:, 0].dropna()
    ends = [f"{line.iloc[i]:.0%} of sales in {_months(line.index[i])}" for i in (0, -1)]
    title = f"The best 20% bring {ends[0]}, {ends[1]}"
    said = "; ".join(
        f"{name}: " + ", ".join(f"{v:.0%} in {_months(m)}" for m, v in column.dropna().items())
        for name, column in table.items()
    )
    end = "" if limit is None else f" The planted rates alone would give {limit:.0%}."
    return finish(ax, title, f"Share of sales of the best 20% by length of the window. {said}.{end}")


def _months(number: object) -> str:
    return f"{number} month{'' if number == 1 else 's'}"
