"""The private customers of one block: latent values, home dealer, visible profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.auto import company
from crmlab.simulate.auto import parameters as p
from crmlab.simulate.people import REGIONS, draw_people
from crmlab.simulate.population import draw_latents
from crmlab.simulate.texts import digits, join, text


@dataclass(frozen=True)
class Block:
    """One block of customers, by position: who they are and what drives them."""

    number: int
    seed: int
    latents: pd.DataFrame
    people: pd.DataFrame
    home: np.ndarray

    @property
    def n(self) -> int:
        """Number of customers."""
        return len(self.latents)

    def stream(self, kind: str) -> np.random.Generator:
        """Return the stream of one kind of thing."""
        return streams.stream(self.seed, p.COMPANY, self.number, kind)

    def ids(self) -> pd.Series:
        """Return the customers' numbers in the group."""
        return numbered("C", self.number * streams.BLOCK + 1 + np.arange(self.n))


def numbered(prefix: str, numbers: np.ndarray, width: int = 7) -> pd.Series:
    """Return text ids.

    Examples
    --------
    >>> numbered("C", np.array([12])).tolist()
    ['C0000012']
    """
    return text(join(prefix, digits(np.asarray(numbers, dtype=np.int64), width)))


def draw_block(number: int, n: int, seed: int) -> Block:
    """Draw the customers of a block.

    Parameters
    ----------
    number, n, seed : int
        Number of the block, customers in it, seed.

    Examples
    --------
    >>> draw_block(0, 5, seed=1).latents.shape[0]
    5
    """
    latents = draw_latents(n, p.SEGMENTS, seed, p.COMPANY, number)
    u = streams.stream(seed, p.COMPANY, number, "service latents").random((6, n))
    segment = latents["segment"].to_numpy()
    own = latents["satisfaction"].to_numpy()
    visits, decay = (np.array([getattr(s, name) for s in p.SERVICE])[segment] for name in ("visits", "decay"))
    latents["distance"] = np.exp(2.3 + 0.8 * streams.normal(u[0]))
    far = np.log(latents["distance"].to_numpy()) - 2.3
    latents["visit_rate"] = visits * streams.gamma(p.VISIT_SHAPE, u[1]) / p.VISIT_SHAPE * np.exp(0.1 * own)
    latents["decay"] = decay * streams.gamma(p.DECAY_SHAPE, u[2]) / p.DECAY_SHAPE * np.exp(0.25 * far - 0.2 * own)
    latents["credit_risk"] = streams.normal(u[3])
    latents["sales_lift"] = p.SALES_LIFT * streams.gamma(p.LIFT_SHAPE, u[4]) / p.LIFT_SHAPE
    people = draw_people(n, seed, p.COMPANY, number, _lean(latents))
    region = people["region"].map({name: i for i, name in enumerate(REGIONS)}).to_numpy(dtype=np.int64)
    return Block(number, seed, latents, people, company.choose_dealer(region, u[5]))


def _lean(latents: pd.DataFrame) -> np.ndarray:
    """Log purchase rate and log price level in one standard normal number, for the visible profile to lean to."""
    rate, price = (np.log(latents[c].to_numpy()) for c in ("purchase_rate", "mean_order_value"))
    # fixed centres and spreads: a block must not depend on how many customers it holds
    return np.clip(((rate + 5.875) / 0.563 + (price - 10.124) / 0.396) / 1.546, -3, 3)


def profile(block: Block, first_day: np.ndarray) -> pd.DataFrame:
    """Return the visible ``customers`` table: the group's number for each person, without name or address.

    Parameters
    ----------
    block : Block
        The customers.
    first_day : numpy.ndarray, shape (n,)
        Day number of the first purchase.
    """
    people = block.people
    return pd.DataFrame(
        {
            "customer_id": block.ids(),
            "customer_since": p.showroom().date(first_day),
            "home_dealer": dealer_ids(block.home),
            "birth_year": people["birth_year"],
            "gender": people["gender"],
            "language": people["language"],
            "attitude": people["attitude"],
            "relationship": people["relationship"],
            "distance": np.maximum(1, np.round(block.latents["distance"].to_numpy())).astype(np.int64),
        }
    )


def dealer_ids(dealer: np.ndarray) -> pd.Series:
    """Return the ids of dealers given by position."""
    return numbered("D", dealer + 1, 2)
