"""The question of set 03 that puts eight customers into ABC classes by hand, with a tie at the cut."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.tiering_classes import classes, in_front
from crmlab.teach import Mistake
from crmlab.teach.question import Question


def revenue_of(data: Any) -> pd.Series:
    """Return the revenue of the eight."""
    return data.eight.set_index("customer_id")["revenue"]


def best_first(data: Any) -> pd.Series:
    """Return it with the largest on top; of the tied two, the first of the table."""
    return revenue_of(data).sort_values(ascending=False, kind="stable")


class AbcEight(Question):
    """Sort the eight business customers in `ex.eight` into A, B and C by hand.

    Line them up, the largest revenue first. The share in front of a customer is the share of all revenue that
    comes from customers with *strictly larger* revenue. Equal customers get equal classes:

    - less than 80 % in front: class **A**;
    - from 80 % but less than 95 %: class **B**;
    - 95 % or more: class **C**.

    Two of them are tied, and stand across the first cut. Answer with a Series of the eight classes.
    """

    answer = "abc_eight"
    kind = "series"
    points = 2
    level = 1
    hints = [
        "Write them in a row, largest first, and under each the revenue of all who stand strictly in front.",
        "The tied two have the same customers in front, so the same share, so the same class.",
        'Hand it in as `pd.Series({"K1": "A", "K2": ...})`.',
    ]

    def solution(self, data):
        eight = data.eight.set_index("customer_id")["revenue"]
        front = pd.Series({who: eight[eight > own].sum() for who, own in eight.items()}) / eight.sum()
        return pd.Series(np.select([front < 0.80, front < 0.95], ["A", "B"], "C"), index=front.index)

    def explain(self, answer, data):
        revenue = revenue_of(data).reindex(answer.index)
        tied = revenue[revenue.duplicated(keep=False)].index
        if answer[tied].str.upper().nunique() > 1:
            return f"{' and '.join(sorted(tied))} have equal revenue, but not the same class."
        return None

    mistakes = [
        Mistake(
            lambda self, data: classes((r := best_first(data)).cumsum().sub(r) / r.sum()),
            "The tied two get different classes, by who happens to stand first. Nobody stands strictly in front of "
            "the other: what is in front of one is in front of both.",
        ),
        Mistake(
            lambda self, data: classes((r := best_first(data)).cumsum() / r.sum()),
            "You count each customer's own revenue too. Only what stands strictly in front counts.",
        ),
        Mistake(
            lambda self, data: classes(in_front(revenue_of(data))).where(
                lambda c: ~revenue_of(data).duplicated(keep=False).reindex(c.index), "B"
            ),
            "The tied two together cross 80 %, and you put both below the line. Only what stands in front counts, and "
            "that is less than 80 %.",
        ),
        Mistake(
            lambda self, data: pd.Series(
                np.select([(f := in_front(revenue_of(data)).round(9)) < 0.80, f <= 0.95], ["A", "B"], "C"),
                index=f.index,
            ),
            "One customer has exactly 95 % in front. From 95 % on the class is C.",
        ),
        Mistake(
            lambda self, data: classes((r := best_first(data)[::-1]).cumsum().sub(r) / r.sum()),
            "All eight are A in your answer. Do you start with the smallest? Line them up with the largest first.",
        ),
        Mistake(
            lambda self, data: classes(revenue_of(data).rank(ascending=False, method="min").sub(1) / 8),
            "You go by the share of customers in front. The classes go by the share of revenue.",
        ),
        Mistake(
            lambda self, data: classes(in_front(revenue_of(data))).map({"A": "C", "B": "B", "C": "A"}),
            "A and C are swapped: A is for the largest customers.",
        ),
        Mistake(
            lambda self, data: classes((r := revenue_of(data)).cumsum().sub(r) / r.sum()),
            "You add up in the order of the table. Line them up with the largest first.",
        ),
        Mistake(
            lambda self, data: classes(
                revenue_of(data).map(((d := best_first(data).drop_duplicates()).cumsum() - d).set_axis(d) / d.sum())
            ),
            "You count the revenue of the tied two once. Each of them brings it.",
        ),
        Mistake(
            lambda self, data: pd.Series(
                np.select([(r := revenue_of(data)) >= r.max() * 0.8, r >= r.max() * 0.05], ["A", "B"], "C"),
                index=r.index,
            ),
            "You compare each revenue with the largest one. Compare what stands in front with the sum of all.",
        ),
    ]
