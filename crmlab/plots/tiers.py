"""Figures on concentration, scores and tiers."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.errors import DataError
from crmlab.plots.style import BLUE, GREY, ORANGE, PERCENT, SKY, as_written, axes, finish, tier_colors
from crmlab.tiering.ranking import read


def concentration(customers: pd.DataFrame, value: str = "revenue", ax: Axes | None = None) -> Axes:
    """Draw the Lorenz curve from the best customer down, with the top 20% marked.

    Parameters
    ----------
    customers : pandas.DataFrame
        One row a customer.
    value : str
        Column with money; negative values are drawn as they are.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    share = _cumulative_share(customers, value)
    people = np.linspace(0, 1, len(share))
    top = float(np.interp(0.2, people, share))
    ax = axes(ax)
    ax.plot(people, share, color=BLUE, lw=2)
    ax.plot([0, 1], [0, 1], color=GREY, lw=1, ls="--")
    ax.annotate("if all were equal", (0.62, 0.62), (0.64, 0.5), color="#666666", fontsize=9)
    ax.plot([0.2, 0.2, 0], [0, top, top], color=ORANGE, lw=1, ls=":")
    ax.plot(0.2, top, "o", color=ORANGE)
    ax.annotate(f"top 20%: {top:.0%}", (0.2, top), (0.24, top - 0.07), fontsize=10)
    ax.set(
        xlim=(0, 1), ylim=(0, max(1.02, share.max() + 0.02)),
        xlabel="share of customers, best first", ylabel=as_written(f"share of {_words(value)}"),
    )  # fmt: skip
    ax.xaxis.set_major_formatter(PERCENT)
    ax.yaxis.set_major_formatter(PERCENT)
    text = f"Curve of cumulative {_words(value)} over {len(share) - 1:,} customers, best first"
    return finish(
        ax, f"The top 20% of customers bring {top:.0%} of {_words(value)}", f"{text}: the top 20% bring {top:.0%}."
    )


def abc_curve(customers: pd.DataFrame, value: str = "revenue", ax: Axes | None = None) -> Axes:
    """Draw the Pareto curve with the ABC classes shaded.

    Parameters
    ----------
    customers : pandas.DataFrame
        With ``value`` and ``abc``, as from :func:`crmlab.abc_classes`.
    value : str
        Column with money.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if "abc" not in customers:
        raise DataError("customers has no column 'abc'; crmlab.abc_classes(customers) makes it.")
    share = _cumulative_share(customers, value)
    people = np.linspace(0, 1, len(share))
    counts = customers["abc"].value_counts().sort_index()
    ax = axes(ax)
    ax.plot(people, share, color="black", lw=1.5)
    start, said = 0.0, []
    for (label, count), color in zip(counts.items(), (ORANGE, SKY, GREY), strict=False):
        end = start + count / len(customers)
        inside = (people >= start - 1e-9) & (people <= end + 1e-9)
        ax.fill_between(people[inside], 0, share[inside], color=color, alpha=0.55, lw=0)
        brings = float(np.interp(end, people, share) - np.interp(start, people, share))
        ax.text((start + end) / 2, 0.06, as_written(f"{label}\n{count:,}"), ha="center", va="bottom", fontsize=10)
        said.append(f"class {label}: {count:,} customers ({count / len(customers):.0%}) bring {brings:.0%}")
        start = end
    ax.set(
        xlim=(0, 1), ylim=(0, max(1.02, share.max() + 0.02)),
        xlabel="share of customers, best first", ylabel=as_written(f"cumulative share of {_words(value)}"),
    )  # fmt: skip
    ax.xaxis.set_major_formatter(PERCENT)
    ax.yaxis.set_major_formatter(PERCENT)
    first = said[0].removeprefix("class ").split(": ")[0]
    brings_first = said[0].rsplit(" ", 1)[1]
    title = f"Class {first}: {counts.iloc[0] / len(customers):.0%} of customers, {brings_first} of {_words(value)}"
    return finish(ax, title, f"Pareto curve of {_words(value)}; " + "; ".join(said) + ".")


def rfm_grid(scores: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how many customers stand in each cell of the recency-frequency grid.

    Parameters
    ----------
    scores : pandas.DataFrame
        With ``r_score`` and ``f_score``, as from :func:`crmlab.rfm_scores`.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    read(scores, ["r_score", "f_score"], "scores")
    k = int(max(scores["r_score"].max(), scores["f_score"].max(), 2))
    steps = range(1, k + 1)
    counts = pd.crosstab(scores["f_score"], scores["r_score"])
    grid = counts.reindex(index=steps, columns=steps, fill_value=0).to_numpy()
    ax = axes(ax, (5.4, 4.2))
    ax.imshow(grid, origin="lower", cmap="Blues", aspect="auto", vmin=0)
    for f in steps:
        for r in steps:
            count = int(grid[f - 1, r - 1])
            dark = count > 0.7 * grid.max()
            ax.text(
                r - 1, f - 1, f"{count:,}", ha="center", va="center", color="white" if dark else "black", fontsize=9
            )
    ax.set_xticks(range(k), [str(i) for i in steps])
    ax.set_yticks(range(k), [str(i) for i in steps])
    ax.set(xlabel=f"recency score ({k} = bought most recently)", ylabel=f"frequency score ({k} = buys most often)")
    ax.spines[:].set_visible(False)
    best, worst = int(grid[-1, -1]), int(grid[0, 0])
    text = f"Customers by recency and frequency score: {best:,} have the best of both, {worst:,} the worst of both."
    empty = [str(i) for i in steps if grid[i - 1].sum() == 0]
    if empty:
        text += f" Nobody has frequency score {' or '.join(empty)}, because ties are never cut."
    return finish(ax, f"{best:,} of {len(scores):,} customers score {k} on both", text)


def tier_bars(table: pd.DataFrame, value: str = "revenue", ax: Axes | None = None) -> Axes:
    """Draw each tier's share of customers beside its share of value.

    Parameters
    ----------
    table : pandas.DataFrame
        From :meth:`crmlab.TierPolicy.table`, highest tier first.
    value : str
        The column that was added up there.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    column = f"share_of_{value}"
    if "share_of_customers" not in table or column not in table:
        raise DataError(
            f"table needs share_of_customers and {column}; TierPolicy.table(customers, {value!r}) makes both."
        )
    rows = table.iloc[::-1]
    names = [str(t) for t in rows.index]
    colors = tier_colors(names)
    place = np.arange(len(rows))
    ax = axes(ax, (6.4, 0.9 + 0.75 * len(rows)))
    for shift, share, alpha, what in (
        (-0.2, rows["share_of_customers"], 0.45, "customers"),
        (0.2, rows[column], 1.0, value),
    ):
        bars = ax.barh(place - shift, share, height=0.36, color=[colors[n] for n in names], alpha=alpha)
        labels = [as_written(f"{s:.1%} of {_words(what)}") for s in share]
        ax.bar_label(bars, labels, padding=3, fontsize=9)
    ax.set_yticks(place, [as_written(f"{n}\n{c:,}") for n, c in zip(names, rows["customers"], strict=True)])
    high = float(np.nanmax(rows[["share_of_customers", column]].to_numpy()))
    ax.set_xlim(min(0.0, float(np.nanmin(rows[column]))), high * 1.32)
    ax.xaxis.set_major_formatter(PERCENT)
    ax.set_xlabel(as_written(f"share of all customers (pale) and of all {_words(value)} (full)"))
    top = table.iloc[0]
    title = f"{table.index[0]}: {top['share_of_customers']:.1%} of customers, {top[column]:.0%} of {_words(value)}"
    said = "; ".join(
        f"{t}: {int(r['customers']):,} customers ({r['share_of_customers']:.1%}), {r[column]:.1%} of {_words(value)}"
        for t, r in table.iterrows()
    )
    return finish(ax, title, f"Bars by tier. {said}.")


def _cumulative_share(customers: pd.DataFrame, value: str) -> np.ndarray:
    """Cumulative share of value, best customer first, beginning at 0."""
    read(customers, [value])
    values = np.sort(customers[value].to_numpy(dtype=float))[::-1]
    if values.sum() <= 0:
        raise DataError(f"customers, column {value!r}: the total is {values.sum():,.2f}; shares need a total above 0.")
    return np.concatenate([[0.0], np.cumsum(values) / values.sum()])


def _words(column: str) -> str:
    return column.replace("_", " ")
