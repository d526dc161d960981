"""ABC classes by cumulative share of value (Pareto)."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from crmlab.errors import DataError
from crmlab.summary import divided
from crmlab.tiering.ranking import back, join_places, read, sum_above


def abc_classes(
    customers: Any, value: str = "revenue", cuts: tuple[float, ...] = (0.80, 0.95), labels: str = "ABC"
) -> Any:
    """Class customers by the share of value that larger customers already bring.

    Sort the customers by value, largest first. A customer is in class A as long as the customers with
    a strictly larger value bring less than 80 % of the total, in B as long as they bring less
    than 95 %, and in C after that. So class A is the smallest set of whole tie groups that brings
    *at least* 80 %, and equal values get equal classes.

    Parameters
    ----------
    customers : frame
        One row a customer; any engine.
    value : str
        Column with the value, in money; values of zero or less are always in the last class.
    cuts : tuple of float
        Rising shares between 0 and 1, one fewer than labels.
    labels : str or sequence of str
        Class names, best first.

    Returns
    -------
    frame of the same kind
        The input with ``share_above`` (share of total value brought by strictly larger customers)
        and ``abc``.

    Raises
    ------
    DataError
        For cuts that do not rise between 0 and 1, a wrong number of labels, or no positive value at all.

    Examples
    --------
    >>> import pandas as pd
    >>> abc_classes(pd.DataFrame({"revenue": [80.0, 10.0, 6.0, 4.0]}))["abc"].tolist()
    ['A', 'B', 'B', 'C']
    """
    if list(cuts) != sorted(set(cuts)) or not all(0 < c < 1 for c in cuts):
        raise DataError(f"cuts is {cuts!r}; rising shares between 0 and 1 were expected, e.g. (0.80, 0.95).")
    if len(labels) != len(cuts) + 1:
        raise DataError(f"{len(cuts)} cuts make {len(cuts) + 1} classes, but labels has {len(labels)}.")
    data = read(customers, [value])
    totals = sum_above(data, value)
    if isinstance(totals, nw.DataFrame) and int(totals["_total"].max()) == 0:
        raise DataError(f"customers, column {value!r}: no value is above 0, so there is nothing to share out.")
    share = divided(nw.col("_above"), nw.col("_total"))
    name = nw.lit(labels[-1])
    for cut, label in reversed(list(zip(cuts, labels, strict=False))):
        name = nw.when((nw.col("share_above") < cut) & (nw.col(value) > 0)).then(nw.lit(label)).otherwise(name)
    places = totals.with_columns(share_above=share).with_columns(abc=name).drop("_above", "_total")
    return back(join_places(data, places, value), customers)
