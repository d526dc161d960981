"""A company put together from its blocks of customers and from what it has only once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from crmlab.simulate import streams

Tables = dict[str, pd.DataFrame]
AddUp = Callable[[pd.DataFrame], pd.DataFrame]


def assemble(
    make_block: Callable[[int, int, int], tuple[Tables, Tables]],
    make_company: Callable[[int], tuple[Tables, Tables]],
    customers: int,
    seed: int,
    added_up: Mapping[str, AddUp] | None = None,
) -> tuple[Tables, Tables]:
    """Put a company together.

    Parameters
    ----------
    make_block : callable
        Block number, customers in it and seed to tables and truth.
    make_company : callable
        Seed to the tables and truth that the company has only once.
    customers, seed : int
        How many customers; same seed, same rows.
    added_up : mapping of str to callable, optional
        Tables of which each block holds a part that is to be added to the others', not set below them.

    Returns
    -------
    tables, truth : dict of str to pandas.DataFrame
    """
    parts = [make_block(block, n, seed) for block, n in streams.blocks(customers)]
    tables, truth = ({name: _stack([part[i][name] for part in parts]) for name in parts[0][i]} for i in (0, 1))
    tables |= {name: add_up(tables[name]) for name, add_up in (added_up or {}).items()}
    more, planted = make_company(seed)
    return {**tables, **more}, {**truth, **planted}


def _stack(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
