"""Where a value stands among all values: the one idea behind scores, classes and quantile tiers.

A customer's place is counted from the *distinct* values: how many customers have strictly
less, and how much the customers with strictly more bring together. Equal values therefore get
equal places, whatever the order of the rows and whatever the engine.
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from crmlab.errors import DataError, nearest
from crmlab.summary import cents


def read(frame: Any, columns: list[str], table: str = "customers") -> Any:
    """Return a narwhals frame in which the named columns exist, are numeric, and are complete.

    Raises
    ------
    DataError
        Names the table, the column and, in memory, the first bad row.
    """
    try:
        data: Any = nw.from_native(frame)
    except TypeError:
        raise DataError(f"{table} is a {type(frame).__name__}; a data frame was expected.") from None
    schema = data.collect_schema()
    for column in columns:
        if column not in schema:
            raise DataError(
                f"{table} has no column {column!r}.{nearest(column, schema)} "
                f"It has {', '.join(map(str, schema)) or 'none'}."
            )
        if not schema[column].is_numeric():
            raise DataError(f"{table}, column {column!r}: holds {str(schema[column]).lower()}, a number was expected.")
        if isinstance(data, nw.DataFrame):
            if data.is_empty():
                raise DataError(f"{table} is empty; at least one customer is needed.")
            bad = nw.col(column).is_null()
            if schema[column].is_float():
                bad = bad | ~nw.col(column).is_finite().fill_null(False)
            rows = data.select(bad.alias("bad"))["bad"].arg_true()
            if len(rows):
                raise DataError(
                    f"{table}, column {column!r}: {len(rows):,} of {len(data):,} rows have no usable number "
                    f"(first: row {int(rows[0])}). Fill them or leave those customers out."
                )
    return data


def count_below(data: Any, column: str, *, descending: bool = False) -> Any:
    """Return one row a distinct value with ``_below`` and ``_n``.

    Parameters
    ----------
    data : narwhals frame
        One row a customer.
    column : str
        A numeric column.
    descending : bool
        Count the customers with strictly *more* instead of strictly less.

    Returns
    -------
    narwhals frame
        ``column``, ``_below`` (customers placed strictly lower), ``_n`` (all customers).
    """
    values = data.group_by(column).agg(_count=nw.len())
    values = values.with_columns(_count=nw.col("_count").cast(nw.Int64), _all=nw.lit(1))
    values = values.with_columns(
        _upto=nw.col("_count").cum_sum().over("_all", order_by=column),
        _n=nw.col("_count").sum().over("_all"),
    )
    below = nw.col("_n") - nw.col("_upto") if descending else nw.col("_upto") - nw.col("_count")
    return values.select(nw.col(column), below.cast(nw.Int64).alias("_below"), nw.col("_n").cast(nw.Int64))


def join_places(data: Any, places: Any, column: str) -> Any:
    """Join what was worked out for the distinct values back to the customers.

    The distinct values of a whole-numbered column (orders, days) are few: Spark gets them as a broadcast, so that
    it need not shuffle the customers for them.
    """
    if data.implementation.is_pyspark() and data.collect_schema()[column].is_integer():
        from pyspark.sql.functions import broadcast

        places = nw.from_native(broadcast(places.to_native()))
    return data.join(places, on=column, how="left")


def sum_above(data: Any, column: str) -> Any:
    """Return one row a distinct value with ``_above`` and ``_total``, in cents.

    ``_above`` is the sum over customers with a strictly larger value; negative values
    count as zero, because a loss is no share of a whole.
    """
    values = data.group_by(column).agg(_count=nw.len())
    worth = cents(nw.col(column))
    worth = nw.when(worth > 0).then(worth).otherwise(0) * nw.col("_count").cast(nw.Int64)
    values = values.with_columns(_worth=worth.cast(nw.Int64), _all=nw.lit(1))
    values = values.with_columns(
        _upto=nw.col("_worth").cum_sum().over("_all", order_by=column),
        _total=nw.col("_worth").sum().over("_all"),
    )
    return values.select(
        nw.col(column),
        (nw.col("_total") - nw.col("_upto")).cast(nw.Int64).alias("_above"),
        nw.col("_total").cast(nw.Int64),
    )


def back(result: Any, original: Any) -> Any:
    """Return the caller's kind of frame; a pandas frame keeps the caller's index."""
    native = result.to_native()
    if result.implementation.is_pandas():
        native.index = original.index
    return native
