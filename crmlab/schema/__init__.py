"""The tables: column names, dtypes, units, and checks with readable errors.

Every table that crmlab ships passes its contract here, and a table of your own is
checked against the same contract::

    crmlab.schema.check(my_orders, "transactions")
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from crmlab.errors import DataError, UnknownNameError, nearest

if TYPE_CHECKING:
    import pandas as pd

CUSTOMER = "customer_id"
DATE = "date"
AMOUNT = "amount"

# table -> column -> (kind, may be missing, what it means with its unit)
COLUMNS: dict[str, dict[str, tuple[str, bool, str]]] = {
    "transactions": {
        "order_id": ("key", False, "one order; unique"),
        "customer_id": ("id", False, "who bought"),
        "date": ("date", False, "day of the order"),
        "amount": ("money", False, "value of the order, in the currency of the data set"),
    },
    "customers": {
        "customer_id": ("key", False, "one customer; unique"),
        "signup_date": ("date", False, "day of the first order"),
        "region": ("text", False, "region of the delivery address"),
        "channel": ("text", False, "channel that brought the customer"),
        "voucher": ("flag", True, "drawn for the voucher (True), held back (False), not yet a customer (missing)"),
    },
    "truth": {
        "customer_id": ("key", False, "one customer; unique"),
        "purchase_rate": ("rate", False, "orders per week while active"),
        "dropout_probability": ("share", False, "chance to leave for good after a repeat order"),
        "mean_order_value": ("money", False, "long-run mean value of an order"),
        "last_active": ("date", True, "day on which the customer left for good; missing if still active"),
        "orders_without_voucher": ("count", True, "orders in the eight voucher weeks if not sent the voucher"),
        "orders_with_voucher": ("count", True, "orders in the eight voucher weeks if sent the voucher"),
    },
    "customer_summary": {
        "customer_id": ("key", False, "one customer; unique"),
        "frequency": ("count", False, "repeat purchases: days with a purchase after the first"),
        "recency": ("duration", False, "first to last purchase, in the time unit asked for"),
        "T": ("duration", False, "first purchase to the as-of date, in the time unit asked for"),
        "monetary_value": ("money", True, "mean value of a repeat purchase; missing without one"),
    },
}


@cache
def contract(table: str) -> Any:
    """Return the pandera schema of a table.

    Parameters
    ----------
    table : str
        One of ``transactions``, ``customers``, ``truth``, ``customer_summary``.

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

    if table not in COLUMNS:
        raise UnknownNameError(
            f"No contract for a table {table!r}.{nearest(table, COLUMNS)} Known: {', '.join(COLUMNS)}."
        )
    dtypes = {"date": "datetime64[us]", "money": float, "rate": float, "share": float, "duration": float}
    checks = {
        "rate": pa.Check.gt(0, error="a rate is above 0"),
        "share": pa.Check.in_range(0, 1, error="a share lies between 0 and 1"),
        "count": pa.Check.ge(0, error="a count is 0 or more"),
        "duration": pa.Check.ge(0, error="a duration is 0 or more"),
        "money": pa.Check(lambda s: s.abs() < 1e9, error="an amount is finite and below 1,000,000,000"),
        "flag": pa.Check.isin([True, False], error="True or False"),
    }
    return pa.DataFrameSchema(
        {
            column: pa.Column(
                dtypes.get(kind),
                checks=checks.get(kind),
                nullable=missing,
                unique=kind == "key",
                coerce=kind in dtypes,
                description=meaning,
            )
            for column, (kind, missing, meaning) in COLUMNS[table].items()
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

    absent = [c for c in COLUMNS.get(table, {}) if c not in frame.columns]
    if absent:
        hint = nearest(absent[0], [str(c) for c in frame.columns])
        raise DataError(
            f"Table {table!r} has no column {absent[0]!r}.{hint} "
            f"It needs {', '.join(COLUMNS[table])}; it has {', '.join(map(str, frame.columns)) or 'none'}."
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
