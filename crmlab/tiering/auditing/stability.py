"""Label stability: how much of a label is the customer and how much is luck, and how often labels change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.schema import CUSTOMER
from crmlab.tiering.auditing.books import Books
from crmlab.tiering.auditing.churn import Churn, label_churn
from crmlab.tiering.auditing.draws import draw_own, draw_pooled
from crmlab.tiering.auditing.histories import Histories, histories
from crmlab.tiering.auditing.intervals import Z
from crmlab.tiering.auditing.labels import label_draws

if TYPE_CHECKING:
    from crmlab.tiering.policy import TierPolicy

SAMPLES = 50  # bootstrap samples of the customers
INNER = 10  # draws of the behaviour in each


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
    labels, changed = drawn_labels(policy, histories(books, day, assigned), assigned, draws, seed)
    people = pd.DataFrame({CUSTOMER: assigned[CUSTOMER], "tier": assigned["tier"], "share_changed": changed})
    churn = label_churn(policy, books)
    return Stability(labels, people, churn, _verdict(labels, churn))


def drawn_labels(
    policy: TierPolicy, past: Histories, assigned: pd.DataFrame, draws: int, seed: int
) -> tuple[pd.DataFrame, np.ndarray]:
    """Label draws of the same behaviour, and count who would have another label.

    Parameters
    ----------
    policy, assigned, draws, seed
        As in :func:`label_stability`.
    past : Histories
        The purchases of ``assigned``.

    Returns
    -------
    labels : pandas.DataFrame
        As in :class:`Stability`.
    changed : numpy.ndarray, shape (customers,)
        Share of the draws in which each customer has another label.
    """
    rank, base = assigned["tier_rank"].to_numpy(), assigned[policy.measures]
    pooled = label_draws(policy, base, draw_pooled(past, draws, np.random.default_rng([seed, 1])))
    own = label_draws(policy, base, draw_own(past, draws, np.random.default_rng([seed, 2])))
    changed, changed_own = (pooled != rank).mean(axis=0), (own != rank).mean(axis=0)
    lower, higher = (pooled < rank).mean(axis=0), (pooled > rank).mean(axis=0)
    groups = _groups(policy, rank)
    errors = _errors(policy, past, base, rank, changed, [among for _, among in groups], seed)
    rows = {}
    for (name, among), error in zip(groups, errors, strict=True):
        value = _mean(changed[among])
        low, high = np.clip([value - Z * error, value + Z * error], 0, 1)
        rows[name] = {
            "customers": int(among.sum()), "share_changed": value, "low": low, "high": high,
            "share_lower": _mean(lower[among]), "share_higher": _mean(higher[among]),
            "share_changed_own": _mean(changed_own[among]),
        }  # fmt: skip
    labels = pd.DataFrame.from_dict(rows, orient="index").rename_axis("tier").astype({"customers": "int64"})
    return labels, changed


def _errors(
    policy: TierPolicy, past: Histories, base: pd.DataFrame, rank: np.ndarray, changed: np.ndarray,
    groups: list[np.ndarray], seed: int,
) -> list[float]:  # fmt: skip
    """Standard errors by a bootstrap of the customers, in which all that is learned from them is learned anew."""
    rng = np.random.default_rng([seed, 7])
    times = rng.multinomial(past.size, np.full(past.size, 1 / past.size), SAMPLES).astype(float)
    drawn = (draw for weight in times for draw in draw_pooled(past, INNER, rng, weight))
    other = (label_draws(policy, base, drawn) != rank).reshape(SAMPLES, INNER, -1).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.stack([((times * other) @ among) / (times @ among) for among in groups], axis=1)
    # few draws a sample scatter by themselves; that part is known, and no part of the error
    scatter = [2 * _mean((changed * (1 - changed))[among]) / max(int(among.sum()), 1) / INNER for among in groups]
    with np.errstate(invalid="ignore"):
        spread = np.array([np.nanvar(f, ddof=1) if np.isfinite(f).sum() > 1 else np.nan for f in found.T])
        least = np.array([_mean(changed[among]) * 0 + changed[among].var() / max(among.sum(), 1) for among in groups])
        return [float(e) for e in np.sqrt(np.maximum(spread - scatter, least))]


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
