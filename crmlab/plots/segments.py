"""Figures on clusters and on the bases of segmentation."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab.errors import DataError
from crmlab.plots.style import BLUE, GREY, ORANGE, PERCENT, as_written, axes, finish
from crmlab.tiering.clusters import Segmentation

MANY = 10  # groups, from which on one interval in twenty that misses is to be expected
STABLE = 0.75  # below it, another sample of customers often gives other groups


def k_choice(choices: pd.DataFrame, ax: Axes | None = None, chosen: int | None = None) -> Axes:
    """Draw what speaks for each number of clusters: how far apart they are, and whether they come back.

    Parameters
    ----------
    choices : pandas.DataFrame
        From :func:`crmlab.tiering.choose_k`.
    ax : matplotlib Axes, optional
        Where to draw.
    chosen : int, optional
        A number of clusters to mark.

    Returns
    -------
    matplotlib.axes.Axes
        The bars of stability run from the least to the most agreement of two refits.
    """
    for column in ("silhouette", "stability", "stability_low", "stability_high"):
        if column not in choices:
            raise DataError(f"choices has no column {column!r}; crmlab.tiering.choose_k(customers, columns) makes it.")
    ks = choices.index.to_numpy()
    ax = axes(ax, (6.6, 3.8))
    spread = [choices["stability"] - choices["stability_low"], choices["stability_high"] - choices["stability"]]
    ax.errorbar(
        ks, choices["stability"], yerr=spread, fmt="s-", color=ORANGE, capsize=4, lw=2, ms=7,
        label="stability under resampling",
    )  # fmt: skip
    ax.plot(ks, choices["silhouette"], "o-", color=BLUE, lw=2, ms=7, label="silhouette: how far apart")
    if chosen is not None:
        ax.axvspan(chosen - 0.3, chosen + 0.3, color=GREY, alpha=0.25, lw=0)
    ax.set_xticks(ks)
    ax.set(xlabel="number of clusters, k", ylabel="index (1 is best, 0 is none)", xlim=(ks.min() - 0.5, ks.max() + 0.5))
    low = float(np.nanmin(choices[["silhouette", "stability_low"]].to_numpy()))
    ax.set_ylim(min(0.0, low - 0.05), 1.28)
    ax.set_yticks(np.arange(0, 1.01, 0.2))
    ax.legend(frameon=False, loc="upper center", ncols=2, fontsize=9)
    best, stable = choices["silhouette"].idxmax(), choices.index[choices["stability"] >= STABLE]
    title = f"Furthest apart: k = {best}"
    title += (
        f"; stable ({STABLE:.2f} or more): {_listed(stable)}" if len(stable) else f"; none is stable ({STABLE:.2f})"
    )
    said = "; ".join(
        f"k {k}: silhouette {r['silhouette']:.2f}, stability {r['stability']:.2f} "
        f"({r['stability_low']:.2f} to {r['stability_high']:.2f})"
        for k, r in choices.iterrows()
    )
    return finish(ax, title, f"Silhouette and stability by number of clusters. {said}.")


def segment_profiles(segmentation: Segmentation, ax: Axes | None = None) -> Axes:
    """Draw the centre of each segment in its own units, coloured by how far it is from all customers.

    Parameters
    ----------
    segmentation : crmlab.tiering.Segmentation
        From :func:`crmlab.tiering.segment_customers`.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    profile, columns = segmentation.profile, list(segmentation.columns)
    points = segmentation.scaling.forward(segmentation.customers[columns].to_numpy(dtype=float))
    middles = segmentation.scaling.forward(profile[columns].to_numpy(dtype=float))
    apart = (middles - points.mean(axis=0)) / points.std(axis=0)
    ax = axes(ax, (7.2, 1.5 + 0.55 * len(profile)))
    ax.imshow(apart, cmap="PuOr_r", vmin=-2, vmax=2, aspect="auto")
    for i, (_, row) in enumerate(profile[columns].iterrows()):
        for j, value in enumerate(row):
            dark = abs(apart[i, j]) > 1.1
            shown = f"{value:,.0f}" if abs(value) >= 20 else f"{value:,.1f}"
            ax.text(j, i, shown, ha="center", va="center", fontsize=11, color="white" if dark else "black")
    ax.set_xticks(range(len(columns)), [as_written(_words(c)) for c in columns])
    sizes = zip(profile.index, profile["customers"], profile["share_of_customers"], strict=True)
    ax.set_yticks(
        range(len(profile)),
        [as_written(f"{name}\n{n:,} ({share:.{0 if share >= 0.01 else 1}%})") for name, n, share in sizes],
    )
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.set_xlabel("centre in its own unit; orange: above, violet: below the mean of all")
    title = f"{len(profile)} segments, from {profile['customers'].max():,} to {profile['customers'].min():,} customers"
    said = "; ".join(
        f"{name}: {row['customers']:,.0f} customers, " + ", ".join(f"{_words(c)} {row[c]:,.1f}" for c in columns)
        for name, row in profile.iterrows()
    )
    return finish(ax, title, f"Centres of segments. {said}.")


def base_groups(profiles: pd.DataFrame, by: str, measure: str = "revenue", ax: Axes | None = None) -> Axes:
    """Draw a measure of each group of one base, with intervals, beside the mean of all.

    Parameters
    ----------
    profiles : pandas.DataFrame
        From :func:`crmlab.tiering.base_profiles`.
    by : str
        Column that makes the groups, e.g. ``"attitude"``.
    measure : {"revenue", "orders"}
        What to draw, per customer in 12 months.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    rows = profiles[profiles["by"] == by].iloc[::-1]
    if rows.empty or f"{measure}_low" not in profiles:
        known = ", ".join(profiles["by"].unique())
        raise DataError(f"profiles has no groups by {by!r} with {measure!r}; it has {known}, with revenue and orders.")
    mean = float((rows[measure] * rows["customers"]).sum() / rows["customers"].sum())
    ax = axes(ax, (6.8, 1.7 + 0.4 * len(rows)))
    place = np.arange(len(rows))
    spread = np.abs(rows[[f"{measure}_low", f"{measure}_high"]].sub(rows[measure], axis=0).to_numpy().T)
    clear = ((rows[f"{measure}_low"] > mean) | (rows[f"{measure}_high"] < mean)).to_numpy()
    for told, color in ((clear, BLUE), (~clear, GREY)):
        ax.errorbar(rows[measure][told], place[told], xerr=spread[:, told], fmt="o", color=color, capsize=4, lw=2, ms=7)
    ax.axvline(mean, color=ORANGE, lw=1.5, ls="--")
    ax.set_yticks(place, [as_written(f"{g} ({n:,})") for g, n in zip(rows["group"], rows["customers"], strict=True)])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlim(left=0)
    unit = " (money)" if measure == "revenue" else ""
    ax.set_xlabel(
        as_written(f"{measure} a customer in 12 months{unit}\nwith 95% interval; dashed: mean of all, {mean:,.1f}")
    )
    title = f"{int(clear.sum())} of {len(rows)} groups by {_words(by)} differ from the mean"
    if len(rows) >= MANY:
        title += f"; chance gives about {0.05 * len(rows):.0f}"
    said = "; ".join(
        f"{r['group']}: {r[measure]:,.1f} ({r[f'{measure}_low']:,.1f} to {r[f'{measure}_high']:,.1f})"
        for _, r in rows.iloc[::-1].iterrows()
    )
    return finish(ax, title, f"{measure} a customer by {_words(by)}: {said}; mean of all {mean:,.1f}.")


def base_power(explained: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Draw how much of the year to come each base explains, among customers it has not seen.

    Parameters
    ----------
    explained : pandas.DataFrame
        From :func:`crmlab.tiering.explained_by_base`.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Dots with intervals are out of sample; rings are eta squared, which many groups push up by chance.
    """
    for column in ("base", "by", "groups", "eta_squared", "out_of_sample", "low", "high"):
        if column not in explained:
            raise DataError(f"explained has no column {column!r}; crmlab.tiering.explained_by_base makes it.")
    rows = explained.iloc[::-1]
    ax = axes(ax, (7.2, 1.4 + 0.33 * len(rows)))
    place = np.arange(len(rows))
    spread = np.abs(rows[["low", "high"]].sub(rows["out_of_sample"], axis=0).to_numpy().T)
    ax.axvline(0, color=GREY, lw=1)
    ax.errorbar(
        rows["out_of_sample"], place, xerr=spread, fmt="o", color=BLUE, capsize=3, lw=2, ms=7,
        label="customers not seen (95% interval)",
    )  # fmt: skip
    ax.plot(rows["eta_squared"], place, "o", mfc="none", mec=ORANGE, mew=1.8, ms=11, label="customers seen")
    names = [f"{_words(by)} ({n})" for by, n in zip(rows["by"], rows["groups"], strict=True)]
    ax.set_yticks(place, [as_written(n) for n in names])
    ax.set_ylim(-0.6, len(rows) + 0.7)
    ax.xaxis.set_major_formatter(PERCENT)
    ax.set_xlabel("explained share of the variance (in brackets: groups)")
    ax.legend(frameon=False, loc="upper right", ncols=2, fontsize=9)
    best = explained.sort_values("out_of_sample").iloc[-1]
    none = int((explained["low"] <= 0).sum())
    title = f"Best: {_words(best['by'])}, {best['out_of_sample']:.0%}; {none} of {len(rows)} no better than nothing"
    said = "; ".join(
        f"{_words(r['by'])} ({r['base']}): {r['out_of_sample']:.1%} ({r['low']:.1%} to {r['high']:.1%}), "
        f"eta squared {r['eta_squared']:.1%}"
        for _, r in explained.iterrows()
    )
    return finish(ax, title, f"Share explained out of sample, by base. {said}.")


def _listed(numbers: pd.Index) -> str:
    whole = [int(n) for n in numbers]
    in_a_row = len(whole) > 2 and whole == list(range(whole[0], whole[-1] + 1))
    return f"{whole[0]} to {whole[-1]}" if in_a_row else ", ".join(map(str, whole))


def _words(column: object) -> str:
    return str(column).replace("_", " ")
