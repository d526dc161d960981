"""Workshop visits: frequent under warranty, drifting away from the dealer network afterwards."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.auto import parameters as p
from crmlab.simulate.auto.customers import Block
from crmlab.simulate.auto.selling import elsewhere

WORK = ("inspection", "repair", "tyres", "recall", "parts")
INSPECTION = 0
HOME_SHARE = 0.88
_HOUR_CENTS = 9_600
_HOURS = np.array([2.0, 2.5, 1.0, 0.0, 0.0])
_PARTS_CENTS = np.array([6_500, 19_000, 21_000, 0, 7_500])


def draw_visits(block: Block, cars: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Draw the visits that come of owning the cars.

    Visits to the network are a Poisson process in workshop time, with the customer's rate under warranty and
    falling exponentially with the age of the car after it.

    Parameters
    ----------
    block : Block
        The customers.
    cars : pandas.DataFrame
        Cars by row, from :mod:`crmlab.simulate.auto.selling`.
    kind : str
        Name of the stream.

    Returns
    -------
    pandas.DataFrame
        ``who, car`` (row of ``cars``), ``day, dealer, work, labour, parts`` (cents), ``base``.
    """
    calendar, rng = p.workshop(), block.stream(kind)
    buyer, sold = cars["who"].to_numpy(), cars["day"].to_numpy()
    begin, end = calendar.week(sold + 1), calendar.week(cars["held_until"].to_numpy())
    rate = block.latents["visit_rate"].to_numpy()[buyer] / p.WEEKS_A_YEAR
    count = streams.poisson(rate * np.maximum(end - begin, 0), rng.random(len(cars)))
    car = np.repeat(np.arange(len(cars)), count)
    u = rng.random((2, len(car)))
    day = calendar.day(begin[car] + u[0] * (end - begin)[car])
    age = (day - sold[car]) / 365.25
    decay = block.latents["decay"].to_numpy()[buyer[car]]
    stays = u[1] < np.exp(-decay * np.maximum(age - p.WARRANTY_YEARS, 0))
    return details(block, car[stays], buyer[car[stays]], day[stays], age[stays], f"{kind} details").assign(base=True)


def details(
    block: Block, car: np.ndarray, who: np.ndarray, day: np.ndarray, age: np.ndarray, kind: str
) -> pd.DataFrame:
    """Draw dealer, work, labour and parts of visits; an age below 0 means a booked inspection."""
    u = block.stream(kind).random((5, len(car)))
    one, ripe = np.ones(len(car)), np.maximum(age, 0)
    weights = np.column_stack([0.55 * one, 0.12 + 0.05 * ripe, 0.2 * one, 0.05 * one, 0.05 + 0.01 * ripe])
    work = np.where(age < 0, INSPECTION, streams.choose_each(weights, u[2]))
    half_hours = np.ceil(_HOURS[work] * 2 * (0.6 + 0.8 * u[3])).astype(np.int64)
    return pd.DataFrame(
        {
            "who": who,
            "car": car,
            "day": day,
            "dealer": elsewhere(block.home[who], u[0], u[1], HOME_SHARE),
            "work": work,
            "labour": half_hours * _HOUR_CENTS // 2,
            "parts": np.round(_PARTS_CENTS[work] * streams.gamma(1.5, u[4]) / 1.5).astype(np.int64),
        }
    )


def held_car(cars: pd.DataFrame, n: int, year: int) -> np.ndarray:
    """Row of the latest car that each customer bought before a year and keeps to its end; -1 for none."""
    first, after = p.YEAR_BEGINS[year - p.YEARS[0]], p.YEAR_BEGINS[year - p.YEARS[0] + 1]
    kept = np.flatnonzero((cars["day"].to_numpy() < first) & (cars["held_until"].to_numpy() >= after))
    found = np.full(n, -1)
    np.maximum.at(found, cars["who"].to_numpy()[kept], kept)
    return found


def booked_visits(
    block: Block, car: np.ndarray, who: np.ndarray, earliest: np.ndarray, latest: np.ndarray, kind: str
) -> pd.DataFrame:
    """Draw one booked inspection for each car given, on a working day between two day numbers."""
    calendar = p.workshop()
    u = block.stream(kind).random(len(who))
    begin, end = calendar.week(earliest), calendar.week(latest)
    day = np.minimum(calendar.day(begin + u * (end - begin)), latest - 1)
    return details(block, car, who, day, np.full(len(who), -1.0), f"{kind} details").assign(base=False)
