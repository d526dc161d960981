"""How single values go wrong, by the column: typos, formats, impossible values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crmlab.simulate.texts import arrow, digits, join, pick, text

FUTURE = np.datetime64("2099-01-01", "us")


def is_text(values: pd.Series) -> bool:
    """Whether a column holds texts."""
    return pd.api.types.is_string_dtype(values) and not isinstance(values.dtype, pd.CategoricalDtype)


def as_text(values: pd.Series) -> pd.Series:
    """Write values so that :func:`from_text` reads exactly the same values."""
    values = values.reset_index(drop=True)
    if values.dtype.kind != "M":
        return values.astype("str") if not values.isna().all() else pd.Series([None] * len(values), dtype="str")
    there = values.dropna()
    unit = next((u for u in ("D", "s") if (there == there.dt.floor(u)).all()), "us")
    written = np.datetime_as_string(values.to_numpy(dtype="datetime64[us]"), unit=unit)  # type: ignore[call-overload]
    return pd.Series(written, dtype="str").mask(values.isna())


def from_text(values: pd.Series, dtype: str) -> pd.Series:
    """Read values of a type from text."""
    values = values.reset_index(drop=True)
    if dtype.startswith("datetime64"):
        return pd.to_datetime(values, format="ISO8601").astype(dtype)  # type: ignore[call-overload]
    if dtype in ("bool", "boolean"):
        return values.map({"True": True, "False": False}).astype(dtype)  # type: ignore[call-overload]
    if dtype.lower().startswith(("int", "uint")):
        return values.astype("Int64").astype(dtype)  # type: ignore[call-overload]
    return values.astype(dtype)  # type: ignore[call-overload]


def typos(values: pd.Series, u: np.ndarray) -> pd.Series:
    """Spell each text wrongly in one place.

    Parameters
    ----------
    values : pandas.Series of text
        None missing.
    u : numpy.ndarray, shape (4, n)
        Uniform numbers: what goes wrong, where, and the wrong letter, which is one from another row.

    Returns
    -------
    pandas.Series
        Two neighbours swapped, a letter dropped, doubled, or wrong. A text of one letter gets another letter.

    Examples
    --------
    >>> typos(pd.Series(["Smith", "Jones"]), np.full((4, 2), 0.1)).tolist()
    ['mSith', 'oJnes']
    """
    flat = values.to_numpy(dtype=str)
    width = max(flat.dtype.itemsize // 4, 1)
    letters = flat.view(np.uint32).reshape(len(flat), width)
    size = np.count_nonzero(letters, axis=1)
    what = np.where(size < 2, 3, np.floor(u[0] * 4).astype(np.int64))
    at = np.floor(u[1] * np.maximum(np.where(what == 0, size - 1, size), 1)).astype(np.int64)
    column, row = np.arange(width + 1), np.arange(len(flat))
    wide = np.concatenate([letters, np.zeros((len(flat), 1), np.uint32)], axis=1)
    # where each letter of the wrong spelling comes from
    source = np.tile(column, (len(flat), 1))
    source += (what == 1)[:, None] & (column >= at[:, None])
    source -= (what == 2)[:, None] & (column > at[:, None])
    swap = np.flatnonzero(what == 0)
    source[swap, at[swap]], source[swap, at[swap] + 1] = at[swap] + 1, at[swap]
    made = np.take_along_axis(wide, np.clip(source, 0, width), axis=1)
    other = np.floor(u[2] * len(flat)).astype(np.int64)
    letter = letters[other, np.floor(u[3] * np.maximum(size[other], 1)).astype(np.int64)]
    wrong = np.flatnonzero(what == 3)
    made[row[wrong], at[wrong]] = letter[wrong]
    return pd.Series(np.ascontiguousarray(made).view(f"<U{width + 1}").ravel(), dtype="str")


def turned_round(names: pd.Series) -> pd.Series:
    """Put the first word of a full name last; a name without a space is left alone."""
    return text(pc.replace_substring_regex(arrow(names), r"^(\S+) (.*)$", r"\2 \1"))


def phones(values: pd.Series, u: np.ndarray) -> pd.Series:
    """Write telephone numbers in another way: digits only, with dashes, dots, brackets, or a wrong country prefix.

    Examples
    --------
    >>> phones(pd.Series(["06241 558013"] * 4), np.array([0.1, 0.3, 0.6, 0.9])).tolist()
    ['06241558013', '06241-558-013', '(06241) 558013', '0006241558013']
    """
    plain = pc.replace_substring_regex(arrow(values), "[^0-9]", "")
    head, tail = pc.utf8_slice_codeunits(plain, 0, 5), pc.utf8_slice_codeunits(plain, 5)
    dashed = join(head, "-", pc.utf8_slice_codeunits(tail, 0, 3), "-", pc.utf8_slice_codeunits(tail, 3))
    style = np.minimum(np.floor(u * 4).astype(np.int64), 3)
    return text(pick(style, plain, dashed, join("(", head, ") ", tail), join("00", plain)))


def dates(values: pd.Series, u: np.ndarray) -> pd.Series:
    """Write dates that are ISO texts in another way; some of these can be read in two ways.

    Examples
    --------
    >>> dates(pd.Series(["2024-03-09"] * 4), np.array([0.1, 0.3, 0.6, 0.9])).tolist()
    ['09/03/2024', '03/09/2024', '20240309', '9.3.24']
    """
    iso = arrow(values)
    year, month, day = (pc.utf8_slice_codeunits(iso, *cut) for cut in ((0, 4), (5, 7), (8, 10)))
    time = pc.utf8_slice_codeunits(iso, 10)
    short_month, short_day = (pc.utf8_ltrim(part, "0") for part in (month, day))
    style = np.minimum(np.floor(u * 4).astype(np.int64), 3)
    written = pick(
        style,
        join(day, "/", month, "/", year),
        join(month, "/", day, "/", year),
        join(year, month, day),
        join(short_day, ".", short_month, ".", pc.utf8_slice_codeunits(year, 2)),
    )
    return text(join(written, time))


def impossible(values: pd.Series, u: np.ndarray) -> pd.Series:
    """Replace values with ones that cannot be.

    Dates move to 2099 or later; a birth year becomes one of the 19th century or of the 22nd; other numbers become
    negative, or one time in four 1e9. Missing values stay missing.
    """
    name = str(values.name)
    values = values.reset_index(drop=True)
    if values.dtype.kind == "M":
        wrong: Any = (FUTURE + np.floor(u * 3650).astype("timedelta64[D]")).astype(values.dtype)
    elif name.endswith("year"):
        wrong = np.where(u < 0.5, 1800 + np.floor(u * 198), 2101 + np.floor(u * 50))
    else:
        low = -np.maximum(np.abs(values.to_numpy(dtype=float, na_value=0.0)), 1.0)
        wrong = np.where(u < 0.25, 1e9, np.where(low < 0, low, -1.0))
    return pd.Series(wrong).astype(values.dtype).mask(values.isna())


def new_keys(keys: pd.Series, count: int) -> pd.Series:
    """Keys that go on counting where the column ends; letters in front and width stay.

    Examples
    --------
    >>> new_keys(pd.Series(["W007", "W003"]), 2).tolist()
    ['W008', 'W009']
    """
    if not is_text(keys):
        return pd.Series(keys.max() + 1 + np.arange(count)).astype(keys.dtype)
    tail = pc.replace_substring_regex(arrow(keys), "^.*?([0-9]*)$", r"\1")
    head = pc.replace_substring_regex(arrow(keys), "[0-9]*$", "")
    number = pc.if_else(pc.equal(tail, ""), "0", tail).cast(pa.int64())
    width = pc.max(pc.utf8_length(tail)).as_py()
    first = (pc.max(number).as_py() or 0) + 1
    return text(join(head[0].as_py() or "", digits(first + np.arange(count, dtype=np.int64), width)))
