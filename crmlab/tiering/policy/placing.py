"""How a policy places customers: one set of expressions for every engine.

A tier's entry is met or not met; a customer's rank is the highest tier whose entry is met. With hysteresis there are
two such ranks: the one that the entries give, and the one that entries made easier give to those who hold a tier
already. The new rank is ``max(reached, min(held, kept))``: nobody rises by hysteresis, and nobody falls by a hair.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date as Date
from typing import TYPE_CHECKING, Any

import narwhals as nw

from crmlab.errors import DataError
from crmlab.summary import divided
from crmlab.tiering.policy.parts import AtMost, Dimension
from crmlab.tiering.ranking import count_below, join_places, read, sum_above

if TYPE_CHECKING:
    from crmlab.tiering.policy.declaration import TierPolicy

MICRO = 1_000_000  # scores are compared as whole millionths of a point, so that engines agree


def place(data: Any, policy: TierPolicy) -> Any:
    """Add ``_place`` (what the entries are compared with) and ``_usable`` (no measure is missing).

    Parameters
    ----------
    data : narwhals frame
        One row a customer with the policy's measures.
    policy : TierPolicy
        What to place them by.

    Returns
    -------
    narwhals frame
        For a policy of rules ``_place`` is 0; for dimensions there is also ``score``, 0 to 100.
    """
    schema = data.collect_schema()
    usable = nw.lit(True)
    for column in policy.measures:
        usable = usable & ~nw.col(column).is_null()
        if schema[column].is_float():
            usable = usable & nw.col(column).is_finite().fill_null(False)
    data = data.with_columns(_usable=usable)
    if policy.has_rules:
        return data.with_columns(_place=nw.lit(0))
    column = policy.measure or "score"
    if policy.dimensions:
        data = data.with_columns(score=divided(score(policy.dimensions), MICRO))
    if policy.by == "threshold":
        return data.with_columns(_place=nw.col(column))
    counted = data.filter(nw.col("_usable"))
    if policy.by == "quantile":
        places, above, whole = count_below(counted, column), "_below", "_n"
    else:
        places, above, whole = sum_above(counted, column), "_above", "_total"
    places = places.with_columns(_place=divided(nw.col(above), nw.col(whole))).drop(above, whole)
    return join_places(data, places, column)


def score(dimensions: Iterable[Dimension]) -> nw.Expr:
    """The weighted sum over the dimensions, 0 to 100 points, as whole millionths of a point."""
    points: Any = nw.lit(0.0)
    for d in dimensions:
        low, high = d.scale
        most = 100.0 * MICRO * d.weight
        points = points + ((nw.col(d.measure).cast(nw.Float64) - float(low)) * (most / (high - low))).clip(0.0, most)
    return (points + 0.5).floor().cast(nw.Int64)


def rank(policy: TierPolicy, ease: float = 0.0) -> nw.Expr:
    """Rank of the highest tier whose entry is met, 0 for the lowest.

    Parameters
    ----------
    policy : TierPolicy
        What is declared.
    ease : float
        Share by which every entry is made easier.
    """
    found = nw.lit(0)
    for i, entry in enumerate(policy.tiers.values()):
        if entry is not None:
            found = nw.when(_met(policy, entry, ease)).then(nw.lit(i)).otherwise(found)
    return nw.when(nw.col("_usable")).then(found).otherwise(None).cast(nw.Int64)


def _met(policy: TierPolicy, entry: float | Mapping[str, float], ease: float) -> nw.Expr:
    """Whether a tier's entry is met."""
    if isinstance(entry, Mapping):
        met: nw.Expr = nw.lit(True)
        for column, bound in entry.items():
            slack = ease * abs(float(bound)) * (1 if isinstance(bound, AtMost) else -1)
            line = round(float(bound) + slack, 9)
            met = met & (nw.col(column) <= line if isinstance(bound, AtMost) else nw.col(column) >= line)
        return met
    if policy.by == "threshold":
        return nw.col("_place") >= round(entry - ease * abs(entry), 9)
    if policy.by == "quantile":  # the tier may be larger by the share
        return nw.col("_place") >= round(1 - (1 - entry) * (1 + ease), 9)
    # the customers before this one bring less than the share; who brings nothing is never among the first
    return (nw.col("_place") < round(entry * (1 + ease), 9)) & (nw.col(policy.measure or "score") > 0)


def held(policy: TierPolicy, previous: Any, customer: str, data: Any) -> Any:
    """Join what each customer held before: ``_held`` (rank, missing for newcomers) and ``_stayed`` (reviews).

    Raises
    ------
    DataError
        If ``previous`` lacks a column, names a tier the policy does not have, or has a customer twice.
    """
    before: Any = nw.from_native(previous)
    schema = before.collect_schema()
    for column in (customer, "tier", *(["reviews_held"] if policy.minimum_stay else [])):
        if column not in schema:
            raise DataError(f"previous has no column {column!r}; it should be what assign gave at the last review.")
    if isinstance(before, nw.DataFrame):
        _refuse_odd_past(policy, before, customer)
    stayed = nw.col("reviews_held") if "reviews_held" in schema else nw.lit(0)
    names = nw.col("tier").cast(nw.String)
    found: Any = nw.when(names == policy.names[0]).then(nw.lit(0)).otherwise(None)
    for i, name in enumerate(policy.names[1:], start=1):
        found = nw.when(names == name).then(nw.lit(i)).otherwise(found)
    before = before.select(nw.col(customer), _held=found.cast(nw.Int64), _stayed=stayed.cast(nw.Int64))
    return data.join(before, on=customer, how="left")


def settle(policy: TierPolicy) -> nw.Expr:
    """The new rank of somebody who may hold a tier already."""
    reached, kept, before = rank(policy), rank(policy, policy.hysteresis), nw.col("_held")
    spared = nw.when(kept < before).then(kept).otherwise(before)
    settled = nw.when(reached >= spared).then(reached).otherwise(spared)
    if policy.minimum_stay:
        too_soon = (settled < before) & (nw.col("_stayed") < policy.minimum_stay)
        settled = nw.when(too_soon).then(before).otherwise(settled)
    return nw.when(before.is_null()).then(reached).otherwise(settled)


def overridden(policy: TierPolicy, customer: str, as_of: Date, found: nw.Expr) -> tuple[nw.Expr, nw.Expr]:
    """Put the overrides that hold on a day above the rule; return the rank, and whether it was overridden."""
    touched: nw.Expr = nw.lit(False)
    for i, tier in enumerate(policy.names):
        who = [o.customer for o in policy.overrides if o.tier == tier and as_of <= o.until]
        if who:
            mine = nw.col(customer).is_in(who)
            found, touched = nw.when(mine).then(nw.lit(i)).otherwise(found), touched | mine
    return found.cast(nw.Int64), touched


def named(ranked: Any, names: list[str]) -> Any:
    """Add ``tier``, the names for ``tier_rank``, as an ordered category where the engine has one."""
    data: Any = nw.from_native(ranked)
    if data.implementation.is_pandas():
        import pandas as pd

        codes = ranked["tier_rank"].to_numpy()
        return ranked.assign(tier=pd.Categorical.from_codes(codes, pd.Index(names), ordered=True))
    text: Any = nw.when(nw.col("tier_rank") == 0).then(nw.lit(names[0])).otherwise(None)
    for i, name in enumerate(names[1:], start=1):
        text = nw.when(nw.col("tier_rank") == i).then(nw.lit(name)).otherwise(text)
    if data.implementation.is_polars():
        text = text.cast(nw.Enum(names))
    return data.with_columns(tier=text).to_native()


def read_customers(customers: Any, policy: TierPolicy) -> Any:
    """Return the customers as a narwhals frame, or say why they cannot be placed."""
    data = read(customers, policy.measures)
    schema = data.collect_schema()
    for column in ("tier", *(["score"] if policy.dimensions else [])):
        if column in schema:
            raise DataError(f"customers has a column {column!r} already; drop or rename it before assigning again.")
    if policy.by == "quantile" and isinstance(data, nw.DataFrame):
        finest = min(1 - entry for entry in policy.tiers.values() if entry is not None)
        if len(data) < round(1 / finest):
            raise DataError(
                f"Policy {policy.name!r}: a tier for the top {finest:.1%} needs at least {round(1 / finest):,} "
                f"customers, the table has {len(data):,}. Use thresholds, or a coarser quantile."
            )
    return data


def _refuse_odd_past(policy: TierPolicy, before: nw.DataFrame[Any], customer: str) -> None:
    """A review needs one tier a customer, and tiers that the policy knows."""
    tiers = {str(t) for t in before["tier"].cast(nw.String).unique().to_list() if t is not None}
    unknown = sorted(tiers - set(policy.names))
    if unknown:
        raise DataError(f"previous, column 'tier': {unknown[0]!r} is none of the tiers {', '.join(policy.names)}.")
    twice = len(before) - before[customer].n_unique()
    if twice:
        raise DataError(f"previous, column {customer!r}: {twice:,} customers stand there twice; keep one row each.")
