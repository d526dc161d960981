"""The planted effects: what each estimator should find, and what a naive comparison finds instead.

``PLANTED`` holds expected values: means of :func:`realised` over ten draws of 100,000 customers, good to about 1 %.
:func:`realised` works out the same quantities in one draw, from the truth of its customers and orders.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.simulate.shop import settings as s

Tables = dict[str, pd.DataFrame]

_PROMOTED = "customers since before 2024 who first became gold in 2025"
_ESTIMANDS = {  # name: (population, estimand, unit)
    "voucher": (
        "customers on 2025-06-02",
        "mean orders from 2025-06-02 to 2025-07-27 with the voucher less without it",
        "orders per customer",
    ),
    **{
        f"voucher {name}": (f"customers on 2025-06-02, segment {name}", "as voucher", "orders per customer")
        for name in s.NAMES
    },
    "programme": (
        "customers with a home store that has a programme, months from its start on",
        "orders that membership and gold status add, divided by customers of the store (all three years') and months",
        "orders per customer and month",
    ),
    **{
        f"programme {start}": (
            f"the same, stores that start on {start}",
            "as programme",
            "orders per customer and month",
        )
        for start in s.COHORTS
    },
    "membership": (
        "members, from the day of joining",
        "orders that membership adds, divided by the orders that neither membership nor gold status adds",
        "share",
    ),
    "gold status": (
        "members with orders of 500 to 600 in the twelve months before a review",
        "mean orders that gold status adds until the next review",
        "orders per customer and quarter",
    ),
    "gold year": (_PROMOTED, "orders in 2025 that gold status adds, divided by their other orders in 2025", "share"),
    "points breakage": (
        "points earned before 2024-12-01, all burned or expired by the end",
        "points that expired, divided by points earned",
        "share",
    ),
    "taste electronics": (
        "order lines",
        "share of lines in electronics in the third year less in the first two",
        "share",
    ),
}
PLANTED = {
    "voucher": 0.1246,
    "voucher bargain hunters": 0.1895,
    "voucher regulars": 0.2232,
    "voucher enthusiasts": 0.0951,
    "voucher gift givers": 0.0689,
    "voucher small businesses": -0.2513,
    "programme": 0.0454,
    "programme 2024-01-01": 0.0552,
    "programme 2024-07-01": 0.0482,
    "programme 2025-01-01": 0.0353,
    "programme 2025-07-01": 0.0203,
    "membership": 0.2756,
    "gold status": 0.738,
    "gold year": 0.1815,
    "points breakage": 0.467,
    "taste electronics": 0.0643,
}


def effects() -> pd.DataFrame:
    """Return the planted effects with their expected values.

    Returns
    -------
    pandas.DataFrame
        ``name``, ``population``, ``estimand``, ``unit``, ``value``; one row an effect.

    Examples
    --------
    >>> bool((effects().set_index("name").loc["voucher small businesses", "value"]) < 0)
    True
    """
    rows = [(name, *words, PLANTED[name]) for name, words in _ESTIMANDS.items()]
    table = pd.DataFrame(rows, columns=["name", "population", "estimand", "unit", "value"])
    return table.astype(dict.fromkeys(("name", "population", "estimand", "unit"), "str"))


def realised(tables: Tables, truth: Tables) -> pd.DataFrame:
    """Work out the planted effects in one draw.

    Parameters
    ----------
    tables, truth : dict of str to pandas.DataFrame
        From :func:`crmlab.simulate.shop.simulate_trade`.

    Returns
    -------
    pandas.DataFrame
        ``name`` and ``value``; missing where the draw has nobody of the population.
    """
    caused = with_causes(tables, truth)
    values = {
        **_voucher(truth["customers"]),
        **_programme(tables, caused),
        "membership": _membership(tables, caused),
        "gold status": _at_threshold(truth["reviews"]),
        "gold year": gold_year(tables, truth)[1],
        "points breakage": _breakage(tables["points"]),
        "taste electronics": _drift(tables),
    }
    return pd.DataFrame({"name": list(values), "value": np.round(np.array(list(values.values()), float), 6)})


def with_causes(tables: Tables, truth: Tables) -> pd.DataFrame:
    """Return the orders (no returns) with what caused them (missing: nothing) and the customer's home store."""
    orders = tables["transactions"].loc[lambda t: t["amount"] > 0, ["order_id", "customer_id", "date", "amount"]]
    people = tables["customers"][["customer_id", "signup_date", "home_store"]]
    return orders.merge(truth["orders"], on="order_id", how="left").merge(people, on="customer_id")


def _voucher(customers: pd.DataFrame) -> dict[str, float]:
    gain = (customers["orders_with_voucher"] - customers["orders_without_voucher"]).astype(float)
    means = gain.groupby(customers["segment"]).mean()
    return {"voucher": gain.mean(), **{f"voucher {name}": means.get(name, np.nan) for name in s.NAMES}}


def store_months(tables: Tables, caused: pd.DataFrame) -> pd.DataFrame:
    """Return orders by store and calendar month, and how many of them the programme added.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        From :func:`crmlab.simulate.shop.simulate_trade`.
    caused : pandas.DataFrame
        From :func:`with_causes`.

    Returns
    -------
    pandas.DataFrame
        ``store_id``, ``month`` (0 to 35), ``customers`` (all whose home store it is), ``start`` (month in which the
        programme starts; missing without one), ``orders`` of these customers, ``extra`` among them.
    """
    stores = tables["stores"]
    near = caused.dropna(subset=["home_store"])
    month = (near["date"].dt.year - 2023) * 12 + near["date"].dt.month - 1
    cell = (near["home_store"].str[1:].astype(int) - 1) * 36 + month
    extra = near["caused_by"].isin(["programme", "gold"])
    size = tables["customers"]["home_store"].value_counts().reindex(stores["store_id"], fill_value=0)
    start = (stores["programme_start"].dt.year - 2023) * 12 + stores["programme_start"].dt.month - 1
    cells = len(stores) * 36
    return pd.DataFrame(
        {
            "store_id": np.repeat(stores["store_id"].to_numpy(), 36),
            "month": np.tile(np.arange(36), len(stores)),
            "customers": np.repeat(size.to_numpy(), 36),
            "start": np.repeat(start.to_numpy(), 36),
            "orders": np.bincount(cell, minlength=cells),
            "extra": np.bincount(cell[extra], minlength=cells),
        }
    )


def _programme(tables: Tables, caused: pd.DataFrame) -> dict[str, float]:
    panel = store_months(tables, caused)
    treated = panel[panel["month"] >= panel["start"]]
    starts = {f"programme {c}": (pd.Timestamp(c).year - 2023) * 12 + pd.Timestamp(c).month - 1 for c in s.COHORTS}
    cohorts = {"programme": treated, **{name: treated[treated["start"] == m] for name, m in starts.items()}}
    return {name: _ratio(rows["extra"].sum(), rows["customers"].sum()) for name, rows in cohorts.items()}


def _membership(tables: Tables, caused: pd.DataFrame) -> float:
    joined = tables["programme"].drop_duplicates("customer_id")[["customer_id", "since"]]
    after = caused.merge(joined, on="customer_id").loc[lambda o: o["date"] >= o["since"], "caused_by"]
    return _ratio((after == "programme").sum(), (~after.isin(["programme", "gold"])).sum())


def _at_threshold(reviews: pd.DataFrame) -> float:
    near = reviews["spend"].between(s.GOLD_SPEND, s.GOLD_SPEND + 100)
    return float(reviews.loc[near, "extra_orders"].mean()) if near.any() else float("nan")


def gold_year(tables: Tables, truth: Tables) -> tuple[float, float]:
    """Compare the orders of newly promoted gold customers in 2025 with 2024, naively and in truth.

    They were promoted *because* 2025 went well for them, so that their growth is mostly selection (regression to the
    mean, seen from the other side).

    Returns
    -------
    naive : float
        Growth of orders, 2025 over 2024.
    true : float
        Growth of orders in 2025 caused by gold status.
    """
    caused, history = with_causes(tables, truth), tables["programme"]
    first = history[history["status"] == "gold"].drop_duplicates("customer_id")
    promoted = first.loc[first["since"] >= "2025-01-01", "customer_id"]
    theirs = caused[caused["customer_id"].isin(promoted) & (caused["signup_date"] < "2024-01-01")]
    this, last = (theirs[theirs["date"].dt.year == year] for year in (2025, 2024))
    added = (this["caused_by"] == "gold").sum()
    return _ratio(len(this), len(last)) - 1, _ratio(added, len(this) - added)


def after_promotion(tables: Tables, truth: Tables) -> tuple[float, float]:
    """Compare the 13 weeks after a customer's first promotion to gold with the 13 weeks before, naively and in truth.

    The weeks before were good ones, or the customer would not have been promoted: the comparison hides the effect.

    Returns
    -------
    naive, true : float
        Orders per promoted customer.
    """
    caused, history = with_causes(tables, truth), tables["programme"]
    first = history[(history["status"] == "gold") & (history["since"] < "2025-12-01")].drop_duplicates("customer_id")
    theirs = caused.merge(first[["customer_id", "since"]], on="customer_id")
    days = (theirs["date"] - theirs["since"]).dt.days
    after, before = days.between(0, 90), days.between(-91, -1)
    added = (theirs["caused_by"] == "gold") & after
    return _ratio(after.sum() - before.sum(), len(first)), _ratio(added.sum(), len(first))


def _breakage(points: pd.DataFrame) -> float:
    earned = points.loc[(points["kind"] == "earned") & (points["date"] < "2024-12-01"), "points"].sum()
    return _ratio(points.loc[points["kind"] == "expired", "points"].sum(), earned)


def _drift(tables: Tables) -> float:
    lines = tables["order_lines"].merge(tables["transactions"][["order_id", "date"]], on="order_id")
    later = lines["date"] >= s.START + pd.Timedelta(days=s.THIRD_YEAR)
    electronics = lines["category"] == "electronics"
    return float(electronics[later].mean() - electronics[~later].mean())


def _ratio(part: float, whole: float) -> float:
    return float(part) / float(whole) if whole else float("nan")
