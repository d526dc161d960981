"""Ids and names as columns of text, made fast."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from crmlab.simulate.texts import digits, join, text

A_BLOCK = 1_000_000  # ids of orders and returns that are kept for one block of customers


def numbered(letter: str, numbers: np.ndarray) -> pd.Series:
    """Ids from numbers: a letter and at least seven digits.

    Examples
    --------
    >>> numbered("O", np.array([1, 12_000_003])).tolist()
    ['O0000001', 'O12000003']
    """
    return text(_numbered(letter, numbers))


def _numbered(letter: str, numbers: np.ndarray) -> pa.Array:
    return join(letter, digits(np.asarray(numbers, dtype=np.int64), 7))


def pick(values: Sequence[str] | pd.Series, at: np.ndarray) -> pd.Series:
    """Texts by position; a position of -1 is a missing text.

    Examples
    --------
    >>> pick(["web", "store"], np.array([1, 0, -1])).isna().tolist()
    [False, False, True]
    """
    source = pa.array(values, pa.large_string())
    at = np.asarray(at)
    return text(source.take(pa.array(at, mask=at < 0)))
