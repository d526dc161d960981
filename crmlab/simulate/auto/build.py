"""The car group as tables: one block of customers, or the whole company."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from crmlab.simulate.assembly import Tables, assemble
from crmlab.simulate.auto import company, departments, effects, fleets, programme, selling, servicing, voice
from crmlab.simulate.auto import parameters as p
from crmlab.simulate.auto.customers import Block, dealer_ids, draw_block, numbered, profile
from crmlab.simulate.texts import digits, join, pick, take, text

SALES_A_BLOCK, VISITS_A_BLOCK = 100_000, 1_000_000  # room for numbers, so that a block knows its own


def simulate_auto(customers: int, seed: int) -> tuple[Tables, Tables]:
    """Simulate the car group: private customers, fleet accounts, dealers and the A/B/C programme.

    Parameters
    ----------
    customers : int
        Number of private customers.
    seed : int
        Same seed, same rows.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        What the company sees; columns in :data:`crmlab.schema.auto.COLUMNS`.
    truth : dict of str to pandas.DataFrame
        What was planted; columns in :data:`crmlab.schema.auto.TRUTH_COLUMNS`.

    Examples
    --------
    >>> tables, truth = simulate_auto(50, seed=1)
    >>> len(tables["customers"]), len(tables["fleets"]), sorted(truth)[:2]
    (50, 120, ['customers', 'dealers'])
    """
    tables, truth = assemble(simulate_auto_block, company_tables, customers, seed)
    return tables, {**truth, "realised": effects.realised(tables, truth["outcomes"])}


def company_tables(seed: int) -> tuple[Tables, Tables]:
    """Return the tables that do not depend on the private customers: dealers, models, rules, fleets; what is planted.

    Examples
    --------
    >>> tables, truth = company_tables(1)
    >>> len(tables["dealers"]), len(tables["fleets"]), sorted(truth)
    (24, 120, ['dealers', 'effects', 'fleets', 'parameters'])
    """
    accounts, years = fleets.simulate_fleets(seed)
    dealers = company.dealers(seed)
    tables = {
        "dealers": dealers,
        "models": company.models(),
        "class_rules": company.class_rules(),
        "memo": company.memo(),
        "fleets": accounts,
        "fleet_years": years,
        "account_rules": fleets.account_rules(),
    }
    truth = {
        "dealers": pd.DataFrame({"dealer_id": dealers["dealer_id"], "quality": company.quality(seed).round(6)}),
        "fleets": fleets.levels_by_contribution(years),
        "parameters": effects.parameters(),
        "effects": effects.effects(),
    }
    return tables, truth


def simulate_auto_block(block: int, n: int, seed: int) -> tuple[Tables, Tables]:
    """Simulate one block of private customers alone.

    Parameters
    ----------
    block : int
        Number of the block, from 0.
    n : int
        Customers in it, at most :data:`crmlab.simulate.streams.BLOCK`.
    seed : int
        Same seed, same rows.

    Returns
    -------
    tables, truth : dict of str to pandas.DataFrame
        The tables that have rows by customer, visible and planted.

    Examples
    --------
    >>> tables, truth = simulate_auto_block(3, 20, seed=1)
    >>> tables["customers"]["customer_id"].iloc[0], len(truth["customers"])
    ('C0030001', 20)
    """
    who = draw_block(block, n, seed)
    history, classes, calls, outcomes = programme.run(who)
    cars, visits = _in_order(history)
    credit = selling.contracts(who, cars)
    contacts, *_ = programme.History(cars, visits, history.left).yearly(n)
    ids = who.ids()
    first = cars.groupby("who")["day"].min().to_numpy()
    complaints = voice.complaints(who, visits)
    files, links = departments.records(who, *_standing(cars, visits, credit, complaints))
    tables = {
        "customers": profile(who, first),
        "sales": _sales(who, ids, cars),
        "service_visits": _visits(who, ids, cars, visits),
        "finance_contracts": _contracts(who, ids, credit),
        "classes": _classes(ids, classes),
        "calls": _dated(ids, calls, outcome=take(programme.CALL_OUTCOMES, calls["outcome"].to_numpy())),
        "complaints": _dated(
            ids, complaints, day="opened", topic=take(voice.TOPICS, complaints["topic"].to_numpy())
        ).assign(response_hours=complaints["hours"]),
        "surveys": _named(ids, voice.surveys(who, contacts)),
        **files,
    }
    truth = {
        "customers": _latents(ids, who, history.left),
        "outcomes": _outcomes(ids, outcomes),
        "links": links,
    }
    return tables, truth


def _in_order(history: programme.History) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cars and visits by customer and day; visits refer to the new rows of the cars."""
    order = np.lexsort((history.cars["day"].to_numpy(), history.cars["who"].to_numpy()))
    row = np.empty(len(order), dtype=np.int64)
    row[order] = np.arange(len(order))
    visits = history.visits.assign(car=row[history.visits["car"].to_numpy()])
    visits = visits.iloc[np.lexsort((visits["day"].to_numpy(), visits["who"].to_numpy()))]
    return history.cars.iloc[order].reset_index(drop=True), visits.reset_index(drop=True)


def _standing(
    cars: pd.DataFrame, visits: pd.DataFrame, credit: pd.DataFrame, complaints: pd.DataFrame
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """For each department: whom it knows, since which year, and how it rates them."""
    events = {"sales": (cars, "day"), "aftersales": (visits, "day"), "finance": (credit, "start")}
    members, since, rating = {}, {}, {}
    for department, (table, day) in events.items():
        people = table.groupby("who")
        members[department] = np.array(people.size().index)
        since[department] = p.year_of(people[day].min().to_numpy()) + p.YEARS[0]
        if department == "sales":
            top, watch = people["cents"].sum().to_numpy() >= 4_000_000, np.zeros(len(people), bool)
        elif department == "aftersales":
            top, watch = people.size().to_numpy() >= 6, np.isin(members[department], complaints["who"].to_numpy())
        else:
            top, watch = people.size().to_numpy() >= 2, people["defaulted"].any().to_numpy()
        rating[department] = np.where(watch, "watch", np.where(top, "top", "normal"))
    return members, since, rating


def _of(ids: pd.Series, who: pd.Series) -> pd.Series:
    """Customer ids of positions."""
    return ids.take(who.to_numpy()).reset_index(drop=True)


def _sale_ids(block: Block, row: np.ndarray) -> pd.Series:
    return numbered("S", block.number * SALES_A_BLOCK + 1 + row)


def _sales(block: Block, ids: pd.Series, cars: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sale_id": _sale_ids(block, np.arange(len(cars))),
            "customer_id": _of(ids, cars["who"]),
            "date": p.showroom().date(cars["day"].to_numpy()),
            "dealer_id": dealer_ids(cars["dealer"].to_numpy()),
            "model_id": text(join("M", digits(cars["model"].to_numpy() + 1, 2))),
            "price": cars["cents"] / 100,
            "trade_in": cars["trade_in"],
        }
    )


def _visits(block: Block, ids: pd.Series, cars: pd.DataFrame, visits: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "visit_id": numbered("V", block.number * VISITS_A_BLOCK + 1 + np.arange(len(visits))),
            "customer_id": _of(ids, visits["who"]),
            "sale_id": _sale_ids(block, visits["car"].to_numpy()),
            "date": p.workshop().date(visits["day"].to_numpy()),
            "dealer_id": dealer_ids(visits["dealer"].to_numpy()),
            "work": text(take(servicing.WORK, visits["work"].to_numpy())),
            "labour": visits["labour"] / 100,
            "parts": visits["parts"] / 100,
        }
    )


def _contracts(block: Block, ids: pd.Series, credit: pd.DataFrame) -> pd.DataFrame:
    end = credit["end"].to_numpy()
    return pd.DataFrame(
        {
            "contract_id": numbered("K", block.number * SALES_A_BLOCK + 1 + np.arange(len(credit))),
            "customer_id": _of(ids, credit["who"]),
            "sale_id": _sale_ids(block, credit["car"].to_numpy()),
            "kind": text(pick(credit["lease"].to_numpy().astype(int), "loan", "lease")),
            "start": p.showroom().date(credit["start"].to_numpy()),
            "months": credit["months"],
            "monthly_rate": credit["cents"] / 100,
            "ended": pd.Series(p.showroom().date(end)).where(end < p.DAYS),
            "defaulted": credit["defaulted"],
        }
    )


def _classes(ids: pd.Series, classes: dict[int, np.ndarray]) -> pd.DataFrame:
    parts = []
    for year, of in classes.items():
        known = np.flatnonzero(of != programme.UNKNOWN)
        label = text(take(p.CLASSES, of[known]))
        parts.append(pd.DataFrame({"who": known, "year": year, "class": label}))
    return _named(ids, pd.concat(parts).sort_values(["who", "year"], kind="stable"))


def _named(ids: pd.Series, table: pd.DataFrame) -> pd.DataFrame:
    """Put the customer's id in place of the position."""
    table = table.reset_index(drop=True)
    return pd.DataFrame({"customer_id": _of(ids, table["who"]), **table.drop(columns="who")})


def _dated(ids: pd.Series, table: pd.DataFrame, day: str = "date", **columns: pa.Array) -> pd.DataFrame:
    """Customer, date, and text columns of a table of positions and days, by customer."""
    made = {name: text(values) for name, values in columns.items()}
    frame = pd.DataFrame(
        {"customer_id": _of(ids, table["who"]), day: p.showroom().date(table["day"].to_numpy()), **made}
    )
    return frame


def _latents(ids: pd.Series, block: Block, left: np.ndarray) -> pd.DataFrame:
    latents = block.latents
    gone = np.isfinite(left)
    day = p.showroom().day(np.where(gone, left, 0))
    return pd.DataFrame(
        {
            "customer_id": ids,
            "segment": text(take([s.name for s in p.SEGMENTS], latents["segment"].to_numpy())),
            "purchase_rate": latents["purchase_rate"].round(9).clip(lower=1e-9),
            "dropout_probability": latents["dropout_probability"].round(6),
            "price_level": latents["mean_order_value"].round(0),
            "visit_rate": latents["visit_rate"].round(3).clip(lower=1e-3),
            "visit_decay": latents["decay"].round(3),
            "sales_lift": latents["sales_lift"].round(3),
            "satisfaction": latents["satisfaction"].round(2),
            "credit_risk": latents["credit_risk"].round(2),
            "left_make": pd.Series(p.showroom().date(day)).where(gone),
        }
    )


def _outcomes(ids: pd.Series, outcomes: pd.DataFrame) -> pd.DataFrame:
    made = outcomes.sort_values(["who", "year"], kind="stable", ignore_index=True)
    return pd.DataFrame(
        {
            "customer_id": _of(ids, made["who"]),
            "year": made["year"],
            "class": text(take(p.CLASSES, made["class"].to_numpy())),
            **{name: made[name] for name in ("loyal_flat", "loyal_without", "loyal_with")},
            **{name: made[name] / 100 for name in ("sales_without", "sales_with")},
        }
    )
