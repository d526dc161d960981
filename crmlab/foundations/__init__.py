"""Why tier, and the CRM loop: concentration, profit after cost to serve, service on one budget."""

from crmlab.foundations.concentration import gini, lorenz, top_share, whale_curve
from crmlab.foundations.profit import customer_profit
from crmlab.foundations.service import ServiceTier, best_split, service_plan

__all__ = ["ServiceTier", "best_split", "customer_profit", "gini", "lorenz", "service_plan", "top_share", "whale_curve"]
