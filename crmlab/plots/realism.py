"""Figures that set the simulated retailer beside real shops, one for each target of realism."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from crmlab.errors import DataError
from crmlab.plots.style import BLUE, GREEN, GREY, ORANGE, PERCENT, as_written, axes, finish
from crmlab.simulate.realism_measures import written

# one colour, line and marker for each shop, whatever the figure
LOOKS: dict[str, dict[str, Any]] = {
    "simulated": {"color": BLUE, "linestyle": "-", "marker": "o"},
    "Online Retail": {"color": ORANGE, "linestyle": "--", "marker": "s"},
    "CDNOW": {"color": GREEN, "linestyle": ":", "marker": "^"},
}
_ODD: dict[str, Any] = {"color": GREY, "linestyle": "-.", "marker": "D"}
# where a bar of each part of the top fifth ends up is told by shade as well as by order
_SHADES = (1.0, 0.5, 0.15)


def target_bands(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw each target's range as a band, with the simulated draws and the real shops on it.

    Every row has a scale of its own, on which the range goes from 0 to 1; the range is written beside it. What lies
    further away than the figure reaches is drawn as an arrow at its edge.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`crmlab.simulate.realism.against_targets`.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    needed = ["target", "low", "high", "simulated", "simulated_low", "simulated_high", "online_retail", "met"]
    for column in needed:
        if column not in table:
            raise DataError(f"table has no column {column!r}; it needs {', '.join(needed)}.")
    ax = axes(ax, (7.6, 1.4 + 0.42 * len(table)))
    place = np.arange(len(table))[::-1]
    scaled = table[needed[3:7]].sub(table["low"], axis=0).div(table["high"] - table["low"], axis=0)
    ax.axvspan(0, 1, color=BLUE, alpha=0.12, lw=0, label="target")
    ax.hlines(place, scaled["simulated_low"], scaled["simulated_high"], color=BLUE, lw=3, alpha=0.5)
    ax.plot(scaled["simulated"], place, "o", color=BLUE, label="simulated: mean, and range of the draws")
    _within_reach(ax, scaled["online_retail"], place)
    ends = [" to ".join(written(t, v) for v in (low, high)) for t, low, high in table[needed[:3]].to_numpy()]
    for text, at in zip(ends, place, strict=True):
        ax.text(2.62, at, text, va="center", fontsize=9)
    ax.set_yticks(place, [as_written(t) for t in table["target"]])
    ax.set_xticks([0, 1], ["low end", "high end"])
    ax.set(xlim=(-1.6, 2.5), ylim=(-0.6, len(table) - 0.4), xlabel="position in the target's range")
    ax.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.4, -0.12), fontsize=9)
    missed = table.loc[~table["met"], "target"].tolist()
    title = f"{len(table) - len(missed)} of {len(table)} targets are met on average over the draws"
    found = (
        f"{name}: range {limits}, simulated {written(name, mean)} ({written(name, least)} to {written(name, most)})"
        f", Online Retail {written(name, real)}"
        for limits, (name, _, _, mean, least, most, real) in zip(ends, table[needed[:7]].to_numpy(), strict=True)
    )
    return finish(
        ax, title + (f"; missed: {', '.join(missed)}" if missed else ""), f"Targets of realism. {'; '.join(found)}."
    )


def order_values(groups: Mapping[str, pd.Series], ax: Axes | None = None) -> Axes:
    """Draw how order values are spread around their median, on a logarithmic axis.

    Parameters
    ----------
    groups : mapping of str to pandas.Series
        Shop to its order values, in any currency; those of zero or less are refused.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes(ax)
    edges = np.arange(-6.5, 6.6, 0.25) * np.log(2)
    said = []
    for name, values in groups.items():
        if not (values > 0).all():
            raise DataError(
                f"order_values: {name} has values of zero or less; a logarithmic axis has no place for them."
            )
        logs = np.log(values / values.median())
        share = np.histogram(logs, edges)[0] / len(logs)
        middle, label = np.exp((edges[1:] + edges[:-1]) / 2), f"{name}: log-sd {logs.std():.2f}"
        ax.plot(middle, share, lw=2, label=label, **{**_look(name), "marker": ""})
        said.append(f"{name}: log-sd {logs.std():.2f}, mean {values.mean() / values.median():.2f} medians")
    ax.set_xscale("log", base=2)
    ticks = [1 / 64, 1 / 16, 1 / 4, 1, 4, 16, 64]
    ax.set_xticks(ticks, ["1/64", "1/16", "1/4", "1", "4", "16", "64"])
    ax.set(xlim=(1 / 90, 90), ylim=(0, None), xlabel="order value, in medians of its shop", ylabel="share of orders")
    ax.yaxis.set_major_formatter(PERCENT)
    ax.legend(frameon=False, fontsize=9)
    spreads = {name: float(np.log(values).std()) for name, values in groups.items()}
    title = f"Order values spread widest in {max(spreads, key=spreads.__getitem__)}"
    return finish(ax, title, f"Order values over their median. {'; '.join(said)}.")


def months(shares: Mapping[str, pd.Series], ax: Axes | None = None) -> Axes:
    """Draw each calendar month's revenue over the mean month.

    Parameters
    ----------
    shares : mapping of str to pandas.Series
        Shop to :func:`crmlab.simulate.realism_measures.by_month`.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes(ax)
    ax.axhline(1, color=GREY, lw=1)
    for name, share in shares.items():
        ax.plot(share.index, share, lw=2, label=name, **_look(name))
    ax.set_xticks(range(1, 13), [calendar.month_abbr[m] for m in range(1, 13)])
    ax.set(ylim=(0, None), xlabel="calendar month", ylabel="revenue, mean month = 1")
    ax.legend(frameon=False)
    title = "November: " + ", ".join(f"{name} {share[11]:.2f}" for name, share in shares.items()) + " mean months"
    said = "; ".join(f"{name}: " + ", ".join(f"{v:.2f}" for v in share) for name, share in shares.items())
    return finish(ax, title, f"Revenue by month from January to December, mean month 1. {said}.")


def order_counts(shares: Mapping[str, pd.Series], ax: Axes | None = None) -> Axes:
    """Draw the share of the customers with one order, two, and so on.

    Parameters
    ----------
    shares : mapping of str to pandas.Series
        Shop to :func:`crmlab.simulate.realism_measures.order_counts`.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes(ax)
    width = 0.8 / len(shares)
    for i, (name, share) in enumerate(shares.items()):
        place = np.arange(len(share)) + (i - (len(shares) - 1) / 2) * width
        ax.bar(place, share, width * 0.92, color=_look(name)["color"], label=name)
    index = next(iter(shares.values())).index
    ax.set_xticks(range(len(index)), [*[str(n) for n in index[:-1]], f"{index[-1]}+"])
    ax.set(xlabel="orders of a customer", ylabel="share of customers")
    ax.yaxis.set_major_formatter(PERCENT)
    ax.legend(frameon=False)
    title = "One order only: " + ", ".join(f"{name} {share.iloc[0]:.0%}" for name, share in shares.items())
    said = "; ".join(f"{n}: " + ", ".join(f"{k} {v:.1%}" for k, v in s.items()) for n, s in shares.items())
    return finish(ax, title, f"Share of customers by number of orders. {said}; the last is that many or more.")


def share_bars(table: pd.DataFrame, title: str, ax: Axes | None = None) -> Axes:
    """Draw shares side by side, one group of bars a row and one colour a shop.

    Parameters
    ----------
    table : pandas.DataFrame
        Rows are what is measured, columns shops, cells shares; a missing cell has no bar.
    title : str
        The takeaway.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes(ax, (6.4, 1.3 + 0.75 * len(table)))
    height = 0.8 / table.shape[1]
    for i, name in enumerate(map(str, table.columns)):
        place = np.arange(len(table))[::-1] - (i - (table.shape[1] - 1) / 2) * height
        values = table[name].fillna(0).to_numpy()
        bars = ax.barh(place, values, height * 0.92, color=_look(name)["color"], label=name)
        ax.bar_label(bars, [f"{v:.1%}" if pd.notna(v) else "" for v in table[name]], fontsize=9, padding=2)
    ax.set_yticks(np.arange(len(table))[::-1], [as_written(i) for i in table.index])
    ax.xaxis.set_major_formatter(PERCENT)
    ax.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    ax.set_xlabel("share")
    ax.margins(x=0.12)
    ax.legend(frameon=False, fontsize=9)
    said = "; ".join(
        f"{i}: " + ", ".join(f"{n} {v:.1%}" for n, v in row.items() if pd.notna(v)) for i, row in table.iterrows()
    )
    return finish(ax, title, f"Shares. {said}.")


def top_fifth_paths(paths: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw where the top fifth of one half-year is in the next, one bar a shop.

    Parameters
    ----------
    paths : pandas.DataFrame
        One row a shop, columns as from :func:`crmlab.simulate.realism_measures.top_fifth_path`.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes(ax, (6.4, 1.5 + 0.55 * len(paths)))
    place = np.arange(len(paths))[::-1]
    begins = np.zeros(len(paths))
    for part, shade in zip(paths.columns, _SHADES, strict=True):
        bars = ax.barh(place, paths[part], 0.7, begins, color=BLUE, alpha=shade, label=as_written(part))
        color = "white" if shade > 0.8 else "black"
        ax.bar_label(bars, [f"{v:.0%}" for v in paths[part]], label_type="center", fontsize=9, color=color)
        begins += paths[part].to_numpy()
    ax.set_yticks(place, [as_written(i) for i in paths.index])
    ax.set(xlim=(0, 1), xlabel="share of the top fifth of a half-year, in the next half-year")
    ax.xaxis.set_major_formatter(PERCENT)
    ax.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.45, -0.2), fontsize=9)
    stays = paths.iloc[:, 0]
    title = f"Of the top fifth, {stays.min():.0%} ({stays.idxmin()}) to {stays.max():.0%} ({stays.idxmax()}) stay there"
    said = "; ".join(f"{i}: " + ", ".join(f"{c} {v:.0%}" for c, v in row.items()) for i, row in paths.iterrows())
    return finish(ax, title, f"Paths of the top fifth. {said}.")


def _look(name: str) -> dict[str, Any]:
    """Colour, line and marker of a shop, found by how its name begins."""
    return dict(next((look for known, look in LOOKS.items() if name.startswith(known)), _ODD))


def _within_reach(ax: Axes, scaled: pd.Series, place: np.ndarray) -> None:
    """Mark the real shop; an arrow at the edge where it lies outside of the figure."""
    edge = scaled.clip(-1.45, 2.35)
    far = (edge - scaled).round(9)
    for marker, rows, label in (("s", far == 0, "Online Retail"), ("<", far > 0, ""), (">", far < 0, "")):
        if rows.any():
            ax.plot(edge[rows], place[rows.to_numpy()], marker, color=ORANGE, label=label or None, markersize=7)
