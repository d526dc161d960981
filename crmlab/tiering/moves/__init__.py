"""Tier migration: who moves where between two reviews, how often, and where it leads in the long run."""

from crmlab.tiering.moves.chain import Migration, stationary
from crmlab.tiering.moves.counting import migration
from crmlab.tiering.moves.intervals import wilson

__all__ = ["Migration", "migration", "stationary", "wilson"]
