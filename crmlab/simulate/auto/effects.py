"""What was planted, in one table each: parameters, effects, and what became of the effects in one draw."""

from __future__ import annotations

import pandas as pd

from crmlab.simulate.auto import parameters as p

Tables = dict[str, pd.DataFrame]
_YEAR = p.PROGRAMME_YEARS[0]
_EVERY = f"class A in January {_YEAR}"
_CALLED = f"class C in January {_YEAR}"
_FIXED = f"class A in January {_YEAR}, home dealer began in {_YEAR}"
_TODAY = f"class A in January {_YEAR + 1}, home dealer began in {_YEAR}"
_FACTORS = {
    "headline": (_TODAY, "2024 / 2023 - 1: the naive figure, with the list of January 2025"),
    "same_people": (_FIXED, "2024 / 2023 - 1 with the list of January 2024: also naive"),
    "true_effect": (_EVERY, "2024 with the programme / 2024 without it - 1"),
    "market": (_FIXED, "2024 without the programme / the same in a market as in 2023 - 1"),
    "regression_to_the_mean": (_FIXED, "2024 without programme and upswing / 2023 - 1"),
    "other_people": ("both lists", "(1 + headline) / (1 + same people) - 1: other people are on the later list"),
    "selection": ("both lists", "(1 + regression to the mean) (1 + other people) - 1"),
}
# expected values; the true effect on sales and the market follow from the parameters, the others were counted once
# in 3,000,000 simulated customers
_EXPECTED = {
    "headline_loyalty": 0.222,
    "same_people_loyalty": -0.157,
    "true_effect_loyalty": 0.062,
    "market_loyalty": 0.024,
    "regression_to_the_mean_loyalty": -0.225,
    "other_people_loyalty": 0.45,
    "selection_loyalty": 0.124,
    "headline_sales": 0.294,
    "same_people_sales": -0.643,
    "true_effect_sales": 0.08,
    "market_sales": 0.172,
    "regression_to_the_mean_sales": -0.718,
    "other_people_sales": 2.625,
    "selection_sales": 0.023,
    "true_effect_calls": 0.072,
}


def effects() -> pd.DataFrame:
    """Return the planted effects with their expected values, and the naive figures that they lead to.

    Loyalty is the share of customers who bought a car or visited a workshop of the network in the year; sales are the
    net price of the cars bought in the year, per customer. For both,
    1 + headline = (1 + true effect) (1 + market) (1 + regression to the mean) (1 + other people).

    Returns
    -------
    pandas.DataFrame
        ``name, population, estimand, unit, value``.

    Examples
    --------
    >>> float(effects().set_index("name")["value"]["true_effect_sales"])
    0.08
    """
    rows = [
        (f"{name}_{what}", population, f"{what}: {estimand}", "relative change")
        for what in ("loyalty", "sales")
        for name, (population, estimand) in _FACTORS.items()
    ]
    follow_up = "loyalty: 2024 with a follow-up call / 2024 without it - 1"
    rows.append(("true_effect_calls", _CALLED, follow_up, "relative change"))
    table = pd.DataFrame(rows, columns=["name", "population", "estimand", "unit"])
    return table.assign(value=[_EXPECTED[name] for name in table["name"]])


def realised(tables: Tables, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Count the effects in one draw, from its tables and potential outcomes.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        The visible tables of the whole company.
    outcomes : pandas.DataFrame
        The potential outcomes.

    Returns
    -------
    pandas.DataFrame
        ``name`` as in :func:`effects`, and ``value``, missing where there is nobody to count. Here the true effect of
        the programme is that on the customers who had it, so that the factors multiply to the headline.
    """
    before, after = yearly(tables, _YEAR - 1), yearly(tables, _YEAR)
    fixed, today = (class_a(tables, year) for year in (_YEAR, _YEAR + 1))
    first = outcomes[outcomes["year"] == _YEAR]
    mine = first[first["customer_id"].isin(fixed)]
    values: dict[str, float] = {}
    for what, column, level in (("loyalty", "loyal", 0.0), ("sales", "sales", p.showroom().upswing(_YEAR))):
        then = before.loc[fixed, column].mean()
        without, with_ = mine[f"{column}_without"].mean(), mine[f"{column}_with"].mean()
        flat = without / level if level else mine["loyal_flat"].mean()
        headline = _ratio(after.loc[today, column].mean(), before.loc[today, column].mean())
        factors = {
            "headline": headline,
            "same_people": _ratio(with_, then),
            "true_effect": _ratio(with_, without),
            "market": _ratio(without, flat),
            "regression_to_the_mean": _ratio(flat, then),
            "other_people": _ratio(headline, _ratio(with_, then)),
            "selection": _ratio(headline * flat, with_),
        }
        values |= {f"{name}_{what}": factor - 1 for name, factor in factors.items()}
    called = first[first["class"] == "C"]
    values["true_effect_calls"] = _ratio(called["loyal_with"].mean(), called["loyal_without"].mean()) - 1
    return pd.DataFrame({"name": list(values), "value": list(values.values())}).round({"value": 6})


def yearly(tables: Tables, year: int) -> pd.DataFrame:
    """Loyalty and sales of each customer in a year, as the visible tables show them.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        The visible tables.
    year : int
        Calendar year.

    Returns
    -------
    pandas.DataFrame
        By ``customer_id``: ``loyal`` (bought a car or visited a workshop of the network in the year) and ``sales``
        (net price of the cars bought in the year).
    """
    cars, visits = (t[t["date"].dt.year == year] for t in (tables["sales"], tables["service_visits"]))
    ids = tables["customers"]["customer_id"]
    spent = cars.groupby("customer_id")["price"].sum().reindex(ids, fill_value=0.0)
    seen = ids.isin(pd.concat([cars["customer_id"], visits["customer_id"]]))
    return pd.DataFrame({"loyal": seen.to_numpy(), "sales": spent.to_numpy()}, index=pd.Index(ids))


def class_a(tables: Tables, year: int) -> pd.Index:
    """Customers of class A in January of a year whose home dealer began the programme in its first year."""
    starts = tables["dealers"].set_index("dealer_id")["programme_start"].dt.year
    home = tables["customers"].set_index("customer_id")["home_dealer"]
    classes = tables["classes"]
    a = classes.loc[(classes["year"] == year) & (classes["class"] == "A"), "customer_id"]
    return pd.Index(a[a.map(home).map(starts).to_numpy() == _YEAR])


def _ratio(top: float, bottom: float) -> float:
    """Quotient, missing where there is nothing to compare with."""
    return top / bottom if bottom else float("nan")


def parameters() -> pd.DataFrame:
    """Return the planted parameters: ``name, value``."""
    rows: list[tuple[str, float]] = []
    for segment, service in zip(p.SEGMENTS, p.SERVICE, strict=True):
        named = {"weight": segment.weight, **segment.behaviour.as_dict(), "satisfaction": segment.satisfaction}
        named |= {"visits": service.visits, "decay": service.decay, "finance": service.finance}
        rows += [(f"{segment.name}: {name}", value) for name, value in named.items()]
    rows += [
        ("visit_shape", p.VISIT_SHAPE),
        ("decay_shape", p.DECAY_SHAPE),
        ("warranty_years", float(p.WARRANTY_YEARS)),
        ("held_shape", p.HELD_SHAPE),
        ("held_years", p.HELD_YEARS),
        ("sales_lift", p.SALES_LIFT),
        ("lift_shape", p.LIFT_SHAPE),
        ("reminded", p.REMINDED),
        ("reached", p.REACHED),
        ("booked", p.BOOKED),
    ]
    rows += [(f"showroom level {y}", level) for y, level in zip(p.YEARS, p.SHOWROOM_YEARS, strict=True)]
    rows += [(f"workshop level {y}", level) for y, level in zip(p.YEARS, p.WORKSHOP_YEARS, strict=True)]
    return pd.DataFrame(rows, columns=["name", "value"]).round({"value": 6})
