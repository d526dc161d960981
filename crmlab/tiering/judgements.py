"""Judgements about pairs of criteria: read, checked, and laid out as a square matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import combinations
from math import isfinite, log
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import DataError

SCALE = tuple([1 / i for i in range(9, 1, -1)] + [float(i) for i in range(1, 10)])
ROUNDED = 0.03  # 0.33 beside 3, or 0.17 beside 6, are reciprocals in all but print
MOST = 10

Judgements = Mapping[tuple[str, str], float]


def matrix_of(judgements: Judgements | pd.DataFrame, criteria: Iterable[str] | None = None) -> pd.DataFrame:
    """Lay judgements out as a square matrix with exact reciprocals.

    Parameters
    ----------
    judgements : mapping of (str, str) to float, or pandas.DataFrame
        As for :func:`crmlab.tiering.compare_pairs`.
    criteria : iterable of str, optional
        Their order; by default as they appear.

    Returns
    -------
    pandas.DataFrame
        Square; the entry in row *a* and column *b* says how many times as important *a* is as *b*.

    Raises
    ------
    DataError
        For what is missing, contradicts itself, or lies outside 1/9 to 9.

    Examples
    --------
    >>> matrix_of({("revenue", "orders"): 4})
             revenue  orders
    revenue     1.00     4.0
    orders      0.25     1.0
    """
    entries = _entries_of(judgements) if isinstance(judgements, pd.DataFrame) else judgements
    both: dict[tuple[str, str], float] = {}
    for pair, value in entries.items():
        if not isinstance(pair, tuple) or len(pair) != 2 or pair[0] == pair[1]:
            raise DataError(f"judgements: {pair!r} is no pair; write {{('revenue', 'orders'): 3}}.")
        _add(both, pair, value)
    named = (
        judgements.index if isinstance(judgements, pd.DataFrame) else dict.fromkeys(n for pair in both for n in pair)
    )
    found = [str(n) for n in named]
    names = list(criteria) if criteria is not None else found
    _check_complete(names, found, both)
    matrix = pd.DataFrame(np.eye(len(names)), index=names, columns=names)
    for one, other in both:
        matrix.loc[one, other] = both[one, other]
    return matrix


def on_scale(ratio: float) -> float:
    """The step of Saaty's scale (1/9 to 9) nearest to a ratio, by ratio.

    Examples
    --------
    >>> on_scale(0.46), on_scale(3.4), on_scale(20)
    (0.5, 3.0, 9.0)
    """
    return min(SCALE, key=lambda step: abs(log(step / ratio)))


def as_step(judgement: float) -> str:
    """A judgement as people write it: 3, or 1/3.

    Examples
    --------
    >>> as_step(3.0), as_step(1 / 3), as_step(2.5)
    ('3', '1/3', '2.5')
    """
    fraction = Fraction(judgement).limit_denominator(9)
    if abs(float(fraction) - judgement) < 1e-9 and 1 in (fraction.numerator, fraction.denominator):
        return str(fraction)
    return f"{judgement:.2g}"


def _check_complete(names: list[str], found: list[str], both: Mapping[tuple[str, str], float]) -> None:
    if set(names) != set(found) or len(set(names)) != len(names):
        raise DataError(f"criteria names {_listed(names)}, but the judgements are about {_listed(found)}.")
    if not 2 <= len(names) <= MOST:
        raise DataError(
            f"There are {len(names)} criteria; 2 to {MOST} were expected. If there are more, compare groups first and "
            "then within groups: nobody judges 55 pairs with care."
        )
    missing = [pair for pair in combinations(names, 2) if pair not in both]
    if missing:
        raise DataError(
            f"judgements: {len(missing)} of {len(names) * (len(names) - 1) // 2} pairs are missing, first "
            f"{missing[0][0]!r} against {missing[0][1]!r}. Add {missing[0]!r}: ... with a number from 1/9 to 9."
        )


def _entries_of(frame: pd.DataFrame) -> dict[tuple[str, str], Any]:
    """Entries off the diagonal that are not empty."""
    names = list(frame.index)
    if names != list(frame.columns) or len(set(names)) < len(names):
        raise DataError(
            f"judgements is a frame of {frame.shape[0]} rows and {frame.shape[1]} columns; a square one was expected, "
            "with the same criteria, in the same order, as index and columns."
        )
    for i, name in enumerate(names):
        entry: Any = frame.iat[i, i]
        if _number((name, name), entry) != 1:
            raise DataError(f"judgements: {name!r} against itself is {entry}; 1 was expected.")
    entries = {(a, b): frame.loc[a, b] for a in names for b in names if a != b}
    return {pair: value for pair, value in entries.items() if value is not None and value == value}


def _add(both: dict[tuple[str, str], float], pair: tuple[str, str], value: Any) -> None:
    """Note a judgement and its reciprocal, unless they contradict what is noted already."""
    number, across = _number(pair, value), pair[::-1]
    if not 1 / 9 * (1 - ROUNDED) <= number <= 9:
        raise DataError(
            f"judgements: {pair[0]!r} against {pair[1]!r} is {value}; 1/9 to 9 was expected (1 equal, 9 utterly "
            "more important, 1/9 utterly less)."
        )
    known = both.get(pair)
    if known is not None and abs(number / known - 1) > ROUNDED:
        raise DataError(
            f"judgements: {pair[0]!r} against {pair[1]!r} is {value}, but {pair[1]!r} against {pair[0]!r} is "
            f"{as_step(both[across])}, which makes it {as_step(known)}. Keep one of the two."
        )
    if known is None or number >= 1:  # the number above 1 is the one that people write exactly
        both[pair], both[across] = number, 1 / number


def _number(pair: tuple[Any, Any], value: Any) -> float:
    said = repr(value) if isinstance(value, str) else value
    if not isinstance(value, (Real, np.number)) or isinstance(value, bool) or not isfinite(float(value)) or value <= 0:
        raise DataError(
            f"judgements: {pair[0]!r} against {pair[1]!r} is {said}; a number above 0 was expected, from 1/9 to 9."
        )
    return float(value)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "nothing"
