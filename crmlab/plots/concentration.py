"""Figures of concentration: Lorenz curves, the whale curve, one service budget between tiers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.errors import DataError
from crmlab.foundations.concentration import gini, lorenz, top_share, whale_curve
from crmlab.plots.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PERCENT,
    PURPLE,
    RED,
    THOUSANDS,
    as_written,
    axes,
    finish,
    tier_colors,
)


def lorenz_curves(groups: Mapping[str, pd.Series], ax: Axes | None = None, value: str = "value") -> Axes:
    """Draw one Lorenz curve for each group, with its Gini coefficient.

    Parameters
    ----------
    groups : mapping of str to pandas.Series
        Name to one number a customer; at most five groups.
    ax : matplotlib Axes, optional
        Where to draw.
    value : str
        What is shared, in words.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if not 1 <= len(groups) <= 5:
        raise DataError(f"lorenz_curves draws one to five groups, not {len(groups)}.")
    ax = axes(ax, (5.6, 4.2))
    ax.plot([0, 1], [0, 1], color=GREY, lw=1, ls="--")
    coefficients = {name: gini(values) for name, values in groups.items()}
    for (name, values), color in zip(groups.items(), (BLUE, ORANGE, GREEN, PURPLE, RED), strict=False):
        curve = lorenz(values)
        label = as_written(f"{name}: Gini {coefficients[name]:.2f}")
        ax.plot(curve["share_of_customers"], curve["share_of_value"], color=color, lw=2, label=label)
    ax.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="share of customers, smallest first", ylabel=as_written(f"share of {value}")
    )
    ax.xaxis.set_major_formatter(PERCENT)
    ax.yaxis.set_major_formatter(PERCENT)
    ax.legend(frameon=False, loc="upper left")
    top = max(coefficients, key=coefficients.__getitem__)
    title = f"{top}: the best 20% of customers bring {top_share(groups[top]):.0%} of {value}"
    said = "; ".join(f"{n}: Gini {g:.2f}, top 20% bring {top_share(groups[n]):.0%}" for n, g in coefficients.items())
    return finish(ax, title, f"Lorenz curves of {value}. {said}.")


def whale(profit: pd.Series, ax: Axes | None = None) -> Axes:
    """Draw cumulative profit over customers, best first, with its peak marked.

    Parameters
    ----------
    profit : pandas.Series
        Profit a customer after cost to serve; losses negative.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    curve = whale_curve(profit)
    people, share = curve["share_of_customers"].to_numpy(), curve["share_of_profit"].to_numpy()
    peak = int(share.argmax())
    losers = int((pd.Series(profit) < 0).sum())
    ax = axes(ax)
    ax.plot(people, share, color=BLUE, lw=2)
    ax.fill_between(people[peak:], 1, share[peak:], where=(share[peak:] > 1).tolist(), color=RED, alpha=0.25, lw=0)
    ax.axhline(1, color=GREY, lw=1, ls="--")
    ax.plot(people[peak], share[peak], "o", color=ORANGE)
    ax.annotate(f"{share[peak]:.0%}", (people[peak], share[peak]), (0, 6), textcoords="offset points", ha="center")
    ax.set(
        xlim=(0, 1), ylim=(min(0.0, float(share.min())), float(share[peak]) * 1.12),
        xlabel="share of customers, most profitable first", ylabel="cumulative share of profit",
    )  # fmt: skip
    ax.xaxis.set_major_formatter(PERCENT)
    ax.yaxis.set_major_formatter(PERCENT)
    title = f"{losers:,} of {len(profit):,} customers cost more than they bring"
    text = (
        f"Whale curve: profit cumulates to {share[peak]:.0%} of the total after the best {people[peak]:.0%} "
        f"of customers and falls back to 100%; {losers:,} customers make a loss."
    )
    return finish(ax, title, text)


def service_bars(equal: pd.DataFrame, tiered: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the margin kept in each tier under equal and under tiered service.

    Parameters
    ----------
    equal, tiered : pandas.DataFrame
        Two plans on one budget, from :func:`crmlab.foundations.service_plan`.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    names = [str(t) for t in equal.index]
    colors = tier_colors(names[::-1])
    ax = axes(ax, (6.4, 3.6))
    high = max(equal["margin_kept"].max(), tiered["margin_kept"].max())
    for shift, plan, alpha in ((-0.2, equal, 0.45), (0.2, tiered, 1.0)):
        bars = ax.bar(
            np.arange(len(names)) + shift, plan["margin_kept"], 0.38, color=[colors[n] for n in names], alpha=alpha
        )
        labels = [
            f"{kept:,.0f}\n{s:.0%} served" for kept, s in zip(plan["margin_kept"], plan["satisfaction"], strict=True)
        ]
        ax.bar_label(bars, labels, padding=2, fontsize=8)
    ax.set_xticks(range(len(names)), [as_written(n) for n in names])
    ax.set_ylim(0, high * 1.25)
    ax.yaxis.set_major_formatter(THOUSANDS)
    ax.set_ylabel("margin kept a year (money)")
    ax.set_xlabel("pale: the same for everybody; full: tiered")
    gain = float(tiered["margin_kept"].sum() - equal["margin_kept"].sum())
    what = "keeps" if gain >= 0 else "loses"
    title = f"On the same budget, tiered service {what} {abs(gain):,.0f} {'more' if gain >= 0 else 'of margin'}"
    rows = "; ".join(
        f"{n}: {equal.loc[n, 'margin_kept']:,.0f} at equal, {tiered.loc[n, 'margin_kept']:,.0f} at tiered service"
        for n in equal.index
    )
    return finish(ax, title, f"Margin kept by tier. {rows}.")
