"""Where a customer stands: lifecycle stages by a declared rule, milestones, and conversion by cohort.

A *purchase* is a day on which a customer bought, as in :func:`crmlab.summarize`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.errors import DataError, nearest

STAGES = ("new", "active", "regular", "won back", "at risk", "lapsed")


@dataclass(frozen=True)
class StageRule:
    """When a customer is in which stage; all limits in days; *within 90 days* means at most 90 days before.

    The first line that fits decides:

    1. *lapsed*: no purchase for more than ``lapsed_days``
    2. *at risk*: no purchase for more than ``active_days``
    3. *won back*: came back within ``active_days`` after a silence of more than ``lapsed_days``
    4. *new*: first purchase within ``new_days``
    5. *regular*: ``regular_purchases`` or more within ``regular_days``
    6. *active*: everybody else

    Parameters
    ----------
    new_days, active_days, lapsed_days, regular_days : int
        Limits in days, 1 or more; ``active_days`` below ``lapsed_days``.
    regular_purchases : int
        2 or more.

    Raises
    ------
    DataError
        For limits that leave a stage without anybody.
    """

    new_days: int = 90
    active_days: int = 180
    lapsed_days: int = 365
    regular_purchases: int = 3
    regular_days: int = 365

    def __post_init__(self) -> None:
        if min(self.new_days, self.active_days, self.regular_days) < 1 or self.regular_purchases < 2:
            raise DataError("StageRule: limits are 1 day or more, and a regular has 2 purchases or more.")
        if self.active_days >= self.lapsed_days:
            raise DataError(
                f"StageRule: active_days ({self.active_days}) must be below lapsed_days ({self.lapsed_days}), "
                "or nobody could be at risk."
            )

    def __str__(self) -> str:
        """State the rule in words."""
        return "\n".join(
            [
                f"lapsed: no purchase for more than {self.lapsed_days} days",
                f"at risk: else no purchase for more than {self.active_days} days",
                f"won back: else came back within {self.active_days} days, "
                f"after more than {self.lapsed_days} days of silence",
                f"new: else first purchase within {self.new_days} days",
                f"regular: else {self.regular_purchases} or more purchases within {self.regular_days} days",
                "active: everybody else",
            ]
        )


def lifecycle_stages(
    transactions: pd.DataFrame, as_of: str | pd.Timestamp, rule: StageRule | None = None
) -> pd.DataFrame:
    """Give every customer a lifecycle stage on a date.

    Parameters
    ----------
    transactions : pandas.DataFrame
        ``customer_id``, ``date``, ``amount``; negative amounts are returns, no purchases.
    as_of : str or pandas.Timestamp
        Last day to count.
    rule : StageRule, optional
        Default: ``StageRule()``.

    Returns
    -------
    pandas.DataFrame
        One row for each customer with a purchase by then: ``customer_id``, ``purchases``, ``recent_purchases`` (within
        ``regular_days``), ``first_date``, ``last_date``, ``days_since_last``, ``stage`` (a category, see
        :class:`StageRule`).

    Raises
    ------
    DataError
        If nobody had bought by then.

    Examples
    --------
    >>> days = pd.to_datetime(["2024-01-01", "2025-06-01", "2023-05-01", "2025-06-20"])
    >>> orders = pd.DataFrame({"customer_id": ["A", "A", "B", "C"], "date": days, "amount": 9.0})
    >>> lifecycle_stages(orders, "2025-06-30")["stage"].tolist()
    ['won back', 'lapsed', 'new']
    """
    rule, day = rule or StageRule(), pd.Timestamp(as_of)
    days = _purchase_days(transactions, day)
    back = days.loc[days["silence"] > rule.lapsed_days].groupby("customer_id")["date"].max()
    recent = days.loc[days["date"] >= day - pd.Timedelta(days=rule.regular_days)].groupby("customer_id").size()
    table = days.groupby("customer_id")["date"].agg(purchases="size", first_date="min", last_date="max")
    table.insert(1, "recent_purchases", recent.reindex(table.index, fill_value=0))
    table["days_since_last"] = (day - table["last_date"]).dt.days
    since_back = (day - back.reindex(table.index)).dt.days
    tests = {
        "lapsed": table["days_since_last"] > rule.lapsed_days,
        "at risk": table["days_since_last"] > rule.active_days,
        "won back": since_back <= rule.active_days,
        "new": (day - table["first_date"]).dt.days <= rule.new_days,
        "regular": table["recent_purchases"] >= rule.regular_purchases,
    }
    stage = np.select([t.to_numpy() for t in tests.values()], list(tests), "active")
    table["stage"] = pd.Categorical(stage, categories=list(STAGES))
    return table.reset_index()


def milestones(transactions: pd.DataFrame, as_of: str | pd.Timestamp, rule: StageRule | None = None) -> pd.DataFrame:
    """Find the day on which each customer first reached each step of the relationship.

    Parameters
    ----------
    transactions, as_of, rule
        As in :func:`lifecycle_stages`.

    Returns
    -------
    pandas.DataFrame
        One row for each customer with a purchase by then: ``customer_id`` and the days ``first`` and ``second``
        (purchase), ``regular`` (the purchase that made ``regular_purchases`` within ``regular_days``), ``lapsed`` (the
        first day of a silence longer than ``lapsed_days``), ``won_back`` (the first purchase after such a silence);
        missing for what did not happen by then.

    Examples
    --------
    >>> days = pd.to_datetime(["2023-01-01", "2024-06-01"])
    >>> orders = pd.DataFrame({"customer_id": "A", "date": days, "amount": 9.0})
    >>> milestones(orders, "2024-12-31").iloc[0, 1:].dt.strftime("%Y-%m-%d").tolist()
    ['2023-01-01', '2024-06-01', nan, '2024-01-02', '2024-06-01']
    """
    rule, day = rule or StageRule(), pd.Timestamp(as_of)
    days = _purchase_days(transactions, day)
    who = days["customer_id"]
    number = days.groupby("customer_id").cumcount()
    # the purchase that many places back, of the same customer
    earlier = days.groupby("customer_id")["date"].shift(rule.regular_purchases - 1)
    often = (days["date"] - earlier).dt.days <= rule.regular_days
    until = days.groupby("customer_id")["date"].shift(-1).fillna(day)
    silent = (until - days["date"]).dt.days > rule.lapsed_days
    steps = {
        "first": days["date"].where(number == 0),
        "second": days["date"].where(number == 1),
        "regular": days["date"].where(often),
        "lapsed": (days["date"] + pd.Timedelta(days=rule.lapsed_days + 1)).where(silent),
        "won_back": days["date"].where(days["silence"] > rule.lapsed_days),
    }
    return pd.DataFrame({step: found.groupby(who).min() for step, found in steps.items()}).reset_index()


def cohort_conversion(
    transactions: pd.DataFrame, as_of: str | pd.Timestamp, within_days: int | None = None
) -> pd.DataFrame:
    """Work out, by quarter of the first purchase, which share of the customers bought a second time.

    Parameters
    ----------
    transactions, as_of
        As in :func:`lifecycle_stages`.
    within_days : int, optional
        Count second purchases within so many days of the first, and only customers who have had that many days. By
        default a second purchase counts whenever it came, so early cohorts had more time.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``cohort`` (``2023Q1``): ``customers``, ``left_out`` (too young to tell), ``second`` (bought again),
        ``share_second``, missing for a cohort of whom somebody is left out: those who came early in a quarter are no
        fair sample of it.

    Raises
    ------
    DataError
        If ``within_days`` is below 1.

    Examples
    --------
    >>> days = pd.to_datetime(["2025-01-01", "2025-01-20", "2025-06-25"])
    >>> orders = pd.DataFrame({"customer_id": ["A", "A", "B"], "date": days, "amount": 9.0})
    >>> cohort_conversion(orders, "2025-06-30")["share_second"].tolist()
    [1.0, 0.0]
    >>> cohort_conversion(orders, "2025-06-30", within_days=90)["share_second"].tolist()
    [1.0, nan]
    """
    if within_days is not None and within_days < 1:
        raise DataError(f"within_days is {within_days!r}; 1 day or more was expected.")
    day = pd.Timestamp(as_of)
    reached = milestones(transactions, day)
    old_enough = pd.Series(True, index=reached.index)
    again = reached["second"].notna()
    if within_days is not None:
        old_enough = (day - reached["first"]).dt.days >= within_days
        again &= (reached["second"] - reached["first"]).dt.days <= within_days
    marked = pd.DataFrame(
        {
            "cohort": reached["first"].dt.to_period("Q").astype("str"),
            "customers": old_enough, "left_out": ~old_enough, "second": again & old_enough,
        }
    )  # fmt: skip
    table = marked.groupby("cohort").sum()
    table["share_second"] = (table["second"] / table["customers"]).where(table["left_out"] == 0)
    return table


def _purchase_days(transactions: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """One row a customer and day with a purchase until then, in order, with the days since the one before."""
    for column in ("customer_id", "date", "amount"):
        if column not in transactions:
            raise DataError(f"transactions has no column {column!r}.{nearest(column, transactions.columns)}")
    bought = transactions.loc[(transactions["amount"] >= 0) & (transactions["date"] <= day), ["customer_id", "date"]]
    if bought.empty:
        raise DataError(f"transactions: nobody has a purchase by {day:%Y-%m-%d}. Choose a later day.")
    days = bought.drop_duplicates().sort_values(["customer_id", "date"], ignore_index=True)
    days["silence"] = days.groupby("customer_id")["date"].diff().dt.days
    return days
