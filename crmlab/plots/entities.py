"""The entity diagram: tables as boxes, references as arrows, drawn from the contracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from crmlab.errors import UnknownNameError, nearest
from crmlab.plots.style import BLUE, GREY, ORANGE, as_written, axes, finish

WIDTH, GAP = 0.8, 0.14  # of a box and above it, in columns and in shares of the height of a box


class _Box(NamedTuple):
    column: int
    low: float
    high: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


def entity_diagram(
    tables: pd.DataFrame, references: pd.DataFrame, layout: Mapping[str, Sequence[str]], ax: Axes | None = None
) -> Axes:
    """Draw tables with their keys and row counts, and which refers to which.

    Parameters
    ----------
    tables : pandas.DataFrame
        From :func:`crmlab.foundations.list_entities`: indexed by table, ``key`` and ``rows``.
    references : pandas.DataFrame
        From :func:`crmlab.foundations.references`: ``table``, ``column``, ``refers_to``.
    layout : mapping of str to sequence of str
        Heading to the tables below it, one column each, from left to right. A table that is much referred to gets a
        taller box. Arrows run between neighbours, so put tables that belong together side by side.
    ax : matplotlib Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Blue: tables that refer, or are referred to. Orange, dashed: tables that nothing connects.

    Raises
    ------
    UnknownNameError
        If the layout names a table that is none.
    """
    named = [t for column in layout.values() for t in column]
    for table in named:
        if table not in tables.index:
            raise UnknownNameError(f"layout names a table {table!r}.{nearest(table, tables.index)}")
    shown = references[references["table"].isin(named) & references["refers_to"].isin(named)]
    incoming = shown["refers_to"].value_counts()
    boxes: dict[str, _Box] = {}
    for i, column in enumerate(layout.values()):
        boxes |= _stack(i, column, incoming)
    ax = axes(ax, (8.0, 4.5))
    connected = set(shown["table"]) | set(shown["refers_to"])
    for table, box in boxes.items():
        _draw_box(ax, box, _box_text(tables, table, shown), table in connected)
    for child, parent in sorted(set(zip(shown["table"], shown["refers_to"], strict=True))):
        if child != parent:
            _arrow(ax, boxes[child], boxes[parent])
    for i, heading in enumerate(layout):
        ax.text(i, 1.03, as_written(heading), ha="center", va="bottom", fontsize=10, color="#444444")
    ax.set(xlim=(-0.45, len(layout) - 0.55), ylim=(-0.01, 1.1))
    ax.axis("off")
    return finish(ax, *_words(tables.loc[named], shown, connected))


def _stack(column: int, names: Sequence[str], incoming: pd.Series) -> dict[str, _Box]:
    """Boxes of one column from the top down, taller where three references or more come in."""
    weights = [max(1.0, float(incoming.get(name, 0)) / 3) for name in names]
    top, boxes = 1.0, {}
    for name, weight in zip(names, weights, strict=True):
        # no box is taller than in a column of four, or a short column would look important
        height = min(weight / sum(weights), weight / 4)
        boxes[name] = _Box(column, top - height * (1 - GAP), top)
        top -= height
    return boxes


def _box_text(tables: pd.DataFrame, table: str, references: pd.DataFrame) -> str:
    """Name, rows, key; and a reference to itself, for which there is no arrow."""
    key, rows = tables["key"][table], tables["rows"][table]
    lines = [table, f"{rows:,} rows", *([f"key {key}"] if isinstance(key, str) else [])]
    own = references[(references["table"] == table) & (references["refers_to"] == table)]
    return "\n".join([*lines, *(f"{c}: another row" for c in own["column"])])


def _draw_box(ax: Axes, box: _Box, text: str, connected: bool) -> None:
    color, style = (BLUE, "-") if connected else (ORANGE, "--")
    patch = FancyBboxPatch(
        (box.column - WIDTH / 2, box.low), WIDTH, box.high - box.low, boxstyle="round,pad=0,rounding_size=0.02",
        facecolor=color, alpha=0.16, lw=0,
    )  # fmt: skip
    edge = FancyBboxPatch(
        (box.column - WIDTH / 2, box.low), WIDTH, box.high - box.low, boxstyle="round,pad=0,rounding_size=0.02",
        facecolor="none", edgecolor=color, linestyle=style, lw=1.2,
    )  # fmt: skip
    ax.add_patch(patch)
    ax.add_patch(edge)
    ax.text(box.column, box.middle, as_written(text), ha="center", va="center", fontsize=7.6, linespacing=1.2)


def _arrow(ax: Axes, child: _Box, parent: _Box) -> None:
    """From the many to the one, between the sides that face each other."""
    if child.column == parent.column:
        down = child.middle > parent.middle
        start = (float(child.column), child.low if down else child.high)
        end = (float(parent.column), parent.high if down else parent.low)
    else:
        side = 1 if child.column < parent.column else -1
        edge = min(0.03, (parent.high - parent.low) / 3)
        start = (child.column + side * WIDTH / 2, child.middle)
        end = (parent.column - side * WIDTH / 2, min(max(child.middle, parent.low + edge), parent.high - edge))
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": GREY, "lw": 1.2, "shrinkA": 0, "shrinkB": 0})


def _words(tables: pd.DataFrame, references: pd.DataFrame, connected: set[str]) -> tuple[str, str]:
    """Title, and the text alternative with every reference."""
    alone = [t for t in tables.index if t not in connected]
    hub = str(references["refers_to"].value_counts().index[0]) if len(references) else ""
    direct = references.loc[references["refers_to"] == hub, "table"].nunique()
    title = f"{direct} of {len(tables)} tables refer to {hub}; {len(alone)} stand alone"
    said = "; ".join(f"{r.table}.{r.column} refers to {r.refers_to}" for r in references.itertuples())
    rows = ", ".join(f"{t} ({int(r):,} rows)" for t, r in tables["rows"].items())
    return title, f"Entity diagram of {rows}. {said}. Connected to nothing: {', '.join(alone) or 'none'}."
