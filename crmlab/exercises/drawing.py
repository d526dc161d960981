"""What the exercise sets share when they draw a student's data."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from crmlab.datasets import Dataset
from crmlab.errors import CrmlabError
from crmlab.schema import typed
from crmlab.simulate.interactions import simulate_interactions_block
from crmlab.simulate.shop import simulate_trade_block
from crmlab.simulate.shop.company import stores
from crmlab.simulate.shop.shoppers import draw_shoppers
from crmlab.simulate.sources import SYSTEMS, source_systems
from crmlab.teach.authoring import tells_apart
from crmlab.teach.question import Question

MOST_TRIES = 50
_SHELF = "_remembered"
T = TypeVar("T")


def fair(draw: Callable[[int], Dataset | None], questions: Sequence[type[Question]], seed: int) -> Dataset:
    """Draw data on which no usual mistake leads to a right answer.

    Draws again, with a seed that follows from the first, until that is so.

    Parameters
    ----------
    draw : callable
        Seed to data; None if these cannot be used.
    questions : sequence of Question classes
        Those of the set.
    seed : int
        The student's.

    Raises
    ------
    CrmlabError
        If it is not so after 50 tries.

    Examples
    --------
    >>> from crmlab.exercises import q03_tiering, tiering_data
    >>> len(fair(tiering_data.draw, q03_tiering.QUESTIONS, seed=1).customers)
    400
    """
    for attempt in range(MOST_TRIES):
        drawn = draw((seed + attempt * 1_000_003) % 2**63)
        if drawn is not None and tells_apart(questions, drawn):
            drawn.__dict__.pop(_SHELF, None)  # what was worked out while drawing is not for students
            return drawn
    raise CrmlabError(f"No fair data in {MOST_TRIES} tries for seed {seed}; use another student id.")


CONTACTS = {"tickets", "survey_invitations", "surveys", "store_feedback"}


def retailer(customers: int, seed: int, *names: str) -> dict[str, pd.DataFrame]:
    """Simulate a small retailer, and only those parts of it that are asked for.

    Parameters
    ----------
    customers, seed : int
        How many; same seed, same rows as :func:`crmlab.simulate.retail.simulate_retail`.
    *names : str
        Tables of customers, such as ``"transactions"``; not those of the company, such as ``"service_costs"``.

    Examples
    --------
    >>> {name: len(table) for name, table in retailer(50, 1, "customers", "web_accounts").items()}
    {'customers': 50, 'web_accounts': 39}
    """
    tables, truth = simulate_trade_block(0, customers, seed)
    if CONTACTS & set(names):
        people, latents, sold = tables["customers"], truth["customers"], tables["transactions"]
        tables |= simulate_interactions_block(0, customers, seed, people, latents, sold, stores(seed))[0]
    if set(SYSTEMS) & set(names):
        persons = draw_shoppers(0, customers, seed).people
        tables |= source_systems(0, customers, seed, persons, tables["customers"])[0]
    return {name: typed(tables[name], f"retail.{name}") for name in names}


def remembered(function: Callable[..., T]) -> Callable[..., T]:
    """Let a function of the data be worked out once: the data keep its result.

    A hundred usual mistakes start from the same few sums. The results must not be changed by who asks for them.

    Parameters
    ----------
    function : callable
        Takes the data, then arguments that can be hashed.

    Examples
    --------
    >>> calls = []
    >>> rows = remembered(lambda data: calls.append(1) or len(data.scores))
    >>> data = Dataset("tiny", {"scores": pd.DataFrame({"score": [1, 2]})})
    >>> rows(data), rows(data), len(calls)
    (2, 2, 1)
    """

    @functools.wraps(function)
    def from_memory(data: Any, *args: Any, **kwargs: Any) -> T:
        shelf: dict[Any, T] = data.__dict__.setdefault(_SHELF, {})
        key = (function, args, tuple(sorted(kwargs.items())))
        if key not in shelf:
            shelf[key] = function(data, *args, **kwargs)
        return shelf[key]

    return from_memory


@remembered
def place_of(data: Any) -> np.ndarray:
    """Return for each row of ``transactions`` the position of its customer: numbers add up faster than ids.

    Examples
    --------
    >>> tables = retailer(50, 1, "customers", "transactions")
    >>> int(place_of(Dataset("retail", tables))[0])
    0
    """
    return pd.Index(data.customers["customer_id"]).get_indexer(pd.Index(data.transactions["customer_id"]))
