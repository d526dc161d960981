"""Tables that a class can read: thousands, percentages, dates without midnight."""

from __future__ import annotations

from html import escape
from typing import Any

import pandas as pd


class Table:
    """A formatted table: HTML in a notebook, aligned text elsewhere.

    Parameters
    ----------
    cells : pandas.DataFrame
        Texts, already formatted.
    caption : str
        What the table shows.
    """

    def __init__(self, cells: pd.DataFrame, caption: str = "") -> None:
        self.cells = cells
        self.caption = caption

    def _repr_html_(self) -> str:
        html = self.cells.to_html(border=0, justify="right", classes="crmlab-table")
        style = "text-align: left; caption-side: top; white-space: nowrap"
        head = f'<caption style="{style}">{escape(self.caption)}</caption>'
        return html.replace("<thead>", f"{head}\n  <thead>", 1) if self.caption else html

    def __repr__(self) -> str:
        text = self.cells.to_string()
        return f"{self.caption}\n{text}" if self.caption else text


def table(
    frame: pd.DataFrame | pd.Series,
    caption: str = "",
    *,
    rows: int | None = None,
    formats: dict[str, str] | None = None,
) -> Table:
    """Format a frame for reading.

    Whole numbers get thousands separators; other numbers get two decimals; a column with ``share`` or
    ``rate`` in its name is shown in per cent; dates lose their midnight; missing values are an empty
    cell; underscores in column names become spaces.

    Parameters
    ----------
    frame : pandas.DataFrame or Series
        What to show; it is not changed.
    caption : str
        What the table shows.
    rows : int, optional
        Show only the first rows, and say of how many.
    formats : dict, optional
        Column name to format, e.g. ``{"revenue": "{:,.0f}"}``.

    Returns
    -------
    Table

    Examples
    --------
    >>> table(pd.DataFrame({"customers": [1200], "share_of_revenue": [0.4567]}, index=["gold"]))
         customers share of revenue
    gold     1,200            45.7%
    """
    data = frame.to_frame() if isinstance(frame, pd.Series) else frame
    if rows is not None and rows < len(data):
        note = f"first {rows:,} of {len(data):,} rows"
        caption = f"{caption} ({note})" if caption else note.capitalize()
        data = data.head(rows)
    columns = {}
    for name in data.columns:
        pattern = _format(str(name), data[name], formats or {})
        columns[name] = pd.Series([_cell(value, pattern) for value in data[name]], dtype="str")
    cells = pd.DataFrame(columns).set_axis([str(i) for i in data.index], axis=0)
    cells = cells.set_axis([_words(c) for c in cells.columns], axis=1)
    return Table(cells.rename_axis(columns=_words(data.index.name or "")), caption)


def _format(name: str, column: pd.Series, formats: dict[str, str]) -> str:
    if name in formats:
        return formats[name]
    if isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(column.dtype):
        return "{}"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "{:%Y-%m-%d}"
    if pd.api.types.is_integer_dtype(column.dtype):
        return "{:,}"
    if pd.api.types.is_float_dtype(column.dtype):
        return "{:.1%}" if "share" in name or "rate" in name.split("_") else "{:,.2f}"
    return "{}"


def _cell(value: Any, pattern: str) -> str:
    return "" if value is None or value is pd.NA or value != value else pattern.format(value)


def _words(name: Any) -> str:
    return str(name).replace("_", " ")
