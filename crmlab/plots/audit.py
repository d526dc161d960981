"""Figures of an audit: are the labels steady, do they predict, are they alike for groups, where do they lead?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import ScaledTranslation

from crmlab.errors import DataError, nearest
from crmlab.plots.style import BLUE, GREY, ORANGE, PERCENT, THOUSANDS, as_written, axes, finish, tier_colors

if TYPE_CHECKING:
    from crmlab.tiering.moves import Migration


def label_stability(labels: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw, for each tier, who would have another label if the same behaviour were drawn again.

    Parameters
    ----------
    labels : pandas.DataFrame
        ``audit(...).stability.labels``.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Bars with intervals; the hollow dots are what the customers' own purchases alone say, which is too little.
    """
    _need(labels, ["share_changed", "low", "high", "share_changed_own"], "labels")
    rows = labels[labels["customers"] > 0].iloc[::-1]
    names = [str(t) for t in rows.index]
    colors = {**tier_colors([n for n in names if n != "all"]), "all": "#333333"}
    place = np.arange(len(rows))
    ax = axes(ax, (6.6, 1.5 + 0.5 * len(rows)))
    ax.barh(place, rows["share_changed"], height=0.62, color=[colors[n] for n in names])
    ends = rows[["low", "high"]].sub(rows["share_changed"], axis=0).abs().fillna(0).to_numpy().T
    ax.errorbar(rows["share_changed"], place, xerr=ends, fmt="none", ecolor="black", capsize=3, lw=1.2)
    ax.scatter(
        rows["share_changed_own"], place, s=42, facecolor="white", edgecolor="black", zorder=3,
        label="from the customers' own purchases alone",
    )  # fmt: skip
    tops = rows["high"].fillna(rows["share_changed"])
    for y, (top, value) in enumerate(zip(tops, rows["share_changed"], strict=True)):
        ax.annotate(f"{value:.0%}", (top, y), (6, 0), textcoords="offset points", va="center", fontsize=10)
    ax.set_yticks(place, [as_written(f"{n}\n{c:,}") for n, c in zip(names, rows["customers"], strict=True)])
    ax.set_xlim(0, float(tops.max()) * 1.16)
    ax.xaxis.set_major_formatter(PERCENT)
    ax.set_xlabel("customers who would have another label, drawn again")
    _legend_below(ax)
    every = labels.loc["all"] if "all" in labels.index else rows.iloc[0]
    said = "; ".join(
        f"{n}: {r['share_changed']:.0%} ({r['low']:.0%} to {r['high']:.0%}), "
        f"from own purchases {r['share_changed_own']:.0%}"
        for n, r in labels.iterrows()
        if r["customers"]
    )
    return finish(
        ax, f"Drawn again, {every['share_changed']:.0%} of the customers would have another label",
        f"Bars by tier, share of customers with another label if the same behaviour were drawn again. {said}.",
    )  # fmt: skip


def label_churn(reviews: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw the share of labels that change at each review, as declared and otherwise.

    Parameters
    ----------
    reviews : pandas.DataFrame
        ``audit(...).stability.churn.reviews``.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    _need(reviews, ["variant", "review", "share_changed", "low", "high"], "reviews")
    if reviews.empty:
        raise DataError("reviews is empty: the books are too short to follow labels from review to review.")
    ax = axes(ax)
    variants = list(dict.fromkeys(reviews["variant"]))
    means = {}
    for name, color, marker in zip(variants, (BLUE, ORANGE, GREY), "os^", strict=False):
        rows = reviews[reviews["variant"] == name]
        place = np.arange(len(rows))
        ax.fill_between(place, rows["low"], rows["high"], color=color, alpha=0.18, lw=0)
        ax.plot(place, rows["share_changed"], color=color, marker=marker, lw=2, label=as_written(name))
        means[name] = float(np.average(rows["share_changed"], weights=rows["customers"]))
    ax.set_xticks(place, [f"{day:%b}\n{day:%Y}" for day in rows["review"]])
    ax.set_ylim(0, float(reviews["high"].max()) * 1.08)
    ax.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(PERCENT)
    ax.set(xlabel="review", ylabel="labels that change")
    _legend_below(ax, 48)
    title = f"{means[variants[0]]:.1%} of the labels change at a review"
    if len(variants) > 1:
        title += f", {means[variants[1]]:.1%} {variants[1]}"
    said = "; ".join(f"{r['review']:%Y-%m-%d}, {r['variant']}: {r['share_changed']:.1%}" for _, r in reviews.iterrows())
    return finish(ax, title, f"Lines over reviews, share of labels that change, with intervals. {said}.")


def tier_lift(tiers: pd.DataFrame, outcome: str = "profit", ax: Axes | None = None) -> Axes:
    """Draw what a customer of each tier brought afterwards, and what tiers drawn at random would have brought.

    Parameters
    ----------
    tiers : pandas.DataFrame
        ``audit(...).lift.tiers``.
    outcome : str
        What was brought, in a word; ``audit(...).lift.outcome``.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    _need(tiers, ["mean", "low", "high", "random_low", "random_high", "share", "lift"], "tiers")
    rows = tiers[tiers["customers"] > 0].iloc[::-1]
    names = [str(t) for t in rows.index]
    colors = tier_colors([str(t) for t in tiers.index[::-1]])
    place = np.arange(len(rows))
    ax = axes(ax, (6.6, 1.6 + 0.6 * len(rows)))
    for y, low, high in zip(place, rows["random_low"], rows["random_high"], strict=True):
        ax.fill_betweenx(
            [y - 0.34, y + 0.34], low, high, color="#d9d9d9", lw=0, label="tiers at random" if y == 0 else None
        )
    ends = rows[["low", "high"]].sub(rows["mean"], axis=0).abs().fillna(0).to_numpy().T
    for i, name in enumerate(names):
        ax.errorbar(
            rows["mean"].iloc[i], i, xerr=ends[:, i : i + 1], fmt="o", ms=9, color=colors[name], capsize=4, lw=2.4,
            markeredgecolor="black", ecolor="#333333", zorder=3,
        )  # fmt: skip
        right = np.nanmax([rows["high"].iloc[i], rows["mean"].iloc[i], rows["random_high"].iloc[i]])
        share = rows["share"].iloc[i]
        text = f"{rows['mean'].iloc[i]:,.0f}" + (f", {share:.0%} of all" if np.isfinite(share) else "")
        ax.annotate(text, (right, i), (8, 0), textcoords="offset points", va="center", fontsize=9.5)
    ax.set_yticks(place, [as_written(f"{n}\n{c:,}") for n, c in zip(names, rows["customers"], strict=True)])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    left, right = ax.get_xlim()
    ax.set_xlim(min(0.0, left), right + 0.3 * (right - left))
    ax.xaxis.set_major_formatter(THOUSANDS)
    ax.set_xlabel(as_written(f"{outcome} a customer in the time after (money)"))
    _legend_below(ax)
    top = rows.iloc[-1]
    title = f"A {names[-1]} customer brings {top['mean']:,.0f} afterwards, a {names[0]} one {rows['mean'].iloc[0]:,.0f}"
    said = "; ".join(
        f"{n}: {r['mean']:,.0f} ({r['low']:,.0f} to {r['high']:,.0f}), at random {r['random_low']:,.0f} to "
        f"{r['random_high']:,.0f}"
        for n, r in rows.iloc[::-1].iterrows()
    )
    return finish(
        ax, title, f"Mean {outcome} a customer afterwards, by tier, with intervals. {said}.".replace("nan", "unknown")
    )


def fairness_ratios(rates: pd.DataFrame, tier: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw how often each group reaches a tier, against the most favoured group.

    Parameters
    ----------
    rates : pandas.DataFrame
        ``audit(...).fairness.rates``.
    tier : str, optional
        This tier or higher; default: the lowest of those compared, which has the most customers.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Full dots as it is, hollow ones among customers who buy as often and as recently; grey: small groups.
    """
    _need(rates, ["attribute", "tier", "group", "ratio", "adjusted_ratio", "small", "reference"], "rates")
    tier = rates["tier"].iloc[-1] if tier is None else tier
    rows = rates[rates["tier"] == tier].iloc[::-1].reset_index(drop=True)
    if rows.empty:
        raise DataError(f"rates has no tier {tier!r}; it has {', '.join(dict.fromkeys(rates['tier']))}.")
    change = (rows["attribute"] != rows["attribute"].shift(fill_value=rows["attribute"].iloc[0])).cumsum()
    place = np.arange(len(rows)) + 0.5 * change.to_numpy()
    ax = axes(ax, (6.8, 1.7 + 0.36 * len(rows)))
    ax.axvline(1, color="black", lw=1)
    ax.axvline(0.8, color=GREY, lw=1, ls="--")
    _ratio_dots(ax, place + 0.13, rows, "ratio", "ratio_low", "ratio_high", full=True)
    _ratio_dots(ax, place - 0.17, rows, "adjusted_ratio", "adjusted_low", "adjusted_high", full=False)
    ax.set_yticks(place, [as_written(f"{g} ({n:,})") for g, n in zip(rows["group"], rows["customers"], strict=True)])
    ends = pd.concat([rows.loc[~rows["small"], c] for c in ("ratio_low", "ratio_high", "ratio")]).dropna()
    ends = ends[ends > 0]
    ax.set_xscale("log")
    ax.set_xlim(min(float(ends.min()) * 0.85, 0.45), max(float(ends.max()) * 1.2, 1.6))
    marks = [t for t in (0.1, 0.2, 0.3, 0.5, 0.8, 1, 1.25, 1.6, 2, 3, 5) if ax.get_xlim()[0] <= t <= ax.get_xlim()[1]]
    ax.set_xticks(marks, [f"{t:g}" for t in marks])
    ax.minorticks_off()
    ax.set_ylim(place[0] - 0.6, place[-1] + 0.7)
    ax.set_xlabel(as_written(f"rate of {tier} or higher, to that of the most favoured group (1)"))
    _legend_below(ax)
    none = rows["in_tier"] == 0
    for y in place[none.to_numpy()]:
        ax.text(ax.get_xlim()[0] * 1.03, y, "nobody", va="center", fontsize=9, color="#666666")
    shown = rows[~rows["small"] & ~rows["reference"]]
    below = int((shown["ratio"] < 0.8).sum())
    still = int((shown["adjusted_ratio"] < 0.8).sum())
    title = f"{tier}: {below} of {len(shown)} groups below four fifths; {still} among like buyers"
    said = "; ".join(
        f"{r['attribute']} {r['group']}: {r['ratio']:.2f}, like buyers {r['adjusted_ratio']:.2f}".replace(
            "nan", "unknown"
        )
        for _, r in rows.iloc[::-1].iterrows()
    )
    return finish(ax, title, f"Rates of {tier} or higher by group, as ratios to the most favoured group. {said}.")


def transition_matrix(moves: Migration, ax: Axes | None = None) -> Axes:
    """Draw the probabilities of moving from tier to tier.

    Parameters
    ----------
    moves : Migration
        From :func:`crmlab.tiering.migration`.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Each cell says the share of the tier before, with its 95 % interval, and how many.
    """
    names = moves.tiers[::-1]
    table = moves.table()
    grid = moves.probabilities.loc[names, names].to_numpy()
    ax = axes(ax, (1.8 + 1.35 * len(names), 1.3 + 0.75 * len(names)))
    ax.imshow(np.nan_to_num(grid), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for _, cell in table.iterrows():
        y, x = names.index(cell["before"]), names.index(cell["after"])
        if not np.isfinite(cell["probability"]):
            ax.text(x, y, "nobody", ha="center", va="center", fontsize=9)
            continue
        ink = "white" if cell["probability"] > 0.6 else "black"
        ax.text(x, y - 0.14, f"{cell['probability']:.1%}", ha="center", va="center", color=ink, fontsize=10.5)
        ax.text(
            x, y + 0.22, f"{cell['low']:.1%} to {cell['high']:.1%}", ha="center", va="center", color=ink, fontsize=8.5
        )
    sizes = moves.counts.sum(axis=1)
    ax.set_xticks(range(len(names)), [as_written(n) for n in names])
    ax.set_yticks(range(len(names)), [as_written(f"{n}\n{sizes[n]:,}") for n in names])
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set(xlabel="tier at the next review", ylabel="tier at a review, and how many")
    up, down = moves.rates().loc[["upgrade", "downgrade"], "rate"]
    title = f"{up:.1%} of those who could rose, {down:.1%} fell"
    said = "; ".join(f"{r['before']} to {r['after']} {r['probability']:.1%}" for r in table.to_dict("records"))
    return finish(ax, title, f"Probabilities from tier to tier. {said}.".replace("nan%", "unknown"))


def _ratio_dots(
    ax: Axes, place: np.ndarray, rows: pd.DataFrame, value: str, low: str, high: str, *, full: bool
) -> None:
    """One dot with its interval for each group; the reference has no interval, small groups are grey."""
    named = False
    for y, (_, row) in zip(place, rows.iterrows(), strict=True):
        if not np.isfinite(row[value]) or row[value] <= 0:
            continue
        color = GREY if row["small"] else BLUE if full else ORANGE
        if np.isfinite(row[low]):
            ax.plot([row[low], row[high]], [y, y], color=color, lw=1.8 if full else 1.2)
        label = ("as it is" if full else "among customers who buy as often and as recently") if not named else None
        named = named or not row["small"]
        ax.plot(
            row[value], y, "o", ms=6.5 if full else 6, color=color, markerfacecolor=color if full else "white",
            label=None if row["small"] else label, zorder=3,
        )  # fmt: skip


def _legend_below(ax: Axes, points: float = 38) -> None:
    """Put the legend under the label of the x axis, where it cannot lie on anything."""
    shift = ScaledTranslation(0, -points / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        frameon=False, fontsize=9, ncols=2, loc="upper left", bbox_to_anchor=(0, 0),
        bbox_transform=ax.transAxes + shift, borderaxespad=0,
    )  # fmt: skip


def _need(frame: pd.DataFrame, columns: list[str], name: str) -> None:
    for column in columns:
        if column not in frame:
            raise DataError(f"{name} has no column {column!r}.{nearest(column, frame.columns)} An audit makes it.")
