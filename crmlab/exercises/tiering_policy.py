"""The question of set 03 that asks for a whole policy: it is run, and has to keep within limits."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Any

from crmlab.exercises.tiering_tables import HELD_BAND
from crmlab.teach import Mistake
from crmlab.teach.policies import AnsweredByPolicy, Constraint
from crmlab.teach.question import Question
from crmlab.tiering.policy import Override, TierPolicy

CURES = {
    "tiers": "The question asks for three: regular, silver and gold, lowest first.",
    "rule": "An override names a customer; a standard treats equals equally. Leave the overrides out.",
    "stay": "A minimum stay puts off the moves, and does not spare them. Set minimum_stay to 0.",
    "band": "Lower the hysteresis: with a wide one a tier says little about today.",
    "somebody": "Lower what gold takes.",
    "gold": "Raise what gold takes.",
    "upper": "Raise what silver takes.",
    "revenue": "Lower what silver takes: more customers bring more of the revenue.",
    "churn": "Hysteresis spares those who fall a little short; where it is used up, move an entry to where fewer "
    "customers are close to it.",
}


class Trial:
    """One policy at the two reviews of one student; each is run when it is first asked for."""

    def __init__(self, policy: TierPolicy, data: Any) -> None:
        self._policy, self._data = policy, data
        self.limits: dict[str, float] = dict(zip(data.limits["limit"], data.limits["share"], strict=True))

    @cached_property
    def first(self) -> Any:
        """The customers with their tiers at the first review."""
        return self._policy.assign(self._data.first_review)

    @cached_property
    def second(self) -> Any:
        """The same at the second review, where the tiers of the first are held."""
        return self._policy.assign(self._data.second_review, previous=self.first)

    def too_many(self, when: str, at_least: int, limit: str) -> str | None:
        """Say if at a review ("first" or "second") more customers than allowed are in a tier or above it."""
        share = float((getattr(self, when)["tier_rank"] >= at_least).mean())
        if share <= self.limits[limit] + 1e-9:
            return None
        what = "gold has" if at_least == 2 else "silver and gold together have"
        return f"At the {when} review {what} {share:.1%} of the customers; at most {self.limits[limit]:.0%} is allowed"

    def revenue(self) -> str | None:
        """Say if the upper tiers bring too little at the second review."""
        amount, least = self.second["revenue"], self.limits["gold_and_silver_revenue_at_least"]
        share = float(amount[self.second["tier_rank"] > 0].sum() / amount.sum())
        if share >= least - 1e-9:
            return None
        return f"Silver and gold bring {share:.1%} of the revenue at the second review; at least {least:.0%} is asked"

    def churn(self) -> str | None:
        """Say if too many customers change their tier."""
        share = float((self.first["tier_rank"].to_numpy() != self.second["tier_rank"].to_numpy()).mean())
        most = self.limits["label_churn_at_most"]
        return f"{share:.1%} change their tier; at most {most:.1%} is allowed" if share > most + 1e-9 else None


def _tiers(policy: TierPolicy, trial: Trial) -> str | None:
    named = ", ".join(name[:20] for name in policy.names[:5])
    return None if policy.names == ["regular", "silver", "gold"] else f"The tiers are {named}"


def _somebody(policy: TierPolicy, trial: Trial) -> str | None:
    return None if (trial.first["tier_rank"] == 2).any() else "Nobody is gold at the first review"


def _sizes(when: str, stage: int) -> list[Constraint]:
    """Return the limits on the sizes of the tiers at one review."""
    gold, upper = "gold_customers_at_most", "gold_and_silver_customers_at_most"
    return [
        Constraint(f"gold, {when}", lambda p, trial: trial.too_many(when, 2, gold), CURES["gold"], stage),
        Constraint(f"upper, {when}", lambda p, trial: trial.too_many(when, 1, upper), CURES["upper"], stage),
    ]


def _band(policy: TierPolicy, trial: Trial) -> str | None:
    most = trial.limits["hysteresis_at_most"]
    said = f"The hysteresis is {policy.hysteresis:.0%}; at most {most:.0%} is allowed"
    return said if policy.hysteresis > most + 1e-9 else None


def found(data: Any, gold: float = 0.96, silver: float = 0.80, **parts: Any) -> TierPolicy:
    """Return the policy that shows the limits can be kept; the arguments allow for others."""
    revenue = data.second_review["revenue"]
    tiers = {"regular": None, "silver": revenue.quantile(silver), "gold": revenue.quantile(gold)}
    return TierPolicy("standard", "revenue", tiers, **{"hysteresis": HELD_BAND, **parts})


def with_nobody(data: Any) -> TierPolicy:
    """Return it with an entry to gold that nobody reaches."""
    policy = found(data)
    return policy.replace(tiers={**policy.tiers, "gold": 10 * float(data.first_review["revenue"].max())})


def with_override(data: Any) -> TierPolicy:
    """Return it with one customer named."""
    who = str(data.first_review["customer_id"].iloc[0])
    return found(data, overrides=[Override(who, "gold", "asked kindly", date(2026, 12, 31))])


class Policy(AnsweredByPolicy, Question):
    """Write a tier policy that keeps within all the limits in `ex.limits`.

    Your policy is run twice: first on `ex.first_review` (30 June 2025), then on `ex.second_review` (31 December
    2025), where customers hold the tiers of the first. Both tables have `customer_id`, and the `orders` and
    `revenue` of the twelve months before. The limits:

    - `gold_customers_at_most`: the share of customers who are gold, at each review; at the first, somebody has to be;
    - `gold_and_silver_customers_at_most`: the share of customers who are gold or silver, at each review;
    - `gold_and_silver_revenue_at_least`: what they bring at the second review, as a share of all revenue;
    - `label_churn_at_most`: the share of customers whose tier differs between the two reviews;
    - `hysteresis_at_most`: the hysteresis of your policy.

    Make `policy` a `crmlab.TierPolicy` with the tiers regular, silver and gold. It may use either column or both, but
    no overrides and no minimum stay. Whatever keeps within the limits is right.
    """

    answer = "policy"
    points = 5
    level = 3
    hints = [
        '`crmlab.TierPolicy("mine", "revenue", {"regular": None, "silver": 200, "gold": 900})` is a start. Check it: '
        "each limit that it misses is named with the number reached.",
        "Choose gold so that about 4 % reach it at the second review, and silver so that about a fifth do: "
        "`quantile` finds the amounts.",
        "Too much churn? Add `hysteresis=0.2`, and look at the sizes again: some customers now stay who would have "
        "left.",
    ]
    explanation = "One that keeps within the limits (there are many others):"
    constraints = [
        Constraint("tiers", _tiers, CURES["tiers"]),
        Constraint("rule", lambda p, trial: "The policy has overrides" if p.overrides else None, CURES["rule"]),
        Constraint("stay", lambda p, trial: "The policy has a minimum stay" if p.minimum_stay else None, CURES["stay"]),
        Constraint("band", _band, CURES["band"]),
        Constraint("somebody", _somebody, CURES["somebody"], stage=1),
        *_sizes("first", 1),
        *_sizes("second", 2),
        Constraint("revenue", lambda p, trial: trial.revenue(), CURES["revenue"], stage=2),
        Constraint("churn", lambda p, trial: trial.churn(), CURES["churn"], stage=2),
    ]
    mistakes = [
        Mistake(lambda self, data: found(data).replace(tiers={"regular": None, "gold": 900}), CURES["tiers"]),
        Mistake(lambda self, data: with_override(data), CURES["rule"]),
        Mistake(lambda self, data: found(data, minimum_stay=1), CURES["stay"]),
        Mistake(lambda self, data: found(data, hysteresis=0.5), CURES["band"]),
        Mistake(lambda self, data: with_nobody(data), CURES["somebody"]),
        Mistake(lambda self, data: found(data, gold=0.90), CURES["gold"]),
        Mistake(lambda self, data: found(data, silver=0.60), CURES["upper"]),
        Mistake(lambda self, data: found(data, silver=0.92), CURES["revenue"]),
        Mistake(lambda self, data: found(data, hysteresis=0.0), CURES["churn"]),
    ]

    def trial(self, policy, data):
        return Trial(policy, data)

    def solution(self, data):
        import crmlab

        revenue = data.second_review["revenue"]
        tiers = {"regular": None, "silver": revenue.quantile(0.80), "gold": revenue.quantile(0.96)}
        return crmlab.TierPolicy("standard", "revenue", tiers, hysteresis=0.2)
