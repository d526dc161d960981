"""The interval of a share."""

from __future__ import annotations

from typing import Any

import numpy as np


def wilson(count: Any, of: Any, level: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Wilson interval of a share, or of many at once.

    Parameters
    ----------
    count, of : array_like of int
        How many, of how many.
    level : float
        Confidence, between 0 and 1.

    Returns
    -------
    low, high : numpy.ndarray
        Between 0 and 1; missing where ``of`` is 0.

    Notes
    -----
    Wilson (1927), "Probable inference, the law of succession, and statistical inference". Unlike the share plus or
    minus two standard errors it keeps its confidence for small counts and never leaves 0 to 1.

    Examples
    --------
    >>> low, high = wilson(8, 10)
    >>> print(f"{low:.3f} {high:.3f}")
    0.490 0.943
    """
    from scipy.stats import norm

    z = float(norm.ppf(0.5 + level / 2))
    k, n = np.asarray(count, dtype=float), np.asarray(of, dtype=float)
    n = np.where(n > 0, n, np.nan)
    share = k / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # at the ends the formula gives the end itself but for rounding
    return np.where(k == 0, 0 * n, middle - half), np.where(k == n, 1 + 0 * n, middle + half)
