"""Every figure: a tidy frame in, a matplotlib Axes out.

Each function takes ``ax=None``, writes a takeaway title and labelled axes with units, and leaves
a text alternative that :func:`alt_text` returns and that notebooks and reports carry along.
"""

from crmlab.plots.concentration import lorenz_curves, service_bars, whale
from crmlab.plots.flow import tier_flow
from crmlab.plots.style import alt_text, tier_colors
from crmlab.plots.tables import Table, table
from crmlab.plots.tiers import abc_curve, concentration, rfm_grid, tier_bars
from crmlab.plots.values import effect_bars, expected_against_actual

__all__ = [
    "Table",
    "abc_curve",
    "alt_text",
    "concentration",
    "effect_bars",
    "expected_against_actual",
    "lorenz_curves",
    "rfm_grid",
    "service_bars",
    "table",
    "tier_bars",
    "tier_colors",
    "tier_flow",
    "whale",
]
