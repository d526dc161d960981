"""Clusters of customers: groups that the data propose, by k-means or a Gaussian mixture.

A cluster is a *segment*, a group that behaves alike. It becomes a *tier* only when somebody puts the groups in order
and ties a service to them; nothing in the mathematics does that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import DataError, nearest
from crmlab.tiering.ranking import read

METHODS = ("kmeans", "mixture")
SCALES = ("robust-log", "log", "standard", "none")
# what a low and a high centre is called
WORDS: Mapping[str, tuple[str, str]] = {
    "orders": ("few orders", "many orders"),
    "frequency": ("few repeats", "many repeats"),
    "revenue": ("little revenue", "much revenue"),
    "monetary_value": ("small orders", "large orders"),
    "days_since_last": ("recent", "long silent"),
    "T": ("new", "long known"),
}
TELLING = 0.5  # standard deviations from the mean of all at which a centre is worth a word


@dataclass(frozen=True)
class Scaler:
    """Brings measures of different units to one scale, and centres back; made by :func:`scaler`."""

    kind: str
    middle: np.ndarray
    spread: np.ndarray

    def forward(self, values: np.ndarray) -> np.ndarray:
        """From the units of the measures to the common scale."""
        scaled: np.ndarray = ((_signed_log(values) if "log" in self.kind else values) - self.middle) / self.spread
        return scaled

    def backward(self, scaled: np.ndarray) -> np.ndarray:
        """From the common scale to the units of the measures."""
        values = scaled * self.spread + self.middle
        back: np.ndarray = np.sign(values) * np.expm1(np.abs(values)) if "log" in self.kind else values
        return back


def scaler(values: np.ndarray, kind: str) -> Scaler:
    """Learn a scale.

    Parameters
    ----------
    values : ndarray
        Customers in rows, measures in columns.
    kind : {"robust-log", "log", "standard", "none"}
        ``none`` leaves the units as they are, so that the measure with the largest numbers decides alone. ``standard``
        subtracts the mean and divides by the standard deviation; a few very large customers still set the scale.
        ``log`` does so with ``sign(x) log(1 + |x|)``, ``robust-log`` with the median and the interquartile range of it.

    Returns
    -------
    Scaler

    Examples
    --------
    >>> scaler(np.array([[1.0], [3.0]]), "standard").forward(np.array([[3.0]]))
    array([[1.]])
    """
    seen = _signed_log(values) if "log" in kind else values
    middle, spread = np.zeros(values.shape[1]), np.ones(values.shape[1])
    if kind != "none":
        middle, spread = seen.mean(axis=0), seen.std(axis=0)
    if kind == "robust-log":
        quartiles = np.percentile(seen, [25, 75], axis=0)
        # half of the customers can have one and the same value; then the deviation has to do
        spread = np.where(quartiles[1] > quartiles[0], quartiles[1] - quartiles[0], spread)
        middle = np.median(seen, axis=0)
    return Scaler(kind, middle, spread)


@dataclass(frozen=True)
class Segmentation:
    """Clusters of customers; made by :func:`segment_customers`.

    Parameters
    ----------
    customers : pandas.DataFrame
        What was given, with ``segment``, a category without an order.
    columns : tuple of str
        The measures that were looked at.
    centres : pandas.DataFrame
        Indexed by segment, largest first; the middle of each in the units of the measures. On a logarithmic scale it
        lies near the median, not the mean.
    method, scale : str
        As asked for.
    scaling : Scaler
        The scale that was learned.
    model : object
        The fitted model of scikit-learn, on the common scale.
    order : ndarray of int
        The model's number of each segment, in the order of ``centres``.
    """

    customers: pd.DataFrame
    columns: tuple[str, ...]
    centres: pd.DataFrame
    method: str
    scale: str
    scaling: Scaler
    model: Any
    order: np.ndarray

    @property
    def labels(self) -> pd.Series:
        """Name of each customer's segment."""
        return self.customers["segment"]

    @property
    def profile(self) -> pd.DataFrame:
        """One row a segment: ``customers``, ``share_of_customers``, and the centre of each measure in its own unit."""
        sizes = self.labels.value_counts().reindex(self.centres.index)
        head = pd.DataFrame({"customers": sizes, "share_of_customers": sizes / len(self.labels)})
        return head.join(self.centres).rename_axis("segment")

    def predict(self, customers: pd.DataFrame) -> pd.Series:
        """Name the segment of other customers, by the same centres.

        Parameters
        ----------
        customers : pandas.DataFrame
            With the same measures.

        Returns
        -------
        pandas.Series
        """
        read(customers, list(self.columns))
        numbers = assign(self.model, self.scaling.forward(customers[list(self.columns)].to_numpy(dtype=float)))
        return _named(numbers, self.order, list(self.centres.index), customers.index)


def segment_customers(
    customers: pd.DataFrame,
    columns: Sequence[str],
    k: int,
    method: str = "kmeans",
    scale: str = "robust-log",
    seed: int = 0,
) -> Segmentation:
    """Find ``k`` groups of customers who are alike in some measures.

    Parameters
    ----------
    customers : pandas.DataFrame
        One row a customer.
    columns : sequence of str
        Numeric measures; each counts as much as the scale lets it.
    k : int
        Number of groups, 2 or more; :func:`crmlab.tiering.choose_k` helps to choose it.
    method : {"kmeans", "mixture"}
        k-means puts each customer to the nearest centre and likes round groups of like size; the Gaussian mixture fits
        a normal distribution to each group and allows for long, tilted and unequal ones.
    scale : {"robust-log", "log", "standard", "none"}
        See :func:`crmlab.tiering.clusters.scaler`. ``none`` is there to show what goes wrong.
    seed : int
        Same seed, same groups, on any number of processors.

    Returns
    -------
    Segmentation
        ``customers`` with ``segment``, ``profile``, ``centres``, ``predict``. Groups get their names from what sets
        their centre apart.

    Raises
    ------
    DataError
        For an unknown method or scale, a ``k`` out of range, or a measure in which all customers are alike.

    Examples
    --------
    >>> two = pd.DataFrame({"orders": [1, 1, 2, 20, 21, 22], "revenue": [9.0, 10.0, 11.0, 900.0, 950.0, 990.0]})
    >>> found = segment_customers(two, ["orders", "revenue"], 2)
    >>> found.profile["customers"].to_dict()
    {'many orders, much revenue': 3, 'few orders, little revenue': 3}
    """
    values = usable(customers, columns, k, method, scale)
    scaling = scaler(values, scale)
    points = scaling.forward(values)
    model = fit(points, k, method, seed)
    numbers = assign(model, points)
    middles = model.cluster_centers_ if method == "kmeans" else model.means_
    # largest first; of equals the one with the larger centre
    sizes = np.bincount(numbers, minlength=k)
    order = np.lexsort([*(-middles.T[::-1]), -sizes])
    apart = (middles[order] - points.mean(axis=0)) / points.std(axis=0)
    names = _names(apart, list(columns))
    centres = pd.DataFrame(scaling.backward(middles[order]), index=names, columns=list(columns))
    segment = _named(numbers, order, names, customers.index)
    return Segmentation(
        customers.assign(segment=segment), tuple(columns), centres, method, scale, scaling, model, order
    )


def fit(points: np.ndarray, k: int, method: str, seed: int, starts: int = 10) -> Any:
    """Fit k-means or a Gaussian mixture from several starts, on one processor, so that results repeat."""
    from sklearn.cluster import KMeans  # takes half a second to import, and most of the room does without
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1):
        if method == "kmeans":
            return KMeans(k, n_init=starts, random_state=seed).fit(points)
        # a group in which all have one order would have no width at all, and draw everything to itself
        least = 0.01 * float(points.var(axis=0).min())
        model = GaussianMixture(k, n_init=max(1, starts // 3), random_state=seed, reg_covar=least, max_iter=300)
        return model.fit(points)


def assign(model: Any, points: np.ndarray) -> np.ndarray:
    """Number of the group of each point."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        numbers: np.ndarray = model.predict(np.ascontiguousarray(points))
    return numbers


def usable(customers: pd.DataFrame, columns: Sequence[str], k: int, method: str, scale: str) -> np.ndarray:
    """The measures as an array, or what is wrong with what was asked."""
    for what, given, known in (("method", method, METHODS), ("scale", scale, SCALES)):
        if given not in known:
            raise DataError(f"{what} is {given!r}.{nearest(given, known)} Use one of {', '.join(map(repr, known))}.")
    if isinstance(columns, str) or not columns or len(set(columns)) < len(list(columns)):
        raise DataError(
            f"columns is {columns!r}; a list of different measures was expected, e.g. ['orders', 'revenue']."
        )
    read(customers, list(columns))
    values = customers[list(columns)].to_numpy(dtype=float)
    for name, column in zip(columns, values.T, strict=True):
        if np.ptp(column) == 0:
            raise DataError(f"customers, column {name!r}: all are {column[0]:g}; leave it out, it tells nobody apart.")
    different = len(np.unique(values, axis=0))
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or not 2 <= k <= different:
        raise DataError(f"k is {k!r}; 2 to {different:,} was expected, the number of customers who differ.")
    return values


def _signed_log(values: np.ndarray) -> np.ndarray:
    """A logarithm that takes zero and, for customers who returned more than they bought, negative values."""
    logs: np.ndarray = np.sign(values) * np.log1p(np.abs(values))
    return logs


def _named(numbers: np.ndarray, order: np.ndarray, names: list[str], index: pd.Index) -> pd.Series:
    place = np.argsort(order)[numbers]
    return pd.Series(
        pd.Categorical(np.array(names, dtype=object)[place], categories=names), index=index, name="segment"
    )


def _names(apart: np.ndarray, columns: list[str]) -> list[str]:
    """A name for each group, from the measures in which it is furthest from the mean of all."""
    names: list[str] = []
    for row in apart:
        telling = [i for i in np.argsort(-np.abs(row), kind="stable") if abs(row[i]) >= TELLING]
        words = [
            WORDS.get(column, _plain_words(column))[int(far > 0)] for column, far in zip(columns, row, strict=True)
        ]
        # two words, and more where two groups would share them
        tries = [", ".join(words[i] for i in sorted(telling[:j])) for j in range(2, max(3, len(columns) + 1))]
        name = next((n for n in tries if n and n not in names), tries[-1] or "average")
        same = sum(n == name or n.startswith(f"{name} (") for n in names)
        names.append(f"{name} ({same + 1})" if same else name)
    return names


def _plain_words(column: str) -> tuple[str, str]:
    return f"low {column.replace('_', ' ')}", f"high {column.replace('_', ' ')}"
