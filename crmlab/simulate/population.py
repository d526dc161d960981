"""The population model: who buys how often, for how long, and for how much.

Orders follow the BG/NBD model: a customer orders at a constant weekly rate until
he or she leaves for good, and can leave after each repeat order. Order values follow
the gamma-gamma model. Both are the models that the valuation chapter estimates, so
every estimate can be held against what was planted here.

All randomness comes from uniform numbers put through inverse distribution functions.
NumPy promises the same uniform numbers in every version, which it does not promise
for gamma or beta variates; so one seed gives one population everywhere.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy import special


@dataclass(frozen=True)
class BuyingBehaviour:
    """The planted parameters, with the letters of the papers.

    Purchase rates (orders a week) are gamma with shape ``r`` and rate ``alpha`` (weeks);
    dropout probabilities are beta with ``a`` and ``b`` (Fader, Hardie and Lee 2005, "Counting
    your customers the easy way"). One order's value is gamma with shape ``p`` and a
    customer-specific rate that is itself gamma with shape ``q`` and rate ``v`` in money
    (Fader and Hardie 2013, "The gamma-gamma model of monetary value").

    Examples
    --------
    >>> round(BuyingBehaviour().mean_rate, 2)
    0.06
    """

    r: float = 0.36
    alpha: float = 6.0
    a: float = 0.7
    b: float = 3.5
    p: float = 2.1
    q: float = 2.4
    v: float = 40.0

    @property
    def mean_rate(self) -> float:
        """Mean orders per week of an active customer, r / alpha."""
        return self.r / self.alpha

    def as_dict(self) -> dict[str, float]:
        """Return the parameters by letter."""
        return asdict(self)


def draw_buyers(n: int, behaviour: BuyingBehaviour, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the latent rates of ``n`` customers.

    Parameters
    ----------
    n : int
        Number of customers.
    behaviour : BuyingBehaviour
        The planted parameters.
    rng : numpy.random.Generator
        Source of uniform numbers.

    Returns
    -------
    pandas.DataFrame
        ``purchase_rate`` (orders a week), ``dropout_probability`` (a share),
        ``mean_order_value`` (money); one row a customer.

    Examples
    --------
    >>> buyers = draw_buyers(20_000, BuyingBehaviour(), np.random.default_rng(1))
    >>> round(float(buyers["purchase_rate"].mean()), 2)
    0.06
    """
    u = rng.random((3, n))
    order_rate = special.gammaincinv(behaviour.q, u[2]) / behaviour.v
    return pd.DataFrame(
        {
            "purchase_rate": special.gammaincinv(behaviour.r, u[0]) / behaviour.alpha,
            "dropout_probability": special.betaincinv(behaviour.a, behaviour.b, u[1]),
            "mean_order_value": behaviour.p / order_rate,
        }
    )


def draw_orders(
    buyers: pd.DataFrame, start: np.ndarray, end: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Let the buyers order until they leave or the window ends.

    Each customer's first order is at ``start``. Waiting times are exponential with the
    customer's rate; after each repeat order the customer leaves for good with his or
    her dropout probability.

    Parameters
    ----------
    buyers : pandas.DataFrame
        From :func:`draw_buyers`.
    start : numpy.ndarray, shape (n,)
        Time of the first order, in weeks.
    end : float
        End of the window, in weeks.
    rng : numpy.random.Generator
        Source of uniform numbers.

    Returns
    -------
    who : numpy.ndarray of int
        Position of the buyer of each order.
    when : numpy.ndarray of float
        Time of each order, in weeks; sorted by buyer, then time.
    left : numpy.ndarray of float, shape (n,)
        Time at which each buyer left for good; infinite if still active at the end.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> buyers = draw_buyers(3, BuyingBehaviour(), rng)
    >>> who, when, left = draw_orders(buyers, np.zeros(3), 52.0, rng)
    >>> bool((when < 52).all()), len(left)
    (True, 3)
    """
    rate = buyers["purchase_rate"].to_numpy()
    dropout = buyers["dropout_probability"].to_numpy()
    left = np.full(len(buyers), np.inf)
    active = np.arange(len(buyers))
    clock = np.asarray(start, dtype=float).copy()
    who, when = [active], [clock.copy()]
    while len(active):
        u = rng.random((2, len(active)))
        clock = clock - np.log1p(-u[0]) / rate[active]
        inside = clock < end
        active, clock, leaves = active[inside], clock[inside], u[1][inside] < dropout[active[inside]]
        who.append(active)
        when.append(clock)
        left[active[leaves]] = clock[leaves]
        active, clock = active[~leaves], clock[~leaves]
    all_who, all_when = np.concatenate(who), np.concatenate(when)
    order = np.lexsort((all_when, all_who))
    return all_who[order], all_when[order], left
