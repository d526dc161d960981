"""Labels for many draws of the same customers at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from crmlab.tiering.policy import TierPolicy

AT_ONCE = 500_000  # rows put through the policy in one go


def label_draws(policy: TierPolicy, base: pd.DataFrame, draws: Iterable[dict[str, np.ndarray]]) -> np.ndarray:
    """Label every draw by the policy.

    Parameters
    ----------
    policy : TierPolicy
        Without overrides.
    base : pandas.DataFrame
        The policy's measures, one row a customer; those that a draw does not give stay as they are.
    draws : iterable of dict
        Measure to its values, one array entry a customer.

    Returns
    -------
    numpy.ndarray of int, shape (draws, customers)
        Ranks, 0 for the lowest tier; what :meth:`crmlab.TierPolicy.assign` gives draw by draw.

    Examples
    --------
    >>> from crmlab import TierPolicy
    >>> policy = TierPolicy("demo", "revenue", {"regular": None, "top": 0.5}, by="quantile")
    >>> base = pd.DataFrame({"revenue": [1.0, 2.0]})
    >>> label_draws(policy, base, [{"revenue": np.array([5.0, 2.0])}, {}]).tolist()
    [[1, 0], [0, 1]]
    """
    at_once = max(1, AT_ONCE // len(base))
    ranks: list[np.ndarray] = []
    waiting: list[dict[str, np.ndarray]] = []
    for draw in draws:
        waiting.append({m: draw.get(m, base[m].to_numpy()) for m in policy.measures})
        if len(waiting) == at_once:
            ranks.append(_ranks(policy, waiting, len(base)))
            waiting = []
    if waiting:
        ranks.append(_ranks(policy, waiting, len(base)))
    return np.concatenate(ranks)


def scores(policy: TierPolicy, table: pd.DataFrame) -> np.ndarray:
    """What the entries of a policy are compared with: the one measure, or the score of its dimensions."""
    if not policy.dimensions:
        return table[policy.measure].to_numpy(dtype=float)
    # the entries do not matter for the score, and thresholds look at each row by itself
    points = np.linspace(1, 99, len(policy.names) - 1)
    plain = policy.replace(by="threshold", tiers=dict(zip(policy.names, [None, *points], strict=True)))
    return plain.assign(table[policy.measures])["score"].to_numpy(dtype=float)


def _ranks(policy: TierPolicy, drawn: list[dict[str, np.ndarray]], size: int) -> np.ndarray:
    table = pd.DataFrame({m: np.concatenate([d[m] for d in drawn]) for m in policy.measures})
    if policy.by == "threshold":  # looks at one customer only, so that many draws go through at once
        return policy.assign(table)["tier_rank"].to_numpy().reshape(-1, size).astype(np.int8)
    place = _quantile_places if policy.by == "quantile" else _share_places
    entries = [entry for entry in policy.tiers.values() if entry is not None]
    return np.stack([place(values, entries) for values in scores(policy, table).reshape(-1, size)])


def _quantile_places(values: np.ndarray, entries: list[float]) -> np.ndarray:
    below = np.searchsorted(np.sort(values), values, side="left") / len(values)
    return np.sum([below >= entry for entry in entries], axis=0).astype(np.int8)


def _share_places(values: np.ndarray, entries: list[float]) -> np.ndarray:
    cents = np.maximum(np.floor(np.abs(values * 100) + 0.5) * np.sign(values), 0)
    rising = np.sort(cents)
    after = np.concatenate([np.cumsum(rising[::-1])[::-1], [0.0]])
    above = after[np.searchsorted(rising, cents, side="right")] / max(cents.sum(), 1)
    return np.sum([(above < entry) & (values > 0) for entry in entries], axis=0).astype(np.int8)
