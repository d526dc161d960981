"""Corporate clients: their facilities, defaults and losses, and the seven functions of relationship management.

The seven functions are those of the financing industry's norm: information, relationship, interaction, satisfaction,
channel, service and forecast. Managers report a score for each client and year; the same score follows from indicators
by the formulas of :func:`relation_norm`, and some reports are better than the facts.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import special

from crmlab.simulate import people, streams, texts
from crmlab.simulate.bank import settings as plan

RATINGS = ("AAA", "AA", "A", "BBB", "BB", "B", "CCC")
DEFAULT_PER_YEAR = np.array([0.001, 0.002, 0.005, 0.012, 0.03, 0.08, 0.20])
_RATING_WEIGHTS = (0.04, 0.10, 0.22, 0.32, 0.20, 0.09, 0.03)
INDUSTRIES = ("manufacturing", "trade", "logistics", "energy", "real estate", "health", "services", "public")
_INDUSTRY_WEIGHTS = (0.22, 0.20, 0.10, 0.10, 0.12, 0.10, 0.12, 0.04)
KINDS = ("corporate loan", "project finance", "leasing")
LOSS_GIVEN_DEFAULT = (0.45, 0.30, 0.25)
_LOSS_CONCENTRATION = 6.0
_MEDIAN_LIMIT, _LIMIT_SPREAD = (1_200_000.0, 15_000_000.0, 300_000.0), (0.8, 0.7, 0.7)
_TERMS = ((24, 84), (120, 240), (36, 72))  # months, shortest and longest
_MOST_FACILITIES = 6
FUNCTIONS = ("information", "relationship", "interaction", "satisfaction", "channel", "service", "forecast")
OVERSTATED_SHARE = 0.08


def relation_norm() -> pd.DataFrame:
    """Return how each function's score (0 to 100) follows from the indicators, and the score that the norm asks for."""
    rows = {
        "information": ("100 * fields_filled / 20", 90),
        "relationship": ("100 * people_met / people_known", 60),
        "interaction": ("min(100, 100 * meetings / 12)", 50),
        "satisfaction": ("satisfaction", 70),
        "channel": ("100 * channels_used / 5", 60),
        "service": ("100 * requests_in_time / requests, or 100 without requests", 90),
        "forecast": ("max(0, 100 * (1 - abs(exposure_forecast - exposure) / exposure))", 85),
    }
    return pd.DataFrame(
        {
            "function": pd.Series(list(rows), dtype="str"),
            "formula": pd.Series([formula for formula, _ in rows.values()], dtype="str"),
            "target": [float(target) for _, target in rows.values()],
        }
    )


def scores_from_indicators(indicators: pd.DataFrame) -> pd.DataFrame:
    """Compute the seven scores from the indicators, by the formulas of :func:`relation_norm`, to one decimal."""
    i = indicators
    share = (i["requests_in_time"] / i["requests"].clip(lower=1)).where(i["requests"] > 0, 1.0)
    missed = (i["exposure_forecast"] - i["exposure"]).abs() / i["exposure"]
    scores = {
        "information": 100 * i["fields_filled"] / 20,
        "relationship": 100 * i["people_met"] / i["people_known"],
        "interaction": (100 * i["meetings"] / 12).clip(upper=100),
        "satisfaction": i["satisfaction"].astype(float),
        "channel": 100 * i["channels_used"] / 5,
        "service": 100 * share,
        "forecast": (100 * (1 - missed)).clip(lower=0),
    }
    return pd.DataFrame({name: score.round(1) for name, score in scores.items()})


def simulate_corporate(block: int, n: int, seed: int) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Simulate the corporate book that goes with a block of ``n`` private customers: one client for twenty of them.

    A client defaults on all of its running facilities at once, at a constant rate that depends on the rating only.
    """
    count = -(-n // plan.CUSTOMERS_PER_CLIENT)
    first = block * (streams.BLOCK // plan.CUSTOMERS_PER_CLIENT)
    ids = texts.join("K", texts.digits(first + 1 + np.arange(count), 6))
    u = streams.stream(seed, "bank", block, "clients").random((6, count))
    industry = streams.choose(list(_INDUSTRY_WEIGHTS), u[0])
    rating = streams.choose(list(_RATING_WEIGHTS), u[1])
    size = streams.normal(u[2])
    clients = pd.DataFrame(
        {
            "client_id": texts.text(ids),
            "industry": texts.text(texts.take(INDUSTRIES, industry)),
            "region": texts.text(texts.take(people.REGIONS, streams.choose([0.28, 0.31, 0.17, 0.24], u[3]))),
            "employees": np.round(np.exp(4.4 + 1.2 * size)).astype(np.int64) + 1,
        }
    )
    hazard = -np.log1p(-DEFAULT_PER_YEAR)[rating] / 12
    ruin = plan.FIRST + np.floor(np.minimum(streams.exponential(u[4]) / hazard, 10_000)).astype(np.int64)
    quality = streams.normal(u[5])
    book = _facilities(ids, industry, rating, size, ruin, block, seed)
    exposure = book["facilities"].groupby("client_id")["exposure"].sum().reindex(clients["client_id"]).to_numpy()
    relations, faults = _relations(ids, quality, exposure, block, seed)
    tables = {"clients": clients, "facilities": book["facilities"], "defaults": book["defaults"], **relations}
    hidden = {
        "clients": pd.DataFrame(
            {
                "client_id": texts.text(ids),
                "default_probability": DEFAULT_PER_YEAR[rating],
                "relation_quality": np.round(quality, 6),
            }
        ),
        "facilities": book["truth"],
        "relation_faults": faults,
    }
    return tables, hidden


def _facilities(
    ids: pa.Array, industry: np.ndarray, rating: np.ndarray, size: np.ndarray, ruin: np.ndarray, block: int, seed: int
) -> dict[str, pd.DataFrame]:
    """Facilities of the clients, what was lost of them, and what was to be expected; ``ruin`` is a client's default."""
    rng = streams.stream(seed, "bank", block, "facilities")
    many = np.minimum(1 + streams.poisson(np.full(len(size), 1.2), rng.random(len(size))), _MOST_FACILITIES)
    who = np.repeat(np.arange(len(size)), many)
    number = np.arange(len(who)) - np.repeat(np.cumsum(many) - many, many) + 1
    u = rng.random((8, len(who)))
    builds = np.isin(industry[who], [INDUSTRIES.index(i) for i in ("energy", "real estate", "public")])
    kind = streams.choose_each(np.where(builds[:, None], [0.40, 0.45, 0.15], [0.60, 0.0, 0.40]), u[0])
    spread = np.array(_LIMIT_SPREAD)[kind] * streams.normal(u[1]) + 0.4 * size[who]
    limit = np.maximum(np.round(np.array(_MEDIAN_LIMIT)[kind] * np.exp(spread), -4), 10_000)
    shortest, longest = np.array(_TERMS).T
    term = shortest[kind] + np.floor(u[2] * (longest - shortest + 1)[kind]).astype(np.int64)
    # seven in ten ran on 1 January 2023; the others began in the 30 months after that
    running = u[3] < 0.7
    start = plan.FIRST + np.where(running, -np.floor(u[4] * 0.9 * term), 1 + np.floor(u[4] * 30)).astype(np.int64)
    begin, maturity = np.maximum(start, plan.FIRST), start + term
    # loans are drawn freely, the other kinds are paid down in equal parts
    drawn = np.where(kind == 0, special.expit(0.6 + streams.normal(u[5])), (maturity - begin) / term)
    exposure = np.round(limit * drawn, 2)
    risk, loss = DEFAULT_PER_YEAR[rating[who]], np.array(LOSS_GIVEN_DEFAULT)[kind]
    margin = 0.009 + 0.35 * risk + 0.002 * kind + 0.003 * streams.normal(u[6])
    facilities = pd.DataFrame(
        {
            "facility_id": texts.text(texts.join(ids.take(pa.array(who)), "-", texts.digits(number))),
            "client_id": texts.text(ids.take(pa.array(who))),
            "kind": texts.text(texts.take(KINDS, kind)),
            "limit": limit,
            "exposure": exposure,
            "rating": texts.text(texts.take(RATINGS, rating[who])),
            "start": plan.month_start(start),
            "maturity": plan.month_start(maturity),
            "margin": np.round(np.maximum(margin, 0.003), 4),
        }
    )
    month = ruin[who]
    hit = (start <= month) & (month < np.minimum(maturity, plan.END))
    still = np.where(kind == 0, 1.0, (maturity - month) / (maturity - begin))
    truth = pd.DataFrame(
        {
            "facility_id": facilities["facility_id"],
            "default_probability": risk,
            "loss_given_default": loss,
            "expected_loss": np.round(exposure * risk * loss, 2),
        }
    )
    owed = np.round(exposure * still * 100).astype(np.int64)
    defaults = _defaults(facilities["facility_id"], kind, month, owed, u[7])
    return {"facilities": facilities, "defaults": defaults[hit].reset_index(drop=True), "truth": truth}


def _defaults(
    facility: pd.Series, kind: np.ndarray, month: np.ndarray, owed: np.ndarray, u: np.ndarray
) -> pd.DataFrame:
    """What would be lost (beta around the mean of the kind) if each facility defaulted in its month; cents owed."""
    severity = np.empty(len(u))
    for position, mean in enumerate(LOSS_GIVEN_DEFAULT):
        mine = kind == position
        severity[mine] = streams.beta(mean * _LOSS_CONCENTRATION, (1 - mean) * _LOSS_CONCENTRATION, u[mine])
    lost = np.round(owed * severity).astype(np.int64)
    return pd.DataFrame(
        {
            "facility_id": facility,
            "date": plan.month_start(np.minimum(month, plan.END)),
            "exposure_at_default": owed / 100,
            "recovered": (owed - lost) / 100,
            "loss": lost / 100,
        }
    )


def _relations(
    ids: pa.Array, quality: np.ndarray, exposure: np.ndarray, block: int, seed: int
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Indicators of three years, the scores that managers report, and the reports that are better than the facts."""
    rows = 3 * len(quality)
    rng = streams.stream(seed, "bank", block, "relation")
    u = rng.random((9, rows))
    q = np.repeat(quality, 3)
    good = special.expit(q)  # between 0 and 1
    known = 2 + np.floor(u[0] * 7).astype(np.int64)
    requests = streams.poisson(np.full(rows, 9.0), u[1])
    owed = np.repeat(exposure, 3) * np.exp(0.15 * streams.normal(u[2]))
    client = texts.text(ids.take(pa.array(np.repeat(np.arange(len(quality)), 3))))
    year = np.tile(np.arange(2023, 2026), len(quality))
    keys = {"client_id": client, "year": year}
    indicators = pd.DataFrame(
        {
            **keys,
            "fields_filled": np.clip(np.round(12 + 7 * good + 2 * streams.normal(u[3])), 5, 20).astype(np.int64),
            "people_known": known,
            "people_met": np.minimum(1 + np.floor(known * (0.2 + 0.6 * good) * (0.5 + u[4])).astype(np.int64), known),
            "meetings": streams.poisson(2 + 7 * good, u[5]),
            "satisfaction": np.clip(np.round(60 + 20 * good + 8 * streams.normal(u[6])), 0, 100).astype(np.int64),
            "channels_used": 1 + np.floor(4.999 * (0.25 + 0.5 * good + 0.25 * (u[7] - 0.5)) * 0.99).astype(np.int64),
            "requests": requests,
            "requests_in_time": np.round(requests * (0.6 + 0.4 * good) * (0.9 + 0.1 * u[4])).astype(np.int64),
            "exposure_forecast": np.round(owed * np.exp(0.25 * (1.3 - good) * streams.normal(u[8])), 2),
            "exposure": np.round(owed, 2),
        }
    )
    right = scores_from_indicators(indicators).to_numpy()
    v = rng.random((2, *right.shape))
    raised = np.minimum(np.round(right + 8 + 17 * v[1], 1), 100.0)
    false = (v[0] < OVERSTATED_SHARE) & (raised > right)
    reported = np.where(false, raised, right)
    scores = pd.DataFrame({**keys, **{name: reported[:, j] for j, name in enumerate(FUNCTIONS)}})
    row, column = np.nonzero(false)
    faults = pd.DataFrame(
        {
            "client_id": client.take(row).reset_index(drop=True),
            "year": year[row],
            "function": texts.text(texts.take(FUNCTIONS, column)),
            "reported": reported[row, column],
            "right": right[row, column],
        }
    )
    return {"relation_indicators": indicators, "relation_scores": scores}, faults
