"""Split orders: purchases on two days in a row that together would make one.

Under a policy that counts orders, two small ones earn more than a large one. Within a day that does not pay, because
all orders of a day count as one purchase; so it would be done over two days. Customers also buy on two days in a row
by chance, the more often they buy at all; so the count is held against histories in which every purchase is moved by
whole weeks at random, which keeps how often a customer buys, roughly when, and on which weekdays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.schema import CUSTOMER, DATE
from crmlab.tiering.auditing.books import Books
from crmlab.tiering.auditing.histories import Histories
from crmlab.tiering.auditing.intervals import LEVEL, Z, ratio
from crmlab.tiering.auditing.labels import label_draws

if TYPE_CHECKING:
    from crmlab.tiering.policy import TierPolicy

COUNTS = ("orders", "frequency")
DRAWS = 200
WEEKS = 3  # a purchase moves within blocks of three weeks that begin after the customer's first


@dataclass(frozen=True)
class Splits:
    """Purchases on two days in a row.

    Parameters
    ----------
    pairs : pandas.DataFrame
        One row a question, indexed by it: ``observed``, ``expected`` by chance with ``chance_low`` and ``chance_high``
        (95 % of random histories), ``excess`` with ``low`` and ``high``, ``p_value`` (one-sided). The questions are
        ``pairs on adjacent days`` and ``customers who owe a tier to them``.
    draws : pandas.DataFrame
        The same two counts in each random history.
    value_ratio : tuple of float
        Value of a purchase in such a pair to the same customer's other purchases, low, high; about 1 if nothing is
        split, about a half if one order becomes two.
    """

    pairs: pd.DataFrame
    draws: pd.DataFrame
    value_ratio: tuple[float, float, float]


def find_splits(
    policy: TierPolicy, books: Books, day: pd.Timestamp, measured: pd.DataFrame, past: Histories, seed: int = 0
) -> Splits | None:
    """Count purchases on adjacent days, and what they do to tiers.

    Parameters
    ----------
    policy : TierPolicy
        Without overrides.
    books : Books
        What was bought.
    day : pandas.Timestamp
        Day of the labels.
    measured : pandas.DataFrame
        The customers on that day, with the policy's measures and ``tier_rank``.
    past : Histories
        Their purchases.
    seed : int
        Same seed, same random histories.

    Returns
    -------
    Splits or None
        None for a policy that does not count orders, because there splitting does not pay, and if nobody bought
        a second time.

    Notes
    -----
    The random histories are an interval jitter, as used for spike trains: Amarasingham et al. (2012), "Conditional
    modeling and the jitter method of spike resampling". Pairs with a customer's first purchase do not count, because
    nothing can stand before it.
    """
    if not set(policy.measures) & set(COUNTS):
        return None
    repeat = past.inside & ~past.first
    who, date = past.who[repeat], -past.age[repeat]
    if not len(who):
        return None
    start = -past.age[past.first]
    n = past.size
    rng = np.random.default_rng([seed, 6])
    jitter = Jitter(who, date, start, traffic(books, day))
    seen = adjacent(who, date, n)
    drawn = np.stack([adjacent(jitter.who, jitter.draw(rng), n) for _ in range(DRAWS)])
    base = measured[policy.measures]
    counts = {m: base[m].to_numpy() for m in COUNTS if m in base}
    merged = ({m: np.maximum(v - pairs, 0) for m, v in counts.items()} for pairs in [seen, *drawn])
    owes = label_draws(policy, base, merged) < measured["tier_rank"].to_numpy()
    rows = {
        # a split pair that is moved together is still counted among the expected ones
        "pairs on adjacent days": _row(seen, drawn, 1 - jitter.stays_adjacent()),
        "customers who owe a tier to them": _row(owes[0].astype(float), owes[1:].astype(float)),
    }
    draws = pd.DataFrame({name: part.sum(axis=1) for name, part in zip(rows, (drawn, owes[1:]), strict=True)})
    return Splits(pd.DataFrame.from_dict(rows, orient="index"), draws, _value_ratio(past, repeat))


def adjacent(who: np.ndarray, date: np.ndarray, size: int) -> np.ndarray:
    """Count, for each customer, the purchases that follow one on the day before.

    Parameters
    ----------
    who, date : numpy.ndarray of int
        Customer and day of each purchase, in any order.
    size : int
        Number of customers.

    Returns
    -------
    numpy.ndarray of float, shape (size,)

    Examples
    --------
    >>> adjacent(np.array([0, 0, 0, 1]), np.array([5, 6, 9, 7]), 2).tolist()
    [1.0, 0.0]
    """
    key = np.unique(who.astype(np.int64) * 1_000_000 + date + 500_000)
    follows = np.diff(key) == 1
    return np.bincount(key[1:][follows] // 1_000_000, minlength=size).astype(float)


class Jitter:
    """Random histories: each purchase on the same weekday of a random week of its block, no two on one day.

    Parameters
    ----------
    who, date : numpy.ndarray of int
        Customer and day of each purchase; days count up to 0, the last one.
    start : numpy.ndarray of int, shape (customers,)
        Day of each customer's first purchase; blocks begin after it.
    traffic : numpy.ndarray
        Weight of each day, the last entry being day 0: a day on which the whole shop is busy is likelier for everybody.
    """

    def __init__(self, who: np.ndarray, date: np.ndarray, start: np.ndarray, traffic: np.ndarray) -> None:
        since = date - start[who] - 1
        block, weekday = since // (7 * WEEKS), since % 7
        cell = (who.astype(np.int64) * 10_000 + block) * 7 + weekday
        order = np.argsort(cell, kind="stable")
        _, begin, self.cell = np.unique(cell[order], return_index=True, return_inverse=True)
        self.nth = np.arange(len(order)) - begin[self.cell]  # of the purchases in the same cell
        self.who, self.date = who[order], date[order]
        first = (start[who] + 1 + block * 7 * WEEKS + weekday)[order][begin]
        self.options = first[:, None] + 7 * np.arange(WEEKS)
        # days to come are not possible
        self.weight = np.where(self.options <= 0, traffic[np.minimum(self.options, 0) - 1], 1e-300)

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """Days of one random history, in the order of ``self.who``."""
        # the smallest of such keys are a weighted sample without replacement (Efraimidis and Spirakis 2006)
        keys = rng.standard_exponential(self.options.shape) / self.weight
        return np.take_along_axis(self.options, np.argsort(keys, axis=1), axis=1)[self.cell, self.nth]

    def stays_adjacent(self) -> float:
        """Chance that two purchases on adjacent days are moved together and remain adjacent, over all such pairs."""
        key = self.who.astype(np.int64) * 1_000_000 + self.date + 500_000
        order = np.argsort(key)
        pairs = np.flatnonzero(np.diff(key[order]) == 1)
        if not len(pairs):
            return 1 / WEEKS
        share = self.weight / self.weight.sum(axis=1, keepdims=True)
        one, two = self.cell[order[pairs]], self.cell[order[pairs + 1]]
        together = self.options[two][:, None, :] - self.options[one][:, :, None] == 1
        return float((share[one][:, :, None] * share[two][:, None, :] * together).sum(axis=(1, 2)).mean())


def traffic(books: Books, day: pd.Timestamp) -> np.ndarray:
    """Purchases of the whole shop by day; the last entry is the day of the audit, the one before it the day before."""
    days = books.rows.loc[books.rows[DATE] <= day, [CUSTOMER, DATE]].drop_duplicates()[DATE]
    age = (day - days).dt.days.to_numpy()
    return np.bincount(age, minlength=int(age.max()) + 2)[::-1] + 1.0


def _row(seen: np.ndarray, drawn: np.ndarray, moved: float = 1.0) -> dict[str, float]:
    totals = drawn.sum(axis=1)
    low, high = np.quantile(totals, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    gap = (seen - drawn.mean(axis=0)) / moved
    half = Z * float(np.sqrt(len(gap) * gap.var(ddof=1)))
    return {
        "observed": float(seen.sum()), "expected": float(totals.mean()), "chance_low": float(low),
        "chance_high": float(high), "excess": float(gap.sum()), "low": float(gap.sum()) - half,
        "high": float(gap.sum()) + half, "p_value": float(((totals >= seen.sum()).sum() + 1) / (len(totals) + 1)),
    }  # fmt: skip


def _value_ratio(past: Histories, repeat: np.ndarray) -> tuple[float, float, float]:
    """Value of purchases in pairs to the same customers' other purchases, geometric means, with its interval."""
    paid = repeat & (past.gross > 0)
    who, date, y = past.who[paid], -past.age[paid], np.log(past.gross[paid])
    key = who.astype(np.int64) * 1_000_000 + date + 500_000
    inside = np.isin(key + 1, key) | np.isin(key - 1, key)
    size = past.size
    paired, single = np.bincount(who[inside], minlength=size), np.bincount(who[~inside], minlength=size)
    both = (paired > 0) & (single > 0)
    if both.sum() < 2:
        return np.nan, np.nan, np.nan
    mean_single = np.bincount(who[~inside], y[~inside], size) / np.maximum(single, 1)
    gap = np.bincount(who[inside], y[inside], size) - paired * mean_single
    found = ratio(gap[both], paired[both].astype(float))
    return float(np.exp(found.value)), float(np.exp(found.low)), float(np.exp(found.high))
