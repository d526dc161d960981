"""The questions of set 03 on gold from one half-year to the next: who stays, and who is held by hysteresis."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.shares import THREE_DECIMALS, what_it_looks_like
from crmlab.exercises.tiering_sums import FIRST, SECOND, between
from crmlab.teach import Mistake
from crmlab.teach.question import Question

GOLD, SILVER = 150, 50


def money(data: Any, year: int = 2025, measure: str = "sum") -> tuple[np.ndarray, np.ndarray]:
    """Return the money of the two halves of a year."""
    halves = [tuple(day.replace("2025", str(year)) for day in half) for half in (FIRST, SECOND)]
    first, second = (between(data, *half, measure) for half in halves)
    return first, second


def stayed(first: np.ndarray, second: np.ndarray, line: float = GOLD) -> tuple[int, int, int]:
    """Return how many are gold in the first half, in the second, and in both."""
    before, after = first >= line, second >= line
    return int(before.sum()), int(after.sum()), int((before & after).sum())


class StayedGold(Question):
    """Of the customers who are gold in the first half of 2025, what share is gold in the second half as well?

    The tiers are those of the question on label churn: gold is who spent at least 150.00 in that half-year,
    January to June or July to December. Here all customers count, whenever they signed up. Three decimals are enough.
    """

    answer = "stayed_gold"
    points = 2
    level = 2
    tolerance = THREE_DECIMALS
    bounds = (0, 1)
    hints = [
        "Make two sets of ids: gold in the first half, gold in the second.",
        "`&` between two sets gives those who are in both.",
        "The share is one of those who *were* gold: divide by the size of the first set.",
    ]

    def solution(self, data):
        def gold_in(start, end):
            rows = data.transactions[data.transactions["date"].between(start, end)]
            spent = rows.groupby("customer_id")["amount"].sum()
            return set(spent.index[spent >= 150])

        before, after = gold_in("2025-01-01", "2025-06-30"), gold_in("2025-07-01", "2025-12-31")
        return len(before & after) / len(before)

    def explain(self, answer, data):
        return what_it_looks_like(answer, 1, "")

    mistakes = [
        Mistake(
            lambda self, data: (s := stayed(*money(data)))[2] / s[1],
            "You divide by those who are gold in the second half: the share of them that was gold before. Divide by "
            "those of the first half.",
        ),
        Mistake(
            lambda self, data: (s := stayed(*money(data)))[2] / (s[0] + s[1] - s[2]),
            "You divide by all who are gold in at least one half. Divide by those of the first half.",
        ),
        Mistake(
            lambda self, data: stayed(*money(data))[2] / len(data.customers),
            "You divide by all customers. Divide by those who are gold in the first half.",
        ),
        Mistake(
            lambda self, data: (
                (s := stayed(*(m := money(data))))[2] / ((m[0] >= GOLD) & (between(data, *SECOND, "size") > 0)).sum()
            ),
            "You leave out gold customers who did not order in the second half. They did not stay: they belong to the "
            "denominator.",
        ),
        Mistake(
            lambda self, data: stayed(*money(data))[2],
            "That is the number of customers who stayed. Which share of those of the first half is it?",
        ),
        Mistake(
            lambda self, data: 1 - (s := stayed(*money(data)))[2] / s[0],
            "That is the share that did *not* stay. Which share stayed?",
        ),
        Mistake(
            lambda self, data: 100 * (s := stayed(*money(data)))[2] / s[0],
            "That is a percentage. Give the share, between 0 and 1.",
        ),
        Mistake(
            lambda self, data: (s := stayed(*money(data)))[1] / s[0],
            "You compare the sizes of the two golds. New gold customers hide those who left: compare customer by "
            "customer.",
        ),
        Mistake(
            lambda self, data: (second := (m := money(data))[1])[m[0] >= GOLD].__ge__(SILVER).mean(),
            "Silver counts as staying in your answer. Gold takes at least 150.",
        ),
        Mistake(
            lambda self, data: (s := stayed(*money(data), 150.01))[2] / s[0],
            "A customer who spent exactly 150 is too low. At least 150 includes 150: use >=, not >.",
        ),
        Mistake(
            lambda self, data: (s := stayed(*money(data, 2024)))[2] / s[0],
            "Those are the halves of 2024. The question is about 2025.",
        ),
        Mistake(
            lambda self, data: (s := stayed(*money(data, measure="max")))[2] / s[0],
            "You look at the largest order. Gold goes by the sum of the half-year.",
        ),
    ]


def held(data: Any, rule: Any, year: int = 2025) -> pd.Index | None:
    """Return the ids for which a rule on the money of the two halves holds; None where there are none.

    An empty answer has many reasons, so nobody can make that mistake on such data.
    """
    ids = pd.Index(data.customers["customer_id"])[rule(*money(data, year))]
    return ids if len(ids) else None


class HeldGold(Question):
    """Which customers keep gold in the second half of 2025 only thanks to hysteresis?

    Gold takes 150.00 in a half-year, as before. Now the policy gets a hysteresis of 20 %: who was gold in the
    first half loses it only with *less than* 80 % of 150.00 in the second half. For everybody else gold takes
    150.00 as before. Answer with the ids of those who would have lost gold without hysteresis, and keep it with it.
    """

    answer = "held_gold"
    kind = "ids"
    points = 3
    level = 2
    hints = [
        "What does a gold customer have to spend in the second half to keep gold? What without hysteresis?",
        "Three conditions have to hold: one on the first half, two on the second.",
        "80 % of 150 is 120; who spent exactly 120 keeps gold.",
    ]

    def solution(self, data):
        def spent_in(start, end):
            rows = data.transactions[data.transactions["date"].between(start, end)]
            return rows.groupby("customer_id")["amount"].sum().reindex(data.customers["customer_id"], fill_value=0)

        first, second = spent_in("2025-01-01", "2025-06-30"), spent_in("2025-07-01", "2025-12-31")
        return set(first.index[(first >= 150) & (second >= 120) & (second < 150)])

    def explain(self, answer, data):
        first, second = (pd.Series(m, index=data.customers["customer_id"]) for m in money(data))
        for who in sorted(answer & frozenset(first.index)):
            if first[who] < GOLD:
                return f"held_gold holds {who}, who was not gold in the first half: there was nothing to keep."
            if second[who] >= GOLD:
                return f"held_gold holds {who}, who spent {second[who]:.0f} in the second half: gold without any help."
        return None

    mistakes = [
        Mistake(
            lambda self, data: held(data, lambda first, second: (second >= 120) & (second < 150)),
            "Some of those were not gold in the first half. Hysteresis helps only who holds the tier already.",
        ),
        Mistake(
            lambda self, data: held(data, lambda first, second: (first >= 150) & (second >= 120)),
            "Those are all who keep gold. Leave out who spent 150 or more again: they need no help.",
        ),
        Mistake(
            lambda self, data: held(data, lambda first, second: (first >= 150) & (second > 120) & (second < 150)),
            "Who spent exactly 120 is missing. Gold is lost with less than 120.",
        ),
        Mistake(
            lambda self, data: held(data, lambda first, second: (first >= 150) & (second >= 120) & (second <= 150)),
            "Who spent exactly 150 is among them, and is gold without any help.",
        ),
        Mistake(
            lambda self, data: held(data, lambda first, second: (first >= 150) & (second >= 130) & (second < 150)),
            "You take 20.00 off. The hysteresis is 20 %: of 150.00.",
        ),
        Mistake(
            lambda self, data: held(data, lambda first, second: (first >= 150) & (second >= 125) & (second < 150)),
            "You divide 150 by 1.2. Gold is lost with less than 80 % of 150: multiply by 0.8.",
        ),
        Mistake(
            lambda self, data: held(data, lambda first, second: (first >= 150) & (second >= 30) & (second < 150)),
            "You keep who spent at least 20 % of 150. They may fall *by* 20 %, to 80 % of it.",
        ),
        Mistake(
            lambda self, data: held(data, lambda first, second: (first >= 150) & (second >= 0.8 * first)),
            "You compare with what each customer spent before. Hysteresis goes by what gold takes: 150.",
        ),
        Mistake(
            lambda self, data: held(data, lambda first, second: (first >= 150) & (second < 120)),
            "Those lose gold, hysteresis or not. Who keeps it?",
        ),
        Mistake(
            lambda self, data: held(data, lambda first, second: (first >= 150) & (second < 150)),
            "Those are all who would lose gold without hysteresis. Some spent so little that they lose it anyway.",
        ),
        Mistake(
            lambda self, data: held(data, lambda first, second: (first >= 120) & (first < 150) & (second >= 150)),
            "You have the halves the wrong way round: gold is held in the first, and reviewed in the second.",
        ),
        Mistake(
            lambda self, data: held(
                data, lambda first, second: (first >= 150) & (second >= 120) & (second < 150), 2024
            ),
            "Those are the halves of 2024. The question is about 2025.",
        ),
    ]
