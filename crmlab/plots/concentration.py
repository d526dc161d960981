"""Figures of concentration: how much hangs on how few, and what it costs to serve them."""

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
    shares = {name: top_share(values) for name, values in groups.items()}
    title = f"{top}: the best 20% of customers bring {shares[top]:.0%} of {value}"
    if len(groups) == 2:
        (one, share), (other, its) = shares.items()
        title = f"{one}: the best 20% bring {share:.0%} of {value}; {other}: {its:.0%}"
    said = "; ".join(f"{n}: Gini {g:.2f}, top 20% bring {shares[n]:.0%}" for n, g in coefficients.items())
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
    ax.fill_between(people[peak:], 1, share[peak:], where=(share[peak:] > 1).tolist(), color=RED, alpha=0.3, lw=0)
    ax.axhline(1, color=GREY, lw=1, ls="--")
    ax.plot(people[peak], share[peak], "o", color=ORANGE)
    # a label in the middle would stand on the curve's edge when the peak is at the far right
    side = "right" if people[peak] > 0.8 else "center"
    ax.annotate(
        f"peak: {share[peak]:.0%} after {people[peak]:.0%} of customers",
        (people[peak], share[peak]), (0, 7), textcoords="offset points", ha=side, fontsize=10,
    )  # fmt: skip
    ax.set(
        xlim=(0, 1), ylim=(min(0.0, float(share.min())), float(share[peak]) * 1.14),
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


def revenue_steps(per_100: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what becomes of 100 of revenue in two or three groups of customers.

    Parameters
    ----------
    per_100 : pandas.DataFrame
        From :func:`crmlab.foundations.per_100_of_revenue`.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if not 2 <= len(per_100) <= 3:
        raise DataError(f"revenue_steps compares two or three groups, not {len(per_100)}.")
    steps = list(per_100.columns)
    names = [step.removeprefix("cost_of_").replace("_", " ") for step in steps]
    ax = axes(ax, (6.4, 1.2 + 0.5 * len(steps)))
    place, height = np.arange(len(steps))[::-1], 0.8 / len(per_100)
    for i, ((group, row), color) in enumerate(zip(per_100.iterrows(), (RED, BLUE, GREY), strict=False)):
        at = place + (len(per_100) - 1) * height / 2 - i * height
        bars = ax.barh(at, row, height * 0.92, color=color, label=as_written(group))
        ax.bar_label(bars, [f"{v:.1f}" for v in row], padding=2, fontsize=8)
    low, high = float(per_100.to_numpy().min()), float(per_100.to_numpy().max())
    ax.set_xlim(min(0.0, low - 0.12 * (high - low)), high * 1.15)
    ax.axvline(0, color="black", lw=0.8)
    ax.set_yticks(place, [as_written(n if n in ("margin", "profit") else f"cost of {n}") for n in names])
    ax.set_xlabel("money per 100 of revenue")
    # below the axis, where no bar can reach
    ax.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.45, -0.12), ncols=len(per_100))
    costs = per_100.filter(like="cost_of_")
    gaps = costs.iloc[0] - costs.iloc[-1]
    most, first, last = str(gaps.abs().idxmax()), per_100.index[0], per_100.index[-1]
    title = (
        f"The widest gap is the cost of {most.removeprefix('cost_of_').replace('_', ' ')}: "
        f"{costs.iloc[0][most]:.0f} of 100 against {costs.iloc[-1][most]:.0f}"
    )
    said = "; ".join(
        f"{n} {a:.1f} against {b:.1f}" for n, a, b in zip(names, per_100.iloc[0], per_100.iloc[-1], strict=True)
    )
    return finish(ax, title, f"Of 100 of revenue, {first} against {last}: {said}.")


def service_bars(equal: pd.DataFrame, tiered: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw what each tier keeps, and how content it is, under equal and under tiered service.

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
    ax = axes(ax, (6.8, 3.8))
    high = max(equal["margin_kept"].max(), tiered["margin_kept"].max())
    for shift, plan, alpha in ((-0.2, equal, 0.45), (0.2, tiered, 1.0)):
        bars = ax.bar(
            np.arange(len(names)) + shift, plan["margin_kept"], 0.38, color=[colors[n] for n in names], alpha=alpha
        )
        pairs = zip(plan["margin_kept"], plan["satisfaction"], strict=True)
        ax.bar_label(bars, [f"{kept:,.0f}\n({s:.0%})" for kept, s in pairs], padding=2, fontsize=9)
    ax.set_xticks(
        range(len(names)), [as_written(f"{n}\n{c:,}") for n, c in zip(names, equal["customers"], strict=True)]
    )
    ax.set_ylim(0, high * 1.22)
    ax.yaxis.set_major_formatter(THOUSANDS)
    ax.set_ylabel("margin kept a year (money)")
    ax.set_xlabel("tier, customers; pale: the same for all, full: tiered; in brackets: satisfaction")
    gain = float(tiered["margin_kept"].sum() - equal["margin_kept"].sum())
    calm, bent = (float(np.average(p["satisfaction"], weights=p["customers"])) for p in (equal, tiered))
    title = (
        f"Tiered service: {abs(gain):,.0f} {'more' if gain >= 0 else 'less'} margin, "
        f"mean satisfaction {calm:.0%} to {bent:.0%}"
    )
    rows = "; ".join(
        f"{n}: {equal.loc[n, 'margin_kept']:,.0f} at equal, {tiered.loc[n, 'margin_kept']:,.0f} at tiered service, "
        f"satisfaction {equal.loc[n, 'satisfaction']:.0%} and {tiered.loc[n, 'satisfaction']:.0%}"
        for n in equal.index
    )
    return finish(ax, title, f"Margin kept by tier. {rows}. {title}.")
