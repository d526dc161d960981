"""Recency, frequency and monetary value as scores from 1 to k."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from crmlab.errors import DataError
from crmlab.tiering.ranking import back, count_below, read

# (segment, lowest r, highest r, lowest f, highest f) for quintiles; the first row that fits wins
SEGMENTS: tuple[tuple[str, int, int, int, int], ...] = (
    ("champions", 4, 5, 4, 5),
    ("loyal", 3, 3, 4, 5),
    ("promising", 3, 5, 1, 3),
    ("at risk", 1, 2, 4, 5),
    ("lapsed", 1, 2, 1, 3),
)


def rfm_scores(
    customers: Any,
    k: int = 5,
    *,
    recency: str = "days_since_last",
    frequency: str = "orders",
    monetary: str = "revenue",
) -> Any:
    """Score recency, frequency and monetary value from 1 (worst) to ``k`` (best).

    A score is ``1 + floor(k * lower / n)``, where *lower* counts the customers that are strictly
    worse and *n* counts all. Equal values get equal scores: a group of ties
    is never cut in two, it takes the lowest score that any of its places would get.

    Parameters
    ----------
    customers : frame
        One row a customer, as from :func:`crmlab.summarize`; any engine.
    k : int
        Number of scores; 5 gives quintiles.
    recency, frequency, monetary : str
        Columns to score. ``recency`` is a time *since* the last purchase: less is better.

    Returns
    -------
    frame of the same kind
        The input with integer ``r_score``, ``f_score``, ``m_score`` and the text ``rfm``
        such as ``"543"`` (``"10-4-3"`` when ``k`` is above 9).

    Raises
    ------
    DataError
        For a column that is absent, not numeric or incomplete, or ``k`` below 2.

    Notes
    -----
    RFM scoring goes back to Hughes (1994), *Strategic Database Marketing*. Many tools cut
    ties by row order so that all groups are of one size; two customers with the same history
    can then get different service.

    Examples
    --------
    >>> import pandas as pd
    >>> customers = pd.DataFrame({"days_since_last": [3, 40, 40, 200], "orders": [9, 1, 1, 2],
    ...                           "revenue": [90.0, 5.0, 6.0, 7.0]})
    >>> rfm_scores(customers, k=2)["rfm"].tolist()
    ['222', '111', '111', '122']
    """
    if not isinstance(k, int) or k < 2:
        raise DataError(f"k is {k!r}; a whole number of at least 2 was expected (5 gives quintiles).")
    data = base = read(customers, [recency, frequency, monetary])
    for column, score, descending in (
        (recency, "r_score", True),
        (frequency, "f_score", False),
        (monetary, "m_score", False),
    ):
        places = count_below(base, column, descending=descending)
        places = places.select(nw.col(column), (1 + (k * nw.col("_below")) // nw.col("_n")).cast(nw.Int64).alias(score))
        data = data.join(places, on=column, how="left")
    text = [nw.col(c).cast(nw.String) for c in ("r_score", "f_score", "m_score")]
    return back(data.with_columns(rfm=nw.concat_str(text, separator="" if k < 10 else "-")), customers)


def rfm_segments(scores: Any, segments: tuple[tuple[str, int, int, int, int], ...] = SEGMENTS) -> Any:
    """Name the regions of the recency-frequency grid.

    Parameters
    ----------
    scores : frame
        With ``r_score`` and ``f_score``, as from :func:`rfm_scores`.
    segments : tuple of (name, lowest r, highest r, lowest f, highest f)
        The first region that holds a customer names it; the default map is for quintiles.

    Returns
    -------
    frame of the same kind
        The input with a text column ``segment``; ``"other"`` where no region fits.

    Examples
    --------
    >>> import pandas as pd
    >>> rfm_segments(pd.DataFrame({"r_score": [5, 1], "f_score": [5, 5]}))["segment"].tolist()
    ['champions', 'at risk']
    """
    data = read(scores, ["r_score", "f_score"], "scores")
    name = nw.lit("other")
    for segment, r_low, r_high, f_low, f_high in reversed(segments):
        inside = nw.col("r_score").is_between(r_low, r_high) & nw.col("f_score").is_between(f_low, f_high)
        name = nw.when(inside).then(nw.lit(segment)).otherwise(name)
    return data.with_columns(segment=name).to_native()
