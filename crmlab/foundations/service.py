"""One service budget, divided between tiers: what equal treatment costs, and what tiered service gains.

A customer who is served better stays and buys more, but each further unit of money does less. For a tier with ``n``
customers who bring a margin of ``m`` a year each, spending ``s`` a customer keeps

    n * m * u * s / (s + h)

where ``u`` is the share of the margin that service can win or lose, and ``h`` the spending at which half of it is
reached. Satisfaction follows the same curve. The numbers are declared assumptions, not estimates: chapter 6 shows how
to measure them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize

from crmlab.errors import DataError


@dataclass(frozen=True)
class ServiceTier:
    """What service does in one tier.

    Parameters
    ----------
    name : str
        The tier.
    customers : int
        Its size, above 0.
    margin : float
        Contribution margin a customer and year, money.
    at_stake : float
        Share of the margin that service can win or lose, 0 to 1.
    half_spend : float
        Spending a customer and year at which half of that is reached, money, above 0.
    """

    name: str
    customers: int
    margin: float
    at_stake: float
    half_spend: float

    def __post_init__(self) -> None:
        if self.customers <= 0 or self.half_spend <= 0 or not 0 <= self.at_stake <= 1:
            raise DataError(
                f"Tier {self.name!r}: customers ({self.customers}) and half_spend ({self.half_spend}) must be above 0, "
                f"at_stake ({self.at_stake}) between 0 and 1."
            )


def service_plan(tiers: list[ServiceTier], budget: float, shares: list[float] | None = None) -> pd.DataFrame:
    """Work out what a division of the budget brings.

    Parameters
    ----------
    tiers : list of ServiceTier
        Highest first.
    budget : float
        Money a year for all tiers together.
    shares : list of float, optional
        Part of the budget for each tier, scaled to sum to 1; default: the same spending for every customer.

    Returns
    -------
    pandas.DataFrame
        Indexed by tier: ``customers``, ``spend`` and ``spend_per_customer``, ``margin_kept`` (money a year),
        ``profit`` (margin kept less spend), ``satisfaction`` (0 to 1, of what service can reach). The column
        ``marginal_return`` is the margin that the next unit of money would keep: where it differs between
        tiers, money is in the wrong place.

    Examples
    --------
    >>> two = [ServiceTier("gold", 10, 100.0, 0.5, 5.0), ServiceTier("regular", 90, 10.0, 0.5, 5.0)]
    >>> service_plan(two, 500.0)["margin_kept"].round(1).tolist()
    [250.0, 225.0]
    """
    sizes = np.array([t.customers for t in tiers], float)
    parts = sizes if shares is None else np.array(shares, float)
    if budget < 0 or len(parts) != len(tiers) or (parts < 0).any() or parts.sum() <= 0:
        raise DataError(
            f"The budget ({budget}) must be 0 or more, with one share of 0 or more for each of the {len(tiers)} tiers."
        )
    spend = budget * parts / parts.sum()
    each = spend / sizes
    pool = np.array([t.margin * t.at_stake for t in tiers])
    half = np.array([t.half_spend for t in tiers])
    reached = each / (each + half)
    kept = sizes * pool * reached
    return pd.DataFrame(
        {
            "customers": sizes.astype(int),
            "spend": spend,
            "spend_per_customer": each,
            "margin_kept": kept,
            "profit": kept - spend,
            "satisfaction": reached,
            "marginal_return": pool * half / (each + half) ** 2,
        },
        index=pd.Index([t.name for t in tiers], name="tier"),
    )


def best_split(tiers: list[ServiceTier], budget: float) -> list[float]:
    """Shares of the budget that keep the most margin.

    At the best division every tier that gets money has the same marginal return, and a tier that gets none has a
    smaller one; that return is the shadow price of the budget, and one equation in it gives the division.

    Parameters
    ----------
    tiers : list of ServiceTier
        Highest first.
    budget : float
        Money a year, above 0.

    Returns
    -------
    list of float
        One share a tier, summing to 1.

    Examples
    --------
    >>> two = [ServiceTier("gold", 10, 100.0, 0.5, 5.0), ServiceTier("regular", 90, 10.0, 0.5, 5.0)]
    >>> [round(share, 2) for share in best_split(two, 500.0)]
    [0.42, 0.58]
    """
    if budget <= 0:
        raise DataError(f"The budget is {budget}; a number above 0 was expected.")
    sizes = np.array([t.customers for t in tiers], float)
    pool = np.array([t.margin * t.at_stake for t in tiers])
    half = np.array([t.half_spend for t in tiers])

    def spend(price: float) -> np.ndarray:
        """Spending by tier at which the next unit of money keeps ``price``."""
        wanted: np.ndarray = sizes * np.maximum(np.sqrt(pool * half / price) - half, 0)
        return wanted

    if not (pool > 0).any():
        raise DataError("No tier has a margin at stake, so no division of the budget is better than another.")
    high = float((pool / half).max())
    low = high
    while spend(low).sum() < budget:
        low /= 2
    price = optimize.brentq(lambda p: spend(p).sum() - budget, low, high)
    shares = spend(price)
    return [float(s) for s in shares / shares.sum()]
