"""The bank's private customers: latent values, and what the customer file says about them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import special

from crmlab.simulate import people, streams, texts
from crmlab.simulate.bank import settings as plan

EMPLOYMENT = ("employed", "self-employed", "student", "retired", "not working")
INCOME_BANDS = ("under 20,000", "20,000 to 40,000", "40,000 to 70,000", "70,000 to 120,000", "over 120,000")
_INCOME_EDGES = (-1.0, 0.0, 0.9, 1.7)


class Branches(NamedTuple):
    """The branches of one block.

    ``rollout`` is the month in which the branch changed over to the CRM system, :data:`settings.END` if it never did;
    ``reference`` is that month, or the reference month for branches that never did; ``quality`` is in points of
    satisfaction; ``region`` and ``manager`` are positions.
    """

    ids: pa.Array
    region: np.ndarray
    manager: np.ndarray
    managers: pa.Array
    quality: np.ndarray
    rollout: np.ndarray
    reference: np.ndarray


class Latents(NamedTuple):
    """What drives each customer of one block; shape (n,) each. Months as in :mod:`settings`."""

    ids: pa.Array
    segment: np.ndarray
    plan: np.ndarray
    opened: np.ndarray
    log_aum: np.ndarray
    growth: np.ndarray
    trait: np.ndarray
    churn: np.ndarray
    credit: np.ndarray
    lean: np.ndarray
    satisfaction_effect: np.ndarray
    product_effect: np.ndarray


def draw_branches(block: int, n: int, seed: int) -> Branches:
    """Draw the branches of a block of ``n`` customers: one for 125 customers, at least four.

    Branches with content customers tend to change over first: who gets the system, and when, is no lottery.
    """
    count = max(4, round(n / plan.CUSTOMERS_PER_BRANCH))
    first = block * round(streams.BLOCK / plan.CUSTOMERS_PER_BRANCH)
    u = streams.stream(seed, "bank", block, "branches").random((3, count))
    quality = plan.BRANCH_SPREAD * streams.normal(u[0])
    wish = 0.5 * quality / plan.BRANCH_SPREAD + streams.normal(u[1])
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(-wish, kind="stable")] = np.arange(count)
    joining = round(plan.ROLLOUT_SHARE * count)
    begin, end = plan.ROLLOUT
    month = begin + rank * (end - begin + 1) // joining
    rollout = np.where(rank < joining, month, plan.END)
    regions = len(people.REGIONS)
    region = np.arange(count) % regions
    manager = np.arange(count) // regions // plan.BRANCHES_PER_MANAGER * regions + region
    per_region = -(-streams.BLOCK // plan.CUSTOMERS_PER_BRANCH // regions)
    first_manager = block * regions * -(-per_region // plan.BRANCHES_PER_MANAGER)
    return Branches(
        ids=texts.join("B", texts.digits(first + 1 + np.arange(count), 5)),
        region=region,
        manager=manager,
        managers=texts.join("M", texts.digits(first_manager + 1 + np.arange(manager.max() + 1), 5)),
        quality=quality,
        rollout=rollout,
        reference=np.where(rank < joining, month, plan.REFERENCE_ROLLOUT),
    )


def draw_latents(block: int, n: int, seed: int) -> Latents:
    """Draw the latent values of a block of customers.

    Churn is exactly beta over the customers of each plan, whatever else they are, because its normal score depends on
    nothing but standing satisfaction within the segment and chance.
    """
    u = streams.stream(seed, "bank", block, "latents").random((9, n))
    segment = streams.choose([s.weight for s in plan.SEGMENTS], u[0])
    plans = streams.choose_each(np.array([s.plans for s in plan.SEGMENTS])[segment], u[1])
    z = streams.normal(u[2:9])
    rho = plan.CHURN_BY_TRAIT
    score = special.ndtr(rho * z[0] + np.sqrt(1 - rho**2) * z[1])
    churn = np.empty(n)
    for position, contract in enumerate(plan.PLANS):
        mine = plans == position
        churn[mine] = streams.beta(contract.alpha, contract.beta, score[mine])
    names = ("aum", "aum_spread", "growth", "growth_spread")
    of = {name: np.array([getattr(s, name) for s in plan.SEGMENTS])[segment] for name in names}
    log_aum = np.log(of["aum"]) + of["aum_spread"] * z[2]
    lean = (log_aum - 9.4) / 1.6  # roughly standard normal over all segments
    effect = streams.normal(streams.stream(seed, "bank", block, "crm").random((2, n)))
    # openings grow over the years: the density rises linearly from 1 to 2
    opening = (np.sqrt(1 + 3 * streams.stream(seed, "bank", block, "openings").random(n)) - 1) * plan.LAST_OPENING
    return Latents(
        ids=texts.join("C", texts.digits(block * streams.BLOCK + 1 + np.arange(n), 7)),
        segment=segment,
        plan=plans,
        opened=np.sort(np.floor(opening).astype(np.int64)),
        log_aum=log_aum,
        growth=of["growth"] + of["growth_spread"] * z[3],
        trait=z[0],
        churn=np.clip(churn, 1e-6, 0.999),
        credit=0.2 * lean + 0.1 * z[0] + 0.97 * z[4],
        lean=lean,
        satisfaction_effect=plan.SATISFACTION_EFFECT + plan.SATISFACTION_EFFECT_SPREAD * effect[0],
        product_effect=np.maximum(plan.PRODUCT_EFFECT + plan.PRODUCT_EFFECT_SPREAD * effect[1], -0.5),
    )


def describe_customers(latents: Latents, branches: Branches, block: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Make the customer file without what depends on balances.

    Returns
    -------
    customers : pandas.DataFrame
        ``customer_id, opened, birth_year, gender, region, employment, income_band, branch_id, relationship``.
    branch : numpy.ndarray
        Position of each customer's branch, which lies in the customer's region.
    """
    n = len(latents.opened)
    persons = people.draw_people(n, seed, "bank", block, latents.lean)
    u = streams.stream(seed, "bank", block, "file").random((4, n))
    # between the person drawn and the years around which the segment gathers; nobody opens an account before 16
    centre = np.array([s.birth_year for s in plan.SEGMENTS])[latents.segment]
    birth_year = np.round(0.7 * persons["birth_year"].to_numpy() + 0.3 * centre).astype(np.int64)
    region = pd.Categorical(persons["region"], categories=list(people.REGIONS)).codes
    near = [np.flatnonzero(branches.region == r) for r in range(len(people.REGIONS))]
    branch = np.empty(n, dtype=np.int64)
    for r, choices in enumerate(near):
        mine = region == r
        branch[mine] = choices[streams.choose(np.ones(len(choices)), u[0][mine])]
    age = 2022 - birth_year
    work = _employment(age, latents.lean, u[1])
    income = 0.55 * latents.lean + 0.75 * streams.normal(u[2]) + np.array([0.2, 0.1, -1.5, -0.3, -1.2])[work]
    band = np.searchsorted(_INCOME_EDGES, income)
    customers = pd.DataFrame(
        {
            "customer_id": texts.text(latents.ids),
            "opened": plan.month_start(latents.opened),
            "birth_year": birth_year,
            "gender": persons["gender"],
            "region": persons["region"],
            "employment": texts.text(texts.take(EMPLOYMENT, work)),
            "income_band": texts.text(texts.take(INCOME_BANDS, band)),
            "branch_id": texts.text(branches.ids.take(pa.array(branch))),
            "relationship": persons["relationship"],
        }
    )
    return customers, branch


def _employment(age: np.ndarray, lean: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Position in :data:`EMPLOYMENT`; depends on age, and a little on wealth."""
    student = 0.5 * special.expit((26 - age) / 1.5)
    retired = 0.95 * special.expit((age - 64) / 2)
    working = np.maximum(1 - student - retired, 0.01)
    own = 0.12 * np.exp(0.25 * lean)
    weights = [0.8 * working, own * working, student, retired, 0.08 * np.exp(-0.25 * lean) * working]
    return streams.choose_each(np.column_stack(weights), u)
