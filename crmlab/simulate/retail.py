"""An online retailer that opens stores: its trade, its contacts, and the three systems that each see a part.

The trade is made by :mod:`crmlab.simulate.shop`; tickets and surveys by :mod:`crmlab.simulate.interactions`; web
accounts, till cards and call-centre contacts by :mod:`crmlab.simulate.sources`.
"""

from __future__ import annotations

import pandas as pd

from crmlab.simulate import shop
from crmlab.simulate.interactions import interaction_effects, simulate_interactions_block
from crmlab.simulate.shop.company import stores
from crmlab.simulate.shop.shoppers import draw_shoppers
from crmlab.simulate.sources import source_systems

Tables = dict[str, pd.DataFrame]
ADDED_UP = shop.ADDED_UP


def simulate_retail(customers: int, seed: int) -> tuple[Tables, Tables]:
    """Simulate the retailer.

    Parameters
    ----------
    customers : int
        Number of customers who order for the first time between 2023-01-02 and 2025-12-28.
    seed : int
        Same seed, same rows.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        What the company can see, columns as in :mod:`crmlab.schema.retail`.
    truth : dict of str to pandas.DataFrame
        What was planted.

    Examples
    --------
    >>> tables, truth = simulate_retail(50, seed=7)
    >>> len(tables["customers"]), len(truth["customers"])
    (50, 50)
    """
    return shop.whole(simulate_retail_block, company_tables, customers, seed)


def simulate_retail_block(block: int, n: int, seed: int) -> tuple[Tables, Tables]:
    """Simulate one block of customers, alone.

    Parameters
    ----------
    block : int
        Number of the block, from 0.
    n : int
        Customers in it, at most :data:`crmlab.simulate.streams.BLOCK`.
    seed : int
        Same seed, same rows.

    Returns
    -------
    tables, truth : dict of str to pandas.DataFrame
        This block's rows of every table; those named in ``ADDED_UP`` are its part of a sum over all blocks.
    """
    tables, truth = shop.simulate_trade_block(block, n, seed)
    customers, latents = tables["customers"], truth["customers"]
    contacts, planted = simulate_interactions_block(
        block, n, seed, customers, latents, tables["transactions"], stores(seed)
    )
    systems, links = source_systems(block, n, seed, draw_shoppers(block, n, seed).people, customers)
    return {**tables, **contacts, **systems}, {**truth, **planted, **links}


def company_tables(seed: int) -> tuple[Tables, Tables]:
    """Return what the company has only once, whatever the number of customers.

    Parameters
    ----------
    seed : int
        Same seed, same tables.

    Returns
    -------
    tables, truth : dict of str to pandas.DataFrame
    """
    tables, truth = shop.company_tables(seed)
    effects = pd.concat([truth["effects"], interaction_effects()], ignore_index=True)
    return tables, {**truth, "effects": effects}
