"""Explorers of tier policies and ABC classes."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from crmlab import plots
from crmlab.errors import DataError
from crmlab.tiering import TierPolicy, abc_classes
from crmlab.widgets.explorer import explorer


def tier_explorer(customers: pd.DataFrame, policy: TierPolicy, value: str = "revenue") -> ipywidgets.VBox:
    """Move the entries of a policy; tier sizes, shares, and the number of customers who move follow.

    Parameters
    ----------
    customers : pandas.DataFrame
        One row a customer with the policy's measures and ``value``.
    policy : TierPolicy
        Where the sliders start; each tier above the lowest gets one. By one measure or by a score; not by rules.
    value : str
        Column whose shares are drawn, such as ``revenue`` or ``profit``; customers can have less than 0.

    Returns
    -------
    ipywidgets.VBox
        Sliders, picture, sentence. The sentence counts the customers who would change tier against the policy as
        declared, and the value that moves with them. Hysteresis and overrides are left aside: they need a past.

    Raises
    ------
    DataError
        For a policy of rules, which has no single entry that a slider could move.

    Examples
    --------
    >>> import crmlab
    >>> customers = crmlab.summarize(crmlab.load("retail").transactions)
    >>> box = tier_explorer(customers, TierPolicy("demo", "revenue", {"regular": None, "gold": 500}))
    >>> box.children[0].children[0].value
    500.0
    """
    if policy.has_rules:
        raise DataError(f"Policy {policy.name!r} has rules for each tier; tier_explorer moves single entries.")
    plain = policy.replace(overrides=())
    needed = customers[list(dict.fromkeys([*plain.measures, value]))]
    before, worth = plain.assign(needed)["tier_rank"], customers[value]
    sliders = {
        tier: _entry_slider(tier, entry, plain, customers) for tier, entry in plain.tiers.items() if entry is not None
    }

    def draw(ax: Axes) -> str:
        moved = with_entries(plain, {tier: slider.value for tier, slider in sliders.items()})
        after = moved.assign(needed)["tier_rank"]
        plots.tier_bars(_sizes(after, worth, plain.names), value, ax=ax)
        return f"{plots.alt_text(ax)} {_moves(after - before, worth)}"

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
    return policy.replace(tiers={tier: entries.get(tier, entry) for tier, entry in policy.tiers.items()})


def _sizes(rank: pd.Series, worth: pd.Series, names: list[str]) -> pd.DataFrame:
    """What ``TierPolicy.table`` counts, from ranks that are known: placing everybody twice would double the wait."""
    size = np.bincount(rank, minlength=len(names))
    brought, total = np.bincount(rank, worth, len(names)), worth.sum()
    table = pd.DataFrame({"customers": size, "share_of_customers": size / size.sum()}, index=names)
    return table.assign(**{f"share_of_{worth.name}": brought / total if total else np.nan}).iloc[::-1]


def _moves(steps: pd.Series, worth: pd.Series) -> str:
    """How many customers rise and fall, and the value that they bring."""
    up, down, name = steps > 0, steps < 0, str(worth.name).replace("_", " ")
    return (
        f"{(up | down).sum():,} customers would change tier against the policy as declared: {up.sum():,} up (with "
        f"{worth[up].sum():,.0f} of {name}), {down.sum():,} down (with {worth[down].sum():,.0f})."
    )


def _entry_slider(tier: str, entry: float, policy: TierPolicy, customers: pd.DataFrame) -> ipywidgets.FloatSlider:
    if policy.by in ("quantile", "share"):
        low, high, step, form = 0.01, 0.99, 0.01, ".0%"
        measure = policy.measure.replace("_", " ") or "score"
        label = f"{tier}: " + ("above this share of customers" if policy.by == "quantile" else f"share of {measure}")
    elif policy.dimensions:
        low, high, step, form, label = 1.0, 100.0, 1.0, ",.0f", f"{tier}: points of at least"
    else:
        # the largest customer is often far out; the slider ends where 99 % of customers do
        high = max(float(customers[policy.measure].quantile(0.99)), 1.5 * entry)
        low, step, form = 0.0, high / 200, ",.0f"
        label = f"{tier}: {policy.measure.replace('_', ' ')} of at least"
    return ipywidgets.FloatSlider(
        value=entry, min=low, max=high, step=step, readout_format=form,
        description=label, style={"description_width": "260px"}, layout={"width": "95%"},
    )  # fmt: skip
