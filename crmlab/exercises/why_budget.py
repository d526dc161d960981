"""The questions of set 01 that decide something: one service budget for two tiers, and a recommendation."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.why_books import CHARGE, FEE, SMALL, best, best_measure, books, flips, gains, profit_in
from crmlab.teach import Mistake
from crmlab.teach.answers import Wanted
from crmlab.teach.question import Question

BUDGET, AT_STAKE, HALF = 3000, 0.3, 4


def in_top(table: pd.DataFrame) -> pd.Series:
    """Tell who is in the top tier."""
    return pd.Series(table.index.isin(list(best(table["revenue"]))), index=table.index)


def best_share(margins: tuple[float, float], sizes: tuple[int, int] = (60, 240), each: bool = True) -> float:
    """Return the best share for the top tier; ``each=False`` puts the tier's money into the formula undivided."""
    share = np.arange(101) / 100
    kept = np.zeros(101)
    for part, size, margin in zip((share, 1 - share), sizes, margins, strict=True):
        spend = BUDGET * part / (size if each else 1)
        kept += size * margin * AT_STAKE * spend / (spend + HALF)
    return float(share[kept.argmax()])


def mean_of(values: pd.Series, top: pd.Series, how: str = "mean") -> tuple[float, float]:
    """Return the mean of both tiers, the top tier first."""
    return values[top].agg(how), values[~top].agg(how)


def part_of_top(data: Any, column: str) -> float:
    """Return which part of a sum the top tier has."""
    table = books(data)
    return float(table.loc[in_top(table), column].sum() / table[column].sum())


def as_revenue(data: Any) -> float | None:
    """Return the part of the revenue, or None where it is about that of the margin."""
    share = part_of_top(data, "revenue")
    return share if abs(share - part_of_top(data, "margin")) > 0.015 else None


class TopBudget(Question):
    """Divide a service budget of 3,000 a year between two tiers so that the most margin is kept.

    The *top* tier holds the 60 customers with the largest revenue of 2024, the *rest* the other 240. Spending
    $s$ a customer keeps, in a tier of $n$ customers with a mean margin of $m$ each in 2024,

    $$n \\cdot m \\cdot 0.3 \\cdot \\frac{s}{s + 4}$$

    (The numbers 0.3 and 4 are assumptions: chapter 6 shows how to measure them.) Which share of the 3,000 goes
    to the top tier? Try every whole percent from 0 to 100. Answer with a number between 0 and 1, such as 0.25.
    """

    answer = "top_budget"
    points = 4
    level = 3
    tolerance = 0.0075  # the best whole percent, and what calculus gives
    bounds = (0, 1)
    hints = [
        "First the mean margin of 2024 in both tiers. Who bought nothing has a margin of 0 and counts.",
        "`s` is money a *customer*: the tier's part of the budget divided by the tier's size.",
        "`share = np.arange(101) / 100` holds every whole percent. Work out what both tiers keep together for all of "
        "them at once; `argmax` finds the best.",
    ]

    def solution(self, data):
        year = data.transactions[data.transactions["date"].dt.year == 2024]
        sums = year.groupby("customer_id")[["amount", "margin"]].sum()
        sums = sums.reindex(data.customers["customer_id"], fill_value=0)
        top = sums.index.isin(sums["amount"].nlargest(60).index)

        def kept(margin, money):
            spend = money / len(margin)
            return len(margin) * margin.mean() * 0.3 * spend / (spend + 4)

        share = np.arange(101) / 100
        total = kept(sums["margin"][top], 3000 * share) + kept(sums["margin"][~top], 3000 * (1 - share))
        return share[total.argmax()]

    mistakes = [
        Mistake(
            lambda self, data: 60 / 300,
            "That is the same spending for every customer. A customer of the top tier has more margin at stake.",
        ),
        Mistake(
            lambda self, data: 1.0,
            "Everything goes to the top tier. The more is spent on a customer, the less the next unit keeps: at some "
            "point it does more in the other tier. (And m is the mean margin, not the profit.)",
        ),
        Mistake(
            lambda self, data: 1 - best_share(mean_of((t := books(data))["margin"], in_top(t))),
            "That is the share of the rest. The question asks for the share of the top tier.",
        ),
        Mistake(
            lambda self, data: 100 * best_share(mean_of((t := books(data))["margin"], in_top(t))),
            "That is a percentage. Give the share, between 0 and 1.",
        ),
        Mistake(
            lambda self, data: BUDGET * best_share(mean_of((t := books(data))["margin"], in_top(t))),
            "That is the money for the top tier. Which share of the 3,000 is it?",
        ),
        Mistake(
            lambda self, data: part_of_top(data, "margin"),
            "You divide the budget as the margin is divided. That is not the best: look at what the next unit "
            "of money keeps in each tier.",
        ),
        Mistake(
            lambda self, data: as_revenue(data),
            "You divide the budget as the revenue is divided. Look at what each division keeps, by the formula.",
        ),
        Mistake(
            lambda self, data: best_share(mean_of((t := books(data))["margin"], in_top(t)), each=False),
            "You put the tier's whole money into the formula. There, s is money a customer: divide by the tier's size.",
        ),
        Mistake(
            lambda self, data: best_share(mean_of((t := books(data))["margin"], in_top(t), "sum")),
            "You multiply the sum of the margins by the number of customers. m is the *mean* margin of a customer.",
        ),
        Mistake(
            lambda self, data: best_share(mean_of((t := books(data).query("orders > 0"))["margin"], in_top(t))),
            "The mean margin of the rest is too high: those who bought nothing in 2024 count, with 0.",
        ),
    ]

    def explain(self, answer, data):
        if 0 <= answer <= 1:
            right = best_share(mean_of((t := books(data))["margin"], in_top(t)))
            more = "less" if answer > right else "more"
            return f"At {answer:.3g}, the next unit of money keeps {more} in the top tier than in the rest."
        return None


def if_best(measure: str, compute: Callable[[Any], dict[str, Any]]) -> Callable[[Any, Any], Any]:
    """Make a mistake that only those can make whose best measure it is."""

    def mistake(self: Question, data: Any) -> dict[str, Any] | None:
        return compute(data) if best_measure(data) == measure else None

    return mistake


def small_rows(data: Any, below: float = SMALL, year: int | None = 2024, returns: bool = False) -> pd.DataFrame:
    """Return the small orders; the arguments allow for wrong versions."""
    sold = data.transactions
    keep = sold["amount"] < below
    if year is not None:
        keep &= sold["date"].dt.year == year
    return sold[keep if returns else keep & sold["returns"].isna()]


def return_rows(data: Any) -> pd.DataFrame:
    """Return the returns of 2024."""
    sold = data.transactions
    return sold[sold["returns"].notna() & (sold["date"].dt.year == 2024)]


class Recommendation(Question):
    """Which of three measures would you recommend, on the books of 2024?

    - `"fee"`: every order below 30.00 pays 4.00 for delivery;
    - `"returns"`: every return is charged 10.00;
    - `"close"`: the customers who flip sign are no longer served, so their margin and their costs are gone.

    Suppose that nobody changes behaviour. Make `recommendation` a dict with four entries:

    - `"measure"`: the one that would have raised the profit of 2024 the most;
    - `"gain"`: by how much, in money;
    - `"customers"`: how many customers it would have touched, that is, who would have paid or been closed;
    - `"recovered"`: how many of the customers who flip sign in 2024 have a profit above 0 in 2025. That is what
      closing them would have cost.
    """

    answer = "recommendation"
    kind = "record"
    fields = {
        "measure": Wanted("choice", choices=("fee", "returns", "close")),
        "gain": Wanted("number", tolerance=0.06),
        "customers": Wanted("number"),
        "recovered": Wanted("number"),
    }
    points = 4
    level = 3
    hints = [
        "Work out the gain of each of the three measures, side by side. Closing somebody with a loss of 10 gains 10.",
        "Orders are the rows whose `returns` is missing. A return is below 30.00 as well, but it is no order.",
        "For `recovered`, work out the profit of 2025 the way you did for 2024: a function of the year helps.",
    ]

    def solution(self, data):
        profit = profit_in(data, 2024)  # shown as: # profit and profit_in: from the question on profit
        flipped = set(flips(books(data)))  # shown as: # flipped: from the question on who flips sign
        later = profit_in(data, 2025)  # shown as: later = profit_in(2025)
        sold = data.transactions[data.transactions["date"].dt.year == 2024]
        small = sold[sold["returns"].isna() & (sold["amount"] < 30)]
        returned = sold[sold["returns"].notna()]
        gain = {"fee": 4 * len(small), "returns": 10 * len(returned), "close": -profit[list(flipped)].sum()}
        touched = {"fee": set(small["customer_id"]), "returns": set(returned["customer_id"]), "close": flipped}
        measure = max(gain, key=lambda name: gain[name])
        return {
            "measure": measure,
            "gain": gain[measure],
            "customers": len(touched[measure]),
            "recovered": (later[list(flipped)] > 0).sum(),
        }

    def explain(self, answer, data):
        if answer["measure"].casefold() != best_measure(data):
            own = gains(data)[answer["measure"].casefold()]
            fits = "Its gain is right" if abs(answer["gain"] - own) < 0.06 else "Its gain is off too"
            return (
                f"(entry 'measure') Another measure gains more than {answer['measure']!r}. {fits}. Compare all three."
            )
        return None

    mistakes = [
        Mistake(
            if_best("fee", lambda data: {"gain": FEE * len(small_rows(data, returns=True))}),
            "(entry 'gain') Returns are counted as small orders: their amounts are below 30.00 too. Leave them out.",
        ),
        Mistake(
            if_best("fee", lambda data: {"gain": FEE * len(small_rows(data, year=None))}),
            "(entry 'gain') You count the small orders of all years. Keep those of 2024.",
        ),
        Mistake(
            if_best("fee", lambda data: {"customers": len(small_rows(data))}),
            "(entry 'customers') That is the number of small orders. How many different customers placed them?",
        ),
        Mistake(
            if_best("fee", lambda data: {"customers": small_rows(data, returns=True)["customer_id"].nunique()}),
            "(entry 'customers') Who only returned something is among them. Leave the returns out.",
        ),
        Mistake(
            if_best("returns", lambda data: {"gain": CHARGE * data.transactions["returns"].notna().sum()}),
            "(entry 'gain') You count the returns of all years. Keep those of 2024.",
        ),
        Mistake(
            if_best("returns", lambda data: {"customers": len(return_rows(data))}),
            "(entry 'customers') That is the number of returns. How many different customers sent something back?",
        ),
        Mistake(
            if_best("returns", lambda data: {"gain": (14 - CHARGE) * len(return_rows(data))}),
            "(entry 'gain') That is what returns still cost after the charge. The gain is the charge itself.",
        ),
        Mistake(
            if_best("close", lambda data: {"gain": -books(data)["profit"].clip(upper=0).sum()}),
            "(entry 'gain') That adds up all losses. Only the customers who flip sign are closed.",
        ),
        Mistake(
            if_best("close", lambda data: {"gain": (t := books(data)).loc[flips(t), "profit"].sum()}),
            "(entry 'gain') Closing somebody with a loss of 10 raises the profit by 10: mind the sign.",
        ),
        Mistake(
            if_best("close", lambda data: {"customers": (books(data)["profit"] < 0).sum()}),
            "(entry 'customers') Those are all customers with a loss. Only those who flip sign are closed.",
        ),
        Mistake(
            lambda self, data: {"customers": len(data.customers)},
            "(entry 'customers') That is every customer. Count those who would have paid or been closed.",
        ),
        Mistake(
            lambda self, data: {"recovered": (profit_in(data, 2025)[flips(books(data))] >= 0).sum()},
            "(entry 'recovered') Customers with a profit of exactly 0 in 2025 are counted: they did nothing. Above 0 "
            "leaves them out.",
        ),
        Mistake(
            lambda self, data: {"recovered": (profit_in(data, 2025)[flips(books(data))] > 0).mean()},
            "(entry 'recovered') That is a share. How many customers are they?",
        ),
        Mistake(
            lambda self, data: {"recovered": (profit_in(data, 2025)[flips(books(data))] < 0).sum()},
            "(entry 'recovered') Those make a loss in 2025 too. Count those with a profit above 0.",
        ),
        Mistake(
            lambda self, data: {"recovered": (profit_in(data, 2025) > 0).sum()},
            "(entry 'recovered') You count all customers with a profit in 2025. Count among those who flip in 2024.",
        ),
    ]
