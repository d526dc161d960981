"""Service tickets: who writes in, about what, and how long the desk takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.experience import Experience
from crmlab.simulate.shop import settings as s
from crmlab.simulate.texts import take, text

TOPICS = ("delivery", "damaged", "wrong item", "invoice", "account", "other")
CHANNELS = ("mail", "phone", "chat")
CHANCE = 0.052  # of a ticket after an order, for a customer of mean propensity
PROPENSITY_SPREAD = 0.7  # log-sd of the propensity apart from satisfaction
PROPENSITY_SLOPE = -0.3  # change of its logarithm with satisfaction
RETURN_FACTOR = 4.0  # times as many tickets after a return
OPENING_CHANCE = 1.15  # times as many for each store of the region in its first eight weeks
OPENING_SLOW = 1.4  # and the first response takes that many times as long
_TOPIC_SHARES = np.array([[0.40, 0.10, 0.08, 0.14, 0.14, 0.14], [0.08, 0.36, 0.30, 0.14, 0.02, 0.10]])
_CHANNEL_SHARES = (0.50, 0.30, 0.20)
_FIRST_HOURS = np.array([16.0, 6.5, 3.0])  # median time to the first response, by channel
_FIRST_SPREAD = 1.2  # log-sd
_SOLVE_HOURS = np.array([20.0, 40.0, 36.0, 12.0, 4.0, 10.0])  # median from response to solution, by topic
_SOLVE_SPREAD = 1.0
_COMPLAINT_LOG_ODDS = np.array([-0.4, 0.5, 0.4, -1.2, -2.8, -2.2])
_COMPLAINT_SLOPE = -0.5  # change of the log-odds with satisfaction
_DELAY_DAYS = 4.0  # mean time from the order to the ticket


@dataclass(frozen=True)
class Tickets:
    """Tickets with the arrays that surveys need.

    Attributes
    ----------
    table, truth : pandas.DataFrame
        The visible table and what is planted in it.
    propensity : numpy.ndarray, shape (n,)
        Tickets after an order relative to the mean customer.
    who, day : numpy.ndarray of int
        Position of the customer and day number of each ticket.
    late : numpy.ndarray of bool
        First response later than 24 hours.
    """

    table: pd.DataFrame
    truth: pd.DataFrame
    propensity: np.ndarray
    who: np.ndarray
    day: np.ndarray
    late: np.ndarray


def draw_tickets(known: Experience) -> Tickets:
    """Draw the tickets of one block of customers.

    Parameters
    ----------
    known : Experience
        The customers and their transactions.

    Returns
    -------
    Tickets
        By time of opening. A ticket that is not answered, or not solved, when the window ends has no such time.
    """
    n = len(known.ids)
    u = streams.stream(known.seed, s.COMPANY, known.block, "ticket propensity").random(n)
    log = PROPENSITY_SPREAD * streams.normal(u) + PROPENSITY_SLOPE * known.satisfaction
    propensity = np.exp(log - (PROPENSITY_SPREAD**2 + PROPENSITY_SLOPE**2) / 2)
    rng = streams.stream(known.seed, s.COMPANY, known.block, "tickets")
    busy = known.opening[known.region[known.order], known.day]
    chance = CHANCE * propensity[known.order] * OPENING_CHANCE**busy * np.where(known.is_return, RETURN_FACTOR, 1.0)
    cause = np.flatnonzero(rng.random(len(known.order)) < chance)
    u = rng.random((8, len(cause)))
    hour = 24 * (known.day[cause] + 0.4 + _DELAY_DAYS * streams.exponential(u[0]))
    hour = np.floor(hour / 24) * 24 + _hour_of_day(u[1])
    keep = np.flatnonzero(hour < 24 * s.DAYS)
    keep = keep[np.argsort(hour[keep], kind="stable")]
    return _describe(known, propensity, cause[keep], np.floor(hour[keep] * 60).astype(np.int64), u[2:, keep])


def _hour_of_day(u: np.ndarray) -> np.ndarray:
    """Hours from 7 to 23, most of them in the daytime."""
    return 7 + 16 * streams.beta(2.0, 2.4, u)


def _describe(
    known: Experience, propensity: np.ndarray, cause: np.ndarray, minute: np.ndarray, u: np.ndarray
) -> Tickets:
    """Draw what each ticket is about and how the desk deals with it."""
    who, day = known.order[cause], minute // 1440
    topic = streams.choose_each(_TOPIC_SHARES[known.is_return[cause].astype(np.int64)], u[0])
    channel = streams.choose(list(_CHANNEL_SHARES), u[1])
    usual = _FIRST_HOURS[channel] * np.exp(_FIRST_SPREAD * streams.normal(u[2]))
    first = usual * OPENING_SLOW ** known.opening[known.region[who], day]
    solved = first + _SOLVE_HOURS[topic] * np.exp(_SOLVE_SPREAD * streams.normal(u[3]))
    odds = _COMPLAINT_LOG_ODDS[topic] + _COMPLAINT_SLOPE * known.satisfaction[who]
    left = s.DAYS * 24 - minute / 60
    first, usual, solved = (np.maximum(np.round(hours, 2), 0.01) for hours in (first, usual, solved))
    ids = known.numbered("T", len(who))
    table = pd.DataFrame(
        {
            "ticket_id": ids,
            "customer_id": known.ids.take(who).reset_index(drop=True),
            "opened": (s.START.to_datetime64() + minute.astype("timedelta64[m]")).astype("datetime64[us]"),
            "topic": text(take(TOPICS, topic)),
            "channel": text(take(CHANNELS, channel)),
            "first_response_hours": np.where(first < left, first, np.nan),
            "resolution_hours": np.where(solved < left, solved, np.nan),
            "is_complaint": u[4] < 1 / (1 + np.exp(-odds)),
        }
    )
    truth = pd.DataFrame({"ticket_id": ids, "first_response_hours_without_openings": usual})
    return Tickets(table, truth, propensity, who, day, first > 24)
