"""Explorers: controls over the same functions and figures that a script would use."""

from crmlab.widgets.tiers import abc_explorer, tier_explorer, with_entries

__all__ = ["abc_explorer", "tier_explorer", "with_entries"]
