"""Simulated customers for the tests of the audit: rates and levels are planted, so the truth is known."""

import numpy as np
import pandas as pd

START = pd.Timestamp("2023-01-02")
DAYS = 730


class Population:
    """Customers who buy at a gamma distributed rate, for amounts around a level of their own."""

    def __init__(self, seed, customers, shape=0.6, mean_days=90.0):
        rng = np.random.default_rng(seed)
        self.rng, self.n = rng, customers
        self.rate = rng.gamma(shape, 1 / (shape * mean_days), customers)  # purchases a day
        self.first = rng.integers(0, DAYS - 30, customers)
        self.level = 60 * 2.2 / rng.gamma(3.2, 1.0, customers)

    def rows(self, rng=None):
        """One history of everybody: the first purchase, then the others at random days."""
        rng = self.rng if rng is None else rng
        more = rng.poisson(self.rate * (DAYS - 1 - self.first))
        who = np.repeat(np.arange(self.n), more + 1)
        first = np.zeros(len(who), dtype=bool)
        first[np.concatenate([[0], np.cumsum(more + 1)[:-1]])] = True
        later = 1 + np.floor(rng.random(len(who)) * (DAYS - 1 - self.first[who])).astype(int)
        day = self.first[who] + np.where(first, 0, later)
        amount = np.round(rng.gamma(3.0, self.level[who] / 3.0) + 0.01, 2)
        return pd.DataFrame(
            {
                "customer_id": pd.Series(who).map("C{:05d}".format),
                "date": START + pd.to_timedelta(day, unit="D"),
                "amount": amount,
            }
        )
