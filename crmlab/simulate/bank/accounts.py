"""Balances, credit record and tiers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import signal, special

from crmlab.simulate import streams, texts
from crmlab.simulate.bank import settings as plan
from crmlab.simulate.bank.contracts import Lives
from crmlab.simulate.bank.population import Latents

_MEMORY, _SWING = 0.95, 0.25  # month-to-month correlation, and standard deviation, of log AUM around its path
_LEAVING = (0.55, 0.70, 0.85)  # what is left of AUM and payments 1, 2 and 3 months before a contract ends


class Books(NamedTuple):
    """Month-end balances in cents, shape (n, 36); payments (a count) and turnover (cents) in each month.

    ``open`` says whether the contract runs at the end of the month; the other arrays mean nothing where it does not.
    """

    open: np.ndarray
    deposits: np.ndarray
    funds: np.ndarray
    loans: np.ndarray
    insurance: np.ndarray
    payments: np.ndarray
    turnover: np.ndarray

    @property
    def aum(self) -> np.ndarray:
        """Assets under management in cents: deposits, funds and insurance; loans are not assets of the customer."""
        return self.deposits + self.funds + self.insurance


def draw_books(latents: Latents, lives: Lives, block: int, seed: int) -> Books:
    """Draw the balances month by month: log-normal AUM with a memory, shared out over the products held."""
    n = len(latents.opened)
    month = plan.FIRST + np.arange(plan.MONTHS)
    open_ = (latents.opened[:, None] <= month) & (month < lives.ended[:, None])
    aum = _aum(latents, block, seed) * _leaving(lives.ended, month)
    own = streams.normal(streams.stream(seed, "bank", block, "shares").random((5, n)))
    funds = np.where(lives.holds("funds", month), (0.75 * special.expit(own[0]))[:, None], 0.0)
    insurance = np.where(lives.holds("insurance", month), (0.5 * special.expit(own[1] - 0.5))[:, None], 0.0)
    share = 1 + funds + insurance
    loan = plan.PRODUCTS.index("loan")
    principal = np.exp(9.3 + 0.9 * own[2] + 0.2 * latents.lean)
    opening, closing = lives.opening[:, loan, None], lives.closing[:, loan, None]
    owed = np.where(lives.holds("loan", month), principal[:, None] * (1 - (month - opening) / (closing - opening)), 0)
    rate = np.exp(1.7 + 0.5 * own[3] + 0.1 * latents.lean)[:, None] * (1 + 0.5 * lives.holds("card", month))
    rng = streams.stream(seed, "bank", block, "payments")
    payments = streams.poisson((rate * _leaving(lives.ended, month)).ravel(), rng.random(n * plan.MONTHS)).reshape(
        n, -1
    )
    noise = streams.normal(rng.random((n, plan.MONTHS)))
    ticket = np.exp(4.2 + 0.5 * own[4] + 0.2 * latents.lean)[:, None] * np.exp(0.3 * noise - 0.045)
    return Books(
        open_, _cents(aum / share), _cents(aum * funds / share), _cents(owed), _cents(aum * insurance / share),
        payments, _cents(payments * ticket),
    )  # fmt: skip


def _aum(latents: Latents, block: int, seed: int) -> np.ndarray:
    """Assets under management before anybody prepares to leave, currency units, shape (n, 36)."""
    shock = streams.normal(streams.stream(seed, "bank", block, "balances").random((len(latents.opened), plan.MONTHS)))
    shock[:, 1:] *= np.sqrt(1 - _MEMORY**2)
    swing = _SWING * signal.lfilter([1.0], [1.0, -_MEMORY], shock, axis=1)
    begin = np.maximum(latents.opened - plan.FIRST, 0)[:, None]
    years = np.maximum(np.arange(plan.MONTHS) - begin, 0) / 12
    return np.exp(latents.log_aum[:, None] + latents.growth[:, None] * years + swing)


def _leaving(ended: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Factor by which customers who are about to leave have run down their account."""
    left = np.clip(ended[:, None] - month, 1, len(_LEAVING) + 1)
    return np.array([*_LEAVING, 1.0])[left - 1]


def _cents(money: np.ndarray) -> np.ndarray:
    return np.round(money * 100).astype(np.int64)


def balance_table(books: Books, ids: pa.Array, monthly: bool) -> pd.DataFrame:
    """Make the statements, at quarter-ends or at every month-end.

    Payments and turnover are those since the statement before, so they add up to the same either way.
    """
    step = 1 if monthly else 3
    at = np.arange(step - 1, plan.MONTHS, step)
    who, column = np.nonzero(books.open[:, at])
    month = at[column]
    running = books.open.astype(np.int64)
    flows = [(f * running).reshape(len(running), -1, step).sum(axis=2)[who, column]
             for f in (books.payments, books.turnover)]  # fmt: skip
    stocks = {name: getattr(books, name)[who, month] / 100 for name in ("deposits", "funds", "loans", "insurance")}
    customer = texts.text(ids.take(pa.array(who)))
    dates = plan.month_end(plan.FIRST + month)
    return pd.DataFrame(
        {"customer_id": customer, "month": dates, **stocks, "payments": flows[0], "turnover": flows[1] / 100}
    )


class Credit(NamedTuple):
    """Credit score and months past due of each customer (rows) in 2023, 2024 and 2025 (columns)."""

    score: np.ndarray
    past_due: np.ndarray


def draw_credit(latents: Latents, block: int, seed: int) -> Credit:
    """Draw the yearly credit assessments: a standing quality, and a little news each year."""
    u = streams.stream(seed, "bank", block, "credit").random((2, len(latents.credit), 3))
    quality = latents.credit[:, None] + 0.3 * streams.normal(u[0])
    score = np.round(300 + 550 * special.expit(1.0 + 0.8 * quality)).astype(np.int64)
    mean = np.exp(-2.0 - 1.1 * quality)
    past_due = np.minimum(streams.poisson(mean.ravel(), u[1].ravel()).reshape(mean.shape), 12)
    return Credit(score, past_due)


def credit_table(credit: Credit, books: Books, ids: pa.Array) -> pd.DataFrame:
    """Make the credit record: a row for each year in which the customer had a statement at a quarter-end."""
    quarters = books.open[:, 2::3].reshape(len(books.open), 3, 4)
    who, year = np.nonzero(quarters.any(axis=2))
    return pd.DataFrame(
        {
            "customer_id": texts.text(ids.take(pa.array(who))),
            "year": 2023 + year,
            "credit_score": credit.score[who, year],
            "months_past_due": credit.past_due[who, year],
        }
    )


def first_tier(books: Books, credit: Credit, lives: Lives) -> np.ndarray:
    """Tier at the first quarter-end statement, a position in :data:`settings.TIERS`; -1 without a statement.

    Products are counted with the account itself; the credit assessment is that of the year of the statement.
    """
    quarters = books.open[:, 2::3]
    first = quarters.argmax(axis=1)
    row, month = np.arange(len(first)), 3 * first + 2
    products = 1 + sum(
        lives.holds(p, plan.FIRST + np.arange(2, plan.MONTHS, 3))[row, first].astype(np.int64) for p in plan.PRODUCTS
    )
    facts = (books.aum[row, month], products, credit.score[row, first // 4], credit.past_due[row, first // 4])
    tier = np.zeros(len(first), dtype=np.int64)
    rules = plan.tier_rules()
    least_aum = np.round(rules["min_aum"].to_numpy() * 100)
    products_score_due = rules[["min_products", "min_credit_score", "max_months_past_due"]].to_numpy()
    for position, (least_products, least_score, most_due) in enumerate(products_score_due):
        meets = (facts[0] >= least_aum[position]) & (facts[1] >= least_products)
        tier[meets & (facts[2] >= least_score) & (facts[3] <= most_due)] = position
    return np.where(quarters.any(axis=1), tier, -1)
