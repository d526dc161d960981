"""An online shop that opens stores: three years of customers and orders with a planted truth."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from crmlab.schema.retail import COLUMNS, TRUTH_COLUMNS
from crmlab.simulate import streams
from crmlab.simulate.shop import acquisition
from crmlab.simulate.shop.block import simulate_trade_block
from crmlab.simulate.shop.company import company_tables
from crmlab.simulate.shop.effects import realised

__all__ = ["ADDED_UP", "COLUMNS", "TRUTH_COLUMNS", "company_tables", "simulate_trade", "simulate_trade_block", "whole"]

Tables = dict[str, pd.DataFrame]
# tables of which each block holds a part that is to be added to the others', not set below them
ADDED_UP = {"acquisition_costs": acquisition.add_up}


def simulate_trade(customers: int, seed: int) -> tuple[Tables, Tables]:
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
        What the company can see, columns as in ``COLUMNS``.
    truth : dict of str to pandas.DataFrame
        What was planted, columns as in ``TRUTH_COLUMNS``.

    Examples
    --------
    >>> tables, truth = simulate_trade(50, seed=7)
    >>> len(tables["customers"]), len(truth["customers"])
    (50, 50)
    """
    return whole(simulate_trade_block, company_tables, customers, seed)


def whole(
    make_block: Callable[[int, int, int], tuple[Tables, Tables]],
    make_company: Callable[[int], tuple[Tables, Tables]],
    customers: int,
    seed: int,
) -> tuple[Tables, Tables]:
    """Put the retailer together from its blocks of customers and what it has only once.

    Parameters
    ----------
    make_block : callable
        Block number, customers in it and seed to tables and truth.
    make_company : callable
        Seed to tables and truth.
    customers, seed : int
        As in :func:`simulate_trade`.

    Returns
    -------
    tables, truth : dict of str to pandas.DataFrame
    """
    parts = [make_block(block, n, seed) for block, n in streams.blocks(customers)]
    tables, truth = ({name: _stack([part[i][name] for part in parts]) for name in parts[0][i]} for i in (0, 1))
    tables |= {name: add_up(tables[name]) for name, add_up in ADDED_UP.items()}
    more, planted = make_company(seed)
    tables, truth = {**tables, **more}, {**truth, **planted}
    truth["realised"] = realised(tables, truth)
    return tables, truth


def _stack(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
