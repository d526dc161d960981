"""Cars sold: rare purchases on a slow clock, and the credit and lease contracts that go with them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.auto import company
from crmlab.simulate.auto import parameters as p
from crmlab.simulate.auto.customers import Block
from crmlab.simulate.population import draw_orders

HOME_SHARE = 0.9
_TERMS = np.array([24, 36, 48, 60])
_RATES = {"loan": 0.049, "lease": 0.039}  # yearly interest
_RESIDUAL = 0.42


def draw_purchases(block: Block) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw the cars that customers buy of their own accord, without any programme.

    Parameters
    ----------
    block : Block
        The customers.

    Returns
    -------
    cars : pandas.DataFrame
        ``who`` (position of the buyer), ``day``, ``dealer``, ``model``, ``cents`` (price), ``trade_in``,
        ``held_until`` (day), ``base``; sorted by buyer and day.
    left : numpy.ndarray, shape (n,)
        Stretched week in which each customer left the make for good, infinite if not.
    """
    calendar = p.showroom()
    start = calendar.weeks * block.stream("first purchase").random(block.n) ** p.EARLY
    rate, dropout = (block.latents[c].to_numpy() for c in ("purchase_rate", "dropout_probability"))
    who, when, left = draw_orders(rate, dropout, start, calendar.weeks, block.stream("purchases"))
    cars = _details(block, who, calendar.day(when), "cars")
    again = np.r_[False, who[1:] == who[:-1]]
    cars["trade_in"] &= again | (cars["u_first"] < 0.5)
    # a car given in part exchange for the next one is no longer serviced
    next_day = np.r_[cars["day"].to_numpy()[1:], p.DAYS]
    exchanged = np.r_[again[1:] & cars["trade_in"].to_numpy()[1:], False]
    cars["held_until"] = np.where(exchanged, np.minimum(cars["held_until"], next_day), cars["held_until"])
    return cars.drop(columns="u_first").assign(base=True), left


def _details(block: Block, who: np.ndarray, day: np.ndarray, kind: str) -> pd.DataFrame:
    """Draw dealer, model, price and holding time of cars."""
    u = block.stream(kind).random((8, len(who)))
    home = block.home[who]
    model, cents = _price(block, who, u[2:4])
    held = streams.gamma(p.HELD_SHAPE, u[5]) / p.HELD_SHAPE * p.HELD_YEARS * 365.25
    return pd.DataFrame(
        {
            "who": who,
            "day": day,
            "dealer": elsewhere(home, u[0], u[1], HOME_SHARE),
            "model": model,
            "cents": cents,
            "trade_in": u[4] < 0.6,
            "held_until": np.minimum(day + np.floor(held), p.DAYS).astype(np.int64),
            "u_first": u[6],
        }
    )


def elsewhere(home: np.ndarray, u: np.ndarray, u_other: np.ndarray, share: float) -> np.ndarray:
    """The home dealer for a share of the dealings, otherwise any dealer of the region."""
    return np.where(u < share, home, company.choose_dealer(home // company.DEALERS_A_REGION, u_other))


def _price(block: Block, who: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose a model near the customer's price level, and the net price after extras and discount."""
    price = company.models()["price"].to_numpy()
    level = block.latents["mean_order_value"].to_numpy()[who]
    gap = np.log(level)[:, None] - np.log(price)[None, :]
    model = streams.choose_each(np.exp(-0.5 * (gap / 0.25) ** 2) + 1e-9, u[0])
    factor = 1.0 + 0.07 * streams.normal(u[1])
    return model, np.round(price[model] * np.clip(factor, 0.8, 1.3) * 100).astype(np.int64)


def extra_cars(block: Block, year: int, in_class: np.ndarray, left: np.ndarray) -> pd.DataFrame:
    """Draw the cars that the programme would add in a year, for every customer of the class.

    The number is Poisson with the customer's own lift times the expected number of cars while he or she is still with
    the make. Extra cars do not make a customer leave.

    Parameters
    ----------
    block : Block
        The customers.
    year : int
        Programme year.
    in_class : numpy.ndarray of bool, shape (n,)
        Who is in class A in that year.
    left : numpy.ndarray, shape (n,)
        Stretched week of leaving.

    Returns
    -------
    pandas.DataFrame
        As from :func:`draw_purchases`, with ``base`` False.
    """
    calendar = p.showroom()
    begin, end = calendar.year_weeks(year)
    weeks = np.clip(np.minimum(left, end) - begin, 0, None)
    lift, rate = (block.latents[c].to_numpy() for c in ("sales_lift", "purchase_rate"))
    rng = block.stream(f"extra cars {year}")
    count = streams.poisson(lift * rate * weeks * in_class, rng.random(block.n))
    who = np.repeat(np.arange(block.n), count)
    when = begin + rng.random(len(who)) * weeks[who]
    cars = _details(block, who, calendar.day(when), f"extra car details {year}")
    return cars.drop(columns="u_first").assign(base=False)


def contracts(block: Block, cars: pd.DataFrame) -> pd.DataFrame:
    """Draw the finance contracts of the cars sold.

    Parameters
    ----------
    block : Block
        The customers.
    cars : pandas.DataFrame
        Cars in their final order.

    Returns
    -------
    pandas.DataFrame
        ``car`` (row of ``cars``), ``who, lease, start, months, cents`` (monthly rate), ``end`` (day), ``defaulted``.
    """
    u = block.stream("contracts").random((6, len(cars)))
    who = cars["who"].to_numpy()
    share = np.array([s.finance for s in p.SERVICE])[block.latents["segment"].to_numpy()[who]]
    car = np.flatnonzero(u[0] < share)
    u, who, sold = u[:, car], who[car], cars.iloc[car]
    lease = u[1] < 0.4
    months = _TERMS[streams.choose([2, 4, 3, 2], u[2])]
    monthly = np.where(lease, _RATES["lease"], _RATES["loan"]) / 12
    growth = (1 + monthly) ** months
    financed = sold["cents"].to_numpy() * (0.7 + 0.25 * u[3])
    # annuity: the payment that brings the debt down to the residual value (nothing for a loan)
    rate = (financed - np.where(lease, _RESIDUAL * financed, 0) / growth) * monthly / (1 - 1 / growth)
    defaulted, age = _default(block, who, months, u[4])
    age = np.where(~defaulted & (u[5] < 0.08), np.ceil(months * (0.3 + 0.65 * u[5] / 0.08)), age)
    start = sold["day"].to_numpy()
    return pd.DataFrame(
        {
            "car": car,
            "who": who,
            "lease": lease,
            "start": start,
            "months": months,
            "cents": np.round(rate).astype(np.int64),
            "end": _months_later(start, age),
            "defaulted": defaulted & (_months_later(start, age) < p.DAYS),
        }
    )


def _default(block: Block, who: np.ndarray, months: np.ndarray, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whether and in which month a contract defaults: constant hazard that grows with the customer's credit risk."""
    hazard = 0.0006 * np.exp(0.9 * block.latents["credit_risk"].to_numpy()[who])
    month = np.ceil(streams.exponential(u) / hazard)
    return month < months, np.minimum(month, months)


def _months_later(day: np.ndarray, months: np.ndarray) -> np.ndarray:
    """Day number some calendar months later, counting 30.4375 days a month."""
    return day + np.round(months * 30.4375).astype(np.int64)
