"""The planted effects and parameters of the bank, as tables."""

from __future__ import annotations

import pandas as pd

from crmlab.simulate.bank import corporate, settings

_ROLLED_OUT = "customers of branches that changed over to the CRM system"
_EFFECTS = [
    ("crm_satisfaction", _ROLLED_OUT, "mean of satisfaction with minus without the system, in a wave after the "
     "branch changed over", "points of 100", settings.SATISFACTION_EFFECT),
    ("crm_churn", _ROLLED_OUT, "relative change of each customer's churn probability at renewals from the month of the "
     "roll-out on", "share", settings.CHURN_EFFECT),
    ("crm_products", _ROLLED_OUT, "mean relative change of the rate at which customers open products, from the month "
     "of the roll-out on", "share", settings.PRODUCT_EFFECT),
    ("crm_complaints", _ROLLED_OUT, "relative change of the rate of complaints", "share", 0.0),
    ("crm_first_response", _ROLLED_OUT, "relative change of the median time to the first response", "share", 0.0),
    ("visits_aum", "customers with a relationship manager", "relative change of AUM brought about by a visit",
     "share", 0.0),
    ("visits_churn", "customers with a relationship manager", "relative change of churn brought about by a visit",
     "share", 0.0),
]  # fmt: skip


def effects() -> pd.DataFrame:
    """Return one row for each planted effect, those that are zero among them.

    Examples
    --------
    >>> effects().set_index("name")["value"]["crm_satisfaction"]
    np.float64(2.6)
    """
    return pd.DataFrame(_EFFECTS, columns=["name", "population", "estimand", "unit", "value"])


def parameters() -> pd.DataFrame:
    """Return the planted parameters: of plans, segments, response, roll-out, tiers, ratings and kinds of facility.

    Examples
    --------
    >>> table = parameters().set_index(["name", "group"])["value"]
    >>> float(table["churn_alpha", "basic"]), float(table["churn_beta", "basic"])
    (0.9, 5.1)
    """
    rows: list[tuple[str, str, float, str]] = []
    for p in settings.PLANS:
        rows += [("renewal_period", p.name, p.months, "months"), ("churn_alpha", p.name, p.alpha, "")]
        rows += [("churn_beta", p.name, p.beta, ""), ("mean_churn", p.name, p.mean_churn, "share per renewal")]
    for s in settings.SEGMENTS:
        rows += [("segment_weight", s.name, s.weight, "share"), ("aum_median", s.name, s.aum, "currency units")]
        rows += [("aum_log_spread", s.name, s.aum_spread, ""), ("aum_growth", s.name, s.growth, "log per year")]
        rows += [("aum_growth_spread", s.name, s.growth_spread, "log per year")]
        rows += [("satisfaction", s.name, s.satisfaction, "points above the mean")]
        for product, start, rate in zip(settings.PRODUCTS, s.at_start, s.per_year, strict=True):
            rows += [(f"{product}_at_start", s.name, start, "share"), (f"{product}_rate", s.name, rate, "per year")]
    rows += [
        ("satisfaction_level", "", settings.SATISFACTION_LEVEL, "points of 100"),
        ("standing_spread", "", settings.TRAIT_SPREAD, "points of 100"),
        ("answer_spread", "", settings.ANSWER_SPREAD, "points of 100"),
        ("branch_spread", "", settings.BRANCH_SPREAD, "points of 100"),
        ("response_intercept", "before", settings.RESPONSE[0], "log-odds"),
        ("response_slope", "before", settings.RESPONSE[1], "log-odds per unit of standing satisfaction"),
        ("response_intercept", "live", settings.RESPONSE_LIVE[0], "log-odds"),
        ("response_slope", "live", settings.RESPONSE_LIVE[1], "log-odds per unit of standing satisfaction"),
        ("reported_headline", "", settings.HEADLINE, "relative rise of mean satisfaction in the answers"),
        ("churn_by_standing", "", settings.CHURN_BY_TRAIT, "correlation of normal scores"),
        ("crm_satisfaction_spread", "", settings.SATISFACTION_EFFECT_SPREAD, "points of 100"),
        ("crm_products_spread", "", settings.PRODUCT_EFFECT_SPREAD, "share"),
        ("rollout_share", "", settings.ROLLOUT_SHARE, "share of branches"),
    ]
    rows += [("wave_shift", w, float(s), "points of 100")
             for w, s in zip(settings.WAVES, settings.WAVE_SHIFT, strict=True)]  # fmt: skip
    pairs = zip(corporate.RATINGS, corporate.DEFAULT_PER_YEAR, strict=True)
    rows += [("default_probability", rating, float(p), "share per year") for rating, p in pairs]
    losses = zip(corporate.KINDS, corporate.LOSS_GIVEN_DEFAULT, strict=True)
    rows += [("loss_given_default", kind, loss, "share of exposure") for kind, loss in losses]
    rows += [("overstated_share", "", corporate.OVERSTATED_SHARE, "share of reported scores drawn to be raised")]
    table = pd.DataFrame(rows, columns=["name", "group", "value", "unit"])
    table = table.assign(group=table["group"].replace("", "all"), unit=table["unit"].replace("", "pure number"))
    return table.assign(value=table["value"].astype(float))
