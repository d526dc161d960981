"""What all customers together say: how purchase rates and purchase values spread over customers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from crmlab.tiering.auditing.histories import Histories


class Values(NamedTuple):
    """Parameters of the gamma-gamma model, letters as in the paper."""

    p: float
    q: float
    gamma: float


def fit_rates(repeats: np.ndarray, exposure: np.ndarray, weight: np.ndarray | None = None) -> tuple[float, float]:
    """Fit the gamma distribution of purchase rates (NBD) by maximum likelihood.

    Parameters
    ----------
    repeats : numpy.ndarray
        Purchases of each customer after the first.
    exposure : numpy.ndarray
        Days in which they could fall.
    weight : numpy.ndarray, optional
        How often each customer counts; default: once.

    Returns
    -------
    shape, scale : float
        Of the gamma distribution; its mean, purchases a day, is ``shape / scale``.

    Notes
    -----
    Ehrenberg (1959), "The pattern of consumer purchases".

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> days = np.full(20_000, 300.0)
    >>> shape, scale = fit_rates(rng.poisson(rng.gamma(0.8, 1 / 80, 20_000) * days), days)
    >>> abs(shape - 0.8) < 0.03, abs(scale - 80) < 4
    (True, True)
    """
    from scipy.special import gammaln

    once = np.ones(len(repeats)) if weight is None else weight
    seen = (exposure > 0) & (once > 0)
    x, t, count = repeats[seen], exposure[seen], once[seen]
    if not x.sum():
        return 1.0, 1e12  # nobody came back: nobody will
    kinds, kind = np.unique(x, return_inverse=True)  # purchases are few, so most customers share a number
    of_kind, whole = np.bincount(kind, count), float(count.sum())

    def loss(logs: np.ndarray) -> float:
        r, a = np.exp(logs)
        gammas = of_kind @ gammaln(r + kinds) - whole * gammaln(r)
        return -float(gammas + whole * r * np.log(a) - (count * (r + x)) @ np.log(a + t)) / whole

    shape, scale = _fitted(loss, [1.0, float(t @ count / (x @ count))])
    return shape, scale


def fit_values(past: Histories, weight: np.ndarray | None = None) -> tuple[Values, np.ndarray, np.ndarray]:
    """Fit how the values of purchases spread within and between customers (gamma-gamma) by maximum likelihood.

    Parameters
    ----------
    past : Histories
        What was bought; purchases of nothing are left aside.
    weight : numpy.ndarray, shape (customers,), optional
        How often each customer counts; default: once.

    Returns
    -------
    values : Values
        The parameters.
    paid, total : numpy.ndarray, shape (customers,)
        Number and sum of each customer's purchases.

    Notes
    -----
    Fader and Hardie (2013), "The gamma-gamma model of monetary value", equation 1a.
    """
    from scipy.special import gammaln

    real = past.gross > 0
    paid = np.bincount(past.who[real], minlength=past.size)
    total = np.bincount(past.who[real], past.gross[real], minlength=past.size)
    once = (paid > 0) * (1.0 if weight is None else weight)
    some = once > 0
    if not some.any():
        return Values(1.0, 1.0, 1e-9), paid, total  # everything was for nothing, and will be
    n, z, count = paid[some].astype(float), total[some], once[some]
    kinds, kind = np.unique(n, return_inverse=True)
    of_kind, whole = np.bincount(kind, count), float(count.sum())
    logs_of_money = float((count * n) @ np.log(z))

    def loss(logs: np.ndarray) -> float:
        p, q, g = np.exp(logs)
        gammas = of_kind @ (gammaln(p * kinds + q) - gammaln(p * kinds)) - whole * gammaln(q)
        money = whole * q * np.log(g) + p * logs_of_money - (count * (p * n + q)) @ np.log(g + z)
        return -float(gammas + money) / whole

    mean = float(z @ count / (n @ count))
    return Values(*_fitted(loss, [2.0, 3.0, mean])), paid, total


def returned_parts(past: Histories) -> np.ndarray:
    """Parts of each purchase that are not returned; 0 for purchases of nothing."""
    return np.divide(past.net, past.gross, out=np.zeros(len(past.net)), where=past.gross > 0)


def _fitted(loss: Callable[[np.ndarray], float], start: list[float]) -> list[float]:
    """Smallest loss over positive parameters."""
    from scipy.optimize import minimize

    # customers who are all alike would drive parameters to infinity, which changes nothing any more
    def bounded(logs: np.ndarray) -> float:
        return loss(np.clip(logs, -8, 30))

    options = {"xatol": 1e-3, "fatol": 1e-7, "maxiter": 600}
    found = minimize(bounded, np.log(start), method="Nelder-Mead", options=options)
    return [float(v) for v in np.exp(np.clip(found.x, -8, 30))]
