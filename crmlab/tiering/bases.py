"""Five bases on which to segment customers, and what each of them tells about the year to come.

A base is worth the effort if its groups differ in something that you would act on. So each group gets its numbers with
intervals, and each base is asked how much of next year's revenue it explains among customers it has not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.errors import DataError, nearest
from crmlab.tiering.rfm import rfm_scores, rfm_segments

if TYPE_CHECKING:
    from crmlab.datasets import Dataset

BASES: Mapping[str, tuple[str, ...]] = {
    "geographic": ("region", "home_store"),
    "demographic": ("age_group", "gender"),
    "psychographic": ("attitude",),
    "behavioural": ("rfm_segment", "channel_use"),
    "business relationship": ("relationship",),
}
AGES, AGE_NAMES = (0, 30, 45, 60, 200), ("under 30", "30 to 44", "45 to 59", "60 and over")
LATE = 7  # days before the end of the following year at which the tables may end


def customer_bases(data: Dataset, as_of: str | pd.Timestamp) -> pd.DataFrame:
    """Bring what the five bases look at into one row a customer.

    Parameters
    ----------
    data : Dataset
        The retailer's tables.
    as_of : str or pandas.Timestamp
        Last day to count; what comes later stands in the ``next_`` columns alone.

    Returns
    -------
    pandas.DataFrame
        One row for each customer with a purchase by then:

        - the bases: ``region``, ``home_store`` (``"none"`` if too far from any), ``age_group``, ``gender``,
          ``attitude``, ``rfm_segment``, ``channel_use`` (web, store or phone if all orders came that way, else mixed),
          ``relationship``
        - of the 12 months until then: ``orders``, ``revenue`` (returns deducted), ``discount``, ``returned`` (all money
          but orders), ``store_orders``
        - of the 12 months after: ``next_orders``, ``next_revenue``; missing if the tables end earlier

    Raises
    ------
    DataError
        If nobody had bought by then.

    Examples
    --------
    >>> import crmlab
    >>> table = customer_bases(crmlab.load("retail"), "2024-12-31")
    >>> table["channel_use"].value_counts().index[0]
    'web'
    """
    from crmlab.summary import summarize

    day = pd.Timestamp(as_of)
    known = data.transactions[data.transactions["date"] <= day]
    bought = known[known["amount"] >= 0]
    if bought.empty:
        raise DataError(f"transactions: nobody has a purchase by {day:%Y-%m-%d}. Choose a later day.")
    scored = rfm_segments(rfm_scores(summarize(data.transactions, day))).set_index("customer_id")
    ways = bought.groupby("customer_id")["channel"].agg(["nunique", "first"])
    people = data.customers.set_index("customer_id").loc[scored.index]
    table = people[["region", "gender", "attitude", "relationship"]].copy()
    table["home_store"] = people["home_store"].fillna("none")
    ages = pd.cut(day.year - people["birth_year"], list(AGES), right=False, labels=list(AGE_NAMES))
    table["age_group"] = ages
    table["rfm_segment"] = scored["segment"]
    table["channel_use"] = ways["first"].where(ways["nunique"] == 1, "mixed").reindex(table.index)
    year, later = pd.DateOffset(months=12), _trade(data.transactions, day, day + pd.DateOffset(months=12))
    table = table.join(_trade(data.transactions, day - year, day)).fillna(0.0)
    complete = data.transactions["date"].max() >= day + year - pd.Timedelta(days=LATE)
    for name in ("orders", "revenue"):
        after = later[name].reindex(table.index, fill_value=0.0)
        table[f"next_{name}"] = after if complete else np.nan
    bases = [column for columns in BASES.values() for column in columns]
    return table[[*bases, *(c for c in table if c not in bases)]].reset_index()


def base_profiles(
    table: pd.DataFrame,
    bases: Mapping[str, Sequence[str]] = BASES,
    resamples: int = 1_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Give each group of each base its numbers.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`customer_bases`.
    bases : mapping of str to sequence of str
        Name of a base to its columns.
    resamples, seed, level
        For the intervals: percentiles of the mean over bootstrap samples of the group's customers.

    Returns
    -------
    pandas.DataFrame
        One row a group: ``base``, ``by`` (the column), ``group``, ``customers``, ``share_of_customers``; of the last 12
        months ``revenue`` a customer with ``revenue_low`` and ``revenue_high``, ``orders`` a customer with
        ``orders_low`` and ``orders_high``, ``share_of_revenue``, ``discount_share`` (of the value before discount),
        ``return_share`` (of the value of orders) and ``store_share`` (of orders). The intervals of a group of one
        customer, and shares of nothing, are missing.

    Raises
    ------
    DataError
        For a column that is not there.

    Examples
    --------
    >>> import crmlab
    >>> profiles = base_profiles(customer_bases(crmlab.load("retail"), "2024-12-31"), {"who": ["gender"]})
    >>> profiles["group"].tolist()
    ['F', 'M', 'X']
    """
    rows = []
    for base, columns in bases.items():
        for column in columns:
            for group, part in _groups(table, column):
                rows.append({"base": base, "by": column, "group": group, **_profile(part, resamples, seed, level)})
    profiles = pd.DataFrame(rows)
    return profiles.assign(
        share_of_customers=profiles["customers"] / len(table),
        share_of_revenue=profiles["_sum"] / table["revenue"].sum(),
    ).drop(columns="_sum")[list(PROFILE)]


PROFILE = (
    "base", "by", "group", "customers", "share_of_customers", "revenue", "revenue_low", "revenue_high", "orders",
    "orders_low", "orders_high", "share_of_revenue", "discount_share", "return_share", "store_share",
)  # fmt: skip


def explained_by_base(
    table: pd.DataFrame,
    bases: Mapping[str, Sequence[str]] = BASES,
    measure: str = "next_revenue",
    folds: int = 10,
    resamples: int = 1_000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Ask how much of a measure each base explains, among customers it has not seen.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`customer_bases`, with columns added if you like, such as the planted segment.
    bases : mapping of str to sequence of str
        Name of a base to its columns. A base of several columns gets a row for each, and one for all combinations.
    measure : str
        Money or a count; what is explained is ``log(1 + measure)``, so that a few large customers do not decide.
        Negative values (more returned than bought) count as 0.
    folds : int
        Customers are dealt into so many parts; each part is predicted from the means of the others' groups.
    resamples, seed, level
        For the intervals: percentiles over bootstrap samples of the customers, predictions as they are.

    Returns
    -------
    pandas.DataFrame
        One row a question: ``base``, ``by``, ``groups``; ``eta_squared``, the share of the variance that lies between
        the groups as they are, which can only rise with the number of groups; ``out_of_sample``, the share of the
        squared errors of the overall mean that the group means save on customers not used for them, with ``low`` and
        ``high``. Below 0 is worse than no groups.

    Raises
    ------
    DataError
        For a measure that is missing or does not vary, or fewer than 2 folds.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": list("ab") * 50, "next_revenue": [0.0, 100.0] * 50})
    >>> explained_by_base(frame, {"letters": ["x"]})[["groups", "eta_squared"]].round(3).values.tolist()
    [[2.0, 1.0]]
    """
    outcome = _outcome(table, measure)
    if not isinstance(folds, int) or not 2 <= folds <= len(table):
        raise DataError(f"folds is {folds!r}; 2 to {len(table):,} was expected.")
    rng = np.random.default_rng(seed)
    fold = rng.permutation(np.arange(len(table)) % folds)
    errors, rows = [_missed(np.zeros(len(table), dtype=int), outcome, fold)], []
    for base, columns in bases.items():
        asked = [[c] for c in columns] + ([list(columns)] if len(columns) > 1 else [])
        for by in asked:
            for column in by:
                _groups(table, column)
            codes = table.groupby(by, observed=True).ngroup().to_numpy()
            means = np.bincount(codes, outcome) / np.bincount(codes)
            errors.append(_missed(codes, outcome, fold))
            eta = float(((means[codes] - outcome.mean()) ** 2).sum() / ((outcome - outcome.mean()) ** 2).sum())
            rows.append({"base": base, "by": " x ".join(by), "groups": len(means), "eta_squared": eta})
    squared = np.column_stack(errors)
    again = np.array([squared[rng.integers(0, len(table), len(table))].sum(axis=0) for _ in range(resamples)])
    saved = 1 - again[:, 1:] / again[:, :1]
    low, high = np.quantile(saved, [(1 - level) / 2, (1 + level) / 2], axis=0)
    total = squared.sum(axis=0)
    return pd.DataFrame(rows).assign(out_of_sample=1 - total[1:] / total[0], low=low, high=high)


def _trade(transactions: pd.DataFrame, after: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
    """Sums of each customer over a period."""
    inside = transactions[(transactions["date"] > after) & (transactions["date"] <= until)]
    is_order = inside["amount"] >= 0
    parts = {
        "orders": is_order.astype(float),
        "revenue": inside["amount"],
        "discount": inside["discount"].where(is_order, 0.0),
        "returned": -inside["amount"].where(~is_order, 0.0),
        "store_orders": ((inside["channel"] == "store") & is_order).astype(float),
    }
    return pd.DataFrame(parts).groupby(inside["customer_id"]).sum()


def _groups(table: pd.DataFrame, column: str) -> list[tuple[str, pd.DataFrame]]:
    if column not in table:
        raise DataError(f"table has no column {column!r}.{nearest(column, table.columns)} customer_bases makes them.")
    missing = table[column].isna()
    if missing.any():
        raise DataError(
            f"table, column {column!r}: {missing.sum():,} customers belong to no group (first: row "
            f"{int(np.argmax(missing))}). Name a group for them, e.g. table[{column!r}].fillna('none')."
        )
    return [(str(group), part) for group, part in table.groupby(column, observed=True)]


def _profile(part: pd.DataFrame, resamples: int, seed: int, level: float) -> dict[str, float]:
    n, sums = len(part), part[["orders", "revenue", "discount", "returned", "store_orders"]].sum()
    found: dict[str, float] = {"customers": n, "_sum": float(sums["revenue"])}
    values, rng = part[["revenue", "orders"]].to_numpy(dtype=float), np.random.default_rng(seed)
    again = np.array([values[rng.integers(0, n, n)].mean(axis=0) for _ in range(resamples if n > 1 else 0)])
    ends = np.quantile(again, [(1 - level) / 2, (1 + level) / 2], axis=0) if n > 1 else np.full((2, 2), np.nan)
    for i, name in enumerate(("revenue", "orders")):
        found |= {name: float(values[:, i].mean()), f"{name}_low": ends[0, i], f"{name}_high": ends[1, i]}
    sold = sums["revenue"] + sums["returned"]
    shares = {
        "discount_share": (sums["discount"], sold + sums["discount"]), "return_share": (sums["returned"], sold),
        "store_share": (sums["store_orders"], sums["orders"]),
    }  # fmt: skip
    return found | {name: float(top / whole) if whole > 0 else np.nan for name, (top, whole) in shares.items()}


def _outcome(table: pd.DataFrame, measure: str) -> np.ndarray:
    if measure not in table:
        raise DataError(f"table has no column {measure!r}.{nearest(measure, table.columns)}")
    if table[measure].isna().any():
        raise DataError(
            f"table, column {measure!r}: {table[measure].isna().sum():,} values are missing. If it is about the year "
            "to come, choose an as_of at least 12 months before the tables end."
        )
    outcome = np.log1p(table[measure].to_numpy(dtype=float).clip(min=0))
    if np.ptp(outcome) == 0:
        raise DataError(f"table, column {measure!r}: it is the same for everybody, so there is nothing to explain.")
    return outcome


def _missed(codes: np.ndarray, outcome: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """Squared error of each customer, predicted by the group's mean in the other folds."""
    errors, groups = np.empty(len(codes)), int(codes.max()) + 1
    for part in np.unique(fold):
        there = fold == part
        size = np.bincount(codes[~there], minlength=groups)
        total = np.bincount(codes[~there], outcome[~there], minlength=groups)
        # a group that the other folds have never seen says nothing
        mean = np.where(size > 0, total / np.maximum(size, 1), outcome[~there].mean())
        errors[there] = (outcome[there] - mean[codes[there]]) ** 2
    return errors
