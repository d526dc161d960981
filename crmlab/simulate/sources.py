"""Three systems that each know some of the customers, under their own ids and in their own format.

The web shop keeps what people type, in any script; the till prints Latin capitals and an initial; agents of the call
centre write given and family name as they hear them. No id of one system says anything about another.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from crmlab.simulate import streams
from crmlab.simulate.experience import A_BLOCK
from crmlab.simulate.people import romanised
from crmlab.simulate.shop import settings as s
from crmlab.simulate.texts import arrow, digits, join, pick, text

Tables = dict[str, pd.DataFrame]

SYSTEMS = {"web_accounts": 0.70, "till_cards": 0.45, "call_contacts": 0.20}  # share of customers that each knows
LETTERS = {"web_accounts": "W", "till_cards": "K", "call_contacts": "H"}
TWICE = 0.08  # share of customers with two accounts in one of their systems
_MISSING = {  # share of the entries that a system does not have
    "web_accounts": {"phone": 0.20},
    "till_cards": {"phone": 0.35, "email": 0.60, "postcode": 0.10},
    "call_contacts": {"email": 0.75, "address": 0.30, "postcode": 0.15},
}


def source_systems(
    block: int, n: int, seed: int, people: pd.DataFrame, customers: pd.DataFrame
) -> tuple[Tables, Tables]:
    """Make the three systems' tables of one block of customers.

    Parameters
    ----------
    block, n, seed : int
        Number of the block, customers in it, seed.
    people : pandas.DataFrame
        From :func:`crmlab.simulate.people.draw_people`.
    customers : pandas.DataFrame
        Row by row the same persons; ``customer_id`` and ``signup_date`` are used.

    Returns
    -------
    tables : dict of str to pandas.DataFrame
        ``web_accounts``, ``till_cards``, ``call_contacts``; each in an order that says nothing.
    truth : dict of str to pandas.DataFrame
        ``links``: who is behind each entry. About 13 % of the customers are in no system, and 8 % of those who are in
        one have two entries in one of their systems.

    Examples
    --------
    >>> from crmlab.simulate.people import draw_people
    >>> people = draw_people(50, 1, "retail", 0, np.zeros(50))
    >>> customers = pd.DataFrame({"customer_id": [f"C{i}" for i in range(50)]})
    >>> customers["signup_date"] = pd.Timestamp("2024-05-01")
    >>> tables, truth = source_systems(0, 50, 1, people, customers)
    >>> len(truth["links"]) == sum(map(len, tables.values()))
    True
    """
    if not len(people) == len(customers) == n:
        raise ValueError(f"block {block} has {len(people)} persons and {len(customers)} customers, not {n}")
    u = streams.stream(seed, s.COMPANY, block, "sources").random((len(SYSTEMS) + 2, n))
    member = u[: len(SYSTEMS)] < np.array(list(SYSTEMS.values()))[:, None]
    # the system in which a customer has a second entry: one of those that know the customer at all
    second = streams.choose_each(np.maximum(member.T, 1e-12), u[-1])
    twice = (u[-2] < TWICE) & member.any(axis=0)
    make = {"web_accounts": _web, "till_cards": _till, "call_contacts": _call}
    tables, links = {}, []
    for number, system in enumerate(SYSTEMS):
        who = np.concatenate([np.flatnonzero(member[number]), np.flatnonzero(twice & (second == number))])
        again = np.arange(len(who)) >= member[number].sum()
        v = streams.stream(seed, s.COMPANY, block, system).random((6, len(who)))
        order = np.argsort(v[0], kind="stable")
        who, again, v = who[order], again[order], v[1:, order]
        ids = text(join(LETTERS[system], digits(block * A_BLOCK + 1 + np.arange(len(who), dtype=np.int64), 7)))
        days = _day(customers["signup_date"].to_numpy()[who], again, v[0])
        tables[system] = make[system](ids, people.take(who).reset_index(drop=True), again, days, v[1:])
        whose = customers["customer_id"].take(who).reset_index(drop=True)
        links.append(pd.DataFrame({"source": system, "source_id": ids, "customer_id": whose}))
    return tables, {"links": pd.concat(links, ignore_index=True).astype({"source": "str"})}


def _day(signup: np.ndarray, again: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Day of the entry: soon after the first order, the second one about half a year later."""
    wait = np.floor((20 + 160 * again) * streams.exponential(u)).astype("timedelta64[D]")
    last = (s.END - pd.Timedelta(days=1)).to_datetime64()
    return np.minimum(signup.astype("datetime64[D]") + wait, last).astype("datetime64[us]")


def _known(values: pa.Array, system: str, column: str, u: np.ndarray) -> pd.Series:
    """Blank the entries that the system does not have."""
    return text(pc.if_else(pa.array(u >= _MISSING[system][column]), values, pa.scalar(None, pa.large_string())))


def _web(ids: pd.Series, people: pd.DataFrame, again: np.ndarray, days: np.ndarray, u: np.ndarray) -> pd.DataFrame:
    """Accounts of the web shop; a second one was opened with another e-mail address."""
    chinese = (people["language"] == "zh").to_numpy().astype(np.int64)
    given, family, mail = (arrow(people[c]) for c in ("given_name", "family_name", "email"))
    name = pick(chinese, join(given, " ", family), join(family, given))
    other = join(pc.replace_substring_regex(mail, "[0-9]*@.*", ""), digits(100 + np.floor(u[0] * 900).astype(int)))
    other = join(other, "@example.net")
    phone = arrow(people["phone"])
    phone = pick(chinese, join("+44 ", pc.utf8_slice_codeunits(phone, 1)), join("+86 ", phone))
    return pd.DataFrame(
        {
            "account_id": ids,
            "name": text(name),
            "email": text(pick(again.astype(np.int64), mail, other)),
            "phone": _known(phone, "web_accounts", "phone", u[1]),
            "postcode": people["postcode"],
            "city": people["city"],
            "address": people["address"],
            "created": days,
        }
    )


def _till(ids: pd.Series, people: pd.DataFrame, again: np.ndarray, days: np.ndarray, u: np.ndarray) -> pd.DataFrame:
    """Cards of the stores; a second card was issued without asking for the telephone number or the e-mail address."""
    given, family = _latin(people["given_name"]), _latin(people["family_name"])
    bare = np.where(again, 0.0, 1.0)
    no_space = pc.replace_substring(arrow(people["postcode"]), " ", "")
    return pd.DataFrame(
        {
            "card_id": ids,
            "name": text(pc.utf8_upper(join(family, " ", pc.utf8_slice_codeunits(given, 0, 1)))),
            "phone": _known(pc.replace_substring(arrow(people["phone"]), " ", ""), "till_cards", "phone", u[0] * bare),
            "email": _known(pc.utf8_upper(arrow(people["email"])), "till_cards", "email", u[1] * bare),
            "postcode": _known(no_space, "till_cards", "postcode", u[2]),
            "issued": days,
        }
    )


def _call(ids: pd.Series, people: pd.DataFrame, again: np.ndarray, days: np.ndarray, u: np.ndarray) -> pd.DataFrame:
    """Contacts of the call centre; a second one has no e-mail address."""
    return pd.DataFrame(
        {
            "contact_id": ids,
            "given_name": text(_latin(people["given_name"])),
            "family_name": text(_latin(people["family_name"])),
            "phone": people["phone"],
            "email": _known(arrow(people["email"]), "call_contacts", "email", u[0] * np.where(again, 0.0, 1.0)),
            "postcode": _known(arrow(people["postcode"]), "call_contacts", "postcode", u[1]),
            "city": text(_latin(people["city"])),
            "address": _known(arrow(people["address"]), "call_contacts", "address", u[2]),
            "first_call": days,
        }
    )


def _latin(names: pd.Series) -> pa.Array:
    """Names in Latin letters; English ones stay."""
    encoded = pc.dictionary_encode(arrow(names))
    known = romanised()
    written = pa.array([known.get(name, name) for name in encoded.dictionary.to_pylist()], pa.large_string())
    return written.take(encoded.indices)
