"""Explorers: controls over the same functions and figures that a script would use."""

from crmlab.widgets.concentration import service_explorer, whale_explorer, window_explorer
from crmlab.widgets.loop import card_explorer, loop_explorer, rhythm_explorer
from crmlab.widgets.methods import ahp_explorer, k_explorer
from crmlab.widgets.tiers import abc_explorer, tier_explorer, with_entries

__all__ = [
    "abc_explorer",
    "ahp_explorer",
    "card_explorer",
    "k_explorer",
    "loop_explorer",
    "rhythm_explorer",
    "service_explorer",
    "tier_explorer",
    "whale_explorer",
    "window_explorer",
    "with_entries",
]
