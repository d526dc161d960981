"""Counting the moves: on any engine, with only one row a pair of tiers brought into memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
import pandas as pd

from crmlab.errors import DataError, nearest
from crmlab.schema import CUSTOMER
from crmlab.tiering.moves.chain import Migration

if TYPE_CHECKING:
    from crmlab.tiering.policy import TierPolicy


def migration(
    before: Any,
    after: Any = None,
    *,
    customer: str = CUSTOMER,
    tier: str = "tier",
    tiers: Sequence[str] | TierPolicy | None = None,
    level: float = 0.95,
) -> Migration:
    """Count who moved from which tier to which.

    Parameters
    ----------
    before, after : frame
        Two assignments, as from :meth:`crmlab.TierPolicy.assign`; any engine, the same for both. Or leave ``after``
        out and give a list of assignments in order of time: their periods are pooled.
    customer, tier : str
        Column names.
    tiers : sequence of str or TierPolicy, optional
        Tier names, lowest first; needed only where neither an ordered category nor ``tier_rank`` tells the order.
    level : float
        Confidence of the intervals, between 0 and 1.

    Returns
    -------
    Migration
        Nobody is lost: ``counts``, ``joiners`` and ``leavers`` together are all customers.

    Raises
    ------
    DataError
        For a missing column, a customer without id or tier, a customer twice in one assignment, or tiers whose order
        is not known.

    Examples
    --------
    >>> from crmlab import TierPolicy
    >>> policy = TierPolicy("demo", "revenue", {"regular": None, "gold": 500})
    >>> june = policy.assign(pd.DataFrame({"customer_id": ["A", "B", "C"], "revenue": [500.0, 90.0, 20.0]}))
    >>> july = policy.assign(pd.DataFrame({"customer_id": ["A", "B", "D"], "revenue": [510.0, 600.0, 80.0]}))
    >>> print(migration(june, july))
    Of 2 customers, 50.0% rose, 0.0% fell and 50.0% stayed in their tier; 1 joined and 1 left.
    """
    if not 0 < level < 1:
        raise DataError(f"level is {level!r}; a confidence between 0 and 1 was expected, e.g. 0.95.")
    frames = list(before) if after is None and isinstance(before, (list, tuple)) else [before, after]
    if len(frames) < 2 or any(f is None for f in frames):
        raise DataError("migration needs two assignments: migration(june, july), or a list of two or more.")
    opened = [_opened(f, customer, tier, f"assignment {i}") for i, f in enumerate(frames, start=1)]
    pairs = [_count(a, b, customer, tier, i) for i, (a, b) in enumerate(pairwise(opened), start=1)]
    names = _order(opened, pairs, tier, tiers)
    parts = [_matrix(found, names) for found in pairs]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    counts, joiners, leavers = total.iloc[1:, 1:], total.iloc[0, 1:], total.iloc[1:, 0]
    periods = [part.iloc[1:, 1:] for part in parts] if len(parts) > 1 else []
    now = parts[-1].iloc[:, 1:].sum()
    return Migration(counts, joiners, leavers, now, periods, level)


def _opened(frame: Any, customer: str, tier: str, name: str) -> Any:
    """Return a narwhals frame that has the two columns."""
    try:
        data: Any = nw.from_native(frame)
    except TypeError:
        raise DataError(f"{name} is a {type(frame).__name__}; a data frame was expected.") from None
    schema = data.collect_schema()
    for column in (customer, tier):
        if column not in schema:
            raise DataError(
                f"{name} has no column {column!r}.{nearest(column, schema)} It should be what assign gave; "
                "columns of your own are named with customer= and tier=."
            )
    return data


def _count(before: Any, after: Any, customer: str, tier: str, number: int) -> pd.DataFrame:
    """Count customers by tier before and after; ``was`` and ``is`` tell whether they were there at all.

    The two tables are put under one another and grouped by customer: that needs no outer join, which engines name
    and fill differently.
    """
    kinds = [f.collect_schema()[customer] for f in (before, after)]
    if kinds[0].is_numeric() != kinds[1].is_numeric():
        raise DataError(
            f"assignments {number} and {number + 1}, column {customer!r}: {str(kinds[0]).lower()} in one and "
            f"{str(kinds[1]).lower()} in the other; turn one into the kind of the other."
        )
    if type(before) is not type(after) or before.implementation is not after.implementation:
        raise DataError(
            f"assignments {number} and {number + 1} are of two engines ({before.implementation}, "
            f"{after.implementation}); bring both into one."
        )
    sides = [_side(before, customer, tier, True), _side(after, customer, tier, False)]
    if kinds[0] != kinds[1]:
        sides = [s.with_columns(nw.col("_who").cast(kinds[0])) for s in sides]
    both: Any = nw.concat(sides, how="vertical")
    columns = ["_before", "_after", "_rank_before", "_rank_after", "_was", "_is"]
    people = both.group_by("_who").agg(
        *(nw.col(c).max() for c in columns[:4]), nw.col("_was").sum(), nw.col("_is").sum()
    )
    people = people.with_columns(nw.col("_was", "_is").cast(nw.Int64), _nobody=nw.col("_who").is_null().cast(nw.Int64))
    counted = people.group_by(*columns, "_nobody").agg(_customers=nw.len())
    found = (counted if isinstance(counted, nw.DataFrame) else counted.collect("pandas")).to_pandas()
    found.columns = [str(c).lstrip("_") for c in found.columns]
    _refuse_odd_rows(found, number)
    return found


def _side(data: Any, customer: str, tier: str, first: bool) -> Any:
    """One assignment with its tier on its own side and nothing on the other."""
    name = nw.col(tier).cast(nw.String).fill_null("")
    rank = nw.lit(-1)
    if "tier_rank" in data.collect_schema():
        rank = nw.col("tier_rank").fill_null(-1)
    rank, none, no_rank = rank.cast(nw.Int64), nw.lit(""), nw.lit(-1).cast(nw.Int64)
    one, zero = nw.lit(1).cast(nw.Int64), nw.lit(0).cast(nw.Int64)
    return data.select(
        nw.col(customer).alias("_who"),
        _before=name if first else none, _after=none if first else name,
        _rank_before=rank if first else no_rank, _rank_after=no_rank if first else rank,
        _was=one if first else zero, _is=zero if first else one,
    )  # fmt: skip


def _refuse_odd_rows(found: pd.DataFrame, number: int) -> None:
    """A customer without id or tier, or twice, cannot be counted as one move."""
    sides = ((number, "was", "before"), (number + 1, "is", "after"))
    nobody = found["nobody"] > 0
    if nobody.any():
        where = " and ".join(str(i) for i, there, _ in sides if found.loc[nobody, there].sum())
        rows = int(found.loc[nobody, ["was", "is"]].to_numpy().sum())
        raise DataError(f"assignment {where}: {rows:,} rows have no customer; set them aside first.")
    for i, there, tier in sides:
        twice = found[there] > 1
        if twice.any():
            raise DataError(
                f"assignment {i}: {int(found.loc[twice, 'customers'].sum()):,} customers stand there twice; keep one "
                "row each."
            )
        none = (found[there] > 0) & (found[tier] == "")
        if none.any():
            raise DataError(
                f"assignment {i}: {int(found.loc[none, 'customers'].sum()):,} customers have no tier. Fill their "
                "measures and assign again, or leave them out."
            )


def _order(opened: list[Any], pairs: list[pd.DataFrame], tier: str, given: Any) -> list[str]:
    """Tier names, lowest first: as given, as the categories stand, or by ``tier_rank``."""
    ranks = _ranks_found(pairs)
    if given is not None:
        names = [str(t) for t in getattr(given, "names", given)]
    else:
        names = _categories(opened, tier) or _by_rank(ranks)
    unknown = sorted(set(ranks) - set(names))
    if unknown:
        raise DataError(f"tier {unknown[0]!r} is none of {', '.join(names)}.{nearest(unknown[0], names)}")
    if len(names) < 2 or len(set(names)) < len(names):
        raise DataError(f"tiers is {', '.join(names)}; two or more different names were expected, lowest first.")
    return names


def _ranks_found(pairs: list[pd.DataFrame]) -> dict[str, set[int]]:
    """Every tier somebody has, with the ranks that go with it."""
    ranks: dict[str, set[int]] = {}
    for table in pairs:
        for name in ("before", "after"):
            for label, rank in zip(table[name].astype("str"), table[f"rank_{name}"], strict=True):
                if label:
                    ranks.setdefault(label, set()).add(int(rank))
    return ranks


def _categories(opened: list[Any], tier: str) -> list[str]:
    """The categories of the tier columns, if all are ordered and the same."""
    kinds = [f.collect_schema()[tier] for f in opened]
    if not all(isinstance(kind, nw.Enum) for kind in kinds):
        return []
    lists = [[str(c) for c in kind.categories] for kind in kinds]
    if any(names != lists[0] for names in lists):
        raise DataError(
            f"the assignments know different tiers ({', '.join(lists[0])}, but also "
            f"{', '.join(next(n for n in lists if n != lists[0]))}). Say which, lowest first: tiers=[...]."
        )
    return lists[0]


def _by_rank(ranks: dict[str, set[int]]) -> list[str]:
    """Tiers in the order of ``tier_rank``, where that is one for each tier."""
    places = {label: min(found) for label, found in ranks.items()}
    if any(len(found) > 1 or -1 in found for found in ranks.values()) or len(set(places.values())) < len(places):
        raise DataError("the order of the tiers is not known. Say it, lowest first: tiers=['regular', 'gold'].")
    return sorted(places, key=places.__getitem__)


def _matrix(found: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Customers by tier before and after; the first row and column are for those who were not there."""
    there = [("was", "before"), ("is", "after")]
    rows, columns = (
        pd.Index(names).get_indexer(pd.Index(found[tier].astype("str"))) + found[present].to_numpy().astype("int64")
        for present, tier in there
    )
    matrix = np.zeros((len(names) + 1, len(names) + 1), dtype=np.int64)
    np.add.at(matrix, (rows.clip(0), columns.clip(0)), found["customers"].to_numpy().astype("int64"))
    labels = ["", *names]
    return pd.DataFrame(matrix, index=pd.Index(labels, name="before"), columns=pd.Index(labels, name="after"))
