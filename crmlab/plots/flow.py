"""Figures of movement: who goes from tier to tier, and how many come through the steps of a relationship."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from crmlab.errors import DataError, nearest
from crmlab.plots.style import (
    BLUE,
    ORANGE,
    THOUSANDS,
    as_written,
    axes,
    finish,
    tier_colors,
)


def tier_flow(labels: pd.DataFrame, tiers: list[str], ax: Axes | None = None) -> Axes:
    """Draw who moves between tiers from review to review (an alluvial chart).

    Parameters
    ----------
    labels : pandas.DataFrame
        One row a customer, one column a review in order of time, the cells holding tiers.
    tiers : list of str
        Tier names, lowest first.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        A bar for each review, cut into tiers with the lowest at the bottom. Ribbons that rise are customers who move
        up; each has the colour of the tier that it leaves, pale where customers stay.

    Raises
    ------
    DataError
        Without a customer, without two reviews, or for a label that is none of the tiers.
    """
    if labels.shape[1] < 2 or labels.empty:
        raise DataError("labels needs at least one customer and two reviews.")
    ranks = _ranks(labels, tiers)
    colors = tier_colors(tiers)
    sizes = np.stack([np.bincount(column, minlength=len(tiers)) for column in ranks.T])
    base = sizes.cumsum(axis=1) - sizes + np.arange(len(tiers)) * 0.045 * len(labels)
    ax = axes(ax, (6.8, 4.2))
    # wide enough for a number of four digits, however many reviews there are
    half = 0.045 * (len(sizes) - 0.7)
    for i in range(len(sizes) - 1):
        _ribbons(ax, (i + half, i + 1 - half), ranks[:, i : i + 2], base[i : i + 2], [colors[t] for t in tiers])
    for i, column in enumerate(sizes):
        ax.bar(np.full(len(tiers), i), column, 2 * half, bottom=base[i], color=[colors[t] for t in tiers], zorder=2)
        for low, size, tier in zip(base[i], column, tiers, strict=True):
            if size:
                ink = "white" if colors[tier] == BLUE else "black"
                number = ax.text(
                    i, low + size / 2, f"{size:,}", ha="center", va="center", fontsize=8, color=ink, zorder=3
                )
                number.set_in_layout(False)  # inside its bar: nothing to make room for, and a quicker redraw
    ax.set_yticks((base[0] + sizes[0] / 2).tolist(), [as_written(t) for t in tiers])
    ax.set_xticks(range(len(sizes)), [as_written(c) for c in labels.columns])
    ax.set_xlim(-half - 0.03, len(sizes) - 1 + half + 0.03)
    ax.tick_params(length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.set_ylabel("customers in each tier")
    ax.set_xlabel("review")
    return finish(ax, *_flow_words(labels, ranks))


def _ranks(labels: pd.DataFrame, tiers: list[str]) -> np.ndarray:
    """Tiers as numbers, or the first label that is none."""
    codes = np.column_stack([pd.Index(tiers).get_indexer(pd.Index(labels[c].astype("str"))) for c in labels])
    row, column = (int(i) for i in np.unravel_index(int(np.argmin(codes)), codes.shape))
    if codes[row, column] < 0:
        raise DataError(
            f"labels, column {labels.columns[column]!r}, row {labels.index[row]!r}: {labels.iloc[row, column]!r} is "
            f"none of the tiers {', '.join(tiers)}."
        )
    return codes.astype(np.int64)


def _ribbons(ax: Axes, x: tuple[float, float], ranks: np.ndarray, base: np.ndarray, colors: list[str]) -> None:
    """Draw the bands of customers between two bars; low ones leave and arrive at the bottom."""
    n = len(colors)
    flows = np.bincount(ranks[:, 0] * n + ranks[:, 1], minlength=n * n).reshape(n, n)
    out, into = base[0].astype(float), base[1].astype(float)
    for a, b in zip(*flows.nonzero(), strict=True):
        alpha = 0.22 if a == b else 0.6
        _ribbon(ax, x, out[a], into[b], float(flows[a, b]), colors[a], alpha)
        out[a] += flows[a, b]
        into[b] += flows[a, b]


def _ribbon(ax: Axes, x: tuple[float, float], y0: float, y1: float, size: float, color: str, alpha: float) -> None:
    """Draw one band of customers from one bar to the next."""
    a, b, m = *x, sum(x) / 2
    there = [(a, y0), (m, y0), (m, y1), (b, y1)]
    back = [(b, y1 + size), (m, y1 + size), (m, y0 + size), (a, y0 + size), (a, y0)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    ax.add_patch(PathPatch(Path([*there, *back], codes), facecolor=color, alpha=alpha, lw=0))


def _flow_words(labels: pd.DataFrame, ranks: np.ndarray) -> tuple[str, str]:
    """Title, and the text alternative with the moves of each step."""
    change = np.diff(ranks)
    up, down = (change > 0).sum(axis=0), (change < 0).sum(axis=0)
    first, last = labels.columns[0], labels.columns[-1]
    title = f"{up.sum():,} moves up and {down.sum():,} down among {len(labels):,} customers"
    steps = "; ".join(
        f"{a} to {b}: {u:,} up, {d:,} down" for (a, b), u, d in zip(pairwise(labels.columns), up, down, strict=True)
    )
    return title, f"Flow of {len(labels):,} customers between tiers from {first} to {last}. {steps}."


def funnel(steps: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many people are counted at each step, on a scale of powers of ten, and the conversions.

    Parameters
    ----------
    steps : pandas.DataFrame
        From :func:`crmlab.foundations.relationship_funnel`: ``name``, ``stage``, ``count``, ``base``, ``conversion``.
        Steps without a count are named below the picture.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        One dot a count: blue where each is a part of the one before, orange for branches.

    Raises
    ------
    DataError
        If a column is absent or no step has a count above 0.
    """
    for column in ("step", "name", "stage", "count", "base", "conversion"):
        if column not in steps:
            raise DataError(f"steps has no column {column!r}.{nearest(column, steps.columns)}")
    counted = _counted(steps)
    count = np.array([c.size for c in counted])
    inside = _chain(counted)
    ax = axes(ax, (7.2, 0.9 + 0.4 * len(counted)))
    place = np.arange(len(counted))
    low = 10 ** np.floor(np.log10(count.min()) - 0.3)
    # a line only leads the eye: on a scale of powers its length means nothing
    ax.hlines(place, low, count, color="#cccccc", lw=1, ls=":")
    for which, color, label in ((inside, BLUE, "part of the one before"), (~inside, ORANGE, "a branch")):
        ax.scatter(count[which], place[which], s=70, color=color, zorder=3, label=label)
    for y, c in enumerate(counted):
        text = f"{c.size:,}  ({c.share} of {c.base})" if c.share else f"{c.size:,}"
        ax.annotate(as_written(text), (c.size, y), (8, 0), textcoords="offset points", va="center", fontsize=9)
    ax.set_yticks(place, [as_written(f"{c.step} {c.name}: {c.stage}") for c in counted])
    ax.invert_yaxis()
    ax.set_xscale("log")
    ax.set_xlim(low, count.max() * 60)
    ax.xaxis.set_major_formatter(THOUSANDS)
    # the room at the right is for the numbers, no value lies there
    ax.set_xticks([t for t in 10.0 ** np.arange(np.log10(low), 12) if t <= count.max() * 2])
    ax.minorticks_off()
    ax.set_xlabel("people, visits or customers (each mark is ten times the last)")
    ax.legend(frameon=False, loc="lower right", fontsize=9)
    return finish(ax, *_funnel_words(steps, counted))


class _Count(NamedTuple):
    step: int
    name: str
    stage: str
    size: int
    base: str
    share: str


def _counted(steps: pd.DataFrame) -> list[_Count]:
    """The steps with a count above 0; base and share are empty where nothing is compared."""
    some = steps[steps["count"].fillna(0) > 0]
    if some.empty:
        raise DataError("steps: no count is above 0, so there is nothing to draw.")
    columns = [some[c].tolist() for c in ("step", "name", "stage", "count", "base", "conversion")]
    return [
        _Count(int(step), str(name), str(stage), int(count), *(("", "") if share != share else (base, _percent(share))))
        for step, name, stage, count, base, share in zip(*columns, strict=True)
    ]


def _chain(counted: list[_Count]) -> np.ndarray:
    """Which counts are a part of the one above them in the chain; the first is its beginning."""
    last, inside = counted[0].stage, [True]
    for c in counted[1:]:
        inside.append(c.base == last)
        last = c.stage if inside[-1] else last
    return np.array(inside)


def _funnel_words(steps: pd.DataFrame, counted: list[_Count]) -> tuple[str, str]:
    """Title, and the text alternative with all counts."""
    first = counted[0]
    goal = next((c for c in counted if c.stage == "first order"), counted[-1])
    title = f"Of {first.size / goal.size:,.0f} people {first.stage}, one comes to a {goal.stage}"
    said = "; ".join(f"{c.stage}: {c.size:,}" + (f", {c.share} of {c.base}" if c.share else "") for c in counted)
    none = steps.loc[steps["stage"].isna(), "name"].tolist()
    rest = f" No count: {', '.join(none)}." if none else ""
    return title, f"Counts by step of the relationship. {said}.{rest}"


def _percent(share: float) -> str:
    """Per cent with two digits that count, so that 0.4% and 62% are both readable."""
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}" if share >= 0.01 else f"{share:.2%}"
