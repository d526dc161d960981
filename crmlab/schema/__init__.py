"""The tables: column names, dtypes, units, and checks with readable errors.

A table of your own is checked against the contract of its kind::

    crmlab.schema.check(my_orders, "transactions")

The tables of the simulated companies have contracts of their own, ``"retail.customers"``, and what was planted
in them as well, ``"retail.truth.customers"``; they stand in :mod:`crmlab.schema.retail` and its neighbours.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING, Any

from crmlab.errors import DataError, UnknownNameError, nearest

if TYPE_CHECKING:
    import pandas as pd

CUSTOMER = "customer_id"
DATE = "date"
AMOUNT = "amount"

# table -> column -> (kind, may be missing, what it means with its unit)
Columns = dict[str, dict[str, tuple[str, bool, str]]]

COMPANIES = ("retail", "bank", "auto")
COLUMNS: Columns = {
    "transactions": {
        "order_id": ("key", False, "one order; unique"),
        "customer_id": ("id", False, "who bought"),
        "date": ("date", False, "day of the order"),
        "amount": ("money", False, "value of the order, in the currency of the data set"),
    },
    "customer_summary": {
        "customer_id": ("key", False, "one customer; unique"),
        "frequency": ("count", False, "repeat purchases: days with a purchase after the first"),
        "recency": ("duration", False, "first to last purchase, in the time unit asked for"),
        "T": ("duration", False, "first purchase to the as-of date, in the time unit asked for"),
        "monetary_value": ("money", True, "mean value of a repeat purchase; missing without one"),
    },
}


# kind -> dtype at rest; an integer or a flag that may be missing takes the nullable one
_DTYPES = {
    "key": "str", "id": "str", "text": "str", "date": "datetime64[us]", "timestamp": "datetime64[us]",
    "money": "float64", "rate": "float64", "share": "float64", "duration": "float64", "number": "float64",
    "score": "float64", "count": "int64", "flag": "bool",
}  # fmt: skip
_NULLABLE = {"count": "Int64", "flag": "boolean"}


def columns(table: str) -> dict[str, tuple[str, bool, str]]:
    """Return the columns of a table: name to kind, may be missing, meaning with its unit.

    Parameters
    ----------
    table : str
        ``"transactions"`` or ``"customer_summary"`` for a table of your own; ``"<company>.<table>"`` or
        ``"<company>.truth.<table>"`` for a simulated one.

    Raises
    ------
    UnknownNameError
        If there is no such table.

    Examples
    --------
    >>> columns("transactions")["amount"][0]
    'money'
    """
    known = COLUMNS
    company, _, name = table.partition(".")
    if name and company in COMPANIES:
        visible, truth = columns_of_company(company)
        known = {f"{company}.{t}": c for t, c in visible.items()} | {
            f"{company}.truth.{t}": c for t, c in truth.items()
        }
    if table not in known:
        raise UnknownNameError(f"No contract for a table {table!r}.{nearest(table, known)} Known: {', '.join(known)}.")
    return known[table]


def columns_of_company(company: str) -> tuple[Columns, Columns]:
    """Return the columns of a simulated company's visible tables, and of its truth."""
    module = importlib.import_module(f"crmlab.schema.{company}")
    return module.COLUMNS, module.TRUTH_COLUMNS


def typed(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return the frame's contract columns, in order, with the dtypes that they have at rest.

    Parameters
    ----------
    frame : pandas.DataFrame
        With all columns of the contract.
    table : str
        As in :func:`columns`.
    """
    wanted = {
        column: _NULLABLE.get(kind, _DTYPES[kind]) if missing else _DTYPES[kind]
        for column, (kind, missing, _) in columns(table).items()
    }
    return frame[list(wanted)].astype(wanted).reset_index(drop=True)


@cache
def contract(table: str) -> Any:
    """Return the pandera schema of a table.

    Parameters
    ----------
    table : str
        As in :func:`columns`.

    Raises
    ------
    UnknownNameError
        If there is no such table.

    Examples
    --------
    >>> list(contract("customer_summary").columns)
    ['customer_id', 'frequency', 'recency', 'T', 'monetary_value']
    """
    import pandera.pandas as pa

    checks = {
        "rate": pa.Check.gt(0, error="a rate is above 0"),
        "share": pa.Check.in_range(0, 1, error="a share lies between 0 and 1"),
        "count": pa.Check.ge(0, error="a count is 0 or more"),
        "duration": pa.Check.ge(0, error="a duration is 0 or more"),
        "money": pa.Check(lambda s: s.abs() < 1e12, error="an amount is finite and below 1,000,000,000,000"),
        "number": pa.Check(lambda s: s.abs() < float("inf"), error="a number is finite"),
        "flag": pa.Check.isin([True, False], error="True or False"),
    }
    coerced = ("date", "timestamp", "money", "rate", "share", "duration", "number", "score")
    return pa.DataFrameSchema(
        {
            column: pa.Column(
                _DTYPES[kind] if kind in coerced else None,
                checks=checks.get(kind),
                nullable=missing,
                unique=kind == "key",
                coerce=kind in coerced,
                description=meaning,
            )
            for column, (kind, missing, meaning) in columns(table).items()
        },
        name=table,
    )


def check(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Check a table against its contract and return it with the contract's dtypes.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table to check; extra columns are left alone.
    table : str
        The contract's name, see :func:`contract`.

    Returns
    -------
    pandas.DataFrame
        A checked copy: dates are datetimes, money is float.

    Raises
    ------
    DataError
        Names the columns, counts the offending rows, and shows the first five.

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"order_id": ["O1"], "customer_id": ["C1"], "date": ["2025-01-02"], "amount": [9.5]})
    >>> check(orders, "transactions").dtypes["amount"]
    dtype('float64')
    """
    from pandera.errors import SchemaErrors

    wanted = columns(table)
    absent = [c for c in wanted if c not in frame.columns]
    if absent:
        hint = nearest(absent[0], [str(c) for c in frame.columns])
        raise DataError(
            f"Table {table!r} has no column {absent[0]!r}.{hint} "
            f"It needs {', '.join(wanted)}; it has {', '.join(map(str, frame.columns)) or 'none'}."
        )
    try:
        return contract(table).validate(frame, lazy=True)
    except SchemaErrors as problem:
        cases = problem.failure_cases
        lines = []
        for (column, rule), bad in cases.groupby(["column", "check"], sort=False, dropna=False):
            shown = ", ".join(
                f"row {i}: {v!r}" for i, v in zip(bad["index"].head(5), bad["failure_case"].head(5), strict=True)
            )
            lines.append(f"column {column!r}, {len(bad):,} rows break the rule '{_plain(str(rule))}' ({shown})")
        raise DataError(f"Table {table!r}: " + "; ".join(lines) + ". Mend or set these rows aside.") from None


def _plain(rule: str) -> str:
    """Put pandera's own rule names in words; ours are words already."""
    if rule.startswith("not_nullable"):
        return "no value is missing"
    if rule.startswith("field_uniqueness"):
        return "each value occurs once"
    if rule.startswith(("coerce_dtype", "dtype")):
        return "each value has the right type: " + rule.split("(")[-1].strip(")'\"")
    return rule
