"""Every figure: a tidy frame in, a matplotlib Axes out.

Each function takes ``ax=None``, writes a takeaway title and labelled axes with units, and leaves
a text alternative that :func:`alt_text` returns and that notebooks and reports carry along.
"""

from crmlab.plots.concentration import lorenz_curves, revenue_steps, service_bars, whale
from crmlab.plots.entities import entity_diagram
from crmlab.plots.flow import funnel, tier_flow
from crmlab.plots.journey import cohort_lines, customer_timeline, rhythm_bars, stage_bars
from crmlab.plots.luck import chance_strip, ranking_curves, window_shares
from crmlab.plots.style import alt_text, tier_colors
from crmlab.plots.tables import Table, table
from crmlab.plots.tiers import abc_curve, concentration, rfm_grid, tier_bars
from crmlab.plots.values import effect_bars, expected_against_actual

__all__ = [
    "Table",
    "abc_curve",
    "alt_text",
    "chance_strip",
    "cohort_lines",
    "concentration",
    "customer_timeline",
    "effect_bars",
    "entity_diagram",
    "expected_against_actual",
    "funnel",
    "lorenz_curves",
    "ranking_curves",
    "revenue_steps",
    "rfm_grid",
    "rhythm_bars",
    "service_bars",
    "stage_bars",
    "table",
    "tier_bars",
    "tier_colors",
    "tier_flow",
    "whale",
    "window_shares",
]
