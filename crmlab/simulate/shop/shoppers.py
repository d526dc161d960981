"""The customers of one block: latent values, habits, home store, who they are as persons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.people import REGIONS, draw_people
from crmlab.simulate.population import draw_latents
from crmlab.simulate.shop import settings as s


@dataclass(frozen=True)
class Shoppers:
    """One block of customers, all arrays in the order of their first orders.

    Attributes
    ----------
    first : int
        Number of the first customer of the block.
    latents : pandas.DataFrame
        From :func:`crmlab.simulate.population.draw_latents`.
    start : numpy.ndarray
        Stretched week of the first order.
    lean : numpy.ndarray
        Standard normal score of the purchase rate; the persons depend on it a little.
    people : pandas.DataFrame
        From :func:`crmlab.simulate.people.draw_people`.
    channel, store : numpy.ndarray of int
        Positions in ``CHANNELS`` and in the table of stores (-1: too far from any).
    return_probability, store_share, phone_share, discounted : numpy.ndarray of float
        Chances of each order to come back in part, to be placed in the store, by phone, at a reduced price.
    """

    first: int
    latents: pd.DataFrame
    start: np.ndarray
    lean: np.ndarray
    people: pd.DataFrame
    channel: np.ndarray
    store: np.ndarray
    return_probability: np.ndarray
    store_share: np.ndarray
    phone_share: np.ndarray
    discounted: np.ndarray


def draw_shoppers(block: int, n: int, seed: int) -> Shoppers:
    """Draw the customers of a block.

    Parameters
    ----------
    block, n, seed : int
        Number of the block, customers in it, seed.

    Returns
    -------
    Shoppers

    Examples
    --------
    >>> shoppers = draw_shoppers(0, 100, 1)
    >>> len(shoppers.people), bool((np.diff(shoppers.start) >= 0).all())
    (100, True)
    """
    latents = draw_latents(n, s.SEGMENTS, seed, s.COMPANY, block)
    start = np.sort(s.calendar().weeks * streams.stream(seed, s.COMPANY, block, "start").random(n) ** s.GROWTH)
    lean = _normal_score(latents["purchase_rate"].to_numpy())
    people = draw_people(n, seed, s.COMPANY, block, lean)
    segment = latents["segment"].to_numpy()
    u = streams.stream(seed, s.COMPANY, block, "habits").random((5, n))
    region = pd.Index(REGIONS).get_indexer(pd.Index(people["region"]))
    mix = np.cumsum(s.by_segment(s.CHANNEL_MIX), axis=1)
    older = (people["birth_year"].to_numpy() < 1962) * 1.0
    return Shoppers(
        first=block * streams.BLOCK + 1,
        latents=latents,
        start=start,
        lean=lean,
        people=people,
        channel=np.minimum((mix[segment] < u[0][:, None]).sum(axis=1), len(s.CHANNELS) - 1),
        store=_home_store(region, u[1]),
        return_probability=_return_probability(segment, u[2]),
        store_share=0.7 * u[3],
        phone_share=(0.02 + 0.10 * older) * 2 * u[4],
        discounted=s.by_segment(s.DISCOUNTED)[segment],
    )


def _normal_score(values: np.ndarray) -> np.ndarray:
    """Rank among all of the block, as a standard normal value."""
    rank = np.empty(len(values))
    rank[np.argsort(values, kind="stable")] = np.arange(len(values))
    return streams.normal((rank + 0.5) / len(values))


def _home_store(region: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Position of the nearest store in the region, -1 if too far from any."""
    within = np.searchsorted(np.cumsum(s.STORE_SHARES), u, side="right")
    return np.where(within < s.STORES_A_REGION, region * s.STORES_A_REGION + within, -1)


def _return_probability(segment: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Beta variates around the mean of the segment."""
    out = np.empty(len(u))
    for position, mean in enumerate(s.by_segment(s.RETURN_MEAN)):
        mine = segment == position
        out[mine] = streams.beta(s.RETURN_SPREAD * mean, s.RETURN_SPREAD * (1 - mean), u[mine])
    return out
