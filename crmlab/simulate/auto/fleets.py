"""Fleet accounts: companies that run many cars, their revenue, discount and contribution to profit."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.auto import parameters as p
from crmlab.simulate.auto.customers import numbered
from crmlab.simulate.people import REGIONS
from crmlab.simulate.texts import join, take, text

ACCOUNTS = 120
LEVELS = ("strategic", "key", "ordinary")
STRATEGIC_SHARE, KEY_SHARE = 0.5, 0.8
_FIRST = [
    "Northfield",
    "Easthaven",
    "Millbrook",
    "Ashgrove",
    "Stonebridge",
    "Clearwater",
    "Redcliff",
    "Hillcrest",
    "Oakmere",
    "Fairholm",
    "Silverlake",
    "Westbourne",
    "Greenway",
    "Highmoor",
    "Riverside",
    "Southgate",
    "Larkfield",
    "Brightwell",
    "Copperhill",
    "Whitestone",
]
_SECOND = [
    "Logistics",
    "Couriers",
    "Foods",
    "Facilities",
    "Care",
    "Rentals",
    "Builders",
    "Energy",
    "Security",
    "Telecoms",
    "Pharma",
    "Textiles",
]


def account_rules() -> pd.DataFrame:
    """Return the rule for key accounts, by contribution to profit.

    Examples
    --------
    >>> account_rules()["level"].tolist()
    ['strategic', 'key', 'ordinary']
    """
    order = "by contribution of the last three calendar years, largest first"
    return pd.DataFrame(
        {
            "level": list(LEVELS),
            "up_to_share": [STRATEGIC_SHARE, KEY_SHARE, 1.0],
            "rule": [
                f"{order}: accounts until half of the positive contribution is reached",
                f"{order}: further accounts until 80 % is reached",
                "all other accounts",
            ],
        }
    )


def simulate_fleets(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate the fleet accounts; they depend on the seed only.

    Parameters
    ----------
    seed : int
        Same seed, same accounts.

    Returns
    -------
    fleets : pandas.DataFrame
        One row an account; ``level`` is the list in use, which was made by revenue.
    fleet_years : pandas.DataFrame
        Vehicles, revenue and contribution by account and year.

    Examples
    --------
    >>> fleets, years = simulate_fleets(1)
    >>> len(fleets), len(years), fleets["name"].is_unique
    (120, 960, True)
    """
    rng = streams.stream(seed, p.COMPANY, "fleets")
    u = rng.random((6, ACCOUNTS))
    names = np.argsort(rng.random(len(_FIRST) * len(_SECOND)))[:ACCOUNTS]
    size = np.exp(3.6 + 1.0 * streams.normal(u[0]))
    discount = np.clip(0.05 + 0.035 * np.log(size / 10) + 0.045 * streams.normal(u[1]), 0.02, 0.32).round(3)
    years = _years(size, discount, u[2], rng)
    fleets = pd.DataFrame(
        {
            "fleet_id": numbered("F", np.arange(1, ACCOUNTS + 1), 3),
            "name": text(join(take(_FIRST, names // len(_SECOND)), " ", take(_SECOND, names % len(_SECOND)))),
            "industry": text(take([s.lower() for s in _SECOND], names % len(_SECOND))),
            "region": text(take(REGIONS, np.floor(u[3] * 4).astype(np.int64))),
            "discount": discount,
            "level": by_share(years.groupby("fleet_id")["revenue"].sum().to_numpy()),
        }
    )
    return fleets, years


def _years(size: np.ndarray, discount: np.ndarray, u_cost: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Vehicles, revenue and contribution by account and year."""
    z = streams.normal(rng.random((2, len(p.YEARS), ACCOUNTS)))
    trend = np.cumsum(0.02 + 0.10 * z[0], axis=0)
    vehicles = np.maximum(3, np.round(size * np.exp(trend)))
    bought = np.round(vehicles * 0.27 * np.exp(0.25 * z[1]) * np.array(p.SHOWROOM_YEARS)[:, None])
    cars = bought * 27_500 * (1 - discount)
    service = vehicles * 780.0
    revenue = np.round(cars + service, 2)
    # 22 % of the list price is margin before the fleet discount; serving an account costs 2 to 8 % of its revenue
    cost_to_serve = 0.02 + 0.06 * u_cost
    contribution = np.round(bought * 27_500 * (0.22 - discount) + 0.35 * service - cost_to_serve * revenue, 2)
    account = np.tile(np.arange(1, ACCOUNTS + 1), len(p.YEARS))
    table = pd.DataFrame(
        {
            "fleet_id": numbered("F", account, 3),
            "year": np.repeat(p.YEARS, ACCOUNTS),
            "vehicles": vehicles.ravel().astype(np.int64),
            "revenue": revenue.ravel(),
            "contribution": contribution.ravel(),
        }
    )
    return table.sort_values(["fleet_id", "year"], kind="stable", ignore_index=True)


def by_share(value: np.ndarray) -> pd.Series:
    """Levels by the cumulative share of a value, largest first; the account that crosses a share still counts.

    Examples
    --------
    >>> by_share(np.array([60.0, 25.0, 15.0, -5.0])).tolist()
    ['strategic', 'key', 'ordinary', 'ordinary']
    """
    positive = np.maximum(value, 0)
    order = np.argsort(-positive, kind="stable")
    before = np.empty(len(value))
    before[order] = np.cumsum(positive[order]) - positive[order]
    at = np.searchsorted([STRATEGIC_SHARE, KEY_SHARE], before / positive.sum(), side="right")
    return text(take(LEVELS, at))


def levels_by_contribution(fleet_years: pd.DataFrame) -> pd.DataFrame:
    """Apply the account rule: ``fleet_id, contribution`` of the last three years and ``level`` by the rule."""
    recent = fleet_years[fleet_years["year"] > p.YEARS[-1] - 3]
    total = recent.groupby("fleet_id")["contribution"].sum().round(2).reset_index()
    return total.assign(level=by_share(total["contribution"].to_numpy()))
