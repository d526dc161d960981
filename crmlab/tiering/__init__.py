"""Tiering: scores, classes, and the declared policy that turns them into tiers."""

from crmlab.tiering.abc import abc_classes
from crmlab.tiering.policy import TierPolicy
from crmlab.tiering.rfm import rfm_scores, rfm_segments

__all__ = ["TierPolicy", "abc_classes", "rfm_scores", "rfm_segments"]
