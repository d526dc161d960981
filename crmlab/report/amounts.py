"""Amounts: numbers as people write them, and an arithmetic of columns that is never executed."""

from __future__ import annotations

import ast
import operator
import re
import unicodedata
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from crmlab.errors import DataError, nearest
from crmlab.report.columns import Texts, as_text
from crmlab.report.sources import Source, find_column

_OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


# names in backticks or square brackets; a name may itself hold a pair, as in [Price [EUR]]
_QUOTED = r"`([^`]+)`|\[((?:[^\[\]]|\[[^\[\]]*\])+)\]"


class Amount:
    """A column, or an arithmetic of columns with ``+ - * /``, numbers and parentheses.

    Names that are no plain words stand in square brackets or backticks.
    The text is parsed, never executed: anything but these pieces is refused.
    """

    def __init__(self, text: str, source: Source) -> None:
        self.text = text.strip()
        self.source = source
        self.columns: list[str] = []
        self._names: dict[str, str] = {}
        if self.text in source.columns:
            self.columns = [self.text]
            self._tree: ast.expr = ast.Name(self.text)
            self._names[self.text] = self.text
            return
        self._tree = self._parse()
        self._collect(self._tree)
        if not self.columns:
            raise DataError(f"--amount {self.text!r} names no column; a column or arithmetic of columns was expected.")

    def value(self, numbers: Mapping[str, np.ndarray]) -> np.ndarray:
        """Work the arithmetic out; a division by zero gives an infinite amount, which is set aside later."""
        with np.errstate(all="ignore"):
            return np.asarray(self._work(self._tree, numbers), dtype=float)

    def _parse(self) -> ast.expr:
        if len(self.text) > 500:
            raise DataError(f"--amount is {len(self.text):,} characters long; at most 500 were expected.")
        prefix = "column_"
        while any(c.startswith(prefix) for c in self.source.columns):
            prefix += "_"

        def placeholder(found: re.Match[str]) -> str:
            name = f"{prefix}{len(self._names)}"
            self._names[name] = found[1] or found[2]
            return f" {name} "

        text = re.sub(_QUOTED, placeholder, self.text).strip()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # e.g. "2is" is a syntax warning before it is an error
                return ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            hint = nearest(self.text, self.source.columns)
            raise DataError(
                f"--amount {self.text[:80]!r} is neither a column nor an arithmetic of columns.{hint} "
                'Use + - * / ( ) and numbers; put names with spaces in brackets, e.g. "[Unit Price] * Quantity".'
            ) from None

    def _collect(self, node: ast.expr) -> None:
        """Walk the tree, note its columns, and refuse what is no arithmetic."""
        match node:
            case ast.BinOp(left, op, right) if type(op) in _OPERATIONS:
                self._collect(left)
                self._collect(right)
            case ast.UnaryOp(ast.UAdd() | ast.USub(), operand):
                self._collect(operand)
            case ast.Constant(value) if type(value) in (int, float):
                pass
            case ast.Name(name):
                # Python reads identifiers in their NFKC form, so a full-width letter must still find its column
                known = {unicodedata.normalize("NFKC", c): c for c in reversed(self.source.columns)}
                column = self._names.get(name) or known.get(name, name)
                self._names[name] = find_column(column, self.source, "--amount")
                if self._names[name] not in self.columns:
                    self.columns.append(self._names[name])
            case _:
                piece = ast.unparse(node)
                raise DataError(
                    f"--amount {self.text!r}: {piece[:60]!r} is not allowed. "
                    "Only column names, numbers, + - * / and parentheses are; compute anything else in the file."
                )

    def _work(self, node: ast.expr, numbers: Mapping[str, np.ndarray]) -> Any:
        match node:
            case ast.Name(name):
                return numbers[self._names[name]]
            case ast.Constant(value):
                return np.float64(str(value))  # through the text, where a huge integer is infinite and no error
            case ast.UnaryOp(op, operand):
                inner = self._work(operand, numbers)
                return -inner if isinstance(op, ast.USub) else inner
            case ast.BinOp(left, op, right):
                return _OPERATIONS[type(op)](self._work(left, numbers), self._work(right, numbers))
        raise AssertionError(node)


def numbers(values: pa.Array, column: str, decimal: str, source: Source) -> np.ndarray:
    """Return numbers, missing as NaN, or raise with the first row that is text."""
    kind = values.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    textual = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    if not any(fits(kind) for fits in textual):
        raise DataError(f"{source.name}, column {column!r}: holds {kind}, numbers were expected (--amount).")
    text = as_text(values, column, source)
    if decimal == ".":
        _note_three_decimals(text, column, source)
        try:
            return text.cast(pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            pass  # grouped or broken numbers: look at each
    texts = Texts(text, column, source)
    distinct = texts.distinct.to_pylist()
    found = [_number(t, decimal) for t in distinct]
    _refuse_no_numbers(texts, [i for i, value in enumerate(found) if value is None], decimal)
    _refuse_doubtful_comma(texts, decimal)
    grouped = [(t, value) for t, value in zip(distinct, found, strict=True) if not re.fullmatch(_PLAIN[decimal], t)]
    if grouped:
        example, value = grouped[0]
        source.notes.append(f"Column {column!r} has thousands separators: {example!r} was read as {value:.10g}.")
    return np.array([*found, np.nan], dtype=float)[texts.where]


_PLAIN = {
    ".": r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?",
    ",": r"[+-]?(\d+(,\d*)?|,\d+)([eE][+-]?\d+)?",
}
_GROUPS = {
    ".": r"[+-]?\d{1,3}([,'’ \u00a0\u202f])\d{3}(\1\d{3})*(\.\d+)?",
    ",": r"[+-]?\d{1,3}([.'’ \u00a0\u202f])\d{3}(\1\d{3})*(,\d+)?",
}


def _number(text: str, decimal: str) -> float | None:
    """Read a number with this decimal sign, thousands separators allowed, or return None."""
    if not re.fullmatch(_PLAIN[decimal], text, re.ASCII):
        if not re.fullmatch(_GROUPS[decimal], text, re.ASCII):
            return None
        text = re.sub(r"[,'’ \u00a0\u202f]" if decimal == "." else r"[.'’ \u00a0\u202f]", "", text)
    return float(text.replace(",", "."))


def _refuse_no_numbers(texts: Texts, bad: list[int], decimal: str) -> None:
    if not bad:
        return
    other = "," if decimal == "." else "."
    cure = "Take signs, units and notes out of the column; --currency names the currency."
    if _number(texts.distinct[bad[0]].as_py(), other) is not None:
        cure = f"If {other!r} is the decimal sign in this file, add --decimal {other}"
    texts.refuse(bad, f"is not a number with decimal sign {decimal!r}", cure)


def _note_three_decimals(text: pa.Array, column: str, source: Source) -> None:
    """Doubt "1.234" where no amount settles it: in many countries it is more than a thousand."""
    pointed = pc.match_substring(text, ".").fill_null(False)
    three = pc.match_substring_regex(text, r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$").fill_null(False)
    if not pc.any(pointed).as_py() or not pc.equal(pc.sum(pointed), pc.sum(three)).as_py():
        return
    row = pc.index(three, True).as_py()
    shown = text[row].as_py()
    source.doubts.append(
        f"Column {column!r}: every amount with a point has three digits after it, and {shown} ({source.place(row)}) "
        f"was read as one with decimals. If it is {shown.replace('.', '')}, add --decimal ,"
    )


def _refuse_doubtful_comma(texts: Texts, decimal: str) -> None:
    """ "1,234" alone may be 1234 or 1.234: another value of the column must settle it."""
    distinct = texts.distinct.to_pylist()
    if decimal != "." or any("." in t or t.count(",") > 1 for t in distinct):
        return
    doubtful = [i for i, t in enumerate(distinct) if "," in t]
    if doubtful:
        place, text = texts.first(doubtful)
        raise DataError(
            f"{texts.source.name}, {place}, column {texts.column!r}: the comma of {text!r} may mark "
            "thousands or decimals. For decimals add --decimal , else remove the thousands separators."
        )
