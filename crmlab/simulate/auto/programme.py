"""The A/B/C programme: who is in which class, what each class gets, and what would have happened without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.auto import company
from crmlab.simulate.auto import parameters as p
from crmlab.simulate.auto.customers import Block
from crmlab.simulate.auto.selling import draw_purchases, extra_cars
from crmlab.simulate.auto.servicing import booked_visits, draw_visits, held_car

A, B, C, UNKNOWN = 0, 1, 2, -1
CALL_OUTCOMES = ("no answer", "talked", "declined", "visit booked")
NO_ANSWER, TALKED, DECLINED, VISIT_BOOKED = range(4)


@dataclass
class History:
    """What happened up to some day: cars sold and workshop visits, and when customers left the make."""

    cars: pd.DataFrame
    visits: pd.DataFrame
    left: np.ndarray

    def add_cars(self, block: Block, cars: pd.DataFrame, kind: str) -> None:
        """Add cars, with the visits that come of owning them."""
        visits = draw_visits(block, cars, kind)
        self.add_visits(visits.assign(car=visits["car"] + len(self.cars)))
        self.cars = pd.concat([self.cars, cars], ignore_index=True)

    def add_visits(self, visits: pd.DataFrame) -> None:
        """Add visits of cars that are already there."""
        self.visits = pd.concat([self.visits, visits], ignore_index=True)

    def yearly(self, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Contacts, cents spent, and cents spent on cars, by customer and year, shape (n, years)."""
        cars = self.cars["who"].to_numpy() * len(p.YEARS) + p.year_of(self.cars["day"].to_numpy())
        visits = self.visits["who"].to_numpy() * len(p.YEARS) + p.year_of(self.visits["day"].to_numpy())
        spent = (self.visits["labour"] + self.visits["parts"]).to_numpy()
        size = n * len(p.YEARS)
        sales = np.bincount(cars, self.cars["cents"].to_numpy(), size)
        contacts = np.bincount(cars, minlength=size) + np.bincount(visits, minlength=size)
        amount = sales + np.bincount(visits, spent, size)
        shape = (n, len(p.YEARS))
        return contacts.reshape(shape), amount.reshape(shape), sales.reshape(shape)


def classify(contacts: np.ndarray, cents: np.ndarray, known: np.ndarray, year: int) -> np.ndarray:
    """Class of each customer in January of a year by the rule of :func:`company.class_rules`.

    Parameters
    ----------
    contacts, cents : numpy.ndarray, shape (n, 8)
        Purchases and visits, and money spent in cents, by calendar year.
    known : numpy.ndarray of bool, shape (n,)
        Whether the first purchase was before the year.
    year : int
        The year that begins.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        0 for A, 1 for B, 2 for C, -1 for not yet a customer.
    """
    window = slice(year - p.YEARS[0] - p.CLASS_WINDOW, year - p.YEARS[0])
    weight = np.r_[np.ones(p.CLASS_WINDOW - 1), p.LATEST_WEIGHT]
    often, much = contacts[:, window] @ weight, cents[:, window] @ weight
    best = (often >= p.A_CONTACTS) & (much >= p.A_AMOUNT * 100)
    last = (often < p.C_CONTACTS) | (much < p.C_AMOUNT * 100)
    return np.where(~known, UNKNOWN, np.where(best, A, np.where(last, C, B)))


def run(block: Block) -> tuple[History, dict[int, np.ndarray], pd.DataFrame, pd.DataFrame]:
    """Let a block of customers live through the eight years, the last two with the programme.

    Returns
    -------
    history : History
        Everything that happened.
    classes : dict of int to numpy.ndarray
        Class of each customer by programme year.
    calls : pandas.DataFrame
        ``who, day, outcome`` of the telephone follow-ups made.
    outcomes : pandas.DataFrame
        ``who, year, class`` and the potential outcomes, for customers of class A and C.
    """
    cars, left = draw_purchases(block)
    history = History(cars, draw_visits(block, cars, "visits"), left)
    first_day = cars["day"].to_numpy()[np.flatnonzero(np.r_[True, np.diff(cars["who"].to_numpy()) > 0])]
    classes, calls, outcomes = {}, [], []
    for year in p.PROGRAMME_YEARS:
        contacts, cents, sales = history.yearly(block.n)
        known = first_day < p.YEAR_BEGINS[year - p.YEARS[0]]
        classes[year] = classify(contacts, cents, known, year)
        without = pd.DataFrame(
            {
                "class": classes[year],
                "loyal": contacts[:, year - p.YEARS[0]] > 0,
                "loyal_flat": _without_upswing(block, history, year),
                "sales": sales[:, year - p.YEARS[0]],
            }
        )
        called, outcome = _year(block, history, year, without)
        calls.append(called)
        outcomes.append(outcome)
    return history, classes, pd.concat(calls, ignore_index=True), pd.concat(outcomes, ignore_index=True)


def _year(block: Block, history: History, year: int, without: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Run one programme year: change the history where the programme runs; return calls and potential outcomes."""
    in_a, in_c = (without["class"].to_numpy() == k for k in (A, C))
    loyal, runs = without["loyal"].to_numpy(), company.first_year(block.seed)[block.home] <= year
    held = held_car(history.cars, block.n, year)
    extra = extra_cars(block, year, in_a, history.left)
    buys = np.bincount(extra["who"], extra["cents"], block.n)
    u = block.stream(f"reminders {year}").random(block.n)
    reminded = in_a & ~loyal & (buys == 0) & (held >= 0) & (u < p.REMINDED)
    calls = _calls(block, year, np.flatnonzero(in_c), held)
    booked = np.zeros(block.n, bool)
    booked[calls["who"][calls["outcome"] == VISIT_BOOKED]] = True

    begin, end = p.YEAR_BEGINS[year - p.YEARS[0]], p.YEAR_BEGINS[year - p.YEARS[0] + 1]
    who = np.flatnonzero(reminded & runs)
    midyear = np.full(len(who), begin + 181)
    history.add_visits(booked_visits(block, held[who], who, midyear, np.full(len(who), end), f"reminded {year}"))
    made = calls[runs[calls["who"]]].reset_index(drop=True)
    agreed = made[made["outcome"] == VISIT_BOOKED]
    who, day = agreed["who"].to_numpy(), agreed["day"].to_numpy()
    history.add_visits(booked_visits(block, held[who], who, day + 3, np.minimum(day + 45, end), f"called {year}"))
    history.add_cars(block, extra[runs[extra["who"]]].reset_index(drop=True), f"visits of extra cars {year}")

    outcomes = pd.DataFrame(
        {
            "who": np.arange(block.n),
            "year": year,
            "class": without["class"],
            "loyal_flat": without["loyal_flat"],
            "loyal_without": loyal,
            "loyal_with": loyal | (buys > 0) | reminded | booked,
            "sales_without": without["sales"],
            "sales_with": without["sales"] + buys,
        }
    )
    return made, outcomes[in_a | in_c]


def _calls(block: Block, year: int, who: np.ndarray, held: np.ndarray) -> pd.DataFrame:
    """Draw one follow-up call to each customer given: ``who, day, outcome``."""
    rng = block.stream(f"calls {year}")
    u = rng.random((4, block.n))[:, who]
    begin, end = p.YEAR_BEGINS[year - p.YEARS[0]], p.YEAR_BEGINS[year - p.YEARS[0] + 1]
    first, last = p.workshop().week(np.array([begin + 31, end - 50]))
    day = p.workshop().day(first + u[0] * (last - first))
    reached = u[1] < p.REACHED
    booked = reached & (u[2] < p.BOOKED) & (held[who] >= 0)
    talk = np.where(booked, VISIT_BOOKED, np.where(u[3] < 0.35, DECLINED, TALKED))
    return pd.DataFrame({"who": who, "day": day, "outcome": np.where(reached, talk, NO_ANSWER)})


def _without_upswing(block: Block, history: History, year: int) -> np.ndarray:
    """Whether each customer would have had a contact in a year if the market had stayed as before the programme.

    Purchases and visits are Poisson, so at a lower level of the market each of them would have happened with the
    probability that is the ratio of the levels.
    """
    rng = block.stream(f"flat market {year}")
    loyal = np.zeros(block.n, bool)
    for events, calendar in ((history.cars, p.showroom()), (history.visits, p.workshop())):
        mine = events["who"].to_numpy()[p.year_of(events["day"].to_numpy()) == year - p.YEARS[0]]
        loyal[mine[streams.choose([1, calendar.upswing(year) - 1], rng.random(len(mine))) == 0]] = True
    return loyal
