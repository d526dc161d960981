"""The tier policy: a declared rule that maps every customer to one of a few ordered tiers."""

from crmlab.tiering.policy.declaration import TierPolicy
from crmlab.tiering.policy.explaining import Explanation
from crmlab.tiering.policy.parts import AtMost, Dimension, Override

__all__ = ["AtMost", "Dimension", "Explanation", "Override", "TierPolicy"]
