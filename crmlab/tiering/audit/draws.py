"""The same customers once more: what each of them might as well have bought.

Two ways. *Own*: the customer's purchases after the first are drawn again from the customer's own, with replacement;
that takes what was seen for all there is. *Pooled*: how often and for how much the customer buys is only guessed from
what was seen, with the help of all other customers; then a history is drawn. On customers whose truth is known, the
first finds about half of the labels that would change and the second about all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.schema import AMOUNT, CUSTOMER, DATE
from crmlab.tiering.audit.books import Books, in_cents

DRAWN = ("orders", "revenue", "frequency", "recency", "days_since_last")  # other measures stay as they are


@dataclass(frozen=True)
class Histories:
    """Purchases of the measured customers until a day; one array entry a purchase, by customer and day.

    Parameters
    ----------
    who : numpy.ndarray of int
        Position of the customer in the measured table.
    age : numpy.ndarray of int
        Days from the purchase to the day of the audit.
    gross, net : numpy.ndarray
        Money; net is after the returns that followed it.
    first, inside : numpy.ndarray of bool
        Whether it is the customer's first purchase, and whether it lies in the window.
    exposure : numpy.ndarray, shape (customers,)
        Days of the window in which the customer could have bought again.
    """

    who: np.ndarray
    age: np.ndarray
    gross: np.ndarray
    net: np.ndarray
    first: np.ndarray
    inside: np.ndarray
    exposure: np.ndarray

    @property
    def size(self) -> int:
        """Number of customers."""
        return len(self.exposure)

    @property
    def repeats(self) -> np.ndarray:
        """Purchases in the window after the first, by customer."""
        return np.bincount(self.who[self.inside & ~self.first], minlength=self.size)


def histories(books: Books, day: pd.Timestamp, measured: pd.DataFrame) -> Histories:
    """Bring the rows until a day into purchases: all orders of a day are one, returns go with the purchase before."""
    rows = books.rows[books.rows[DATE] <= day]
    who = pd.Index(measured[CUSTOMER]).get_indexer(pd.Index(rows[CUSTOMER]))
    known = who >= 0  # whoever only returned is no customer yet
    who, cents = who[known], in_cents(rows[AMOUNT]).to_numpy()[known]
    age = (day - rows[DATE]).dt.days.to_numpy()[known]
    order = np.lexsort((cents < 0, -age, who))
    who, age, cents = who[order], age[order], cents[order]
    new_day = np.r_[True, (np.diff(who) != 0) | (np.diff(age) != 0)]
    opens = new_day & (cents >= 0)  # purchases of a day stand before its returns
    count = int(opens.sum())
    buyer = who[opens]
    bought = np.bincount(buyer, minlength=len(measured))
    # a return goes with the purchase before it; one that has none before goes with the customer's first
    unit = np.maximum(np.cumsum(opens) - 1, (np.cumsum(bought) - bought)[who])
    begin = (day - books.window_begin(day)).days
    first = np.r_[True, np.diff(buyer) != 0]
    age_of_first = age[opens][first]
    return Histories(
        buyer, age[opens],
        np.bincount(unit, np.maximum(cents, 0), minlength=count) / 100,
        np.bincount(unit, cents, minlength=count) / 100,
        first, age[opens] < begin,
        np.minimum(age_of_first, begin - 1).astype(float),
    )  # fmt: skip


def draw_own(past: Histories, draws: int, rng: np.random.Generator) -> Iterator[dict[str, np.ndarray]]:
    """Draw each customer's later purchases again from the customer's own.

    Every purchase after the first comes back zero, one, two ... times, by a Poisson number with mean 1: the bootstrap
    of days. The first stays, because without it there is no customer.

    Yields
    ------
    dict
        The measures of one draw, by customer.
    """
    inside = past.inside
    who, age, net, fixed = past.who[inside], past.age[inside], past.net[inside], past.first[inside]
    for _ in range(draws):
        times = np.where(fixed, 1, rng.poisson(1.0, len(who)))
        orders = np.bincount(who, times, minlength=past.size)
        revenue = np.bincount(who, times * net, minlength=past.size)
        yield _measures(past, orders, revenue, who[times > 0], age[times > 0])


def draw_pooled(
    past: Histories, draws: int, rng: np.random.Generator, weight: np.ndarray | None = None
) -> Iterator[dict[str, np.ndarray]]:
    """Draw each customer's history anew, from what it and all others together say of the customer.

    The number of purchases comes from the NBD model: a customer's rate is gamma distributed over customers, so what is
    known of it after ``x`` purchases in a time ``E`` is again a gamma distribution. The value of a purchase is the
    customer's own level, shrunk to the mean of all as far as few purchases say little of it, times a deviation and a
    part returned that are drawn from all purchases.

    Parameters
    ----------
    past : Histories
        What was bought.
    draws : int
        How many.
    rng : numpy.random.Generator
        Source of chance.
    weight : numpy.ndarray, shape (customers,), optional
        How often each customer counts where all are learned from, for a bootstrap of the customers.

    Yields
    ------
    dict
        The measures of one draw, by customer.

    Notes
    -----
    Ehrenberg (1959), "The pattern of consumer purchases", for the NBD; Efron and Morris (1973), "Stein's estimation
    rule and its competitors", for shrinking.
    """
    x, n = past.repeats, past.size
    shape, scale = fit_rates(x, past.exposure, weight)
    level, spread, deviations, kept = value_levels(past, weight)
    has_first = np.bincount(past.who[past.inside & past.first], minlength=n)
    own = past.inside & ~past.first
    age_own, start = past.age[own], np.concatenate([[0], np.cumsum(x)[:-1]])
    age_first = past.age[past.first]
    for _ in range(draws):
        rate = rng.gamma(shape + x) / (scale + past.exposure)
        more = rng.poisson(rate * past.exposure)
        orders = more + has_first
        who = np.repeat(np.arange(n), orders)
        value = np.exp(level[who] + spread[who] * rng.standard_normal(n)[who] + rng.choice(deviations, len(who)))
        revenue = np.bincount(who, value * rng.choice(kept, len(who)), minlength=n)
        again = np.repeat(np.arange(n), more)
        u = rng.random(len(again))
        # the days are the customer's own where there are any, else any day since the first purchase
        pick = np.minimum(start[again] + (u * x[again]).astype(int), max(len(age_own) - 1, 0))
        age = np.where(x[again] > 0, age_own[pick] if len(age_own) else 0, (u * past.exposure[again]).astype(int))
        firsts = np.flatnonzero(has_first)
        yield _measures(
            past,
            orders,
            np.round(revenue, 2),
            np.concatenate([again, firsts]),
            np.concatenate([age, age_first[firsts]]),
        )


def _measures(
    past: Histories, orders: np.ndarray, revenue: np.ndarray, who: np.ndarray, age: np.ndarray
) -> dict[str, np.ndarray]:
    """The measures that follow from one drawn history."""
    outside = ~past.inside
    last = np.full(past.size, np.iinfo(np.int64).max)
    np.minimum.at(last, past.who[outside], past.age[outside])  # what lies before the window stays as it was
    np.minimum.at(last, who, age)
    age_of_first = past.age[past.first]
    last = np.minimum(last, age_of_first)
    before = np.bincount(past.who[outside], minlength=past.size)
    return {
        "orders": orders.astype(np.int64), "revenue": revenue,
        "frequency": np.maximum(orders + before - 1, 0).astype(np.int64),
        "recency": (age_of_first - last).astype(float), "days_since_last": last.astype(np.int64),
    }  # fmt: skip


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

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> days = np.full(20_000, 300.0)
    >>> shape, scale = fit_rates(rng.poisson(rng.gamma(0.8, 1 / 80, 20_000) * days), days)
    >>> abs(shape - 0.8) < 0.03, abs(scale - 80) < 4
    (True, True)
    """
    from scipy.optimize import minimize
    from scipy.special import gammaln

    once = np.ones(len(repeats)) if weight is None else weight
    seen = (exposure > 0) & (once > 0)
    x, t, count = repeats[seen], exposure[seen], once[seen]
    if not x.sum():
        return 1.0, 1e12  # nobody came back: nobody will
    kinds, kind = np.unique(x, return_inverse=True)  # purchases are few, so most customers share a number
    of_kind, whole = np.bincount(kind, count), float(count.sum())

    def loss(parameters: np.ndarray) -> float:
        r, a = np.exp(np.clip(parameters, -8, 30))
        gammas = of_kind @ gammaln(r + kinds) - whole * gammaln(r)
        return -float(gammas + whole * r * np.log(a) - (count * (r + x)) @ np.log(a + t)) / whole

    start = np.array([0.0, np.log(float(t @ count / (x @ count)))])
    found = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-7})
    # customers who are all alike would drive both parameters to infinity, which changes nothing any more
    shape, scale = np.exp(np.clip(found.x, -8, 30))
    return float(shape), float(scale)


def value_levels(
    past: Histories, weight: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Guess the level of each customer's purchases, on the scale of logarithms.

    Parameters
    ----------
    past : Histories
        What was bought.
    weight : numpy.ndarray, shape (customers,), optional
        How often each customer counts; default: once.

    Returns
    -------
    level, spread : numpy.ndarray, shape (customers,)
        Mean and standard deviation of what is known of the customer's level.
    deviations : numpy.ndarray
        Deviations of single purchases from the level.
    kept : numpy.ndarray
        Parts of a purchase that are not returned; 0 for purchases of nothing.
    """
    paid = past.gross > 0
    kept = np.divide(past.net, past.gross, out=np.zeros(len(past.net)), where=paid)
    who, y = past.who[paid], np.log(past.gross[paid])
    if not len(y):
        return np.zeros(past.size), np.zeros(past.size), np.zeros(1), np.zeros(1)
    n = np.bincount(who, minlength=past.size)
    mean = np.bincount(who, y, minlength=past.size) / np.maximum(n, 1)
    several = n[who] > 1
    deviations = (y - mean[who])[several] * np.sqrt(n[who] / (n[who] - 1.0 + (n[who] == 1)))[several]
    if not len(deviations):
        deviations = np.zeros(1)
    once = (n > 0) * (1.0 if weight is None else weight)
    squares = np.bincount(who, (y - mean[who]) ** 2, minlength=past.size)
    within = max(float(once @ squares) / max(float(once @ (n - 1).clip(0)), 1.0), 1e-9)
    people = max(float(once.sum()), 1.0)
    overall = float(once @ mean) / people
    # variance of the means over customers, less what chance adds to it
    spread = float(once @ (mean - overall) ** 2) / max(people - 1, 1.0)
    between = max(spread - within * float(once @ (1 / np.maximum(n, 1))) / people, 1e-9)
    precision = 1 / between + n / within
    return (overall / between + n * mean / within) / precision, precision**-0.5, deviations, kept
