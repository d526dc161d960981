"""What is in the orders, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlab.simulate import streams
from crmlab.simulate.shop import settings as s

LINES = (0.52, 0.26, 0.13, 0.06, 0.03)  # chance of 1, 2, ... lines
QUANTITIES = np.array([1, 2, 3, 4, 5, 10, 20])
_OF_CONSUMERS = (0.62, 0.23, 0.07, 0.05, 0.03, 0.0, 0.0)
FULL_CREDIT = 0.4  # share of returns that are paid back in full
_OF_BUSINESSES = (0.32, 0.18, 0.08, 0.08, 0.14, 0.13, 0.07)


@dataclass(frozen=True)
class Lines:
    """Order lines as parallel arrays, sorted by order.

    Attributes
    ----------
    order : numpy.ndarray of int
        Position of the order.
    line : numpy.ndarray of int
        Number within the order, from 1.
    category, quantity, cents : numpy.ndarray of int
        Position in ``CATEGORIES``, pieces, price of a piece before discount.
    first : numpy.ndarray of int
        Position of each order's first line.
    """

    order: np.ndarray
    line: np.ndarray
    category: np.ndarray
    quantity: np.ndarray
    cents: np.ndarray
    first: np.ndarray


def draw_lines(segment: np.ndarray, day: np.ndarray, gross: np.ndarray, rng: np.random.Generator) -> Lines:
    """Divide orders into lines that sum to their value to the cent.

    Every line but the first gets a share of the value by the price level of its category; its price is rounded down
    to the cent and the first line takes what is left. A quantity above 1 that does not divide the first line's value
    gives way to 1.

    Parameters
    ----------
    segment, day, gross : numpy.ndarray of int, shape (n,)
        Segment of the customer, day number, value before discount in cents (at least 100) of each order.
    rng : numpy.random.Generator
        Source of uniform numbers.

    Returns
    -------
    Lines

    Examples
    --------
    >>> gross = np.array([100, 2599, 10_001])
    >>> lines = draw_lines(np.array([0, 1, 4]), np.zeros(3, dtype=int), gross, np.random.default_rng(1))
    >>> bool((np.bincount(lines.order, lines.quantity * lines.cents) == gross).all())
    True
    """
    n = len(gross)
    count = streams.choose(list(LINES), rng.random(n)) + 1
    first = np.cumsum(count) - count
    order = np.repeat(np.arange(n), count)
    u = rng.random((3, len(order)))
    category = _category(segment[order], day[order] >= s.THIRD_YEAR, u[0])
    level = np.array([level for _, level in s.CATEGORIES.values()])
    weight = level[category] * (0.5 + u[1])
    value = weight * (gross / np.add.reduceat(weight, first))[order]
    group = (segment == len(s.SEGMENTS) - 1)[order].astype(np.int64)
    wanted = QUANTITIES[_choose_in_groups(np.array([_OF_CONSUMERS, _OF_BUSINESSES]), group, u[2])]
    # a piece costs at least 1.00, and cheap orders are of single pieces
    quantity = np.where(gross[order] < 500, 1, np.minimum(wanted, np.maximum(value / 100, 1).astype(np.int64)))
    cents = (value / quantity).astype(np.int64)
    cents[first] = 0
    rest = gross - np.add.reduceat(cents * quantity, first)
    quantity[first] = np.where(rest % quantity[first] == 0, quantity[first], 1)
    cents[first] = rest // quantity[first]
    return Lines(order, np.arange(len(order)) - first[order] + 1, category, quantity, cents, first)


def _category(segment: np.ndarray, later: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Draw categories by the taste of the segment, which drifts in the third year."""
    taste = np.array([taste for segment in s.SEGMENTS for taste in (segment.taste, segment.later_taste)])
    return _choose_in_groups(taste, 2 * segment + later, u)


def _choose_in_groups(weights: np.ndarray, group: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Positions drawn with the weights of each one's group, by one search in the groups' edges laid end to end."""
    edges = np.cumsum(weights, axis=1)
    edges = edges / edges[:, -1:] + np.arange(len(edges))[:, None]
    found = np.searchsorted(edges.ravel(), group + u, side="right") - group * edges.shape[1]
    return np.clip(found, 0, edges.shape[1] - 1)


@dataclass(frozen=True)
class Returns:
    """What comes back, as parallel arrays, sorted by day.

    Attributes
    ----------
    order, day, cents : numpy.ndarray of int
        Position of the order, day number of the return, money paid back.
    """

    order: np.ndarray
    day: np.ndarray
    cents: np.ndarray


def draw_returns(
    chance: np.ndarray, day: np.ndarray, paid: np.ndarray, gross: np.ndarray, lines: Lines, rng: np.random.Generator
) -> Returns:
    """Let pieces of one line come back, 3 to 27 days after the order.

    Two in five returns are paid back in full, the others in part (10 to 80 %: used or damaged pieces).

    Parameters
    ----------
    chance : numpy.ndarray of float, shape (n,)
        Chance of each order to come back in part.
    day, paid, gross : numpy.ndarray of int, shape (n,)
        Day number, value in cents after and before discount of each order.
    lines : Lines
        What is in them.
    rng : numpy.random.Generator
        Source of uniform numbers.

    Returns
    -------
    Returns
        Those that fall within the window.
    """
    returned = np.flatnonzero(rng.random(len(day)) < chance)
    u = rng.random((4, len(returned)))
    when = day[returned] + 3 + np.floor(25 * u[0]).astype(np.int64)
    count = np.diff(np.append(lines.first, len(lines.order)))[returned]
    line = lines.first[returned] + np.floor(u[1] * count).astype(np.int64)
    pieces = 1 + np.floor(u[2] ** 2 * lines.quantity[line]).astype(np.int64)
    credit = np.where(u[3] < FULL_CREDIT, 1.0, 0.1 + 0.7 * (u[3] - FULL_CREDIT) / (1 - FULL_CREDIT))
    cents = np.rint(credit * pieces * lines.cents[line] * (paid / gross)[returned]).astype(np.int64)
    order = np.argsort(when, kind="stable")
    order = order[when[order] < s.DAYS]
    return Returns(returned[order], when[order], np.maximum(cents[order], 1))
