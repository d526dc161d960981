"""What a policy is refused for when it is declared."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from crmlab.errors import PolicyError
from crmlab.tiering.policy.parts import AtMost, is_number

if TYPE_CHECKING:
    from crmlab.tiering.policy.declaration import TierPolicy

BY = ("threshold", "quantile", "share")
RHYTHMS = {"": 0, "monthly": 1, "quarterly": 3, "half-yearly": 6, "yearly": 12}


def check(policy: TierPolicy) -> None:
    """Raise a PolicyError for whatever cannot work."""
    name = f"Policy {policy.name!r}"
    if policy.by not in BY:
        raise PolicyError(f"{name}: by is {policy.by!r}; use 'threshold', 'quantile' or 'share'.")
    if not isinstance(policy.tiers, Mapping) or len(policy.tiers) < 2:
        raise PolicyError(f"{name}: tiers needs two or more named tiers, lowest first.")
    _refuse_highest_first(policy, name)
    (lowest, nothing), *higher = policy.tiers.items()
    if nothing is not None:
        raise PolicyError(
            f"{name}: the lowest tier {lowest!r} takes {nothing!r}; leave out its at_least "
            "(in Python: None), so that every customer has a tier."
        )
    if any(isinstance(entry, Mapping) for _, entry in higher):
        _check_rules(policy, higher, name)
    else:
        _check_measure(policy, name)
        _check_entries(policy, higher, name)
    _check_service(policy, name)


def _check_measure(policy: TierPolicy, name: str) -> None:
    """One measure, or dimensions whose weights sum to 1."""
    if bool(policy.measure) == bool(policy.dimensions):
        raise PolicyError(
            f"{name}: give either a measure (one column) or dimensions (a weighted score)"
            f"{', not both' if policy.measure else ''}; or give each tier rules such as {{'orders': 4}}."
        )
    if not policy.dimensions:
        return
    measures = [d.measure for d in policy.dimensions]
    if len(set(measures)) < len(measures):
        raise PolicyError(f"{name}: two dimensions use the same measure ({', '.join(measures)}).")
    total = sum(d.weight for d in policy.dimensions)
    if abs(total - 1) > 1e-6:
        mended = ", ".join(f"{d.measure} {d.weight / total:.4g}" for d in policy.dimensions)
        raise PolicyError(f"{name}: the weights sum to {total:.4g}, not 1. In the same proportions: {mended}.")


def _check_entries(policy: TierPolicy, higher: list[tuple[str, Any]], name: str) -> None:
    """Numbers that rise (fall, for shares of value) from tier to tier, within their range."""
    previous: float | None = None
    for tier, entry in higher:
        if not is_number(entry):
            raise PolicyError(f"{name}: tier {tier!r} {_no_number(entry)}")
        if policy.by != "threshold" and not 0 < entry < 1:
            example = "0.95 for the top 5 %" if policy.by == "quantile" else "0.5 for half of the measure"
            raise PolicyError(
                f"{name}: tier {tier!r} takes the {policy.by} {entry!r}; a share between 0 and 1 was expected, "
                f"e.g. {example}."
            )
        if policy.by == "threshold" and policy.dimensions and not 0 < entry <= 100:
            raise PolicyError(f"{name}: tier {tier!r} takes a score of {entry:g}; scores run from 0 to 100.")
        if previous is not None and (entry >= previous if policy.by == "share" else entry <= previous):
            less, fall = ("no less", "falling") if policy.by == "share" else ("no more", "rising")
            raise PolicyError(
                f"{name}: tier {tier!r} takes {entry:g}, {less} than the tier below it "
                f"({previous:g}), so nobody could be in the lower one. List tiers lowest first, entries {fall}."
            )
        previous = float(entry)


def _check_rules(policy: TierPolicy, higher: list[tuple[str, Any]], name: str) -> None:
    """Each higher tier has at least one rule, and no tier swallows the one below it."""
    if policy.measure or policy.dimensions or policy.by != "threshold":
        raise PolicyError(f"{name}: the tiers have rules of their own, so leave out measure, dimensions and by.")
    for tier, rules in higher:
        if not isinstance(rules, Mapping) or not rules:
            raise PolicyError(f"{name}: tier {tier!r} has no rules; give it some, e.g. {{'orders': 4}}.")
        for measure, bound in rules.items():
            if not is_number(bound):
                raise PolicyError(f"{name}: tier {tier!r}, {measure}: {_no_number(bound)}")
    for (lower, below), (upper, above) in pairwise(higher):
        if all(column in below and _no_stricter(bound, below[column]) for column, bound in above.items()):
            raise PolicyError(
                f"{name}: whoever meets the rules of {lower!r} meets those of {upper!r} too, so nobody could be in "
                f"{lower!r}. Make the rules of {upper!r} stricter, or exchange the two."
            )


def _no_stricter(bound: float, other: float) -> bool:
    if isinstance(bound, AtMost) is not isinstance(other, AtMost):
        return False
    return float(bound) >= float(other) if isinstance(bound, AtMost) else bound <= other


def _check_service(policy: TierPolicy, name: str) -> None:
    """Everything around the rule: hysteresis, stay, rhythm, benefits, overrides."""
    if not is_number(policy.hysteresis) or not 0 <= policy.hysteresis < 1:
        raise PolicyError(
            f"{name}: hysteresis is {policy.hysteresis!r}; a share between 0 and 1 was expected, e.g. 0.1: a tier is "
            "lost only when the measure falls 10 % below its entry."
        )
    if isinstance(policy.minimum_stay, bool) or not isinstance(policy.minimum_stay, int) or policy.minimum_stay < 0:
        raise PolicyError(
            f"{name}: minimum_stay is {policy.minimum_stay!r}; a number of reviews, 0 or more, was expected."
        )
    if policy.review not in RHYTHMS:
        rhythms = ", ".join(map(repr, filter(None, RHYTHMS)))
        raise PolicyError(f"{name}: review is {policy.review!r}; use one of {rhythms}, or leave it out.")
    for what, tiers in (("benefits", policy.benefits), ("overrides", [o.tier for o in policy.overrides])):
        for tier in tiers:
            if tier not in policy.tiers:
                raise PolicyError(f"{name}: {what} name the tier {tier!r}; there are {', '.join(policy.tiers)}.")
    ids = [o.customer for o in policy.overrides]
    for customer in ids:
        if ids.count(customer) > 1:
            raise PolicyError(f"{name}: customer {customer!r} has two overrides; keep one.")


def _refuse_highest_first(policy: TierPolicy, name: str) -> None:
    """Tell the usual order apart from a missing entry, or the cures would contradict each other."""
    first, *_, last = policy.tiers.values()
    entries = [e for e in policy.tiers.values() if is_number(e)]
    falling = len(entries) > 1 and all(a > b for a, b in pairwise(entries)) and policy.by != "share"
    if first is not None and (last is None or falling):
        raise PolicyError(
            f"{name}: the tiers stand highest first. List them lowest first: {', '.join(reversed(policy.names))}."
        )


def _no_number(entry: object) -> str:
    """What is wrong with an entry, and the cure."""
    if entry is None:
        return "has no at_least; a number was expected. Only the lowest tier, listed first, goes without."
    if not isinstance(entry, str):
        return f"takes {entry!r}; a number was expected."
    try:
        float(entry)
    except ValueError:
        return f"takes the text {entry!r}; a number was expected, e.g. 5000, without signs and separators."
    return f"takes the text {entry!r}; a number was expected. Remove the quotes."
