"""The whole audit: one call, one object, one page."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date as Date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.schema import AMOUNT, CUSTOMER, DATE
from crmlab.tiering.auditing.books import SUMMARY, Books, given_profit, read_books
from crmlab.tiering.auditing.concentration import Concentration, tier_concentration
from crmlab.tiering.auditing.fairness import Fairness, tier_fairness
from crmlab.tiering.auditing.gaming import Gaming, look_for_gaming
from crmlab.tiering.auditing.groups import behaviour, group_columns
from crmlab.tiering.auditing.lift import Lift, tier_lift
from crmlab.tiering.auditing.stability import Stability, label_stability
from crmlab.tiering.policy import TierPolicy

YEAR = 12
NO_TIME_AFTER = "The books end on the day of the audit, so nobody knows yet what the tiers will bring."


@dataclass(frozen=True, repr=False)
class Audit:
    """What an audit found; prints as a summary in words.

    Parameters
    ----------
    policy : TierPolicy
        What was audited, without overrides.
    as_of : pandas.Timestamp
        Day on which the tiers were assigned.
    customers : pandas.DataFrame
        The customers of that day with their measures, ``tier`` and ``tier_rank``.
    stability : Stability
        Labels drawn again, and from review to review.
    lift : Lift or None
        What the tiers brought afterwards; None if there is no time after.
    fairness : Fairness
        Tier rates by group.
    gaming : Gaming
        Bunching and split orders.
    concentration : Concentration
        How much hangs on how few.
    notes : tuple of str
        What to know when reading it.
    """

    policy: TierPolicy
    as_of: pd.Timestamp
    customers: pd.DataFrame
    stability: Stability
    lift: Lift | None
    fairness: Fairness
    gaming: Gaming
    concentration: Concentration
    notes: tuple[str, ...] = ()

    @property
    def verdicts(self) -> dict[str, str]:
        """One plain verdict with its numbers for each section."""
        return {
            "stability": self.stability.verdict,
            "lift": self.lift.verdict if self.lift else NO_TIME_AFTER,
            "fairness": self.fairness.verdict,
            "gaming": self.gaming.verdict,
            "concentration": self.concentration.verdict,
        }

    def html(self) -> str:
        """Write everything as one self-contained HTML page with figures."""
        from crmlab.tiering.auditing.page import render

        return render(self)

    def save(self, path: str | Path) -> Path:
        """Write the page to a file that does not exist yet.

        Parameters
        ----------
        path : str or Path
            E.g. ``audit.html``.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        DataError
            If the file exists or its folder does not.
        """
        target = Path(path)
        if target.exists():
            raise DataError(f"{target} exists already; nothing was written. Choose another name or remove it first.")
        if not target.absolute().parent.is_dir():
            raise DataError(f"There is no folder {target.parent}; nothing was written. Make it first.")
        page = self.html()
        try:
            target.write_text(page, encoding="utf-8", newline="\n")
        except OSError as problem:
            raise DataError(f"{target} cannot be written: {problem.strerror or problem}.") from None
        return target

    def __str__(self) -> str:
        head = f"Audit of {self.policy.name!r} (version {self.policy.version}) on {self.as_of:%Y-%m-%d}, "
        head += f"{len(self.customers):,} customers"
        lines = [head]
        for name, verdict in self.verdicts.items():
            lines += textwrap.wrap(verdict, 100, initial_indent=f"  {name}: ", subsequent_indent="    ")
        return "\n".join(lines)

    __repr__ = __str__


def audit(
    policy: TierPolicy,
    data: Any,
    customers: Any = None,
    *,
    as_of: str | Date | None = None,
    months: int | None = None,
    horizon: int | None = None,
    profit: Any = None,
    attributes: Sequence[str] | None = None,
    draws: int = 100,
    seed: int = 0,
    customer: str = CUSTOMER,
    date: str = DATE,
    amount: str = AMOUNT,
) -> Audit:
    """Audit a tier policy: stability, lift, fairness, gaming, concentration.

    Parameters
    ----------
    policy : TierPolicy
        Its measures are columns of the customer summary (``orders``, ``revenue``, ...) or of ``customers``.
        Overrides are left aside: the rule is audited, not the exceptions.
    data : Dataset or frame
        A data set with ``transactions``, or your own: one row an order or line with customer, date and amount,
        in memory.
    customers : frame, optional
        One row a customer with attributes, such as ``region``, ``gender``, ``birth_year``; default: the data set's.
    as_of : str or date, optional
        Day on which tiers are assigned; default: ``horizon`` months before the last day of the data.
    months : int, optional
        ``orders`` and ``revenue`` count the last so many months; default: everything until the day, as in
        :func:`crmlab.summarize`.
    horizon : int, optional
        Months after ``as_of`` in which the tiers have to show what they predict; default: 12, or half the books if
        they are shorter than two years.
    profit : frame or Series, optional
        Profit of each customer in that time: a column ``profit`` beside the customer, or a Series indexed by
        customer. Default: worked out for the retailer, else revenue is counted.
    attributes : sequence of str, optional
        Groups to compare; default: age group, gender and region where they are known.
    draws : int
        How many times the behaviour is drawn again.
    seed : int
        Same seed, same audit.
    customer, date, amount : str
        Column names.

    Returns
    -------
    Audit
        Prints as a summary; ``.save("audit.html")`` writes it as a page.

    Raises
    ------
    DataError
        For tables that cannot be read, a day outside the books, or an attribute that does not exist.

    Examples
    --------
    >>> import crmlab
    >>> policy = crmlab.TierPolicy("Spend", "revenue", {"regular": None, "gold": 500})
    >>> report = audit(policy, crmlab.load("retail"), draws=20)
    >>> report.as_of.date(), list(report.verdicts)
    (datetime.date(2024, 12, 28), ['stability', 'lift', 'fairness', 'gaming', 'concentration'])
    """
    if draws < 2:
        raise DataError(f"draws is {draws!r}; at least 2 were expected.")
    books = read_books(data, customers, months=months, customer=customer, date=date, amount=amount)
    horizon = _horizon(books, horizon)
    day = _day(books, as_of, horizon)
    rule = policy.replace(overrides=())
    measured = _measured(books, rule, day)
    assigned = rule.assign(measured.drop(columns=[c for c in ("tier", "tier_rank", "score") if c in measured]))
    rank = assigned["tier_rank"].to_numpy()
    known = group_columns(books.people, assigned[CUSTOMER], day, attributes)
    lift, missing = _lift(books, rule, assigned, day, horizon, profit, customer, seed)
    return Audit(
        rule, day, assigned,
        label_stability(rule, books, day, assigned, draws, seed),
        lift,
        tier_fairness(rank, rule.names, known, behaviour(assigned), seed),
        look_for_gaming(rule, books, day, assigned, seed),
        tier_concentration(rank, rule.names, _brought_before(books, assigned, day), seed),
        _notes(policy, books, day, horizon, lift, missing),
    )  # fmt: skip


def _measured(books: Books, policy: TierPolicy, day: pd.Timestamp) -> pd.DataFrame:
    """The customers on the day, or which measure is not known."""
    measured = books.measure(day)
    for measure in policy.measures:
        if measure not in measured:
            raise DataError(
                f"Policy {policy.name!r} measures {measure!r}, which is neither in the customer summary "
                f"({', '.join(SUMMARY)}) nor a column of customers. Give a table of customers that has it."
            )
    return measured


def _lift(
    books: Books, policy: TierPolicy, assigned: pd.DataFrame, day: pd.Timestamp, horizon: int, profit: Any,
    customer: str, seed: int,
) -> tuple[Lift | None, int]:  # fmt: skip
    """What the tiers brought afterwards, and how many customers the given profit does not know."""
    begin, end = day + pd.Timedelta(days=1), min(day + pd.DateOffset(months=horizon), books.last)
    if end < begin:
        return None, 0
    brought = books.earned(begin, end) if profit is None else given_profit(profit, customer)
    missing = int((~assigned[CUSTOMER].isin(brought.index)).sum()) if profit is not None else 0
    outcome = books.earns if profit is None else "profit"
    return tier_lift(assigned, policy.names, brought, outcome, begin, end, seed), missing


def _brought_before(books: Books, assigned: pd.DataFrame, day: pd.Timestamp) -> dict[str, np.ndarray]:
    """Revenue, and profit where it is known, of the time that the measures count."""
    begin = books.window_begin(day) + pd.Timedelta(days=1)
    revenue = replace(books, profit=None).earned(begin, day)
    values = {"revenue": revenue}
    if books.profit is not None:
        values["profit"] = books.earned(begin, day)
    return {name: v.reindex(assigned[CUSTOMER]).fillna(0.0).to_numpy(dtype=float) for name, v in values.items()}


def _horizon(books: Books, horizon: int | None) -> int:
    if horizon is not None:
        if isinstance(horizon, bool) or not isinstance(horizon, int) or horizon < 1:
            raise DataError(f"horizon is {horizon!r}; a whole number of months, 1 or more, was expected.")
        return horizon
    whole = int((books.last - books.first).days / 30.44)
    return max(1, min(YEAR, whole // 2))


def _day(books: Books, as_of: str | Date | None, horizon: int) -> pd.Timestamp:
    if as_of is None:
        return max(books.last - pd.DateOffset(months=horizon), books.first)
    try:
        day = pd.Timestamp(as_of).tz_localize(None).normalize()
    except (ValueError, TypeError):
        raise DataError(f"as_of is {as_of!r}; a date was expected, e.g. '2024-12-31'.") from None
    if not books.first <= day <= books.last:
        raise DataError(
            f"as_of is {day:%Y-%m-%d}, outside the transactions ({books.first:%Y-%m-%d} to {books.last:%Y-%m-%d})."
        )
    return day


def _notes(
    policy: TierPolicy, books: Books, day: pd.Timestamp, horizon: int, lift: Lift | None, missing: int
) -> tuple[str, ...]:
    """What a reader has to know, besides the numbers."""
    notes = [
        f"Tiers are those that the entries of the policy give on {day:%Y-%m-%d}, as at a first review."
        if policy.hysteresis or policy.minimum_stay
        else f"Tiers are those of {day:%Y-%m-%d}."
    ]
    counted = f"the last {books.months} months" if books.months else f"everything since {books.first:%Y-%m-%d}"
    notes.append(f"Orders and revenue count {counted}.")
    if lift:
        short = day + pd.DateOffset(months=horizon) > books.last
        notes.append(
            f"The time after is {lift.begin:%Y-%m-%d} to {lift.end:%Y-%m-%d}"
            + (f", shorter than {horizon} months, because the books end there." if short else ".")
        )
    if set(policy.measures) & {"orders", "frequency", "recency", "days_since_last"}:
        notes.append(
            "The policy itself measures how often or how recently customers buy, so among customers alike in that, "
            "groups are alike almost by construction."
        )
    if missing:
        notes.append(f"{missing:,} customers are not in the profit that was given; they count as 0.")
    if policy.overrides:
        notes.append(f"{len(policy.overrides):,} overrides were left aside: the rule is audited, not the exceptions.")
    return tuple(notes)
