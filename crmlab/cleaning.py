"""Make a real table fit for customer analysis, and count every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def clean_online_retail(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make Online Retail fit for customer analysis, and count every step.

    Steps, in this order: set aside exact duplicates (all columns equal to an earlier row), rows
    without a customer, and rows with a price of zero. Cancellations (invoices that begin with C)
    stay, as negative amounts: they are returns. Columns get the names of :mod:`crmlab.schema`.

    Parameters
    ----------
    raw : pandas.DataFrame
        The 541,909 lines as shipped.

    Returns
    -------
    kept : pandas.DataFrame
        ``order_id, customer_id, date, amount`` and what else is known of the line;
        ``amount`` is quantity times unit price in pounds sterling.
    report : pandas.DataFrame
        ``step``, ``rows`` set aside, ``rows_left``.

    Examples
    --------
    >>> import crmlab
    >>> crmlab.load("online_retail", clean=True).cleaning["rows_left"].tolist()
    [541909, 536641, 401604, 401564]
    """
    import pandas as pd

    steps: list[tuple[str, Any]] = [
        ("exact duplicates of an earlier line", lambda f: f.duplicated()),
        ("no customer", lambda f: f["CustomerID"].isna()),
        ("unit price of zero", lambda f: f["UnitPrice"] == 0),
    ]
    kept, counted = raw, [("lines as shipped", 0, len(raw))]
    for step, finds in steps:
        aside = finds(kept)
        kept = kept[~aside]
        counted.append((step, int(aside.sum()), len(kept)))
    cents = (kept["Quantity"] * kept["UnitPrice"] * 100).round()
    frame = pd.DataFrame(
        {
            "order_id": kept["InvoiceNo"].astype("str"),
            "customer_id": kept["CustomerID"].astype("int64").astype("str"),
            "date": kept["InvoiceDate"].astype("datetime64[us]"),
            "amount": cents / 100,
            "stock_code": kept["StockCode"].astype("str"),
            "description": kept["Description"],
            "quantity": kept["Quantity"],
            "unit_price": kept["UnitPrice"],
            "country": kept["Country"].astype("str"),
        }
    ).reset_index(drop=True)
    return frame, pd.DataFrame(counted, columns=["step", "rows", "rows_left"])
