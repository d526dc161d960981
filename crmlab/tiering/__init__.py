"""Tiering: scores, classes, and the declared policy that turns them into tiers."""

from crmlab.tiering.abc import abc_classes
from crmlab.tiering.ahp import Comparison, compare_pairs
from crmlab.tiering.auditing import Audit, audit
from crmlab.tiering.bases import BASES, base_profiles, customer_bases, explained_by_base
from crmlab.tiering.breaks import NaturalBreaks, natural_breaks
from crmlab.tiering.choosing import adjusted_rand, choose_k
from crmlab.tiering.clusters import Segmentation, segment_customers
from crmlab.tiering.ideal import topsis
from crmlab.tiering.kappa import agreement, cohen_kappa, same_grades
from crmlab.tiering.moves import Migration, migration
from crmlab.tiering.policy import TierPolicy
from crmlab.tiering.rfm import rfm_scores, rfm_segments
from crmlab.tiering.scoring import dimensions, scales_between, scorecard
from crmlab.tiering.standards import StandardRules, four_standards

__all__ = [
    "BASES",
    "Audit",
    "Comparison",
    "Migration",
    "NaturalBreaks",
    "Segmentation",
    "StandardRules",
    "TierPolicy",
    "abc_classes",
    "adjusted_rand",
    "agreement",
    "audit",
    "base_profiles",
    "choose_k",
    "cohen_kappa",
    "compare_pairs",
    "customer_bases",
    "dimensions",
    "explained_by_base",
    "four_standards",
    "migration",
    "natural_breaks",
    "rfm_scores",
    "rfm_segments",
    "same_grades",
    "scales_between",
    "scorecard",
    "segment_customers",
    "topsis",
]
