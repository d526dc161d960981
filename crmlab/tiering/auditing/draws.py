"""The same customers once more: what each of them might as well have bought.

Two ways. *Own*: the customer's purchases after the first are drawn again from the customer's own, with replacement;
that takes what was seen for all there is. *Pooled*: how often and for how much the customer buys is only guessed from
what was seen, with the help of all other customers; then a history is drawn. On customers whose truth is known, the
first finds about half of the labels that would change and the second about all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from crmlab.tiering.auditing.histories import Histories
from crmlab.tiering.auditing.learning import fit_rates, fit_values, returned_parts

DRAWN = ("orders", "revenue", "frequency", "recency", "days_since_last")  # other measures stay as they are


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
    known of it after ``x`` purchases in a time ``E`` is again a gamma distribution. The values come from the
    gamma-gamma model, in which the customer's level is shrunk to that of all as far as few purchases say little of it;
    the part that is not returned is drawn from all purchases.

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
    Ehrenberg (1959), "The pattern of consumer purchases", for the NBD; Fader and Hardie (2013), "The gamma-gamma model
    of monetary value".
    """
    x, n = past.repeats, past.size
    shape, scale = fit_rates(x, past.exposure, weight)
    values, paid, total = fit_values(past, weight)
    kept = returned_parts(past)
    has_first = np.bincount(past.who[past.inside & past.first], minlength=n)
    own = past.inside & ~past.first
    age_own, start = past.age[own], np.concatenate([[0], np.cumsum(x)[:-1]])
    age_first = past.age[past.first]
    for _ in range(draws):
        rate = rng.gamma(shape + x) / (scale + past.exposure)
        more = rng.poisson(rate * past.exposure)
        orders = more + has_first
        who = np.repeat(np.arange(n), orders)
        # the inverse scale of the customer's purchases, as far as it is known
        unit = rng.gamma(values.q + values.p * paid) / (values.gamma + total)
        value = rng.standard_gamma(values.p, len(who)) / unit[who]
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
