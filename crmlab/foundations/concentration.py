"""How much hangs on how few: Lorenz curve, Gini coefficient, top share, whale curve."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.errors import DataError


def lorenz(values: pd.Series) -> pd.DataFrame:
    """Cumulate value over customers, smallest first.

    Parameters
    ----------
    values : pandas.Series
        One number a customer, none negative, not all zero.

    Returns
    -------
    pandas.DataFrame
        ``share_of_customers`` and ``share_of_value``, from (0, 0) to (1, 1); one row more than customers.

    Raises
    ------
    DataError
        For missing or negative values, or a total of zero: shares of a whole need a whole.

    Notes
    -----
    Lorenz (1905), "Methods of measuring the concentration of wealth".

    Examples
    --------
    >>> lorenz(pd.Series([1.0, 3.0]))["share_of_value"].tolist()
    [0.0, 0.25, 1.0]
    """
    amounts = np.sort(_numbers(values, "lorenz"))
    if amounts[0] < 0:
        raise DataError(
            f"lorenz: {int((amounts < 0).sum()):,} values are negative (smallest {amounts[0]:,.2f}); "
            "a share of a whole cannot be. Use whale_curve for profits, or set losses to zero and say so."
        )
    if amounts[-1] == 0:
        raise DataError("lorenz: all values are zero, so there is nothing to share.")
    people = np.linspace(0, 1, len(amounts) + 1)
    value = np.concatenate([[0.0], np.cumsum(amounts) / amounts.sum()])
    return pd.DataFrame({"share_of_customers": people, "share_of_value": value})


def gini(values: pd.Series) -> float:
    """Gini coefficient: 0 if all customers are equal, near 1 if one has everything.

    Twice the area between the Lorenz curve and the line of equality.

    Parameters
    ----------
    values : pandas.Series
        As in :func:`lorenz`.

    Returns
    -------
    float
        Between 0 and 1 - 1/n.

    Examples
    --------
    >>> gini(pd.Series([5.0, 5.0])), gini(pd.Series([0.0, 0.0, 0.0, 1.0]))
    (0.0, 0.75)
    """
    curve = lorenz(values)
    people, value = curve["share_of_customers"].to_numpy(), curve["share_of_value"].to_numpy()
    area = float((np.diff(people) * (value[1:] + value[:-1]) / 2).sum())
    return round(1 - 2 * area, 12)


def top_share(values: pd.Series, share: float = 0.20) -> float:
    """Share of the total that the best customers bring.

    Parameters
    ----------
    values : pandas.Series
        One number a customer; the total must be above zero.
    share : float
        Which part of the customers, e.g. 0.20; a customer on the border counts in part.

    Returns
    -------
    float
        Can be above 1 when some values are negative.

    Examples
    --------
    >>> top_share(pd.Series([70.0, 10.0, 10.0, 5.0, 5.0]), 0.20)
    0.7
    """
    if not 0 <= share <= 1:
        raise DataError(f"top_share: share is {share!r}; a part between 0 and 1 was expected, e.g. 0.20.")
    curve = whale_curve(values)
    return float(np.interp(share, curve["share_of_customers"], curve["share_of_profit"]))


def top_group(values: pd.Series, share: float = 0.20) -> pd.Series:
    """Say who belongs to the best customers.

    Parameters
    ----------
    values : pandas.Series
        One number a customer.
    share : float
        Which part of the customers, above 0 and below 1.

    Returns
    -------
    pandas.Series of bool
        With the index of ``values``. Customers with equal values are in together or out together, so ties at the
        border make the group a little larger.

    Raises
    ------
    DataError
        If fewer customers than that have a value above zero: the border would run through those who brought nothing.

    Examples
    --------
    >>> top_group(pd.Series([9.0, 0.0, 4.0, 4.0, 1.0]), 0.40).tolist()
    [True, False, True, True, False]
    """
    numbers = _numbers(values, "top_group")
    if not 0 < share < 1:
        raise DataError(f"top_group: share is {share!r}; a part above 0 and below 1 was expected, e.g. 0.20.")
    border = np.sort(numbers)[-max(round(share * len(numbers)), 1)]
    if border <= 0:
        raise DataError(
            f"top_group: only {(numbers > 0).mean():.1%} of {len(numbers):,} customers have a value above zero, "
            f"so there is no best {share:.0%}. Take a smaller share or a longer period."
        )
    return pd.Series(numbers >= border, index=pd.Series(values).index)


def group_again(before: pd.Series, after: pd.Series, share: float = 0.20) -> dict[str, float]:
    """Follow the best customers of one period into another.

    Parameters
    ----------
    before, after : pandas.Series
        One number a customer in each period, with the same index.
    share : float
        Which part of the customers counts as best.

    Returns
    -------
    dict
        ``again``: share of the best of the first period who are among the best of the second; by chance it would be
        about ``share``. ``share_before`` and ``share_after``: what the best *of the first period* bring of the total
        in each period.

    Examples
    --------
    >>> year = pd.DataFrame({"first": [60.0, 30.0, 10.0, 0.0], "second": [50.0, 0.0, 40.0, 10.0]})
    >>> group_again(year["first"], year["second"], 0.50)
    {'again': 0.5, 'share_before': 0.9, 'share_after': 0.5}
    """
    if not before.index.equals(after.index):
        raise DataError("group_again: the two periods do not list the same customers in the same order; reindex one.")
    best, later = top_group(before, share), top_group(after, share)
    return {
        "again": float(later[best].mean()),
        "share_before": float(before[best].sum() / before.sum()),
        "share_after": float(after[best].sum() / after.sum()),
    }


def whale_curve(profit: pd.Series) -> pd.DataFrame:
    """Cumulate profit over customers, best first.

    Where some customers cost more than they bring, the curve rises above 100 % and falls back to it:
    the peak is what the company would earn without its unprofitable customers, if nothing else changed.

    Parameters
    ----------
    profit : pandas.Series
        Profit a customer, losses negative; the total must be above zero.

    Returns
    -------
    pandas.DataFrame
        ``share_of_customers``, ``share_of_profit`` (of the total), one row more than customers.

    Raises
    ------
    DataError
        For missing values or a total of zero or less.

    Notes
    -----
    Kaplan and Narayanan (2001), "Measuring and managing customer profitability".

    Examples
    --------
    >>> whale_curve(pd.Series([80.0, 40.0, -20.0]))["share_of_profit"].tolist()
    [0.0, 0.8, 1.2, 1.0]
    """
    amounts = np.sort(_numbers(profit, "whale_curve"))[::-1]
    total = amounts.sum()
    if total <= 0:
        raise DataError(f"whale_curve: the total is {total:,.2f}; shares need a total above zero.")
    people = np.linspace(0, 1, len(amounts) + 1)
    return pd.DataFrame(
        {"share_of_customers": people, "share_of_profit": np.concatenate([[0.0], np.cumsum(amounts) / total])}
    )


def _numbers(values: pd.Series, what: str) -> np.ndarray:
    """Return the values as floats, or say which is missing."""
    try:
        numbers = pd.Series(values).to_numpy(dtype=float)
    except (TypeError, ValueError):
        raise DataError(f"{what}: the values are no numbers ({pd.Series(values).dtype}).") from None
    if not len(numbers):
        raise DataError(f"{what}: there are no values; at least one customer is needed.")
    bad = ~np.isfinite(numbers)
    if bad.any():
        raise DataError(
            f"{what}: {int(bad.sum()):,} of {len(numbers):,} values are missing (first: {int(bad.argmax())})."
        )
    return numbers
