"""What is planted in the retailer: its calendar, its customers by segment, its campaign and its programme.

The numbers were chosen so that the whole population looks like life (concentration, one-time buyers, order values,
November, returns, stickiness of the top fifth; the tests hold the targets).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from crmlab.simulate.population import BuyingBehaviour, Calendar, Segment

COMPANY = "retail"
START = pd.Timestamp("2023-01-02")  # a Monday
END = pd.Timestamp("2025-12-29")  # first day after the window
DAYS = (END - START).days  # 1,092 days, 156 weeks
THIRD_YEAR = 728  # day on which tastes drift
MONTH = [0.86, 0.84, 0.92, 0.94, 0.97, 0.95, 0.90, 0.88, 0.98, 1.06, 1.34, 1.32]
WEEKDAY = [1.05, 1.02, 1.00, 1.02, 1.10, 0.95, 0.86]
GROWTH = 0.75  # first orders at 156 weeks times uniform ** GROWTH: newcomers arrive a little faster every year

CATEGORIES = {  # name: (contribution margin, price level)
    "home": (0.42, 1.5),
    "kitchen": (0.38, 1.4),
    "garden": (0.36, 1.6),
    "toys": (0.34, 1.2),
    "stationery": (0.45, 1.0),
    "fashion": (0.48, 1.8),
    "electronics": (0.14, 3.0),
    "food": (0.24, 1.0),
}
SERVICE_COSTS = {"order": 6.5, "phone order": 3.0, "return": 14.0, "ticket": 9.0, "voucher": 4.0, "point": 0.01}

CHANNELS = ("search", "social", "referral", "marketplace")
ACQUISITION_COST = {"search": 14.0, "social": 18.0, "referral": 10.0, "marketplace": 9.0}
VISITS_OF_REACHED = {"search": 0.040, "social": 0.012, "referral": 0.22, "marketplace": 0.060}
ORDERS_OF_VISITS = {"search": 0.032, "social": 0.015, "referral": 0.085, "marketplace": 0.045}  # first orders
CHANNEL_MIX = {  # by segment: where its customers come from
    "bargain hunters": (0.33, 0.24, 0.10, 0.33),
    "regulars": (0.43, 0.19, 0.20, 0.18),
    "enthusiasts": (0.36, 0.22, 0.28, 0.14),
    "gift givers": (0.38, 0.30, 0.11, 0.21),
    "small businesses": (0.52, 0.10, 0.18, 0.20),
}

VOUCHER_DAY = (pd.Timestamp("2025-06-02") - START).days
VOUCHER_DAYS = 56
RETURN_MEAN = {  # by segment: chance that an order comes back in part
    "bargain hunters": 0.23,
    "regulars": 0.15,
    "enthusiasts": 0.19,
    "gift givers": 0.24,
    "small businesses": 0.11,
}
RETURN_SPREAD = 1.5  # a + b of the beta distribution of the customers' chances around it
DISCOUNTED = {  # by segment: chance that an order is placed at a reduced price
    "bargain hunters": 0.48,
    "regulars": 0.16,
    "enthusiasts": 0.12,
    "gift givers": 0.22,
    "small businesses": 0.10,
}

STORES_A_REGION = 5
STORE_SHARES = (0.19, 0.17, 0.155, 0.14, 0.125)  # of a region's customers; the rest live too far from any store
# one store of each region starts the programme on each day, by lot; the fifth never does
COHORTS = ("2024-01-01", "2024-07-01", "2025-01-01", "2025-07-01")
COHORT_FACTOR = (1.6, 1.2, 0.8, 0.4)  # the programme lifts the early stores more than the late ones
RAMP_WEEKS = 26.0  # its effect builds up over half a year
JOIN_WEEKS = 5.0  # mean delay of joining
JOIN_LOG_ODDS = (2.0, 0.5, 0.3)  # to join at all: constant, and slopes on purchase rate and satisfaction (both z)
GOLD_SPEND = 500.0  # in the twelve months before a review
GOLD_EXTRA = 1.0  # orders a quarter (13 weeks of mean season) that gold status adds while the customer is active
REVIEWS = tuple(f"{year}-{month:02d}-01" for year in (2024, 2025) for month in (3, 6, 9, 12))
PROGRAMME_DAY = "2024-01-01"  # first day on which anybody can be a member

POINTS_TO_REDEEM = 200  # smallest balance that can be redeemed; one point for each whole unit of money
REDEEMS = 0.65  # share of members who ever redeem
REDEEMS_IN_QUARTER = 0.6  # chance that such a member does so in a quarter, given the balance

_TASTE = {  # home, kitchen, garden, toys, stationery, fashion, electronics, food
    "bargain hunters": ((12, 13, 7, 12, 8, 24, 18, 6), (10, 11, 6, 11, 5, 24, 27, 6)),
    "regulars": ((18, 20, 12, 8, 7, 14, 7, 14), (16, 17, 11, 7, 4, 13, 12, 20)),
    "enthusiasts": ((22, 14, 22, 5, 9, 15, 8, 5), (20, 13, 21, 4, 6, 15, 14, 7)),
    "gift givers": ((17, 9, 5, 30, 17, 13, 4, 5), (16, 8, 5, 30, 10, 14, 10, 7)),
    "small businesses": ((10, 12, 4, 3, 42, 4, 14, 11), (9, 11, 4, 3, 32, 3, 24, 14)),
}

SEGMENTS = tuple(
    Segment(name, weight, behaviour, content, referral, {"voucher": voucher, "programme": programme}, *_TASTE[name])
    for name, weight, behaviour, content, referral, voucher, programme in [
        ("bargain hunters", 0.30, BuyingBehaviour(0.50, 20, 0.9, 5, 2, 3.1, 53), -0.30, 0.03, 1.5, 0.28),
        ("regulars", 0.25, BuyingBehaviour(1.3, 14.5, 0.7, 13, 2, 3.3, 66), 0.15, 0.08, 0.45, 0.28),
        ("enthusiasts", 0.12, BuyingBehaviour(1.8, 10.8, 0.6, 17, 2, 3.1, 74), 0.45, 0.20, 0.10, 0.24),
        ("gift givers", 0.26, BuyingBehaviour(0.45, 30, 1.0, 3.5, 2, 3.2, 80), 0.05, 0.05, 0.9, 0.24),
        ("small businesses", 0.07, BuyingBehaviour(1.2, 10.5, 0.6, 14, 2, 3.4, 130), -0.10, 0.04, -0.40, 0.16),
    ]
)
NAMES = tuple(s.name for s in SEGMENTS)


@cache
def calendar() -> Calendar:
    """Season and weekday of the window."""
    return Calendar(str(START.date()), DAYS, MONTH, WEEKDAY)


def day_of(date: str | pd.Timestamp) -> int:
    """Day number of a date, from 0.

    Examples
    --------
    >>> day_of("2023-01-02"), day_of("2025-12-28")
    (0, 1091)
    """
    return (pd.Timestamp(date) - START).days


def by_segment(values: Mapping[str, float] | Mapping[str, tuple[float, ...]]) -> np.ndarray:
    """Put values by segment name in the order of ``SEGMENTS``."""
    return np.array([values[name] for name in NAMES])
