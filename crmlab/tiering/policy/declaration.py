"""The declared object itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from crmlab.errors import DataError
from crmlab.schema import CUSTOMER
from crmlab.tiering.policy import comparing, document, explaining, placing, written
from crmlab.tiering.policy.checks import check
from crmlab.tiering.policy.parts import Dimension, Override, as_day, plain
from crmlab.tiering.ranking import back

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class TierPolicy:
    """Ordered, named tiers, and the rule that maps every customer to one of them.

    Parameters
    ----------
    name : str
        What the policy is called.
    measure : str, optional
        Column of the customer table that decides, e.g. ``revenue``; more is better.
    tiers : mapping of str to float, mapping or None
        Tier names, lowest first, with what it takes to be in them. The lowest takes nothing (``None``), so that
        everybody has a tier. A mapping is a set of rules that must all hold:
        ``{"orders": 4, "days_since_last": AtMost(365)}``.
    by : {"threshold", "quantile", "share"}
        ``threshold``: the measure must be *at least* this much. ``quantile``: at least this share of all customers
        must have strictly *less*; ``0.95`` makes a tier of at most 5 %, and customers with equal values stand
        together. ``share``: the best customers who together bring this share of the measure; ``0.5`` makes the
        smallest tier of whole ties that brings half of it.
    version : str
        Your own version mark.
    dimensions : sequence of Dimension
        Instead of a measure: a weighted score from 0 to 100, to which the entries then refer.
    hysteresis : float
        Share by which a customer may fall below the entry of a tier held and still keep it.
    minimum_stay : int
        Number of reviews after the one that gave a tier at which it cannot be lost.
    review : {"", "monthly", "quarterly", "half-yearly", "yearly"}
        When tiers are assigned anew, on the first day of the period.
    overrides : sequence of Override
        Customers who are in another tier for a reason and for a time.
    benefits : mapping of str to str
        What a tier's customers get; it stands in the document.
    purpose, owner, valid_from : str
        For the document: why, who answers for it, first day.

    Raises
    ------
    PolicyError
        At construction, for whatever cannot work: fewer than two tiers, entries out of order, a tier that nobody
        could be in, weights that do not sum to 1, an override to a tier that does not exist.

    Examples
    --------
    >>> import pandas as pd
    >>> policy = TierPolicy("demo", "revenue", {"regular": None, "silver": 200, "gold": 500})
    >>> policy.assign(pd.DataFrame({"revenue": [500.0, 499.99, 20.0]}))["tier"].tolist()
    ['gold', 'silver', 'regular']
    """

    name: str
    measure: str = ""
    tiers: Mapping[str, Any] = field(default_factory=dict)
    by: str = "threshold"
    version: str = "1"
    dimensions: Sequence[Dimension] = ()
    hysteresis: float = 0.0
    minimum_stay: int = 0
    review: str = ""
    overrides: Sequence[Override] = ()
    benefits: Mapping[str, str] = field(default_factory=dict)
    purpose: str = ""
    owner: str = ""
    valid_from: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.tiers, Mapping):
            object.__setattr__(self, "tiers", {tier: _plain_entry(entry) for tier, entry in self.tiers.items()})
        object.__setattr__(self, "hysteresis", plain(self.hysteresis))
        check(self)
        object.__setattr__(self, "dimensions", tuple(self.dimensions))
        object.__setattr__(self, "overrides", tuple(self.overrides))
        object.__setattr__(self, "benefits", dict(self.benefits))

    @property
    def names(self) -> list[str]:
        """Tier names, lowest first."""
        return list(self.tiers)

    @property
    def has_rules(self) -> bool:
        """Whether the tiers have rules of their own."""
        return any(isinstance(entry, Mapping) for entry in self.tiers.values())

    @property
    def measures(self) -> list[str]:
        """Columns of the customer table that the policy reads."""
        if self.has_rules:
            named = [m for entry in self.tiers.values() if isinstance(entry, Mapping) for m in entry]
            return list(dict.fromkeys(named))
        return [d.measure for d in self.dimensions] or [self.measure]

    @property
    def content_hash(self) -> str:
        """Twelve characters that change with anything that is declared.

        Examples
        --------
        >>> one = TierPolicy("demo", "revenue", {"regular": None, "gold": 500})
        >>> one.content_hash == one.replace(hysteresis=0.1).content_hash
        False
        """
        text = json.dumps(written.plain(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]

    def replace(self, **changes: Any) -> TierPolicy:
        """Return a policy that differs in what is named; everything else is as it was.

        Examples
        --------
        >>> policy = TierPolicy("demo", "revenue", {"regular": None, "gold": 500})
        >>> policy.replace(version="2").version
        '2'
        """
        return replace(self, **changes)

    def assign(
        self, customers: Any, previous: Any = None, *, as_of: str | Date | None = None, customer: str = CUSTOMER
    ) -> Any:
        """Give every customer a tier.

        Parameters
        ----------
        customers : frame
            One row a customer with the policy's measures; any engine.
        previous : frame, optional
            What ``assign`` gave at the last review, of the same engine: the customer, ``tier`` and, for a minimum
            stay, ``reviews_held``. Without it nobody holds a tier yet.
        as_of : str or date, optional
            Day of the assignment; needed if there are overrides, because they expire.
        customer : str
            Column with the customer's id; needed only with ``previous`` or overrides.

        Returns
        -------
        frame of the same kind
            The input with ``tier`` (an ordered category where the engine has one, else text) and ``tier_rank``
            (0 for the lowest); ``score`` if there are dimensions; ``reviews_held`` (reviews since the tier changed)
            if there is a ``previous`` or a minimum stay; ``overridden`` if there are overrides. On an engine that is
            not in memory, customers with a missing measure get no tier; in memory they are refused.

        Raises
        ------
        DataError
            If a measure is absent, not numeric or incomplete, or if there are fewer customers than the finest
            quantile can tell apart.
        """
        data = placing.place(placing.read_customers(customers, self), self)
        if previous is None:
            found = placing.rank(self)
        else:
            data, found = placing.held(self, previous, customer, data), placing.settle(self)
        added = {}
        if self.overrides:
            if as_of is None:
                raise DataError(f"Policy {self.name!r} has overrides that expire; say as_of='YYYY-MM-DD'.")
            found, added["overridden"] = placing.overridden(self, customer, as_day(as_of, "as_of"), found)
        data = data.with_columns(tier_rank=found.cast(nw.Int64), **added)
        if previous is not None:
            same = nw.col("tier_rank") == nw.col("_held")
            data = data.with_columns(reviews_held=nw.when(same).then(nw.col("_stayed") + 1).otherwise(nw.lit(0)))
        elif self.minimum_stay:
            data = data.with_columns(reviews_held=nw.lit(0))
        data = data.drop("_place", "_usable", *(["_held", "_stayed"] if previous is not None else []))
        return placing.named(back(data, customers), self.names)

    def table(self, customers: Any, value: str | None = None, **how: Any) -> pd.DataFrame:
        """Count the customers of each tier and what they bring.

        Parameters
        ----------
        customers : frame
            One row a customer with the policy's measures; any engine. Of a lazy one only the sums,
            one row a tier, are collected.
        value : str, optional
            Column to add up; default: ``revenue`` where there is one, else the first measure.
        **how
            ``previous``, ``as_of``, ``customer``, as in :meth:`assign`.

        Returns
        -------
        pandas.DataFrame
            Indexed by tier, highest first: ``customers``, ``share_of_customers``, the sum and the
            share of ``value``, its mean, and the lowest measure or score found in the tier (``from``; not for rules).

        Examples
        --------
        >>> import pandas as pd
        >>> policy = TierPolicy("demo", "revenue", {"regular": None, "gold": 500})
        >>> policy.table(pd.DataFrame({"revenue": [500, 100, 400]}))["customers"].to_dict()
        {'gold': 1, 'regular': 2}
        """
        return comparing.table(self, customers, value, how)

    def diff(self, other: TierPolicy, customers: Any, value: str | None = None, **how: Any) -> pd.DataFrame:
        """Say who moves, and how much is at stake, if another policy takes this one's place.

        Parameters
        ----------
        other : TierPolicy
            The policy to come; its tiers may have other names.
        customers : frame
            One row a customer with the measures of both; any engine. Of a lazy one only the sums are collected.
        value : str, optional
            Column to add up; default: ``revenue`` where there is one, else the first measure.
        **how
            ``previous``, ``as_of``, ``customer``, as in :meth:`assign`.

        Returns
        -------
        pandas.DataFrame
            One row for each pair of tiers that has customers: ``before``, ``after``, ``move`` (up, down, stay),
            ``customers``, ``share_of_customers``, and the sum and share of ``value``.

        Examples
        --------
        >>> import pandas as pd
        >>> old = TierPolicy("old", "revenue", {"regular": None, "gold": 500})
        >>> new = old.replace(tiers={"regular": None, "gold": 400}, version="2")
        >>> moves = old.diff(new, pd.DataFrame({"revenue": [500, 100, 400]}))
        >>> moves[["before", "after", "move", "customers"]].values.tolist()
        [['gold', 'gold', 'stay', 1], ['regular', 'gold', 'up', 1], ['regular', 'regular', 'stay', 1]]
        """
        return comparing.diff(self, other, customers, value, how)

    def changes(self, other: TierPolicy) -> list[str]:
        """Say what another declaration changes, one line each.

        Examples
        --------
        >>> old = TierPolicy("demo", "revenue", {"regular": None, "gold": 500})
        >>> old.changes(old.replace(tiers={"regular": None, "gold": 400}, version="2"))
        ['version: 1 becomes 2', 'gold: 500 or more becomes 400 or more']
        """
        return comparing.changes(self, other)

    def explain(
        self, customers: Any, who: Any, *, as_of: str | Date | None = None, customer: str = CUSTOMER, **changes: float
    ) -> explaining.Explanation:
        """Say in one plain sentence which tier a customer has, why, and what the next one takes.

        Parameters
        ----------
        customers : frame
            All customers, one row each; any engine. Of a lazy one only this customer's row and, for quantiles and
            shares, one row a tier are collected.
        who : id
            The customer.
        as_of : str or date, optional
            Today; with a ``review`` rhythm the sentence then names the next review.
        customer : str
            Column with the customer's id.
        **changes
            What if: amounts to add to measures first, e.g. ``orders=1, revenue=80``.

        Returns
        -------
        Explanation
            Prints as the sentence; holds the numbers.

        Examples
        --------
        >>> import pandas as pd
        >>> people = pd.DataFrame({"customer_id": ["A", "B"], "orders": [4, 2], "revenue": [480.0, 90.0]})
        >>> policy = TierPolicy("demo", "revenue", {"regular": None, "gold": 500})
        >>> print(policy.explain(people, "A"))
        A is regular: revenue 480. gold takes 20 more revenue; one more purchase of the usual 120 would do.
        """
        return explaining.explain(self, customers, who, as_of, customer, changes)

    def what_if(self, customers: Any, who: Any, *, customer: str = CUSTOMER, **changes: float) -> str:
        """Return the tier a customer would have if measures changed by these amounts.

        Examples
        --------
        >>> import pandas as pd
        >>> people = pd.DataFrame({"customer_id": ["A"], "revenue": [480.0]})
        >>> TierPolicy("demo", "revenue", {"regular": None, "gold": 500}).what_if(people, "A", revenue=20)
        'gold'
        """
        if not changes:
            raise DataError("what_if needs at least one change, such as revenue=100.")
        return explaining.explain(self, customers, who, None, customer, changes).tier

    def as_thresholds(self, customers: Any) -> TierPolicy:
        """State a policy by quantile or share as the thresholds that it means for these customers.

        Parameters
        ----------
        customers : frame
            One row a customer; any engine. Of a lazy one only one row a tier is collected.

        Returns
        -------
        TierPolicy
            By threshold: the lowest measure found in each tier. Tiers with nobody in them are left out.

        Examples
        --------
        >>> import pandas as pd
        >>> policy = TierPolicy("top tenth", "revenue", {"regular": None, "top": 0.9}, by="quantile")
        >>> policy.as_thresholds(pd.DataFrame({"revenue": range(100)})).tiers
        {'regular': None, 'top': 90}
        """
        return comparing.as_thresholds(self, customers)

    def document(self, customers: Any = None, format: str = "html", **how: Any) -> str:
        """Write the policy as a one-page standard that a board can sign.

        Parameters
        ----------
        customers : frame, optional
            With it the page says how many customers each tier has today.
        format : {"html", "markdown"}
            Of the text.
        **how
            ``previous``, ``as_of``, ``customer``, as in :meth:`assign`.

        Returns
        -------
        str
        """
        return document.write(self, customers, format, how)

    def to_yaml(self) -> str:
        """Write the policy as YAML text that :meth:`from_yaml` reads."""
        return written.to_yaml(self)

    @classmethod
    def from_yaml(cls, source: str | Path) -> TierPolicy:
        """Read a policy from a YAML file or YAML text.

        Parameters
        ----------
        source : str or Path
            A path, or text that holds a line break.

        Returns
        -------
        TierPolicy

        Raises
        ------
        PolicyError
            Names the file and the key that is missing, unknown or of the wrong kind.

        Examples
        --------
        >>> text = '''
        ... name: Shop standard
        ... measure: revenue
        ... by: quantile
        ... tiers:
        ...   - name: regular
        ...   - {name: gold, at_least: 0.9}
        ... '''
        >>> TierPolicy.from_yaml(text).names
        ['regular', 'gold']
        """
        return written.from_yaml(cls, source)

    def __str__(self) -> str:
        """State the rule in words, highest tier first."""
        return document.in_words(self)


def _plain_entry(entry: Any) -> Any:
    """An entry of its own, in numbers of Python."""
    return {m: plain(bound) for m, bound in entry.items()} if isinstance(entry, Mapping) else plain(entry)
