"""Fairness: do groups of people reach the upper tiers alike, and if not, does their behaviour explain it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.tiering.auditing.intervals import LEVEL, Z
from crmlab.tiering.moves import wilson

FOUR_FIFTHS = 0.8  # a convention of US employment guidelines (1978), no law for tiers
SMALL, SMALL_SHARE = 50, 0.02  # customers, and of all customers; the second is that of the same guidelines
FEW = 5  # customers in the tier whom the common rate would give
LEAST = 5  # customers of a group in a class of behaviour, for it to be compared there
SHUFFLES = 2_000


@dataclass(frozen=True)
class Fairness:
    """Tier rates by group.

    Parameters
    ----------
    rates : pandas.DataFrame
        One row an attribute, tier and group: ``attribute``, ``tier`` (this one or higher), ``group``, ``customers``,
        ``in_tier``, ``rate`` with ``low`` and ``high`` (Wilson); ``ratio`` to the rate of the ``reference`` group
        (the most favoured one that is not small) with ``ratio_low`` and ``ratio_high``; ``adjusted_ratio`` with its
        interval, the same among customers who bought as often and as recently, and ``compared``, the share of all
        customers who are in classes of behaviour where both groups are; ``small``, if the group is too small to say
        much.
    tests : pandas.DataFrame
        One row an attribute and tier: ``lowest_group``, ``lowest_ratio``, ``chance_ratio`` (below it the lowest ratio
        falls in 5 % of cases if the groups do not matter at all), ``p_value``, and ``p_adjusted`` for the number of
        tests (Holm).
    verdict : str
        In words.
    """

    rates: pd.DataFrame
    tests: pd.DataFrame
    verdict: str


def tier_fairness(
    rank: np.ndarray, names: list[str], groups: pd.DataFrame, behaviour: pd.Series, seed: int = 0
) -> Fairness:
    """Compare tier rates between groups, before and after standardising for behaviour.

    Parameters
    ----------
    rank : numpy.ndarray of int
        Tier of each customer, 0 for the lowest.
    names : list of str
        Tier names, lowest first.
    groups : pandas.DataFrame
        One column an attribute, the cells holding group names.
    behaviour : pandas.Series
        Class of behaviour of each customer.
    seed : int
        Same seed, same shuffles.

    Returns
    -------
    Fairness
    """
    rates, tests = [], []
    rng = np.random.default_rng([seed, 5])
    strata = pd.Categorical(behaviour).codes
    for attribute in groups:
        labels = pd.Categorical(groups[attribute]).remove_unused_categories()
        for k in range(len(names) - 1, 0, -1):
            found = compare_groups(labels, rank >= k, strata)
            found.insert(0, "attribute", str(attribute))
            found.insert(1, "tier", names[k])
            rates.append(found)
            tests.append({"attribute": str(attribute), "tier": names[k], **_test(found, rng)})
    if not rates:
        nothing = "No attributes of the customers are known, so groups cannot be compared."
        return Fairness(pd.DataFrame(), pd.DataFrame(), nothing)
    table, tested = pd.concat(rates, ignore_index=True), pd.DataFrame(tests)
    tested["p_adjusted"] = _holm(tested["p_value"].to_numpy())
    return Fairness(table, tested, _verdict(table, tested))


def compare_groups(labels: pd.Categorical, inside: np.ndarray, strata: np.ndarray) -> pd.DataFrame:
    """Rates of one tier by group, with ratios to the most favoured group.

    Parameters
    ----------
    labels : pandas.Categorical
        Group of each customer.
    inside : numpy.ndarray of bool
        Whether the customer is in the tier or higher.
    strata : numpy.ndarray of int
        Class of behaviour, from 0.

    Returns
    -------
    pandas.DataFrame
        As ``rates`` of :class:`Fairness`, one row a group.

    Notes
    -----
    The interval of a ratio is that of Katz et al. (1978), normal on the scale of logarithms. The adjusted ratio comes
    from direct standardisation: the rates of each class of behaviour, weighted by the size of the class among all
    customers (Armitage and Berry 1994, *Statistical Methods in Medical Research*, chapter 12).

    Examples
    --------
    >>> found = compare_groups(pd.Categorical(["F"] * 100 + ["M"] * 100),
    ...                        np.arange(200) % 100 < np.repeat([20, 10], 100), np.zeros(200, dtype=int))
    >>> found["ratio"].tolist(), found["group"][found["reference"]].tolist()
    ([1.0, 0.5], ['F'])
    """
    number, classes = len(labels.categories), int(strata.max()) + 1
    cells = np.zeros((number, classes, 2))
    np.add.at(cells, (labels.codes, strata, inside.astype(int)), 1)
    count, hit = cells.sum(axis=(1, 2)), cells[:, :, 1].sum(axis=1)
    rate = hit / count
    small = (count < SMALL) | (count < SMALL_SHARE * len(strata)) | (count * inside.mean() < FEW)
    reference = int(np.where(small, -1.0, rate).argmax()) if not small.all() else int(count.argmax())
    low, high = wilson(hit, count, LEVEL)
    ratio = rate_ratio(hit, count, hit[reference], count[reference])
    adjusted = np.array([_standardised(cells, g, reference) for g in range(number)])
    for table in (ratio, adjusted):
        table[reference, 1:3] = np.nan  # the reference is 1 by definition
    columns = {
        "group": [str(c) for c in labels.categories], "customers": count.astype("int64"),
        "in_tier": hit.astype("int64"), "rate": rate, "low": low, "high": high,
        "reference": np.arange(number) == reference,
        "ratio": ratio[:, 0], "ratio_low": ratio[:, 1], "ratio_high": ratio[:, 2],
        "adjusted_ratio": adjusted[:, 0], "adjusted_low": adjusted[:, 1], "adjusted_high": adjusted[:, 2],
        "compared": adjusted[:, 3], "small": small,
    }  # fmt: skip
    return pd.DataFrame(columns)


def rate_ratio(hit: np.ndarray, count: np.ndarray, hit_reference: float, count_reference: float) -> np.ndarray:
    """Ratios of rates to one rate, with their intervals (Katz).

    Returns
    -------
    numpy.ndarray, shape (groups, 3)
        Ratio, low, high. Where a rate is 0, half a customer is added to both counts for the ends, so that the interval
        is not empty.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (hit / count) / (hit_reference / count_reference)
        half = 0.5 * ((hit == 0) | (hit_reference == 0))
        k, k0 = hit + half, hit_reference + half
        n, n0 = count + 2 * half, count_reference + 2 * half
        middle = np.log((k / n) / (k0 / n0))
        error = np.sqrt(1 / k - 1 / n + 1 / k0 - 1 / n0)
    return np.stack([value, np.exp(middle - Z * error), np.exp(middle + Z * error)], axis=1)


def _standardised(cells: np.ndarray, group: int, reference: int) -> tuple[float, float, float, float]:
    """Ratio of directly standardised rates, its interval, and the share of customers in the classes compared."""
    size = cells.sum(axis=2)
    both = (size[group] >= LEAST) & (size[reference] >= LEAST)
    everybody = size.sum(axis=0)
    compared = float(everybody[both].sum() / everybody.sum())
    weight = everybody[both] / max(everybody[both].sum(), 1)
    found = []
    for g in (group, reference):
        n, k = size[g][both], cells[g, both, 1]
        rate = float(weight @ (k / n)) if both.any() else 0.0
        # half a customer on either side, or a class without anybody in the tier would seem certain
        smooth = (k + 0.5) / (n + 1)
        found.append((rate, float((weight**2) @ (smooth * (1 - smooth) / n))))
    (mine, mine_variance), (its, its_variance) = found
    if compared < 0.5:  # too few of the customers to stand for all
        return np.nan, np.nan, np.nan, compared
    if not mine or not its:
        return (mine / its if its else np.nan), np.nan, np.nan, compared
    error = np.sqrt(mine_variance / mine**2 + its_variance / its**2)
    ratio = mine / its
    return ratio, ratio * np.exp(-Z * error), ratio * np.exp(Z * error), compared


def _test(found: pd.DataFrame, rng: np.random.Generator) -> dict[str, object]:
    """Hold the lowest ratio against the lowest ratios that chance gives when groups do not matter."""
    tested = found[~found["small"]]
    nothing = {"lowest_group": "", "lowest_ratio": np.nan, "chance_ratio": np.nan, "p_value": np.nan}
    if len(tested) < 2 or not tested["in_tier"].sum():
        return nothing
    size = tested["customers"].to_numpy()
    # deal the places in the tier out among all, as many as there are
    drawn = rng.multivariate_hypergeometric(size, int(tested["in_tier"].sum()), SHUFFLES) / size
    lowest = drawn.min(axis=1) / drawn.max(axis=1)
    seen = float(tested["rate"].min() / tested["rate"].max())
    return {
        "lowest_group": tested["group"].iloc[int(tested["rate"].argmin())], "lowest_ratio": seen,
        "chance_ratio": float(np.quantile(lowest, 0.05)),
        "p_value": float(((lowest <= seen + 1e-12).sum() + 1) / (SHUFFLES + 1)),
    }  # fmt: skip


def _holm(p_values: np.ndarray) -> np.ndarray:
    """Holm's (1979) adjustment for the number of tests; missing stays missing."""
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(np.isfinite(p_values))
    order = known[np.argsort(p_values[known])]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _verdict(rates: pd.DataFrame, tests: pd.DataFrame) -> str:
    known = tests[tests["p_value"].notna()]
    if known.empty:
        return "The groups are too small to compare."
    clear = known[known["p_adjusted"] < 1 - LEVEL]
    among = clear if len(clear) else known
    worst = among.iloc[int(among["lowest_ratio"].argmin())]
    row = rates[
        (rates["attribute"] == worst["attribute"]) & (rates["tier"] == worst["tier"])
        & (rates["group"] == worst["lowest_group"])
    ].iloc[0]  # fmt: skip
    of = rates[(rates["attribute"] == row["attribute"]) & (rates["tier"] == row["tier"]) & rates["reference"]].iloc[0]
    words = (
        f"{len(clear)} of {len(known)} comparisons show more than chance would. The widest gap"
        f"{' among them' if len(clear) else ''}: {worst['attribute'].replace('_', ' ')} {row['group']} reaches "
        f"{row['tier']} or higher at {row['ratio']:.2f} times the rate of {of['group']} "
        f"({row['ratio_low']:.2f} to {row['ratio_high']:.2f})"
    )
    if np.isfinite(row["adjusted_low"]):
        words += (
            f"; among customers who buy as often and as recently it is {row['adjusted_ratio']:.2f} "
            f"({row['adjusted_low']:.2f} to {row['adjusted_high']:.2f})"
        )
    below = rates[~rates["small"] & (rates["ratio"] < FOUR_FIFTHS)]
    checked = rates[~rates["small"] & ~rates["reference"]]
    return f"{words}. {len(below)} of {len(checked)} ratios are below four fifths, which is a convention and no law."
