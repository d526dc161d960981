"""Bunching: more customers just above a threshold, and fewer just below, than the customers around would suggest.

Around each threshold the values are counted in narrow bins. A smooth curve through the bins further away says how many
to expect in the two that touch the threshold. The same is done at cut points that mean nothing (placebos): they show
what the method finds where there is nothing to find, for example where prices make sums heap at round numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from crmlab.tiering.auditing.intervals import Z
from crmlab.tiering.auditing.labels import scores
from crmlab.tiering.policy.parts import AtMost

if TYPE_CHECKING:
    from crmlab.tiering.policy import TierPolicy

BINS = {"money": 7, "points": 7, "count": 12}  # on either side of a cut point
WANTED = 25  # customers in a bin
FEWEST = 6
NARROWEST, WIDEST = 0.03, 0.16  # of a bin, as a share of the threshold
REACH = 1.4  # placebos lie within a factor exp(1.4), about 4, of the threshold


class Scale(NamedTuple):
    """How a measure is cut into bins."""

    kind: str  # money (bins of equal ratio), count (whole numbers), or points (bins of equal width)
    width: float  # on the scale of the bins

    @property
    def bins(self) -> int:
        """Number of bins on either side of a cut point."""
        return BINS[self.kind]

    def position(self, values: Any) -> np.ndarray:
        """Values on the scale of the bins."""
        return np.log(values) if self.kind == "money" else np.asarray(values, dtype=float)

    def value(self, position: float) -> float:
        """The value at a position."""
        return float(np.exp(position)) if self.kind == "money" else float(position)


@dataclass(frozen=True)
class Bunching:
    """What stands around the thresholds.

    Parameters
    ----------
    thresholds : pandas.DataFrame
        One row a threshold: ``measure``, ``tier``, ``threshold``, ``below_from`` and ``above_to`` (ends of the two
        bins), ``below`` and ``above`` (customers in them), ``expected_above`` (of these customers, by the bins further
        away), ``ratio`` (odds of being above to the odds expected; 1 without bunching) with ``low`` and ``high``,
        ``p_value`` (one-sided), ``placebo_low`` and ``placebo_high`` (between which 90 % of the ratios at placebo cut
        points lie), ``placebos`` (how many), ``note`` (why a threshold was not tested, else empty).
    placebos : pandas.DataFrame
        One row a placebo cut point: ``measure``, ``tier``, ``cut``, ``ratio``, ``z``.
    bins : pandas.DataFrame
        One row a bin: ``measure``, ``tier``, ``begin``, ``end``, ``customers``, ``expected``, ``touches`` (below,
        above, or empty).
    """

    thresholds: pd.DataFrame
    placebos: pd.DataFrame
    bins: pd.DataFrame


def find_bunching(policy: TierPolicy, measured: pd.DataFrame) -> Bunching:
    """Look for bunching at every threshold of a policy.

    Parameters
    ----------
    policy : TierPolicy
        Without overrides. Quantiles and shares are taken at the values that they amount to.
    measured : pandas.DataFrame
        One row a customer with the policy's measures.

    Returns
    -------
    Bunching

    Notes
    -----
    After McCrary (2008), "Manipulation of the running variable in the regression discontinuity design", with the
    local binomial comparison and the excluded middle of Chetty et al. (2011). The curve is a Poisson regression; if
    the bins scatter more than Poisson counts, or the placebo cut points more than they should, the interval is
    widened by as much.
    """
    fixed = policy.as_thresholds(measured) if policy.by != "threshold" else policy
    rows: list[dict[str, Any]] = []
    placebos: list[pd.DataFrame] = []
    bins: list[pd.DataFrame] = []
    for measure, entries in _entries(fixed).items():
        values = scores(fixed, measured) if measure == "score" else measured[measure].to_numpy()
        for tier, cut in entries.items():
            row = {"measure": measure, "tier": tier, "threshold": float(cut)}
            if isinstance(cut, AtMost):
                rows.append({**row, "note": "a bound from above: nobody can wait just below it"})
                continue
            others = [float(c) for t, c in entries.items() if t != tier]
            found, fakes, counted = examine(values, float(cut), others, measure == "score")
            rows.append({**row, **found})
            placebos.append(fakes.assign(measure=measure, tier=tier))
            bins.append(counted.assign(measure=measure, tier=tier))
    columns = [
        "measure", "tier", "threshold", "below_from", "above_to", "below", "above", "expected_above", "ratio", "low",
        "high", "p_value", "placebo_low", "placebo_high", "placebos", "note",
    ]  # fmt: skip
    table = pd.DataFrame(rows).reindex(columns=columns).iloc[::-1].reset_index(drop=True)
    table["note"] = table["note"].fillna("")
    return Bunching(
        table,
        _joined(placebos, ["measure", "tier", "cut", "ratio", "z"]),
        _joined(bins, ["measure", "tier", "begin", "end", "customers", "expected", "touches"]),
    )


def examine(
    values: np.ndarray, cut: float, others: list[float], points: bool = False
) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """Look at one threshold, and at placebo cut points around it.

    Parameters
    ----------
    values : numpy.ndarray
        The measure, one number a customer.
    cut : float
        The threshold; who has it is above.
    others : list of float
        Other thresholds on the same measure; no placebo lies there, and no curve is fitted there.
    points : bool
        Whether the measure is a score from 0 to 100.

    Returns
    -------
    found, placebos, bins
        As the tables of :class:`Bunching`.
    """
    nothing = pd.DataFrame(), pd.DataFrame()
    scale = _scale(values, cut, points)
    if isinstance(scale, str):
        return {"note": scale}, *nothing
    positions = scale.position(values[values > 0] if scale.kind != "points" else values)
    at = float(scale.position(cut))
    real = [at, *(float(scale.position(o)) for o in others if o > 0)]
    test = _test_at(positions, at, scale, [r for r in real if r != at])
    if test is None:
        return {"note": "too few customers around it"}, *nothing
    fakes = []
    for place in _placebo_places(positions, at, scale, real):
        fake = _test_at(positions, place, scale, real)
        if fake is not None:
            fakes.append({"cut": scale.value(place), "ratio": np.exp(fake.log_ratio), "z": fake.log_ratio / fake.error})
    placebos = pd.DataFrame(fakes, columns=["cut", "ratio", "z"])
    # three placebos say nothing of the spread; many that scatter say that the intervals are too short
    strain = max(1.0, float(np.sqrt((placebos["z"] ** 2).mean()))) if len(placebos) >= 5 else 1.0
    return _row(test, scale, at, strain, placebos), placebos, _bin_table(test, scale, at)


class _Test(NamedTuple):
    below: int
    above: int
    expected_share: float
    log_ratio: float
    error: float
    counts: np.ndarray
    fitted: np.ndarray


def _test_at(positions: np.ndarray, at: float, scale: Scale, avoid: list[float]) -> _Test | None:
    """Compare the two bins that touch a cut point with the curve through the others."""
    bins = scale.bins
    j = np.floor((positions - at) / scale.width + 1e-9)
    near = (j >= -bins) & (j < bins)
    counts = np.bincount((j[near] + bins).astype(int), minlength=2 * bins).astype(float)
    middle = at + (np.arange(-bins, bins) + 0.5) * scale.width
    used = np.ones(2 * bins, dtype=bool)
    used[bins - 1 : bins + 1] = False
    for other in avoid:
        used &= (middle < other - 1.01 * scale.width) | (middle > other + 1.01 * scale.width)
    if scale.kind == "count":
        used &= middle - 0.5 >= 1  # nobody has fewer than one order
    below, above = counts[bins - 1], counts[bins]
    least = 1 if scale.kind == "count" else 2
    if used[: bins - 1].sum() < least or used[bins + 1 :].sum() < 2 or used.sum() < 6 or below + above < 2 * FEWEST:
        return None
    design = _design(middle, at, scale)
    fit = _poisson(design[used], counts[used])
    if fit is None:
        return None
    coefficients, covariance = fit
    fitted = np.exp(design @ coefficients)
    excess = ((counts[used] - fitted[used]) ** 2 / fitted[used]).sum() / (used.sum() - design.shape[1])
    step = design[bins] - design[bins - 1]
    expected = float(fitted[bins] / (fitted[bins] + fitted[bins - 1]))
    # half a customer on either side keeps the logarithm finite
    log_ratio = float(np.log((above + 0.5) / (below + 0.5)) - step @ coefficients)
    variance = 1 / (above + 0.5) + 1 / (below + 0.5) + float(step @ covariance @ step)
    error = float(np.sqrt(max(1.0, excess) * variance))
    return _Test(int(below), int(above), expected, log_ratio, error, counts, fitted)


def _design(middle: np.ndarray, at: float, scale: Scale) -> np.ndarray:
    """A curve that can rise, fall and bend: a parabola, or for counts a gamma curve."""
    if scale.kind == "count":
        whole = np.maximum(middle - 1.0, 0.25)  # the first order is given, so the curve is over those after it
        return np.stack([np.ones(len(middle)), (whole - at) / scale.bins, np.log(whole / at)], axis=1)
    x = (middle - at) / (scale.bins * scale.width)
    return np.stack([np.ones(len(x)), x, x**2], axis=1)


def _poisson(design: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Poisson regression by Newton's method; None if it does not settle."""
    coefficients, *_ = np.linalg.lstsq(design, np.log(counts + 0.5), rcond=None)
    for _ in range(50):
        mean = np.exp(np.clip(design @ coefficients, -30, 30))
        information = (design * mean[:, None]).T @ design + 1e-9 * np.eye(design.shape[1])
        step = np.linalg.solve(information, design.T @ (counts - mean))
        coefficients = coefficients + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-8:
            return coefficients, np.linalg.inv(information)
    return None


def _scale(values: np.ndarray, cut: float, points: bool) -> Scale | str:
    """How to cut the measure into bins, or why it cannot be done."""
    if points:
        near = np.abs(values - cut) < 20
        width = 40 * WANTED / max(near.sum(), 1)
        return (
            Scale("points", float(np.clip(width, 1, 4))) if near.sum() >= 10 * FEWEST else "too few customers around it"
        )
    if cut <= 0:
        return "not above zero"
    if np.issubdtype(values.dtype, np.integer):
        return Scale("count", 1.0)
    near = (values > cut * np.exp(-0.5)) & (values < cut * np.exp(0.5))
    if near.sum() < 10 * FEWEST:
        return "too few customers around it"
    return Scale("money", float(np.clip(WANTED / near.sum(), NARROWEST, WIDEST)))


def _placebo_places(positions: np.ndarray, at: float, scale: Scale, real: list[float]) -> list[float]:
    """Cut points around a threshold whose two bins touch neither a threshold's two bins nor one another."""
    step = 2 * scale.width if scale.kind != "count" else 1.0
    reach = {"money": REACH, "points": 30.0, "count": 12.0}[scale.kind]
    places = at + step * np.arange(-int(reach / step), int(reach / step) + 1)
    gap = 1.99 * scale.width if scale.kind != "count" else 0.99
    inside = (places > np.quantile(positions, 0.05)) & (places < positions.max())
    return [float(p) for p in places[inside] if all(abs(p - r) > gap for r in real)]


def _row(test: _Test, scale: Scale, at: float, strain: float, placebos: pd.DataFrame) -> dict[str, Any]:
    from scipy.stats import norm

    error = test.error * strain
    low, high = np.quantile(placebos["ratio"], [0.05, 0.95]) if len(placebos) >= 5 else (np.nan, np.nan)
    return {
        "below_from": scale.value(at - scale.width), "above_to": scale.value(at + scale.width),
        "below": test.below, "above": test.above, "expected_above": (test.below + test.above) * test.expected_share,
        "ratio": np.exp(test.log_ratio), "low": np.exp(test.log_ratio - Z * error),
        "high": np.exp(test.log_ratio + Z * error), "p_value": float(norm.sf(test.log_ratio / error)),
        "placebo_low": low, "placebo_high": high, "placebos": len(placebos), "note": "",
    }  # fmt: skip


def _bin_table(test: _Test, scale: Scale, at: float) -> pd.DataFrame:
    edges = [scale.value(at + j * scale.width) for j in range(-scale.bins, scale.bins + 1)]
    touches = np.full(2 * scale.bins, "", dtype=object)
    touches[scale.bins - 1], touches[scale.bins] = "below", "above"
    table = pd.DataFrame(
        {"begin": edges[:-1], "end": edges[1:], "customers": test.counts.astype("int64"), "expected": test.fitted,
         "touches": pd.Series(touches, dtype="str")}
    )  # fmt: skip
    return table[table["begin"] >= 1] if scale.kind == "count" else table


def _entries(policy: TierPolicy) -> dict[str, dict[str, float]]:
    """Thresholds by measure: measure to tier to entry."""
    found: dict[str, dict[str, float]] = {}
    for tier, entry in policy.tiers.items():
        if isinstance(entry, Mapping):
            for measure, bound in entry.items():
                found.setdefault(measure, {})[tier] = bound
        elif entry is not None:
            found.setdefault(policy.measure or "score", {})[tier] = entry
    return found


def _joined(parts: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    some = [p for p in parts if len(p)]
    return pd.concat(some, ignore_index=True)[columns] if some else pd.DataFrame(columns=columns)
