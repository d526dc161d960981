"""Set aside what cannot be counted, with the reason; nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Date
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw

from crmlab.errors import DataError, nearest
from crmlab.schema import AMOUNT, CUSTOMER, DATE
from crmlab.summary.columns import missing, standard_columns
from crmlab.summary.exact import cents, day_number
from crmlab.summary.summarizing import last_day_of

if TYPE_CHECKING:
    import pandas as pd


class Intake(NamedTuple):
    """Rows that can be used, and rows set aside with the reason in words."""

    kept: Any
    set_aside: Any

    def reasons(self) -> pd.DataFrame:
        """Count the rows set aside by reason, most first; of a lazy frame only the counts are collected."""
        aside: Any = nw.from_native(self.set_aside)
        counts = aside.group_by("reason").agg(rows=nw.len())
        table = (counts if isinstance(counts, nw.DataFrame) else counts.collect("pandas")).to_pandas()
        table["rows"] = table["rows"].astype("int64")
        return table.sort_values(["rows", "reason"], ascending=[False, True], ignore_index=True)


def intake(
    transactions: Any,
    *,
    customer: str = CUSTOMER,
    date: str = DATE,
    amount: str = AMOUNT,
    as_of: str | Date | datetime | None = None,
    unique: str | None = None,
    only: Mapping[str, Any] | None = None,
) -> Intake:
    """Separate the rows that can be summarised from those that cannot.

    Parameters
    ----------
    transactions : frame
        Any engine that narwhals knows.
    customer, date, amount : str
        Column names.
    as_of : str or date, optional
        Set aside rows after this day: a typing error such as 2052 would otherwise make everybody else look lapsed.
    unique : str, optional
        Column that should be different in every row, such as an order number. Of rows that repeat one another one is
        kept; where they contradict each other in customer, day or amount, all are set aside.
    only : mapping of str to value, optional
        What a column must hold, e.g. ``{"currency": "EUR"}``: amounts in two currencies cannot be added.

    Returns
    -------
    Intake
        ``kept``: the usable rows, unchanged. ``set_aside``: the others, with a column
        ``reason``, the first that applies. Together they are all rows, each once. ``reasons()`` counts them.

    Raises
    ------
    DataError
        If a column does not exist or has the wrong kind.

    Examples
    --------
    >>> import pandas as pd
    >>> orders = pd.DataFrame({"customer_id": ["A", None], "date": pd.to_datetime(["2025-01-01"] * 2),
    ...                        "amount": [1.0, 2.0]})
    >>> kept, aside = intake(orders)
    >>> len(kept), aside["reason"].tolist()
    (1, ['no customer_id'])
    """
    standard_columns(transactions, customer, date, amount)
    frame: Any = nw.from_native(transactions)
    for column in (*(only or {}), *([unique] if unique else [])):
        _must_exist(frame, column)
    reason: Any = nw.lit("")
    if unique:
        frame = _counted(frame, unique, customer, date, amount)
        again = nw.when(nw.col("_nth") > 1).then(nw.lit(f"{unique} repeated")).otherwise(reason)
        torn = (nw.col("_low") != nw.col("_high")) | (nw.col("_first") != nw.col("_last")) | (nw.col("_who") > 1)
        reason = nw.when(torn).then(nw.lit(f"{unique} used twice, for different orders")).otherwise(again)
        reason = nw.when(missing(frame, unique)).then(nw.lit(f"no {unique}")).otherwise(reason)
    for column, value in (only or {}).items():
        other = (nw.col(column) != value).fill_null(True)
        reason = nw.when(other).then(nw.lit(f"{column} is not {value}")).otherwise(reason)
    if as_of is not None:
        late = day_number(nw.col(date), missing=True) > last_day_of(as_of)
        reason = nw.when(late).then(nw.lit(f"after {str(as_of)[:10]}")).otherwise(reason)
    for column in (amount, date, customer):
        reason = nw.when(missing(frame, column)).then(nw.lit(f"no {column}")).otherwise(reason)
    marked = frame.with_columns(reason=reason)
    if unique:
        marked = marked.drop("_nth", "_low", "_high", "_first", "_last", "_who")
    return Intake(
        marked.filter(nw.col("reason") == "").drop("reason").to_native(),
        marked.filter(nw.col("reason") != "").to_native(),
    )


def _counted(frame: Any, unique: str, customer: str, date: str, amount: str) -> Any:
    """Number the rows that share a value, and add what tells whether they agree."""
    day, money = day_number(nw.col(date), missing=True), cents(_safe(frame, amount))
    frame = frame.with_columns(_one=nw.lit(1), _day=day, _money=money)
    same = frame.group_by(unique).agg(
        _low=nw.col("_money").min(), _high=nw.col("_money").max(), _first=nw.col("_day").min(),
        _last=nw.col("_day").max(), _who=nw.col(customer).n_unique(),
    )  # fmt: skip
    nth = nw.col("_one").cum_sum().over(unique, order_by=["_day", "_money"])
    return frame.with_columns(_nth=nth).drop("_one", "_day", "_money").join(same, on=unique, how="left")


def _safe(frame: Any, amount: str) -> nw.Expr:
    return nw.when(missing(frame, amount)).then(nw.lit(0)).otherwise(nw.col(amount))


def _must_exist(frame: Any, column: str) -> None:
    schema = frame.collect_schema()
    if column not in schema:
        raise DataError(f"transactions has no column {column!r}.{nearest(column, schema)}")
