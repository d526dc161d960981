"""The questions of set 03 that compare: gold among women and men, and two standards for the same customers."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.drawing import remembered
from crmlab.exercises.shares import THREE_DECIMALS, what_it_looks_like
from crmlab.exercises.tiering_classes import classes, in_front, revenue_each
from crmlab.exercises.tiering_sums import if_other
from crmlab.exercises.tiering_tier import idle, per_customer, policy
from crmlab.teach import Mistake
from crmlab.teach.question import Question


@remembered
def tiers(data: Any) -> pd.Series:
    """Return everybody's tier of 2025."""
    return policy(data)


@remembered
def by_gender(data: Any) -> pd.DataFrame:
    """Return for F, M and X how many customers there are, and how many are gold, silver or ordered in 2025."""
    gender = data.customers["gender"].to_numpy()
    count = per_customer(data)[0].to_numpy()
    found = pd.DataFrame({"gold": tiers(data).eq("gold").to_numpy(), "ordered": count > 0, "frequent": count >= 4})
    found["upper"] = tiers(data).ne("regular").to_numpy()
    table = found.groupby(gender).sum().reindex(["F", "M", "X"], fill_value=0)
    return table.assign(customers=pd.Series(gender).value_counts())


def lower_to_higher(one: float, other: float) -> float:
    """Return the lower of two rates, divided by the higher."""
    return min(one, other) / max(one, other)


def rates(data: Any, reached: str = "gold", of: str = "customers") -> tuple[float, float]:
    """Return the rates of women and men; the arguments allow for wrong versions."""
    table = by_gender(data)
    share = table[reached] / table[of]
    return float(share["F"]), float(share["M"])


class GoldRatio(Question):
    """How far apart are the gold rates of women and men?

    The gold rate of a group is the share of *its* customers who are gold by the tier policy for 2025 above. Divide
    the lower of the two rates by the higher: 1 means equal rates, and the smaller the ratio, the wider the gap.

    Women have the `gender` F in `ex.customers`, men M; X (neither, or not said) is in neither group. Three decimals
    are enough.
    """

    answer = "gold_ratio"
    points = 3
    level = 2
    tolerance = THREE_DECIMALS
    bounds = (0, 1)
    hints = [
        "Two rates first, each with a denominator of its own: all women, and all men.",
        '`tier.eq("gold").groupby(gender).mean()` gives the rates, if both have `customer_id` as their index.',
        "`min(...) / max(...)` is at most 1, whichever group has the lower rate.",
    ]

    def solution(self, data):
        tier = policy(data)  # shown as: # tier: from the question on the policy
        gender = data.customers.set_index("customer_id")["gender"]
        rate = tier.eq("gold").groupby(gender).mean()
        return min(rate["F"], rate["M"]) / max(rate["F"], rate["M"])

    def explain(self, answer, data):
        return "The lower rate divided by the higher is at most 1." if answer > 1 else None

    mistakes = [
        Mistake(
            lambda self, data: 1 / lower_to_higher(*rates(data)),
            "The ratio is upside down: divide the lower rate by the higher.",
        ),
        Mistake(
            lambda self, data: if_other(
                lower_to_higher(*by_gender(data)["gold"][["F", "M"]]), self._truth(data), THREE_DECIMALS
            ),
            "You compare numbers of gold customers. There are not as many men as women: compare rates.",
        ),
        Mistake(
            lambda self, data: (g := by_gender(data)["gold"])[["F", "M"]].min() / g.sum(),
            "That is the share of one group among the gold customers. The question asks for rates: gold customers of "
            "a group, divided by all of that group.",
        ),
        Mistake(
            lambda self, data: abs(np.subtract(*rates(data))),
            "That is the difference of the two rates. Divide the lower by the higher.",
        ),
        Mistake(
            lambda self, data: lower_to_higher(
                rates(data)[0], (t := by_gender(data))["gold"][["M", "X"]].sum() / t["customers"][["M", "X"]].sum()
            ),
            'X counts as a man in your answer. Men have the gender "M"; everybody but "F" is more.',
        ),
        Mistake(
            lambda self, data: if_other(lower_to_higher(*rates(data, of="ordered")), self._truth(data), THREE_DECIMALS),
            "You divide by the customers who ordered in 2025. Divide by all women and by all men.",
        ),
        Mistake(
            lambda self, data: if_other(lower_to_higher(*rates(data, "upper")), self._truth(data), THREE_DECIMALS),
            "You count silver customers too. The question is about gold.",
        ),
        Mistake(
            lambda self, data: if_other(lower_to_higher(*rates(data, "frequent")), self._truth(data), THREE_DECIMALS),
            "You count everybody with 4 orders. Gold also asks for at least 200 spent.",
        ),
        Mistake(
            lambda self, data: min(rates(data)),
            "That is the lower rate. Divide it by the higher.",
        ),
        Mistake(
            lambda self, data: max(rates(data)),
            "That is the higher rate. Divide the lower by it.",
        ),
        Mistake(
            lambda self, data: 1 - lower_to_higher(*rates(data)),
            "That is how much the ratio falls short of 1. Give the ratio itself.",
        ),
        Mistake(
            lambda self, data: 100 * lower_to_higher(*rates(data)),
            "That is a percentage. Give the ratio: at most 1.",
        ),
    ]


STEPS = {"gold": 0, "silver": 1, "regular": 2}


@remembered
def both(data: Any) -> np.ndarray:
    """Return the customers by tier (rows) and ABC class (columns), highest first."""
    abc = classes(in_front(revenue_each(data))).reindex(tiers(data).index)
    return cross(tiers(data), abc)


def cross(tier: pd.Series, abc: pd.Series) -> np.ndarray:
    """Count customers by two labels."""
    places = 3 * tier.map(STEPS).to_numpy() + abc.map({"A": 0, "B": 1, "C": 2}).to_numpy()
    return np.bincount(places, minlength=9).reshape(3, 3)


def parts(table: np.ndarray) -> tuple[float, float]:
    """Return how often two standards agree, and how often they would by chance."""
    p = table / table.sum()
    return float(np.trace(p)), float(p.sum(axis=1) @ p.sum(axis=0))


def kappa(agree: float, chance: float) -> float:
    """Return Cohen's kappa (Cohen 1960)."""
    return (agree - chance) / (1 - chance)


def linear(table: np.ndarray) -> float:
    """Return kappa with linear weights (Cohen 1968)."""
    p, far = table / table.sum(), np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
    return float(1 - (far * p).sum() / (far * np.outer(p.sum(axis=1), p.sum(axis=0))).sum())


class Kappa(Question):
    """Do the tier policy for 2025 and the ABC classes agree more than chance would?

    Take gold for A, silver for B and regular for C. Over all 400 customers compute Cohen's kappa:

    > kappa = (agree - chance) / (1 - chance)

    where *agree* is the share of customers with the same grade by both standards, and *chance* what that share would
    be if the two had nothing to do with each other: for each grade the product of its two shares, added up.
    Three decimals are enough.
    """

    answer = "kappa"
    points = 4
    level = 3
    tolerance = THREE_DECIMALS
    bounds = (-1, 1)
    hints = [
        "`pd.crosstab(tier, abc_class, normalize=True)` gives the shares; put rows and columns in the same order.",
        "*agree* is the sum of the diagonal.",
        "For *chance* multiply the share of gold by the share of A, silver by B, regular by C, and add up.",
    ]

    def solution(self, data):
        tier, abc_class = policy(data), classes(in_front(revenue_each(data)))  # shown as: # both: from above
        grade = abc_class.map({"A": "gold", "B": "silver", "C": "regular"}).reindex(tier.index)
        agree = (tier == grade).mean()
        chance = sum((tier == name).mean() * (grade == name).mean() for name in ["gold", "silver", "regular"])
        return 1 - (1 - agree) / (1 - chance)  # the same formula, the other way round

    def explain(self, answer, data):
        return what_it_looks_like(answer, 1, "") and "Kappa is at most 1. Are *agree* and *chance* shares?"

    mistakes = [
        Mistake(
            lambda self, data: parts(both(data))[0],
            "That is how often the two agree. Some of it is chance: take it out.",
        ),
        Mistake(
            lambda self, data: parts(both(data))[1],
            "That is how often they would agree by chance.",
        ),
        Mistake(
            lambda self, data: np.subtract(*parts(both(data))),
            "You take chance out, but do not divide by 1 - chance.",
        ),
        Mistake(
            lambda self, data: np.divide(*parts(both(data))) - 1,
            "You divide by chance. Divide by 1 - chance: what there was to gain.",
        ),
        Mistake(
            lambda self, data: kappa(parts(both(data))[0], 1 / 3),
            "You take a third for chance. The grades are not equally large: use their shares.",
        ),
        Mistake(
            lambda self, data: kappa(parts(both(data))[0], float(((both(data).sum(axis=1) / 400) ** 2).sum())),
            "For chance you square the shares of the tiers. Multiply each by the share of its ABC class.",
        ),
        Mistake(
            lambda self, data: kappa(parts(both(data))[0], float(((both(data).sum(axis=0) / 400) ** 2).sum())),
            "For chance you square the shares of the ABC classes. Multiply each by the share of its tier.",
        ),
        Mistake(
            lambda self, data: kappa(*parts(both(data)[::-1])),
            "The grades stand the wrong way round: gold goes with A, and regular with C. (A crosstab sorts by the "
            "alphabet.)",
        ),
        Mistake(
            lambda self, data: kappa(*parts(both(data)[[0, 2, 1]])),
            "A crosstab sorts by the alphabet: gold, regular, silver. Put silver in the middle, beside B.",
        ),
        Mistake(
            lambda self, data: linear(both(data)),
            "That is kappa with linear weights, in which a near miss counts for half. The question asks for the plain "
            "one.",
        ),
        Mistake(
            lambda self, data: kappa(*parts(cross((t := tiers(data)[~idle(data)]), _abc(data).reindex(t.index)))),
            "Customers without an order in 2025 are missing. They are regular, and have an ABC class.",
        ),
        Mistake(
            lambda self, data: 100 * kappa(*parts(both(data))),
            "That is a percentage. Kappa is at most 1.",
        ),
    ]


def _abc(data: Any) -> pd.Series:
    return classes(in_front(revenue_each(data)))
