"""The moves as a Markov chain: probabilities with intervals, rates, time in a tier, the long run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from crmlab.errors import DataError, ModelError
from crmlab.tiering.moves.intervals import wilson

DRAWS = 2_000


@dataclass(frozen=True, repr=False)
class Migration:
    """Counts of moves between tiers, and what follows from them.

    Parameters
    ----------
    counts : pandas.DataFrame
        Customers by tier before (rows) and after (columns), the same tiers in the same order, lowest first. Several
        periods are added up.
    joiners, leavers : pandas.Series, optional
        Customers by tier who were there only after, and only before.
    now : pandas.Series, optional
        Customers by tier after the last period, with those who joined; default: without them.
    periods : sequence of pandas.DataFrame
        The counts of each period, if there are several.
    level : float
        Confidence of all intervals.

    Examples
    --------
    >>> tiers = ["regular", "gold"]
    >>> moves = Migration(pd.DataFrame([[80, 20], [10, 30]], index=tiers, columns=tiers))
    >>> print(moves)
    Of 140 customers, 14.3% rose, 7.1% fell and 78.6% stayed in their tier; 0 joined and 0 left.
    >>> moves.probabilities.loc["gold"].tolist()
    [0.25, 0.75]
    """

    counts: pd.DataFrame
    joiners: pd.Series = field(default_factory=lambda: pd.Series(dtype="int64"))
    leavers: pd.Series = field(default_factory=lambda: pd.Series(dtype="int64"))
    now: pd.Series | None = None
    periods: Sequence[pd.DataFrame] = ()
    level: float = 0.95

    def __post_init__(self) -> None:
        if len(self.counts) < 2 or list(self.counts.index) != list(self.counts.columns):
            raise DataError("counts needs two or more tiers, the same in rows and columns, lowest first.")
        now = self.counts.sum() if self.now is None else self.now
        for name, found in (("joiners", self.joiners), ("leavers", self.leavers), ("now", now)):
            object.__setattr__(self, name, found.reindex(self.tiers, fill_value=0).astype("int64"))

    @property
    def tiers(self) -> list[str]:
        """Tier names, lowest first."""
        return [str(t) for t in self.counts.index]

    @cached_property
    def probabilities(self) -> pd.DataFrame:
        """Share of each tier's customers who are in each tier one period later; rows sum to 1.

        Missing in the row of a tier in which nobody was.
        """
        sizes = self.counts.sum(axis=1)
        return self.counts.div(sizes.where(sizes > 0), axis=0)

    def table(self) -> pd.DataFrame:
        """List every move with its probability and Wilson interval.

        Returns
        -------
        pandas.DataFrame
            ``before``, ``after``, ``customers``, ``probability``, ``low``, ``high``; one row a pair of tiers, highest
            first. The intervals take transitions as independent; those of one customer over several periods are
            not quite, and then the truth is a little less certain than the interval says.
        """
        order = self.tiers[::-1]
        counts = self.counts.loc[order, order].to_numpy()
        sizes = np.repeat(counts.sum(axis=1), len(order))
        low, high = wilson(counts.ravel(), sizes, self.level)
        share = np.divide(counts.ravel(), sizes, out=np.full(len(sizes), np.nan), where=sizes > 0)
        columns = {
            "before": np.repeat(order, len(order)), "after": order * len(order), "customers": counts.ravel(),
            "probability": share, "low": low, "high": high,
        }  # fmt: skip
        return pd.DataFrame(columns)

    def rates(self) -> pd.DataFrame:
        """Rates of rising, falling, staying, leaving and joining, with Wilson intervals.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``upgrade``, ``downgrade``, ``stay``, ``leave``, ``join``: ``customers``, ``of`` (those who
            could: nobody rises from the top tier, nobody falls from the lowest; newcomers are a share of those there
            after), ``rate``, ``low``, ``high``.
        """
        counts = self.counts.to_numpy()
        there = counts.sum()
        found = {
            "upgrade": (np.triu(counts, 1).sum(), counts[:-1].sum()),
            "downgrade": (np.tril(counts, -1).sum(), counts[1:].sum()),
            "stay": (np.trace(counts), there),
            "leave": (self.leavers.sum(), there + self.leavers.sum()),
            "join": (self.joiners.sum(), there + self.joiners.sum()),
        }
        rows = pd.DataFrame.from_dict(found, orient="index", columns=["customers", "of"]).astype("int64")
        low, high = wilson(rows["customers"], rows["of"], self.level)
        return rows.assign(rate=rows["customers"] / rows["of"].where(rows["of"] > 0), low=low, high=high)

    def time_in_tier(self) -> pd.DataFrame:
        """Mean number of reviews that somebody who is in a tier spends there in one go.

        Returns
        -------
        pandas.DataFrame
            Indexed by tier, highest first: ``reviews``, ``low``, ``high``; infinite where nobody left the tier.

        Notes
        -----
        The time is geometric: ``1 / (1 - p)``, where ``p`` is the probability to stay (Kemeny and Snell 1960,
        *Finite Markov Chains*). It holds if the chance to leave does not depend on how long one has been there.
        """
        moves = self.table()
        stay = moves[moves["before"] == moves["after"]].set_index("before").rename_axis("tier")
        leave = 1 - stay[["probability", "low", "high"]]
        return (1 / leave.where(leave > 0, 0.0)).set_axis(["reviews", "low", "high"], axis=1)

    def steady_state(self, seed: int = 0) -> pd.DataFrame:
        """Shares of the tiers in the long run, if the moves went on like this and nobody joined or left.

        Parameters
        ----------
        seed : int
            For the intervals, which are drawn: rows from the Dirichlet distribution of their counts.

        Returns
        -------
        pandas.DataFrame
            Indexed by tier, highest first: ``now`` (share after the last period, newcomers counted), ``share`` (the
            left eigenvector of the matrix for the eigenvalue 1), ``low``, ``high``. A tier to which nobody returns has
            0; :meth:`reducible` says so.

        Raises
        ------
        ModelError
            If the long run depends on where one starts, because the tiers fall apart into groups that nobody leaves;
            or if nobody was in a tier before, so that its moves are not known.

        Examples
        --------
        The weather in the land of Oz (Kemeny and Snell 1960), as counts in the published proportions.

        >>> days = ["rain", "nice", "snow"]
        >>> oz = Migration(pd.DataFrame([[2, 1, 1], [2, 0, 2], [1, 1, 2]], index=days, columns=days))
        >>> oz.steady_state()["share"].round(6).to_dict()
        {'snow': 0.4, 'nice': 0.2, 'rain': 0.4}
        """
        groups = self._closed_groups()
        if len(groups) > 1:
            raise ModelError(
                f"There is no one steady state: nobody left {_named(groups, ' or ')}, so the long run depends on "
                "where one starts. Pool more periods, or look at each group by itself."
            )
        inside = np.isin(self.tiers, groups[0])
        counts = self.counts.to_numpy(dtype=float)[np.ix_(inside, inside)]
        # a move that was never seen stays impossible, so that every draw has the structure of the counts
        drawn = np.random.default_rng(seed).standard_gamma(np.broadcast_to(counts, (DRAWS, *counts.shape)))
        found = np.zeros((DRAWS + 1, len(self.tiers)))
        found[:, inside] = stationary(np.concatenate([counts[None], drawn]))
        tail = (1 - self.level) / 2
        low, high = np.quantile(found[1:], [tail, 1 - tail], axis=0)
        columns = {"now": self._now_shares(), "share": found[0], "low": low, "high": high}
        return pd.DataFrame(columns, index=pd.Index(self.tiers, name="tier")).iloc[::-1]

    def reducible(self) -> str:
        """Say in a sentence which tiers are never left or never reached again; empty if all are reached from all.

        Examples
        --------
        >>> tiers = ["regular", "gold"]
        >>> Migration(pd.DataFrame([[80, 20], [0, 40]], index=tiers, columns=tiers)).reducible()
        'Reducible: nobody returns to regular, so in the long run it is empty.'
        """
        groups = self._closed_groups()
        if len(groups) > 1:
            return f"Reducible: nobody left {_named(groups, ' or ')}, so there is more than one long run."
        gone = [t for t in self.tiers if t not in groups[0]]
        empty = "it is empty" if len(gone) == 1 else "they are empty"
        return f"Reducible: nobody returns to {' or '.join(gone)}, so in the long run {empty}." if gone else ""

    def homogeneity(self) -> dict[str, float]:
        """Test whether the periods that were pooled moved alike.

        Returns
        -------
        dict
            ``statistic``, ``df`` and ``p_value`` of the chi-square test.

        Raises
        ------
        ModelError
            With fewer than two periods, or if no tier has moves to compare in two of them.

        Notes
        -----
        Anderson and Goodman (1957), "Statistical inference about Markov chains": for every tier before, a test of
        independence between the period and the tier after; statistics and degrees of freedom add up.
        """
        from scipy.stats import chi2

        if len(self.periods) < 2:
            raise ModelError("homogeneity compares periods; give migration three or more assignments in a row.")
        stack = np.stack([p.to_numpy(dtype=float) for p in self.periods])
        statistic, df = 0.0, 0
        for row in range(stack.shape[1]):
            seen = stack[:, row]
            seen = seen[seen.sum(axis=1) > 0][:, seen.sum(axis=0) > 0]
            if min(seen.shape) >= 2:
                expected = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum()
                statistic += float(((seen - expected) ** 2 / expected).sum())
                df += (seen.shape[0] - 1) * (seen.shape[1] - 1)
        if not df:
            raise ModelError("homogeneity: no tier has moves to compare in two periods.")
        return {"statistic": statistic, "df": df, "p_value": float(chi2.sf(statistic, df))}

    def __str__(self) -> str:
        counts = self.counts.to_numpy()
        there, joined, left = int(counts.sum()), int(self.joiners.sum()), int(self.leavers.sum())
        rest = f"{joined:,} joined and {left:,} left."
        if not there:
            return f"Nobody was there both before and after; {rest}"
        up, down, same = np.triu(counts, 1).sum(), np.tril(counts, -1).sum(), np.trace(counts)
        who = f"transitions in {len(self.periods)} periods" if len(self.periods) else "customers"
        return (
            f"Of {there:,} {who}, {up / there:.1%} rose, {down / there:.1%} fell and {same / there:.1%} stayed in "
            f"their tier; {rest}"
        )

    __repr__ = __str__

    def _now_shares(self) -> np.ndarray:
        assert self.now is not None
        return self.now.to_numpy() / self.now.sum()

    def _closed_groups(self) -> list[list[str]]:
        """Groups of tiers that all reach one another and that nobody leaves."""
        from scipy.sparse.csgraph import connected_components

        counts = self.counts.to_numpy()
        left, entered = counts.sum(axis=1) > 0, counts.sum(axis=0) > 0
        if not counts.any():
            raise ModelError("Nobody was there both before and after, so there are no moves.")
        unknown = [t for t, is_left, is_entered in zip(self.tiers, left, entered, strict=True) if is_entered > is_left]
        if unknown:
            raise ModelError(
                f"Nobody was in {' or '.join(unknown)} before, so the moves from there are not known. "
                "Pool more periods."
            )
        number, group = connected_components(counts > 0, directed=True, connection="strong")
        groups = [(group == g) & left for g in range(number)]
        closed = [g for g in groups if g.any() and not counts[np.ix_(g, ~g)].any()]
        return [[t for t, inside in zip(self.tiers, g, strict=True) if inside] for g in closed]


def stationary(weights: np.ndarray) -> np.ndarray:
    """Stationary distribution of transition matrices: what one more step leaves as it is.

    Parameters
    ----------
    weights : numpy.ndarray, shape (..., k, k)
        Counts or probabilities of moves, not negative; each row is brought to the sum of 1. All states of a matrix
        must reach one another.

    Returns
    -------
    numpy.ndarray, shape (..., k)
        The left eigenvector for the eigenvalue 1, summing to 1.

    Examples
    --------
    >>> stationary(np.array([[0.9, 0.1], [0.3, 0.7]])).round(6).tolist()
    [0.75, 0.25]
    """
    moves = weights / weights.sum(axis=-1, keepdims=True)
    k = moves.shape[-1]
    # w (P - I) = 0 has one equation too many; in its place the shares sum to 1
    system = np.swapaxes(moves, -1, -2) - np.eye(k)
    system[..., -1, :] = 1.0
    right = np.zeros((*moves.shape[:-2], k, 1))
    right[..., -1, 0] = 1.0
    solution: np.ndarray = np.linalg.solve(system, right)[..., 0]
    return solution


def _named(groups: list[list[str]], between: str) -> str:
    return between.join("{" + ", ".join(g) + "}" for g in groups)
