"""A car group: rare purchases, frequent service, three departments, fleets, and an A/B/C programme."""

from crmlab.schema.auto import COLUMNS, TRUTH_COLUMNS
from crmlab.simulate.auto.build import company_tables, simulate_auto, simulate_auto_block

__all__ = ["COLUMNS", "TRUTH_COLUMNS", "company_tables", "simulate_auto", "simulate_auto_block"]
