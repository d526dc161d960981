"""The company itself: dealers, models, and the rules it works by. None of this depends on the customers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.auto import parameters as p
from crmlab.simulate.people import REGIONS

DEALERS_A_REGION = 6
SIZES = ("large", "medium", "medium", "small", "small", "small")
SIZE_WEIGHT = {"large": 2.2, "medium": 1.3, "small": 0.8}
NEVER = 9_999
# model_id, class, list price in whole units, margin
_MODELS = (
    ("M01", "small", 14_900, 0.09),
    ("M02", "small", 17_500, 0.10),
    ("M03", "compact", 20_900, 0.11),
    ("M04", "compact", 23_800, 0.12),
    ("M05", "family", 27_400, 0.13),
    ("M06", "family", 31_900, 0.14),
    ("M07", "van", 29_500, 0.11),
    ("M08", "SUV", 33_600, 0.16),
    ("M09", "SUV", 39_800, 0.17),
    ("M10", "executive", 46_900, 0.18),
    ("M11", "executive", 56_400, 0.20),
    ("M12", "sports", 68_000, 0.22),
)


def models() -> pd.DataFrame:
    """Return the price list: ``model_id, class, price, margin``.

    Examples
    --------
    >>> len(models())
    12
    """
    table = pd.DataFrame(list(_MODELS), columns=["model_id", "class", "price", "margin"])
    return table.assign(price=table["price"].astype(float))


@lru_cache(maxsize=8)
def _network(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """First programme year of each dealer, drawn by lot within its region; and its service quality."""
    u = streams.stream(seed, p.COMPANY, "dealers").random((2, len(REGIONS) * DEALERS_A_REGION))
    rank = u[0].reshape(len(REGIONS), DEALERS_A_REGION).argsort(axis=1).argsort(axis=1).ravel()
    # of the six dealers of a region three begin in 2024, one in 2025 and two never
    return np.array([2024, 2024, 2024, 2025, NEVER, NEVER])[rank], 0.25 * streams.normal(u[1])


def first_year(seed: int) -> np.ndarray:
    """Return the year in which each dealer begins the programme, 9999 for never."""
    return _network(seed)[0]


def quality(seed: int) -> np.ndarray:
    """Return the service quality of each dealer, on the scale of customer satisfaction."""
    return _network(seed)[1]


def dealers(seed: int) -> pd.DataFrame:
    """Return the dealers, with the day on which each began the programme.

    Parameters
    ----------
    seed : int
        Same seed, same dealers.

    Examples
    --------
    >>> dealers(1)["programme_start"].dt.year.value_counts().to_dict()
    {2024.0: 12, 2025.0: 4}
    """
    starts = first_year(seed)
    day = pd.to_datetime(pd.Series([f"{y}-01-01" if y < NEVER else None for y in starts])).astype("datetime64[us]")
    return pd.DataFrame(
        {
            "dealer_id": [f"D{i:02d}" for i in range(1, len(starts) + 1)],
            "region": np.repeat(REGIONS, DEALERS_A_REGION),
            "city_size": list(SIZES) * len(REGIONS),
            "programme_start": day,
        }
    )


def choose_dealer(region: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Choose a dealer in the customer's region, large ones more often."""
    return region * DEALERS_A_REGION + streams.choose([SIZE_WEIGHT[s] for s in SIZES], u)


def class_rules() -> pd.DataFrame:
    """Return the rule of the A/B/C programme, first match wins.

    Examples
    --------
    >>> class_rules()["class"].tolist()
    ['A', 'C', 'B']
    """
    counted = f"in the {p.CLASS_WINDOW} calendar years before, the latest counted {p.LATEST_WEIGHT} times"
    return pd.DataFrame(
        {
            "class": ["A", "C", "B"],
            "contacts": [p.A_CONTACTS, p.C_CONTACTS, 0.0],
            "amount": [p.A_AMOUNT, p.C_AMOUNT, 0.0],
            "years": p.CLASS_WINDOW,
            "latest_weight": p.LATEST_WEIGHT,
            "rule": [
                f"at least {p.A_CONTACTS:g} purchases or visits and at least {p.A_AMOUNT:,.0f} spent, {counted}",
                f"fewer than {p.C_CONTACTS:g} purchases or visits or less than {p.C_AMOUNT:,.0f} spent, {counted}",
                "all other customers who came before the year",
            ],
            "service": ["tailored buying service, reminders and points", "telephone follow-up", "standard"],
        }
    )


def memo() -> pd.DataFrame:
    """Return what the board was told about the programme, and how the two measures are defined.

    Examples
    --------
    >>> memo()["measure"].tolist()
    ['loyalty', 'sales']
    """
    compared = (
        "customers on the A list of January 2025 whose home dealer began the programme in 2024: "
        "the year 2024 against the year 2023"
    )
    return pd.DataFrame(
        {
            "measure": ["loyalty", "sales"],
            "claim": ["loyalty of A customers up 20 %", "sales to A customers up 30 %"],
            "definition": [
                "share of customers with at least one car bought or one visit to the network in the calendar year",
                "net price of the cars bought in the calendar year, mean per customer",
            ],
            "comparison": compared,
        }
    )
