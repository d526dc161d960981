"""What questions share that ask for a share between 0 and 1."""

from __future__ import annotations

THREE_DECIMALS = 0.00051  # a hair more than half a unit of the third, however 0.5475 is rounded


def what_it_looks_like(answer: float, most_ratio: float, ratio: str) -> str | None:
    """Name what a number above 1 probably is, when a share of customers was asked.

    Parameters
    ----------
    answer : float
        What was given.
    most_ratio : float
        Up to which number it looks like ``ratio``; 1 if there is no such ratio.
    ratio : str
        What it looks like then, in words.

    Examples
    --------
    >>> what_it_looks_like(53.0, 1, "")
    'A share lies between 0 and 1. 53 looks like a percentage: divide it by 100.'
    """
    if not answer > 1:
        return None
    guess = "a mean or a sum, not a share."
    if answer == int(answer):
        guess = f"a count, not a share: {answer:.6g} of how many customers?"
    if answer <= most_ratio:
        guess = ratio
    elif answer <= 100:
        guess = "a percentage: divide it by 100."
    return f"A share lies between 0 and 1. {answer:.6g} looks like {guess}"
