"""One customer's tier in one plain sentence: why, how far to the next, and the shortest way there.

The ways are tried, not derived: small tables of what the customer could become are put through the same ``assign``
as everybody else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as Date
from math import ceil
from typing import TYPE_CHECKING, Any

import narwhals as nw

from crmlab.errors import DataError, nearest
from crmlab.tiering.policy.checks import RHYTHMS
from crmlab.tiering.policy.comparing import collect
from crmlab.tiering.policy.document import named
from crmlab.tiering.policy.parts import AtMost, as_day
from crmlab.tiering.ranking import read

if TYPE_CHECKING:
    import pandas as pd

    from crmlab.tiering.policy.declaration import TierPolicy

PURCHASES = 60  # more than this many more purchases is no advice
COUNTS = ("orders", "frequency")  # one more with each purchase
MONEY = ("revenue",)  # rises by the value of the purchase
SINCE = ("days_since_last",)  # starts again at 0


@dataclass(frozen=True)
class Explanation:
    """Why a customer has a tier, and what the next one takes.

    Parameters
    ----------
    customer : str or int
        The customer's id.
    tier : str
        The tier.
    measures : mapping of str to float
        The customer's measures.
    score : float or None
        Points, if the policy has dimensions.
    next_tier : str or None
        The tier above; None at the top.
    missing : mapping of str to float
        For each measure that alone would do (all together, for rules): by how much it would have to change.
    purchases : int or None
        Purchases of the customer's usual value that would lead to the next tier; None if none of up to 60 do.
    usual_value : float or None
        Value of a usual purchase, money.
    review : datetime.date or None
        Day of the next review.
    sentence : str
        All of it in words.
    """

    customer: Any
    tier: str
    measures: Mapping[str, float]
    score: float | None
    next_tier: str | None
    missing: Mapping[str, float]
    purchases: int | None
    usual_value: float | None
    review: Date | None
    sentence: str

    def __str__(self) -> str:
        return self.sentence


def explain(
    policy: TierPolicy, customers: Any, who: Any, as_of: Any, customer: str, changes: Mapping[str, float]
) -> Explanation:
    """Work out an Explanation; see :meth:`crmlab.TierPolicy.explain`."""
    import pandas as pd

    row = _row(customers, policy, who, customer, changes)
    fixed = policy.as_thresholds(customers)
    me = pd.DataFrame([row])
    today = fixed.assign(me, as_of=as_of, customer=customer)
    rank = int(today["tier_rank"].iloc[0])
    tier = fixed.names[rank]
    points = float(today["score"].iloc[0]) if policy.dimensions else None
    # an override may hold the customer above or below what the measures say; advice follows the measures
    bare = fixed.replace(overrides=())
    earned = int(bare.assign(me)["tier_rank"].iloc[0])
    above = fixed.names[earned + 1] if earned + 1 < len(fixed.names) else None
    usual = _usual_value(row)
    missing = _missing(bare, row, above) if above else {}
    purchases = _purchases(bare, row, earned, usual) if above else None
    review = next_review(policy, as_of)
    reason = next((o.reason for o in fixed.overrides if o.customer == who and rank != earned), "")
    measures = {m: float(row[m]) for m in policy.measures}
    sentence = f"{who} is {tier}: " + _why(measures, points, reason, fixed.names[earned])
    if above:
        sentence += _way(bare, above, missing, points, purchases, usual, review)
    return Explanation(who, tier, measures, points, above, missing, purchases, usual, review, sentence)


def next_review(policy: TierPolicy, as_of: Any) -> Date | None:
    """First day of the next period of the policy's rhythm.

    Examples
    --------
    >>> from crmlab import TierPolicy
    >>> policy = TierPolicy("demo", "revenue", {"regular": None, "gold": 500}, review="quarterly")
    >>> next_review(policy, "2025-02-14")
    datetime.date(2025, 4, 1)
    """
    months = RHYTHMS[policy.review]
    if not months or as_of is None:
        return None
    today = as_day(as_of, "as_of")
    begun = (today.month - 1) // months * months + months
    return Date(today.year + begun // 12, begun % 12 + 1, 1)


def _row(customers: Any, policy: TierPolicy, who: Any, customer: str, changes: Mapping[str, float]) -> dict[str, Any]:
    """The customer's own row, with changes added."""
    data = read(customers, policy.measures)
    schema = data.collect_schema()
    if customer not in schema:
        raise DataError(
            f"customers has no column {customer!r}.{nearest(customer, schema)} Name yours with customer=..."
        )
    found = collect(data.filter(nw.col(customer) == who))
    if len(found) != 1:
        times = "is not in the table" if found.empty else f"stands there {len(found)} times; keep one row"
        raise DataError(f"customers, column {customer!r}: {who!r} {times}.")
    kept = [c for c in found.columns if c not in ("tier", "tier_rank", "score", "reviews_held", "overridden")]
    row = {str(column): value for column, value in found[kept].iloc[0].items()}
    for measure, by in changes.items():
        if measure not in policy.measures:
            raise DataError(
                f"Policy {policy.name!r} does not look at {measure!r}.{nearest(measure, policy.measures)} "
                f"It looks at {', '.join(policy.measures)}."
            )
        row[measure] = row[measure] + by
    return row


def _usual_value(row: Mapping[str, Any]) -> float | None:
    """Mean value of a purchase."""
    orders, revenue = row.get("orders"), row.get("revenue")
    if not orders or revenue is None or not revenue > 0:
        return None
    return round(float(revenue) / float(orders), 2)


def _missing(policy: TierPolicy, row: Mapping[str, Any], above: str) -> dict[str, float]:
    """By how much each measure would have to change, each alone (rules: all together)."""
    entry = policy.tiers[above]
    if isinstance(entry, Mapping):
        gaps = {m: float(bound) - float(row[m]) for m, bound in entry.items()}
        return {m: _tidy(m, gap) for m, gap in gaps.items() if (gap < 0 if isinstance(entry[m], AtMost) else gap > 0)}
    if not policy.dimensions:
        return {policy.measure: _tidy(policy.measure, entry - float(row[policy.measure]))}
    alone = {}
    short = entry - _points(policy, row)
    for d in policy.dimensions:
        low, high = d.scale
        at = min(max(float(row[d.measure]), min(d.scale)), max(d.scale))
        target = at + short / (100 * d.weight) * (high - low)
        if min(d.scale) <= target <= max(d.scale):
            alone[d.measure] = _tidy(d.measure, target - float(row[d.measure]))
    return dict(sorted(alone.items(), key=lambda way: abs(way[1]) / (abs(float(row[way[0]])) or 1)))


def _points(policy: TierPolicy, row: Mapping[str, Any]) -> float:
    import pandas as pd

    return float(policy.assign(pd.DataFrame([row]))["score"].iloc[0])


def _tidy(measure: str, gap: float) -> float:
    """A change one can make: whole counts and days, money in cents, rounded so that it suffices."""
    size = 1.0 if measure in (*COUNTS, *SINCE) else 0.01
    steps = ceil(abs(gap) / size - 1e-9)
    return (steps if gap > 0 else -steps) * size if size == 1.0 else round((steps if gap > 0 else -steps) / 100, 2)


def _purchases(policy: TierPolicy, row: Mapping[str, Any], rank: int, usual: float | None) -> int | None:
    """Fewest purchases of the usual value that lead to a higher tier."""
    import pandas as pd

    if usual is None or not set(policy.measures) & {*COUNTS, *MONEY, *SINCE}:
        return None
    later: pd.DataFrame = pd.DataFrame([row] * PURCHASES)
    more = pd.Series(range(1, PURCHASES + 1))
    for column in set(later.columns) & {*COUNTS, *MONEY, *SINCE}:
        if column in SINCE:
            later[column] = 0
        else:
            later[column] = later[column] + more * (usual if column in MONEY else 1)
    reached = more[policy.assign(later)["tier_rank"] > rank]
    return int(reached.iloc[0]) if len(reached) else None


def _why(measures: Mapping[str, float], points: float | None, reason: str, earned: str) -> str:
    facts = ", ".join(f"{named(m)} {_number(v)}" for m, v in measures.items())
    text = f"score {points:.1f} ({facts})" if points is not None else facts
    return f"{text}, by an override ({reason}); the rule alone gives {earned}." if reason else f"{text}."


def _way(
    policy: TierPolicy, above: str, missing: Mapping[str, float], points: float | None,
    purchases: int | None, usual: float | None, review: Date | None,
) -> str:  # fmt: skip
    """What the next tier takes, and the shortest way there."""
    changes = [_change(m, by) for m, by in missing.items()]
    if points is not None:
        text = f" {float(policy.tiers[above]) - points:.1f} points short of {above}"
        text += f": {' or '.join(changes)} would do" if changes else ""
    else:
        text = f" {above} takes {' and '.join(changes)}"
    if purchases:
        once = "one more purchase" if purchases == 1 else f"{purchases} more purchases"
        text += f"; {once} of the usual {_number(usual or 0)} would do"
    text += f", before the review on {review.day} {review:%B %Y}" if review else ""
    return f"{text}."


def _change(measure: str, by: float) -> str:
    """A change of one measure as one says it.

    Examples
    --------
    >>> _change("orders", 1), _change("revenue", 33.94), _change("days_since_last", -40)
    ('1 more order', '33.94 more revenue', 'a last purchase 40 days more recent')
    """
    size = _number(abs(by))
    if measure in SINCE:
        return f"a last purchase {size} days {'more recent' if by < 0 else 'longer ago'}"
    noun = named(measure)[:-1] if abs(by) == 1 and measure == "orders" else named(measure)
    return f"{size} {'more' if by > 0 else 'less'} {noun}"


def _number(value: float) -> str:
    """A number as one says it: no decimals if there are none.

    Examples
    --------
    >>> _number(1480.0), _number(0.5), _number(74.2)
    ('1,480', '0.50', '74.20')
    """
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
