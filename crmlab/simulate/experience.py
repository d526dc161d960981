"""What the contacts of a retail customer depend on, as arrays: when they bought, where, and how content they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.simulate.shop import settings as s
from crmlab.simulate.texts import digits, join, text

NEVER = 10 * s.DAYS
OPENING_DAYS = 56  # the first eight weeks of a store, in which the service desk of its region is short of time
A_BLOCK = 1_000_000  # numbers that are kept for the ids of one block of customers


@dataclass(frozen=True)
class Experience:
    """One block of customers, in the order of the table of customers.

    Attributes
    ----------
    block, seed : int
        Which block of which population.
    ids : pandas.Series
        Customer ids.
    satisfaction : numpy.ndarray
        Latent, on a standard normal scale.
    chinese : numpy.ndarray of bool
        Prefers Chinese.
    region : numpy.ndarray of int
        Position in the sorted regions of the stores; -1 if there is no store.
    store : numpy.ndarray of int
        Position of the home store, -1 if there is none.
    store_ids : pandas.Series
        Ids of the stores.
    opened : numpy.ndarray of int, shape (stores,)
        Day number on which each store opened.
    opening : numpy.ndarray of int, shape (regions + 1, days)
        Stores of the region in their first eight weeks on each day; the last row is all zero.
    first, last : numpy.ndarray of int
        Day numbers of the first and the last transaction; ``NEVER`` and -1 without one.
    order, day, is_return : numpy.ndarray
        The transactions: position of the customer, day number, and whether something came back.
    """

    block: int
    seed: int
    ids: pd.Series
    satisfaction: np.ndarray
    chinese: np.ndarray
    region: np.ndarray
    store: np.ndarray
    store_ids: pd.Series
    opened: np.ndarray
    opening: np.ndarray
    first: np.ndarray
    last: np.ndarray
    order: np.ndarray
    day: np.ndarray
    is_return: np.ndarray

    def numbered(self, letter: str, count: int) -> pd.Series:
        """Ids of a new table: a letter and at least seven digits, unique over all blocks."""
        return text(join(letter, digits(self.block * A_BLOCK + 1 + np.arange(count, dtype=np.int64), 7)))


def gather(
    block: int, seed: int, customers: pd.DataFrame, latents: pd.DataFrame, orders: pd.DataFrame, stores: pd.DataFrame
) -> Experience:
    """Turn the tables of one block into arrays."""
    ids = customers["customer_id"].reset_index(drop=True)
    who = pd.Index(ids).get_indexer(pd.Index(orders["customer_id"]))
    day = day_number(orders["date"])
    first, last = np.full(len(ids), NEVER), np.full(len(ids), -1)
    np.minimum.at(first, who, day)
    np.maximum.at(last, who, day)
    regions = pd.Index(sorted(stores["region"].unique()))
    opened = day_number(stores["opened"])
    of_store = regions.get_indexer(pd.Index(stores["region"]))
    days = np.arange(s.DAYS)
    new = (days >= opened[:, None]) & (days < opened[:, None] + OPENING_DAYS)
    opening = np.stack([new[of_store == r].sum(axis=0) for r in range(len(regions))] + [np.zeros(s.DAYS, np.int64)])
    return Experience(
        block=block,
        seed=seed,
        ids=ids,
        satisfaction=latents["satisfaction"].to_numpy(dtype=float),
        chinese=(customers["language"] == "zh").to_numpy(),
        region=regions.get_indexer(pd.Index(customers["region"])),
        store=pd.Index(stores["store_id"]).get_indexer(pd.Index(customers["home_store"])),
        store_ids=stores["store_id"],
        opened=opened,
        opening=opening,
        first=first,
        last=last,
        order=who,
        day=day,
        is_return=(orders["amount"] < 0).to_numpy(),
    )


def day_number(dates: pd.Series) -> np.ndarray:
    """Days since the first day of the window."""
    return (dates - s.START).dt.days.to_numpy(dtype=np.int64)
