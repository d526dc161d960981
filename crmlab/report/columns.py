"""A column as text: what counts as missing, who the customer is, and which row a bad text stands in."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crmlab.errors import DataError
from crmlab.report.sources import Source

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "<NA>")


class Texts:
    """The distinct texts of a column, each looked at once however often it stands there.

    ``distinct`` has them in the order of the file; ``where`` says for each row which one it holds,
    -1 if none.
    """

    def __init__(self, text: pa.Array, column: str, source: Source) -> None:
        coded = text.dictionary_encode()
        self.column, self.source = column, source
        self.distinct: pa.Array = coded.dictionary
        self.where: np.ndarray = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)

    def first(self, texts: Iterable[int]) -> tuple[str, str]:
        """Name the first row that holds one of these texts, and the text."""
        row = int(self._rows(texts).argmax())
        return self.source.place(row), self.distinct[int(self.where[row])].as_py()

    def refuse(self, texts: Iterable[int], what: str, cure: str) -> None:
        """Raise if a row holds one of these texts: where, what is wrong, how often, and the cure."""
        count = int(self._rows(texts).sum())
        if count:
            place, text = self.first(texts)
            raise DataError(
                f"{self.source.name}, {place}, column {self.column!r}: {text[:60]!r} {what} "
                f"({count:,} such {'row' if count == 1 else 'rows'}). {cure}"
            )

    def _rows(self, texts: Iterable[int]) -> np.ndarray:
        return np.isin(self.where, np.fromiter(texts, dtype=np.int64))


def customer_ids(values: pa.Array, column: str, source: Source) -> pd.Series:
    """Return customers as text: leading zeros stay, and 17850.0 (a float only for want of others) is 17850."""
    if pa.types.is_floating(values.type):
        values = whole_floats(values)
    text = as_text(values, column, source)
    if pc.all(pc.match_substring_regex(text, r"^-?[0-9]+\.0$")).as_py():
        text = pc.replace_substring(text, ".0", "", max_replacements=1)
    return text.to_pandas().astype("str")


def whole_floats(values: pa.Array) -> pa.Array:
    """Turn floats that are all whole into integers; what is not finite is missing."""
    values = pc.if_else(pc.is_finite(values), values, None)
    whole = pc.all(pc.equal(values, pc.floor(values))).as_py()
    return values.cast(pa.int64()) if whole and (pc.max(pc.abs(values)).as_py() or 0) < 2**53 else values


def as_text(values: pa.Array, column: str, source: Source) -> pa.Array:
    """Any plain column as trimmed text; empty cells and the usual marks are missing."""
    try:
        text = pc.utf8_trim_whitespace(values.cast(pa.string()))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        raise DataError(f"{source.name}, column {column!r}: holds {values.type}, plain values were expected.") from None
    return pc.if_else(pc.is_in(text, pa.array(MISSING)), None, text)
