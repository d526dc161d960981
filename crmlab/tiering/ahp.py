"""Weights from comparisons in pairs: the analytic hierarchy process (Saaty 1980, *The Analytic Hierarchy Process*).

Nobody can say that orders deserve 0.30 of a score; most people can say that revenue matters somewhat more than orders.
From one such judgement for each pair come weights, and a measure of how far the judgements contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import log

import numpy as np
import pandas as pd

from crmlab.errors import DataError
from crmlab.tiering.judgements import Judgements, as_step, matrix_of, on_scale

# mean consistency index of random judgements, by number of criteria (Saaty 1980)
RANDOM_INDEX = {1: 0.0, 2: 0.0, 3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49}
ACCEPTED = 0.10  # Saaty's limit for the ratio


@dataclass(frozen=True)
class Comparison:
    """A complete set of judgements, one for each pair of criteria; made by :func:`compare_pairs`.

    Parameters
    ----------
    matrix : pandas.DataFrame
        Square, index and columns are the criteria; the entry in row *a* and column *b* says how many times as
        important *a* is as *b*, and the entry across is its reciprocal.
    """

    matrix: pd.DataFrame

    @property
    def criteria(self) -> list[str]:
        """Names of the criteria."""
        return [str(c) for c in self.matrix.index]

    @property
    def weights(self) -> pd.Series:
        """Weights that sum to 1: the principal eigenvector of the matrix."""
        return pd.Series(_principal(self.matrix.to_numpy())[1], index=self.matrix.index, name="weight")

    @property
    def geometric_weights(self) -> pd.Series:
        """Weights by the geometric mean of each row, for comparison: the same if the judgements are consistent.

        They minimise the squared errors of the logarithms (Crawford and Williams 1985).
        """
        means = np.exp(np.log(self.matrix.to_numpy()).mean(axis=1))
        return pd.Series(means / means.sum(), index=self.matrix.index, name="weight")

    @property
    def lambda_max(self) -> float:
        """Largest eigenvalue: the number of criteria if nothing is contradicted, else more."""
        return _principal(self.matrix.to_numpy())[0]

    @property
    def consistency_index(self) -> float:
        """``(lambda_max - n) / (n - 1)``; 0 for judgements without contradiction."""
        return _index(self.matrix.to_numpy())

    @property
    def consistency_ratio(self) -> float:
        """The index as a share of what random judgements have; up to 0.10 is usually accepted."""
        return _ratio(self.matrix.to_numpy())

    @property
    def judgements(self) -> pd.DataFrame:
        """Each judgement against what the others imply.

        Returns
        -------
        pandas.DataFrame
            One row a pair, the one whose change helps most first: ``first``, ``second``, ``judgement`` (how many times
            as important the first is), ``implied`` (the same by the weights that all *other* judgements give),
            ``suggested`` (the step of Saaty's scale next to it), ``ratio_after`` (the consistency ratio if only this
            judgement were changed to the suggestion). Of equals, the smaller change comes first. With two criteria
            nothing else implies anything: ``implied`` is the judgement itself.

        Notes
        -----
        The weights of the others are those of Harker (1987), "Incomplete pairwise comparisons in the analytic
        hierarchy process": the questioned entries are set to 0, the two diagonal entries to 2.
        """
        a, rows = self.matrix.to_numpy(), []
        for i, j in combinations(range(len(a)), 2):
            implied = _implied_by_others(a, i, j) if len(a) > 2 else float(a[i, j])
            suggested = on_scale(implied)
            rows.append(
                {
                    "first": self.criteria[i], "second": self.criteria[j], "judgement": float(a[i, j]),
                    "implied": implied, "suggested": suggested,
                    "ratio_after": _ratio(_changed(a, i, j, suggested)) if len(a) > 2 else 0.0,
                    "_step": abs(log(suggested / a[i, j])),
                }
            )  # fmt: skip
        table = pd.DataFrame(rows)
        # rounded, so that the last bit of an eigenvalue does not decide between equals
        table["_ratio"], table["_step"] = table["ratio_after"].round(9), table["_step"].round(9)
        table = table.sort_values(["_ratio", "_step"], kind="stable", ignore_index=True)
        return table.drop(columns=["_ratio", "_step"])

    def reconsider(self) -> str:
        """Say in a sentence which judgement to think over, and what the others suggest instead.

        With three criteria any one of the three judgements can be bent to fit the other two; the sentence names the
        smallest change.
        """
        now, (first, second, said, _, suggested, after) = self.consistency_ratio, self.judgements.to_numpy()[0]
        verdict = f"The consistency ratio is {now:.2f} ({'up to' if now <= ACCEPTED else 'above'} {ACCEPTED:.2f}"
        verdict += ", which is accepted)." if now <= ACCEPTED else ", which is too much)."
        if round(after, 2) >= round(now, 2):
            return f"{verdict} No other answer on a single pair would lower it."
        return (
            f"{verdict} It would fall most, to {after:.2f}, with another answer on {first} against {second}: "
            f"{as_step(said)} was said, the other judgements suggest {as_step(suggested)}."
        )

    def change(self, first: str, second: str, judgement: float) -> Comparison:
        """Return the same comparison with one judgement changed.

        Examples
        --------
        >>> said = compare_pairs({("revenue", "orders"): 3, ("revenue", "recency"): 5, ("orders", "recency"): 4})
        >>> round(said.consistency_ratio, 2), round(said.change("orders", "recency", 2).consistency_ratio, 2)
        (0.07, 0.0)
        """
        pairs = list(combinations(self.criteria, 2))
        if (first, second) not in pairs and (second, first) not in pairs:
            names = ", ".join(self.criteria)
            raise DataError(f"There is no pair of {first!r} and {second!r}; the criteria are {names}.")
        known = dict(zip(pairs, self.matrix.to_numpy()[np.triu_indices(len(self.criteria), 1)].tolist(), strict=True))
        known.pop((second, first), None)
        return compare_pairs({**known, (first, second): judgement}, self.criteria)

    def __str__(self) -> str:
        said = ", ".join(f"{name} {weight:.0%}" for name, weight in self.weights.items())
        return f"{said}. {self.reconsider()}"


def compare_pairs(judgements: Judgements | pd.DataFrame, criteria: Iterable[str] | None = None) -> Comparison:
    """Turn judgements about pairs into weights.

    Parameters
    ----------
    judgements : mapping of (str, str) to float, or pandas.DataFrame
        ``{("revenue", "orders"): 3}`` says that revenue is three times as important as orders; one entry a pair, in
        either direction. Or a square frame with the criteria as index and columns. Saaty's scale: 1 equal, 3 somewhat,
        5 clearly, 7 very much, 9 utterly more important, the numbers between for in between, 1/3 for somewhat less.
    criteria : iterable of str, optional
        Their order; by default as they appear.

    Returns
    -------
    Comparison
        With ``weights``, ``geometric_weights``, ``lambda_max``, ``consistency_index``, ``consistency_ratio``,
        ``judgements`` (which one to reconsider) and :meth:`Comparison.reconsider` (the same in a sentence).

    Raises
    ------
    DataError
        For a missing pair, a judgement outside 1/9 to 9, entries that contradict their reciprocals, or more than ten
        criteria.

    Notes
    -----
    Saaty (1980): weights are the principal eigenvector of the matrix, the consistency index is
    ``(lambda_max - n) / (n - 1)``, and the ratio divides it by its mean over random judgements (``RANDOM_INDEX``).

    Examples
    --------
    >>> said = compare_pairs({("revenue", "orders"): 2, ("revenue", "recency"): 4, ("orders", "recency"): 2})
    >>> said.weights.round(3).to_dict()
    {'revenue': 0.571, 'orders': 0.286, 'recency': 0.143}
    >>> round(said.consistency_ratio, 6)
    0.0
    """
    return Comparison(matrix_of(judgements, criteria))


def _principal(a: np.ndarray) -> tuple[float, np.ndarray]:
    """Largest eigenvalue and its eigenvector; both are real and positive for a positive matrix (Perron 1907)."""
    values, vectors = np.linalg.eig(a)
    largest = int(np.argmax(values.real))
    weights = np.abs(vectors[:, largest].real)
    return float(values[largest].real), weights / weights.sum()


def _index(a: np.ndarray) -> float:
    n = len(a)
    return max(0.0, (_principal(a)[0] - n) / (n - 1))


def _ratio(a: np.ndarray) -> float:
    usual = RANDOM_INDEX[len(a)]
    return _index(a) / usual if usual else 0.0


def _changed(a: np.ndarray, i: int, j: int, judgement: float) -> np.ndarray:
    changed = a.copy()
    changed[i, j], changed[j, i] = judgement, 1 / judgement
    return changed


def _implied_by_others(a: np.ndarray, i: int, j: int) -> float:
    """What all judgements but this one say about the pair."""
    open_ = a.copy()
    open_[i, j] = open_[j, i] = 0.0
    open_[i, i] = open_[j, j] = 2.0
    weights = _principal(open_)[1]
    return float(weights[i] / weights[j])
