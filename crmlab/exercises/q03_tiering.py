"""Exercise set 03: tiering customers, on each student's own 400 customers of the retailer."""

from __future__ import annotations

from crmlab.datasets import Dataset
from crmlab.exercises.drawing import fair
from crmlab.exercises.tiering_classes import AbcClass, FScore
from crmlab.exercises.tiering_data import draw
from crmlab.exercises.tiering_shares import LabelChurn, RepeatRate
from crmlab.exercises.tiering_tier import Tier

TITLE = "Tiering customers"
FORMATIVE = True
QUESTIONS = [RepeatRate, Tier, FScore, AbcClass, LabelChurn]


def data(seed: int) -> Dataset:
    """Return one student's 400 customers and their orders of three years."""
    return fair(draw, QUESTIONS, seed)
