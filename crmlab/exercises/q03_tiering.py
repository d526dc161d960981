"""Exercise set 03: tiering customers, on each student's own 400 customers of the retailer."""

from __future__ import annotations

from crmlab.datasets import Dataset
from crmlab.exercises.drawing import fair
from crmlab.exercises.tiering_classes import AbcClass, FScore
from crmlab.exercises.tiering_data import draw
from crmlab.exercises.tiering_eight import AbcEight
from crmlab.exercises.tiering_groups import GoldRatio, Kappa
from crmlab.exercises.tiering_judged import AhpWeights, Consistency
from crmlab.exercises.tiering_moves import HeldGold, StayedGold
from crmlab.exercises.tiering_next import NextTier
from crmlab.exercises.tiering_policy import Policy
from crmlab.exercises.tiering_shares import LabelChurn, RepeatRate
from crmlab.exercises.tiering_tier import Tier

TITLE = "Tiering customers"
FORMATIVE = True
QUESTIONS = [
    RepeatRate, Tier, NextTier, FScore, AbcEight, AbcClass, Kappa, GoldRatio, AhpWeights, Consistency, LabelChurn,
    StayedGold, HeldGold, Policy,
]  # fmt: skip


def data(seed: int) -> Dataset:
    """Return one student's 400 customers: orders of three years, and the small tables of some questions."""
    # those first on which luck strikes most often, so that unfair data are dropped early; not the policy: it
    # is judged by its constraints, and one that misses a limit cannot be right by luck
    first = [LabelChurn, StayedGold, GoldRatio]
    others = [question for question in QUESTIONS if question not in (*first, Policy)]
    return fair(draw, [*first, *others], seed)
