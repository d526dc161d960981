"""The questions of set 02 on the loop: who moves between tiers in a quarter, and where the next one leads."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from crmlab.exercises.drawing import place_of, remembered
from crmlab.teach import Mistake
from crmlab.teach.question import Question

TIERS = ["gold", "silver", "regular"]
GOLD, SILVER = 300, 100
JUNE, SEPTEMBER = ("2024-07-01", "2025-06-30"), ("2024-10-01", "2025-09-30")


@remembered
def spending(data: Any, start: str, end: str, returns: bool = True) -> pd.Series:
    """Return what each customer spent from one day to another, 0 for those who did not."""
    sold, who = data.transactions, place_of(data)
    keep = sold["date"].between(start, end) & (returns | sold["returns"].isna())
    sums = np.bincount(who[keep], sold["amount"][keep], minlength=len(data.customers))
    return pd.Series(sums, index=pd.Index(data.customers["customer_id"]))


def tiers(spent: pd.Series) -> pd.Series:
    """Return the tiers of the questions."""
    return pd.Series(np.select([spent >= GOLD, spent >= SILVER], TIERS[:2], TIERS[2]), index=spent.index)


@remembered
def moves(
    data: Any,
    windows: tuple[tuple[str, str], tuple[str, str]] = (JUNE, SEPTEMBER),
    everyone: bool = False,
    bought: bool = False,
    returns: bool = True,
) -> pd.DataFrame:
    """Return how many customers went from each tier to each tier; the arguments allow for wrong versions."""
    spent = [spending(data, *window, returns=returns) for window in windows]
    keep = data.customers.set_index("customer_id")["signup_date"] <= pd.Timestamp("2025-06-30")
    if everyone:
        keep |= True
    if bought:
        keep &= (spent[0] > 0) & (spent[1] > 0)
    # counted by number, as a hundred mistakes need many of these tables: crosstab is five times slower
    before, after = (pd.Index(TIERS).get_indexer(pd.Index(tiers(s[keep]))) for s in spent)
    counts = np.bincount(3 * before + after, minlength=9).reshape(3, 3)
    return pd.DataFrame(counts, index=pd.Index(TIERS, name="before"), columns=TIERS)


class Flow(Question):
    """Who moves up, and who falls? Count the moves between tiers from 30 June to 30 September 2025.

    On both days a customer's tier follows from the money spent (the sum of `amount`, returns deducted) in the
    twelve months that end on that day, from 1 July 2024 and from 1 October 2024:

    - **gold**: at least 300.00; **silver**: at least 100.00; **regular**: less, or nothing.

    Take the customers who signed up on 30 June 2025 or before. Make `flow` a DataFrame with one row for each tier
    on 30 June (`before`: the column or the index) and the columns `gold`, `silver` and `regular` for the tier
    on 30 September. A cell holds the number of customers.
    """

    answer = "flow"
    kind = "table"
    key = "before"
    columns = ("gold", "silver", "regular")
    points = 3
    level = 2
    hints = [
        "Write a function from the first and the last day to a Series of tiers. Call it twice.",
        "Who bought nothing in a window spent 0, and is regular: `reindex(..., fill_value=0)` adds them.",
        "`pd.crosstab(before, after)` counts. The first one gives the rows.",
    ]

    def solution(self, data):
        known = data.customers.loc[data.customers["signup_date"] <= "2025-06-30", "customer_id"]

        def tier(start, end):
            rows = data.transactions[data.transactions["date"].between(start, end)]
            spent = rows.groupby("customer_id")["amount"].sum().reindex(known, fill_value=0)
            labels = np.select([spent >= 300, spent >= 100], ["gold", "silver"], "regular")
            return pd.Series(labels, index=known)

        before, after = tier("2024-07-01", "2025-06-30"), tier("2024-10-01", "2025-09-30")
        return pd.crosstab(before, after).rename_axis("before")

    def explain(self, answer, data):
        total, right = answer.to_numpy().sum(), moves(data).to_numpy().sum()
        if abs(total - right) > 0.5:
            few = "more" if total > right else "fewer"
            return (
                f"Your table holds {total:,.0f} customers, {few} than signed up on 30 June 2025 or before. Everyone "
                "who signed up by then stands in one cell, also who bought nothing."
            )
        if (answer.sum(axis=1) - moves(data).loc[answer.index].sum(axis=1)).abs().max() < 0.5:
            return "The rows add up as they should: the tiers of 30 June are right. Look at those of 30 September."
        if (answer.sum() - moves(data).sum()).abs().max() < 0.5:
            return (
                "The columns add up as they should, so the tiers of 30 September are right. Look at those of 30 June."
            )
        return None

    mistakes = [
        Mistake(
            lambda self, data: moves(data).T.rename_axis("before"),
            "Rows and columns are swapped: the tier on 30 June gives the row.",
        ),
        Mistake(
            lambda self, data: moves(data).div(moves(data).sum(axis=1), axis=0),
            "Those are shares of each row. The question asks for numbers of customers.",
        ),
        Mistake(
            lambda self, data: moves(data) / moves(data).to_numpy().sum(),
            "Those are shares of all customers. The question asks for numbers of customers.",
        ),
        Mistake(
            lambda self, data: moves(data, (("2025-04-01", "2025-06-30"), ("2025-07-01", "2025-09-30"))),
            "You add up the spending of one quarter. The tier follows from twelve months.",
        ),
        Mistake(
            lambda self, data: moves(data, (("2023-01-01", "2025-06-30"), ("2023-01-01", "2025-09-30"))),
            "You add up the spending of all years. The tier follows from the last twelve months.",
        ),
        Mistake(
            lambda self, data: moves(data, (JUNE, ("2024-07-01", "2025-09-30"))),
            "Your second window has fifteen months. Both its ends move by a quarter.",
        ),
        Mistake(
            lambda self, data: moves(data, (JUNE, ("2025-07-01", "2025-09-30"))),
            "Your second window has three months. It holds the twelve months up to 30 September 2025.",
        ),
        Mistake(
            lambda self, data: moves(data, everyone=True),
            "Customers who signed up after 30 June 2025 are counted. They had no tier on that day.",
        ),
        Mistake(
            lambda self, data: moves(data, bought=True),
            "Only customers who bought in both windows are counted. Who bought nothing spent 0, and is regular.",
        ),
        Mistake(
            lambda self, data: moves(data, returns=False),
            "Returns are not deducted. Add up all amounts, also the negative ones.",
        ),
        Mistake(
            lambda self, data: moves(data).iloc[:, ::-1].set_axis(TIERS, axis=1),
            "The columns stand under the wrong names: gold and regular are swapped.",
        ),
    ]


def expected(data: Any, start: str = "after", steps: int = 1, norm: str = "row") -> pd.Series:
    """Return the expected sizes of the tiers a quarter later; the arguments allow for wrong versions."""
    table = moves(data)
    by = {"row": table.div(table.sum(axis=1), axis=0), "column": table / table.sum(), "none": table}[norm]
    sizes = table.sum() if start == "after" else table.sum(axis=1)
    for _ in range(steps):
        sizes = sizes @ by
    return pd.Series(sizes.to_numpy(), index=pd.Index(TIERS, name="tier"))


def actual(data: Any, start: str = "2025-01-01") -> pd.Series:
    """Return the sizes of the tiers at the end of the data."""
    keep = data.customers.set_index("customer_id")["signup_date"] <= pd.Timestamp("2025-06-30")
    sizes = tiers(spending(data, start, "2025-12-31")[keep]).value_counts().reindex(TIERS, fill_value=0)
    return sizes.rename_axis("tier").astype(float)


def newcomers_too(data: Any) -> pd.Series:
    """Return the forecast that starts from all customers of 30 September."""
    table = moves(data)
    signed_up = data.customers.set_index("customer_id")["signup_date"] <= pd.Timestamp("2025-09-30")
    sizes = tiers(spending(data, *SEPTEMBER)[signed_up]).value_counts().reindex(TIERS, fill_value=0)
    return (sizes @ table.div(table.sum(axis=1), axis=0)).rename_axis("tier")


class NextQuarter(Question):
    """Simulate one more quarter: how many of these customers do you expect in each tier on 31 December 2025?

    Suppose that customers move in the fourth quarter as they did in the third. Turn each row of `flow` into
    shares: of those who were gold, which part stayed, which part became silver, which part regular? Apply these
    shares to the sizes of the tiers on 30 September (the same customers, without newcomers).

    Make `next_quarter` a Series with the expected number of customers, indexed by `tier`. Expected numbers need not
    be whole; two decimals are enough.
    """

    answer = "next_quarter"
    kind = "series"
    key = "tier"
    points = 3
    level = 3
    tolerance = 0.0051
    hints = [
        "The sums of the columns of `flow` are the sizes on 30 September. Where are those of 30 June?",
        "`flow.div(flow.sum(axis=1), axis=0)` makes every row add up to 1.",
        "The new gold tier: gold times the share that stays, plus silver times the share that rises, plus regular "
        "times theirs. `sizes @ shares` does it for all three.",
    ]

    def solution(self, data):
        flow = moves(data)  # shown as: # flow: from the question before
        shares = flow.div(flow.sum(axis=1), axis=0)
        return flow.sum() @ shares.loc[flow.columns]

    def explain(self, answer, data):
        total, right = answer.sum(), moves(data).to_numpy().sum()
        if abs(total - right) > 0.05:
            return (
                f"next_quarter adds up to {total:,.1f}. Nobody joins or leaves: it should hold as many as `flow` does."
            )
        return None

    mistakes = [
        Mistake(
            lambda self, data: expected(data, "before"),
            "Those are the sizes on 30 September, which you know already: you start from 30 June. Start one quarter "
            "later.",
        ),
        Mistake(
            lambda self, data: expected(data, "before", 0),
            "Those are the sizes on 30 June. Apply the shares to the sizes on 30 September.",
        ),
        Mistake(
            lambda self, data: expected(data, steps=2),
            "That is two quarters on. One more quarter is asked for.",
        ),
        Mistake(
            lambda self, data: expected(data, norm="column"),
            "Each column of your shares adds up to 1. Each row should: of those who were in a tier, where did they go?",
        ),
        Mistake(
            lambda self, data: _against_the_flow(data),
            "You apply the shares the wrong way round, from the new tier to the old one. Sizes come first: "
            "`sizes @ shares`.",
        ),
        Mistake(
            lambda self, data: 2 * expected(data, "before") - expected(data, "before", 0),
            "You add the change of the last quarter once more. Apply the shares of each row to the sizes on "
            "30 September.",
        ),
        Mistake(
            lambda self, data: expected(data) / moves(data).to_numpy().sum(),
            "Those are shares of the customers. The question asks for numbers.",
        ),
        Mistake(
            lambda self, data: _whole(expected(data)),
            "You round to whole customers. Leave the decimals: an expected number is a mean.",
        ),
        Mistake(
            lambda self, data: newcomers_too(data),
            "Customers who signed up in the third quarter are in your start. Take the same customers as in `flow`.",
        ),
        Mistake(
            lambda self, data: actual(data),
            "That is what happened in the end. The question asks what one could expect on 30 September.",
        ),
    ]


def _against_the_flow(data: Any) -> pd.Series:
    table = moves(data)
    return (table.div(table.sum(axis=1), axis=0) @ table.sum()).rename_axis("tier")


def _whole(sizes: pd.Series) -> pd.Series | None:
    rounded = sizes.round()
    return rounded if (rounded - sizes).abs().max() > 0.01 else None
