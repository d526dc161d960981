"""Concentration: how much hangs on which tier, and on how few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.tiering.auditing.intervals import LEVEL

DRAWS = 500
TOP = 0.20


@dataclass(frozen=True)
class Concentration:
    """How much hangs on how few.

    Parameters
    ----------
    tiers : pandas.DataFrame
        Indexed by tier, highest first: ``customers``, ``share_of_customers``, and for each value (revenue, and profit
        where it is known) the sum, ``share_of_...`` and ``mean_...``, money.
    measures : pandas.DataFrame
        One row a value and measure: ``value``, ``measure`` (``Gini``, ``share of the top 20%``, ``share of customers
        at a loss``), ``estimate``, ``low``, ``high``.
    verdict : str
        In words.
    """

    tiers: pd.DataFrame
    measures: pd.DataFrame
    verdict: str


def tier_concentration(
    rank: np.ndarray, names: list[str], values: dict[str, np.ndarray], seed: int = 0
) -> Concentration:
    """Add up what each tier brought, and say how uneven that is.

    Parameters
    ----------
    rank : numpy.ndarray of int
        Tier of each customer, 0 for the lowest.
    names : list of str
        Tier names, lowest first.
    values : dict of str to numpy.ndarray
        Money by customer.
    seed : int
        Same seed, same intervals.

    Returns
    -------
    Concentration

    Notes
    -----
    Gini and top share count losses as nothing, because a share of a whole cannot be negative; the intervals are
    percentiles of bootstrap samples of customers.
    """
    k, rng = len(names), np.random.default_rng([seed, 4])
    size = np.bincount(rank, minlength=k)
    columns: dict[str, np.ndarray] = {"customers": size, "share_of_customers": size / len(rank)}
    rows = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for name, money in values.items():
            total, sums = money.sum(), np.bincount(rank, money, k)
            columns[name] = sums
            columns[f"share_of_{name}"] = sums / (total if total > 0 else np.nan)
            columns[f"mean_{name}"] = sums / size
            rows += _measures(name, money, rng)
    tiers = pd.DataFrame(columns, index=pd.Index(names, name="tier")).iloc[::-1]
    measures = pd.DataFrame(rows, columns=["value", "measure", "estimate", "low", "high"])
    return Concentration(tiers, measures, _verdict(tiers, measures, next(iter(values))))


def unevenness(money: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gini coefficient and share of the top fifth, of many samples of the same customers.

    Parameters
    ----------
    money : numpy.ndarray, shape (customers,)
        Rising; none negative.
    times : numpy.ndarray, shape (samples, customers)
        How often each customer is in each sample.

    Returns
    -------
    gini, top : numpy.ndarray, shape (samples,)

    Examples
    --------
    >>> gini, top = unevenness(np.array([0.0, 0.0, 0.0, 0.0, 1.0]), np.ones((1, 5)))
    >>> float(gini[0].round(6)), float(top[0].round(6))
    (0.8, 1.0)
    """
    people = np.cumsum(times, axis=1)
    value = np.cumsum(times * money, axis=1)
    people, value = people / people[:, -1:], value / value[:, -1:]
    before = np.concatenate([np.zeros((len(times), 1)), value[:, :-1]], axis=1)
    steps = np.diff(people, axis=1, prepend=0.0)
    gini = 1 - (steps * (value + before)).sum(axis=1)
    top = 1 - np.array([np.interp(1 - TOP, p, v) for p, v in zip(people, value, strict=True)])
    return gini, top


def _measures(name: str, money: np.ndarray, rng: np.random.Generator) -> list[tuple[str, str, float, float, float]]:
    rising = np.sort(money)
    gains, n = np.maximum(rising, 0.0), len(rising)
    if not gains.sum():
        return []
    draws = max(100, min(DRAWS, 20_000_000 // n))
    found: dict[str, list[np.ndarray]] = {"Gini": [], f"share of the top {TOP:.0%}": [], "loss": []}
    for begin in range(0, draws, 50):
        times = rng.multinomial(n, np.full(n, 1 / n), min(50, draws - begin)) if begin else np.ones((1, n))
        for key, part in zip(found, (*unevenness(gains, times), times @ (rising < 0) / n), strict=True):
            found[key].append(part)
    rows = []
    for key, parts in found.items():
        # the first sample is the customers themselves
        low, high = np.quantile(np.concatenate(parts[1:]), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        rows.append((name, key.replace("loss", "share of customers at a loss"), float(parts[0][0]), low, high))
    return rows if (rising < 0).any() else rows[:2]


def _verdict(tiers: pd.DataFrame, measures: pd.DataFrame, value: str) -> str:
    there = tiers[tiers["customers"] > 0]
    name, top = there.index[0], there.iloc[0]
    words = f"{name}: {top['share_of_customers']:.1%} of the customers, {top[f'share_of_{value}']:.0%} of the {value}."
    mine = measures[measures["value"] == value].to_dict("records")
    if mine:
        gini, best = mine[0], mine[1]
        words += (
            f" The top {TOP:.0%} of customers bring {best['estimate']:.0%} of it ({best['low']:.0%} to "
            f"{best['high']:.0%}); Gini {gini['estimate']:.2f} ({gini['low']:.2f} to {gini['high']:.2f})."
        )
    return words
