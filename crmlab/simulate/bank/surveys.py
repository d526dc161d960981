"""Satisfaction, what the CRM system does to it, and who answers when asked.

The system raises satisfaction a little. The headline is larger: once a branch works with it, managers ask their
customers for an answer, and those who like the bank are the ones who give it; before, the annoyed answered more often.
Whether a customer answers depends on standing satisfaction, not on the mood of the day, so comparing the same customers
before and after, with customers of branches that did not change over, removes the bias.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import special

from crmlab.simulate import streams, texts
from crmlab.simulate.bank import settings as plan
from crmlab.simulate.bank.contracts import Lives
from crmlab.simulate.bank.population import Branches, Latents


class Moods(NamedTuple):
    """Satisfaction of each customer (rows) in each wave (columns): 0 to 100, in both worlds; and who would answer.

    ``asked`` says whose contract runs at the end of the wave's month, ``live`` whose branch works with the system.
    """

    asked: np.ndarray
    live: np.ndarray
    without: np.ndarray
    with_: np.ndarray
    answers: np.ndarray

    @property
    def satisfaction(self) -> np.ndarray:
        """Satisfaction as it came out."""
        return np.where(self.live, self.with_, self.without)


def draw_moods(latents: Latents, lives: Lives, branches: Branches, branch: np.ndarray, block: int, seed: int) -> Moods:
    """Draw satisfaction in all waves, with and without the system, and the probability of an answer."""
    n, waves = len(branch), np.array(list(plan.WAVES.values()))
    noise = streams.normal(streams.stream(seed, "bank", block, "moods").random((n, len(waves))))
    standing = plan.SATISFACTION_LEVEL + plan.TRAIT_SPREAD * latents.trait + branches.quality[branch]
    standing += np.array([s.satisfaction for s in plan.SEGMENTS])[latents.segment]
    mood = standing[:, None] + plan.WAVE_SHIFT + plan.ANSWER_SPREAD * noise
    live = lives.live[:, None] <= waves
    (base, slope), (base_live, slope_live) = plan.RESPONSE, plan.RESPONSE_LIVE
    trait = latents.trait[:, None]
    return Moods(
        asked=(latents.opened[:, None] <= waves) & (waves < lives.ended[:, None]),
        live=live,
        without=_scale(mood),
        with_=_scale(mood + latents.satisfaction_effect[:, None]),
        answers=special.expit(np.where(live, base_live + slope_live * trait, base + slope * trait)),
    )


def _scale(points: np.ndarray) -> np.ndarray:
    return np.clip(np.round(points), 0, 100).astype(np.int64)


def survey_table(moods: Moods, ids: pa.Array, block: int, seed: int) -> pd.DataFrame:
    """Make the survey: a row for everyone asked; date, satisfaction and NPS answer are missing without an answer."""
    rng = streams.stream(seed, "bank", block, "surveys")
    u = rng.random((3, *moods.asked.shape))
    wave, who = np.nonzero(moods.asked.T)
    answered = (u[0] < moods.answers)[who, wave]
    score = moods.satisfaction[who, wave]
    recommend = np.round(0.1 * score + 1.0 + 1.3 * streams.normal(u[1][who, wave]))
    names = list(plan.WAVES)
    month = np.array(list(plan.WAVES.values()))[wave]
    date = plan.month_start(month) + np.floor(21 * u[2][who, wave]).astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "customer_id": texts.text(ids.take(pa.array(who))),
            "wave": texts.text(texts.take(names, wave)),
            "date": pd.Series(date).where(answered),
            "satisfaction": pd.Series(score, dtype="Int64").where(answered),
            "nps": pd.Series(np.clip(recommend, 0, 10).astype(np.int64), dtype="Int64").where(answered),
        }
    )


def satisfaction_truth(moods: Moods, ids: pa.Array) -> pd.DataFrame:
    """List everybody's satisfaction in each wave, with and without the system, and the probability of an answer."""
    wave, who = np.nonzero(moods.asked.T)
    return pd.DataFrame(
        {
            "customer_id": texts.text(ids.take(pa.array(who))),
            "wave": texts.text(texts.take(list(plan.WAVES), wave)),
            "satisfaction_without": moods.without[who, wave],
            "satisfaction_with": moods.with_[who, wave],
            "response_probability": np.round(moods.answers[who, wave], 6),
        }
    )
