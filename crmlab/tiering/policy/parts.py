"""What a policy is made of: a bound from above, a dimension of a score, an override with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date
from math import isfinite
from typing import Any

import numpy as np

from crmlab.errors import PolicyError


class AtMost(float):
    """A bound from above in a rule, where less is better.

    Examples
    --------
    >>> {"orders": 4, "days_since_last": AtMost(365)}
    {'orders': 4, 'days_since_last': AtMost(365)}
    """

    def __repr__(self) -> str:
        return f"AtMost({float(self):g})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AtMost) and float(self) == float(other)

    def __hash__(self) -> int:
        return hash(("AtMost", float(self)))


@dataclass(frozen=True)
class Dimension:
    """One measure that earns points towards a score from 0 to 100.

    Parameters
    ----------
    measure : str
        Column of the customer table.
    weight : float
        Share of the score, above 0; the weights of a policy sum to 1.
    scale : tuple of two floats
        The measure that earns nothing, and the measure that earns everything; between them points grow
        in a straight line. Where less is better the first is the larger, e.g. ``(365, 0)`` for days.

    Examples
    --------
    >>> Dimension("orders", 0.4, (0, 10))
    Dimension(measure='orders', weight=0.4, scale=(0, 10))
    """

    measure: str
    weight: float
    scale: tuple[float, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "weight", plain(self.weight))
        if isinstance(self.scale, (tuple, list)):
            object.__setattr__(self, "scale", tuple(plain(end) for end in self.scale))
        if not is_number(self.weight) or not 0 < self.weight <= 1:
            raise PolicyError(
                f"Dimension {self.measure!r}: weight is {self.weight!r}; a share above 0, at most 1, was expected."
            )
        ends = self.scale
        if not isinstance(ends, tuple) or len(ends) != 2 or not all(map(is_number, ends)) or ends[0] == ends[1]:
            raise PolicyError(
                f"Dimension {self.measure!r}: scale is {ends!r}; two different numbers were expected: the measure "
                "that earns no points, and the measure that earns all."
            )

    @property
    def rises(self) -> bool:
        """Whether more of the measure earns more points."""
        return self.scale[1] > self.scale[0]


@dataclass(frozen=True)
class Override:
    """A customer who is in another tier than the rule says, for a reason and for a time.

    Parameters
    ----------
    customer : str or int
        The customer's id.
    tier : str
        The tier to be in.
    reason : str
        Why; it stands in the policy's document.
    until : str or datetime.date
        Last day on which it holds.

    Examples
    --------
    >>> Override("C0000007", "gold", "late deliveries in May, settled with the customer", "2025-12-31").until
    datetime.date(2025, 12, 31)
    """

    customer: str | int
    tier: str
    reason: str
    until: Any

    def __post_init__(self) -> None:
        if not str(self.reason).strip():
            raise PolicyError(f"The override of customer {self.customer!r} gives no reason; say why it is made.")
        object.__setattr__(self, "until", as_day(self.until, f"the override of customer {self.customer!r}: until"))


def as_day(value: Any, what: str) -> Date:
    """Turn text, a date or a timestamp into a date.

    Examples
    --------
    >>> as_day("2025-12-31", "as_of")
    datetime.date(2025, 12, 31)
    """
    try:
        return Date.fromisoformat(value[:10]) if isinstance(value, str) else Date(value.year, value.month, value.day)
    except (ValueError, AttributeError):
        raise PolicyError(f"{what} is {value!r}; a date was expected, e.g. '2025-12-31'.") from None


def plain(value: Any) -> Any:
    """A number of Python for a number of NumPy (as from ``quantile``); everything else as it is.

    Examples
    --------
    >>> import numpy as np
    >>> plain(np.float64(2.5)), plain(AtMost(3)), plain("3")
    (2.5, AtMost(3), '3')
    """
    return value.item() if isinstance(value, np.generic) else value


def is_number(value: object) -> bool:
    """Whether this is a finite number (True and False are none)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
