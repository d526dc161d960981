"""Figures on weights, natural breaks, and the agreement of standards."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.errors import DataError
from crmlab.plots.style import BLUE, GREEN, GREY, ORANGE, PERCENT, PURPLE, RED, SKY, THOUSANDS, as_written, axes, finish
from crmlab.tiering.ahp import ACCEPTED, Comparison
from crmlab.tiering.breaks import NaturalBreaks

CLASS_COLORS = (GREY, SKY, GREEN, ORANGE, BLUE, PURPLE, RED)
BINS = 60


def ahp_weights(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Draw the weights that judgements about pairs give, and say whether the judgements fit together.

    Parameters
    ----------
    comparison : crmlab.tiering.Comparison
        From :func:`crmlab.tiering.compare_pairs`.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Bars are the eigenvector; the mark is the geometric mean, which moves away from it as contradictions grow.
    """
    weights, others = comparison.weights[::-1], comparison.geometric_weights[::-1]
    ratio = comparison.consistency_ratio
    fits = ratio <= ACCEPTED
    ax = axes(ax, (6.6, 1.5 + 0.45 * len(weights)))
    place = np.arange(len(weights))
    ax.barh(place, weights, height=0.6, color=BLUE if fits else ORANGE)
    ax.plot(others, place, "D", color="black", mfc="white", ms=6, label="by the geometric mean")
    for at, weight, other in zip(place, weights, others, strict=True):
        ax.text(max(weight, other) + 0.02, float(at), f"{weight:.0%}", va="center", fontsize=10)
    ax.set_yticks(place, [as_written(_words(name)) for name in weights.index])
    ax.set_xlim(0, max(weights.max(), others.max()) + 0.12)
    ax.xaxis.set_major_formatter(PERCENT)
    ax.set_xlabel("weight (bar: principal eigenvector; mark: geometric mean)")
    verdict = "judgements fit together" if fits else "judgements contradict each other"
    title = f"{_words(weights.idxmax()).capitalize()} gets {weights.max():.0%}; {verdict} (ratio {ratio:.2f})"
    said = ", ".join(f"{_words(name)} {weight:.0%}" for name, weight in comparison.weights.items())
    return finish(ax, title, f"Weights by comparison in pairs: {said}. {comparison.reconsider()}")


def natural_classes(values: pd.Series, breaks: NaturalBreaks, ax: Axes | None = None, unit: str = "") -> Axes:
    """Draw where natural breaks cut the customers, on a logarithmic axis.

    Parameters
    ----------
    values : pandas.Series
        One number a customer; those of 0 or less cannot stand on the axis and are counted in the text alternative.
    breaks : crmlab.tiering.NaturalBreaks
        From :func:`crmlab.tiering.natural_breaks`.
    ax : matplotlib Axes, optional
        Where to draw.
    unit : str
        Unit of the values, for the axis, e.g. ``"money"``.

    Returns
    -------
    matplotlib.axes.Axes
    """
    shown = values[values > 0].to_numpy(dtype=float)
    if not len(shown) or shown.min() == shown.max():
        raise DataError("natural_classes needs different values above 0; a logarithmic axis has no place for others.")
    ax = axes(ax, (7.0, 3.8))
    # bars do not straddle a break, so that each has one colour
    edges = np.unique(np.concatenate([np.geomspace(shown.min(), shown.max(), BINS), breaks.breaks]))
    edges = edges[edges > 0]
    counts, _ = np.histogram(shown, edges)
    # a narrow bar beside a break holds fewer: height is customers per unit of the axis
    height = counts / np.diff(np.log(edges)) * np.log(shown.max() / shown.min()) / (BINS - 1)
    classes = np.searchsorted(breaks.breaks, edges[:-1], side="right")
    colors = [CLASS_COLORS[c % len(CLASS_COLORS)] for c in classes]
    ax.bar(edges[:-1], height, np.diff(edges), align="edge", color=colors, lw=0)
    ax.set_xscale("log")
    top = float(height.max())
    ax.set(ylim=(0, top * 1.32), xlim=(shown.min(), shown.max() * 1.05))
    for cut in breaks.breaks:
        ax.plot([cut, cut], [0, top * 1.3], color="black", lw=1, ls="--")
    limits = [shown.min(), *breaks.breaks, shown.max()]
    sizes = breaks.table["customers"].tolist()
    for i, (low, high) in enumerate(pairwise(limits)):
        low, high = max(low, shown.min()), max(high, shown.min() * 1.01)
        # neighbours at two heights, because high classes are narrow on this axis
        ax.text(
            np.sqrt(low * high), top * (1.22 if i % 2 == 0 else 1.07), f"{sizes[i]:,}", ha="center", va="center",
            fontsize=10, bbox={"fc": "white", "ec": "none", "pad": 1},
        )  # fmt: skip
    ax.xaxis.set_major_formatter(THOUSANDS)
    ax.set_xlabel(as_written(f"{_words(breaks.measure)}{f', {unit}' if unit else ''} (logarithmic; number: customers)"))
    ax.set_ylabel("customers in a bar")
    between = f"{len(sizes)} natural classes hold {breaks.goodness:.0%} of the variance"
    title = f"{between}; the top one has {sizes[-1]:,} customers"
    said = "; ".join(
        f"class {i}: {row['from']:,.2f} to {row['to']:,.2f}, {row['customers']:,.0f} customers"
        for i, row in breaks.table.iterrows()
    )
    left_out = len(values) - len(shown)
    note = f" {left_out:,} customers at 0 or below are not drawn." if left_out else ""
    return finish(ax, title, f"Distribution of {_words(breaks.measure)} with natural breaks. {said}.{note}")


def kappa_map(table: pd.DataFrame, ax: Axes | None = None, weighted: bool = False) -> Axes:
    """Draw how far standards agree, pair by pair, beyond chance.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`crmlab.tiering.agreement`.
    ax : matplotlib Axes, optional
        Where to draw.
    weighted : bool
        Draw the kappa with linear weights.

    Returns
    -------
    matplotlib.axes.Axes
    """
    wanted = ["weighted", "weighted_low", "weighted_high"] if weighted else ["kappa", "low", "high"]
    for column in ("first", "second", *wanted):
        if column not in table:
            raise DataError(f"table has no column {column!r}; crmlab.tiering.agreement(labels) makes it.")
    names = list(dict.fromkeys([*table["first"], *table["second"]]))
    grid = np.full((len(names), len(names)), np.nan)
    ax = axes(ax, (6.4, 1.4 + 0.72 * (len(names) - 1)))
    rows = [{str(column): value for column, value in row.items()} for row in table.to_dict("records")]
    for row in rows:
        i, j = names.index(row["second"]), names.index(row["first"])
        grid[i, j] = row[wanted[0]]
        dark = abs(row[wanted[0]]) > 0.6
        text = "{}\n({} to {})".format(*(_signed(row[c]) for c in wanted))
        ax.text(j, i, text, ha="center", va="center", fontsize=10, color="white" if dark else "black")
    # the first has no row of its own and the last no column
    picture = ax.imshow(grid, cmap="RdBu", vmin=-1, vmax=1, aspect="auto")
    ax.set(xlim=(-0.5, len(names) - 1.5), ylim=(len(names) - 0.5, 0.5))
    ax.set_xticks(range(len(names) - 1), [as_written(_words(n)) for n in names[:-1]])
    ax.set_yticks(range(1, len(names)), [as_written(_words(n)) for n in names[1:]])
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.figure.colorbar(picture, ax=ax, ticks=[-1, 0, 1], label="kappa: 0 chance, 1 the same", fraction=0.05)
    ax.set_xlabel(f"{'weighted ' if weighted else ''}kappa with 95% interval")
    best = max(rows, key=lambda row: row[wanted[0]])
    title = f"Closest pair: {_pair(best)}, kappa {best[wanted[0]]:.2f}"
    said = "; ".join("{}: {} ({} to {})".format(_pair(r), *(_signed(r[c]) for c in wanted)) for r in rows)
    return finish(ax, title, f"Agreement beyond chance of each pair of standards. {said}.")


def _signed(number: float) -> str:
    return f"{round(number, 2) + 0.0:+.2f}"  # no minus before a zero


def _pair(row: Mapping[str, Any]) -> str:
    return f"{_words(row['first'])} and {_words(row['second'])}"


def _words(column: object) -> str:
    return str(column).replace("_", " ")
