"""Figures that hold an estimate against what happened, or against the planted truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.errors import DataError
from crmlab.plots.style import BLUE, GREY, ORANGE, as_written, axes, finish


def expected_against_actual(table: pd.DataFrame, ax: Axes | None = None, unit: str = "orders per customer") -> Axes:
    """Draw one group of bars for each row: what was expected, and what came.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a group; one numeric column for each series, the last one being what came.
    ax : matplotlib Axes, optional
        Where to draw.
    unit : str
        Unit of the values.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if table.empty or table.shape[1] < 2:
        raise DataError("table needs at least one row, and two columns: an expectation and what came.")
    colors = [*[BLUE, GREY, ORANGE][: table.shape[1] - 1], "black"]
    width = 0.8 / table.shape[1]
    ax = axes(ax)
    for i, (column, color) in enumerate(zip(table.columns, colors, strict=True)):
        place = np.arange(len(table)) + (i - (table.shape[1] - 1) / 2) * width
        bars = ax.bar(place, table[column], width=width * 0.92, color=color, label=as_written(column))
        ax.bar_label(bars, [f"{v:.2f}" for v in table[column]], fontsize=8, padding=1)
    ax.set_xticks(range(len(table)), [as_written(i) for i in table.index])
    ax.set_ylabel(as_written(unit))
    ax.margins(y=0.12)
    ax.legend(frameon=False, fontsize=9)
    actual = table.iloc[:, -1]
    off = (table.iloc[:, :-1].sub(actual, axis=0)).abs().mean()
    title = f"{str(off.idxmin()).capitalize()} is off by {off.min():.2f} {unit} on average"
    if len(off) > 1:
        title += f", {off.idxmax()} by {off.max():.2f}"
    rows = "; ".join(f"{i}: " + ", ".join(f"{c} {v:.2f}" for c, v in row.items()) for i, row in table.iterrows())
    return finish(ax, title, f"Bars by group, {unit}. {rows}.")


def effect_bars(
    effects: pd.DataFrame, truth: float, ax: Axes | None = None, unit: str = "orders per customer", title: str = ""
) -> Axes:
    """Draw estimates with their intervals, and the planted truth as a line.

    Parameters
    ----------
    effects : pandas.DataFrame
        One row an estimate, indexed by its name, with ``estimate``, ``low`` and ``high``.
    truth : float
        The planted effect.
    ax : matplotlib Axes, optional
        Where to draw.
    unit : str
        Unit of the effect.
    title : str
        Takeaway; by default says which intervals hold the truth.

    Returns
    -------
    matplotlib.axes.Axes
    """
    for column in ("estimate", "low", "high"):
        if column not in effects:
            raise DataError(f"effects has no column {column!r}; it needs estimate, low and high.")
    rows = effects.iloc[::-1]
    place = np.arange(len(rows))
    ax = axes(ax, (6.4, 1.6 + 0.55 * len(rows)))
    spread = rows[["low", "high"]].sub(rows["estimate"], axis=0).abs().to_numpy().T
    ax.errorbar(rows["estimate"], place, xerr=spread, fmt="o", color=BLUE, capsize=4, lw=2)
    ax.axvline(truth, color=ORANGE, lw=2)
    ax.axvline(0, color=GREY, lw=1, ls="--")
    ax.set_yticks(place, [as_written(i) for i in rows.index])
    ax.set_ylim(-0.6, len(rows) - 0.2)
    ax.text(truth, len(rows) - 0.4, f" truth {truth:+.2f}", color="#8a5a00", fontsize=9, va="center")
    ax.set_xlabel(as_written(f"effect, {unit}"))
    holds = effects.index[(effects["low"] <= truth) & (truth <= effects["high"])]
    title = title or f"The interval of {' and of '.join(map(str, holds)) or 'no estimate'} holds the truth"
    said = "; ".join(f"{i}: {r['estimate']:+.2f} ({r['low']:+.2f} to {r['high']:+.2f})" for i, r in effects.iterrows())
    return finish(ax, title, f"Estimates with intervals, {unit}. {said}; truth {truth:+.2f}.")
