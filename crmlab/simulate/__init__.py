"""Generators with a planted truth: every customer has known rates, the tables follow."""

from crmlab.simulate.population import BuyingBehaviour, draw_buyers, draw_orders
from crmlab.simulate.retail import simulate_retail

__all__ = ["BuyingBehaviour", "draw_buyers", "draw_orders", "simulate_retail"]
