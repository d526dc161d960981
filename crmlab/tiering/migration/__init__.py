"""Tier migration: who moves where between two reviews, how often, and where it leads in the long run."""

from crmlab.tiering.migration.chain import Migration, stationary
from crmlab.tiering.migration.counting import migration
from crmlab.tiering.migration.intervals import wilson

__all__ = ["Migration", "migration", "stationary", "wilson"]
