"""Three departments, three customer files: the same person under another number and in another spelling."""

from __future__ import annotations

import numpy as np
import pandas as pd

from crmlab.simulate import streams
from crmlab.simulate.auto.customers import Block, numbered
from crmlab.simulate.texts import join, pick, text

PREFIX = {"sales": "SC", "aftersales": "AC", "finance": "FC"}
TYPO_SHARE = 0.04
MOVED_SHARE = 0.10
RENAMED_SHARE = 0.03


def records(
    block: Block, members: dict[str, np.ndarray], since: dict[str, np.ndarray], rating: dict[str, np.ndarray]
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Write the customer files of the departments.

    Parameters
    ----------
    block : Block
        The customers.
    members : dict of str to numpy.ndarray
        Positions of the customers that each department knows.
    since : dict of str to numpy.ndarray
        Year of their first dealing with the department.
    rating : dict of str to numpy.ndarray of str
        What the department thinks of them.

    Returns
    -------
    files : dict
        ``sales_customers``, ``aftersales_customers``, ``finance_customers``.
    links : pandas.DataFrame
        Truth: ``record_id, customer_id``.
    """
    files, links = {}, []
    write = {"sales": _sales, "aftersales": _aftersales, "finance": _finance}
    for department, who in members.items():
        rng = block.stream(f"{department} records")
        order = np.argsort(rng.random(block.n))
        order = order[np.isin(order, who)]  # the department's own numbering, in no one else's order
        position = np.searchsorted(who, order)
        record = numbered(PREFIX[department], block.number * streams.BLOCK + 1 + np.arange(len(order)), 6)
        persons = block.people.iloc[order].reset_index(drop=True)
        fields = write[department](persons, _other(block, order), rng.random((6, block.n))[:, : len(order)])
        files[f"{department}_customers"] = pd.DataFrame(
            {
                f"{department}_id": record,
                **fields,
                "since": since[department][position],
                "rating": rating[department][position],
            }
        )
        links.append(pd.DataFrame({"record_id": record, "customer_id": block.ids().iloc[order].to_numpy()}))
    return files, pd.concat(links, ignore_index=True)


def _other(block: Block, order: np.ndarray) -> pd.DataFrame:
    """Another customer for each, who lends an earlier address or another family name; the same for all departments."""
    return block.people.iloc[(order + 1 + block.n // 2) % block.n].reset_index(drop=True)


def _either(use: np.ndarray, yes: pd.Series, no: pd.Series) -> pd.Series:
    """Row by row one of two texts."""
    return yes.where(pd.Series(use), no)


def _full_name(persons: pd.DataFrame) -> pd.Series:
    """Given name first in English, family name first and without a blank in Chinese."""
    given, family = persons["given_name"], persons["family_name"]
    chinese = (persons["language"] == "zh").to_numpy().astype(int)
    return text(pick(chinese, join(given, " ", family), join(family, given)))


def _slip(values: pd.Series, use: np.ndarray) -> pd.Series:
    """Leave out the last letter but one where told to, in texts longer than three."""
    long = values.str.len().to_numpy() > 3
    return _either(use & long, values.str.slice(0, -2) + values.str.slice(-1), values)


def _sales(persons: pd.DataFrame, other: pd.DataFrame, u: np.ndarray) -> dict[str, pd.Series]:
    """Sales writes names in full, from the contract; e-mail when given."""
    return {
        "name": _slip(_full_name(persons), u[0] < TYPO_SHARE / 2),
        "phone": persons["phone"].where(pd.Series(u[1] < 0.97)),
        "email": persons["email"].where(pd.Series(u[2] < 0.45)),
        "address": persons["address"],
        "postcode": persons["postcode"],
    }


def _aftersales(persons: pd.DataFrame, other: pd.DataFrame, u: np.ndarray) -> dict[str, pd.Series]:
    """The workshop writes FAMILY NAME, initial, at the counter; digits only; often an old address."""
    chinese = (persons["language"] == "zh").to_numpy().astype(int)
    short = join(persons["family_name"].str.upper(), ", ", persons["given_name"].str.slice(0, 1))
    name = text(pick(chinese, short, join(persons["family_name"], persons["given_name"])))
    moved = u[3] < MOVED_SHARE
    address = _either(moved, other["address"], persons["address"])
    for long, brief in ((" Street", " St"), (" Road", " Rd"), (" Avenue", " Ave"), (" Lane", " Ln"), ("Flat ", "Fl ")):
        address = address.str.replace(long, brief, regex=False)
    return {
        "name": _slip(name, u[0] < TYPO_SHARE),
        "phone": persons["phone"].str.replace(" ", "", regex=False).where(pd.Series(u[1] < 0.95)),
        "email": persons["email"].where(pd.Series(u[2] < 0.25)),
        "address": address.str.upper(),
        "postcode": _either(moved, other["postcode"], persons["postcode"]),
    }


def _finance(persons: pd.DataFrame, other: pd.DataFrame, u: np.ndarray) -> dict[str, pd.Series]:
    """Finance checks an identity document: no slips, the year of birth, but sometimes a new family name."""
    renamed = (u[3] < RENAMED_SHARE) & (persons["language"] == other["language"]).to_numpy()
    named = persons.assign(family_name=_either(renamed, other["family_name"], persons["family_name"]))
    return {
        "name": _full_name(named),
        "phone": persons["phone"].str.replace(" ", "-", regex=False),
        "email": persons["email"].where(pd.Series(u[2] < 0.55)),
        "address": persons["address"],
        "postcode": persons["postcode"].str.replace(" ", "", regex=False),
        "birth_year": persons["birth_year"],
    }
