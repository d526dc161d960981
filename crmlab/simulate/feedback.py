"""The feedback programme of the stores: a score that rises from 75 to 85, and how little of it is satisfaction.

In the second year customers are asked by mail. In the third the programme starts: staff hand a tablet to customers at
the till, more often to those who look content, and people are kinder on a tablet than by mail. So the mean of the
responses rises by 10 points, while the same customer asked the same way gives :data:`EFFECT` points more.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.experience import Experience
from crmlab.simulate.shop import settings as s
from crmlab.simulate.texts import take, text

BEFORE, START, END = 364, 728, s.DAYS  # day numbers: a year by mail, then a year of the programme
SCORE = 74.6  # expected score by mail before the programme, of a customer of mean satisfaction
SLOPE = 7.0  # points for a standard unit of satisfaction
NOISE = 5.0  # sd of one response around the customer's own level, points
EFFECT = 2.0  # points that the programme adds, before the score is cut off at 100
TABLET = 4.5  # points that the tablet adds, before the cut
REACHED = 0.85  # slope of the log-rate of being handed a tablet on satisfaction
_RATE = (1.5, 0.5, 1.7)  # responses a year of an active store customer: mail before, mail after, tablet
_ANSWERS = 0.1  # slope of the log-rate of answering a mail on satisfaction
_ANGRY = 1.6  # times as many mails answered by those below -1.5
_SHAPE = 1.5  # of the gamma spread of the customers' rates
_ACTIVE_DAYS = 182  # after the last purchase
MODES = ("mail", "tablet")
_WEEKDAYS = (0.9, 0.9, 0.95, 1.0, 1.2, 1.5, 0.55)


def draw_feedback(known: Experience) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Draw the responses of one block of customers.

    Parameters
    ----------
    known : Experience
        The customers and their transactions.

    Returns
    -------
    responses : pandas.DataFrame
        One row a response, by date.
    truth : pandas.DataFrame
        One row a customer: ``feedback_propensity`` (responses relative to the mean customer) and ``usual_score``
        (expected score by mail before the programme; points).
    """
    n = len(known.ids)
    u = streams.stream(known.seed, s.COMPANY, known.block, "feedback").random((4, n))
    propensity = streams.gamma(_SHAPE, u[0]) / _SHAPE
    level = SCORE + SLOPE * known.satisfaction
    mails = np.exp(_ANSWERS * known.satisfaction) * np.where(known.satisfaction < -1.5, _ANGRY, 1.0)
    tablets = np.exp(REACHED * known.satisfaction - REACHED**2 / 2)
    parts = []
    for part, (begin, end, rate, weight) in enumerate(
        [(BEFORE, START, _RATE[0], mails), (START, END, _RATE[1], mails), (START, END, _RATE[2], tablets)]
    ):
        opened = np.append(known.opened, END)[known.store]
        since = np.clip(np.maximum(known.first, opened), begin, end)
        until = np.clip(known.last + _ACTIVE_DAYS, since, end)
        count = streams.poisson(rate * weight * propensity * (until - since) / 364, u[1 + part])
        who = np.repeat(np.arange(n), count)
        parts.append((who, since[who], until[who], np.full(len(who), part)))
    who, since, until, column = (np.concatenate(pieces) for pieces in zip(*parts, strict=True))
    return _responses(known, who, since, until, column, level), pd.DataFrame(
        {"feedback_propensity": np.maximum(propensity.round(4), 1e-4), "usual_score": level.round(2)}
    )


def _responses(
    known: Experience, who: np.ndarray, since: np.ndarray, until: np.ndarray, column: np.ndarray, level: np.ndarray
) -> pd.DataFrame:
    """Draw day and score of each response."""
    u = streams.stream(known.seed, s.COMPANY, known.block, "feedback responses").random((2, len(who)))
    day = _open_day(since, until, u[0])
    score = level[who] + EFFECT * (column > 0) + TABLET * (column == 2) + NOISE * streams.normal(u[1])
    order = np.lexsort((who, day))
    who, day = who[order], day[order]
    return pd.DataFrame(
        {
            "feedback_id": known.numbered("F", len(who)),
            "store_id": known.store_ids.take(known.store[who]).reset_index(drop=True),
            "customer_id": known.ids.take(who).reset_index(drop=True),
            "date": s.calendar().date(day),
            "mode": text(take(MODES, (column[order] == 2).astype(np.int64))),
            "score": np.clip(np.rint(score[order]), 0, 100).astype(np.int64),
        }
    )


def _open_day(since: np.ndarray, until: np.ndarray, u: np.ndarray) -> np.ndarray:
    """A day of the interval, by the stores' weekdays."""
    days = np.arange(s.DAYS)
    total = np.concatenate([[0.0], np.cumsum(np.array(_WEEKDAYS)[days % 7])])
    at = total[since] + u * (total[until] - total[since])
    return np.clip(np.searchsorted(total, at, side="right") - 1, since, until - 1)
