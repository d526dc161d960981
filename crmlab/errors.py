"""The one family of errors that crmlab raises on purpose.

Every message names the table, the column, the row or the value, says what was
expected, and says how to mend it, in one or two lines.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CrmlabError(ValueError):
    """Something the caller can mend; the message says how."""


class UnknownNameError(CrmlabError):
    """A name (data set, column, tier, question) that does not exist."""


class DataError(CrmlabError):
    """A table that breaks its contract."""


class PolicyError(CrmlabError):
    """A tier policy that cannot work."""


class ModelError(CrmlabError):
    """Data or parameters for which a model has no answer."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"``, or ``""`` when nothing is close.

    Parameters
    ----------
    name : str
        What the caller wrote.
    known : iterable of str
        The names that exist.

    Examples
    --------
    >>> nearest("retial", ["retail", "bank"])
    " Did you mean 'retail'?"
    >>> nearest("zzz", ["retail", "bank"])
    ''
    """
    names = [str(k) for k in known]
    lowered = {n.lower(): n for n in names}
    close = difflib.get_close_matches(str(name).lower(), list(lowered), n=1, cutoff=0.6)
    return f" Did you mean {lowered[close[0]]!r}?" if close else ""
