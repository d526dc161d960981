"""How each realism target is measured on a table of transactions, simulated or real."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.errors import DataError

Period = tuple[str, str]

TOP, ONE_TIME, GINI = "revenue of the top fifth", "one-time buyers", "Gini of spend"
LOG_SD, MEAN_MEDIAN, NOVEMBER = "log-sd of order values", "mean over median order", "November over mean month"
RETURNS, RETURN_VALUE, STAYS = "returns among invoices", "returns in value", "top fifth that stays"
NO_CUSTOMER, DUPLICATES = "raw rows without customer", "raw exact duplicates"
MEASURES = (
    TOP, ONE_TIME, GINI, LOG_SD, MEAN_MEDIAN, NOVEMBER, RETURNS, RETURN_VALUE, STAYS, NO_CUSTOMER, DUPLICATES,
)  # fmt: skip
RATIOS = (GINI, LOG_SD, MEAN_MEDIAN, NOVEMBER)  # the others are shares


def measure(transactions: pd.DataFrame, period: Period | None = None) -> pd.Series:
    """Measure the targets on a table of transactions.

    Parameters
    ----------
    transactions : pandas.DataFrame
        ``customer_id``, ``date``, ``amount`` (money; a return is negative), and ``order_id`` where a row is a line
        of an invoice: lines are then added up. Nothing may be missing.
    period : (str, str), optional
        First and last day, inclusive. By default those of the table.

    Returns
    -------
    pandas.Series
        Target to value: shares as fractions, ratios without unit, the log-sd in natural logarithms. Missing where
        it has no meaning: returns in a table without any, November unless the period is whole years, the top
        fifth's stay in less than a year, the two targets of the raw form.

    Raises
    ------
    DataError
        For missing columns or values, and for a period without orders.

    Notes
    -----
    An order is an invoice with a value above zero. The top fifth of the customers of a half-year stays if it is
    among the top fifth of *the same* customers in the next half-year; pairs of half-years are pooled.

    Examples
    --------
    >>> table = pd.DataFrame({"customer_id": list("AAB"), "amount": [6.0, 3.0, 1.0],
    ...                       "date": pd.to_datetime(["2025-01-05", "2025-02-01", "2025-03-01"])})
    >>> float(measure(table)["one-time buyers"])
    0.5
    """
    all_invoices = invoices(transactions, period)
    orders, back = (all_invoices[all_invoices["amount"] * sign > 0] for sign in (1, -1))
    top, coefficient = _concentration(orders.groupby("customer_id")["amount"].sum())
    found = {
        TOP: top,
        ONE_TIME: order_counts(orders).iloc[0],
        GINI: coefficient,
        LOG_SD: np.log(orders["amount"]).std(),
        MEAN_MEDIAN: orders["amount"].mean() / orders["amount"].median(),
        STAYS: top_fifth_path(orders, period).iloc[0],
    }
    months = by_month(orders, period)
    if months is not None:
        found[NOVEMBER] = months[11]
    if len(back):
        found[RETURNS] = len(back) / len(all_invoices)
        found[RETURN_VALUE] = -back["amount"].sum() / orders["amount"].sum()
    return pd.Series(found, dtype=float).reindex(list(MEASURES))


def measure_raw(rows: pd.DataFrame, customer: str = "customer_id") -> pd.Series:
    """Measure the two targets of the raw form: rows without a customer, exact copies of an earlier row.

    Parameters
    ----------
    rows : pandas.DataFrame
        A table as it came from the systems.
    customer : str
        Its column with the customer.

    Returns
    -------
    pandas.Series
        Two shares of all rows.

    Examples
    --------
    >>> measure_raw(pd.DataFrame({"customer_id": ["A", "A", None, "B"]})).tolist()
    [0.25, 0.25]
    """
    if customer not in rows:
        raise DataError(f"The raw table has no column {customer!r}; name its customer column with customer=...")
    return pd.Series({NO_CUSTOMER: rows[customer].isna().mean(), DUPLICATES: rows.duplicated().mean()})


def written(target: str, value: float) -> str:
    """Write a target's value for reading: in per cent, with two decimals where it is a ratio, nothing where missing.

    Parameters
    ----------
    target : str
        One of ``MEASURES``.
    value : float
        Its value, a share as a fraction.

    Returns
    -------
    str

    Examples
    --------
    >>> written("one-time buyers", 0.4252), written("Gini of spend", 0.6649), written("returns in value", float("nan"))
    ('42.5%', '0.66', '')
    """
    if pd.isna(value):
        return ""
    # shares of a few per cent would lose what tells them apart
    return f"{value:.2f}" if target in RATIOS else f"{value:.{1 if value >= 0.1 else 2}%}"


def cohort(transactions: pd.DataFrame, begins: str, until: str, ends: str) -> pd.DataFrame:
    """Keep the customers whose first order falls between two days, and their rows up to a last day.

    Parameters
    ----------
    transactions : pandas.DataFrame
        As for :func:`measure`, from the customers' first orders on.
    begins, until, ends : str
        First and last day of the arrivals, last day of the rows.

    Returns
    -------
    pandas.DataFrame
    """
    bought = transactions[transactions["amount"] > 0].groupby("customer_id")["date"].min()
    came = bought.index[(bought >= begins) & (bought < _after(until))]
    return transactions[transactions["customer_id"].isin(came) & (transactions["date"] < _after(ends))]


def invoices(transactions: pd.DataFrame, period: Period | None = None) -> pd.DataFrame:
    """One row an invoice that is not zero: the lines of an ``order_id`` added up, if there is one.

    Parameters
    ----------
    transactions, period
        As for :func:`measure`.

    Returns
    -------
    pandas.DataFrame
        ``customer_id``, ``date``, ``amount``.
    """
    needed = ["customer_id", "date", "amount"]
    for column in needed:
        if column not in transactions:
            raise DataError(f"transactions has no column {column!r}; customer_id, date and amount are needed.")
        if transactions[column].isna().any():
            count = int(transactions[column].isna().sum())
            raise DataError(f"transactions, column {column!r}: {count:,} values are missing; set those rows aside.")
    rows = transactions
    if period is not None:
        rows = rows[(rows["date"] >= period[0]) & (rows["date"] < _after(period[1]))]
    if "order_id" in rows:
        whole = {"customer_id": "first", "date": "first", "amount": "sum"}
        rows = rows.groupby("order_id", as_index=False, sort=False).agg(whole)
    rows = rows.loc[rows["amount"].round(2) != 0, needed]
    if not (rows["amount"] > 0).any():
        raise DataError(f"transactions has no order (an amount above 0) in the period {period or 'of the table'}.")
    return rows


def order_counts(orders: pd.DataFrame, most: int = 10) -> pd.Series:
    """Share of the customers with one order, two, ..., ``most`` or more.

    Parameters
    ----------
    orders : pandas.DataFrame
        Invoices; those below zero do not count.
    most : int
        Where counting stops.

    Returns
    -------
    pandas.Series
        Indexed 1 to ``most``, adding up to 1.

    Examples
    --------
    >>> order_counts(pd.DataFrame({"customer_id": list("AAB"), "amount": [1.0, 2.0, 1.0]}), most=2).tolist()
    [0.5, 0.5]
    """
    counts = orders.loc[orders["amount"] > 0, "customer_id"].value_counts().clip(upper=most)
    return counts.value_counts(normalize=True).reindex(range(1, most + 1), fill_value=0.0).rename_axis("orders")


def by_month(orders: pd.DataFrame, period: Period | None = None) -> pd.Series | None:
    """Revenue of each calendar month, relative to the mean month.

    Parameters
    ----------
    orders : pandas.DataFrame
        Invoices; those below zero do not count.
    period : (str, str), optional
        First and last day; by default those of the table.

    Returns
    -------
    pandas.Series or None
        Indexed 1 to 12, mean 1. None unless the period is whole years: the months would not be there equally often.
    """
    begins, after = _ends(orders, period)
    months = (after.year - begins.year) * 12 + after.month - begins.month
    if months % 12 or not months or after.day != begins.day:
        return None
    sold = orders[orders["amount"] > 0]
    revenue = sold.groupby(sold["date"].dt.month)["amount"].sum().reindex(range(1, 13), fill_value=0.0)
    return (revenue / revenue.mean()).rename_axis("month")


def top_fifth_path(orders: pd.DataFrame, period: Period | None = None) -> pd.Series:
    """Where the top fifth of a half-year's customers is in the next half-year.

    Parameters
    ----------
    orders, period
        As for :func:`by_month`.

    Returns
    -------
    pandas.Series
        Shares ``top fifth again`` (of the same customers), ``buys, but less``, ``does not buy``; all pairs of
        half-years of the period pooled. Missing when the period has no two.
    """
    sold = orders[orders["amount"] > 0]
    begins, after = _ends(orders, period)
    stays = buys = total = 0
    middle = begins + pd.DateOffset(months=6)
    while (end := middle + pd.DateOffset(months=6)) <= after:
        start = middle - pd.DateOffset(months=6)
        first, then = (_spend(sold, a, b) for a, b in ((start, middle), (middle, end)))
        best = first.nlargest(len(first) // 5).index
        again = then.reindex(first.index).dropna()
        stays += int(best.isin(again.nlargest(len(best)).index).sum())
        buys += int(best.isin(again.index).sum())
        total += len(best)
        middle = end
    parts = {"top fifth again": stays, "buys, but less": buys - stays, "does not buy": total - buys}
    return pd.Series(parts, dtype=float) / (total or np.nan)


def beyond(orders: pd.DataFrame) -> pd.Series:
    """Measure what no target was set for: how much hangs on the very largest.

    Parameters
    ----------
    orders : pandas.DataFrame
        Invoices; those below zero do not count.

    Returns
    -------
    pandas.Series
        Shares of revenue of the largest customer and of the ten largest, the most orders of one customer, and the
        order value that one order in a thousand exceeds, over the median order.

    Examples
    --------
    >>> float(beyond(pd.DataFrame({"customer_id": list("AAB"), "amount": [2.0, 1.0, 1.0]})).iloc[0])
    0.75
    """
    sold = orders[orders["amount"] > 0]
    share = (sold.groupby("customer_id")["amount"].sum() / sold["amount"].sum()).nlargest(10)
    return pd.Series(
        {
            "revenue of the largest customer": share.iloc[0],
            "revenue of the ten largest": share.sum(),
            "most orders of one customer": float(sold["customer_id"].value_counts().iloc[0]),
            "largest order of a thousand, in medians": sold["amount"].quantile(0.999) / sold["amount"].median(),
        }
    )


def _concentration(spend: pd.Series) -> tuple[float, float]:
    """Share of the top fifth, and Gini coefficient; the rooms that teach them stand above this one."""
    value = np.concatenate([[0.0], np.cumsum(np.sort(spend.to_numpy()))])
    value, people = value / value[-1], np.linspace(0, 1, len(value))
    area = float((np.diff(people) * (value[1:] + value[:-1]) / 2).sum())
    return 1 - float(np.interp(0.8, people, value)), 1 - 2 * area


def _spend(sold: pd.DataFrame, begins: pd.Timestamp, after: pd.Timestamp) -> pd.Series:
    return sold[(sold["date"] >= begins) & (sold["date"] < after)].groupby("customer_id")["amount"].sum()


def _ends(orders: pd.DataFrame, period: Period | None) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First day of the period, and the day after its last."""
    if period is not None:
        return pd.Timestamp(period[0]), _after(period[1])
    return orders["date"].min().normalize(), _after(orders["date"].max().normalize())


def _after(day: str | pd.Timestamp) -> pd.Timestamp:
    return pd.Timestamp(day) + pd.Timedelta(days=1)
