"""Exercise set 02: one customer, many systems, on each student's own 360 customers of the retailer."""

from __future__ import annotations

from crmlab.datasets import Dataset
from crmlab.exercises.drawing import fair
from crmlab.exercises.foundations_data import draw
from crmlab.exercises.foundations_flow import Flow, NextQuarter
from crmlab.exercises.foundations_joins import RevenueFactor, View
from crmlab.exercises.foundations_stages import Conversion, Stage
from crmlab.exercises.foundations_systems import BothSystems

TITLE = "One customer, many systems"
FORMATIVE = True
QUESTIONS = [RevenueFactor, View, BothSystems, Stage, Conversion, Flow, NextQuarter]


def data(seed: int) -> Dataset:
    """Return one student's 360 customers: orders, returns, tickets, survey answers, web accounts and till cards."""
    return fair(draw, QUESTIONS, seed)
