"""Labels from review to review, with and without what the policy does to keep them steady."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.schema import CUSTOMER
from crmlab.tiering.auditing.books import Books
from crmlab.tiering.auditing.intervals import ratio
from crmlab.tiering.moves import Migration, migration, wilson
from crmlab.tiering.policy.checks import RHYTHMS

if TYPE_CHECKING:
    from crmlab.tiering.policy import TierPolicy

YEARS = 2
TRIED = 0.10  # hysteresis to compare with, where the policy has none


@dataclass(frozen=True)
class Churn:
    """Labels that change from one review to the next.

    Parameters
    ----------
    reviews : pandas.DataFrame
        One row a variant and review: ``variant``, ``review`` (day), ``customers`` (there at this review and the one
        before), ``up``, ``down``, ``share_changed``, ``low``, ``high`` (Wilson).
    rates : pandas.DataFrame
        Indexed by variant: ``share_changed`` a review over all reviews, ``low``, ``high``, with customers as the
        units of chance; the last row is the difference between the two variants, from the same customers.
    migration : Migration or None
        The moves of the policy as declared, all reviews pooled; None with fewer than two reviews.
    months : int
        From one review to the next.
    verdict : str
        In words.
    """

    reviews: pd.DataFrame
    rates: pd.DataFrame
    migration: Migration | None
    months: int
    verdict: str


def label_churn(policy: TierPolicy, books: Books) -> Churn:
    """Assign tiers anew at every review of the last two years, and count the labels that change.

    Parameters
    ----------
    policy : TierPolicy
        Without overrides; its ``review`` rhythm is used, or quarters where it has none.
    books : Books
        What was bought. Reviews begin when a whole window of ``months`` has passed, and end on the last day.

    Returns
    -------
    Churn
        The policy as declared beside the same without hysteresis and minimum stay; a policy that has neither stands
        beside itself with a hysteresis of 10 %.
    """
    months = RHYTHMS[policy.review] or 3
    days = review_days(books, months)
    variants = _variants(policy)
    measured = [books.measure(day) for day in days]
    held = {name: follow(rule, measured) for name, rule in variants.items()}
    grids = {name: _grid(assigned, days) for name, assigned in held.items()}
    reviews = pd.concat([_by_review(name, grid) for name, grid in grids.items()], ignore_index=True)
    rates = _rates(grids)
    moves = migration(held["as declared"], tiers=policy) if len(days) > 1 else None
    return Churn(reviews, rates, moves, months, _verdict(rates, months))


def review_days(books: Books, months: int) -> list[pd.Timestamp]:
    """Days of the reviews of the last two years that have a whole window, or half a year of history, before them."""
    least = books.first + pd.DateOffset(months=books.months or 6) - pd.Timedelta(days=7)
    days = [books.last - pd.DateOffset(months=months * i) for i in range(YEARS * 12 // months, -1, -1)]
    return [day for day in days if day >= least]


def follow(policy: TierPolicy, measured: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Assign tiers review after review, each with what was held before.

    Parameters
    ----------
    policy : TierPolicy
        Without overrides.
    measured : list of pandas.DataFrame
        The customers at each review, in order of time.

    Returns
    -------
    list of pandas.DataFrame
        ``customer_id``, ``tier``, ``tier_rank``, and ``reviews_held`` where the policy counts it.
    """
    keeps = bool(policy.hysteresis or policy.minimum_stay)
    assigned: list[pd.DataFrame] = []
    for table in measured:
        needed = table[[CUSTOMER, *policy.measures]]
        found = policy.assign(needed, assigned[-1] if keeps and assigned else None)
        assigned.append(found.drop(columns=[c for c in policy.measures if c != CUSTOMER]))
    return assigned


def _variants(policy: TierPolicy) -> dict[str, TierPolicy]:
    if policy.hysteresis or policy.minimum_stay:
        declared = [("hysteresis", policy.hysteresis), ("minimum stay", policy.minimum_stay)]
        without = " and ".join(word for word, value in declared if value)
        return {"as declared": policy, f"without {without}": policy.replace(hysteresis=0.0, minimum_stay=0)}
    return {"as declared": policy, f"with {TRIED:.0%} hysteresis": policy.replace(hysteresis=TRIED)}


def _grid(assigned: list[pd.DataFrame], days: list[pd.Timestamp]) -> pd.DataFrame:
    """Ranks, customers down and reviews across; missing before somebody was a customer."""
    columns = {
        day: table.set_index(CUSTOMER)["tier_rank"].astype("float64") for day, table in zip(days, assigned, strict=True)
    }
    return pd.DataFrame(columns)


def _by_review(variant: str, grid: pd.DataFrame) -> pd.DataFrame:
    step = grid.diff(axis=1).iloc[:, 1:]
    there = step.notna().sum()
    up, down = (step > 0).sum(), (step < 0).sum()
    low, high = wilson(up + down, there)
    columns = {
        "variant": variant, "review": there.index, "customers": there, "up": up, "down": down,
        "share_changed": (up + down) / there, "low": low, "high": high,
    }  # fmt: skip
    return pd.DataFrame(columns).reset_index(drop=True)


def _rates(grids: dict[str, pd.DataFrame]) -> pd.DataFrame:
    steps = [grid.diff(axis=1).iloc[:, 1:].to_numpy() for grid in grids.values()]
    there = np.isfinite(steps[0]).sum(axis=1).astype(float)
    changed = [((step != 0) & np.isfinite(step)).sum(axis=1).astype(float) for step in steps]
    found = [*(ratio(c, there) for c in changed), ratio(changed[1] - changed[0], there)]
    return pd.DataFrame(found, index=pd.Index([*grids, "difference"], name="variant")).set_axis(
        ["share_changed", "low", "high"], axis=1
    )


def _verdict(rates: pd.DataFrame, months: int) -> str:
    rhythm = {1: "month", 3: "quarter", 6: "half-year", 12: "year"}[months]
    mine, other, difference = (rates.iloc[i] for i in range(3))
    if not np.isfinite(mine["share_changed"]):
        return "The books are too short to follow labels from review to review."
    head = f"From {rhythm} to {rhythm}, {mine['share_changed']:.1%} of the labels change "
    head += f"({mine['low']:.1%} to {mine['high']:.1%})"
    if not difference["high"] and not difference["low"]:
        return f"{head}; {rates.index[1]} it would be no different."
    points = [100 * difference[c] for c in ("share_changed", "low", "high")]
    return (
        f"{head}; {rates.index[1]} it would be {other['share_changed']:.1%} "
        f"({points[0]:+.1f} points, {points[1]:+.1f} to {points[2]:+.1f})."
    )
