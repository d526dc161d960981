"""Lift: does the tier say who will bring much in the time after it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.schema import CUSTOMER
from crmlab.tiering.auditing.intervals import LEVEL, studentized

DRAWS = 1_000
TAILS = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)


@dataclass(frozen=True)
class Lift:
    """What the tiers of a day brought after it.

    Parameters
    ----------
    tiers : pandas.DataFrame
        Indexed by tier, highest first: ``customers``, ``share_of_customers``, ``mean`` a customer (money) with ``low``
        and ``high``; ``random_low`` and ``random_high``, between which 95 % of means fall if tiers of these sizes are
        drawn at random; ``share`` of the total with ``share_low`` and ``share_high``; ``lift`` (share of the total to
        share of the customers); and ``above_next``, by how much the mean is above that of the tier below, with
        ``above_low`` and ``above_high``.
    correlation : pandas.DataFrame
        Indexed by ``tiers as assigned`` and ``tiers drawn at random``: Spearman's ``rank_correlation`` between tier
        and outcome, ``low``, ``high``.
    outcome : str
        What was brought: profit or revenue.
    begin, end : pandas.Timestamp
        First and last day of the time after.
    verdict : str
        In words.
    """

    tiers: pd.DataFrame
    correlation: pd.DataFrame
    outcome: str
    begin: pd.Timestamp
    end: pd.Timestamp
    verdict: str


def tier_lift(
    assigned: pd.DataFrame, names: list[str], brought: pd.Series, outcome: str,
    begin: pd.Timestamp, end: pd.Timestamp, seed: int = 0, draws: int = DRAWS,
) -> Lift:  # fmt: skip
    """Hold the tiers of a day against what their customers brought after it.

    Parameters
    ----------
    assigned : pandas.DataFrame
        ``customer_id`` and ``tier_rank``, of the day before ``begin``.
    names : list of str
        Tier names, lowest first.
    brought : pandas.Series
        Money by customer; who is not in it brought nothing.
    outcome : str
        What is counted, in a word.
    begin, end : pandas.Timestamp
        The time after.
    seed : int
        Same seed, same intervals.
    draws : int
        Samples behind the intervals, and behind what chance gives.

    Returns
    -------
    Lift
    """
    rank = assigned["tier_rank"].to_numpy()
    money = brought.reindex(assigned[CUSTOMER]).fillna(0.0).to_numpy(dtype=float)
    rng = np.random.default_rng([seed, 3])
    size = np.bincount(rank, minlength=len(names))
    means = [studentized(money[rank == k], draws, rng) for k in range(len(names))]
    again = _resampled(rank, money, len(names), rng, draws)
    by_chance = _shuffled(rank, money, len(names), rng, draws)
    total = money.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.bincount(rank, money, len(names)) / (total if total > 0 else np.nan)
        columns = {
            "customers": size, "share_of_customers": size / len(rank), "mean": [m.value for m in means],
            "low": [m.low for m in means], "high": [m.high for m in means],
            "random_low": by_chance["mean"][0], "random_high": by_chance["mean"][1],
            "share": share, "share_low": again["share"][0], "share_high": again["share"][1],
            "lift": share / (size / len(rank)),
        }  # fmt: skip
    table = pd.DataFrame(columns, index=pd.Index(names, name="tier"))
    below = _above_next(rank, money, len(names))
    table = table.join(below.set_axis(table.index)).iloc[::-1]
    correlation = pd.DataFrame(
        [again["correlation"], by_chance["correlation"]],
        index=["tiers as assigned", "tiers drawn at random"],
        columns=["rank_correlation", "low", "high"],
    )
    return Lift(table, correlation, outcome, begin, end, _verdict(table, correlation, outcome))


def _resampled(
    rank: np.ndarray, money: np.ndarray, k: int, rng: np.random.Generator, draws: int
) -> dict[str, np.ndarray]:
    """Draw the customers again: ends of the intervals of the shares and of the rank correlation."""
    places = _Places(money)
    shares, correlations = np.empty((draws, k)), np.empty(draws)
    with np.errstate(divide="ignore", invalid="ignore"):
        for b in range(draws):
            pick = rng.integers(0, len(rank), len(rank))
            total = money[pick].sum()
            shares[b] = np.bincount(rank[pick], money[pick], k) / (total if total > 0 else np.nan)
            correlations[b] = places.correlation(rank[pick], pick)
        everybody = np.arange(len(rank))
        ends = np.nanquantile(correlations, TAILS) if np.isfinite(correlations).any() else (np.nan, np.nan)
        found = places.correlation(rank, everybody)
    low_high = np.nanquantile(shares, TAILS, axis=0) if np.isfinite(shares).any() else np.full((2, k), np.nan)
    return {"share": low_high, "correlation": np.array([found, *ends])}


def _shuffled(
    rank: np.ndarray, money: np.ndarray, k: int, rng: np.random.Generator, draws: int
) -> dict[str, np.ndarray]:
    """Deal the tiers out at random: between which means, and which correlations, chance alone falls."""
    places, size = _Places(money), np.bincount(rank, minlength=k)
    sums, correlations = np.empty((draws, k)), np.empty(draws)
    everybody = np.arange(len(rank))
    with np.errstate(divide="ignore", invalid="ignore"):
        for b in range(draws):
            dealt = rng.permutation(rank)
            sums[b] = np.bincount(dealt, money, k)
            correlations[b] = places.correlation(dealt, everybody)
        mean = np.quantile(sums, TAILS, axis=0) / size
    return {"mean": mean, "correlation": np.array([correlations.mean(), *np.quantile(correlations, TAILS)])}


class _Places:
    """Ranks of the same values in many samples, ties in the middle, without sorting each sample."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.code = np.unique(values, return_inverse=True)

    def correlation(self, rank: np.ndarray, pick: np.ndarray) -> float:
        """Spearman's correlation of a sample: of tier ranks with the places of the values picked."""
        x, y = _middle(rank), _middle(self.code[pick], len(self.values))
        middle = (len(x) + 1) / 2  # the mean of all places, ties or not
        x, y = x - middle, y - middle
        return float((x * y).sum() / np.sqrt((x * x).sum() * (y * y).sum()))


def _middle(code: np.ndarray, k: int = 0) -> np.ndarray:
    """Place of each entry among all, the middle of its ties."""
    count = np.bincount(code, minlength=k)
    return (np.cumsum(count) - (count - 1) / 2)[code]


def _above_next(rank: np.ndarray, money: np.ndarray, k: int) -> pd.DataFrame:
    """Difference of each tier's mean to the tier below, with its normal (Welch) interval."""
    from scipy.stats import norm

    z = float(norm.ppf((1 + LEVEL) / 2))
    size = np.bincount(rank, minlength=k)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(rank, money, k) / size
        variance = (np.bincount(rank, money**2, k) / size - mean**2) / np.maximum(size - 1, 1)
    gap = np.r_[np.nan, np.diff(mean)]
    half = np.r_[np.nan, z * np.sqrt(np.maximum(variance[1:], 0) + np.maximum(variance[:-1], 0))]
    half[size < 10] = np.nan
    return pd.DataFrame({"above_next": gap, "above_low": gap - half, "above_high": gap + half})


def _verdict(table: pd.DataFrame, correlation: pd.DataFrame, outcome: str) -> str:
    there = table[table["customers"] > 0]
    top, name = there.iloc[0], there.index[0]
    fits, (_, low, high) = correlation.iloc[0], correlation.iloc[1]
    if np.isfinite(top["share"]):
        words = (
            f"The {top['share_of_customers']:.1%} of customers in {name} bring {top['share']:.0%} of the {outcome} "
            f"afterwards ({top['share_low']:.0%} to {top['share_high']:.0%}), {top['lift']:.1f} times their share."
        )
    else:
        words = f"A customer in {name} brings {top['mean']:,.0f} of {outcome} afterwards; the total is not above zero."
    words += (
        f" The rank correlation between tier and {outcome} is {fits['rank_correlation']:.2f} ({fits['low']:.2f} to "
        f"{fits['high']:.2f}); tiers drawn at random give {low:.2f} to {high:.2f}."
    )
    out_of_order = there.index[(there["above_next"] <= 0) & (there["above_next"].notna())]
    if len(out_of_order):
        words += f" Out of order: {', '.join(out_of_order)} brings no more than the tier below."
    return words
