"""Closeness to an ideal customer: TOPSIS (Hwang and Yoon 1981, *Multiple Attribute Decision Making*)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.tiering.ranking import read


def topsis(
    customers: pd.DataFrame,
    weights: Mapping[str, float] | pd.Series,
    less_is_better: Iterable[str] = (),
    scale: str = "vector",
) -> pd.DataFrame:
    """Rank customers by how near they are to the best, and how far from the worst, in all measures at once.

    The *ideal* customer has the best value found in each measure, the *anti-ideal* the worst. Closeness is
    ``to_worst / (to_best + to_worst)`` with Euclidean distances between scaled and weighted measures: 1 for the ideal,
    0 for the anti-ideal.

    Parameters
    ----------
    customers : pandas.DataFrame
        One row a customer.
    weights : mapping or pandas.Series
        Measure to weight, above 0; they sum to 1. ``crmlab.tiering.compare_pairs(...).weights`` fits.
    less_is_better : iterable of str
        Measures in which a small value is a good one, e.g. ``["days_since_last"]``.
    scale : {"vector", "range"}
        ``vector`` divides each measure by the root of its sum of squares, as Hwang and Yoon do; ``range`` by the
        distance from the lowest to the highest.

    Returns
    -------
    pandas.DataFrame
        The input with ``to_best``, ``to_worst`` (distances without a unit) and ``closeness``, 0 to 1.

    Raises
    ------
    DataError
        For weights that do not sum to 1, unknown measures, or customers who are all alike.

    Notes
    -----
    A customer's closeness depends on who else is in the table: one outlier moves the ideal and with it everybody, and
    the order of two customers can turn when a third one leaves. A scorecard with declared scales does not have that
    fault, which is why a promise to customers should rest on one.

    Examples
    --------
    >>> frame = pd.DataFrame({"revenue": [100.0, 50.0, 0.0], "days_since_last": [10, 60, 110]})
    >>> found = topsis(frame, {"revenue": 0.5, "days_since_last": 0.5}, ["days_since_last"], scale="range")
    >>> found["closeness"].round(3).tolist()
    [1.0, 0.5, 0.0]
    """
    parts = {str(name): float(weight) for name, weight in weights.items()}
    turned = set(less_is_better)
    read(customers, list(parts))
    if abs(sum(parts.values()) - 1) > 1e-6 or min(parts.values()) <= 0:
        raise DataError(f"weights are {parts}; shares above 0 that sum to 1 were expected.")
    if turned - set(parts):
        raise DataError(f"less_is_better names {sorted(turned - set(parts))[0]!r}, which has no weight.")
    if scale not in ("vector", "range"):
        raise DataError(f"scale is {scale!r}; 'vector' or 'range' was expected.")
    values = customers[list(parts)].to_numpy(dtype=float)
    size = np.sqrt((values**2).sum(axis=0)) if scale == "vector" else np.ptp(values, axis=0)
    sign = np.array([-1.0 if name in turned else 1.0 for name in parts])
    # a measure in which nobody differs tells nobody apart, whatever its size
    placed = values / np.where(size > 0, size, 1.0) * sign * np.array(list(parts.values()))
    to_best = np.sqrt(((placed - placed.max(axis=0)) ** 2).sum(axis=1))
    to_worst = np.sqrt(((placed - placed.min(axis=0)) ** 2).sum(axis=1))
    if not (to_best + to_worst > 0).all():
        raise DataError(
            f"customers: all {len(customers):,} are alike in {', '.join(parts)}; nobody is nearer to an ideal."
        )
    return customers.assign(to_best=to_best, to_worst=to_worst, closeness=to_worst / (to_best + to_worst))
