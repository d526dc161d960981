"""A weighted scorecard: several measures, each on a declared scale, become one score from 0 to 100.

The same dimensions make a :class:`crmlab.TierPolicy`; a scorecard shows where each customer's points come from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from crmlab.errors import DataError, nearest
from crmlab.summary import divided
from crmlab.tiering.policy.parts import Dimension
from crmlab.tiering.policy.placing import MICRO, score
from crmlab.tiering.ranking import back, read

Scales = Mapping[str, tuple[float, float]]


def dimensions(
    weights: Mapping[str, float] | pd.Series, scales: Scales, decimals: int | None = None
) -> list[Dimension]:
    """Join weights and scales to the dimensions of a score.

    Parameters
    ----------
    weights : mapping or pandas.Series
        Measure to weight; they sum to 1. ``crmlab.tiering.compare_pairs(...).weights`` fits.
    scales : mapping of str to (float, float)
        Measure to the value that earns nothing and the value that earns everything, as in
        :class:`crmlab.tiering.policy.Dimension`; where less is better the first is the larger.
    decimals : int, optional
        Round the weights so that a board can sign them; what rounding leaves goes to the weights that lost most, so
        that they still sum to 1.

    Returns
    -------
    list of Dimension
        For :func:`scorecard` and for ``TierPolicy(dimensions=...)``.

    Raises
    ------
    DataError
        If weights and scales name different measures, or the weights do not sum to 1.

    Examples
    --------
    >>> dimensions({"revenue": 0.637, "orders": 0.363}, {"revenue": (0, 1000), "orders": (0, 10)}, decimals=1)[1]
    Dimension(measure='orders', weight=0.4, scale=(0, 10))
    """
    given = {str(name): float(weight) for name, weight in weights.items()}
    for name in given:
        if name not in scales:
            raise DataError(f"scales has no {name!r}.{nearest(name, scales)} Each weighted measure needs its two ends.")
    for name in scales:
        if name not in given:
            raise DataError(f"weights has no {name!r}, but scales has. Give it a weight or leave its scale out.")
    total = sum(given.values())
    if abs(total - 1) > 1e-6:
        raise DataError(f"The weights sum to {total:.4g}, not 1. Divide each by {total:.4g}.")
    if decimals is not None:
        given = _rounded(given, decimals)
    return [Dimension(name, weight, scales[name]) for name, weight in given.items()]


def scales_between(
    customers: Any, measures: Iterable[str], low: float = 0.05, high: float = 0.95, less_is_better: Iterable[str] = ()
) -> dict[str, tuple[float, float]]:
    """Propose a scale for each measure from where most customers are.

    Parameters
    ----------
    customers : pandas.DataFrame
        One row a customer.
    measures : iterable of str
        Numeric columns.
    low, high : float
        Shares of customers: the value below which ``low`` of them lie earns nothing, the one below which ``high`` of
        them lie earns everything. The extremes would let one customer set the scale for all.
    less_is_better : iterable of str
        Measures whose scale is turned round, e.g. ``["days_since_last"]``.

    Returns
    -------
    dict
        Measure to its two ends; declare them in the policy, so that they stay when the customers change.

    Raises
    ------
    DataError
        For a measure in which both ends are the same.

    Examples
    --------
    >>> frame = pd.DataFrame({"revenue": range(101), "days": range(101)})
    >>> scales_between(frame, ["revenue", "days"], less_is_better=["days"])
    {'revenue': (5.0, 95.0), 'days': (95.0, 5.0)}
    """
    measures, turned = list(measures), set(less_is_better)
    if not 0 <= low < high <= 1:
        raise DataError(f"low is {low!r} and high {high!r}; two rising shares from 0 to 1 were expected.")
    if turned - set(measures):
        raise DataError(f"less_is_better names {sorted(turned - set(measures))[0]!r}, which is not among the measures.")
    read(customers, measures)
    scales = {}
    for name in measures:
        ends = tuple(float(end) for end in customers[name].quantile([low, high]))
        if ends[0] == ends[1]:
            raise DataError(
                f"customers, column {name!r}: {low:.0%} and {high:.0%} of the customers lie at the same value "
                f"({ends[0]:g}), so there is no scale between. Give its two ends yourself."
            )
        scales[name] = (ends[1], ends[0]) if name in turned else (ends[0], ends[1])
    return scales


def scorecard(customers: Any, dimensions: Iterable[Dimension]) -> Any:
    """Score customers, and show where the points come from.

    Parameters
    ----------
    customers : frame
        One row a customer with the dimensions' measures; any engine.
    dimensions : iterable of Dimension
        From :func:`dimensions`, or written out.

    Returns
    -------
    frame of the same kind
        The input with ``points_<measure>`` for each dimension, 0 to 100 times its weight, and ``score``, 0 to 100,
        which is the score of a :class:`crmlab.TierPolicy` of the same dimensions, to the last digit.

    Raises
    ------
    DataError
        For no dimension, the same measure twice, or a column that is absent, not numeric or incomplete.

    Examples
    --------
    >>> frame = pd.DataFrame({"revenue": [250, 5000], "orders": [8, 2]})
    >>> card = scorecard(frame, [Dimension("revenue", 0.6, (0, 1000)), Dimension("orders", 0.4, (0, 10))])
    >>> card[["points_revenue", "points_orders", "score"]].values.tolist()
    [[15.0, 32.0, 47.0], [60.0, 8.0, 68.0]]
    """
    parts = list(dimensions)
    measures = [d.measure for d in parts]
    if not parts or len(set(measures)) < len(measures):
        raise DataError(f"scorecard needs dimensions of different measures, not {measures}.")
    data = read(customers, measures)
    points = {f"points_{d.measure}": divided(score([d]), MICRO) for d in parts}
    return back(data.with_columns(**points, score=divided(score(parts), MICRO)), customers)


def _rounded(weights: dict[str, float], decimals: int) -> dict[str, float]:
    """Weights of so many decimals that sum to 1; what is left over goes to the largest remainders."""
    unit = 10**decimals
    down = {name: int(weight * unit + 1e-9) for name, weight in weights.items()}
    lost = sorted(weights, key=lambda name: down[name] - weights[name] * unit)
    for name in lost[: unit - sum(down.values())]:
        down[name] += 1
    if min(down.values()) == 0:
        low = min(down, key=lambda name: down[name])
        raise DataError(f"With {decimals} decimals the weight of {low!r} would be 0; keep more decimals.")
    return {name: number / unit for name, number in down.items()}
