"""The population model: latent segments, and what each customer would do.

Orders follow the BG/NBD model within each segment: a customer orders at a constant rate until he or she leaves for
good, and can leave after each repeat order. Order values follow the gamma-gamma model. Both are the models that the
valuation chapter estimates, so every estimate can be held against what was planted here.

The segments overlap, as in life: each is a distribution over rates, not a point, and no visible column gives it away.

A calendar (season and weekday) is laid over the orders by stretching and squeezing time, so that a November week is
worth more than a January week while the model holds exactly in stretched time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd

from crmlab.simulate import streams


@dataclass(frozen=True)
class BuyingBehaviour:
    """Planted parameters of one segment, with the letters of the papers.

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
    p: float = 2.0
    q: float = 2.4
    v: float = 40.0

    @property
    def mean_rate(self) -> float:
        """Mean orders per week of an active customer, r / alpha."""
        return self.r / self.alpha

    def as_dict(self) -> dict[str, float]:
        """Return the parameters by letter."""
        return asdict(self)


@dataclass(frozen=True)
class Segment:
    """A latent group: how it buys, how content it is, and what it answers to.

    Parameters
    ----------
    name : str
        Never shown in a visible table.
    weight : float
        Share of customers.
    behaviour : BuyingBehaviour
        Buying, leaving, spending.
    satisfaction : float
        Mean latent satisfaction on a standard normal scale over all customers; the spread within a segment is 1.
    referral_rate : float
        Expected successful referrals per year while active.
    lift : dict of str to float
        Mean relative change of the purchase rate under each action, e.g. ``{"coupon": 0.3}``; customers differ
        around it, and some lifts are negative.
    taste : tuple of float
        Weights of the product categories before the third year.
    later_taste : tuple of float
        The same in the third year: preferences drift.
    """

    name: str
    weight: float
    behaviour: BuyingBehaviour
    satisfaction: float = 0.0
    referral_rate: float = 0.05
    lift: dict[str, float] = field(default_factory=dict)
    taste: tuple[float, ...] = ()
    later_taste: tuple[float, ...] = ()


def draw_latents(n: int, segments: tuple[Segment, ...], seed: int, *path: str | int) -> pd.DataFrame:
    """Draw the latent values of ``n`` customers.

    Parameters
    ----------
    n : int
        Number of customers.
    segments : tuple of Segment
        The population.
    seed, *path
        Which stream, see :func:`crmlab.simulate.streams.stream`.

    Returns
    -------
    pandas.DataFrame
        One row a customer: ``segment`` (position), ``purchase_rate`` (orders a week), ``dropout_probability``,
        ``mean_order_value`` (money), ``satisfaction`` (standard normal scale), ``referral_rate`` (a year), and a
        ``lift_<action>`` for each action (relative change of the purchase rate, at least -1).
    """
    u = streams.stream(seed, *path, "latents").random((6, n))
    which = streams.choose([s.weight for s in segments], u[0])
    out = {name: np.empty(n) for name in ("purchase_rate", "dropout_probability", "mean_order_value")}
    for position, segment in enumerate(segments):
        mine, b = which == position, segment.behaviour
        out["purchase_rate"][mine] = streams.gamma(b.r, u[1][mine]) / b.alpha
        out["dropout_probability"][mine] = streams.beta(b.a, b.b, u[2][mine])
        out["mean_order_value"][mine] = b.p * b.v / streams.gamma(b.q, u[3][mine])
    own = streams.normal(u[4])
    out["satisfaction"] = np.array([s.satisfaction for s in segments])[which] + own
    out["referral_rate"] = np.array([s.referral_rate for s in segments])[which] * np.exp(0.4 * own - 0.08)
    latents = pd.DataFrame({"segment": which, **out})
    spread = streams.normal(u[5])
    for action in sorted({a for s in segments for a in s.lift}):
        mean = np.array([s.lift.get(action, 0.0) for s in segments])[which]
        latents[f"lift_{action}"] = np.maximum(mean + 0.25 * spread, -0.9)
    return latents


def draw_orders(
    rate: np.ndarray, dropout: np.ndarray, start: np.ndarray, end: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Let the buyers order until they leave or the window ends (all times in stretched weeks).

    Each customer's first order is at ``start``. Waiting times are exponential with the
    customer's rate; after each repeat order the customer leaves for good with his or
    her dropout probability.

    Parameters
    ----------
    rate, dropout : numpy.ndarray, shape (n,)
        Orders a week, and the probability of leaving after a repeat order.
    start : numpy.ndarray, shape (n,)
        Time of the first order.
    end : float
        End of the window.
    rng : numpy.random.Generator
        Source of uniform numbers.

    Returns
    -------
    who : numpy.ndarray of int
        Position of the buyer of each order.
    when : numpy.ndarray of float
        Time of each order; sorted by buyer, then time.
    left : numpy.ndarray of float, shape (n,)
        Time at which each buyer left for good; infinite if still active at the end.
    """
    left = np.full(len(rate), np.inf)
    active = np.arange(len(rate))
    clock = np.asarray(start, dtype=float).copy()
    who, when = [active], [clock.copy()]
    while len(active):
        u = rng.random((2, len(active)))
        clock = clock + streams.exponential(u[0]) / rate[active]
        inside = clock < end
        active, clock, leaves = active[inside], clock[inside], u[1][inside] < dropout[active[inside]]
        who.append(active)
        when.append(clock)
        left[active[leaves]] = clock[leaves]
        active, clock = active[~leaves], clock[~leaves]
    all_who, all_when = np.concatenate(who), np.concatenate(when)
    order = np.lexsort((all_when, all_who))
    return all_who[order], all_when[order], left


class Calendar:
    """Season and weekday as a stretching of time.

    Parameters
    ----------
    first_day : str
        First calendar day, a Monday.
    days : int
        Length of the window in calendar days.
    month : sequence of 12 floats
        Relative level of each month.
    weekday : sequence of 7 floats
        Relative level of each weekday, Monday first.

    Notes
    -----
    The levels are scaled so that the whole window lasts as many stretched weeks as calendar weeks. An order
    at stretched time ``s`` falls on the calendar day ``day(s)``; calendar day ``d`` begins at week ``week(d)``.

    Examples
    --------
    >>> flat = Calendar("2023-01-02", 700, [1] * 12, [1] * 7)
    >>> flat.day(np.array([0.0, 1.5])).tolist(), float(round(flat.week(70), 6))
    ([0, 10], 10.0)
    """

    def __init__(self, first_day: str, days: int, month: list[float], weekday: list[float]) -> None:
        self.first_day = pd.Timestamp(first_day)
        self.days = days
        dates = pd.date_range(self.first_day, periods=days, freq="D")
        level = np.array(month, float)[dates.month - 1] * np.array(weekday, float)[dates.day_of_week]
        self._begins = np.concatenate([[0.0], np.cumsum(level) / level.sum() * days / 7])

    @property
    def weeks(self) -> float:
        """Length of the window in weeks, the same in calendar and in stretched time."""
        return self.days / 7

    def day(self, weeks: np.ndarray) -> np.ndarray:
        """Calendar day number, from 0, of stretched times."""
        return np.clip(np.searchsorted(self._begins, weeks, side="right") - 1, 0, self.days - 1)

    def week(self, day: float | np.ndarray) -> np.ndarray:
        """Stretched time at which a calendar day begins."""
        return np.interp(day, np.arange(self.days + 1), self._begins)

    def date(self, day: np.ndarray) -> np.ndarray:
        """Calendar dates of day numbers."""
        return (self.first_day.to_datetime64().astype("datetime64[D]") + day.astype("timedelta64[D]")).astype(
            "datetime64[us]"
        )
