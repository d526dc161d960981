"""Mess on demand: spoil any table, and list every fault so that it can be undone exactly.

>>> clean = pd.DataFrame({"customer_id": ["C1", "C2"], "name": ["Ann Lee", "Bo Chan"]})
>>> messy, faults = add_mess(clean, {"typo": 1.0}, seed=1, key="customer_id")
>>> undo_mess(messy, faults).equals(clean)
True
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from crmlab.errors import DataError, UnknownNameError, nearest
from crmlab.simulate import spoil
from crmlab.simulate.faults import KINDS, Work

Tables = dict[str, pd.DataFrame]

DEFAULT = {"duplicate": 0.01}
# what the raw extract of transactions looks like before anybody has cleaned it
RAW_EXTRACT = {"no_customer": 0.25, "duplicate": 0.01, "late": 0.01, "impossible": 0.002, "missing": 0.005}

# how the tables of a company come out of its systems: table -> (kinds of fault, key column)
PERSONS = {
    "typo": 0.03,
    "moved": 0.02,
    "phone_format": 0.20,
    "missing": 0.02,
    "near_duplicate": 0.02,
    "duplicate": 0.01,
}
AS_IT_COMES: dict[str, dict[str, tuple[dict[str, float], str | None]]] = {
    "retail": {
        "transactions": (RAW_EXTRACT, "order_id"),
        "web_accounts": (PERSONS, "account_id"),
        "till_cards": (PERSONS, "card_id"),
        "call_contacts": ({**PERSONS, "swapped": 0.02}, "contact_id"),
    },
    "bank": {
        "customers": ({"impossible": 0.005, "missing": 0.02, "duplicate": 0.01}, "customer_id"),
        "complaints": ({"date_format": 0.10, "missing": 0.02, "duplicate": 0.01}, None),
        "balances": (DEFAULT, None),
    },
    "auto": {
        "sales_customers": (PERSONS, "sales_id"),
        "aftersales_customers": (PERSONS, "aftersales_id"),
        "finance_customers": (PERSONS, "finance_id"),
        "service_visits": (DEFAULT, "visit_id"),
    },
}

COLUMNS: dict[str, dict[str, tuple[str, bool, str]]] = {
    "faults": {
        "row_id": ("count", True, "row of the messy table, from 0; missing for a change of a whole column's type"),
        "original_row": ("count", True, "row of the clean table that it comes from, from 0"),
        "column": ("text", True, "column; missing if the row as a whole was copied or moved"),
        "kind": ("text", False, "kind of fault, one of KINDS, or type: the column's type was changed"),
        "before": ("text", True, "value before this fault, as text; missing if it was missing"),
        "after": ("text", True, "value after this fault, as text; missing if it was blanked"),
    },
}


def add_mess(
    table: pd.DataFrame, kinds: Mapping[str, float] | None = None, seed: int = 0, key: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Spoil a table.

    Parameters
    ----------
    table : pandas.DataFrame
        Any table; it is not changed.
    kinds : mapping of str to float, optional
        Share of rows, from 0 to 1, for each kind of fault:

        - ``typo``: a letter dropped, doubled, swapped or wrong in a name, a town or an address (if the table has none,
          in any text that is not an id);
        - ``swapped``: given and family name changed places;
        - ``moved``: address, postcode and town are those of somewhere else;
        - ``phone_format``, ``date_format``: written in another way (all dates become text);
        - ``impossible``: a negative number, an amount of 1e9, a date in the far future, a birth year of long ago;
        - ``missing``: a value blanked; ``no_customer``: the customer id blanked;
        - ``near_duplicate``: a copy under another key, with a typo; ``duplicate``: an exact copy;
        - ``late``: the row comes at the end of the table, out of order.

        By default 1 % exact duplicates.
    seed : int
        Same seed, same faults.
    key : str, optional
        Column that identifies a row; it is never spoiled, and near duplicates get keys of their own.

    Returns
    -------
    messy : pandas.DataFrame
        Rows numbered from 0.
    faults : pandas.DataFrame
        Every fault, in the order in which they were made; columns as in ``COLUMNS["faults"]``. Exact copies are made
        last: one is listed as a copy, and has whatever faults its original has.

    Raises
    ------
    UnknownNameError
        For a kind of fault or a key column that does not exist.
    DataError
        For a share outside 0 to 1, or a kind of fault for which the table has no column.
    """
    kinds = DEFAULT if kinds is None else kinds
    _check(table, kinds, key)
    work = Work(table, seed, key)
    for kind, fault in KINDS.items():
        if kinds.get(kind, 0) > 0 and len(table):
            fault(work, float(kinds[kind]))
    order = np.argsort(work.place, kind="stable")
    position = np.empty_like(order)
    position[order] = np.arange(len(order))
    empty = pd.DataFrame({c: pd.Series(dtype="str") for c in ("column", "kind", "before", "after")})
    faults = pd.concat([empty.assign(row_id=pd.array([], dtype="Int64")), *work.log], ignore_index=True)
    here = faults["row_id"].fillna(0).to_numpy(dtype=np.int64)
    gone = faults["row_id"].isna()
    if len(order):
        faults["original_row"] = pd.Series(work.origin[here], dtype="Int64").mask(gone)
        faults["row_id"] = pd.Series(position[here], dtype="Int64").mask(gone)
    faults = faults.reindex(columns=list(COLUMNS["faults"]))
    return work.table.take(order).reset_index(drop=True), faults


def mess_up(company: str, tables: Mapping[str, pd.DataFrame], seed: int) -> tuple[Tables, pd.DataFrame]:
    """Spoil a company's tables as they would come out of its systems.

    Parameters
    ----------
    company : str
        ``retail``, ``bank`` or ``auto``.
    tables : mapping of str to pandas.DataFrame
        The clean tables; they are not changed.
    seed : int
        Same seed, same faults.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        All tables, some of them messy.
    faults : pandas.DataFrame
        As from :func:`add_mess`, with the ``table`` in front.
    """
    messy, listed = dict(tables), []
    for number, (name, (kinds, key)) in enumerate(AS_IT_COMES[company].items()):
        messy[name], faults = add_mess(tables[name], kinds, seed + number, key)
        listed.append(faults.assign(table=name))
    faults = pd.concat(listed, ignore_index=True)
    return messy, faults[["table", *faults.columns.drop("table")]]


def undo_mess(messy: pd.DataFrame, faults: pd.DataFrame) -> pd.DataFrame:
    """Undo every fault, the last one first.

    Parameters
    ----------
    messy, faults : pandas.DataFrame
        From :func:`add_mess`.

    Returns
    -------
    pandas.DataFrame
        The clean table, with its rows numbered from 0.
    """
    whole, cells = faults[faults["column"].isna()], faults[faults["column"].notna()]
    copies, near_copies = (
        pd.Index(whole.loc[whole["kind"] == kind, "row_id"].to_numpy(dtype=np.int64))
        for kind in ("duplicate", "near_duplicate")
    )
    # exact copies were made last and are as wrong as what they are copies of: they go first
    clean = messy.reset_index(drop=True).drop(index=copies)
    group = (cells[["kind", "column"]] != cells[["kind", "column"]].shift()).any(axis=1).cumsum()
    for _, part in reversed(list(cells.groupby(group))):
        column, values = part["column"].iloc[0], clean[part["column"].iloc[0]].copy()
        if part["kind"].iloc[0] == "type":
            clean[column] = spoil.from_text(spoil.as_text(values), part["before"].iloc[0]).set_axis(clean.index)
        else:
            before = spoil.from_text(part["before"], str(values.dtype))
            values.loc[part["row_id"].to_numpy(dtype=np.int64)] = before.array
            clean[column] = values
    clean = clean.drop(index=near_copies)
    late = whole[whole["kind"] == "late"]
    place = np.full(len(clean), -1)
    moved = clean.index.get_indexer(pd.Index(late["row_id"].to_numpy(dtype=np.int64)))
    place[moved] = late["original_row"].to_numpy(dtype=np.int64)
    place[place < 0] = np.setdiff1d(np.arange(len(clean)), place[moved])
    return clean.take(np.argsort(place)).reset_index(drop=True)


def _check(table: pd.DataFrame, kinds: Mapping[str, float], key: str | None) -> None:
    """Refuse what cannot be done."""
    if key is not None and key not in table.columns:
        raise UnknownNameError(
            f"The table has no key column {key!r}.{nearest(key, table.columns)} It has {', '.join(table.columns)}."
        )
    for kind, share in kinds.items():
        if kind not in KINDS:
            raise UnknownNameError(f"No kind of fault {kind!r}.{nearest(kind, KINDS)} Known: {', '.join(KINDS)}.")
        if not 0 <= share <= 1:
            raise DataError(f"The share of {kind!r} is {share}; give a share of rows from 0 to 1.")
