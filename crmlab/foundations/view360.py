"""The entries of several systems put together to persons, and held against the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab.errors import DataError, nearest

if TYPE_CHECKING:
    from crmlab.datasets import Dataset

# system -> (its own id, day of the entry, columns that make the name)
SYSTEMS = {
    "web_accounts": ("account_id", "created", ("name",)),
    "till_cards": ("card_id", "issued", ("name",)),
    "call_contacts": ("contact_id", "first_call", ("given_name", "family_name")),
}


def normal_email(emails: pd.Series) -> pd.Series:
    """Write e-mail addresses in one way: small letters, no spaces around.

    Parameters
    ----------
    emails : pandas.Series of text
        As typed; missing values stay missing, empty ones become missing.

    Returns
    -------
    pandas.Series of text

    Examples
    --------
    >>> normal_email(pd.Series([" Ann.Lee@EXAMPLE.com", None])).tolist()
    ['ann.lee@example.com', nan]
    """
    small = emails.astype("str").str.strip().str.lower()
    return small.mask(small == "")


def normal_phone(phones: pd.Series) -> pd.Series:
    """Write telephone numbers in one way: the national number, digits only, without the leading zero.

    Parameters
    ----------
    phones : pandas.Series of text
        British or Chinese numbers in any spelling, with or without the country's code; missing values stay missing,
        ones without a digit become missing.

    Returns
    -------
    pandas.Series of text

    Examples
    --------
    >>> normal_phone(pd.Series(["+44 6676 019683", "06676019683", "(06676) 019-683", "+86 154 5639 4722"])).tolist()
    ['6676019683', '6676019683', '6676019683', '15456394722']
    """
    digits = phones.astype("str").str.replace(r"\D", "", regex=True).str.lstrip("0")
    # a code is followed by a whole number, ten digits in Britain and eleven in China: 44... alone may be a number
    national = digits.str.replace(r"^(?:44)(?=0?\d{10}$)|^(?:86)(?=\d{11}$)", "", regex=True).str.lstrip("0")
    return national.mask(national == "")


def contact_entries(data: Dataset) -> pd.DataFrame:
    """Put the entries of the three systems below each other, their keys in one spelling.

    Parameters
    ----------
    data : Dataset
        With ``web_accounts``, ``till_cards`` and ``call_contacts``.

    Returns
    -------
    pandas.DataFrame
        One row an entry, as many as the systems have together: ``source``, ``source_id``, ``name`` (as the system
        writes it), ``email`` and ``phone`` (normal, or missing), ``since`` (day of the entry).

    Raises
    ------
    DataError
        If a system uses an id twice.

    Examples
    --------
    >>> import crmlab
    >>> entries = contact_entries(crmlab.load("retail"))
    >>> entries.iloc[0][["source", "source_id", "phone"]].tolist()
    ['web_accounts', 'W0000001', '6676019683']
    """
    parts = []
    for source, (key, day, name) in SYSTEMS.items():
        frame: pd.DataFrame = getattr(data, source)
        if frame[key].duplicated().any():
            twice = frame.loc[frame[key].duplicated(), key].iloc[0]
            raise DataError(
                f"Table {source!r}, column {key!r}: {twice!r} occurs twice. Each entry must have its own id; "
                f"look at the doubles first: {source}[{source}[{key!r}].duplicated(keep=False)]."
            )
        written = frame[name[0]] if len(name) == 1 else frame[name[0]] + " " + frame[name[1]]
        columns = {
            "source": source, "source_id": frame[key], "name": written, "email": normal_email(frame["email"]),
            "phone": normal_phone(frame["phone"]), "since": frame[day],
        }  # fmt: skip
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True).astype({"source": "str"})


def link_entries(entries: pd.DataFrame, keys: tuple[str, ...] = ("email", "phone")) -> pd.DataFrame:
    """Put entries together that share a value of any key, also through a third entry.

    Parameters
    ----------
    entries : pandas.DataFrame
        One row an entry, with ``source_id`` (unique) and the key columns; a missing value links nothing.
    keys : tuple of str
        Columns whose equal values mean one person.

    Returns
    -------
    pandas.DataFrame
        The same rows with ``person``: the first ``source_id``, in order of the alphabet, of all entries linked to it.
        No row is lost or doubled.

    Raises
    ------
    DataError
        If a column is absent or an id occurs twice.

    Notes
    -----
    Persons are the connected components of a graph: entries are its nodes, equal values its edges.

    Examples
    --------
    >>> entries = pd.DataFrame({"source_id": ["W1", "K1", "H1", "W2"], "email": ["a", "a", None, "b"],
    ...                         "phone": [None, "7", "7", None]})
    >>> link_entries(entries)["person"].tolist()
    ['H1', 'H1', 'H1', 'W2']
    """
    from scipy import sparse
    from scipy.sparse import csgraph

    for column in ("source_id", *keys):
        if column not in entries:
            raise DataError(f"entries has no column {column!r}.{nearest(column, entries.columns)}")
    ids = entries["source_id"]
    if ids.duplicated().any():
        raise DataError(f"entries: source_id {ids[ids.duplicated()].iloc[0]!r} occurs twice; an id names one entry.")
    n, links = len(entries), []
    for column in keys:
        # each value is one more node, and every entry that has it is linked to that node
        code, _ = pd.factorize(entries[column])
        here = np.flatnonzero(code >= 0)
        links.append((here, n + code[here]))
        n += int(code.max(initial=-1)) + 1
    rows, columns = (np.concatenate([pair[i] for pair in links]) for i in (0, 1))
    graph = sparse.coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(n, n))
    component = csgraph.connected_components(graph, directed=False)[1][: len(entries)]
    return entries.assign(person=ids.groupby(component).transform("min"))


def link_quality(linked: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Hold linked entries against the true customers behind them.

    A *pair* is two entries that belong to one person. Precision is the share of the pairs found that are right,
    recall the share of the true pairs that were found.

    Parameters
    ----------
    linked : pandas.DataFrame
        With ``source_id`` and ``person``, as from :func:`link_entries`.
    links : pandas.DataFrame
        The truth: ``source_id`` and ``customer_id``.

    Returns
    -------
    pandas.DataFrame
        One row: ``entries``, ``persons`` found, ``customers`` behind them, ``precision`` and ``recall`` of pairs
        (missing where there is no pair), ``in_pieces`` (customers who fall apart into two or more persons), ``mixed``
        (persons made of two or more customers).

    Raises
    ------
    DataError
        If an entry has no customer, or more than one, in the truth.

    Examples
    --------
    >>> linked = pd.DataFrame({"source_id": ["W1", "K1", "H1"], "person": ["K1", "K1", "H1"]})
    >>> truth = pd.DataFrame({"source_id": ["W1", "K1", "H1"], "customer_id": ["C1", "C2", "C2"]})
    >>> link_quality(linked, truth)[["precision", "recall", "in_pieces", "mixed"]].values.tolist()
    [[0.0, 0.0, 1.0, 1.0]]
    """
    both = with_customer(linked, links)
    found, true = _pairs(both, ["person"]), _pairs(both, ["customer_id"])
    right = _pairs(both, ["person", "customer_id"])
    return pd.DataFrame(
        {
            "entries": [len(both)],
            "persons": [both["person"].nunique()],
            "customers": [both["customer_id"].nunique()],
            "precision": [right / found if found else np.nan],
            "recall": [right / true if true else np.nan],
            "in_pieces": [int((both.groupby("customer_id")["person"].nunique() > 1).sum())],
            "mixed": [int((both.groupby("person")["customer_id"].nunique() > 1).sum())],
        }
    )


def with_customer(linked: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Add the true customer to every entry, or say for which there is none.

    Parameters
    ----------
    linked : pandas.DataFrame
        With ``source_id``.
    links : pandas.DataFrame
        The truth: ``source_id`` and ``customer_id``.
    """
    if links["source_id"].duplicated().any():
        twice = links.loc[links["source_id"].duplicated(), "source_id"].iloc[0]
        raise DataError(f"links: source_id {twice!r} occurs twice; each entry belongs to one customer.")
    both = linked.merge(links[["source_id", "customer_id"]], on="source_id", how="left", validate="many_to_one")
    absent = both["customer_id"].isna()
    if absent.any():
        raise DataError(
            f"links: {int(absent.sum()):,} of {len(both):,} entries have no customer there "
            f"(first: {both.loc[absent, 'source_id'].iloc[0]!r}). Take entries and links from one data set."
        )
    return both


def _pairs(frame: pd.DataFrame, by: list[str]) -> int:
    """Pairs of rows that agree in all the columns."""
    sizes = frame.groupby(by).size()
    return int((sizes * (sizes - 1) // 2).sum())
