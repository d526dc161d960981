"""Label stability: how much of a label is the customer and how much is luck, and how often labels change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.schema import CUSTOMER
from crmlab.tiering.audit.books import Books
from crmlab.tiering.audit.churn import Churn, label_churn
from crmlab.tiering.audit.draws import draw_own, draw_pooled, histories
from crmlab.tiering.audit.intervals import share
from crmlab.tiering.audit.labels import label_draws

if TYPE_CHECKING:
    from crmlab.tiering.policy import TierPolicy


@dataclass(frozen=True)
class Stability:
    """What luck and time do to the labels.

    Parameters
    ----------
    labels : pandas.DataFrame
        Indexed by tier, highest first, then ``all``: ``customers``, ``share_changed`` (who would have another label
        if the same behaviour were drawn again) with ``low`` and ``high``, ``share_lower``, ``share_higher``, and
        ``share_changed_own``, what drawing from each customer's own purchases alone says.
    customers : pandas.DataFrame
        ``customer_id``, ``tier``, ``share_changed``: the same for each customer.
    churn : Churn
        Labels from review to review.
    verdict : str
        In words.
    """

    labels: pd.DataFrame
    customers: pd.DataFrame
    churn: Churn
    verdict: str


def label_stability(
    policy: TierPolicy, books: Books, day: pd.Timestamp, assigned: pd.DataFrame, draws: int, seed: int
) -> Stability:
    """Draw the same behaviour again and follow the labels over the reviews.

    Parameters
    ----------
    policy : TierPolicy
        Without overrides.
    books : Books
        What was bought.
    day : pandas.Timestamp
        Day of the labels.
    assigned : pandas.DataFrame
        The customers measured on that day, with ``tier`` and ``tier_rank``.
    draws : int
        How many times the behaviour is drawn.
    seed : int
        Same seed, same draws.

    Returns
    -------
    Stability
    """
    past = histories(books, day, assigned)
    rank = assigned["tier_rank"].to_numpy()
    base = assigned[policy.measures]
    pooled = label_draws(policy, base, draw_pooled(past, draws, np.random.default_rng([seed, 1])))
    own = label_draws(policy, base, draw_own(past, draws, np.random.default_rng([seed, 2])))
    changed = (pooled != rank).mean(axis=0)
    parts = {"lower": (pooled < rank).mean(axis=0), "higher": (pooled > rank).mean(axis=0)}
    changed_own = (own != rank).mean(axis=0)
    rows = {}
    for name, among in _groups(policy, rank):
        found = share(changed[among])
        rows[name] = {
            "customers": int(among.sum()), "share_changed": found.value, "low": found.low, "high": found.high,
            "share_lower": _mean(parts["lower"][among]), "share_higher": _mean(parts["higher"][among]),
            "share_changed_own": _mean(changed_own[among]),
        }  # fmt: skip
    labels = pd.DataFrame.from_dict(rows, orient="index").rename_axis("tier").astype({"customers": "int64"})
    churn = label_churn(policy, books)
    people = pd.DataFrame({CUSTOMER: assigned[CUSTOMER], "tier": assigned["tier"], "share_changed": changed})
    return Stability(labels, people, churn, _verdict(labels, churn))


def _groups(policy: TierPolicy, rank: np.ndarray) -> list[tuple[str, np.ndarray]]:
    named = [(tier, rank == i) for i, tier in reversed(list(enumerate(policy.names)))]
    return [*named, ("all", np.ones(len(rank), dtype=bool))]


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _verdict(labels: pd.DataFrame, churn: Churn) -> str:
    every = labels.loc["all"]
    words = (
        f"If the same behaviour were drawn again, {every['share_changed']:.0%} of the customers "
        f"({every['low']:.0%} to {every['high']:.0%}) would have another label."
    )
    return f"{words} {churn.verdict}".strip()
