"""The orders of one block: what customers would order anyway, and what the voucher changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crmlab.simulate import streams
from crmlab.simulate.population import draw_orders
from crmlab.simulate.shop import settings as s
from crmlab.simulate.shop.shoppers import Shoppers

BASE, VOUCHER, PROGRAMME, GOLD = range(4)
CAUSES = ("nothing", "voucher", "programme", "gold")
MOST_CENTS = 99_999_999


@dataclass(frozen=True)
class Orders:
    """Orders as parallel arrays.

    Attributes
    ----------
    who : numpy.ndarray of int
        Position of the customer in the block.
    when : numpy.ndarray of float
        Stretched week.
    cents : numpy.ndarray of int
        Value after discount.
    cause : numpy.ndarray of int
        Position in ``CAUSES``.
    """

    who: np.ndarray
    when: np.ndarray
    cents: np.ndarray
    cause: np.ndarray

    def __len__(self) -> int:
        return len(self.who)

    @cached_property
    def day(self) -> np.ndarray:
        """Calendar day number of each order."""
        return s.calendar().day(self.when)

    def take(self, chosen: np.ndarray) -> Orders:
        """Return some of the orders."""
        return Orders(self.who[chosen], self.when[chosen], self.cents[chosen], self.cause[chosen])

    def and_also(self, *others: Orders) -> Orders:
        """Return these and others; not sorted."""
        all_ = (self, *others)
        return Orders(*(np.concatenate([getattr(o, f) for o in all_]) for f in ("who", "when", "cents", "cause")))


@dataclass(frozen=True)
class Campaign:
    """The randomised voucher: who was drawn, and each customer's orders in its weeks in both worlds.

    Attributes
    ----------
    known, drawn : numpy.ndarray of bool
        Already a customer on the day of the lot; drawn for the voucher (also set for those not yet known).
    removed, added : numpy.ndarray of int
        Orders that the voucher would keep from happening, and would add.
    """

    known: np.ndarray
    drawn: np.ndarray
    removed: np.ndarray
    added: np.ndarray


def spend_cents(mean: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Order values in cents around each customer's mean: gamma of shape 2, at least 1.00.

    Parameters
    ----------
    mean : numpy.ndarray, shape (n,)
        Long-run mean order value of the customer of each order, in money.
    rng : numpy.random.Generator
        Source of uniform numbers.

    Notes
    -----
    A gamma variate of shape 2 is minus the logarithm of a product of two uniform numbers, its mean is 2.

    Examples
    --------
    >>> cents = spend_cents(np.full(10_000, 80.0), np.random.default_rng(1))
    >>> bool(abs(cents.mean() / 8000 - 1) < 0.03)
    True
    """
    u = rng.random((2, len(mean)))
    money = mean * (-0.5 * np.log((1 - u[0]) * (1 - u[1])))
    return np.clip(np.rint(money * 100), 100, MOST_CENTS).astype(np.int64)


def base_orders(block: int, seed: int, shoppers: Shoppers) -> tuple[Orders, np.ndarray]:
    """Let the customers order as they would without any action.

    Returns
    -------
    orders : Orders
        Sorted by customer, then time.
    left : numpy.ndarray
        Stretched week at which each customer left for good; infinite if still active.
    """
    latents = shoppers.latents
    who, when, left = draw_orders(
        np.maximum(latents["purchase_rate"].to_numpy(), 1e-9),
        latents["dropout_probability"].to_numpy(),
        shoppers.start,
        s.calendar().weeks,
        streams.stream(seed, s.COMPANY, block, "orders"),
    )
    mean = latents["mean_order_value"].to_numpy()[who]
    cents = spend_cents(mean, streams.stream(seed, s.COMPANY, block, "amounts"))
    return Orders(who, when, cents, np.zeros(len(who), dtype=np.int64)), left


def send_vouchers(
    block: int, seed: int, shoppers: Shoppers, orders: Orders, left: np.ndarray
) -> tuple[Orders, Campaign]:
    """Draw lots for the voucher and let it act on the orders of its eight weeks.

    A customer with a positive lift places extra orders (Poisson, the lift times the own rate while active); one with
    a negative lift loses each order of these weeks with that probability.

    Returns
    -------
    orders : Orders
        What happens, given the lot.
    campaign : Campaign
        The lot and both worlds.
    """
    n, calendar = len(shoppers.start), s.calendar()
    begins, ends = (float(calendar.week(d)) for d in (s.VOUCHER_DAY, s.VOUCHER_DAY + s.VOUCHER_DAYS))
    lift, rate, mean = (shoppers.latents[c].to_numpy() for c in ("lift_voucher", "purchase_rate", "mean_order_value"))
    rng = streams.stream(seed, s.COMPANY, block, "voucher")
    u = rng.random((2, n))
    known, drawn = calendar.day(shoppers.start) < s.VOUCHER_DAY, u[0] < 0.5
    active = np.clip(np.minimum(left, ends) - begins, 0, None) * known
    added = streams.poisson(np.maximum(lift, 0) * rate * active, u[1])

    inside = np.flatnonzero((orders.when >= begins) & (orders.when < ends) & known[orders.who])
    lost = inside[rng.random(len(inside)) < -lift[orders.who[inside]]]
    removed = np.bincount(orders.who[lost], minlength=n)

    who = np.repeat(np.arange(n), added)
    when = begins + rng.random(len(who)) * active[who]
    extra = Orders(who, when, spend_cents(mean[who], rng), np.full(len(who), VOUCHER))
    happens = np.ones(len(orders), dtype=bool)
    happens[lost] = ~drawn[orders.who[lost]]
    return orders.take(happens).and_also(extra.take(drawn[who])), Campaign(known, drawn, removed, added)
