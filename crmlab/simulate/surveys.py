"""Surveys: who is asked, who answers, and what they say and write."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import special

from crmlab.simulate import streams
from crmlab.simulate.comments import sentiment_of, write_comments
from crmlab.simulate.experience import Experience
from crmlab.simulate.shop import settings as s
from crmlab.simulate.texts import pick, text
from crmlab.simulate.tickets import Tickets

WAVES = tuple(range(84, s.DAYS - 21, 91))  # day numbers: once a quarter
INVITED = 0.42  # share of recent customers who are asked in a wave
RECENT_DAYS = 365  # since the last purchase
NEVER_BOUGHT = 10_000  # days ago
LATE_EFFECT = -0.6  # on the experience, of a first response after more than 24 hours in the last half-year
LATE_DAYS = 182
ANSWER_LOG_ODDS = (-1.0, 0.45, 1.4)  # constant, slope on experience, slope on how far it lies below -1
_OWN, _WAVE = 0.8, 0.6  # weight of the lasting satisfaction and of the day's luck in the experience
_CSAT_CUTS = (-1.6, -1.0, -0.35, 0.75)
_NOISE = 0.35
ENGLISH_SHARE = 0.1  # of the answers of those who prefer Chinese


def draw_surveys(known: Experience, tickets: Tickets) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Ask the customers of one block, wave by wave.

    Parameters
    ----------
    known : Experience
        The customers and their transactions.
    tickets : Tickets
        From :func:`crmlab.simulate.tickets.draw_tickets`.

    Returns
    -------
    invitations : pandas.DataFrame
        Everybody who was asked.
    surveys : pandas.DataFrame
        The answers of those who answered.
    truth : pandas.DataFrame
        For each invitation the experience, the chance of an answer, and what the answer is or would have been.
    """
    rng = streams.stream(known.seed, s.COMPANY, known.block, "surveys")
    who, wave = _invited(known, rng)
    u = rng.random((19, len(who)))
    late = _recent_late(tickets, who, wave)
    experience = _OWN * known.satisfaction[who] + _WAVE * streams.normal(u[0]) + LATE_EFFECT * late
    constant, slope, angry = ANSWER_LOG_ODDS
    chance = special.expit(constant + slope * experience + angry * np.maximum(-1 - experience, 0))
    answered = u[1] < chance
    csat = 1 + np.searchsorted(_CSAT_CUTS, experience + _NOISE * streams.normal(u[2]))
    nps = np.clip(np.rint(7.3 + 1.9 * experience + 0.8 * streams.normal(u[3])), 0, 10).astype(np.int64)
    chinese = known.chinese[who] & (u[4] >= ENGLISH_SHARE)
    sentiment = sentiment_of(experience, u[5])
    comment, style, theme = write_comments(sentiment, chinese, u[6:16])
    wrote = answered & (u[16] < np.minimum(0.45 + 0.2 * np.abs(experience), 0.95))
    day = np.minimum(wave + np.floor(3 * streams.exponential(u[17])).astype(np.int64), wave + 20)
    ids, customers = known.numbered("Q", len(who)), known.ids.take(who).reset_index(drop=True)
    said = np.flatnonzero(answered)
    invitations = pd.DataFrame({"survey_id": ids, "customer_id": customers, "date": s.calendar().date(wave)})
    surveys = pd.DataFrame(
        {
            "survey_id": ids,
            "customer_id": customers,
            "date": s.calendar().date(day),
            "csat": csat,
            "nps": nps,
            "comment": text(_where(wrote, comment)),
            "language": text(pick(chinese.astype(np.int64), "en", "zh")),
        }
    )
    truth = pd.DataFrame(
        {
            "survey_id": ids,
            "experience": experience.round(3),
            "late_response": late,
            "answer_probability": chance.round(6),
            "csat_if_answered": csat,
            "nps_if_answered": nps,
            "sentiment": np.where(wrote, sentiment, np.nan),
            "style": text(_where(wrote, style)),
            "theme": text(_where(wrote, theme)),
        }
    )
    return invitations, surveys.take(said).reset_index(drop=True), truth


def _invited(known: Experience, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Positions and waves of those who are asked: recent customers, by lot; by wave, then customer."""
    waves = np.array(WAVES)
    last = np.full((len(waves), len(known.ids)), -NEVER_BOUGHT)
    row = np.searchsorted(waves, known.day, side="right")  # the first wave after each purchase
    inside = row < len(waves)
    np.maximum.at(last, (row[inside], known.order[inside]), known.day[inside])
    last = np.maximum.accumulate(last, axis=0)
    asked = (waves[:, None] - last < RECENT_DAYS) & (rng.random(last.shape) < INVITED)
    wave, who = np.nonzero(asked)
    return who, waves[wave]


def _recent_late(tickets: Tickets, who: np.ndarray, wave: np.ndarray) -> np.ndarray:
    """Whether the customer waited more than a day for a first response in the half-year before the wave."""
    late = np.flatnonzero(tickets.late)
    key = np.sort(tickets.who[late] * (4 * s.DAYS) + tickets.day[late])
    until = np.searchsorted(key, who * (4 * s.DAYS) + wave - 2, side="left")  # answered by then, or waiting two days
    since = np.searchsorted(key, who * (4 * s.DAYS) + np.maximum(wave - LATE_DAYS, 0), side="left")
    return until > since


def _where(here: np.ndarray, texts: pa.Array) -> pa.Array:
    """Keep texts in some rows; the others are missing."""
    return pc.if_else(pa.array(here), texts, pa.scalar(None, pa.large_string()))
