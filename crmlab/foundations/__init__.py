"""Why tier, and the CRM loop: concentration, profit after cost to serve, service on one budget."""

from crmlab.foundations.bank import BankRates, bank_profit
from crmlab.foundations.concentration import gini, group_again, lorenz, top_group, top_share, whale_curve
from crmlab.foundations.customers import customer_card, customer_events, customers_360
from crmlab.foundations.entities import list_entities, references
from crmlab.foundations.funnel import relationship_funnel
from crmlab.foundations.loop import classify, identify, labels_over_time, moves
from crmlab.foundations.luck import expected_spend, redraw_spend
from crmlab.foundations.pieces import orders_as_recorded, tiers_in_pieces
from crmlab.foundations.profit import customer_profit, per_100_of_revenue
from crmlab.foundations.rhythm import rhythms
from crmlab.foundations.service import ServiceTier, best_split, service_plan
from crmlab.foundations.stages import StageRule, cohort_conversion, lifecycle_stages, milestones
from crmlab.foundations.upkeep import costs_between, costs_by_tier, maintain, upgrade
from crmlab.foundations.view360 import (
    contact_entries,
    link_entries,
    link_quality,
    normal_email,
    normal_phone,
)

__all__ = [
    "BankRates",
    "ServiceTier",
    "StageRule",
    "bank_profit",
    "best_split",
    "classify",
    "cohort_conversion",
    "contact_entries",
    "costs_between",
    "costs_by_tier",
    "customer_card",
    "customer_events",
    "customer_profit",
    "customers_360",
    "expected_spend",
    "gini",
    "group_again",
    "identify",
    "labels_over_time",
    "lifecycle_stages",
    "link_entries",
    "link_quality",
    "list_entities",
    "lorenz",
    "maintain",
    "milestones",
    "moves",
    "normal_email",
    "normal_phone",
    "orders_as_recorded",
    "per_100_of_revenue",
    "redraw_spend",
    "references",
    "relationship_funnel",
    "rhythms",
    "service_plan",
    "tiers_in_pieces",
    "top_group",
    "top_share",
    "upgrade",
    "whale_curve",
]
