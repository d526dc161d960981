"""Say how an answer differs from the truth, in words that help and do not give the truth away.

Both sides come as the plain values that :mod:`crmlab.teach.answers` reads.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from crmlab.teach.plain import Cell, Column, Ids, Plain, Wanted, fold, show


def same(answer: Plain, truth: Plain, wanted: Wanted) -> bool:
    """Tell whether two plain answers are equal within the question's tolerance.

    Examples
    --------
    >>> same(0.5004, 0.5, Wanted("number", tolerance=1e-3))
    True
    """
    if wanted.kind == "record":
        given: Any = answer
        true: Any = truth
        return all(same(given[name], true[name], field) for name, field in wanted.fields)
    if isinstance(answer, dict) and isinstance(truth, dict):
        return answer.keys() == truth.keys() and _same_cells(answer, truth, wanted)
    if type(answer) is not type(truth):
        return False
    if isinstance(answer, float) and isinstance(truth, float):
        if math.isnan(answer) or math.isnan(truth):
            return math.isnan(answer) and math.isnan(truth)
        allowed = max(wanted.tolerance, wanted.relative_tolerance * abs(truth))
        return answer == truth or abs(answer - truth) <= allowed
    return fold(answer) == fold(truth)


def _same_cells(answer: dict[Any, Any], truth: dict[Any, Any], wanted: Wanted) -> bool:
    """Compare cell by cell; a column of a class has hundreds, most of them equal to the last bit."""
    for key, right in truth.items():
        given = answer[key]
        equal = type(given) is type(right) and given == right
        if not equal and not same(given, right, wanted):
            return False
    return True


def difference(answer: Plain, truth: Plain, wanted: Wanted) -> str:
    """Say which property of a wrong answer is off, without giving the right value away.

    Examples
    --------
    >>> difference(58.0, 0.58, Wanted("number", bounds=(0, 1)))
    'is 58; it must lie between 0 and 1. If it is a percentage, divide it by 100.'
    """
    if wanted.kind == "series":
        return _series_difference(answer, truth, wanted)  # type: ignore[arg-type]
    given: Any = answer
    true: Any = truth
    if wanted.kind == "table":
        for name in wanted.columns:
            if not same(given[name], true[name], wanted):
                return f"(column {name!r}) {_series_difference(given[name], true[name], wanted)}"
    if wanted.kind == "record":
        for name, field in wanted.fields:
            if not same(given[name], true[name], field):
                return f"(entry {name!r}) {difference(given[name], true[name], field)}"
    if isinstance(answer, frozenset) and isinstance(truth, frozenset):
        return _ids_difference(answer, truth, wanted)
    if isinstance(answer, float) and isinstance(truth, float):
        return _number_difference(answer, truth, wanted)
    return f"is {show(answer)}, which is not the right choice."


def _number_difference(answer: float, truth: float, wanted: Wanted) -> str:
    if math.isnan(answer):
        return "is missing (NaN). Somewhere on the way a value is missing, or 0 is divided by 0."
    if math.isinf(answer):
        return "is infinite, or too large. Somewhere on the way something may be divided by 0."
    if wanted.bounds and not wanted.bounds[0] <= answer <= wanted.bounds[1]:
        low, high = map(show, map(float, wanted.bounds))
        percent = " If it is a percentage, divide it by 100." if high == "1" and 1 < answer <= 100 else ""
        return f"is {show(answer)}; it must lie between {low} and {high}.{percent}"
    if any(abs(answer - round(truth, digits)) < 1e-12 for digits in range(2, 7)):
        return "has too few decimals: leave the rounding out."
    return f"is {show(answer)}, and that is not right."


def _ids_difference(answer: Ids, truth: Ids, wanted: Wanted) -> str:
    """Say how many ids are too many and too few; only of those that do not belong is one named."""
    if not answer:
        return "is empty."
    extra, lacking = sorted(answer - truth, key=str), len(truth - answer)
    if len(extra) == len(answer):
        return f"holds {len(answer):,} {wanted.key}s, and none of them belongs there (such as {show(extra[0])})."
    parts = [f"lacks {lacking:,} that belong there"] if lacking else []
    if extra:
        parts.insert(0, f"holds {len(extra):,} that do not belong there (such as {show(extra[0])})")
    return f"has {len(answer):,} {wanted.key}s: it {' and '.join(parts)}."


def _series_difference(answer: Column, truth: Column, wanted: Wanted) -> str:
    if problem := _key_problem(answer, truth, wanted):
        return problem
    off = [key for key in truth if not same(answer[key], truth[key], wanted)]
    empty = [key for key in off if _is_nan(answer[key])]
    if empty:
        return f"is missing (NaN) for {len(empty):,} of {len(truth):,} rows; first: {show(empty[0])}."
    if filled := [key for key in off if _is_nan(truth[key])]:
        return f"holds {show(answer[filled[0]])} for {show(filled[0])}, which should be missing (NaN)."
    for key in off:
        if type(answer[key]) is not type(truth[key]):
            return f"holds {_sort(answer[key])} such as {show(answer[key])}; {_sort(truth[key])} were asked."
    labels = {fold(value) for value in truth.values()}
    for key in off:
        if isinstance(answer[key], str) and fold(answer[key]) not in labels:
            return f"holds {show(answer[key])} for {show(key)}, which is none of the labels asked for."
    if _is_rounded(answer, truth):
        return "has too few decimals: leave the rounding out."
    first = f"first: {show(off[0])} should not have {show(answer[off[0]])}"
    return f"is off for {len(off):,} of {len(truth):,} rows; {first}. {_direction(answer, truth, off)}".rstrip()


def _is_rounded(answer: Column, truth: Column) -> bool:
    """Tell whether an answer is the truth with fewer decimals."""
    pairs = [(answer[key], right) for key, right in truth.items() if isinstance(right, float) and math.isfinite(right)]
    if not any(isinstance(given, float) and given % 1 for given, _ in pairs) and len(pairs) < 3:
        return False  # one or two whole numbers may be right by chance
    return any(
        all(isinstance(given, float) and abs(given - round(right, digits)) < 1e-9 for given, right in pairs)
        for digits in range(6)
    )


def _key_problem(answer: Column, truth: Column, wanted: Wanted) -> str:
    """Say which keys are missing or too many; empty when the keys are those of the truth."""
    missing = [key for key in truth if key not in answer]
    extra = [key for key in answer if key not in truth]
    if truth and len(missing) == len(truth):
        if not answer:
            return "has no rows."
        found = ", ".join(show(key) for key in list(answer)[:3])
        return (
            f"has another index: the index should be {wanted.key}, here it starts with {found}. "
            f'If a table holds your result, `table.set_index("{wanted.key}")["{wanted.column or "..."}"]` sets it.'
        )
    if missing:
        more = f", and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        return (
            f"has {len(answer):,} rows, {len(truth):,} expected; {wanted.key} {show(missing[0])} is missing"
            f"{more}. Did you drop some?"
        )
    if extra:
        found = show(extra[0])
        return f"has {len(answer):,} rows, {len(truth):,} expected; {found} does not belong in the answer."
    return ""


def _direction(answer: Column, truth: Column, off: list[Any]) -> str:
    """Say on which side a wrong series lies, over all its rows."""
    pairs = [(answer[key], truth[key]) for key in off]
    numbers = [(a, t) for a, t in pairs if type(a) is float and type(t) is float]
    if len(numbers) == len(pairs):
        high = sum(a > t for a, t in numbers)
        return f"Too high: {high:,}, too low: {len(numbers) - high:,}."
    spelling = {fold(value): value for value in truth.values()}
    given, true = (Counter(fold(value) for value in side.values()) for side in (answer, truth))
    often = [show(spelling[label]) for label in true if given[label] > true[label]]
    seldom = [show(spelling[label]) for label in true if given[label] < true[label]]
    return " ".join(f"Too {how}: {', '.join(found)}." for how, found in (("often", often), ("seldom", seldom)) if found)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _sort(value: Cell) -> str:
    return {str: "texts", bool: "True/False values"}.get(type(value), "numbers")
