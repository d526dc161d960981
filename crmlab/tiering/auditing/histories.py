"""Purchases of each customer as arrays: what is drawn again, moved or counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.schema import AMOUNT, CUSTOMER, DATE
from crmlab.tiering.auditing.books import Books, in_cents


@dataclass(frozen=True)
class Histories:
    """Purchases of the measured customers until a day; one array entry a purchase, by customer and day.

    Parameters
    ----------
    who : numpy.ndarray of int
        Position of the customer in the measured table.
    age : numpy.ndarray of int
        Days from the purchase to the day of the audit.
    gross, net : numpy.ndarray
        Money; net is after the returns that followed it.
    first, inside : numpy.ndarray of bool
        Whether it is the customer's first purchase, and whether it lies in the window.
    exposure : numpy.ndarray, shape (customers,)
        Days of the window in which the customer could have bought again.
    """

    who: np.ndarray
    age: np.ndarray
    gross: np.ndarray
    net: np.ndarray
    first: np.ndarray
    inside: np.ndarray
    exposure: np.ndarray

    @property
    def size(self) -> int:
        """Number of customers."""
        return len(self.exposure)

    @property
    def repeats(self) -> np.ndarray:
        """Purchases in the window after the first, by customer."""
        return np.bincount(self.who[self.inside & ~self.first], minlength=self.size)


def histories(books: Books, day: pd.Timestamp, measured: pd.DataFrame) -> Histories:
    """Bring the rows until a day into purchases: all orders of a day are one, returns go with the purchase before."""
    rows = books.rows[books.rows[DATE] <= day]
    who = pd.Index(measured[CUSTOMER]).get_indexer(pd.Index(rows[CUSTOMER]))
    known = who >= 0  # whoever only returned is no customer yet
    who, cents = who[known], in_cents(rows[AMOUNT]).to_numpy()[known]
    age = (day - rows[DATE]).dt.days.to_numpy()[known]
    order = np.lexsort((cents < 0, -age, who))
    who, age, cents = who[order], age[order], cents[order]
    new_day = np.r_[True, (np.diff(who) != 0) | (np.diff(age) != 0)]
    opens = new_day & (cents >= 0)  # purchases of a day stand before its returns
    count = int(opens.sum())
    buyer = who[opens]
    bought = np.bincount(buyer, minlength=len(measured))
    # a return goes with the purchase before it; one that has none before goes with the customer's first
    unit = np.maximum(np.cumsum(opens) - 1, (np.cumsum(bought) - bought)[who])
    begin = (day - books.window_begin(day)).days
    first = np.r_[True, np.diff(buyer) != 0]
    age_of_first = age[opens][first]
    return Histories(
        buyer, age[opens],
        np.bincount(unit, np.maximum(cents, 0), minlength=count) / 100,
        np.bincount(unit, cents, minlength=count) / 100,
        first, age[opens] < begin,
        np.minimum(age_of_first, begin - 1).astype(float),
    )  # fmt: skip
