"""One block of the retailer's customers: everything about them, from orders to points, and the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.shop import company, programme
from crmlab.simulate.shop import settings as s
from crmlab.simulate.shop.acquisition import acquisition_costs, draw_referrals
from crmlab.simulate.shop.lines import Lines, draw_lines, draw_returns
from crmlab.simulate.shop.orders import BASE, CAUSES, Campaign, Orders, base_orders, send_vouchers
from crmlab.simulate.shop.points import KINDS, keep_ledger
from crmlab.simulate.shop.shoppers import Shoppers, draw_shoppers
from crmlab.simulate.shop.text import A_BLOCK, numbered, pick

SALES_CHANNELS = ("web", "store", "phone")
REDUCTIONS = (0.10, 0.20)

Tables = dict[str, pd.DataFrame]


def simulate_trade_block(block: int, n: int, seed: int) -> tuple[Tables, Tables]:
    """Simulate one block of customers, alone.

    Parameters
    ----------
    block : int
        Number of the block, from 0.
    n : int
        Customers in it, at most :data:`crmlab.simulate.streams.BLOCK`.
    seed : int
        Same seed, same rows.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        ``customers``, ``transactions``, ``order_lines``, ``programme``, ``points``, ``referrals`` and
        ``acquisition_costs`` (this block's part: the parts of all blocks add up by month and channel).
    truth : dict of str to pandas.DataFrame
        ``customers``, ``orders`` (those that an action caused) and ``reviews``.

    Examples
    --------
    >>> tables, truth = simulate_trade_block(0, 100, 1)
    >>> len(tables["customers"]), "customers" in truth
    (100, True)
    """
    stores = company.stores(seed)
    shoppers = draw_shoppers(block, n, seed)
    ids = numbered("C", shoppers.first + np.arange(n))
    base, left = base_orders(block, seed, shoppers)
    orders, campaign = send_vouchers(block, seed, shoppers, base, left)
    joined = programme.draw_members(block, seed, shoppers, stores, left)
    orders = orders.and_also(programme.programme_orders(block, seed, shoppers, stores, joined, left))
    orders, reviews = programme.review_members(block, seed, shoppers, orders, joined, left)
    orders = orders.take(np.argsort(orders.when, kind="stable"))

    sold, lines_table, order_ids = _sales(block, seed, shoppers, stores, orders, ids)
    member_day = np.where(np.isfinite(joined), s.calendar().day(np.minimum(joined, s.calendar().weeks)), 10 * s.DAYS)
    earns = orders.day >= member_day[orders.who]
    ledger, redeems = keep_ledger(block, n, seed, orders.who[earns], orders.day[earns], orders.cents[earns] // 100)
    who, day, gold = programme.status_history(joined, reviews)
    referrer, referred = draw_referrals(block, seed, shoppers, left)
    date = s.calendar().date
    tables = {
        "customers": _customers(shoppers, stores, campaign, ids),
        "transactions": sold,
        "order_lines": lines_table,
        "programme": pd.DataFrame(
            {"customer_id": pick(ids, who), "since": date(day), "status": pick(("member", "gold"), gold.astype(int))}
        ),
        "points": pd.DataFrame(
            {
                "customer_id": pick(ids, ledger.who),
                "date": date(ledger.day),
                "kind": pick(KINDS, ledger.kind),
                "points": ledger.points,
            }
        ),
        "referrals": pd.DataFrame(
            {
                "referrer_id": pick(ids, referrer),
                "referred_id": pick(ids, referred),
                "date": date(s.calendar().day(shoppers.start[referred])),
            }
        ),
        "acquisition_costs": acquisition_costs(seed, shoppers),
    }
    caused = np.flatnonzero(orders.cause != BASE)
    truth = {
        "customers": _truth_of_customers(shoppers, orders, campaign, left, redeems, ids),
        "orders": pd.DataFrame(
            {"order_id": order_ids.take(caused).reset_index(drop=True), "caused_by": pick(CAUSES, orders.cause[caused])}
        ),
        "reviews": pd.DataFrame(
            {
                "customer_id": pick(ids, reviews.who),
                "date": date(reviews.day),
                "spend": reviews.cents / 100,
                "gold": reviews.gold,
                "extra_orders": reviews.extra,
            }
        ),
    }
    return tables, truth


def _sales(
    block: int, seed: int, shoppers: Shoppers, stores: pd.DataFrame, orders: Orders, ids: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Make the tables of transactions and order lines; also the ids of the orders."""
    n, day = len(orders), orders.day
    u = streams.stream(seed, s.COMPANY, block, "sales").random((3, n))
    channel = _sales_channel(shoppers, stores, orders.who, day, u[0])
    store = np.where(channel == 1, shoppers.store[orders.who], -1)
    share = np.where(u[1] < shoppers.discounted[orders.who], np.array(REDUCTIONS)[(u[2] < 0.4).astype(int)], 0.0)
    gross = np.rint(orders.cents / (1 - share)).astype(np.int64)
    segment = shoppers.latents["segment"].to_numpy()[orders.who]
    lines = draw_lines(segment, day, gross, streams.stream(seed, s.COMPANY, block, "lines"))
    returns = draw_returns(
        shoppers.return_probability[orders.who],
        day,
        orders.cents,
        gross,
        lines,
        streams.stream(seed, s.COMPANY, block, "returns"),
    )
    first = block * A_BLOCK + 1
    order_ids = numbered("O", first + np.arange(n))
    back = numbered("R", first + np.arange(len(returns.order)))
    # orders and returns in one list, by day; an order stands before the returns of its day
    row = np.concatenate([np.arange(n), returns.order])
    both_days = np.concatenate([day, returns.day])
    sorted_ = np.argsort(both_days, kind="stable")
    row, is_return = row[sorted_], sorted_ >= n
    sold = pd.DataFrame(
        {
            "order_id": pd.concat([order_ids, back], ignore_index=True).take(sorted_).reset_index(drop=True),
            "customer_id": pick(ids, orders.who[row]),
            "date": s.calendar().date(both_days[sorted_]),
            "amount": np.concatenate([orders.cents, -returns.cents])[sorted_] / 100,
            "discount": np.where(is_return, 0, (gross - orders.cents)[row]) / 100,
            "channel": pick(SALES_CHANNELS, channel[row]),
            "store_id": pick(stores["store_id"], store[row]),
            "returns": pick(order_ids, np.where(is_return, row, -1)),
        }
    )
    return sold, _line_table(lines, order_ids), order_ids


def _sales_channel(
    shoppers: Shoppers, stores: pd.DataFrame, who: np.ndarray, day: np.ndarray, u: np.ndarray
) -> np.ndarray:
    """Where each order is placed: the store only once it has opened."""
    opened = np.append((stores["opened"] - s.START).dt.days.to_numpy(), 10 * s.DAYS)[shoppers.store]
    in_store = (day >= opened[who]) & (u < shoppers.store_share[who])
    return np.where(in_store, 1, np.where(u > 1 - shoppers.phone_share[who], 2, 0))


def _line_table(lines: Lines, order_ids: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "order_id": pick(order_ids, lines.order),
            "line": lines.line,
            "category": pick(tuple(s.CATEGORIES), lines.category),
            "quantity": lines.quantity,
            "unit_price": lines.cents / 100,
        }
    )


def _customers(shoppers: Shoppers, stores: pd.DataFrame, campaign: Campaign, ids: pd.Series) -> pd.DataFrame:
    """Make the visible table of customers."""
    people = shoppers.people
    return pd.DataFrame(
        {
            "customer_id": ids,
            "signup_date": s.calendar().date(s.calendar().day(shoppers.start)),
            "region": people["region"],
            "channel": pick(s.CHANNELS, shoppers.channel),
            "voucher": pd.Series(campaign.drawn, dtype="boolean").mask(~campaign.known),
            "birth_year": people["birth_year"],
            "gender": people["gender"],
            "language": people["language"],
            "attitude": people["attitude"],
            "relationship": people["relationship"],
            "home_store": pick(stores["store_id"], shoppers.store),
        }
    )


def _truth_of_customers(
    shoppers: Shoppers, orders: Orders, campaign: Campaign, left: np.ndarray, redeems: np.ndarray, ids: pd.Series
) -> pd.DataFrame:
    """Make the table of latent values and of both worlds of the voucher."""
    n, latents, calendar = len(ids), shoppers.latents, s.calendar()
    inside = (orders.day >= s.VOUCHER_DAY) & (orders.day < s.VOUCHER_DAY + s.VOUCHER_DAYS)
    seen = np.bincount(orders.who[inside], minlength=n)
    without = seen - campaign.drawn * (campaign.added - campaign.removed)
    with_ = without + campaign.added - campaign.removed
    gone = np.isfinite(left)
    caused = [np.bincount(orders.who[orders.cause == cause], minlength=n) for cause in range(len(CAUSES))]
    return pd.DataFrame(
        {
            "customer_id": ids,
            "segment": pick(s.NAMES, latents["segment"].to_numpy()),
            "purchase_rate": latents["purchase_rate"].round(9).clip(lower=1e-9),
            "dropout_probability": latents["dropout_probability"].round(6),
            "mean_order_value": latents["mean_order_value"].round(2),
            "satisfaction": latents["satisfaction"].round(6),
            "referral_rate": latents["referral_rate"].round(6),
            "return_probability": shoppers.return_probability.round(6),
            "store_share": shoppers.store_share.round(6),
            "lift_voucher": latents["lift_voucher"].round(6),
            "lift_programme": latents["lift_programme"].clip(lower=0).round(6),
            "redeems": redeems,
            "last_active": pd.Series(calendar.date(calendar.day(np.where(gone, left, 0)))).where(gone),
            "orders_without_voucher": pd.Series(without, dtype="Int64").mask(~campaign.known),
            "orders_with_voucher": pd.Series(with_, dtype="Int64").mask(~campaign.known),
            "extra_orders_programme": caused[CAUSES.index("programme")],
            "extra_orders_gold": caused[CAUSES.index("gold")],
        }
    )
