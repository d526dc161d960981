"""Exercise set 01: why tier customers at all, on each student's own 300 customers of the retailer."""

from __future__ import annotations

from crmlab.datasets import Dataset
from crmlab.exercises.drawing import fair
from crmlab.exercises.why_budget import Recommendation, TopBudget
from crmlab.exercises.why_concentration import Gini, TopShare
from crmlab.exercises.why_data import draw
from crmlab.exercises.why_profit import Flipped, Profit
from crmlab.exercises.why_stayed import Stayed
from crmlab.exercises.why_whale import WhalePeak

TITLE = "Why tier customers?"
FORMATIVE = True
QUESTIONS = [TopShare, Gini, Stayed, Profit, Flipped, WhalePeak, TopBudget, Recommendation]


def data(seed: int) -> Dataset:
    """Return one student's 300 customers, their orders and returns with margins, and their tickets."""
    return fair(draw, QUESTIONS, seed)
