"""The points ledger of one block: earned with orders, burned by those who redeem, expired after a year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from crmlab.simulate import streams
from crmlab.simulate.shop import settings as s

KINDS = ("earned", "burned", "expired")
LIFE = 4  # quarters after the one in which points were earned


@dataclass(frozen=True)
class Ledger:
    """Movements of points as parallel arrays, sorted by day, customer and kind.

    Attributes
    ----------
    who, day, kind, points : numpy.ndarray of int
        Position of the customer, day number, position in ``KINDS``, points (above 0).
    """

    who: np.ndarray
    day: np.ndarray
    kind: np.ndarray
    points: np.ndarray


def keep_ledger(
    block: int, n: int, seed: int, who: np.ndarray, day: np.ndarray, points: np.ndarray
) -> tuple[Ledger, np.ndarray]:
    """Book the points of members quarter by quarter.

    Points live until the end of the fourth quarter after the one in which they were earned; the oldest are burned
    first. A customer who redeems at all burns, on the day of the quarter's last order, all full hundreds of the balance
    with chance ``REDEEMS_IN_QUARTER`` if it has reached ``POINTS_TO_REDEEM``.

    Parameters
    ----------
    block, n, seed : int
        Number of the block, customers in it, seed.
    who, day, points : numpy.ndarray of int
        Orders of members: position of the customer, day number, points earned.

    Returns
    -------
    ledger : Ledger
    redeems : numpy.ndarray of bool, shape (n,)
        Would ever redeem.
    """
    rng = streams.stream(seed, s.COMPANY, block, "points")
    redeems = rng.random(n) < s.REDEEMS
    edges = np.array([s.day_of(d) for d in (s.PROGRAMME_DAY, *s.REVIEWS)] + [s.DAYS])
    quarter = np.searchsorted(edges, day, side="right") - 1
    quarters = len(edges) - 1
    balance = np.zeros((quarters, n), dtype=np.int64)
    rows = [(who, day, np.zeros(len(who), dtype=np.int64), points)]
    for q in range(quarters):
        if q > LIFE:
            left_over = np.flatnonzero(balance[q - LIFE - 1])
            rows.append(_rows(left_over, np.full(n, edges[q]), 2, balance[q - LIFE - 1]))
            balance[q - LIFE - 1] = 0
        mine = quarter == q
        balance[q] = np.bincount(who[mine], points[mine], minlength=n).astype(np.int64)
        last = np.full(n, -1)
        np.maximum.at(last, who[mine], day[mine])
        total = balance.sum(axis=0)
        wants = (rng.random(n) < s.REDEEMS_IN_QUARTER) & redeems & (last >= 0) & (total >= s.POINTS_TO_REDEEM)
        burn = np.where(wants, total // 100 * 100, 0)
        before = np.cumsum(balance, axis=0) - balance
        balance -= np.clip(burn - before, 0, balance)
        rows.append(_rows(np.flatnonzero(burn), last, 1, burn))
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
    order = np.lexsort((columns[2], columns[0], columns[1]))
    order = order[columns[3][order] > 0]
    return Ledger(*(column[order] for column in columns)), redeems


def _rows(
    who: np.ndarray, day: np.ndarray, kind: int, points: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Movements of some customers; ``day`` and ``points`` have one entry for every customer."""
    return who, day[who], np.full(len(who), kind), points[who]
