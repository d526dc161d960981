"""Every figure: a tidy frame in, a matplotlib Axes out.

Each function takes ``ax=None``, writes a takeaway title and labelled axes with units, and leaves
a text alternative that :func:`alt_text` returns and that notebooks and reports carry along.
"""

from crmlab.plots.audit import fairness_ratios, label_churn, label_stability, tier_lift, transition_matrix
from crmlab.plots.concentration import lorenz_curves, revenue_steps, service_bars, whale
from crmlab.plots.entities import entity_diagram
from crmlab.plots.flow import funnel, tier_flow
from crmlab.plots.gaming import bunching, placebo_cuts, split_pairs
from crmlab.plots.journey import cohort_lines, customer_timeline, rhythm_bars, stage_bars
from crmlab.plots.luck import chance_strip, ranking_curves, window_shares
from crmlab.plots.methods import ahp_weights, kappa_map, natural_classes
from crmlab.plots.segments import base_groups, base_power, k_choice, segment_profiles
from crmlab.plots.style import alt_text, tier_colors
from crmlab.plots.tables import Table, table
from crmlab.plots.tiers import abc_curve, concentration, rfm_grid, tier_bars
from crmlab.plots.values import effect_bars, expected_against_actual

__all__ = [
    "Table",
    "abc_curve",
    "ahp_weights",
    "alt_text",
    "base_groups",
    "base_power",
    "bunching",
    "chance_strip",
    "cohort_lines",
    "concentration",
    "customer_timeline",
    "effect_bars",
    "entity_diagram",
    "expected_against_actual",
    "fairness_ratios",
    "funnel",
    "k_choice",
    "kappa_map",
    "label_churn",
    "label_stability",
    "lorenz_curves",
    "natural_classes",
    "placebo_cuts",
    "ranking_curves",
    "revenue_steps",
    "rfm_grid",
    "rhythm_bars",
    "segment_profiles",
    "service_bars",
    "split_pairs",
    "stage_bars",
    "table",
    "tier_bars",
    "tier_colors",
    "tier_flow",
    "tier_lift",
    "transition_matrix",
    "whale",
    "window_shares",
]
