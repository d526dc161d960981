"""The questions of set 03 on judgements in pairs: weights, and how far the judgements contradict each other."""

# ruff: noqa: RUF012  # lists of hints and mistakes read better than annotated ones, and nobody changes them
from __future__ import annotations

from typing import Any

import numpy as np

from crmlab.exercises.drawing import remembered
from crmlab.exercises.shares import THREE_DECIMALS
from crmlab.exercises.tiering_sums import if_other
from crmlab.exercises.tiering_tables import CRITERIA
from crmlab.teach import Mistake
from crmlab.teach.answers import Wanted
from crmlab.teach.question import Question


@remembered
def eigen(data: Any) -> tuple[float, np.ndarray, np.ndarray]:
    """Return the largest eigenvalue, its eigenvector as `eig` gives it, and the matrix."""
    matrix = data.judgements.to_numpy()
    values, vectors = np.linalg.eig(matrix)
    place = int(values.real.argmax())
    return float(values[place].real), np.abs(vectors[:, place].real), matrix


def named(weights: Any, whole: bool = True) -> dict[str, float]:
    """Return weights as the question wants them; made to sum to 1 unless told otherwise."""
    parts = np.asarray(weights, dtype=float)
    return {name: float(part) for name, part in zip(CRITERIA, parts / parts.sum() if whole else parts, strict=True)}


class AhpWeights(Question):
    """Turn the judgements in `ex.judgements` into weights.

    The entry in row *revenue* and column *orders* says how many times as important revenue is as orders, and
    so on. Take the eigenvector of the largest eigenvalue, and scale it so that the weights sum to 1.

    Make `ahp_weights` a dict: `{"revenue": ..., "orders": ..., "recency": ...}`. Three decimals are enough.
    """

    answer = "ahp_weights"
    kind = "record"
    fields = dict.fromkeys(CRITERIA, Wanted("number", tolerance=THREE_DECIMALS, bounds=(0, 1)))
    points = 3
    level = 2
    hints = [
        "`values, vectors = np.linalg.eig(matrix)`; the largest value has its place at `values.real.argmax()`.",
        "The eigenvectors are the *columns* of `vectors`.",
        "Take `.real`, make it positive with `abs`, and divide by the sum.",
    ]

    def solution(self, data):
        values, vectors = np.linalg.eig(data.judgements)
        principal = np.abs(vectors[:, values.real.argmax()].real)
        return dict(zip(data.judgements.index, principal / principal.sum(), strict=True))

    def explain(self, answer, data):
        if abs(sum(answer.values()) - 1) > 3 * THREE_DECIMALS:
            return f"The weights sum to {sum(answer.values()):.4g}, not to 1. Divide each by their sum."
        top = max(answer, key=answer.__getitem__)
        if top != CRITERIA[eigen(data)[1].argmax()]:
            return (
                f"{top} has the largest weight in your answer, but the judgements favour another. A row says how "
                "many times as important its criterion is as the others."
            )
        return None

    mistakes = [
        Mistake(
            lambda self, data: named((a := eigen(data)[2]) / a.sum(axis=0) @ np.ones(3)),
            "You divide each column by its sum and take the means of the rows: the usual shortcut by hand. It "
            "is the eigenvector only where no judgement contradicts another; here they do.",
        ),
        Mistake(
            lambda self, data: named(eigen(data)[2].sum(axis=1)),
            "You add up the rows as they are: columns with large numbers count for too much. Take the eigenvector.",
        ),
        Mistake(
            lambda self, data: named(1 / eigen(data)[2].sum(axis=0)),
            "You take one over the sums of the columns: a shortcut that holds only where no judgement contradicts "
            "another.",
        ),
        Mistake(
            lambda self, data: named(eigen(data)[2][:, 0]),
            "You use the first column alone. The other judgements count too.",
        ),
        Mistake(
            lambda self, data: named(1 / eigen(data)[1]),
            "The matrix is turned over, rows for columns: the least important has the largest weight. A row says how "
            "many times as important its criterion is.",
        ),
        Mistake(
            lambda self, data: named(eigen(data)[1], whole=False),
            "That is the eigenvector as `eig` gives it, of length 1. Divide by its sum, so that the weights sum to 1.",
        ),
        Mistake(
            lambda self, data: named(100 * eigen(data)[1] / eigen(data)[1].sum(), whole=False),
            "Those are percentages. Weights sum to 1.",
        ),
        Mistake(
            lambda self, data: named((m := np.exp(np.log(eigen(data)[2]).mean(axis=1))) / m.max(), whole=False),
            "You divide by the largest. Divide by the sum, so that the weights sum to 1.",
        ),
        Mistake(
            lambda self, data: named(np.exp(np.log(eigen(data)[2]).mean(axis=1)), whole=False),
            "Those are the geometric means of the rows: right in proportion, but they do not sum to 1 yet.",
        ),
        Mistake(
            lambda self, data: named(np.abs(np.linalg.eig(eigen(data)[2])[1][0])),
            "All weights are equal in your answer. Did you take a row of what `eig` gives? The eigenvectors are its "
            "columns: `vectors[:, place]`.",
        ),
    ]


def ratio(data: Any, index: float | None = None, usual: float = 0.58) -> float:
    """Return the consistency ratio; the arguments allow for wrong versions."""
    return ((eigen(data)[0] - 3) / 2 if index is None else index) / usual


class Consistency(Question):
    """How far do the judgements in `ex.judgements` contradict each other?

    Compute the consistency ratio. The index is (largest eigenvalue - n) / (n - 1), with n criteria; the ratio is the
    index divided by what random judgements have on average: 0.58 for 3 criteria (0.90 for 4, 1.12 for 5).
    Up to 0.10 is usually accepted. Three decimals are enough.
    """

    answer = "consistency"
    points = 3
    level = 3
    tolerance = THREE_DECIMALS
    bounds = (0, 1)
    hints = [
        "With three criteria n is 3. Without any contradiction the largest eigenvalue is 3 as well.",
        "`np.linalg.eigvals(matrix).real.max()` is the largest eigenvalue.",
        "Two divisions: by n - 1 gives the index, by 0.58 the ratio.",
    ]

    def solution(self, data):
        largest = np.linalg.eigvals(data.judgements).real.max()
        index = (largest - 3) / (3 - 1)
        return index / 0.58

    def explain(self, answer, data):
        return "A consistency ratio is never below 0." if answer < 0 else None

    mistakes = [
        Mistake(
            lambda self, data: ratio(data, usual=1),
            "That is the index. Divide it by 0.58 for the ratio.",
        ),
        Mistake(
            lambda self, data: ratio(data, (eigen(data)[0] - 3) / 3),
            "You divide by n. The index divides by n - 1.",
        ),
        Mistake(
            lambda self, data: ratio(data, (eigen(data)[0] - 3) / 3, 1),
            "Two things: the index divides by n - 1, not n; and the ratio divides the index by 0.58.",
        ),
        Mistake(
            lambda self, data: ratio(data, eigen(data)[0] - 3),
            "The division by n - 1 is missing.",
        ),
        Mistake(
            lambda self, data: ratio(data, usual=0.90),
            "You divide by 0.90, which is for 4 criteria. Here are 3.",
        ),
        Mistake(
            lambda self, data: ratio(data, usual=1.12),
            "You divide by 1.12, which is for 5 criteria. Here are 3.",
        ),
        Mistake(
            lambda self, data: eigen(data)[0],
            "That is the largest eigenvalue. How far is it above 3?",
        ),
        Mistake(
            lambda self, data: ratio(data, (eigen(data)[0] - 2) / 2),
            "n is 3, the number of criteria: subtract 3 from the largest eigenvalue, and divide by 2.",
        ),
        Mistake(
            lambda self, data: 100 * ratio(data),
            "That is a percentage. Give the ratio.",
        ),
        Mistake(
            lambda self, data: if_other(_by_hand(data), ratio(data), THREE_DECIMALS),
            "Your eigenvalue comes from the shortcut by hand, with means of columns that sum to 1. Take the eigenvalue "
            "itself.",
        ),
        Mistake(
            lambda self, data: 1 - ratio(data),
            "That is 1 less the ratio. Without contradiction the ratio is 0.",
        ),
    ]


def _by_hand(data: Any) -> float:
    """Return the ratio with the eigenvalue that the approximate weights give."""
    matrix = eigen(data)[2]
    weights = (matrix / matrix.sum(axis=0)).mean(axis=1)
    return ratio(data, (float((matrix @ weights / weights).mean()) - 3) / 2)
