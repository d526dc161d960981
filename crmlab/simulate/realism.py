"""Does the simulated retailer look like life? Each target, measured on any table of transactions.

The targets were set before the retailer was written, after real tables; this module measures them in one way on the
simulated and on the real ones. A target is a range. Where only "about x" was set, the range is x give or take 5 %.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from crmlab.simulate import shop
from crmlab.simulate.mess import AS_IT_COMES, add_mess
from crmlab.simulate.realism_measures import (
    DUPLICATES,
    GINI,
    LOG_SD,
    MEAN_MEDIAN,
    NO_CUSTOMER,
    NOVEMBER,
    ONE_TIME,
    RETURN_VALUE,
    RETURNS,
    STAYS,
    TOP,
    Period,
    cohort,
    measure,
    measure_raw,
)


def about(value: float) -> tuple[float, float]:
    """Return the range that "about ``value``" stands for: 5 % to either side.

    Examples
    --------
    >>> low, high = about(1.6)
    >>> round(low, 2), round(high, 2)
    (1.52, 1.68)
    """
    return 0.95 * value, 1.05 * value


TARGETS: dict[str, tuple[float, float]] = {
    TOP: (0.65, 0.75),
    ONE_TIME: (0.35, 0.50),
    GINI: (0.63, 0.72),
    LOG_SD: about(1.07),
    MEAN_MEDIAN: about(1.6),
    NOVEMBER: about(1.6),
    RETURNS: about(0.15),
    RETURN_VALUE: about(0.07),
    STAYS: (0.50, 0.75),
    NO_CUSTOMER: about(0.25),
    DUPLICATES: about(0.01),
}

# Online Retail ends on 9 December 2011; its twelve whole months, and the same months of the simulated shop's last year
REAL_YEAR: Period = ("2010-12-01", "2011-11-30")
SIMULATED_YEAR: Period = ("2024-12-01", "2025-11-30")
THREE_YEARS: Period = ("2023-01-01", "2025-12-31")
# CDNOW: who came in the first quarter of 1997, until June 1998; the simulated ones came in the shop's second year,
# because few customers come in its first months
CDNOW_COHORT = ("1997-01-01", "1997-03-31", "1998-06-30")
SIMULATED_COHORT = ("2024-01-01", "2024-03-31", "2025-06-30")


def draws(seeds: Iterable[int] = range(1, 13), customers: int = 4_000) -> pd.DataFrame:
    """Simulate the retailer's trade several times, and measure each draw over each period.

    Parameters
    ----------
    seeds : iterable of int
        One draw each.
    customers : int
        Size of a draw; 4,000 is a class's.

    Returns
    -------
    pandas.DataFrame
        One row a draw and ``period`` ("a year", "three years", "a cohort"), indexed by ``seed`` and ``period``; a
        column a target. The two targets of the raw form are measured on the whole draw.

    Examples
    --------
    >>> draws([1], customers=300).index.tolist()
    [(1, 'a year'), (1, 'three years'), (1, 'a cohort')]
    """
    rows = {}
    for seed in seeds:
        transactions = shop.simulate_trade(customers, seed)[0]["transactions"]
        kinds, key = AS_IT_COMES["retail"]["transactions"]
        raw = measure_raw(add_mess(transactions, kinds, seed, key)[0])
        rows[seed, "a year"] = measure(transactions, SIMULATED_YEAR).fillna(raw)
        rows[seed, "three years"] = measure(transactions, THREE_YEARS).fillna(raw)
        rows[seed, "a cohort"] = measure(cohort(transactions, *SIMULATED_COHORT))
    return pd.DataFrame(rows).T.rename_axis(["seed", "period"])


def against_targets(
    drawn: pd.DataFrame,
    *,
    online_retail: pd.DataFrame | None = None,
    online_retail_raw: pd.DataFrame | None = None,
    cdnow: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Set the simulated retailer beside its targets and the real tables.

    Parameters
    ----------
    drawn : pandas.DataFrame
        From :func:`draws`.
    online_retail, online_retail_raw, cdnow : pandas.DataFrame, optional
        The real tables, as ``crmlab.load`` gives them: cleaned, as shipped, and CDNOW's purchases.

    Returns
    -------
    pandas.DataFrame
        One row a target; a value is missing where a target has no meaning.

        - ``target``, ``low``, ``high``: its name and range;
        - ``simulated``, ``simulated_low``, ``simulated_high``: mean, smallest and largest of the draws, over a year;
        - ``online_retail``: over the same twelve months;
        - ``met``: whether the mean of the draws is in the range; ``draws_met``: the share of the draws that are;
        - ``three_years``, ``met_three_years``: mean over the whole of each draw, and whether it is in the range;
        - ``simulated_cohort``, ``cdnow``: 18 months of new customers.

    Examples
    --------
    >>> found = against_targets(draws([1, 2], customers=300))
    >>> found.loc[found["target"] == "one-time buyers", ["low", "high"]].values.tolist()
    [[0.35, 0.5]]
    """
    year, three_years, newcomers = (drawn.xs(p, level="period") for p in ("a year", "three years", "a cohort"))
    nothing = pd.Series(np.nan, index=list(TARGETS))
    real = nothing if online_retail is None else measure(online_retail, REAL_YEAR)
    if online_retail_raw is not None:
        real = real.fillna(measure_raw(online_retail_raw, "CustomerID"))
    table = pd.DataFrame(TARGETS, index=["low", "high"]).T
    table["simulated"] = year.mean()
    table["simulated_low"], table["simulated_high"] = year.min(), year.max()
    table["online_retail"] = real
    table["met"] = _within(table["simulated"])
    table["draws_met"] = year.apply(_within, axis=1).mean()
    table["three_years"] = three_years.mean()
    table["met_three_years"] = _within(table["three_years"])
    table["simulated_cohort"] = newcomers.mean()
    table["cdnow"] = nothing if cdnow is None else measure(cohort(cdnow, *CDNOW_COHORT))
    return table.rename_axis("target").reset_index()


def _within(values: pd.Series) -> pd.Series:
    """Whether each target's value is in its range."""
    bounds = pd.DataFrame(TARGETS, index=["low", "high"]).T
    return values.ge(bounds["low"]) & values.le(bounds["high"])
