"""Gaming: do customers steer what is measured?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.tiering.auditing.books import Books
from crmlab.tiering.auditing.bunching import Bunching, find_bunching
from crmlab.tiering.auditing.histories import histories
from crmlab.tiering.auditing.splits import COUNTS, Splits, find_splits

if TYPE_CHECKING:
    from crmlab.tiering.policy import TierPolicy

ALARM = 0.05


@dataclass(frozen=True)
class Gaming:
    """Signs of gaming.

    Parameters
    ----------
    bunching : Bunching
        Customers just above the thresholds.
    splits : Splits or None
        Purchases on adjacent days; None for a policy that does not count orders.
    verdict : str
        In words.
    """

    bunching: Bunching
    splits: Splits | None
    verdict: str


def look_for_gaming(
    policy: TierPolicy, books: Books, day: pd.Timestamp, assigned: pd.DataFrame, seed: int = 0
) -> Gaming:
    """Look for bunching at thresholds and for split orders.

    Parameters
    ----------
    policy : TierPolicy
        Without overrides.
    books : Books
        What was bought.
    day : pandas.Timestamp
        Day of the labels.
    assigned : pandas.DataFrame
        The customers measured on that day, with ``tier_rank``.
    seed : int
        Same seed, same random histories.

    Returns
    -------
    Gaming
    """
    bunching = find_bunching(policy, assigned[policy.measures])
    splits = find_splits(policy, books, day, assigned, histories(books, day, assigned), seed)
    return Gaming(bunching, splits, f"{_bunching_in_words(bunching)} {_splits_in_words(policy, splits)}")


def _bunching_in_words(bunching: Bunching) -> str:
    tested = bunching.thresholds[bunching.thresholds["note"] == ""]
    if tested.empty:
        return "Bunching: at no threshold are there enough customers to look."
    worst = tested.iloc[int(tested["p_value"].argmin())]
    # the smallest of several p-values is small by chance more easily
    p = min(1.0, float(worst["p_value"]) * len(tested))
    if p >= ALARM:
        head = f"No bunching is seen at {_count(len(tested), 'threshold')}; the nearest to it is"
    else:
        head = "Customers bunch above a threshold:"
    named = f"{worst['tier']} ({worst['measure'].replace('_', ' ')} {worst['threshold']:,.10g})"
    return (
        f"{head} {named}: {worst['above']:.0f} just above and {worst['below']:.0f} just below, where "
        f"{worst['expected_above']:.0f} above would be usual; the odds are {worst['ratio']:.1f} times the usual "
        f"({worst['low']:.1f} to {worst['high']:.1f}, p = {p:.2g})."
    )


def _splits_in_words(policy: TierPolicy, splits: Splits | None) -> str:
    if splits is None and set(policy.measures) & set(COUNTS):
        return "Split orders cannot be looked for: nobody bought a second time."
    if splits is None:
        return "The policy does not count orders, so splitting them does not pay."
    pairs, owed = splits.pairs.iloc[0], splits.pairs.iloc[1]
    head = "More purchases than by chance" if pairs["p_value"] < ALARM else "No more purchases than by chance"
    return (
        f"{head} stand on adjacent days: {pairs['observed']:,.0f} pairs, {pairs['expected']:,.0f} expected "
        f"({pairs['chance_low']:,.0f} to {pairs['chance_high']:,.0f}); {owed['observed']:,.0f} customers owe a tier to "
        f"them ({owed['chance_low']:,.0f} to {owed['chance_high']:,.0f} by chance)."
    )


def _count(n: int, word: str) -> str:
    return f"the one {word} tested" if n == 1 else f"any of {n} {word}s"
