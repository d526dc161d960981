"""What a policy does to a table of customers: sizes, moves to another policy, the thresholds it amounts to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import narwhals as nw

from crmlab.errors import DataError
from crmlab.tiering.policy.document import entry_in_words
from crmlab.tiering.policy.written import plain
from crmlab.tiering.ranking import read

if TYPE_CHECKING:
    import pandas as pd

    from crmlab.tiering.policy.declaration import TierPolicy


def table(policy: TierPolicy, customers: Any, value: str | None, how: Mapping[str, Any]) -> pd.DataFrame:
    """Count the customers of each tier and what they bring."""
    import pandas as pd

    tiered: Any = nw.from_native(policy.assign(customers, **how))
    schema = tiered.collect_schema()
    value = value or ("revenue" if "revenue" in schema else policy.measures[0])
    read(customers, [value])
    at = policy.measure or ("score" if policy.dimensions else policy.measures[0])
    found = collect(
        # whole numbers stay whole; decimals of a data base become floats
        tiered.select("tier", *(_plain(schema, c).alias(a) for c, a in ((value, "_value"), (at, "_at"))))
        .with_columns(_mean=nw.col("_value"))
        .group_by("tier")
        .agg(nw.len(), nw.col("_value").sum(), nw.col("_mean").mean(), nw.col("_at").min())
    )
    _refuse_untiered(policy, found, "tier")
    # a tier with nobody in it is shown, with zero
    sums = found.set_index(found.pop("tier").astype(str)).reindex(policy.names)
    sums = sums.fillna({"len": 0, "_value": 0}).astype({"len": "int64"})
    if schema[value].is_integer():
        sums = sums.astype({"_value": "int64"})
    total = sums["_value"].sum()
    sums.insert(1, "share_of_customers", sums["len"] / sums["len"].sum())
    sums.insert(3, f"share_of_{value}", sums["_value"] / total if total else float("nan"))
    sums.columns = ["customers", "share_of_customers", value, f"share_of_{value}", f"mean_{value}", "from"]
    sums.index = pd.CategoricalIndex(policy.names, categories=policy.names, ordered=True, name="tier")
    if policy.has_rules:  # the lowest of one measure says nothing about rules on several
        sums = sums.drop(columns="from")
    return sums.iloc[::-1]


def diff(
    before: TierPolicy, after: TierPolicy, customers: Any, value: str | None, how: Mapping[str, Any]
) -> pd.DataFrame:
    """Count the customers who move between two policies, and what they bring."""
    import pandas as pd

    frame: Any = nw.from_native(before.assign(customers, **how))
    first = frame.with_columns(_before=nw.col("tier").cast(nw.String), _before_rank=nw.col("tier_rank"))
    extra = [c for c in ("score", "reviews_held", "overridden") if c in first.collect_schema()]
    mine = set(nw.from_native(customers).collect_schema().names())
    first = first.drop("tier", "tier_rank", *(c for c in extra if c not in mine))
    second: Any = nw.from_native(after.assign(first.to_native(), **how))
    schema = second.collect_schema()
    value = value or ("revenue" if "revenue" in schema else before.measures[0])
    read(customers, [value])
    found = collect(
        second.select("_before", nw.col("tier").cast(nw.String).alias("_after"), _plain(schema, value).alias("_value"))
        .group_by("_before", "_after")
        .agg(nw.len(), nw.col("_value").sum())
    )
    _refuse_untiered(before, found, "_before")
    _refuse_untiered(after, found, "_after")
    moves = pd.DataFrame({"before": found["_before"].astype(str), "after": found["_after"].astype(str)})
    old, new = moves["before"].map(before.names.index), moves["after"].map(after.names.index)
    # tiers of two policies compare by their names where the names are shared, else by their place from below
    target = moves["after"].map(lambda t: before.names.index(t) if t in before.names else after.names.index(t))
    moves["move"] = (target - old).map(lambda steps: "up" if steps > 0 else "down" if steps < 0 else "stay")
    moves["customers"] = found["len"].astype("int64")
    moves["share_of_customers"] = moves["customers"] / moves["customers"].sum()
    moves[value] = found["_value"]
    total = moves[value].sum()
    moves[f"share_of_{value}"] = moves[value] / total if total else float("nan")
    order = pd.DataFrame({"old": -old, "new": -new}).sort_values(["old", "new"]).index
    return moves.loc[order].reset_index(drop=True)


def changes(before: TierPolicy, after: TierPolicy) -> list[str]:
    """Say what another declaration changes, one line each."""
    old, new = plain(before), plain(after)
    lines = []
    for key in dict.fromkeys([*old, *new]):
        if key not in ("tiers", "dimensions", "overrides") and old.get(key) != new.get(key):
            lines.append(f"{key.replace('_', ' ')}: {_or_nothing(old.get(key))} becomes {_or_nothing(new.get(key))}")
    lines += _compared(_dimensions(before), _dimensions(after), "dimension ")
    lines += _compared(_tiers(before), _tiers(after))
    lines += _compared(before.benefits, after.benefits, "benefits of ")
    lines += _compared(_overrides(before), _overrides(after), "override of ")
    return lines


def as_thresholds(policy: TierPolicy, customers: Any) -> TierPolicy:
    """State a policy by quantile or share as the thresholds that it means for these customers."""
    if policy.has_rules or policy.by == "threshold":
        return policy
    lowest = table(policy.replace(overrides=()), customers, None, {})["from"].iloc[::-1]
    tiers: dict[str, Any] = {policy.names[0]: None}
    tiers |= {str(tier): entry for tier, entry in lowest.iloc[1:].items() if entry == entry}
    if len(tiers) < 2:
        raise DataError(
            f"Policy {policy.name!r}: all customers are in {policy.names[0]!r}, so there are no thresholds."
        )
    benefits = {tier: text for tier, text in policy.benefits.items() if tier in tiers}
    overrides = [o for o in policy.overrides if o.tier in tiers]
    return policy.replace(tiers=tiers, by="threshold", benefits=benefits, overrides=overrides)


def collect(frame: Any) -> pd.DataFrame:
    """Bring a small result into pandas."""
    return (frame if isinstance(frame, nw.DataFrame) else frame.collect("pandas")).to_pandas()


def _refuse_untiered(policy: TierPolicy, found: pd.DataFrame, column: str) -> None:
    none = found[column].isna()
    if none.any():
        raise DataError(
            f"customers: {int(found.loc[none, 'len'].sum()):,} customers have no usable "
            f"{' or '.join(policy.measures)}, so they have no tier. Fill them or leave those customers out."
        )


def _dimensions(policy: TierPolicy) -> dict[str, str]:
    return {d.measure: f"weight {d.weight:g}, scale {d.scale[0]:g} to {d.scale[1]:g}" for d in policy.dimensions}


def _tiers(policy: TierPolicy) -> dict[str, str]:
    return {tier: entry_in_words(policy, entry) for tier, entry in policy.tiers.items()}


def _overrides(policy: TierPolicy) -> dict[str, str]:
    return {str(o.customer): f"{o.tier} until {o.until}" for o in policy.overrides}


def _compared(old: Mapping[str, str], new: Mapping[str, str], what: str = "") -> list[str]:
    return [
        f"{what}{key}: {_or_nothing(old.get(key))} becomes {_or_nothing(new.get(key))}"
        for key in dict.fromkeys([*old, *new])
        if old.get(key) != new.get(key)
    ]


def _or_nothing(value: Any) -> str:
    return "nothing" if value in (None, "", 0) else str(value)


def _plain(schema: Mapping[str, Any], column: str) -> nw.Expr:
    return nw.col(column) if schema[column].is_integer() else nw.col(column).cast(nw.Float64)
