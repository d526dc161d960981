"""Explorers of tiering methods: judgements about pairs, and the number of clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import ipywidgets
import pandas as pd
from matplotlib.axes import Axes

from crmlab import plots
from crmlab.errors import DataError
from crmlab.tiering import Comparison, compare_pairs, segment_customers
from crmlab.tiering.ahp import ACCEPTED
from crmlab.tiering.judgements import SCALE, as_step, on_scale
from crmlab.widgets.explorer import explorer

MOST_PAIRS = 10  # five criteria; more sliders do not fit on a screen


def ahp_explorer(start: Comparison | Sequence[str]) -> ipywidgets.VBox:
    """Say for each pair what matters more; weights, consistency and the judgement to reconsider follow.

    Parameters
    ----------
    start : crmlab.tiering.Comparison or sequence of str
        Judgements to begin with, or the criteria alone, which then begin as equals; 2 to 5 of them.

    Returns
    -------
    ipywidgets.VBox
        One slider a pair on Saaty's scale from 9 (the first matters utterly more) over 1 to 1/9, picture, sentence.

    Raises
    ------
    DataError
        For fewer than two criteria, or more than five.

    Examples
    --------
    >>> box = ahp_explorer(["revenue", "orders", "recency"])
    >>> [slider.value for slider in box.children[0].children]
    [1.0, 1.0, 1.0]
    """
    names = start.criteria if isinstance(start, Comparison) else [str(c) for c in start]
    pairs = list(combinations(names, 2))
    if not 1 <= len(pairs) <= MOST_PAIRS or len(set(names)) < len(names):
        raise DataError(f"ahp_explorer takes 2 to 5 different criteria, not {len(names)}: {', '.join(names)}.")
    known = start if isinstance(start, Comparison) else compare_pairs(dict.fromkeys(pairs, 1.0))
    begin = dict(
        zip(pairs, (float(known.matrix.to_numpy()[i, j]) for i, j in combinations(range(len(names)), 2)), strict=True)
    )
    sliders = {pair: _scale_slider(pair, judgement) for pair, judgement in begin.items()}

    def draw(ax: Axes) -> str:
        said = compare_pairs({pair: slider.value for pair, slider in sliders.items()}, names)
        plots.ahp_weights(said, ax=ax)
        color = "#007a5e" if said.consistency_ratio <= ACCEPTED else "#b34700"
        weights = ", ".join(f"{_words(str(name))} {weight:.0%}" for name, weight in said.weights.items())
        return f"{weights}. <span style='color: {color}'>{_words(said.reconsider())}</span>"

    return explorer(list(sliders.values()), draw, (7.0, 1.5 + 0.45 * len(names)))


def k_explorer(
    customers: pd.DataFrame,
    columns: Sequence[str],
    choices: pd.DataFrame | Mapping[str, pd.DataFrame],
    method: str = "kmeans",
    seed: int = 0,
) -> ipywidgets.VBox:
    """Choose the number of clusters; the segments follow, with what speaks for the number.

    Parameters
    ----------
    customers : pandas.DataFrame
        One row a customer.
    columns : sequence of str
        The measures to cluster by.
    choices : pandas.DataFrame, or mapping of str to pandas.DataFrame
        From :func:`crmlab.tiering.choose_k`; its numbers are those of the slider. A mapping has one for each scale,
        such as ``{"robust-log": ..., "none": ...}``, all with the same numbers, and lets the scale be chosen too.
    method, seed
        As for :func:`crmlab.tiering.segment_customers`.

    Returns
    -------
    ipywidgets.VBox
        A slider for k, a choice of the scale, picture, sentence. All clusters are found when the explorer is made.

    Raises
    ------
    DataError
        For no choices, different numbers for different scales, or what ``segment_customers`` refuses.

    Examples
    --------
    >>> import crmlab
    >>> customers = crmlab.summarize(crmlab.load("retail").transactions).head(300)
    >>> columns = ["orders", "revenue"]
    >>> choices = crmlab.tiering.choose_k(customers, columns, [2, 3], resamples=2)
    >>> k_explorer(customers, columns, choices).children[0].children[0].options
    (2, 3)
    """
    tables = {"robust-log": choices} if isinstance(choices, pd.DataFrame) else dict(choices)
    ks = sorted({int(k) for table in tables.values() for k in table.index})
    if not ks or any(sorted(table.index) != ks for table in tables.values()):
        raise DataError("k_explorer needs choices from choose_k, with the same numbers of clusters for each scale.")
    found = {(k, s): segment_customers(customers, columns, k, method, s, seed) for k in ks for s in tables}
    wide = {"description_width": "180px"}
    slider = ipywidgets.SelectionSlider(
        options=ks, value=ks[0], description="number of clusters, k", style=wide, layout={"width": "60%"}
    )
    scale = ipywidgets.ToggleButtons(options=list(tables), value=next(iter(tables)), description="scale", style=wide)

    def draw(ax: Axes) -> str:
        k, kind = int(slider.value), str(scale.value)
        plots.segment_profiles(found[k, kind], ax=ax)
        row, best = tables[kind].loc[k], tables[kind]["silhouette"].idxmax()
        return (
            f"k = {k} on the scale {kind!r}. Silhouette {row['silhouette']:.2f} (highest for k = {best}); stability "
            f"{row['stability']:.2f}, from {row['stability_low']:.2f} to {row['stability_high']:.2f} over resamples; "
            f"{row['smallest_share']:.1%} of the customers are in the smallest segment."
        )

    return explorer([slider, scale], draw, (7.4, 4.4))


def _scale_slider(pair: tuple[str, str], judgement: float) -> ipywidgets.SelectionSlider:
    options = [(as_step(step), step) for step in reversed(SCALE)]
    return ipywidgets.SelectionSlider(
        options=options, value=on_scale(judgement), description=f"{_words(pair[0])} against {_words(pair[1])}",
        style={"description_width": "260px"}, layout={"width": "95%"},
    )  # fmt: skip


def _words(column: str) -> str:
    return column.replace("_", " ")
