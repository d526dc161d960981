"""Where customers come from, and what it costs to win them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.shop import settings as s
from crmlab.simulate.shop.shoppers import Shoppers
from crmlab.simulate.shop.text import pick

MONTHS = 36
TRIES = 6


def draw_referrals(block: int, seed: int, shoppers: Shoppers, left: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find out who referred the customers of the channel ``referral``.

    The referrer is one of the same block's earlier customers who is still active, drawn in proportion to the
    referral rates; nobody is on record for the few for whom ``TRIES`` draws find none.

    Returns
    -------
    referrer, referred : numpy.ndarray of int
        Positions in the block, in the order of the referred customers.
    """
    rng = streams.stream(seed, s.COMPANY, block, "referrals")
    edges = np.append(0.0, np.cumsum(shoppers.latents["referral_rate"].to_numpy()))
    open_ = np.flatnonzero(shoppers.channel == s.CHANNELS.index("referral"))
    found = np.full(len(shoppers.start), -1)
    for _ in range(TRIES):
        u = rng.random(len(open_)) * edges[open_]
        candidate = np.searchsorted(edges, u, side="right") - 1
        fits = (candidate < open_) & (left[np.minimum(candidate, open_)] > shoppers.start[open_])
        found[open_[fits]] = candidate[fits]
        open_ = open_[~fits]
    referred = np.flatnonzero(found >= 0)
    return found[referred], referred


def acquisition_costs(seed: int, shoppers: Shoppers) -> pd.DataFrame:
    """People reached, visits and money spent to win this block's customers, by month and channel.

    The newcomers divided by the planted share of visits that end in a first order, the visits divided by the planted
    share of people reached who visit, and the planted cost of a customer times the newcomers; each times a factor of
    the month and channel (mean 1) that is the same in all blocks, so that the tables of blocks add up.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``COLUMNS["acquisition_costs"]``, all 36 months and 4 channels.
    """
    k = len(s.CHANNELS)
    month = np.searchsorted(month_starts(), s.calendar().day(shoppers.start), side="right") - 1
    newcomers = np.bincount(month * k + shoppers.channel, minlength=MONTHS * k)
    visits = np.rint(newcomers / _each_month(s.ORDERS_OF_VISITS) * _luck(seed, "visits", 0.08))
    reached = np.rint(visits / _each_month(s.VISITS_OF_REACHED) * _luck(seed, "reached", 0.08))
    spend = newcomers * _each_month(s.ACQUISITION_COST) * _luck(seed, "acquisition", 0.15)
    months = pd.date_range("2023-01-01", periods=MONTHS, freq="MS").astype("datetime64[us]")
    return pd.DataFrame(
        {
            "month": np.repeat(months.to_numpy(), k),
            "channel": pick(s.CHANNELS, np.tile(np.arange(k), MONTHS)),
            "reached": reached.astype("int64"),
            "visits": visits.astype("int64"),
            "spend": np.rint(spend * 100) / 100,
        }
    )


def add_up(costs: pd.DataFrame) -> pd.DataFrame:
    """Sum the blocks' parts by month and channel, money in integer cents so that the order does not matter."""
    cents = costs.assign(spend=(costs["spend"] * 100).round().astype("int64"))
    summed = cents.groupby(["month", "channel"], sort=False, as_index=False).sum()
    return summed.assign(spend=summed["spend"] / 100)


def _each_month(by_channel: Mapping[str, float]) -> np.ndarray:
    """Values by channel, for every month."""
    return np.tile(np.array([by_channel[c] for c in s.CHANNELS]), MONTHS)


def _luck(seed: int, kind: str, log_sd: float) -> np.ndarray:
    """Log-normal factors of mean 1, one a month and channel, the same for all blocks."""
    u = streams.stream(seed, s.COMPANY, kind).random(MONTHS * len(s.CHANNELS))
    factors: np.ndarray = np.exp(log_sd * streams.normal(u) - log_sd**2 / 2)
    return factors


def month_starts() -> np.ndarray:
    """Day numbers on which the months of the window begin; the first began the day before the window."""
    return np.array([s.day_of(d) for d in pd.date_range("2023-01-01", periods=MONTHS, freq="MS")])
