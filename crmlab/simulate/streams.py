"""Random numbers that do not depend on how the work is divided.

Customers are made in blocks of :data:`BLOCK`. Each block has, for each kind of thing that is drawn
(orders, surveys, ...), a stream of its own, named by the seed, the company, the block and the kind. So a block can be
made alone, in any order, on any machine, and a new table never changes an old one.

All variates are uniform numbers put through inverse distribution functions: NumPy promises the same uniform numbers in
every version, which it does not promise for gamma or beta variates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache

import numpy as np
from scipy import special

BLOCK = 10_000
_KNOTS = 8_192


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Return the generator of a seed and a path of names.

    Parameters
    ----------
    seed : int
        0 or more.
    *names : str or int
        Such as ``"retail", 3, "orders"``.

    Examples
    --------
    >>> float(stream(1, "retail", 0).random()) == float(stream(1, "retail", 0).random())
    True
    >>> float(stream(1, "retail", 0).random()) == float(stream(1, "retail", 1).random())
    False
    """
    digest = hashlib.sha256("|".join(map(str, (seed, *names))).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def blocks(customers: int) -> Iterator[tuple[int, int]]:
    """Yield the number of each block and how many customers it holds.

    Examples
    --------
    >>> list(blocks(25_000))
    [(0, 10000), (1, 10000), (2, 5000)]
    """
    for block in range(-(-customers // BLOCK)):
        yield block, min(BLOCK, customers - block * BLOCK)


def exponential(u: np.ndarray) -> np.ndarray:
    """Standard exponential variates from uniform ones."""
    return -np.log1p(-u)


def normal(u: np.ndarray) -> np.ndarray:
    """Standard normal variates from uniform ones."""
    return special.ndtri(np.clip(u, 1e-16, 1 - 1e-16))


def gamma(shape: float, u: np.ndarray) -> np.ndarray:
    """Gamma variates of rate 1 from uniform ones, by a table of the inverse distribution function."""
    return np.exp(np.interp(special.logit(np.clip(u, 1e-15, 1 - 1e-15)), *_gamma_table(float(shape))))


def beta(a: float, b: float, u: np.ndarray) -> np.ndarray:
    """Beta variates from uniform ones, by a table of the inverse distribution function."""
    return special.expit(np.interp(special.logit(np.clip(u, 1e-15, 1 - 1e-15)), *_beta_table(float(a), float(b))))


def poisson(mean: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Poisson variates with each its own mean from uniform ones."""
    counts = np.zeros(len(mean), dtype=np.int64)
    open_, total, term = np.arange(len(mean)), np.exp(-mean), np.exp(-mean)
    k = 0
    while len(open_ := open_[u[open_] > total[open_]]) and k < 10_000:
        k += 1
        counts[open_] = k
        term[open_] *= mean[open_] / k
        total[open_] += term[open_]
    return counts


def choose(weights: np.ndarray | list[float], u: np.ndarray) -> np.ndarray:
    """Positions drawn with the given weights (which need not sum to 1) from uniform numbers.

    Examples
    --------
    >>> choose([1, 3], np.array([0.1, 0.3, 0.9])).tolist()
    [0, 1, 1]
    """
    edges = np.cumsum(np.asarray(weights, dtype=float))
    return np.minimum(np.searchsorted(edges, u * edges[-1], side="right"), len(edges) - 1)


def choose_each(weights: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Positions drawn row by row: row i of ``weights`` (n, k) with uniform number i."""
    edges = np.cumsum(weights, axis=1)
    return np.minimum((edges < (u * edges[:, -1])[:, None]).sum(axis=1), weights.shape[1] - 1)


@cache
def _gamma_table(shape: float) -> tuple[np.ndarray, np.ndarray]:
    at = _grid()
    return at, np.log(np.maximum(_upper_tail_safe(at, lambda u: special.gammaincinv(shape, u),
                                                  lambda v: special.gammainccinv(shape, v)), 1e-300))  # fmt: skip


@cache
def _beta_table(a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    at = _grid()
    value = _upper_tail_safe(at, lambda u: special.betaincinv(a, b, u), lambda v: special.betainccinv(a, b, v))
    return at, special.logit(np.clip(value, 1e-300, 1 - 1e-16))


def _grid() -> np.ndarray:
    """Knots in log-odds, from 1e-15 to 1 - 1e-15."""
    return np.linspace(-34.6, 34.6, _KNOTS)


def _upper_tail_safe(at, lower, upper):  # type: ignore[no-untyped-def]
    """Inverse distribution function at log-odds, from the nearer tail so that no digit is lost."""
    half = at <= 0
    value = np.empty_like(at)
    value[half] = lower(special.expit(at[half]))
    value[~half] = upper(special.expit(-at[~half]))
    return value
