"""How far two standards agree on the same customers, beyond what chance would give."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.tiering.standards import GRADES


def agreement(
    labels: pd.DataFrame,
    grades: Mapping[str, Mapping[str, str]] | None = None,
    resamples: int = 1_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Hold each pair of standards against each other.

    Parameters
    ----------
    labels : pandas.DataFrame
        One row a customer; every column that is an ordered category is a standard. From
        :func:`crmlab.tiering.four_standards`, or your own.
    grades : mapping of str to mapping, optional
        Column to label to grade, for standards whose labels are not the same words. Default: that of the four standards
        (new and regular are low, high-value mid, strategic high; new entrant low, stable mid, loyal high).
    resamples, seed
        For the intervals.

    Returns
    -------
    pandas.DataFrame
        One row a pair: ``first``, ``second``, and what :func:`cohen_kappa` gives, plain and with linear weights
        (``weighted``, ``weighted_low``, ``weighted_high``).

    Raises
    ------
    DataError
        For fewer than two standards, or labels that are not the same and have no grades.

    Examples
    --------
    >>> low_high = pd.CategoricalDtype(["low", "high"], ordered=True)
    >>> two = pd.DataFrame({"a": ["low", "high", "low"], "b": ["low", "high", "high"]}).astype(low_high)
    >>> agreement(two)[["first", "second", "agree", "kappa"]].round(2).values.tolist()
    [['a', 'b', 0.67, 0.4]]
    """
    graded = same_grades(labels, GRADES if grades is None else grades)
    rows = []
    for first, second in combinations(graded.columns, 2):
        plain = cohen_kappa(graded[first], graded[second], resamples=resamples, seed=seed)
        linear = cohen_kappa(graded[first], graded[second], "linear", resamples=resamples, seed=seed)
        weighted = {"weighted": linear["kappa"], "weighted_low": linear["low"], "weighted_high": linear["high"]}
        rows.append({"first": first, "second": second, **plain, **weighted})
    return pd.DataFrame(rows)


def same_grades(labels: pd.DataFrame, grades: Mapping[str, Mapping[str, str]] = GRADES) -> pd.DataFrame:
    """Translate standards with different labels to the same grades.

    Parameters
    ----------
    labels : pandas.DataFrame
        Its ordered categories are the standards.
    grades : mapping of str to mapping
        Column to label to grade.

    Returns
    -------
    pandas.DataFrame
        The standards alone, all with the same ordered categories.

    Raises
    ------
    DataError
        As for :func:`agreement`.
    """
    found = {str(name): c.cat.categories for name, c in labels.items() if c.dtype == "category" and c.cat.ordered}
    if len(found) < 2:
        raise DataError(
            f"labels has {len(found)} ordered categories; two standards or more were expected. Make one with "
            'column.astype(pd.CategoricalDtype(["low", "mid", "high"], ordered=True)).'
        )
    translated = {name: [grades.get(name, {}).get(label, label) for label in known] for name, known in found.items()}
    # the order of the grades is that of a standard that needs no translation, if there is one
    leading = next((name for name in found if name not in grades), next(iter(found)))
    steps = list(dict.fromkeys(translated[leading]))
    result = pd.DataFrame(index=labels.index)
    for name, known in found.items():
        strange = [label for label, grade in zip(known, translated[name], strict=True) if grade not in steps]
        if strange:
            raise DataError(
                f"labels, column {name!r}: {strange[0]!r} is none of {', '.join(map(str, steps))}. Say what it stands "
                f"for: grades={{{name!r}: {{{strange[0]!r}: {steps[0]!r}, ...}}}}."
            )
        codes = labels[name].cat.codes.to_numpy()
        if (codes < 0).any():
            raise DataError(
                f"labels, column {name!r}: {(codes < 0).sum():,} customers have no label (first: row "
                f"{int(np.argmax(codes < 0))}). Leave them out of all standards."
            )
        given = np.array(translated[name], dtype=object)[codes]
        result[name] = pd.Categorical(given, categories=steps, ordered=True)
    return result


def cohen_kappa(
    one: pd.Series,
    other: pd.Series,
    weights: str = "none",
    resamples: int = 1_000,
    seed: int = 0,
    level: float = 0.95,
) -> dict[str, Any]:
    """Cohen's kappa of two labels of the same customers.

    Parameters
    ----------
    one, other : pandas.Series
        A label for each customer, in the same order. Ordered categories keep their order; others are sorted.
    weights : {"none", "linear"}
        ``linear``: to be two grades apart is twice as bad as one.
    resamples, seed, level
        For the interval: percentiles of kappa over bootstrap samples of the customers.

    Returns
    -------
    dict
        ``customers``; ``agree`` (share with the same label) and ``by_chance`` (what independent labels of the same
        sizes would give); ``kappa``, ``low``, ``high``; ``most``, the largest kappa that labels of these sizes can
        have. With linear weights ``agree`` and ``by_chance`` count a part for near misses.

    Raises
    ------
    DataError
        If the labels are not of one length, or everybody has the same label twice.

    Notes
    -----
    ``kappa = (agree - by_chance) / (1 - by_chance)``: Cohen (1960); with weights Cohen (1968).

    Examples
    --------
    >>> found = cohen_kappa(pd.Series(list("aabb")), pd.Series(list("aabc")))
    >>> round(found["agree"], 2), round(found["by_chance"], 3), round(found["kappa"], 3)
    (0.75, 0.375, 0.6)
    """
    if weights not in ("none", "linear"):
        raise DataError(f"weights is {weights!r}; 'none' or 'linear' was expected.")
    table = _cross(one, other)
    n, g = int(table.sum()), len(table)
    step = np.abs(np.subtract.outer(np.arange(g), np.arange(g)))
    cost = step / max(g - 1, 1) if weights == "linear" else (step > 0).astype(float)
    missed, by_chance = _missed(table, cost)
    if by_chance == 0:
        raise DataError("All customers have one and the same label by both standards; there is nothing to agree on.")
    drawn = np.random.default_rng(seed).multinomial(n, (table / n).ravel(), size=resamples).reshape(-1, g, g)
    some, usual = _missed(drawn, cost)
    again = 1 - np.divide(some, usual, out=np.full(resamples, np.nan), where=usual > 0)
    low, high = np.nanquantile(again, [(1 - level) / 2, (1 + level) / 2])
    # the fewest misses that these sizes allow
    sizes = table.sum(axis=1), table.sum(axis=0)
    if weights == "linear":  # both sorted, so that the best meet the best
        fewest = cost[*(np.repeat(np.arange(g), side.astype(int)) for side in sizes)].mean()
    else:
        fewest = 1 - np.minimum(*sizes).sum() / n
    return {
        "customers": n, "agree": float(1 - missed), "by_chance": float(1 - by_chance),
        "kappa": float(1 - missed / by_chance), "low": float(low), "high": float(high),
        "most": float(1 - fewest / by_chance),
    }  # fmt: skip


def _missed(tables: np.ndarray, cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean cost of disagreement: as it is, and if the labels were independent; of one table or of many."""
    p = tables / tables.sum(axis=(-2, -1), keepdims=True)
    independent = p.sum(axis=-1, keepdims=True) * p.sum(axis=-2, keepdims=True)
    return (p * cost).sum(axis=(-2, -1)), (independent * cost).sum(axis=(-2, -1))


def _cross(one: pd.Series, other: pd.Series) -> np.ndarray:
    """Customers by both labels, with the same labels in the same order on both sides."""
    if len(one) != len(other) or not len(one):
        raise DataError(f"Labels of the same customers were expected, not {len(one):,} and {len(other):,} of them.")
    sides = [pd.Series(s).reset_index(drop=True) for s in (one, other)]
    for side in sides:
        if side.isna().any():
            raise DataError(
                f"{side.isna().sum():,} customers have no label (first: row {int(np.argmax(side.isna()))})."
            )
    categories = [
        list(side.cat.categories) if side.dtype == "category" and side.cat.ordered else None for side in sides
    ]
    names = categories[0] if categories[0] == categories[1] else None
    if names is None:
        names = sorted({*sides[0].astype(object), *sides[1].astype(object)})
    codes = [pd.Categorical(side.astype(object), categories=names).codes.astype(int) for side in sides]
    cells = np.bincount(codes[0] * len(names) + codes[1], minlength=len(names) ** 2)
    return cells.reshape(len(names), len(names)).astype(float)
