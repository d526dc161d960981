"""What customers in pieces cost: orders stand on the entry of the system that took them, and tiers follow from that."""

from __future__ import annotations

import pandas as pd

from crmlab.errors import DataError
from crmlab.foundations.view360 import with_customer
from crmlab.tiering import TierPolicy

# channel of an order -> the system that records it
RECORDED_IN = {"web": "web_accounts", "store": "till_cards", "phone": "call_contacts"}


def orders_as_recorded(transactions: pd.DataFrame, linked: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Give each order to the person whom the systems see behind it.

    A web order stands on the customer's web account, a store order on the till card, a phone order on the contact of
    the call centre: on the newest one that existed on that day, else on the first. This is what a company
    without a common customer number would have.

    Parameters
    ----------
    transactions : pandas.DataFrame
        With ``customer_id``, ``date`` and ``channel`` (web, store, phone).
    linked : pandas.DataFrame
        Entries with ``source``, ``source_id``, ``since`` and ``person``.
    links : pandas.DataFrame
        The truth: ``source_id`` and ``customer_id``.

    Returns
    -------
    pandas.DataFrame
        The same rows in the same order with ``person``, missing for the order of a guest: somebody whom the system of
        that channel does not know.

    Raises
    ------
    DataError
        For a channel that no system records.
    """
    strange = transactions.loc[~transactions["channel"].isin(list(RECORDED_IN)), "channel"]
    if len(strange):
        raise DataError(
            f"transactions, column 'channel', row {strange.index[0]}: {strange.iloc[0]!r} is recorded in no system; "
            f"expected {', '.join(RECORDED_IN)}."
        )
    entries = with_customer(linked, links).sort_values(["since", "source_id"])
    keys, columns = ["customer_id", "source"], ["customer_id", "source", "person"]
    orders = transactions[["customer_id", "date", "channel"]].reset_index(drop=True)
    orders = orders.assign(source=orders["channel"].map(RECORDED_IN).astype("str"), row=orders.index)
    newest = pd.merge_asof(
        orders.sort_values("date", kind="stable"), entries[["since", *columns]], left_on="date", right_on="since",
        by=keys,
    )  # fmt: skip
    first = entries.drop_duplicates(keys)[columns]
    either = newest.merge(first, on=keys, how="left", suffixes=("", "_first"), validate="many_to_one")
    person = either["person"].fillna(either["person_first"]).set_axis(either["row"]).sort_index()
    return transactions.assign(person=person.to_numpy())


def tiers_in_pieces(orders: pd.DataFrame, policy: TierPolicy) -> pd.DataFrame:
    """Compare the tier that each customer has earned with the best one that the company sees.

    Parameters
    ----------
    orders : pandas.DataFrame
        From :func:`orders_as_recorded`, of the period that counts: ``customer_id``, ``person``, ``amount``. Orders of
        guests, without a person, are left out on both sides.
    policy : TierPolicy
        By ``revenue``.

    Returns
    -------
    pandas.DataFrame
        One row for each customer with an order on record: ``customer_id``, ``persons`` (that their orders stand on),
        ``earned_rank`` (tier of the customer, 0 for the lowest), ``seen_rank`` (highest tier of those persons).

    Raises
    ------
    DataError
        If no order has a person, or the policy measures something else.

    Examples
    --------
    >>> orders = pd.DataFrame({"customer_id": ["C1", "C1"], "person": ["W1", "K1"], "amount": [200.0, 150.0]})
    >>> policy = TierPolicy("demo", "revenue", {"regular": None, "gold": 300})
    >>> tiers_in_pieces(orders, policy).values.tolist()
    [['C1', 2, 1, 0]]
    """
    if policy.measure != "revenue":
        raise DataError(f"Policy {policy.name!r} measures {policy.measure!r}; orders add up to 'revenue' only.")
    known = orders.dropna(subset=["person"]).rename(columns={"amount": "revenue"})
    if known.empty:
        raise DataError("orders: no order has a person, so nothing is seen of anybody.")
    ranks = {
        by: policy.assign(known.groupby(by, as_index=False)["revenue"].sum()).set_index(by)["tier_rank"]
        for by in ("customer_id", "person")
    }
    seen = known.assign(seen_rank=known["person"].map(ranks["person"])).groupby("customer_id")
    table = seen.agg(persons=("person", "nunique"), seen_rank=("seen_rank", "max"))
    table.insert(1, "earned_rank", ranks["customer_id"])
    return table.reset_index()
