"""Figures of movement: who goes from tier to tier."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from crmlab.errors import DataError
from crmlab.plots.style import as_written, axes, finish, tier_colors


def tier_flow(labels: pd.DataFrame, tiers: list[str], ax: Axes | None = None) -> Axes:
    """Draw who moves between tiers from period to period (an alluvial chart).

    Parameters
    ----------
    labels : pandas.DataFrame
        One row a customer, one column a period in order of time, the cells holding tiers.
    tiers : list of str
        Tier names, lowest first.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Ribbons that rise are customers who move up; the colour is that of the tier they leave.
    """
    if labels.shape[1] < 2 or labels.empty:
        raise DataError("labels needs at least one customer and two periods.")
    text = labels.astype("str")
    strange = sorted(set(text.to_numpy().ravel()) - set(tiers))
    if strange:
        raise DataError(f"labels holds {strange[0]!r}, which is none of the tiers {', '.join(tiers)}.")
    periods, colors = [str(c) for c in text.columns], tier_colors(tiers)
    counts = pd.DataFrame({p: text[c].value_counts() for p, c in zip(periods, text.columns, strict=True)})
    counts = counts.reindex(tiers).fillna(0)
    gap = 0.04 * len(text)
    base = (counts.cumsum() - counts).add(np.arange(len(tiers)) * gap, axis=0)
    ax = axes(ax, (6.8, 4.2))
    up = down = 0
    for i, (left, right) in enumerate(zip(text.columns, text.columns[1:], strict=False)):
        flows = pd.crosstab(text[left], text[right]).reindex(index=tiers, columns=tiers, fill_value=0).to_numpy()
        up, down = up + int(np.triu(flows, 1).sum()), down + int(np.tril(flows, -1).sum())
        out, into = base[periods[i]].to_numpy().copy(), base[periods[i + 1]].to_numpy().copy()
        for a in range(len(tiers)):
            for b in range(len(tiers)):
                if flows[a, b]:
                    _ribbon(ax, i, out[a], into[b], float(flows[a, b]), colors[tiers[a]], 0.55 if a != b else 0.25)
                    out[a] += flows[a, b]
                    into[b] += flows[a, b]
    for i, period in enumerate(periods):
        for tier in tiers:
            low, size = float(base[period][tier]), float(counts[period][tier])
            ax.bar(i, size, 0.16, bottom=low, color=colors[tier])
            if size:
                ax.text(i, low + size / 2, f"{size:,.0f}", ha="center", va="center", fontsize=8)
    middle = base[periods[0]] + counts[periods[0]] / 2
    ax.set_yticks(middle.tolist(), [as_written(t) for t in tiers])
    ax.set_xticks(range(len(periods)), [as_written(p) for p in periods])
    ax.set_xlim(-0.25, len(periods) - 0.75)
    ax.set_ylabel("customers by tier")
    moves = f"{up:,} moves up, {down:,} down over {len(periods)} periods"
    return finish(ax, moves, f"Flow of {len(text):,} customers between tiers: {moves}.")


def _ribbon(ax: Axes, x: int, y0: float, y1: float, size: float, color: str, alpha: float) -> None:
    """Draw one band of customers from the bar at ``x`` to the next."""
    a, b, m = x + 0.08, x + 0.92, x + 0.5
    corners = [
        (a, y0),
        (m, y0),
        (m, y1),
        (b, y1),
        (b, y1 + size),
        (m, y1 + size),
        (m, y0 + size),
        (a, y0 + size),
        (a, y0),
    ]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    ax.add_patch(PathPatch(Path(corners, codes), facecolor=color, alpha=alpha, lw=0))
