"""Profit of a bank's private customers, from balances, payments, visits and complaints.

A bank does not see a margin on an invoice: it earns a little on every unit of money a year. What it earns and what
service costs it are declared here, not estimated; the data hold the quantities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from crmlab.errors import DataError

if TYPE_CHECKING:
    from crmlab.datasets import Dataset


@dataclass(frozen=True)
class BankRates:
    """What the bank earns and what service costs: declared assumptions, to be replaced by a bank's own.

    Parameters
    ----------
    deposits, funds, insurance, loans : float
        Earned on each unit of balance in a year: interest margin, fee, commission, interest margin after risk.
    account : float
        Cost of keeping an account for a year, money.
    payment, visit_minute, complaint : float
        Cost of one, money.
    """

    deposits: float = 0.010
    funds: float = 0.007
    insurance: float = 0.006
    loans: float = 0.025
    account: float = 45.0
    payment: float = 0.20
    visit_minute: float = 1.50
    complaint: float = 60.0


STANDARD_RATES = BankRates()


def bank_profit(
    data: Dataset, start: str | pd.Timestamp, end: str | pd.Timestamp, rates: BankRates = STANDARD_RATES
) -> pd.DataFrame:
    """Work out each private customer's profit in a period.

    Parameters
    ----------
    data : Dataset
        The bank's tables: ``balances``, ``visits`` and ``complaints``.
    start, end : str or pandas.Timestamp
        First and last day of the period, both counted.
    rates : BankRates
        What is earned and what things cost.

    Returns
    -------
    pandas.DataFrame
        One row a customer with a statement in the period, all in money: ``revenue`` (margins and fees earned),
        ``cost_of_account``, ``cost_of_payments``, ``cost_of_visits``, ``cost_of_complaints``, their sum
        ``cost_to_serve``, and ``profit``.

    Raises
    ------
    DataError
        If the period is empty or holds no statement.

    Notes
    -----
    A statement's balances stand for the time since the statement before, three months in the shipped set. A customer
    who leaves within a quarter has no statement at its end, so the days before that count for nothing.

    Examples
    --------
    >>> import crmlab
    >>> year = bank_profit(crmlab.load("bank"), "2025-01-01", "2025-12-31")
    >>> bool(((year["revenue"] - year["cost_to_serve"] - year["profit"]).abs() < 1e-9).all())
    True
    """
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    if last < first:
        raise DataError(f"The period ends ({last:%Y-%m-%d}) before it begins ({first:%Y-%m-%d}).")
    statements = data.balances[data.balances["month"].between(first, last)]
    if statements.empty:
        raise DataError(f"balances has no statement from {first:%Y-%m-%d} to {last:%Y-%m-%d}.")
    who = statements["customer_id"]
    years = statements["month"].map(_years_of_statement(data.balances["month"]))
    visits = data.visits[data.visits["date"].between(first, last)]
    complaints = data.complaints[data.complaints["opened"].between(first, last)]
    earned = sum(statements[kind] * getattr(rates, kind) for kind in ("deposits", "funds", "insurance", "loans"))
    parts = {
        "revenue": (earned * years).groupby(who).sum(),
        "cost_of_account": years.groupby(who).sum() * rates.account,
        "cost_of_payments": statements["payments"].groupby(who).sum() * rates.payment,
        "cost_of_visits": visits.groupby("customer_id")["minutes"].sum() * rates.visit_minute,
        "cost_of_complaints": complaints["customer_id"].value_counts() * rates.complaint,
    }
    customers = parts["revenue"].index
    table = pd.DataFrame({name: part.reindex(customers).fillna(0.0) for name, part in parts.items()})
    table["cost_to_serve"] = table.filter(like="cost_of_").sum(axis=1)
    table["profit"] = table["revenue"] - table["cost_to_serve"]
    return table.rename_axis("customer_id").reset_index()


def _years_of_statement(dates: pd.Series) -> pd.Series:
    """Years that the statement of each date stands for: the time since the one before."""
    distinct = pd.Series(sorted(dates.unique()))
    months = (distinct.dt.year * 12 + distinct.dt.month).diff().bfill().fillna(1)
    return pd.Series((months / 12).to_numpy(), index=distinct.to_numpy())
