"""Attributes of customers as groups: what an audit of fairness compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from crmlab.errors import DataError, nearest

AGES = (("under 30", 0, 29), ("30 to 44", 30, 44), ("45 to 59", 45, 59), ("60 and over", 60, 200))
USUAL = ("age_group", "gender", "region")
MOST_GROUPS = 12
UNKNOWN = "not known"
ORDERS = (
    (0, "no order"),
    (1, "1 order"),
    (2, "2 orders"),
    (3, "3 to 5 orders"),
    (6, "6 to 9 orders"),
    (10, "10 or more"),
)
RECENCY = ((0, "up to 30 days"), (31, "31 to 90 days"), (91, "91 to 365 days"), (366, "over a year"))


def group_columns(
    people: pd.DataFrame | None, customers: pd.Series, day: pd.Timestamp, attributes: Sequence[str] | None
) -> pd.DataFrame:
    """Name the group of each customer, for each attribute.

    Parameters
    ----------
    people : pandas.DataFrame or None
        Attributes, indexed by customer. ``birth_year`` becomes ``age_group``, the age reached in the year of ``day``.
    customers : pandas.Series
        The customers to look up.
    day : pandas.Timestamp
        Day of the audit.
    attributes : sequence of str or None
        Which; default: age group, gender and region where they are known, else every column of text with 2 to 12
        different values.

    Returns
    -------
    pandas.DataFrame
        One row a customer, one column an attribute, the cells holding group names; a value that is missing is a
        group of its own, ``not known``.

    Raises
    ------
    DataError
        For an attribute that does not exist, or one with more than 12 groups.

    Examples
    --------
    >>> people = pd.DataFrame({"birth_year": [1990, 1950], "gender": ["F", None]}, index=["A", "B"])
    >>> group_columns(people, pd.Series(["B", "A"]), pd.Timestamp("2025-06-01"), None).values.tolist()
    [['60 and over', 'not known'], ['30 to 44', 'F']]
    """
    if people is None:
        if attributes:
            raise DataError("attributes are named, but there is no table of customers: audit(policy, data, customers).")
        return pd.DataFrame(index=range(len(customers)))
    known = people.reindex(pd.Index(customers)).reset_index(drop=True)
    if "birth_year" in known and "age_group" not in known:
        known["age_group"] = _age_groups(known["birth_year"], day)
    names = list(attributes) if attributes is not None else _usual(known)
    for name in names:
        if name not in known:
            raise DataError(
                f"customers has no attribute {name!r}.{nearest(name, known.columns)} It has {', '.join(known.columns)}."
            )
        if known[name].nunique() > MOST_GROUPS:
            raise DataError(
                f"customers, column {name!r}: {known[name].nunique():,} different values; an audit compares up to "
                f"{MOST_GROUPS} groups. Join values into groups first, e.g. with pd.cut."
            )
    return pd.DataFrame({name: _named(known[name]) for name in names}, index=known.index)


def behaviour(measured: pd.DataFrame) -> pd.Series:
    """Class of each customer by how often and how recently they bought.

    Parameters
    ----------
    measured : pandas.DataFrame
        ``orders`` and ``days_since_last``.

    Returns
    -------
    pandas.Series of str

    Examples
    --------
    >>> behaviour(pd.DataFrame({"orders": [4], "days_since_last": [40]})).tolist()
    ['3 to 5 orders, 31 to 90 days']
    """
    often, recent = (_classes(measured[c], cuts) for c, cuts in (("orders", ORDERS), ("days_since_last", RECENCY)))
    return often + ", " + recent


def _named(column: pd.Series) -> Any:
    """Group names in the order of the categories where there is one, else of the alphabet; the unknown last."""
    names = column.astype("str").where(column.notna(), UNKNOWN)
    ordered = [str(c) for c in column.cat.categories] if isinstance(column.dtype, pd.CategoricalDtype) else []
    there = set(names)
    return pd.Categorical(
        names, [*(ordered or sorted(there - {UNKNOWN})), *([UNKNOWN] if UNKNOWN in there else [])]
    ).remove_unused_categories()


def _classes(values: pd.Series, cuts: tuple[tuple[int, str], ...]) -> pd.Series:
    at = np.searchsorted([low for low, _ in cuts], values.to_numpy(), side="right") - 1
    return pd.Series(np.array([name for _, name in cuts], dtype=object)[at.clip(0)], dtype="str")


def _age_groups(birth_year: pd.Series, day: pd.Timestamp) -> pd.Series:
    age = day.year - pd.to_numeric(birth_year, errors="coerce").astype("float64")
    edges = [low for _, low, _ in AGES] + [AGES[-1][2] + 1]
    return pd.cut(age, edges, right=False, labels=[name for name, _, _ in AGES])


def _usual(known: pd.DataFrame) -> list[str]:
    usual = [name for name in USUAL if name in known]
    if usual:
        return usual
    texts = known.select_dtypes(include=["str", "object", "category", "bool"])
    return [str(c) for c in texts if 2 <= texts[c].nunique() <= MOST_GROUPS]
