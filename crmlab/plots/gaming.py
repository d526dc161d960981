"""Figures of gaming: customers above a threshold, placebo cut points, split orders."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab.errors import DataError
from crmlab.plots.audit import _legend_below, _need
from crmlab.plots.style import BLUE, GREY, ORANGE, RED, THOUSANDS, as_written, axes, finish


def bunching(bins: pd.DataFrame, tier: str, measure: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the customers around one threshold, and how many a smooth curve expects.

    Parameters
    ----------
    bins : pandas.DataFrame
        ``audit(...).gaming.bunching.bins``.
    tier : str
        Whose threshold.
    measure : str, optional
        On which measure, if the tier has thresholds on several.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    _need(bins, ["measure", "tier", "begin", "end", "customers", "expected", "touches"], "bins")
    rows = bins[(bins["tier"] == tier) & ((bins["measure"] == measure) if measure else True)]
    if rows.empty:
        known = ", ".join(dict.fromkeys(bins["tier"])) or "none"
        raise DataError(f"bins has no tier {tier!r}; thresholds with enough customers around them: {known}.")
    rows = rows[rows["measure"] == rows["measure"].iloc[0]]
    name = str(rows["measure"].iloc[0]).replace("_", " ")
    below, above = (rows[rows["touches"] == side].iloc[0] for side in ("below", "above"))
    cut = above["begin"]
    colors = rows["touches"].map({"below": ORANGE, "above": BLUE}).fillna(GREY).tolist()
    whole = bool((rows["end"] - rows["begin"] == 1).all() and (rows["begin"] % 1 == 0).all())
    ax = axes(ax)
    if whole:  # counts fall so steeply that bars would hide all but the first
        ax.scatter(rows["begin"], rows["customers"].clip(lower=0.8), s=60, color=colors, zorder=3)
        ax.plot(rows["begin"], rows["expected"], color="black", lw=1.8, label="smooth curve, without the two")
        ax.set_yscale("log")
        ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        cut = cut - 0.5
    else:
        width = rows["end"] - rows["begin"]
        ax.bar(rows["begin"], rows["customers"], width, align="edge", color=colors, edgecolor="white", lw=0.8)
        middle = rows["begin"] + width / 2
        ax.plot(middle, rows["expected"], color="black", lw=1.8, label="smooth curve, without the two")
    high = float(rows[["customers", "expected"]].to_numpy().max()) * (3 if whole else 1.3)
    ax.set_ylim((0.7, high) if whole else (0, high))
    ax.axvline(cut, color="black", lw=1, ls="--")
    ax.annotate(
        as_written(f"{tier} from {above['begin']:,.10g}"), (cut, 0.93), (6, 0), xycoords=("data", "axes fraction"),
        textcoords="offset points", fontsize=10,
    )  # fmt: skip
    ax.yaxis.set_major_formatter(THOUSANDS)
    ax.xaxis.set_major_formatter(THOUSANDS)
    ax.set(xlabel=as_written(name), ylabel="customers (each mark ten times the last)" if whole else "customers")
    _legend_below(ax)
    title = (
        f"{tier}: {above['customers']:,} just above, {below['customers']:,} just below; "
        f"the curve expects {above['expected']:.0f} and {below['expected']:.0f}"
    )
    said = "; ".join(f"{r['begin']:,.4g} to {r['end']:,.4g}: {r['customers']:,}" for _, r in rows.iterrows())
    return finish(ax, title, f"Customers by {name} around {above['begin']:,.10g}, the threshold of {tier}. {said}.")


def placebo_cuts(thresholds: pd.DataFrame, placebos: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the odds of being just above each threshold beside those at cut points that mean nothing.

    Parameters
    ----------
    thresholds, placebos : pandas.DataFrame
        ``audit(...).gaming.bunching.thresholds`` and ``.placebos``.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    _need(thresholds, ["measure", "tier", "threshold", "ratio", "low", "high", "note"], "thresholds")
    rows = thresholds[thresholds["note"] == ""].iloc[::-1].reset_index(drop=True)
    if rows.empty:
        raise DataError("thresholds: none has enough customers around it, so there is nothing to draw.")
    ax = axes(ax, (6.6, 1.6 + 0.62 * len(rows)))
    ax.axvline(1, color="black", lw=1)
    for y, row in enumerate(rows.to_dict("records")):
        mine = placebos[(placebos["measure"] == row["measure"]) & (placebos["tier"] == row["tier"])]["ratio"]
        # spread the dots a little, by their order, so that they can be told apart
        ax.scatter(
            mine, y - 0.2 + 0.08 * (np.arange(len(mine)) % 4 - 1.5), s=20, color=GREY, alpha=0.8,
            label="placebo cut points" if y == 0 else None,
        )  # fmt: skip
        color = RED if row["low"] > 1 else BLUE
        ax.plot([row["low"], row["high"]], [y + 0.16] * 2, color=color, lw=2.4)
        ax.plot(row["ratio"], y + 0.16, "D", ms=8, color=color, markeredgecolor="black", zorder=3)
        ax.annotate(
            f"{row['ratio']:.2f}",
            (row["high"], y + 0.16),
            (6, 0),
            textcoords="offset points",
            va="center",
            fontsize=9.5,
        )
    words = [f"{r['tier']}\n{r['measure'].replace('_', ' ')} {r['threshold']:,.10g}" for _, r in rows.iterrows()]
    ax.set_yticks(range(len(rows)), [as_written(w) for w in words])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xscale("log")
    low = min(0.5, float(rows["low"].min()), float(placebos["ratio"].min()) if len(placebos) else 1.0)
    high = max(2.0, float(rows["high"].max()), float(placebos["ratio"].max()) if len(placebos) else 1.0)
    ax.set_xlim(low * 0.9, high * 1.25)
    marks = [t for t in (0.1, 0.2, 0.33, 0.5, 1, 2, 3, 5, 10, 20) if low * 0.9 <= t <= high * 1.25]
    ax.set_xticks(marks, [f"{t:g}" for t in marks])
    ax.minorticks_off()
    ax.set_xlabel("odds of being just above, to the odds expected (1: no bunching)")
    if len(placebos):
        _legend_below(ax)
    seen = rows[rows["low"] > 1]
    title = (
        f"Customers bunch above the threshold of {', '.join(seen['tier'])}"
        if len(seen)
        else "No threshold stands out from cut points that mean nothing"
    )
    said = "; ".join(
        f"{r['tier']}, {r['measure']} {r['threshold']:,.10g}: {r['ratio']:.2f} ({r['low']:.2f} to {r['high']:.2f})"
        for _, r in rows.iloc[::-1].iterrows()
    )
    return finish(ax, title, f"Odds of being just above a threshold, to those expected. {said}.")


def split_pairs(pairs: pd.DataFrame, draws: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many purchases stand on adjacent days, against random histories.

    Parameters
    ----------
    pairs, draws : pandas.DataFrame
        ``audit(...).gaming.splits.pairs`` and ``.draws``.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    _need(pairs, ["observed", "expected", "chance_low", "chance_high"], "pairs")
    row, drawn = pairs.iloc[0], draws.iloc[:, 0]
    low, high = min(drawn.min(), row["observed"]), max(drawn.max(), row["observed"])
    step = max(1.0, np.ceil((high - low) / 30))
    ax = axes(ax)
    ax.hist(
        drawn, bins=np.arange(low - step / 2, high + 1.5 * step, step).tolist(), color=GREY, edgecolor="white", lw=0.5
    )
    ax.axvline(row["observed"], color=RED, lw=2.4)
    right = row["observed"] > (low + high) / 2
    ax.annotate(
        f"found: {row['observed']:,.0f}", (row["observed"], ax.get_ylim()[1]), (-6 if right else 6, 2),
        textcoords="offset points", ha="right" if right else "left", color=RED, fontsize=10.5, va="bottom",
    )  # fmt: skip
    ax.set_ylim(0, ax.get_ylim()[1] * 1.16)
    ax.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.xaxis.set_major_formatter(THOUSANDS)
    ax.set(xlabel="purchases on the day after another one of the same customer", ylabel="random histories")
    more = (
        "More purchases on adjacent days than"
        if row["observed"] > row["chance_high"]
        else "Purchases on adjacent days as"
    )
    title = f"{more} by chance: {row['observed']:,.0f}, {row['expected']:,.0f} expected"
    text = (
        f"Histogram of {len(draws):,} random histories: {row['expected']:,.0f} pairs of purchases on adjacent days, "
        f"95% between {row['chance_low']:,.0f} and {row['chance_high']:,.0f}; found: {row['observed']:,.0f}."
    )
    return finish(ax, title, text)
