"""Everything known of a customer: one row for each of all customers, a card and a time line for one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmlab.errors import DataError, UnknownNameError, nearest
from crmlab.foundations.profit import customer_profit

if TYPE_CHECKING:
    from crmlab.datasets import Dataset

LANES = ("web order", "store order", "phone order", "return", "ticket", "survey answer", "programme")
# where an event of a customer stands: table, column of its day
_DATED = {
    "transactions": "date", "tickets": "opened", "survey_invitations": "date", "surveys": "date", "programme": "since",
    "points": "date", "referrals": "date",
}  # fmt: skip


def customers_360(data: Dataset, as_of: str | pd.Timestamp) -> pd.DataFrame:
    """Put everything known of each customer on a date into one row.

    Each table is first brought to one row a customer and only then joined, so that no join can lose or double a row.

    Parameters
    ----------
    data : Dataset
        The retailer's tables.
    as_of : str or pandas.Timestamp
        Last day to count; what came later is not known yet.

    Returns
    -------
    pandas.DataFrame
        One row for each customer who had joined, in the order of ``customers``:

        - profile: ``customer_id``, ``signup_date``, ``region``, ``channel`` (that brought them), ``language``,
          ``birth_year``, ``home_store``
        - orders: ``web_orders``, ``store_orders``, ``phone_orders``, ``returns`` (counts), ``revenue`` (money, returns
          deducted), ``last_order`` (day)
        - contact: ``tickets``, ``complaints``, ``surveys_sent``, ``surveys_answered`` (counts), ``last_csat``
          (1 to 5) and ``last_nps`` (0 to 10), missing if never answered
        - programme: ``status`` (none, member, gold), ``member_since``, ``points`` (balance)
        - ``referred`` (customers whom they brought) and ``profit`` (money, after cost to serve, before acquisition)

    Raises
    ------
    DataError
        If nobody had joined by then, or a table holds a customer whom ``customers`` does not know.

    Examples
    --------
    >>> import crmlab
    >>> view = customers_360(crmlab.load("retail"), "2025-12-28")
    >>> len(view), view["customer_id"].is_unique
    (4000, True)
    """
    day = pd.Timestamp(as_of)
    profile = data.customers.loc[data.customers["signup_date"] <= day]
    if profile.empty:
        raise DataError(f"Nobody was a customer on {day:%Y-%m-%d}; choose a later day.")
    known = _known_by(data, day)
    orders = known["transactions"][known["transactions"]["amount"] >= 0]
    back = known["transactions"][known["transactions"]["amount"] < 0]
    tickets, asked, answers = known["tickets"], known["survey_invitations"], known["surveys"]
    # the last answer and the last status are the last by day
    last = answers.sort_values("date", kind="stable").groupby("customer_id")[["csat", "nps"]].last()
    status = known["programme"].sort_values("since", kind="stable").groupby("customer_id")
    sign = known["points"]["kind"].map({"earned": 1, "burned": -1, "expired": -1})
    counts: dict[str, pd.Series] = {
        **{f"{c}_orders": _count(orders[orders["channel"] == c]) for c in ("web", "store", "phone")},
        "returns": _count(back),
        "tickets": _count(tickets),
        "complaints": _count(tickets[tickets["is_complaint"]]),
        "surveys_sent": _count(asked),
        "surveys_answered": _count(answers),
        "points": (known["points"]["points"] * sign).groupby(known["points"]["customer_id"]).sum(),
        "referred": known["referrals"].groupby("referrer_id").size(),
    }
    profit = customer_profit(data, data.customers["signup_date"].min(), day).set_index("customer_id")
    others: dict[str, pd.Series] = {
        "revenue": profit["revenue"], "last_order": orders.groupby("customer_id")["date"].max(),
        "last_csat": last["csat"], "last_nps": last["nps"], "status": status["status"].last(),
        "member_since": status["since"].min(), "profit": profit["profit"],
    }  # fmt: skip
    columns = ["customer_id", "signup_date", "region", "channel", "language", "birth_year", "home_store"]
    view = _joined(profile[columns], {**counts, **others})
    view = view.fillna(dict.fromkeys(counts, 0)).astype(dict.fromkeys(counts, "int64"))
    view["status"] = view["status"].fillna("none")
    return view[[*columns, *_ORDER]]


_ORDER = [
    "web_orders", "store_orders", "phone_orders", "returns", "revenue", "last_order", "tickets", "complaints",
    "surveys_sent", "surveys_answered", "last_csat", "last_nps", "status", "member_since", "points", "referred",
    "profit",
]  # fmt: skip


def customer_card(view: pd.DataFrame, customer_id: str) -> pd.DataFrame:
    """Show one customer of a 360 view as a card.

    Parameters
    ----------
    view : pandas.DataFrame
        From :func:`customers_360`.
    customer_id : str
        The customer.

    Returns
    -------
    pandas.DataFrame
        Indexed by subject (profile, orders, contact, programme, worth): ``fact`` and ``value``, both text; a missing
        value is an empty text.

    Raises
    ------
    UnknownNameError
        If the view does not hold the customer.

    Examples
    --------
    >>> import crmlab
    >>> view = customers_360(crmlab.load("retail"), "2025-12-28")
    >>> customer_card(view, "C0000002").loc["programme"].values.tolist()
    [['status', 'member'], ['since', '2025-07-21'], ['points', '0']]
    """
    rows = view[view["customer_id"] == customer_id]
    if rows.empty:
        raise UnknownNameError(
            f"The view has no customer {customer_id!r}.{nearest(str(customer_id), view['customer_id'])} "
            "It holds those who had joined by its date."
        )
    row = rows.iloc[0]
    facts = [
        ("profile", "customer", row["customer_id"]),
        ("profile", "since", row["signup_date"]),
        ("profile", "came by", row["channel"]),
        ("profile", "region, language", f"{row['region']}, {row['language']}"),
        ("orders", "web, store, phone", f"{row['web_orders']}, {row['store_orders']}, {row['phone_orders']}"),
        ("orders", "returns", row["returns"]),
        ("orders", "last order", row["last_order"]),
        ("contact", "tickets (complaints)", f"{row['tickets']} ({row['complaints']})"),
        ("contact", "surveys answered", f"{row['surveys_answered']} of {row['surveys_sent']}"),
        ("contact", "last CSAT, 1 to 5", row["last_csat"]),
        ("contact", "last NPS, 0 to 10", row["last_nps"]),
        ("programme", "status", row["status"]),
        ("programme", "since", row["member_since"]),
        ("programme", "points", row["points"]),
        ("worth", "revenue", f"{row['revenue']:,.2f}"),
        ("worth", "profit", f"{row['profit']:,.2f}"),
        ("worth", "referred", row["referred"]),
    ]
    text = [(subject, fact, _as_text(value)) for subject, fact, value in facts]
    return pd.DataFrame(text, columns=["subject", "fact", "value"]).set_index("subject")


def customer_events(data: Dataset, customer_id: str, as_of: str | pd.Timestamp) -> pd.DataFrame:
    """List what happened with one customer, in order of time.

    Parameters
    ----------
    data : Dataset
        The retailer's tables.
    customer_id : str
        The customer.
    as_of : str or pandas.Timestamp
        Last day to count.

    Returns
    -------
    pandas.DataFrame
        One row an event: ``date``, ``what`` (one of ``LANES``), ``amount`` (money; missing for what has none) and
        ``said`` (topic, score or status in words).

    Raises
    ------
    UnknownNameError
        If there is no such customer.

    Examples
    --------
    >>> import crmlab
    >>> customer_events(crmlab.load("retail"), "C0000002", "2025-12-28")["what"].tolist()
    ['web order', 'programme']
    """
    if not (data.customers["customer_id"] == customer_id).any():
        raise UnknownNameError(
            f"Table 'customers' has no customer_id {customer_id!r}."
            f"{nearest(str(customer_id), data.customers['customer_id'])}"
        )
    own = {t: getattr(data, t) for t in ("transactions", "tickets", "surveys", "programme")}
    own = {t: frame[frame["customer_id"] == customer_id] for t, frame in own.items()}
    trade, tickets, answers, status = own.values()
    is_return = trade["amount"] < 0
    what = (trade["channel"] + " order").mask(is_return, "return")
    csat, nps = (answers[c].astype("int64").astype("str") for c in ("csat", "nps"))
    score = "CSAT " + csat + ", NPS " + nps
    complaint = tickets["topic"].where(~tickets["is_complaint"], tickets["topic"] + ", complaint")
    parts = [
        pd.DataFrame({"date": trade["date"], "what": what, "amount": trade["amount"], "said": ""}),
        _events(tickets["opened"].dt.normalize(), "ticket", complaint),
        _events(answers["date"], "survey answer", score),
        _events(status["since"], "programme", status["status"]),
    ]
    events = pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)
    events = events[events["date"] <= pd.Timestamp(as_of)]
    return events.sort_values("date", kind="stable").reset_index(drop=True)


def _events(days: pd.Series, what: str, said: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"date": days, "what": what, "amount": float("nan"), "said": said})


def _known_by(data: Dataset, day: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """The rows of each table that were there at the end of the day."""
    tables = {table: (getattr(data, table), column) for table, column in _DATED.items()}
    return {table: frame[frame[column].dt.normalize() <= day] for table, (frame, column) in tables.items()}


def _count(frame: pd.DataFrame) -> pd.Series:
    return frame.groupby("customer_id").size()


def _joined(profile: pd.DataFrame, parts: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Join parts of one row a customer to the profile; refuse what would lose or double a row."""
    for name, part in parts.items():
        strangers = part.index.difference(pd.Index(profile["customer_id"]))
        if len(strangers):
            raise DataError(
                f"customer_id {strangers[0]!r} has {name.replace('_', ' ')} but is not in table 'customers' by that "
                f"day ({len(strangers):,} such customers). Add them there, or set their rows aside."
            )
    wide = pd.DataFrame(dict(parts), index=pd.Index(profile["customer_id"]))
    return profile.merge(wide.reset_index(), on="customer_id", how="left", validate="one_to_one")


def _as_text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return f"{value:,.0f}" if isinstance(value, float) else str(value)
