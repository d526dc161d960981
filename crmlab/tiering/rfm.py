"""Recency, frequency and monetary value as scores from 1 to k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isfinite
from numbers import Real
from typing import Any

import narwhals as nw

from crmlab.errors import DataError, nearest
from crmlab.summary.columns import missing
from crmlab.tiering.ranking import back, count_below, join_places, read

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
    cuts: Mapping[str, Sequence[float]] | None = None,
) -> Any:
    """Score recency, frequency and monetary value from 1 (worst) to ``k`` (best).

    A score is ``1 + floor(k * lower / n)``, where *lower* counts the customers that are strictly
    worse and *n* counts all. Equal values get equal scores: a group of ties
    is never cut in two, it takes the lowest score that any of its places would get.

    With ``cuts`` a column is scored by declared cut points instead, so that scores of different dates can be compared
    and a customer can be told what the next score takes.

    Parameters
    ----------
    customers : frame
        One row a customer, as from :func:`crmlab.summarize`; any engine.
    k : int
        Number of scores; 5 gives quintiles.
    recency, frequency, monetary : str
        Columns to score. ``recency`` is a time *since* the last purchase: less is better.
    cuts : mapping of str to sequence of float, optional
        Column to rising cut points, each the *last* value of its group: ``{"orders": [1, 3, 6]}`` makes four groups, 1
        order, 2 or 3, 4 to 6, and more, with the scores 1 to 4; ``{"days_since_last": [30, 90]}`` gives 3 to who
        bought within 30 days. Columns that are not named are scored by rank.

    Returns
    -------
    frame of the same kind
        The input with integer ``r_score``, ``f_score``, ``m_score`` and the text ``rfm``
        such as ``"543"`` (``"10-4-3"`` when a score can be above 9).

    Raises
    ------
    DataError
        For a column that is absent, not numeric or incomplete, ``k`` below 2, or cut points that do not rise.

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
    >>> rfm_scores(customers, k=2, cuts={"orders": [1, 3, 6]})["f_score"].tolist()
    [4, 1, 1, 2]
    """
    if not isinstance(k, int) or k < 2:
        raise DataError(f"k is {k!r}; a whole number of at least 2 was expected (5 gives quintiles).")
    data = base = read(customers, [recency, frequency, monetary])
    declared = _declared(cuts or {}, (recency, frequency, monetary))
    for column, score, descending in (
        (recency, "r_score", True),
        (frequency, "f_score", False),
        (monetary, "m_score", False),
    ):
        if column in declared:
            data = data.with_columns(_by_cuts(data, column, declared[column], descending).alias(score))
            continue
        places = count_below(base, column, descending=descending)
        places = places.select(nw.col(column), (1 + (k * nw.col("_below")) // nw.col("_n")).cast(nw.Int64).alias(score))
        data = join_places(data, places, column)
    text = [nw.col(c).cast(nw.String) for c in ("r_score", "f_score", "m_score")]
    highest = max([k, *(len(points) + 1 for points in declared.values())])
    return back(data.with_columns(rfm=nw.concat_str(text, separator="" if highest < 10 else "-")), customers)


def _by_cuts(data: Any, column: str, points: Sequence[float], descending: bool) -> nw.Expr:
    """1 and one more for each cut point passed; where less is better, one less."""
    start, step = (len(points) + 1, -1) if descending else (1, 1)
    score: nw.Expr = nw.lit(start)
    for point in points:
        score = score + nw.when(nw.col(column) > point).then(nw.lit(step)).otherwise(nw.lit(0))
    # what is missing passes no cut point, and must not get the score of those who do not either
    return nw.when(~missing(data, column)).then(score).otherwise(None).cast(nw.Int64)


def _declared(cuts: Mapping[str, Sequence[float]], columns: tuple[str, ...]) -> dict[str, list[float]]:
    """The cut points, or what is wrong with them."""
    for column, points in cuts.items():
        if column not in columns:
            raise DataError(
                f"cuts names {column!r}, which is not scored.{nearest(column, columns)} Scored are "
                f"{', '.join(columns)}."
            )
        wanted = f"cuts: {column!r} has {points!r}; rising numbers were expected, e.g. [1, 3, 6]."
        if isinstance(points, str) or not isinstance(points, Sequence) or not points:
            raise DataError(wanted)
        plain = [isinstance(p, Real) and not isinstance(p, bool) and isfinite(p) for p in points]
        if not all(plain) or any(b <= a for a, b in pairwise(points)):
            raise DataError(wanted)
    return {column: [float(p) for p in points] for column, points in cuts.items()}


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
