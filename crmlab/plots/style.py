"""Colours, number formats, and the text alternative of a figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

# Okabe and Ito's palette, which colour-blind readers can tell apart
BLUE, ORANGE, GREEN, RED, SKY, PURPLE, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#999999",
)  # fmt: skip
_NAMED = {
    "regular": GREY, "ordinary": GREY, "basic": GREY, "bronze": RED, "silver": SKY, "gold": ORANGE,
    "vip": BLUE, "platinum": BLUE,
}  # fmt: skip
_SPARE = (GREY, SKY, GREEN, ORANGE, BLUE, PURPLE, RED)

PERCENT = PercentFormatter(1, decimals=0)
THOUSANDS = FuncFormatter(lambda value, _: f"{value:,.0f}")

_texts: WeakKeyDictionary[Axes, str] = WeakKeyDictionary()


def tier_colors(tiers: Sequence[str]) -> dict[str, str]:
    """One fixed colour for each tier, whatever the figure.

    Parameters
    ----------
    tiers : sequence of str
        Tier names, lowest first.

    Returns
    -------
    dict
        Name to hexadecimal colour; well-known names keep their own colour, others take a free one.

    Examples
    --------
    >>> tier_colors(["regular", "gold"])
    {'regular': '#999999', 'gold': '#E69F00'}
    """
    colors = {t: _NAMED[t.lower()] for t in tiers if t.lower() in _NAMED}
    spare = [c for c in _SPARE if c not in colors.values()]
    for i, tier in enumerate(t for t in tiers if t not in colors):
        colors[tier] = spare[i % len(spare)] if spare else GREY
    return {t: colors[t] for t in tiers}


def axes(ax: Axes | None, size: tuple[float, float] = (6.4, 3.8)) -> Axes:
    """Return ``ax``, or a new one of the house size."""
    if ax is None:
        _, ax = plt.subplots(figsize=size, dpi=96, layout="constrained")
        _give_notebook_the_text()
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def as_written(text: object) -> str:
    """Text from the data for a figure: a tier called ``$$$`` is a name, and no formula to typeset.

    Examples
    --------
    >>> print(as_written("under $5"))
    under \\$5
    """
    return str(text).replace("$", r"\$")


def finish(ax: Axes, title: str, text: str) -> Axes:
    """Set the takeaway title and the text alternative."""
    ax.set_title(as_written(title), loc="left", fontsize=11, wrap=True)
    _texts[ax] = text
    return ax


def alt_text(figure: Axes | Figure) -> str:
    """The text alternative of an Axes, or of all Axes of a figure, in words.

    Parameters
    ----------
    figure : matplotlib Axes or Figure
        Drawn by a function of :mod:`crmlab.plots`.

    Returns
    -------
    str
        Empty for a figure drawn elsewhere.
    """
    parts = [figure] if isinstance(figure, Axes) else figure.axes
    return " ".join(_texts[ax] for ax in parts if ax in _texts)


def _give_notebook_the_text() -> None:
    """Let the notebook store the text alternative with the picture, and print it where no picture fits."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None or not hasattr(shell, "display_formatter"):
        return
    formatter = shell.display_formatter.formatters["image/png"]
    try:
        plain = formatter.lookup_by_type(Figure)
    except KeyError:
        return
    if getattr(plain, "carries_text", False):
        return

    def with_text(figure: Figure) -> Any:
        picture, text = plain(figure), alt_text(figure)
        return (picture, {"alt": text}) if picture and text else picture

    with_text.carries_text = True  # type: ignore[attr-defined]
    formatter.for_type(Figure, with_text)
    in_words = shell.display_formatter.formatters["text/plain"]
    in_words.for_type(Figure, lambda figure, printer, cycle: printer.text(alt_text(figure) or repr(figure)))
