"""Account contracts and product holdings: when they start and end, with and without the CRM system."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from crmlab.simulate import streams, texts
from crmlab.simulate.bank import settings as plan
from crmlab.simulate.bank.population import Branches, Latents

REASONS = ("competitor", "fees", "service", "relocation", "not stated")
_NEVER = 100_000  # a month that never comes
_CLOSING_PER_YEAR = 0.05
_LOAN_TERMS = (24, 120)


class Lives(NamedTuple):
    """Ends of contracts and months of opening of products, in both worlds and as they came out; months as integers.

    ``ended*`` have shape (n,); ``opening*`` shape (n, 5), columns as :data:`settings.PRODUCTS`; ``closing`` shape
    (n, 5), the month in which a product closes by itself; ``live`` is the month from which the customer's branch works
    with the system, :data:`settings.END` if never. Things that do not happen have a month after the window.
    """

    live: np.ndarray
    reference: np.ndarray
    ended_without: np.ndarray
    ended_with: np.ndarray
    ended: np.ndarray
    opening_without: np.ndarray
    opening_with: np.ndarray
    opening: np.ndarray
    closing: np.ndarray

    def holds(self, product: str, month: np.ndarray) -> np.ndarray:
        """Whether each customer (rows) holds a product at the end of each month (columns), while the contract runs."""
        at = plan.PRODUCTS.index(product)
        return (self.opening[:, at, None] <= month) & (month < self.closing[:, at, None])


def draw_lives(latents: Latents, branches: Branches, branch: np.ndarray, block: int, seed: int) -> Lives:
    """Draw the ends of contracts and the openings of products.

    Both worlds share their random numbers: a customer whom the system does not reach has the same life in both.
    """
    n = len(branch)
    live, reference = branches.rollout[branch], branches.reference[branch]
    chance = streams.exponential(streams.stream(seed, "bank", block, "renewals").random(n))
    without = _ends(latents, chance, np.full(n, _NEVER))
    with_ = _ends(latents, chance, reference)
    treated = live < plan.END
    shape = (n, len(plan.PRODUCTS))
    stream = streams.stream(seed, "bank", block, "products")
    own = np.exp(0.6 * streams.normal(stream.random(n)) - 0.18)  # some open more of everything
    u = stream.random((3, *shape))
    start = np.array([s.at_start for s in plan.SEGMENTS])[latents.segment]
    rate = np.array([s.per_year for s in plan.SEGMENTS])[latents.segment] * own[:, None] / 12
    waited = np.where(u[0] < start, 0, streams.exponential(np.maximum(u[0] - start, 0) / (1 - start)) / rate)
    opened = latents.opened[:, None]
    time = opened + waited
    turn = np.maximum(reference[:, None], opened)
    sooner = np.where(time > turn, turn + (time - turn) / (1 + latents.product_effect[:, None]), time)
    opening = [np.minimum(np.floor(t), _NEVER).astype(np.int64) for t in (time, sooner)]
    opening_now = np.where(treated[:, None], opening[1], opening[0])
    # holdings close by chance; a loan at the end of its term
    held = 1 + np.floor(streams.exponential(u[1]) * 12 / _CLOSING_PER_YEAR).astype(np.int64)
    loan = plan.PRODUCTS.index("loan")
    shortest, longest = _LOAN_TERMS
    held[:, loan] = shortest + np.floor(u[2][:, loan] * (longest - shortest + 1) / 12).astype(np.int64) * 12
    return Lives(
        live, reference, without, with_, np.where(treated, with_, without),
        opening[0], opening[1], opening_now, opening_now + held,
    )  # fmt: skip


def _ends(latents: Latents, chance: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Month in which each contract ends, if from month ``change`` on churn is lower by the planted effect.

    The number of renewals is geometric: a standard exponential ``chance`` is used up by -log(1 - churn) a renewal,
    and the contract ends at the renewal at which it is gone.
    """
    months = np.array([p.months for p in plan.PLANS])[latents.plan]
    before = -np.log1p(-latents.churn)
    after = -np.log1p(-latents.churn * (1 + plan.CHURN_EFFECT))
    # renewals strictly before the change run on the old churn
    old = np.clip(-(-(change - latents.opened) // months) - 1, 0, None)
    survives = chance > old * before
    first = np.ceil(chance / before)
    later = old + np.ceil((chance - old * before) / after)
    renewals = np.maximum(np.where(survives, later, first), 1)
    return (latents.opened + months * np.minimum(renewals, _NEVER)).astype(np.int64)


def contract_table(latents: Latents, lives: Lives, customer: pd.Series, block: int, seed: int) -> pd.DataFrame:
    """Make the contracts: plan, start, end (missing if it still runs at the end of 2025) and the reason given."""
    u = streams.stream(seed, "bank", block, "reasons").random(len(customer))
    slope = np.array([0.0, -0.1, -0.6, 0.3, 0.1])  # the discontented say "service"
    weights = np.array([0.30, 0.22, 0.18, 0.12, 0.18]) * np.exp(np.outer(latents.trait, slope))
    reason = texts.text(texts.take(REASONS, streams.choose_each(weights, u)))
    return pd.DataFrame(
        {
            "customer_id": customer,
            "plan": texts.text(texts.take([p.name for p in plan.PLANS], latents.plan)),
            "started": plan.month_start(latents.opened),
            "ended": plan.optional_month(lives.ended),
            "reason": reason.where(lives.ended < plan.END),
        }
    )


def product_table(lives: Lives, ids: pa.Array) -> pd.DataFrame:
    """Make the holdings beside the account: one row for each product that a customer opened."""
    who, which = np.nonzero(lives.opening < np.minimum(lives.ended, plan.END)[:, None])
    closed = np.minimum(lives.closing[who, which], lives.ended[who])
    return pd.DataFrame(
        {
            "customer_id": texts.text(ids.take(pa.array(who))),
            "product": texts.text(texts.take(plan.PRODUCTS, which)),
            "opened": plan.month_start(lives.opening[who, which]),
            "closed": plan.optional_month(closed),
        }
    )


def products_opened(lives: Lives) -> tuple[np.ndarray, np.ndarray]:
    """Count the products opened from the roll-out (or its reference month) to the end of 2025, without and with CRM."""
    counts = []
    for opening, ended in ((lives.opening_without, lives.ended_without), (lives.opening_with, lives.ended_with)):
        until = np.minimum(ended, plan.END)[:, None]
        counts.append(((opening >= lives.reference[:, None]) & (opening < until)).sum(axis=1))
    return counts[0], counts[1]
