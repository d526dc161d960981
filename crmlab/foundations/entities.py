"""Which table refers to which: read from the contracts, checked on the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlab.errors import DataError
from crmlab.schema import COMPANIES, columns_of_company

if TYPE_CHECKING:
    from crmlab.datasets import Dataset

# columns that hold another table's key under a name that says the part it plays
ROLES = {"home_store": "store_id", "referrer_id": "customer_id", "referred_id": "customer_id", "returns": "order_id"}


def list_entities(data: Dataset) -> pd.DataFrame:
    """List the tables of a simulated company with their keys.

    Parameters
    ----------
    data : Dataset
        ``retail``, ``bank`` or ``auto``, from :func:`crmlab.load`.

    Returns
    -------
    pandas.DataFrame
        Indexed by table: ``key`` (the column in which each value occurs once; missing where there is none), ``rows``,
        ``columns``.

    Raises
    ------
    DataError
        For a data set without contracts, or a key with a value that occurs twice.

    Examples
    --------
    >>> import crmlab
    >>> list_entities(crmlab.load("retail")).loc["stores"].to_dict()
    {'key': 'store_id', 'rows': 20, 'columns': 4}
    """
    found = []
    for name, columns in _contracts(data).items():
        frame: pd.DataFrame = getattr(data, name)
        key = next((c for c, (kind, _, _) in columns.items() if kind == "key"), None)
        if key is not None and frame[key].duplicated().any():
            row = int(frame[key].duplicated().to_numpy().argmax())
            raise DataError(
                f"Table {name!r}, column {key!r}: the key {frame[key].iloc[row]!r} occurs twice (row {row}). "
                "A key names one row; set exact duplicates aside first, or load the clean tables."
            )
        found.append((name, key, len(frame), frame.shape[1]))
    return pd.DataFrame(found, columns=["table", "key", "rows", "columns"]).set_index("table")


def references(data: Dataset) -> pd.DataFrame:
    """Find the columns that refer to another table's key, and check them row by row.

    A column refers to a table if it is called like that table's key, or by a name that says its part
    (``home_store``), and if every value in it is found there. Two tables may use one word for two things:
    the ``kind`` of a movement of points is no ``kind`` of cost, and the rows show it.

    Parameters
    ----------
    data : Dataset
        ``retail``, ``bank`` or ``auto``.

    Returns
    -------
    pandas.DataFrame
        One row a reference: ``table``, ``column``, ``refers_to``, ``key``, ``filled`` (rows with a value), ``empty``,
        ``unmatched`` (rows whose value is not in the other table; above 0 only where the contract calls the column an
        id) and ``most`` (rows for one value at most: 1 is one to one).

    Raises
    ------
    DataError
        As :func:`list_entities`.

    Examples
    --------
    >>> import crmlab
    >>> found = references(crmlab.load("retail")).set_index(["table", "column"])
    >>> found.loc[("order_lines", "order_id"), ["refers_to", "filled", "unmatched", "most"]].to_dict()
    {'refers_to': 'transactions', 'filled': 34297, 'unmatched': 0, 'most': 5}
    """
    contracts = _contracts(data)
    # a key that stands in two tables is at home in the first: contracts refer to customers, not customers to contracts
    homes = list_entities(data)["key"].dropna().drop_duplicates()
    found = []
    for name, columns in contracts.items():
        for column, (kind, _, _) in columns.items():
            wanted = ROLES.get(column, column)
            for other, key in homes[homes == wanted].items():
                if (other, key) == (name, column):
                    continue
                values = getattr(data, name)[column].dropna()
                unmatched = int((~values.isin(getattr(data, str(other))[key])).sum())
                if unmatched and kind != "id":
                    continue
                most = int(values.value_counts().max()) if len(values) else 0
                empty = len(getattr(data, name)) - len(values)
                found.append((name, column, other, key, len(values), empty, unmatched, most))
    return pd.DataFrame(
        found, columns=["table", "column", "refers_to", "key", "filled", "empty", "unmatched", "most"]
    ).astype({"table": "str", "column": "str", "refers_to": "str", "key": "str"})


def _contracts(data: Dataset) -> dict[str, dict[str, tuple[str, bool, str]]]:
    """Contracts of the visible tables that are there."""
    if data.name not in COMPANIES:
        raise DataError(f"Data set {data.name!r} has no contracts; the simulated ones have: {', '.join(COMPANIES)}.")
    return columns_of_company(data.name)[0]
