"""Who looks after whom: relationship managers, their visits, and complaints."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from crmlab.simulate import people, streams, texts
from crmlab.simulate.bank import settings as plan
from crmlab.simulate.bank.accounts import Books
from crmlab.simulate.bank.contracts import Lives
from crmlab.simulate.bank.population import Branches, Latents

VISITS_PER_QUARTER = 30  # what one manager can do
_MANAGED = (0.005, 0.04, 0.60, 0.90)  # share of each tier that has a manager
_WISHED = (0.2, 0.3, 0.8, 1.8)  # visits per quarter that managed customers of each tier wish for
VISIT_TOPICS = ("review", "investing", "financing", "insurance", "service")
COMPLAINT_TOPICS = ("fees", "app", "card", "advice", "staff", "loan")
_COMPLAINTS_PER_YEAR = 0.20


def assign_managers(tier: np.ndarray, block: int, seed: int) -> np.ndarray:
    """Whether each customer has a relationship manager: nearly all at the top, hardly any below."""
    u = streams.stream(seed, "bank", block, "managers").random(len(tier))
    return (tier >= 0) & (u < np.array(_MANAGED)[np.maximum(tier, 0)])


def branch_tables(branches: Branches) -> dict[str, pd.DataFrame]:
    """Make the tables of branches and managers."""
    return {
        "branches": pd.DataFrame(
            {
                "branch_id": texts.text(branches.ids),
                "region": texts.text(texts.take(people.REGIONS, branches.region)),
                "manager_id": texts.text(branches.managers.take(pa.array(branches.manager))),
                "crm_rollout": plan.optional_month(branches.rollout),
            }
        ),
        "managers": pd.DataFrame(
            {
                "manager_id": texts.text(branches.managers),
                "visits_per_quarter": np.full(len(branches.managers), VISITS_PER_QUARTER),
            }
        ),
    }


def visit_table(
    books: Books, tier: np.ndarray, managed: np.ndarray, manager: np.ndarray, branches: Branches, ids: pa.Array,
    block: int, seed: int,
) -> pd.DataFrame:  # fmt: skip
    """Make the visits: wishes come as they may, and each manager serves the highest tiers first.

    Parameters
    ----------
    tier, managed, manager : numpy.ndarray, shape (n,)
        Tier at the start, whether the customer has a manager, and the manager of the customer's branch.
    """
    who = np.flatnonzero(managed)
    shape = (len(who), plan.MONTHS // 3)
    rng = streams.stream(seed, "bank", block, "visits")
    wished = np.broadcast_to(np.array(_WISHED)[tier[who], None], shape) * books.open[who, 2::3]
    count = streams.poisson(wished.ravel(), rng.random(wished.size))
    row, quarter = np.divmod(np.repeat(np.arange(count.size), count), shape[1])
    customer = who[row]
    u = rng.random((4, len(customer)))
    desk = manager[customer] * shape[1] + quarter
    order = np.lexsort((u[0], -tier[customer], desk))
    first = np.searchsorted(desk[order], desk[order])
    served = np.sort(order[np.arange(len(order)) - first < VISITS_PER_QUARTER])
    customer, quarter, u = customer[served], quarter[served], u[:, served]
    # a day in the last month of the quarter, or in an earlier one if the contract ran then
    month = np.where(
        books.open[customer, 3 * quarter], 3 * quarter + np.floor(3 * u[1]).astype(np.int64), 3 * quarter + 2
    )
    start = plan.month_start(plan.FIRST + month)
    length = (plan.month_end(plan.FIRST + month) - start).astype("timedelta64[D]").astype(np.int64) + 1
    date = start + (np.floor(3 * u[1] % 1 * length)).astype("timedelta64[D]")
    minutes = 15 * np.clip(np.round(np.exp(1.2 + 0.15 * tier[customer] + 0.4 * streams.normal(u[2]))), 1, 16)
    table = pd.DataFrame(
        {
            "customer_id": texts.text(ids.take(pa.array(customer))),
            "date": date,
            "manager_id": texts.text(branches.managers.take(pa.array(manager[customer]))),
            "minutes": minutes.astype(np.int64),
            "topic": texts.text(texts.take(VISIT_TOPICS, streams.choose([0.35, 0.25, 0.15, 0.10, 0.15], u[3]))),
        }
    )
    return table.sort_values(["date", "customer_id"], kind="stable", ignore_index=True)


def complaint_table(
    latents: Latents, lives: Lives, tier: np.ndarray, ids: pa.Array, block: int, seed: int
) -> pd.DataFrame:
    """Make the complaints: more from the discontented; the upper tiers are answered sooner.

    The CRM system changes neither how often people complain nor how fast they are answered.
    """
    rng = streams.stream(seed, "bank", block, "complaints")
    begin, end = np.maximum(latents.opened, plan.FIRST), np.minimum(lives.ended, plan.END)
    years = np.maximum(end - begin, 0) / 12
    rate = _COMPLAINTS_PER_YEAR * np.exp(-0.35 * latents.trait - 0.06)
    who = np.repeat(np.arange(len(years)), streams.poisson(rate * years, rng.random(len(years))))
    u = rng.random((4, len(who)))
    since, until = plan.month_start(begin[who]), plan.month_start(end[who])
    days = (until - since).astype("timedelta64[D]").astype(np.int64)
    z = streams.normal(u[1:3])
    first = np.exp(np.log(np.array([19.0, 19.0, 15.0, 10.0])[np.maximum(tier[who], 0)]) + 0.7 * z[0])
    table = pd.DataFrame(
        {
            "customer_id": texts.text(ids.take(pa.array(who))),
            "opened": since + np.floor(u[0] * days).astype("timedelta64[D]"),
            "topic": texts.text(
                texts.take(COMPLAINT_TOPICS, streams.choose([0.28, 0.22, 0.16, 0.10, 0.12, 0.12], u[3]))
            ),
            "first_response_hours": np.round(first, 1),
            "resolution_hours": np.round(first + np.exp(3.6 + 0.9 * z[1]), 1),
        }
    )
    return table.sort_values(["opened", "customer_id"], kind="stable", ignore_index=True)
