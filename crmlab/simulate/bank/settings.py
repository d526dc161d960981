"""What is planted in the bank: segments, plans, effects, tier rules, and the tables that list them.

Nothing here is random. Months are counted from January 2017 (month 0), the first month in which a contract could start;
the 36 months for which there are balances are months 72 to 107.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

FIRST, END = 72, 108  # January 2023, and the first month after December 2025
MONTHS = END - FIRST
LAST_OPENING = 105  # the last month in which a contract starts: September 2025
CUSTOMERS_PER_BRANCH, BRANCHES_PER_MANAGER, CUSTOMERS_PER_CLIENT = 125, 3, 20

ROLLOUT = (90, 101)  # branches change over from July 2024 to June 2025 ...
ROLLOUT_SHARE = 0.65  # ... and the others never do
REFERENCE_ROLLOUT = 96  # January 2025: month of the roll-out in the "with" world of branches that never change over

SATISFACTION_EFFECT, SATISFACTION_EFFECT_SPREAD = 2.6, 1.2  # points of 100
CHURN_EFFECT = -0.08  # relative change of the churn probability
PRODUCT_EFFECT, PRODUCT_EFFECT_SPREAD = 0.20, 0.08  # relative change of the rate of opening products

SATISFACTION_LEVEL, TRAIT_SPREAD, ANSWER_SPREAD, BRANCH_SPREAD = 61.0, 10.0, 5.0, 2.0
WAVES = {"2023-06": 77, "2024-06": 89, "2024-12": 95, "2025-12": 107}
WAVE_SHIFT = np.array([-0.4, 0.0, 0.3, 0.8])  # points by which everybody's satisfaction moves, with or without CRM
RESPONSE = (-0.35, -0.55)  # log-odds of an answer, and its slope in standing satisfaction (standard normal scale)
RESPONSE_LIVE = (0.05, 0.60)  # the same once the branch works with the CRM system and managers ask for the answer
HEADLINE = 0.15  # reported rise of satisfaction, which the answers before and after reproduce
CHURN_BY_TRAIT = -0.35  # correlation of churn with standing satisfaction, on the normal scale

PRODUCTS = ("card", "savings", "funds", "loan", "insurance")  # what can be held beside the account
TIERS = ("potential", "general", "important", "high-end")


@dataclass(frozen=True)
class Plan:
    """A kind of account contract. It is renewed every ``months`` months until the customer leaves at a renewal.

    A customer leaves at each renewal with an own probability, which is beta with ``alpha`` and ``beta`` over the
    customers of the plan; so the number of renewals follows the shifted-beta-geometric distribution (Fader and Hardie
    2007, "How to project customer retention").

    Examples
    --------
    >>> round(Plan("basic", 12, 0.9, 5.1).mean_churn, 3)
    0.15
    """

    name: str
    months: int
    alpha: float
    beta: float

    @property
    def mean_churn(self) -> float:
        """Mean probability of leaving at the first renewal, alpha / (alpha + beta)."""
        return self.alpha / (self.alpha + self.beta)


PLANS = (
    Plan("flex", 1, 0.8, 29.2),
    Plan("basic", 12, 0.9, 5.1),
    Plan("plus", 12, 0.75, 6.75),
    Plan("premium", 12, 0.6, 9.4),
)


@dataclass(frozen=True)
class BankSegment:
    """A latent group of private customers; the groups overlap in everything that can be seen.

    Parameters
    ----------
    name : str
        Never shown in a visible table.
    weight : float
        Share of customers.
    aum, aum_spread : float
        Median assets under management (currency units) at the start, and the standard deviation of their logarithm.
    growth, growth_spread : float
        Mean and standard deviation of the growth of log AUM per year.
    satisfaction : float
        Points above or below the mean of all customers.
    birth_year : float
        Year around which the years of birth gather.
    plans : tuple of float
        Weights of :data:`PLANS`.
    at_start, per_year : tuple of float
        For each of :data:`PRODUCTS`: share that has it from the start, and mean rate of opening it per year after that.
    """

    name: str
    weight: float
    aum: float
    aum_spread: float
    growth: float
    growth_spread: float
    satisfaction: float
    birth_year: float
    plans: tuple[float, ...]
    at_start: tuple[float, ...]
    per_year: tuple[float, ...]


SEGMENTS = (
    BankSegment("everyday", 0.36, 5_000, 1.0, 0.02, 0.08, 0.0, 1977, (0.25, 0.50, 0.20, 0.05),
                (0.55, 0.20, 0.03, 0.05, 0.08), (0.10, 0.06, 0.02, 0.03, 0.03)),
    BankSegment("savers", 0.24, 35_000, 1.0, 0.03, 0.06, 2.0, 1966, (0.05, 0.35, 0.45, 0.15),
                (0.45, 0.65, 0.15, 0.04, 0.20), (0.08, 0.14, 0.06, 0.02, 0.06)),
    BankSegment("investors", 0.10, 160_000, 1.0, 0.06, 0.10, 1.0, 1968, (0.02, 0.13, 0.40, 0.45),
                (0.65, 0.50, 0.65, 0.08, 0.30), (0.12, 0.12, 0.20, 0.02, 0.08)),
    BankSegment("borrowers", 0.18, 8_000, 1.1, 0.03, 0.08, -3.0, 1982, (0.15, 0.45, 0.30, 0.10),
                (0.60, 0.20, 0.05, 0.55, 0.25), (0.12, 0.06, 0.02, 0.20, 0.08)),
    BankSegment("starters", 0.12, 3_000, 1.0, 0.45, 0.25, 0.0, 1995, (0.30, 0.45, 0.20, 0.05),
                (0.50, 0.25, 0.06, 0.04, 0.04), (0.16, 0.14, 0.10, 0.05, 0.06)),
)  # fmt: skip


def tier_rules() -> pd.DataFrame:
    """Return the bank's rule: a customer is in the last tier whose four conditions all hold.

    Examples
    --------
    >>> tier_rules()["tier"].tolist()
    ['potential', 'general', 'important', 'high-end']
    """
    return pd.DataFrame(
        {
            "tier": pd.Series(TIERS, dtype="str"),
            "min_aum": [0.0, 5_000.0, 40_000.0, 200_000.0],
            "min_products": [1, 1, 2, 3],
            "min_credit_score": [300, 550, 600, 650],
            "max_months_past_due": [12, 3, 2, 1],
        }
    )


def month_start(month: np.ndarray) -> np.ndarray:
    """First day of months counted from January 2017.

    Examples
    --------
    >>> month_start(np.array([72])).astype("datetime64[D]")
    array(['2023-01-01'], dtype='datetime64[D]')
    """
    return (np.datetime64("2017-01", "M") + np.asarray(month, dtype="timedelta64[M]")).astype("datetime64[us]")


def month_end(month: np.ndarray) -> np.ndarray:
    """Last day of months counted from January 2017."""
    return month_start(np.asarray(month) + 1) - np.timedelta64(1, "D")


def optional_month(month: np.ndarray) -> np.ndarray:
    """First day of months; missing (NaT) for months after the window."""
    known = np.asarray(month) < END
    dates = month_start(np.where(known, month, 0).astype(np.int64))
    dates[~known] = np.datetime64("NaT")
    return dates
