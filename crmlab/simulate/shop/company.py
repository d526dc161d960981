"""Tables of the company that depend on the seed alone: stores, prices of service, margins."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.people import REGIONS
from crmlab.simulate.shop import settings as s
from crmlab.simulate.shop.effects import effects
from crmlab.simulate.shop.text import pick


def stores(seed: int) -> pd.DataFrame:
    """Draw the stores: five in each region, opened in 2023, with a programme from a date drawn by lot.

    Parameters
    ----------
    seed : int
        Same seed, same stores.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``COLUMNS["stores"]``. In each region one store starts the programme at each date of
        ``COHORTS`` and one never does.

    Examples
    --------
    >>> table = stores(1)
    >>> len(table), int(table["programme_start"].isna().sum())
    (20, 4)
    """
    u = streams.stream(seed, s.COMPANY, "stores").random((2, len(REGIONS), s.STORES_A_REGION))
    first, last = s.day_of("2023-03-01"), s.day_of("2023-12-01")
    opened = np.sort((first + np.floor(u[0] * (last - first))).astype(np.int64), axis=1)
    cohort = np.argsort(u[1], axis=1, kind="stable").ravel()
    position = np.arange(cohort.size)
    starts = pd.Series([*pd.to_datetime(list(s.COHORTS)), pd.NaT]).astype("datetime64[us]")
    return pd.DataFrame(
        {
            "store_id": [f"S{i + 1:02d}" for i in position],
            "region": pick(REGIONS, position // s.STORES_A_REGION),
            "opened": s.calendar().date(opened.ravel()),
            "programme_start": starts.take(cohort).to_numpy(),
        }
    )


def company_tables(seed: int) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Return the tables that no block of customers changes.

    Parameters
    ----------
    seed : int
        Same seed, same tables.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        ``stores``, ``categories`` (margins) and ``service_costs``.
    truth : dict of str to pandas.DataFrame
        ``effects`` and ``parameters``.

    Examples
    --------
    >>> tables, truth = company_tables(1)
    >>> list(tables), list(truth)
    (['stores', 'categories', 'service_costs'], ['effects', 'parameters'])
    """
    categories = pd.DataFrame({"category": list(s.CATEGORIES), "margin": [m for m, _ in s.CATEGORIES.values()]})
    costs = pd.DataFrame({"kind": list(s.SERVICE_COSTS), "unit_cost": list(s.SERVICE_COSTS.values())})
    tables = {"stores": stores(seed), "categories": categories, "service_costs": costs}
    return tables, {"effects": effects(), "parameters": parameters()}


def parameters() -> pd.DataFrame:
    """Return everything planted by number: one row a segment and parameter.

    Examples
    --------
    >>> table = parameters().set_index(["segment", "parameter"])["value"]
    >>> float(table["all", "gold_spend"])
    500.0
    """
    rows: list[tuple[str, str, float]] = []
    for segment, mix in zip(s.SEGMENTS, s.by_segment(s.CHANNEL_MIX), strict=True):
        own = {"weight": segment.weight, **segment.behaviour.as_dict(), "satisfaction": segment.satisfaction}
        own |= {"referral_rate": segment.referral_rate}
        own |= {f"lift_{action}": lift for action, lift in segment.lift.items()}
        own |= {"return_probability": s.RETURN_MEAN[segment.name], "discounted": s.DISCOUNTED[segment.name]}
        own |= {f"channel {name}": share for name, share in zip(s.CHANNELS, mix, strict=True)}
        for era, taste in (("taste", segment.taste), ("later taste", segment.later_taste)):
            own |= {f"{era} {name}": w / sum(taste) for name, w in zip(s.CATEGORIES, taste, strict=True)}
        rows += [(segment.name, name, value) for name, value in own.items()]
    whole = {f"level of month {i + 1}": level for i, level in enumerate(s.MONTH)}
    whole |= {f"level of weekday {i + 1}": level for i, level in enumerate(s.WEEKDAY)}
    whole |= {f"programme factor {c}": f for c, f in zip(s.COHORTS, s.COHORT_FACTOR, strict=True)}
    for what, by_channel in (
        ("acquisition_cost", s.ACQUISITION_COST),
        ("visits_of_reached", s.VISITS_OF_REACHED),
        ("orders_of_visits", s.ORDERS_OF_VISITS),
    ):
        whole |= {f"{what} {name}": value for name, value in by_channel.items()}
    whole |= {"programme_ramp_weeks": s.RAMP_WEEKS, "gold_spend": s.GOLD_SPEND, "gold_extra_orders": s.GOLD_EXTRA}
    whole |= {"redeems": s.REDEEMS, "redeems_in_quarter": s.REDEEMS_IN_QUARTER}
    rows += [("all", name, float(value)) for name, value in whole.items()]
    table = pd.DataFrame(rows, columns=["segment", "parameter", "value"])
    return table.astype({"segment": "str", "parameter": "str"}).assign(value=table["value"].astype(float).round(6))
