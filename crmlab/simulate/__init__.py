"""Generators with a planted truth: every customer has known rates, the tables follow."""

from crmlab.simulate.population import BuyingBehaviour
from crmlab.simulate.retail import draw_all_orders, draw_buyers, simulate_retail

__all__ = ["BuyingBehaviour", "draw_all_orders", "draw_buyers", "simulate_retail"]
