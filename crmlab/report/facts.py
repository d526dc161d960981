"""Compute what the report says: plain numbers and tables, one entry a section."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.report.pictures import picture
from crmlab.report.reading import Reading
from crmlab.schema import AMOUNT, CUSTOMER, DATE
from crmlab.summary import summarize
from crmlab.tiering.abc import abc_classes
from crmlab.tiering.policy import TierPolicy
from crmlab.tiering.ranking import read
from crmlab.tiering.rfm import SEGMENTS, rfm_scores, rfm_segments

DEFAULT_POLICY = TierPolicy(
    "Default standard", "revenue", {"regular": None, "silver": 0.5, "gold": 0.8, "vip": 0.95}, by="quantile"
)
ABC_CUTS = (0.80, 0.95)
EXAMPLES = 3
LARGEST_TOTAL = 5e16


def compute(
    reading: Reading,
    name: str,
    policy: TierPolicy | None = None,
    as_of: str | Date | datetime | None = None,
    policy_file: str = "",
) -> dict[str, Any]:
    """Compute every number of the report.

    Parameters
    ----------
    reading : Reading
        From :func:`crmlab.report.read_transactions`.
    name : str
        Name of the file, for messages.
    policy : TierPolicy, optional
        Default: :data:`DEFAULT_POLICY`, without the tiers that few customers cannot fill.
    as_of : str or date, optional
        Last day to count.
    policy_file : str
        Where the policy was read from, for messages.

    Returns
    -------
    dict
        ``overview``, ``check``, ``concentration``, ``rfm``, ``tiers``; and ``customers``, the table
        with one row a customer from which all of them follow.

    Raises
    ------
    DataError
        If no amount is above zero, there is one customer only, or returns outweigh the purchases.
    """
    rows, late = _until(reading.rows, as_of, name)
    _refuse_astronomic(rows, name, reading)
    _refuse_hopeless(rows, name)
    customers = summarize(rows, as_of=as_of)
    _refuse_few(customers, name)
    fitting, left_out = (policy, []) if policy else _fitting(DEFAULT_POLICY, len(customers))
    customers = rfm_segments(rfm_scores(abc_classes(customers, cuts=ABC_CUTS)))
    _refuse_measure(customers, fitting, policy_file)
    customers = fitting.assign(customers)
    tiers = _tiers(customers, fitting, left_out)
    return {
        "overview": _overview(customers, rows, tiers["table"], left_out),
        "check": _check(reading, rows, late, customers),
        "concentration": _concentration(customers),
        "rfm": _rfm(customers),
        "tiers": tiers,
        "customers": customers,
    }


def _until(rows: pd.DataFrame, as_of: str | Date | datetime | None, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part the rows at the as-of day, which still counts."""
    if as_of is None:
        return rows, rows.iloc[:0]
    try:
        day = datetime.fromisoformat(as_of) if isinstance(as_of, str) else as_of
        counted = rows[DATE] <= pd.Timestamp(day.year, day.month, day.day)
    except (ValueError, AttributeError):
        raise DataError(f"--as-of is {as_of!r}; a date was expected, e.g. 2025-12-31.") from None
    if not counted.any():
        first = rows[DATE].min()
        raise DataError(f"{name}: --as-of {str(day)[:10]} is before the first transaction ({first:%Y-%m-%d}).")
    return rows[counted], rows[~counted]


def _refuse_astronomic(rows: pd.DataFrame, name: str, reading: Reading) -> None:
    """Sums are kept in whole cents, and 64 bits hold so many."""
    sizes = rows[AMOUNT].abs()
    if sizes.sum() >= LARGEST_TOTAL:
        largest = rows.iloc[int(sizes.argmax())]
        place = reading.place(int(largest["row"]))
        raise DataError(
            f"{name}, {place}: the amount {largest[AMOUNT]:.4g} makes the total too large to add up "
            f'(limit {LARGEST_TOTAL:.0e}). Mend the row, or count in thousands, e.g. --amount "NAME / 1000"'
        )


def _refuse_hopeless(rows: pd.DataFrame, name: str) -> None:
    if not (rows[AMOUNT] > 0).any():
        raise DataError(
            f"{name}: all {len(rows):,} amounts are zero or negative (largest: {rows[AMOUNT].max():,.2f}), so nobody "
            'bought anything. If sales are written as negative amounts, turn the sign: --amount "0 - NAME"'
        )
    if rows[CUSTOMER].nunique() == 1:
        raise DataError(
            f"{name}: all {len(rows):,} usable rows belong to one customer, {rows[CUSTOMER].iloc[0]!r}; "
            "tiers need two or more. Is --customer the right column?"
        )


def _refuse_few(customers: pd.DataFrame, name: str) -> None:
    if len(customers) == 1:
        raise DataError(
            f"{name}: only one customer, {customers[CUSTOMER].iloc[0]!r}, has an amount of zero or more; "
            "tiers need two or more. Check --amount and its sign."
        )
    if customers["revenue"].sum() <= 0:
        raise DataError(
            f"{name}: returns outweigh purchases (total {customers['revenue'].sum():,.2f}), "
            "so shares of revenue have no meaning. Check --amount and its sign."
        )


def _fitting(policy: TierPolicy, customers: int) -> tuple[TierPolicy, list[str]]:
    """Leave out the quantile tiers that are finer than the table: the top 5 % of ten people is nobody."""
    too_fine = [t for t, entry in policy.tiers.items() if entry is not None and round(1 / (1 - entry)) > customers]
    tiers = {t: entry for t, entry in policy.tiers.items() if t not in too_fine}
    return TierPolicy(policy.name, policy.measure, tiers, policy.by, policy.version), too_fine


def _refuse_measure(customers: pd.DataFrame, policy: TierPolicy, policy_file: str) -> None:
    """A measure that the table has not, or has only for some: name the file in which to change it."""
    try:
        read(customers, [policy.measure])
    except DataError as problem:
        raise DataError(f"{policy_file or f'Policy {policy.name!r}'}, measure: {problem}") from None


def _overview(customers: pd.DataFrame, rows: pd.DataFrame, tiers: pd.DataFrame, left_out: list[str]) -> dict[str, Any]:
    revenue = np.sort(customers["revenue"].to_numpy())[::-1]
    cumulative = np.concatenate([[0.0], np.cumsum(revenue)])
    once = int((customers["orders"] == 1).sum())
    top = tiers[tiers["customers"] > 0].iloc[0]
    return {
        "customers": len(customers),
        "purchases": int(customers["orders"].sum()),
        "revenue": float(revenue.sum()),
        "first": rows[DATE].min(),
        "last": rows[DATE].max(),
        # the customer on the 20 % line counts in part, as in the figure
        "top_share": float(np.interp(0.2 * len(revenue), range(len(cumulative)), cumulative) / revenue.sum()),
        "once": once,
        "once_share": once / len(customers),
        "top_tier": top,
        # tiers above it, highest first: those the table is too small for, and those with nobody in them
        "above_top": [*reversed(left_out), *tiers.index[: tiers.index.get_loc(top.name)]],
    }


def _check(reading: Reading, rows: pd.DataFrame, late: pd.DataFrame, customers: pd.DataFrame) -> dict[str, Any]:
    aside = pd.concat([reading.set_aside, late.assign(reason="after the as-of date")])
    reasons = []
    for reason, found in aside.groupby("reason", sort=True):
        examples = [_example(row, reading) for row in found[:EXAMPLES].itertuples()]
        reasons.append({"reason": reason, "rows": len(found), "examples": examples})
    returns, zero = rows[rows[AMOUNT] < 0], rows[rows[AMOUNT] == 0]
    no_purchase = rows[~rows[CUSTOMER].isin(customers[CUSTOMER])]
    return {
        "rows_read": len(reading.rows) + len(reading.set_aside),
        "rows_used": len(rows),
        "set_aside": reasons,
        "returns": len(returns),
        "returns_value": _total(returns),
        "zero": len(zero),
        "duplicates": reading.exact_duplicates,
        "value": _total(rows),
        "no_purchase": no_purchase[CUSTOMER].nunique(),
        "no_purchase_rows": len(no_purchase),
        "no_purchase_value": _total(no_purchase),
        "largest": _example(next(rows.loc[[rows[AMOUNT].idxmax()]].itertuples()), reading),
        "dates": reading.date_reading,
        "doubts": [*reading.doubts, *_strange_dates(rows, reading)],
        "notes": list(reading.notes),
    }


def _total(rows: pd.DataFrame) -> float:
    """Add up in whole cents, as :func:`crmlab.summarize` does, so that the parts make the whole."""
    return float((rows[AMOUNT] * 100).round().astype("int64").sum()) / 100


def _example(row: Any, reading: Reading) -> dict[str, Any]:
    """One row as the reader finds it in the file; what is missing is None."""
    who, day, amount = getattr(row, CUSTOMER), getattr(row, DATE), getattr(row, AMOUNT)
    return {
        "place": reading.place(int(row.row)),
        "customer": None if pd.isna(who) else who,
        "date": None if pd.isna(day) else day,
        "amount": amount if np.isfinite(amount) else None,
    }


def _strange_dates(rows: pd.DataFrame, reading: Reading) -> list[str]:
    """Point out days that can hardly be meant."""
    today = pd.Timestamp.today().normalize()
    found = []
    for strange, what in (
        (rows[DATE] > today, "after today; recency counts from the last day, so --as-of may be needed"),
        (rows[DATE] < pd.Timestamp(1970, 1, 1), "before 1970; often a placeholder for an unknown date"),
    ):
        if strange.any():
            first = rows[strange].iloc[0]
            count = int(strange.sum())
            found.append(
                f"{count:,} {'date is' if count == 1 else 'dates are'} {what} "
                f"(first: {reading.place(int(first['row']))}, {first[DATE]:%Y-%m-%d})."
            )
    return found


def _shares(customers: pd.DataFrame, by: str, order: list[str]) -> pd.DataFrame:
    """Count customers and add up revenue by a label, with shares of all."""
    groups = customers.groupby(by, observed=False)
    table = pd.DataFrame({"customers": groups.size(), "revenue": groups["revenue"].sum()}).reindex(order).dropna()
    table["customers"] = table["customers"].astype(int)
    table.insert(1, "share_of_customers", table["customers"] / len(customers))
    table["share_of_revenue"] = table["revenue"] / customers["revenue"].sum()
    return table


def _concentration(customers: pd.DataFrame) -> dict[str, Any]:
    from crmlab import plots

    return {
        "table": _shares(customers, "abc", list("ABC")),
        "cuts": ABC_CUTS,
        "figures": [picture(partial(plots.concentration, customers)), picture(partial(plots.abc_curve, customers))],
    }


def _rfm(customers: pd.DataFrame) -> dict[str, Any]:
    from crmlab import plots

    table = _shares(customers, "segment", [s[0] for s in SEGMENTS] + ["other"])
    table["median_days_since_last"] = customers.groupby("segment")["days_since_last"].median()
    return {"table": table, "segments": SEGMENTS, "figure": picture(partial(plots.rfm_grid, customers), height=4.2)}


def _tiers(customers: pd.DataFrame, policy: TierPolicy, left_out: list[str]) -> dict[str, Any]:
    from crmlab import plots

    table = policy.table(customers.drop(columns=["tier", "tier_rank"]), "revenue")
    words, *rules = str(policy).splitlines()
    height = 0.9 + 0.75 * len(table)
    return {
        "table": table,
        "words": words,
        "rules": [rule.strip() for rule in rules],
        "yaml": policy.to_yaml(),
        "measure": policy.measure,
        "left_out": left_out,
        "figure": picture(partial(plots.tier_bars, table), height=height),
    }
