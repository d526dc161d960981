"""The nine steps of the relationship process, and what can be counted at each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlab.errors import DataError
from crmlab.foundations.stages import StageRule, milestones

if TYPE_CHECKING:
    from crmlab.datasets import Dataset

# step, its name, what is counted (None: nothing can be), counted out of what, how
_STEPS = (
    (1, "target", "reached", None, "people who saw an advert, added up over months and channels"),
    (2, "needs", "visits", "reached", "visits to the shop by people who had not ordered before"),
    (3, "positioning", None, None, "no count: a decision about what the shop stands for"),
    (4, "mix", "first order", "visits", "customers: goods, price, channel and message led to an order"),
    (5, "build", "second order", "first order", "customers with purchases on two days"),
    (5, "build", "member", "first order", "customers who joined the loyalty programme"),
    (6, "maintain", "regular", "second order", "customers who were regular at least once, by the rule"),
    (
        6,
        "maintain",
        "lapsed",
        "first order",
        "customers who fell silent for longer than the rule allows, at least once",
    ),
    (7, "win back", "won back", "lapsed", "customers who bought again after such a silence"),
    (8, "system", None, None, "no count: one customer number for all systems"),
    (9, "virtuous loop", "referrer", "first order", "customers who brought at least one new customer"),
    (9, "virtuous loop", "referred", "first order", "customers whom another customer brought"),
)


def relationship_funnel(data: Dataset, as_of: str | pd.Timestamp, rule: StageRule | None = None) -> pd.DataFrame:
    """Count people at each of the nine steps, from those whom an advert reached to those who were won back.

    Parameters
    ----------
    data : Dataset
        The retailer's ``acquisition_costs``, ``transactions``, ``programme`` and ``referrals``.
    as_of : str or pandas.Timestamp
        Last day to count. Adverts are on record by the month; the month of ``as_of`` counts as a whole.
    rule : StageRule, optional
        Declares *regular* and *lapsed*.

    Returns
    -------
    pandas.DataFrame
        Twelve rows in order: ``step`` (1 to 9), ``name``, ``stage`` (what is counted; missing where nothing can be),
        ``count``, ``base`` (the stage it is a share of), ``conversion`` (count over the base's count) and ``how``.

    Raises
    ------
    DataError
        If nobody had ordered by then.

    Notes
    -----
    Only *first order*, *second order* and *regular* lie inside each other. A member may have ordered once, a
    lapsed customer may have been a regular, and a referrer may be anybody: those are branches, not steps down.

    Examples
    --------
    >>> import crmlab
    >>> funnel = relationship_funnel(crmlab.load("retail"), "2025-12-28").set_index("stage")
    >>> int(funnel.loc["first order", "count"]), f"{funnel.loc['second order', 'conversion']:.0%}"
    (4000, '62%')
    """
    day = pd.Timestamp(as_of)
    reached = milestones(data.transactions, day, rule)
    adverts = data.acquisition_costs[data.acquisition_costs["month"] <= day]
    if adverts.empty:
        raise DataError(f"acquisition_costs has no month by {day:%Y-%m-%d}. Choose a later day.")
    referrals = data.referrals[data.referrals["date"] <= day]
    counts = {
        "reached": adverts["reached"].sum(),
        "visits": adverts["visits"].sum(),
        "first order": len(reached),
        "second order": reached["second"].count(),
        "member": data.programme.loc[data.programme["since"] <= day, "customer_id"].nunique(),
        "regular": reached["regular"].count(),
        "lapsed": reached["lapsed"].count(),
        "won back": reached["won_back"].count(),
        "referrer": referrals["referrer_id"].nunique(),
        "referred": len(referrals),
    }
    table = pd.DataFrame(_STEPS, columns=["step", "name", "stage", "base", "how"])
    table.insert(3, "count", table["stage"].map(counts).astype("Int64"))
    share = table["count"] / table["base"].map(counts)
    table.insert(5, "conversion", share.astype("Float64").astype("float64"))
    return table
