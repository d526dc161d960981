"""A bank: private customers in four tiers over 36 months, a CRM roll-out branch by branch, and a corporate book."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from crmlab.schema.bank import COLUMNS, TRUTH_COLUMNS
from crmlab.simulate import texts
from crmlab.simulate.assembly import Tables, assemble
from crmlab.simulate.bank import accounts, contracts, corporate, planted, relations, settings, surveys
from crmlab.simulate.bank.population import Latents, describe_customers, draw_branches, draw_latents

__all__ = ["COLUMNS", "TRUTH_COLUMNS", "company_tables", "simulate_bank", "simulate_bank_block"]


def simulate_bank(customers: int, seed: int, *, monthly: bool = False) -> tuple[Tables, Tables]:
    """Simulate the bank.

    Parameters
    ----------
    customers : int
        Number of private customers who opened an account between January 2017 and September 2025. About two thirds of
        them are with the bank at a time. There is one corporate client for every twenty.
    seed : int
        Same seed, same rows.
    monthly : bool
        Statements at every month-end; otherwise at quarter-ends, with the payments of the quarter.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        What the bank can see, columns as in ``COLUMNS``.
    truth : dict of str to pandas.DataFrame
        What was planted, columns as in ``TRUTH_COLUMNS``.

    Examples
    --------
    >>> tables, truth = simulate_bank(200, seed=7)
    >>> len(tables["customers"]), len(tables["clients"]), len(truth["customers"])
    (200, 10, 200)
    """
    return assemble(partial(simulate_bank_block, monthly=monthly), company_tables, customers, seed)


def simulate_bank_block(block: int, n: int, seed: int, *, monthly: bool = False) -> tuple[Tables, Tables]:
    """Simulate one block of private customers, their branches and managers, and the corporate clients that go with it.

    Parameters
    ----------
    block : int
        Number of the block, from 0.
    n : int
        Private customers in it, at most :data:`crmlab.simulate.streams.BLOCK`.
    seed, monthly
        See :func:`simulate_bank`.

    Returns
    -------
    tables, truth : dict of str to pandas.DataFrame
        The rows of this block. No other block changes them.
    """
    branches = draw_branches(block, n, seed)
    latents = draw_latents(block, n, seed)
    customers, branch = describe_customers(latents, branches, block, seed)
    lives = contracts.draw_lives(latents, branches, branch, block, seed)
    books = accounts.draw_books(latents, lives, block, seed)
    credit = accounts.draw_credit(latents, block, seed)
    tier = accounts.first_tier(books, credit, lives)
    managed = relations.assign_managers(tier, block, seed)
    manager = branches.manager[branch]
    moods = surveys.draw_moods(latents, lives, branches, branch, block, seed)
    ids = latents.ids
    known = pd.Series(tier >= 0)
    customers.insert(
        8,
        "relationship_manager_id",
        texts.text(branches.managers.take(pa.array(manager))).where(pd.Series(managed)),
    )
    customers["tier_at_start"] = texts.text(texts.take(settings.TIERS, np.maximum(tier, 0))).where(known)
    company, hidden_company = corporate.simulate_corporate(block, n, seed)
    tables = {
        "customers": customers,
        "contracts": contracts.contract_table(latents, lives, customers["customer_id"], block, seed),
        "products": contracts.product_table(lives, ids),
        "balances": accounts.balance_table(books, ids, monthly),
        "credit": accounts.credit_table(credit, books, ids),
        "visits": relations.visit_table(books, tier, managed, manager, branches, ids, block, seed),
        "complaints": relations.complaint_table(latents, lives, tier, ids, block, seed),
        "surveys": surveys.survey_table(moods, ids, block, seed),
        **relations.branch_tables(branches),
        **company,
    }
    truth = {
        "customers": _customer_truth(customers["customer_id"], latents, lives),
        "satisfaction": surveys.satisfaction_truth(moods, ids),
        "branches": pd.DataFrame({"branch_id": texts.text(branches.ids), "quality": np.round(branches.quality, 6)}),
        **hidden_company,
    }
    return tables, truth


def company_tables(seed: int) -> tuple[Tables, Tables]:
    """Return the tables that do not depend on customers: rules and norms, planted effects and parameters.

    They are the same for every seed; it is taken because other companies' tables depend on it.

    Examples
    --------
    >>> tables, truth = company_tables(1)
    >>> sorted(tables), sorted(truth)
    (['relation_norm', 'tier_rules'], ['effects', 'parameters'])
    """
    tables = {"tier_rules": settings.tier_rules(), "relation_norm": corporate.relation_norm()}
    return tables, {"effects": planted.effects(), "parameters": planted.parameters()}


def _customer_truth(customer: pd.Series, latents: Latents, lives: contracts.Lives) -> pd.DataFrame:
    opened_without, opened_with = contracts.products_opened(lives)
    names = [s.name for s in settings.SEGMENTS]
    return pd.DataFrame(
        {
            "customer_id": customer,
            "segment": texts.text(texts.take(names, latents.segment)),
            "churn_probability": np.round(latents.churn, 6),
            "aum_level": np.round(np.exp(latents.log_aum), 2),
            "aum_growth": np.round(latents.growth, 6),
            "standing_satisfaction": np.round(latents.trait, 6),
            "credit_quality": np.round(latents.credit, 6),
            "crm_satisfaction_effect": np.round(latents.satisfaction_effect, 6),
            "crm_product_effect": np.round(latents.product_effect, 6),
            "ended_without": settings.optional_month(lives.ended_without),
            "ended_with": settings.optional_month(lives.ended_with),
            "products_without": opened_without,
            "products_with": opened_with,
        }
    )
