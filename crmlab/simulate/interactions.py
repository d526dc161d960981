"""Everything that retail customers and the company say to each other: tickets, surveys, feedback in the stores."""

from __future__ import annotations

import pandas as pd

from crmlab.simulate import feedback, surveys, tickets
from crmlab.simulate.experience import gather

Tables = dict[str, pd.DataFrame]


def simulate_interactions_block(
    block: int,
    n: int,
    seed: int,
    customers: pd.DataFrame,
    latents: pd.DataFrame,
    orders: pd.DataFrame,
    stores: pd.DataFrame,
) -> tuple[Tables, Tables]:
    """Simulate the contacts of one block of retail customers, alone.

    Parameters
    ----------
    block, n, seed : int
        Number of the block, customers in it, seed.
    customers : pandas.DataFrame
        Visible; ``customer_id, region, language, home_store`` are used.
    latents : pandas.DataFrame
        Truth, row by row as ``customers``; ``satisfaction`` is used.
    orders : pandas.DataFrame
        Visible transactions of the block: ``customer_id, date, amount``; a negative amount is a return.
    stores : pandas.DataFrame
        ``store_id, region, opened``.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        ``tickets``, ``survey_invitations``, ``surveys``, ``store_feedback``; columns as in :mod:`crmlab.schema.retail`.
    truth : dict of str to pandas.DataFrame
        ``tickets``, ``surveys``, ``contacts``; columns as in :mod:`crmlab.schema.retail`.

    Examples
    --------
    >>> from crmlab.simulate.shop.block import simulate_trade_block
    >>> from crmlab.simulate.shop.company import stores
    >>> shop, shop_truth = simulate_trade_block(0, 200, 1)
    >>> tables, truth = simulate_interactions_block(
    ...     0, 200, 1, shop["customers"], shop_truth["customers"], shop["transactions"], stores(1))
    >>> list(tables), len(truth["contacts"])
    (['tickets', 'survey_invitations', 'surveys', 'store_feedback'], 200)
    """
    if not len(customers) == len(latents) == n:
        raise ValueError(f"block {block} has {len(customers)} customers and {len(latents)} latent rows, not {n}")
    known = gather(block, seed, customers, latents, orders, stores)
    written = tickets.draw_tickets(known)
    invitations, answers, asked = surveys.draw_surveys(known, written)
    responses, levels = feedback.draw_feedback(known)
    tables = {
        "tickets": written.table,
        "survey_invitations": invitations,
        "surveys": answers,
        "store_feedback": responses,
    }
    contacts = pd.DataFrame({"customer_id": known.ids, "ticket_propensity": written.propensity.round(9)})
    truth = {"tickets": written.truth, "surveys": asked, "contacts": pd.concat([contacts, levels], axis=1)}
    return tables, truth


def interaction_effects() -> pd.DataFrame:
    """List what is planted in the contacts: one row an effect.

    Returns
    -------
    pandas.DataFrame
        ``name, population, estimand, unit, value``.

    Examples
    --------
    >>> float(interaction_effects().set_index("name").loc["feedback_programme", "value"])
    2.0
    """
    rows = [
        (
            "feedback_programme",
            "customers with a home store",
            "score of the same customer asked the same way, with the programme less without, before the cut at 100",
            "points",
            feedback.EFFECT,
        ),
        (
            "feedback_tablet",
            "customers with a home store",
            "score of the same customer on the tablet less by mail, before the cut at 100",
            "points",
            feedback.TABLET,
        ),
        (
            "ticket_after_return",
            "transactions",
            "chance of a ticket after a return over the chance after an order of the same customer",
            "ratio",
            tickets.RETURN_FACTOR,
        ),
        (
            "opening_response_time",
            "tickets",
            "first response time with one more store of the region in its first eight weeks over that without",
            "ratio",
            tickets.OPENING_SLOW,
        ),
        (
            "late_response",
            "survey invitations",
            "experience after a first response later than 24 hours in the half-year before, less without",
            "standard units",
            surveys.LATE_EFFECT,
        ),
    ]
    table = pd.DataFrame(rows, columns=["name", "population", "estimand", "unit", "value"])
    return table.astype(dict.fromkeys(("name", "population", "estimand", "unit"), "str"))
