"""Natural breaks: cut a measure where the gaps are, so that each class is as uniform as it can be.

The cuts are exact, not found by trial: no other cuts leave less variance within the classes (Fisher 1958, "On grouping
for maximum homogeneity"; known among map makers by the name of Jenks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.tiering.ranking import read

PORTION = 1 << 17  # places looked at in one go


@dataclass(frozen=True)
class NaturalBreaks:
    """Cuts that leave the least variance within the classes; made by :func:`natural_breaks`.

    Parameters
    ----------
    measure : str
        What was cut.
    breaks : tuple of float
        The lowest value of each class but the first, rising.
    table : pandas.DataFrame
        One row a class, lowest first: ``from``, ``to`` (lowest and highest value), ``customers``, ``mean``.
    goodness : float
        Share of the variance that lies between the classes, 0 to 1 ("goodness of variance fit").
    """

    measure: str
    breaks: tuple[float, ...]
    table: pd.DataFrame
    goodness: float

    def classify(self, values: pd.Series) -> pd.Series:
        """Class of each value, 1 (lowest) to k; new values too.

        Examples
        --------
        >>> natural_breaks(pd.Series([1, 2, 9, 10]), 2).classify(pd.Series([3.0, 9.0])).tolist()
        [1, 2]
        """
        places = np.searchsorted(self.breaks, values.to_numpy(dtype=float), side="right") + 1
        return pd.Series(places, index=values.index, name="natural_class")

    def tiers(self, names: Sequence[str]) -> dict[str, float | None]:
        """The breaks as entries of a :class:`crmlab.TierPolicy`.

        Parameters
        ----------
        names : sequence of str
            One for each class, lowest first.

        Examples
        --------
        >>> natural_breaks(pd.Series([1, 2, 9, 10]), 2).tiers(["regular", "gold"])
        {'regular': None, 'gold': 9.0}
        """
        if len(names) != len(self.breaks) + 1:
            raise DataError(f"There are {len(self.breaks) + 1} classes, but {len(names)} names.")
        return dict(zip(names, [None, *self.breaks], strict=True))


def natural_breaks(values: pd.Series | Sequence[float] | np.ndarray, k: int, log: bool = False) -> NaturalBreaks:
    """Cut a measure into ``k`` classes with the least variance within them.

    Parameters
    ----------
    values : pandas.Series or sequence of float
        One number a customer. Equal values are always in one class.
    k : int
        Number of classes, 2 or more, at most as many as there are different values.
    log : bool
        Cut the logarithms: classes then are uniform in proportion, not in money. Values must be above 0.

    Returns
    -------
    NaturalBreaks
        ``breaks``, ``table``, ``goodness``, ``classify`` and ``tiers``; breaks are in the unit of the values, goodness
        is that of the logarithms if those were cut.

    Raises
    ------
    DataError
        For a ``k`` out of range, values that are no finite numbers, or none above 0 where logarithms are cut.

    Notes
    -----
    Fisher (1958). The best cuts of the first *j* values never move down when *j* grows, so each of the *k* steps takes
    ``n log n`` comparisons instead of ``n`` squared. Of cuts that are equally good, the lowest is taken.

    Examples
    --------
    >>> found = natural_breaks([1, 2, 2, 40, 41, 90], 3)
    >>> found.breaks, round(found.goodness, 3)
    ((40.0, 90.0), 1.0)
    """
    name = str(getattr(values, "name", None) or "value")
    column = pd.Series(np.asarray(values), name=name)
    read(column.to_frame(), [name], "values")
    if log and column.min() <= 0:
        raise DataError(
            f"values, row {int(np.argmax(column <= 0))}: {column.min():g} has no logarithm. Cut without log=True, or "
            "leave out who brought nothing."
        )
    distinct, counts = np.unique(column.to_numpy(dtype=float), return_counts=True)
    if isinstance(k, bool) or not isinstance(k, int) or not 2 <= k <= len(distinct):
        raise DataError(f"k is {k!r}; 2 to {len(distinct):,} was expected, the number of different values.")
    scaled = np.log(distinct) if log else distinct
    starts = best_starts(scaled, counts, k)
    ends = np.append(starts[1:], len(distinct))
    sizes = np.add.reduceat(counts, starts)
    table = pd.DataFrame(
        {
            "class": range(1, k + 1), "from": distinct[starts], "to": distinct[ends - 1], "customers": sizes,
            "mean": np.add.reduceat(distinct * counts, starts) / sizes,
        }
    ).set_index("class")  # fmt: skip
    breaks = tuple(float(b) for b in distinct[starts[1:]])
    return NaturalBreaks(name, breaks, table, _goodness(scaled, counts, starts))


def best_starts(values: np.ndarray, counts: np.ndarray, k: int) -> np.ndarray:
    """Where the ``k`` classes begin.

    Parameters
    ----------
    values : ndarray
        Different values, rising.
    counts : ndarray of int
        How often each occurs.
    k : int
        Number of classes, 2 to ``len(values)``.

    Returns
    -------
    ndarray of int
        Position of the first value of each class; the first is 0.

    Examples
    --------
    >>> best_starts(np.array([1.0, 2.0, 9.0]), np.array([1, 1, 1]), 2)
    array([0, 2])
    """
    n = len(values)
    # about the mean, so that the differences of sums below do not lose their digits to a large offset
    centred = values - np.average(values, weights=counts)
    number = np.concatenate([[0.0], np.cumsum(counts)])
    total = np.concatenate([[0.0], np.cumsum(centred * counts)])
    # Least variance within is most variance between: the sum of total^2 / number over the classes.
    # best[j] is the most that the first j values can have in so many classes.
    best = np.concatenate([[-np.inf], total[1:] ** 2 / number[1:]])
    last: list[np.ndarray] = []
    for classes in range(2, k + 1):
        ends = np.arange(classes, n + 1) if classes < k else np.array([n])
        begin = _last_begins(best, total, number, classes - 1, ends)
        made = best[begin] + (total[ends] - total[begin]) ** 2 / (number[ends] - number[begin])
        best = np.full(n + 1, -np.inf)
        best[ends] = made
        last.append(begin)
    starts, end = np.zeros(k, dtype=int), n
    for classes in range(k, 1, -1):
        end = starts[classes - 1] = last[classes - 2][end - classes if classes < k else 0]
    return starts


def _last_begins(best: np.ndarray, total: np.ndarray, number: np.ndarray, lowest: int, ends: np.ndarray) -> np.ndarray:
    """Where the last class begins, for each of the ends (consecutive numbers), at the least ``lowest``.

    It never begins earlier for a later end. So the middle end is worked out first; it bounds the ends on either side
    of it, and so on: all ends of one level in one go, and each level looks at every place about once.
    """
    begin = np.empty(len(ends), dtype=np.int64)
    stride = 1 << (len(ends).bit_length() - 1)
    while stride:
        middle = np.arange(stride - 1, len(ends), 2 * stride)
        low, high = np.full(len(middle), lowest), ends[middle] - 1
        known = middle >= stride
        low[known] = begin[middle[known] - stride]
        known = middle + stride < len(ends)
        high[known] = np.minimum(high[known], begin[middle[known] + stride])
        for part in _portions(high - low + 1):
            begin[middle[part]] = _best_begins(best, total, number, ends[middle[part]], low[part], high[part])
        stride //= 2
    return begin


def _portions(lengths: np.ndarray) -> list[slice]:
    """Cut a list of searches into portions that fit into the processor's cache."""
    full = np.cumsum(lengths) // PORTION
    cuts = np.flatnonzero(np.diff(full)) + 1
    return [slice(a, b) for a, b in zip([0, *cuts], [*cuts, len(lengths)], strict=True)]


def _best_begins(
    best: np.ndarray, total: np.ndarray, number: np.ndarray, ends: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """For each end, the begin from ``low`` to ``high`` with the most; of equals the lowest."""
    lengths = high - low + 1
    first = np.cumsum(lengths) - lengths
    begins = np.arange(lengths.sum()) + np.repeat(low - first, lengths)
    gain = np.repeat(total[ends], lengths) - total[begins]
    gain *= gain
    gain /= np.repeat(number[ends], lengths) - number[begins]
    gain += best[begins]
    reached = np.flatnonzero(gain == np.repeat(np.maximum.reduceat(gain, first), lengths))
    found: np.ndarray = begins[reached[np.searchsorted(reached, first)]]
    return found


def _goodness(values: np.ndarray, counts: np.ndarray, starts: np.ndarray) -> float:
    """Share of the variance between the classes, from deviations, so that no large sums are subtracted."""
    sizes = np.add.reduceat(counts, starts)
    means = np.add.reduceat(values * counts, starts) / sizes
    classes = np.repeat(np.arange(len(starts)), np.diff([*starts, len(values)]))
    within = float(counts @ (values - means[classes]) ** 2)
    overall = float(counts @ (values - np.average(values, weights=counts)) ** 2)
    return 1 - within / overall
