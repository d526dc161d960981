"""An online shop that opens stores: three years of customers and orders with a planted truth."""

from __future__ import annotations

from collections.abc import Callable

from crmlab.schema.retail import COLUMNS, TRUTH_COLUMNS
from crmlab.simulate.assembly import Tables, assemble
from crmlab.simulate.shop import acquisition
from crmlab.simulate.shop.block import simulate_trade_block
from crmlab.simulate.shop.company import company_tables
from crmlab.simulate.shop.effects import realised

__all__ = ["ADDED_UP", "COLUMNS", "TRUTH_COLUMNS", "company_tables", "simulate_trade", "simulate_trade_block", "whole"]

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
    """Put the retailer together, as :func:`crmlab.simulate.assembly.assemble`, and work out the realised effects."""
    tables, truth = assemble(make_block, make_company, customers, seed, ADDED_UP)
    return tables, {**truth, "realised": realised(tables, truth)}
