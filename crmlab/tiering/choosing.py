"""How many clusters? Two questions: are the groups apart, and would other customers give the same ones?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.tiering.clusters import assign, fit, scaler, usable

SILHOUETTE_CUSTOMERS = 2_000  # distances of all pairs: more would take long and say the same


def choose_k(
    customers: pd.DataFrame,
    columns: Sequence[str],
    ks: Iterable[int] = range(2, 9),
    method: str = "kmeans",
    scale: str = "robust-log",
    seed: int = 0,
    resamples: int = 10,
) -> pd.DataFrame:
    """Hold several numbers of clusters against each other.

    Parameters
    ----------
    customers, columns, method, scale, seed
        As for :func:`crmlab.tiering.segment_customers`.
    ks : iterable of int
        Numbers of clusters to try.
    resamples : int
        How often the clusters are found anew for the stability, 2 or more.

    Returns
    -------
    pandas.DataFrame
        One row a number, indexed by ``k``:

        - ``silhouette``: mean over customers of ``(b - a) / max(a, b)``, where *a* is the mean distance to the own
          group and *b* to the next; 1 is far apart, 0 is no border (Rousseeuw 1987). Of at most 2,000 customers.
        - ``stability``: two bootstrap samples are drawn, clusters found in each, and all customers put into both; the
          adjusted Rand index says how far the two agree. 1 is always the same groups, 0 no more than chance. Mean over
          the resamples, ``stability_low`` and ``stability_high`` are the least and the most.
        - ``smallest_share``: share of customers in the smallest group.
        - ``bic``: of a mixture only; less is better.

    Raises
    ------
    DataError
        As for ``segment_customers``, and for fewer than 2 resamples.

    Notes
    -----
    Stability under resampling as a guide to the number of clusters: Ben-Hur, Elisseeff and Guyon (2002); Hennig (2007).
    Stable groups need not be real ones: k-means with two centres cuts a single cloud through the middle, the same way
    every time. So a number that is stable *and* apart is worth a look; one that is neither is not.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> three = pd.DataFrame({"x": np.repeat([10.0, 20.0, 30.0], 40) + rng.normal(0, 0.5, 120)})
    >>> choose_k(three, ["x"], [2, 3, 4], scale="standard")["stability"].round(2).loc[3]
    np.float64(1.0)
    """
    from sklearn.metrics import silhouette_score

    tried = list(ks)
    if not tried:
        raise DataError("ks is empty; numbers of clusters were expected, e.g. range(2, 9).")
    if not isinstance(resamples, int) or resamples < 2:
        raise DataError(f"resamples is {resamples!r}; 2 or more was expected.")
    for k in tried:
        values = usable(customers, columns, k, method, scale)
    points = scaler(values, scale).forward(values)
    rows = {}
    for k in tried:
        model = fit(points, k, method, seed)
        numbers = assign(model, points)
        apart = np.nan
        if len(np.unique(numbers)) > 1:
            some = min(SILHOUETTE_CUSTOMERS, len(points))
            chosen = np.random.default_rng(seed).permutation(len(points))[:some]
            if 1 < len(np.unique(numbers[chosen])) < some:
                apart = float(silhouette_score(points[chosen], numbers[chosen]))
        again = _agreements(points, k, method, seed, resamples)
        rows[k] = {
            "silhouette": apart, "stability": again.mean(), "stability_low": again.min(),
            "stability_high": again.max(), "smallest_share": np.bincount(numbers, minlength=k).min() / len(points),
        }  # fmt: skip
        if method == "mixture":
            rows[k]["bic"] = float(model.bic(points))
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("k")


def adjusted_rand(one: Sequence[object] | pd.Series, other: Sequence[object] | pd.Series) -> float:
    """How far two groupings of the same customers agree, whatever the groups are called.

    Parameters
    ----------
    one, other : sequence
        Group of each customer, in the same order.

    Returns
    -------
    float
        1 for the same groups, about 0 for groupings that have nothing to do with each other.

    Raises
    ------
    DataError
        If they are not of one length.

    Notes
    -----
    Share of pairs of customers on which both agree (together, or apart), corrected for chance (Hubert and Arabie 1985).

    Examples
    --------
    >>> adjusted_rand(["a", "a", "b", "b"], [2, 2, 1, 1])
    1.0
    """
    if len(one) != len(other) or not len(one):
        raise DataError(f"Two groupings of the same customers were expected, not of {len(one):,} and {len(other):,}.")
    return _rand(pd.factorize(np.asarray(one))[0], pd.factorize(np.asarray(other))[0])


def _agreements(points: np.ndarray, k: int, method: str, seed: int, resamples: int) -> np.ndarray:
    """Adjusted Rand index of two fits to two bootstrap samples, so many times."""
    found = []
    for i in range(resamples):
        rng = np.random.default_rng([seed, k, i])
        drawn = [rng.integers(0, len(points), len(points)) for _ in range(2)]
        one, other = (assign(fit(points[rows], k, method, seed, starts=3), points) for rows in drawn)
        found.append(_rand(one, other))
    return np.array(found)


def _rand(one: np.ndarray, other: np.ndarray) -> float:
    """Of two arrays of group numbers."""
    wide = int(other.max()) + 1
    cells = np.bincount(one * wide + other, minlength=(int(one.max()) + 1) * wide).reshape(-1, wide).astype(float)
    together = [(n * (n - 1) / 2).sum() for n in (cells, cells.sum(axis=0), cells.sum(axis=1))]
    both, first, second = together
    pairs = len(one) * (len(one) - 1) / 2
    by_chance, most = (first * second / pairs if pairs else 0.0), (first + second) / 2
    return 1.0 if most == by_chance else float((both - by_chance) / (most - by_chance))
