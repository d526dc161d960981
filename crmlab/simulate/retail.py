"""An online retailer: customers, their orders over three years, and one randomised voucher."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from crmlab.simulate.population import BuyingBehaviour

START = pd.Timestamp("2023-01-02")  # a Monday
END = pd.Timestamp("2025-12-29")  # first day after the window: 156 weeks
LAST_SIGNUP_WEEK = 130
VOUCHER_DAY = pd.Timestamp("2025-06-02")
VOUCHER_WEEKS = 8
VOUCHER_LIFT = 0.6  # an active customer with the voucher orders 60 % more in those weeks
REGIONS = {"North": 0.28, "South": 0.31, "East": 0.17, "West": 0.24}
CHANNELS = {"search": 0.38, "social": 0.24, "referral": 0.16, "marketplace": 0.22}


def simulate_retail(
    customers: int, seed: int, behaviour: BuyingBehaviour | None = None
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Simulate the retailer.

    Parameters
    ----------
    customers : int
        Number of customers.
    seed : int
        Same seed, same rows.
    behaviour : BuyingBehaviour, optional
        The planted parameters.

    Returns
    -------
    tables : dict
        ``customers`` and ``transactions``, columns as in :mod:`crmlab.schema`.
    truth : pandas.DataFrame
        One row a customer: latent rates, the day of leaving, and the orders in the voucher
        weeks with and without the voucher (both potential outcomes).

    Examples
    --------
    >>> tables, truth = simulate_retail(50, seed=7)
    >>> len(tables["customers"]), len(truth)
    (50, 50)
    """
    behaviour = behaviour or BuyingBehaviour(p=2.1)
    rng = np.random.default_rng(seed)
    width = max(5, len(str(customers)))
    ids = np.array([f"C{i:0{width}d}" for i in range(1, customers + 1)])
    weeks = (END - START).days / 7

    buyers = draw_buyers(customers, behaviour, rng)
    # the business grows: later weeks bring more new customers than early ones
    start = LAST_SIGNUP_WEEK * np.sqrt(rng.random(customers))
    start = np.sort(start)
    who, when, left = draw_all_orders(buyers, start, weeks, rng)

    campaign = (VOUCHER_DAY - START).days / 7
    known = start < campaign
    not_yet = ~known  # customers who come after the campaign have no part in it
    drawn = rng.random(customers) < 0.5
    in_window = (when >= campaign) & (when < campaign + VOUCHER_WEEKS)
    without = np.bincount(who[in_window], minlength=customers)
    extra = _extra_orders(buyers, np.clip(left - campaign, 0, VOUCHER_WEEKS) * known, rng)

    added_who = np.repeat(np.arange(customers), extra * drawn)
    added_when = campaign + rng.random(len(added_who)) * np.clip(left[added_who] - campaign, 0, VOUCHER_WEEKS)
    who, when = np.concatenate([who, added_who]), np.concatenate([when, added_when])
    order = np.lexsort((who, when))
    who, when = who[order], when[order]

    shape = special.gammaincinv(behaviour.p, rng.random(len(who)))
    amount = shape / behaviour.p * buyers["mean_order_value"].to_numpy()[who]
    tables = {
        "customers": pd.DataFrame(
            {
                "customer_id": ids,
                "signup_date": _day(start),
                "region": _pick(REGIONS, customers, rng),
                "channel": _pick(CHANNELS, customers, rng),
                "voucher": pd.Series(drawn, dtype="boolean").mask(not_yet),
            }
        ),
        "transactions": pd.DataFrame(
            {
                "order_id": [f"O{i:07d}" for i in range(1, len(who) + 1)],
                "customer_id": ids[who],
                "date": _day(when),
                "amount": np.maximum(np.round(amount, 2), 0.01),
            }
        ),
    }
    truth = buyers.assign(
        customer_id=ids,
        purchase_rate=buyers["purchase_rate"].round(9).clip(lower=1e-9),
        dropout_probability=buyers["dropout_probability"].round(6),
        mean_order_value=buyers["mean_order_value"].round(2),
        last_active=pd.Series(_day(np.where(np.isfinite(left), left, 0))).where(np.isfinite(left)),
        orders_without_voucher=pd.Series(without, dtype="Int64").mask(not_yet),
        orders_with_voucher=pd.Series(without + extra, dtype="Int64").mask(not_yet),
    )
    return tables, truth[["customer_id", *truth.columns.drop("customer_id")]]


def _extra_orders(buyers: pd.DataFrame, active_weeks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Orders that the voucher adds: Poisson with the lifted part of the customer's own rate."""
    mean = VOUCHER_LIFT * buyers["purchase_rate"].to_numpy() * active_weeks
    u = rng.random(len(mean))
    extra = np.zeros(len(mean), dtype=np.int64)
    while (more := u > special.pdtr(extra, mean)).any():
        extra[more] += 1
    return extra


def _day(weeks: np.ndarray) -> np.ndarray:
    """Weeks since the start as calendar days."""
    return START.to_datetime64() + np.floor(weeks * 7).astype("timedelta64[D]")


def _pick(shares: dict[str, float], n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw names with the given shares."""
    edges = np.cumsum(list(shares.values()))
    return np.array(list(shares))[np.searchsorted(edges, rng.random(n) * edges[-1], side="right")]


def draw_buyers(n: int, behaviour: BuyingBehaviour, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the latent rates of ``n`` customers.

    Parameters
    ----------
    n : int
        Number of customers.
    behaviour : BuyingBehaviour
        The planted parameters.
    rng : numpy.random.Generator
        Source of uniform numbers.

    Returns
    -------
    pandas.DataFrame
        ``purchase_rate`` (orders a week), ``dropout_probability`` (a share),
        ``mean_order_value`` (money); one row a customer.

    Examples
    --------
    >>> buyers = draw_buyers(20_000, BuyingBehaviour(), np.random.default_rng(1))
    >>> round(float(buyers["purchase_rate"].mean()), 2)
    0.06
    """
    u = rng.random((3, n))
    order_rate = special.gammaincinv(behaviour.q, u[2]) / behaviour.v
    return pd.DataFrame(
        {
            "purchase_rate": special.gammaincinv(behaviour.r, u[0]) / behaviour.alpha,
            "dropout_probability": special.betaincinv(behaviour.a, behaviour.b, u[1]),
            "mean_order_value": behaviour.p / order_rate,
        }
    )


def draw_all_orders(
    buyers: pd.DataFrame, start: np.ndarray, end: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Let the buyers order until they leave or the window ends.

    Each customer's first order is at ``start``. Waiting times are exponential with the
    customer's rate; after each repeat order the customer leaves for good with his or
    her dropout probability.

    Parameters
    ----------
    buyers : pandas.DataFrame
        From :func:`draw_buyers`.
    start : numpy.ndarray, shape (n,)
        Time of the first order, in weeks.
    end : float
        End of the window, in weeks.
    rng : numpy.random.Generator
        Source of uniform numbers.

    Returns
    -------
    who : numpy.ndarray of int
        Position of the buyer of each order.
    when : numpy.ndarray of float
        Time of each order, in weeks; sorted by buyer, then time.
    left : numpy.ndarray of float, shape (n,)
        Time at which each buyer left for good; infinite if still active at the end.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> buyers = draw_buyers(3, BuyingBehaviour(), rng)
    >>> who, when, left = draw_all_orders(buyers, np.zeros(3), 52.0, rng)
    >>> bool((when < 52).all()), len(left)
    (True, 3)
    """
    rate = buyers["purchase_rate"].to_numpy()
    dropout = buyers["dropout_probability"].to_numpy()
    left = np.full(len(buyers), np.inf)
    active = np.arange(len(buyers))
    clock = np.asarray(start, dtype=float).copy()
    who, when = [active], [clock.copy()]
    while len(active):
        u = rng.random((2, len(active)))
        clock = clock - np.log1p(-u[0]) / rate[active]
        inside = clock < end
        active, clock, leaves = active[inside], clock[inside], u[1][inside] < dropout[active[inside]]
        who.append(active)
        when.append(clock)
        left[active[leaves]] = clock[leaves]
        active, clock = active[~leaves], clock[~leaves]
    all_who, all_when = np.concatenate(who), np.concatenate(when)
    order = np.lexsort((all_when, all_who))
    return all_who[order], all_when[order], left
