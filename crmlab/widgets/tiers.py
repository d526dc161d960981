"""Explorers of tier policies and ABC classes."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets
import pandas as pd
from matplotlib.axes import Axes

from crmlab import plots
from crmlab.tiering import TierPolicy, abc_classes
from crmlab.widgets.explorer import explorer


def tier_explorer(customers: pd.DataFrame, policy: TierPolicy, value: str = "revenue") -> ipywidgets.VBox:
    """Move the entries of a policy; tier sizes and shares follow.

    Parameters
    ----------
    customers : pandas.DataFrame
        One row a customer with the policy's measure and ``value``.
    policy : TierPolicy
        Where the sliders start; each tier above the lowest gets one.
    value : str
        Column whose shares are drawn.

    Returns
    -------
    ipywidgets.VBox
        Sliders, picture, sentence. The sentence counts the customers who would change tier.

    Examples
    --------
    >>> import crmlab
    >>> customers = crmlab.summarize(crmlab.load("retail").transactions)
    >>> box = tier_explorer(customers, TierPolicy("demo", "revenue", {"regular": None, "gold": 500}))
    >>> box.children[0].children[0].value
    500.0
    """
    before = policy.assign(customers)["tier_rank"]
    sliders = {
        tier: _entry_slider(tier, entry, policy, customers) for tier, entry in policy.tiers.items() if entry is not None
    }

    def draw(ax: Axes) -> str:
        moved = with_entries(policy, {tier: slider.value for tier, slider in sliders.items()})
        table = moved.table(customers, value)
        plots.tier_bars(table, value, ax=ax)
        changed = int((moved.assign(customers)["tier_rank"] != before).sum())
        return f"{plots.alt_text(ax)} {changed:,} customers would change tier against the policy as declared."

    return explorer(list(sliders.values()), draw)


def abc_explorer(customers: pd.DataFrame, value: str = "revenue") -> ipywidgets.VBox:
    """Move the two cuts of the ABC classes.

    Parameters
    ----------
    customers : pandas.DataFrame
        One row a customer with ``value``.
    value : str
        Column with money.

    Returns
    -------
    ipywidgets.VBox
        One slider for both cuts, picture, sentence.
    """
    cuts = ipywidgets.FloatRangeSlider(
        value=(0.80, 0.95), min=0.05, max=0.99, step=0.01, readout_format=".0%",
        description="cuts of A and B", style={"description_width": "initial"}, layout={"width": "60%"},
    )  # fmt: skip
    plain = customers.drop(columns=["abc", "share_above"], errors="ignore")

    def draw(ax: Axes) -> str:
        plots.abc_curve(abc_classes(plain, value, cuts=tuple(cuts.value)), value, ax=ax)
        return plots.alt_text(ax)

    return explorer([cuts], draw)


def with_entries(policy: TierPolicy, entries: Mapping[str, float]) -> TierPolicy:
    """Return the policy with other entries for its higher tiers; the rest is as it was."""
    tiers = {tier: entries.get(tier, entry) for tier, entry in policy.tiers.items()}
    return TierPolicy(policy.name, policy.measure, tiers, policy.by, policy.version)


def _entry_slider(tier: str, entry: float, policy: TierPolicy, customers: pd.DataFrame) -> ipywidgets.FloatSlider:
    if policy.by == "quantile":
        low, high, step, form = 0.01, 0.99, 0.01, ".0%"
        label = f"{tier}: above this share of customers"
    else:
        # the largest customer is often far out; the slider ends where 99 % of customers do
        high = max(float(customers[policy.measure].quantile(0.99)), 1.5 * entry)
        low, step, form = 0.0, high / 200, ",.0f"
        label = f"{tier}: {policy.measure.replace('_', ' ')} of at least"
    return ipywidgets.FloatSlider(
        value=entry, min=low, max=high, step=step, readout_format=form,
        description=label, style={"description_width": "260px"}, layout={"width": "95%"},
    )  # fmt: skip
