"""Four standards by which a company can sort the same customers, each as a declared rule.

Business value asks what a customer buys, contribution what is left of it, potential what is still to come, and history
how long and how steadily the customer has been there. They are different questions, and have different answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.errors import DataError

if TYPE_CHECKING:
    from crmlab.datasets import Dataset

LEVELS: Mapping[str, tuple[str, ...]] = {
    "business_value": ("new", "regular", "high-value", "strategic"),
    "contribution": ("low", "mid", "high"),
    "potential": ("low", "mid", "high"),
    "history": ("new entrant", "stable", "loyal"),
}
# how good a label is, so that standards with different labels can be compared
GRADES: Mapping[str, Mapping[str, str]] = {
    "business_value": {"new": "low", "regular": "low", "high-value": "mid", "strategic": "high"},
    "history": {"new entrant": "low", "stable": "mid", "loyal": "high"},
}
YEAR = 52  # weeks


@dataclass(frozen=True)
class StandardRules:
    """The thresholds of the four standards. Money and counts are those of the 12 months up to the date.

    Parameters
    ----------
    new_days : int
        A customer is new for so many days after the first purchase.
    high_value, strategic : float
        Revenue from which a customer is high-value, and strategic; money.
    contribution : tuple of two floats
        Profit (after cost to serve) from which the contribution is mid, and high; money.
    potential : tuple of two floats
        Expected growth, the revenue expected for the next 12 months less that of the last, from which the potential is
        mid, and high; money.
    loyal_half_years : int
        Half-years with a purchase, of the last four, that make a customer loyal; the latest must be among them.
    prior_orders : float
        The mean order of all customers counts as so many orders of the customer, because one order says little about
        the next.

    Raises
    ------
    DataError
        For thresholds that do not rise, or a number of half-years out of 1 to 4.

    Examples
    --------
    >>> print(str(StandardRules(strategic=2000)).splitlines()[1])
    contribution: high from 100 of profit in 12 months; mid from 20; else low
    """

    new_days: int = 180
    high_value: float = 300.0
    strategic: float = 1_000.0
    contribution: tuple[float, float] = (20.0, 100.0)
    potential: tuple[float, float] = (0.0, 50.0)
    loyal_half_years: int = 3
    prior_orders: float = 2.0

    def __post_init__(self) -> None:
        pairs = {
            "high_value and strategic": (self.high_value, self.strategic),
            "contribution": self.contribution,
            "potential": self.potential,
        }
        for name, (low, high) in pairs.items():
            if not low < high:
                raise DataError(f"StandardRules: {name} is {low:g} and {high:g}; two rising numbers were expected.")
        if not 1 <= self.loyal_half_years <= 4 or self.new_days < 1 or self.prior_orders < 0:
            raise DataError(
                f"StandardRules: loyal_half_years ({self.loyal_half_years}) is 1 to 4, new_days ({self.new_days}) 1 or "
                f"more, prior_orders ({self.prior_orders:g}) 0 or more."
            )

    def __str__(self) -> str:
        """State the four rules in words."""
        (some, much), (none, growth) = self.contribution, self.potential
        return "\n".join(
            [
                f"business value: strategic from {self.strategic:,.0f} of revenue in 12 months; high-value from "
                f"{self.high_value:,.0f}; else new within {self.new_days} days of the first purchase; else regular",
                f"contribution: high from {much:,.0f} of profit in 12 months; mid from {some:,.0f}; else low",
                f"potential: high if the next 12 months are expected to bring {growth:,.0f} more than the last; mid if "
                f"{none:,.0f} more; else low",
                f"history: new entrant within {self.new_days} days of the first purchase; loyal with a purchase in "
                f"{self.loyal_half_years} or more of the last 4 half-years, the latest among them; else stable, "
                "also who has fallen silent",
            ]
        )


def four_standards(data: Dataset, as_of: str | pd.Timestamp, rules: StandardRules | None = None) -> pd.DataFrame:
    """Sort every customer by four standards on a date.

    Parameters
    ----------
    data : Dataset
        The retailer's tables.
    as_of : str or pandas.Timestamp
        Last day to count.
    rules : StandardRules, optional
        The thresholds; default: ``StandardRules()``. ``print(rules)`` states them.

    Returns
    -------
    pandas.DataFrame
        One row for each customer with a purchase by then: ``customer_id``; the measures ``days_known`` (since the first
        purchase), ``half_years_active`` (0 to 4), ``revenue_last_year``, ``profit_last_year``, ``expected_next_year``,
        ``expected_growth`` (money); and the labels ``business_value``, ``contribution``, ``potential``, ``history``,
        each an ordered category.

    Raises
    ------
    DataError
        If nobody had bought by then.
    ModelError
        If the purchases do not support the model behind the expectation.

    Notes
    -----
    Expected revenue is the expected number of purchases in 52 weeks by the BG/NBD model (Fader, Hardie and Lee 2005)
    times the customer's mean order, drawn towards the mean order of all. Who bought far more than usual last year is
    expected to buy less next year: potential is *not* present size.

    Examples
    --------
    >>> import crmlab
    >>> found = four_standards(crmlab.load("retail"), "2024-12-31")
    >>> found["business_value"].cat.categories.tolist()
    ['new', 'regular', 'high-value', 'strategic']
    """
    rules = rules or StandardRules()
    table = _measures(data, pd.Timestamp(as_of), rules)
    revenue, profit, growth = (table[c] for c in ("revenue_last_year", "profit_last_year", "expected_growth"))
    new = table["days_known"] <= rules.new_days
    loyal = (table["half_years_active"] >= rules.loyal_half_years) & table["_bought_lately"]
    labels = {
        "business_value": [(revenue >= rules.strategic, "strategic"), (revenue >= rules.high_value, "high-value"),
                           (new, "new"), (None, "regular")],
        "contribution": _graded(profit, rules.contribution),
        "potential": _graded(growth, rules.potential),
        "history": [(new, "new entrant"), (loyal, "loyal"), (None, "stable")],
    }  # fmt: skip
    for name, tests in labels.items():
        met, given = [t for t, _ in tests if t is not None], [label for t, label in tests if t is not None]
        chosen = np.select(met, given, tests[-1][1])
        table[name] = pd.Categorical(chosen, categories=list(LEVELS[name]), ordered=True)
    return table.drop(columns="_bought_lately").reset_index()


def _graded(value: pd.Series, cuts: tuple[float, float]) -> list[tuple[pd.Series | None, str]]:
    return [(value >= cuts[1], "high"), (value >= cuts[0], "mid"), (None, "low")]


def _measures(data: Dataset, day: pd.Timestamp, rules: StandardRules) -> pd.DataFrame:
    """What the rules look at, one row a customer."""
    # these rooms stand on tiering or beside it, so they are opened when they are needed
    from crmlab.foundations.profit import customer_profit
    from crmlab.summary import summarize
    from crmlab.valuation.purchases import BetaGeoModel

    history = summarize(data.transactions, day, "W").set_index("customer_id")
    begin = day - pd.DateOffset(months=12) + pd.Timedelta(days=1)
    year = customer_profit(data, begin, day).set_index("customer_id").reindex(history.index, fill_value=0.0)
    bought = _half_years(data.transactions, day).reindex(history.index, fill_value=False)
    purchases = BetaGeoModel().fit(history).expected_purchases(history, YEAR)
    usual = history["revenue"].sum() / history["orders"].sum()
    order = (history["revenue"] + rules.prior_orders * usual) / (history["orders"] + rules.prior_orders)
    return pd.DataFrame(
        {
            "days_known": (day - history["first_date"]).dt.days,
            "half_years_active": bought.sum(axis=1),
            "revenue_last_year": year["revenue"],
            "profit_last_year": year["profit"],
            "expected_next_year": purchases * order,
            "expected_growth": purchases * order - year["revenue"],
            "_bought_lately": bought[0],
        }
    )


def _half_years(transactions: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Whether each customer bought in the latest half-year (0), in the one before (1), and so on to 3."""
    ends = [day - pd.DateOffset(months=6 * i) for i in range(5)]
    bought = transactions[transactions["amount"] >= 0]
    parts = {
        i: bought.loc[(bought["date"] > ends[i + 1]) & (bought["date"] <= ends[i]), "customer_id"].unique()
        for i in range(4)
    }
    everybody = pd.Index(bought["customer_id"].unique(), name="customer_id")
    return pd.DataFrame({i: everybody.isin(who) for i, who in parts.items()}, index=everybody)
