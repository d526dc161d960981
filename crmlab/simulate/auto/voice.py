"""What customers say: yearly satisfaction surveys and complaints."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import special

from crmlab.simulate import streams
from crmlab.simulate.auto import company
from crmlab.simulate.auto import parameters as p
from crmlab.simulate.auto.customers import Block

TOPICS = ("waiting time", "workmanship", "price", "friendliness", "delivery", "paperwork")
_TOPIC_WEIGHTS = [5.0, 4.0, 4.0, 2.0, 2.0, 1.0]
_CSAT_EDGES = [-1.7, -0.9, -0.2, 0.8]


def surveys(block: Block, contacts: np.ndarray) -> pd.DataFrame:
    """Draw the answers to the yearly survey, sent to customers with a purchase or visit in the year.

    Very content and very discontent customers answer more often: the mean of the answers is not the mean of the
    customers.

    Parameters
    ----------
    block : Block
        The customers.
    contacts : numpy.ndarray, shape (n, 8)
        Purchases and visits by year.

    Returns
    -------
    pandas.DataFrame
        ``who, year, csat, nps``.
    """
    u = block.stream("surveys").random((4, len(p.YEARS), block.n))
    own = block.latents["satisfaction"].to_numpy() + company.quality(block.seed)[block.home]
    felt = 0.8 * own + 0.6 * streams.normal(u[0])
    answers = (u[1] < special.expit(-1.75 + 0.45 * np.abs(felt - 0.3) + 0.1 * felt)) & (contacts.T > 0)
    year, who = np.nonzero(answers)
    order = np.lexsort((year, who))
    year, who = year[order], who[order]
    mood = felt[year, who]
    recommends = 7.3 + 1.9 * mood + 0.9 * streams.normal(u[2][year, who])
    return pd.DataFrame(
        {
            "who": who,
            "year": year + p.YEARS[0],
            "csat": np.searchsorted(_CSAT_EDGES, mood) + 1,
            "nps": np.clip(np.round(recommends), 0, 10).astype(np.int64),
        }
    )


def complaints(block: Block, visits: pd.DataFrame) -> pd.DataFrame:
    """Draw complaints after workshop visits: ``who, day, topic, hours`` to the first response.

    Parameters
    ----------
    block : Block
        The customers.
    visits : pandas.DataFrame
        Visits in their final order.
    """
    u = block.stream("complaints").random((4, len(visits)))
    who, dealer = visits["who"].to_numpy(), visits["dealer"].to_numpy()
    mood = block.latents["satisfaction"].to_numpy()[who] + company.quality(block.seed)[dealer]
    day = visits["day"].to_numpy() + np.floor(10 * u[1]).astype(np.int64)
    opened = np.flatnonzero((u[0] < 0.03 * np.exp(-0.45 * mood)) & (day < p.DAYS))
    hours = np.exp(np.log(19.0) - 0.4 * company.quality(block.seed)[dealer] + 0.9 * streams.normal(u[2]))
    return pd.DataFrame(
        {
            "who": who[opened],
            "day": day[opened],
            "topic": streams.choose(_TOPIC_WEIGHTS, u[3][opened]),
            "hours": np.round(np.clip(hours[opened], 0.2, 2_000), 1),
        }
    )
