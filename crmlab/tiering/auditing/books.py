"""The books that an audit reads: who bought what when, who they are, and what they earned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from crmlab.errors import DataError, nearest
from crmlab.schema import AMOUNT, CUSTOMER, DATE
from crmlab.summary import summarize
from crmlab.summary.columns import refuse_unusable, standard_columns

SUMMARY = ("frequency", "recency", "T", "monetary_value", "orders", "revenue", "days_since_last")

Profit = Callable[[pd.Timestamp, pd.Timestamp], pd.Series]


@dataclass(frozen=True)
class Books:
    """What an audit reads.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``customer_id``, ``date`` (midnight), ``amount``.
    people : pandas.DataFrame or None
        Attributes, indexed by customer.
    profit : callable or None
        Profit of each customer between two days, both counted; None where only revenue is known.
    months : int or None
        ``orders`` and ``revenue`` count the last so many months; None: everything until the day.
    """

    rows: pd.DataFrame
    people: pd.DataFrame | None = None
    profit: Profit | None = None
    months: int | None = None

    @property
    def first(self) -> pd.Timestamp:
        """Day of the first row."""
        return self.rows[DATE].min()

    @property
    def last(self) -> pd.Timestamp:
        """Day of the last row."""
        return self.rows[DATE].max()

    def window_begin(self, day: pd.Timestamp) -> pd.Timestamp:
        """Day before the window that ends on ``day``."""
        before_all = self.first - pd.Timedelta(days=1)
        return before_all if self.months is None else max(day - pd.DateOffset(months=self.months), before_all)

    def measure(self, day: pd.Timestamp) -> pd.DataFrame:
        """Sum up every customer who had bought by a day, as the policy sees them on it.

        Returns
        -------
        pandas.DataFrame
            As :func:`crmlab.summarize`; with ``months``, ``orders`` and ``revenue`` (money) are those of the window,
            0 for somebody who was silent in it. Columns of ``people`` stand beside them.
        """
        table: pd.DataFrame = summarize(self.rows, day)
        if self.months is not None:
            rows = self.rows[self.rows[DATE].between(self.window_begin(day), day, inclusive="right")]
            cents = in_cents(rows[AMOUNT])
            bought = rows.loc[cents >= 0, [CUSTOMER, DATE]].drop_duplicates()[CUSTOMER].value_counts()
            spent = cents.groupby(rows[CUSTOMER]).sum()
            who = pd.Index(table[CUSTOMER])
            table = table.assign(
                orders=bought.reindex(who, fill_value=0).to_numpy(),
                revenue=spent.reindex(who, fill_value=0).to_numpy() / 100,
            )
        if self.people is not None:
            more = [c for c in self.people if c not in table]
            table = table.join(self.people[more], on=CUSTOMER)
        return table

    def earned(self, begin: pd.Timestamp, end: pd.Timestamp) -> pd.Series:
        """Profit of each customer from ``begin`` to ``end``, both counted; revenue where no profit is known."""
        if self.profit is not None:
            return self.profit(begin, end)
        rows = self.rows[self.rows[DATE].between(begin, end)]
        spent: pd.Series = in_cents(rows[AMOUNT]).groupby(rows[CUSTOMER]).sum() / 100
        return spent

    @property
    def earns(self) -> str:
        """What :meth:`earned` counts."""
        return "revenue" if self.profit is None else "profit"


def in_cents(amount: pd.Series) -> pd.Series:
    """Money as whole cents, half a cent away from zero as in the summary."""
    hundredfold = amount.to_numpy(dtype=float) * 100
    whole = np.sign(hundredfold) * np.floor(np.abs(hundredfold) + 0.5)
    return pd.Series(whole.astype(np.int64), index=amount.index)


def read_books(
    data: Any,
    customers: Any = None,
    *,
    months: int | None = None,
    customer: str = CUSTOMER,
    date: str = DATE,
    amount: str = AMOUNT,
) -> Books:
    """Bring a data set, or one's own transactions, into the form that an audit reads.

    Parameters
    ----------
    data : Dataset or frame
        With a table ``transactions``, or that table itself; in memory.
    customers : frame, optional
        One row a customer with attributes.
    months : int, optional
        See :class:`Books`.
    customer, date, amount : str
        Column names.

    Returns
    -------
    Books

    Raises
    ------
    DataError
        For a table that is not in memory, a missing column, or values that cannot be used.
    """
    from crmlab.datasets import Dataset

    profit = None
    if isinstance(data, Dataset):
        if "transactions" not in dir(data):  # asking for data.tables would read every file
            raise DataError(
                f"Data set {data.name!r} has no table of transactions. Give the audit one row a purchase with "
                "customer, date and amount: audit(policy, purchases)."
            )
        profit = _profit_of(data)
        customers = getattr(data, "customers", None) if customers is None else customers
        data = data.transactions
    if months is not None and (isinstance(months, bool) or not isinstance(months, int) or months < 1):
        raise DataError(f"months is {months!r}; a whole number of 1 or more was expected, or None for all history.")
    return Books(_rows(data, customer, date, amount), _people(customers, customer), profit, months)


def given_profit(profit: Any, customer: str = CUSTOMER) -> pd.Series:
    """The user's own profit, by customer: from a frame with a column ``profit``, or a Series.

    Raises
    ------
    DataError
        If it is neither, a customer stands there twice, or a number is missing.
    """
    found = profit
    if isinstance(profit, pd.DataFrame):
        name = customer if customer in profit else CUSTOMER
        for column in (name, "profit"):
            if column not in profit:
                raise DataError(f"profit has no column {column!r}; it has {', '.join(map(str, profit.columns))}.")
        found = profit.set_index(name)["profit"]
    if not isinstance(found, pd.Series):
        raise DataError(f"profit is a {type(profit).__name__}; a frame or a Series of pandas was expected.")
    twice = int(found.index.duplicated().sum())
    if twice:
        raise DataError(f"profit: {twice:,} customers stand there twice; add them up first.")
    if not pd.api.types.is_numeric_dtype(found) or not np.isfinite(found.to_numpy(dtype=float)).all():
        raise DataError("profit: a finite number for each customer was expected; fill or remove the others.")
    return found


def _rows(transactions: Any, customer: str, date: str, amount: str) -> pd.DataFrame:
    """The transactions with standard names, or what is wrong with them."""
    frame = standard_columns(transactions, customer, date, amount)
    if not isinstance(frame, nw.DataFrame):
        raise DataError(
            "transactions are not in memory, and an audit works there: bring them into pandas first, or a sample "
            "of the customers with all their rows."
        )
    refuse_unusable(frame, {CUSTOMER: customer, DATE: date, AMOUNT: amount})
    rows = frame.to_pandas().reset_index(drop=True)
    days = rows[DATE].dt.tz_localize(None) if getattr(rows[DATE].dt, "tz", None) is not None else rows[DATE]
    rows[DATE] = days.dt.normalize().astype("datetime64[us]")
    return rows


def _people(customers: Any, customer: str) -> pd.DataFrame | None:
    """Attributes by customer, each customer once."""
    if customers is None:
        return None
    try:
        frame: Any = nw.from_native(customers, eager_only=True)
    except TypeError:
        raise DataError(
            f"customers is a {type(customers).__name__}; a data frame in memory was expected, one row a customer."
        ) from None
    names = [str(c) for c in frame.columns]
    own = customer if customer in names else CUSTOMER
    if own not in names:
        raise DataError(f"customers has no column {customer!r}.{nearest(customer, names)} It has {', '.join(names)}.")
    table = frame.to_pandas().set_index(own)
    twice = int(table.index.duplicated().sum())
    if twice:
        raise DataError(f"customers, column {own!r}: {twice:,} customers stand there twice; keep one row each.")
    return table


def _profit_of(data: Any) -> Profit | None:
    """How to work out profit, for a data set that has the tables it takes."""
    from crmlab.foundations.profit import TABLES, customer_profit

    if not set(TABLES) <= set(dir(data)):
        return None

    def profit(begin: pd.Timestamp, end: pd.Timestamp) -> pd.Series:
        return customer_profit(data, begin, end).set_index(CUSTOMER)["profit"]

    return profit
