"""Exercise set 03: tiering customers, on each student's own 400 customers of the retailer."""

from __future__ import annotations

from crmlab.datasets import Dataset
from crmlab.errors import CrmlabError
from crmlab.exercises.tiering_classes import AbcClass, FScore
from crmlab.exercises.tiering_data import draw
from crmlab.exercises.tiering_shares import LabelChurn, RepeatRate
from crmlab.exercises.tiering_tier import Tier
from crmlab.teach.question import tells_apart

TITLE = "Tiering customers"
FORMATIVE = True
QUESTIONS = [RepeatRate, Tier, FScore, AbcClass, LabelChurn]
MOST_TRIES = 50


def data(seed: int) -> Dataset:
    """Return one student's 400 customers and their orders of three years.

    Draws again, with a seed that follows from the first, until no usual mistake leads to a right answer.
    """
    for attempt in range(MOST_TRIES):
        drawn = draw((seed + attempt * 1_000_003) % 2**63)
        if tells_apart(QUESTIONS, drawn):
            return drawn
    raise CrmlabError(f"No fair data in {MOST_TRIES} tries for seed {seed}; use another student id.")
