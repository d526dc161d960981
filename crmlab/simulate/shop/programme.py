"""The loyalty programme of one block: who joins, what membership and gold status add."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from crmlab.simulate import streams
from crmlab.simulate.shop import settings as s
from crmlab.simulate.shop.orders import GOLD, PROGRAMME, Orders, spend_cents
from crmlab.simulate.shop.shoppers import Shoppers


@dataclass(frozen=True)
class Reviews:
    """One entry a member and quarterly review, as parallel arrays.

    Attributes
    ----------
    who, day : numpy.ndarray of int
        Position of the member; day number of the review.
    cents : numpy.ndarray of int
        Value of the orders of the twelve months before, returns not deducted.
    gold : numpy.ndarray of bool
        Status until the next review.
    extra : numpy.ndarray of int
        Orders that gold status adds until the next review.
    """

    who: np.ndarray
    day: np.ndarray
    cents: np.ndarray
    gold: np.ndarray
    extra: np.ndarray


def draw_members(block: int, seed: int, shoppers: Shoppers, stores: pd.DataFrame, left: np.ndarray) -> np.ndarray:
    """Let customers of stores with a programme join it.

    Frequent and content customers join more often, and nobody joins after having left: members differ from others
    before the programme has any effect.

    Returns
    -------
    numpy.ndarray
        Stretched week of joining; infinite for those who never do.
    """
    n, weeks = len(shoppers.start), s.calendar().weeks
    u = streams.stream(seed, s.COMPANY, block, "members").random((2, n))
    constant, by_rate, by_content = s.JOIN_LOG_ODDS
    chance = special.expit(
        constant + by_rate * shoppers.lean + by_content * shoppers.latents["satisfaction"].to_numpy()
    )
    possible = np.maximum(store_start(shoppers, stores), shoppers.start)
    joined = possible + s.JOIN_WEEKS * streams.exponential(u[0])
    return np.where((u[1] < chance) & (joined < np.minimum(left, weeks)), joined, np.inf)


def store_start(shoppers: Shoppers, stores: pd.DataFrame) -> np.ndarray:
    """Stretched week in which the programme of each customer's home store starts; infinite without one."""
    day = (stores["programme_start"] - s.START).dt.days.to_numpy(dtype=float)
    week = np.where(np.isnan(day), np.inf, s.calendar().week(np.nan_to_num(day)))
    return np.append(week, np.inf)[shoppers.store]


def cohort_factor(shoppers: Shoppers, stores: pd.DataFrame) -> np.ndarray:
    """How strongly the programme of each customer's home store works."""
    factor = dict(zip(pd.to_datetime(list(s.COHORTS)), s.COHORT_FACTOR, strict=True))
    values = [factor.get(start, 0.0) for start in stores["programme_start"]]
    return np.append(values, 0.0)[shoppers.store]


def programme_orders(
    block: int, seed: int, shoppers: Shoppers, stores: pd.DataFrame, joined: np.ndarray, left: np.ndarray
) -> Orders:
    """Draw the orders that membership adds.

    While a member is active, they come at the own purchase rate times the own lift times the factor of the store's
    cohort, building up in a straight line over the programme's first ``RAMP_WEEKS``.
    """
    begin = store_start(shoppers, stores)
    member = np.flatnonzero(np.isfinite(joined))
    since, until = joined[member] - begin[member], np.minimum(left[member], s.calendar().weeks) - begin[member]
    latents, rng = shoppers.latents.take(member), streams.stream(seed, s.COMPANY, block, "programme")
    lift = np.maximum(latents["lift_programme"].to_numpy(), 0) * cohort_factor(shoppers, stores)[member]
    low, high = _ramped(since), _ramped(until)
    count = streams.poisson(lift * latents["purchase_rate"].to_numpy() * (high - low), rng.random(len(member)))
    which = np.repeat(np.arange(len(member)), count)
    at = low[which] + rng.random(len(which)) * (high - low)[which]
    when = begin[member][which] + _unramped(at)
    cents = spend_cents(latents["mean_order_value"].to_numpy()[which], rng)
    return Orders(member[which], when, cents, np.full(len(which), PROGRAMME))


def _ramped(weeks: np.ndarray) -> np.ndarray:
    """Integral of an effect that grows to 1 over ``RAMP_WEEKS``."""
    return np.where(weeks < s.RAMP_WEEKS, weeks**2 / (2 * s.RAMP_WEEKS), weeks - s.RAMP_WEEKS / 2)


def _unramped(area: np.ndarray) -> np.ndarray:
    """Inverse of :func:`_ramped`."""
    return np.where(area < s.RAMP_WEEKS / 2, np.sqrt(2 * s.RAMP_WEEKS * area), area + s.RAMP_WEEKS / 2)


def review_members(
    block: int, seed: int, shoppers: Shoppers, orders: Orders, joined: np.ndarray, left: np.ndarray
) -> tuple[Orders, Reviews]:
    """Go through the quarterly reviews: give and take gold status, and draw the orders that gold adds.

    Gold is whoever is a member and placed orders worth ``GOLD_SPEND`` in the twelve months before the review. Until
    the next review an active gold customer places ``GOLD_EXTRA`` extra orders in 13 weeks of mean season.

    Returns
    -------
    orders : Orders
        All orders, those added by gold included; not sorted.
    reviews : Reviews
    """
    n, calendar = len(shoppers.start), s.calendar()
    joined_day = _day_or_never(joined)
    mean = shoppers.latents["mean_order_value"].to_numpy()
    days = [s.day_of(d) for d in s.REVIEWS]
    who, day, cents = [orders.who], [orders.day], [orders.cents]
    added, found = [orders], []
    for date, review, end in zip(s.REVIEWS, days, [*days[1:], s.DAYS], strict=True):
        a_year_ago = s.day_of(pd.Timestamp(date) - pd.DateOffset(years=1))
        spend = np.zeros(n)
        for w, d, c in zip(who, day, cents, strict=True):
            counts = (d >= a_year_ago) & (d < review)
            spend += np.bincount(w[counts], c[counts], minlength=n)
        member = np.flatnonzero(joined_day < review)
        gold = spend[member] >= s.GOLD_SPEND * 100
        begins, ends = float(calendar.week(review)), float(calendar.week(end))
        active = np.clip(np.minimum(left[member], ends) - begins, 0, None)
        rng = streams.stream(seed, s.COMPANY, block, "gold", date)
        extra = streams.poisson(gold * active * s.GOLD_EXTRA / 13, rng.random(len(member)))
        which = np.repeat(np.arange(len(member)), extra)
        when = begins + rng.random(len(which)) * active[which]
        whose = member[which]
        new = Orders(whose, when, spend_cents(mean[whose], rng), np.full(len(which), GOLD))
        who, day, cents = [*who, new.who], [*day, new.day], [*cents, new.cents]
        added.append(new)
        found.append((member, np.full(len(member), review), spend[member].astype(np.int64), gold, extra))
    return added[0].and_also(*added[1:]), Reviews(*(np.concatenate(column) for column in zip(*found, strict=True)))


def status_history(joined: np.ndarray, reviews: Reviews) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """List the changes of status.

    Returns
    -------
    who, day : numpy.ndarray of int
        Position of the member; day from which the status holds. Sorted by member, then day.
    gold : numpy.ndarray of bool
        Gold, or member only.
    """
    member = np.flatnonzero(np.isfinite(joined))
    who = np.concatenate([member, reviews.who])
    day = np.concatenate([s.calendar().day(joined[member]), reviews.day])
    gold = np.concatenate([np.zeros(len(member), dtype=bool), reviews.gold])
    order = np.lexsort((day, who))
    who, day, gold = who[order], day[order], gold[order]
    changed = np.ones(len(who), dtype=bool)
    changed[1:] = (who[1:] != who[:-1]) | (gold[1:] != gold[:-1])
    return who[changed], day[changed], gold[changed]


def _day_or_never(weeks: np.ndarray) -> np.ndarray:
    """Calendar day number, far beyond the window for an infinite time."""
    return np.where(np.isfinite(weeks), s.calendar().day(np.where(np.isfinite(weeks), weeks, 0)), 10 * s.DAYS)
