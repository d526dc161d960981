"""The tier policy: a declared rule that maps every customer to one of a few ordered tiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from crmlab.errors import DataError, PolicyError, nearest
from crmlab.tiering.ranking import back, count_below, read

if TYPE_CHECKING:
    import pandas as pd

RULES = ("threshold", "quantile")


@dataclass(frozen=True)
class TierPolicy:
    """Ordered, named tiers by one measure.

    Parameters
    ----------
    name : str
        What the policy is called.
    measure : str
        Column of the customer table that decides, e.g. ``revenue``; more is better.
    tiers : mapping of str to float or None
        Tier names, lowest first, with what it takes to be in them. The lowest takes nothing
        (``None``), so that everybody has a tier.
    by : {"threshold", "quantile"}
        ``threshold``: the measure must be *at least* this much. ``quantile``: at least this share
        of all customers must have strictly *less*; ``0.95`` makes a tier of at most 5 %, and customers
        with equal values stand together.
    version : str
        Your own version mark.

    Raises
    ------
    PolicyError
        At construction: fewer than two tiers, entries that do not rise, a quantile outside 0 to 1.

    Examples
    --------
    >>> import pandas as pd
    >>> policy = TierPolicy("demo", "revenue", {"regular": None, "silver": 200, "gold": 500})
    >>> policy.assign(pd.DataFrame({"revenue": [500.0, 499.99, 20.0]}))["tier"].tolist()
    ['gold', 'silver', 'regular']
    """

    name: str
    measure: str
    tiers: Mapping[str, float | None]
    by: str = "threshold"
    version: str = "1"

    def __post_init__(self) -> None:
        if self.by not in RULES:
            raise PolicyError(f"Policy {self.name!r}: by is {self.by!r}; use 'threshold' or 'quantile'.")
        if not isinstance(self.tiers, Mapping) or len(self.tiers) < 2:
            raise PolicyError(f"Policy {self.name!r}: tiers needs two or more named tiers, lowest first.")
        self._refuse_highest_first()
        (lowest, nothing), *higher = self.tiers.items()
        if nothing is not None:
            raise PolicyError(
                f"Policy {self.name!r}: the lowest tier {lowest!r} takes {nothing!r}; leave out its at_least "
                "(in Python: None), so that every customer has a tier."
            )
        previous: float | None = None
        for tier, entry in higher:
            if isinstance(entry, bool) or not isinstance(entry, (int, float)) or entry != entry:
                raise PolicyError(f"Policy {self.name!r}: tier {tier!r} {_no_number(entry)}")
            if self.by == "quantile" and not 0 < entry < 1:
                raise PolicyError(
                    f"Policy {self.name!r}: tier {tier!r} takes the quantile {entry!r}; a share between 0 and 1 "
                    "was expected, e.g. 0.95 for the top 5 %."
                )
            if previous is not None and entry <= previous:
                raise PolicyError(
                    f"Policy {self.name!r}: tier {tier!r} takes {entry:g}, no more than the tier below it "
                    f"({previous:g}), so nobody could be in the lower one. List tiers lowest first, entries rising."
                )
            previous = float(entry)
        object.__setattr__(self, "tiers", dict(self.tiers))

    @property
    def names(self) -> list[str]:
        """Tier names, lowest first."""
        return list(self.tiers)

    def assign(self, customers: Any) -> Any:
        """Give every customer a tier.

        Parameters
        ----------
        customers : frame
            One row a customer with the policy's measure; any engine.

        Returns
        -------
        frame of the same kind
            The input with ``tier`` (an ordered category where the engine has one, else text)
            and ``tier_rank`` (0 for the lowest).

        Raises
        ------
        DataError
            If the measure is absent, not numeric or incomplete, or if there are fewer customers than
            the finest quantile can tell apart.
        """
        data = read(customers, [self.measure])
        self._refuse_measured_twice(data)
        place = nw.col(self.measure)
        if self.by == "quantile":
            self._refuse_too_few(data)
            data = data.join(count_below(data, self.measure), on=self.measure, how="left")
            place = nw.col("_below").cast(nw.Float64) / nw.col("_n").cast(nw.Float64)
        rank, label = nw.lit(0), nw.lit(self.names[0])
        for i, (tier, entry) in enumerate(self.tiers.items()):
            if entry is not None:
                rank = nw.when(place >= entry).then(nw.lit(i)).otherwise(rank)
                label = nw.when(place >= entry).then(nw.lit(tier)).otherwise(label)
        data = data.with_columns(tier=label, tier_rank=rank.cast(nw.Int64))
        if self.by == "quantile":
            data = data.drop("_below", "_n")
        if data.implementation.is_pandas() or data.implementation.is_polars():
            data = data.with_columns(nw.col("tier").cast(nw.Enum(self.names)))
        return back(data, customers)

    def table(self, customers: Any, value: str | None = None) -> pd.DataFrame:
        """Count the customers of each tier and what they bring.

        Parameters
        ----------
        customers : frame
            One row a customer with the policy's measure; any engine. Of a lazy one only the sums,
            one row a tier, are collected.
        value : str, optional
            Column to add up; default: ``revenue`` where there is one, else the measure.

        Returns
        -------
        pandas.DataFrame
            Indexed by tier, highest first: ``customers``, ``share_of_customers``, the sum and the
            share of ``value``, its mean, and the lowest measure found in the tier (``from``).

        Examples
        --------
        >>> import pandas as pd
        >>> policy = TierPolicy("demo", "revenue", {"regular": None, "gold": 500})
        >>> policy.table(pd.DataFrame({"revenue": [500, 100, 400]}))["customers"].to_dict()
        {'gold': 1, 'regular': 2}
        """
        import pandas as pd

        schema = read(customers, [self.measure]).collect_schema()
        value = value or ("revenue" if "revenue" in schema else self.measure)
        read(customers, [value])
        tiered: Any = nw.from_native(self.assign(customers))
        sums = (
            # whole numbers stay whole; decimals of a data base become floats
            tiered.select("tier", *(_plain(schema, c).alias(a) for c, a in ((value, "_value"), (self.measure, "_at"))))
            .with_columns(_mean=nw.col("_value"))
            .group_by("tier")
            .agg(nw.len(), nw.col("_value").sum(), nw.col("_mean").mean(), nw.col("_at").min())
        )
        found = (sums if isinstance(sums, nw.DataFrame) else sums.collect("pandas")).to_pandas()
        # a tier with nobody in it is shown, with zero
        table = found.set_index(found.pop("tier").astype(str)).reindex(self.names)
        table = table.fillna({"len": 0, "_value": 0}).astype({"len": "int64"})
        if schema[value].is_integer():
            table = table.astype({"_value": "int64"})
        total = table["_value"].sum()
        table.insert(1, "share_of_customers", table["len"] / table["len"].sum())
        table.insert(3, f"share_of_{value}", table["_value"] / total if total else float("nan"))
        table.columns = ["customers", "share_of_customers", value, f"share_of_{value}", f"mean_{value}", "from"]
        table.index = pd.CategoricalIndex(self.names, categories=self.names, ordered=True, name="tier")
        return table.iloc[::-1]

    def to_yaml(self) -> str:
        """Write the policy as YAML text that :meth:`from_yaml` reads."""
        import yaml

        tiers = [{"name": n} if e is None else {"name": n, "at_least": e} for n, e in self.tiers.items()]
        content = {"name": self.name, "version": self.version, "measure": self.measure, "by": self.by, "tiers": tiers}
        return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))

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
        import yaml

        where = "the policy text" if "\n" in str(source) else str(source)
        try:
            text = str(source) if "\n" in str(source) else Path(source).read_text(encoding="utf-8")
            content = yaml.safe_load(text)
        except FileNotFoundError:
            raise PolicyError(f"There is no policy file {where}.") from None
        except (OSError, UnicodeDecodeError) as problem:
            raise PolicyError(f"{where} cannot be read as UTF-8 text: {problem}") from None
        except yaml.YAMLError as problem:
            raise PolicyError(f"{where} is not valid YAML: {' '.join(str(problem).split())}") from None
        if not isinstance(content, dict):
            raise PolicyError(f"{where} holds no keys; a policy has name, measure, by and tiers.")
        known = ["name", "version", "measure", "by", "tiers"]
        for key in content:
            if key not in known:
                raise PolicyError(f"{where}: unknown key {key!r}.{nearest(key, known)} Known: {', '.join(known)}.")
        missing = [key for key in ("name", "measure", "tiers") if key not in content]
        if missing:
            raise PolicyError(f"{where}: the key {missing[0]!r} is missing.")
        rows = content["tiers"]
        if not isinstance(rows, list) or not all(isinstance(t, dict) and "name" in t for t in rows):
            raise PolicyError(f"{where}: tiers is a list, lowest first, of entries with a name and an at_least.")
        for tier in rows:
            odd = [key for key in tier if key not in ("name", "at_least")]
            if odd:
                raise PolicyError(f"{where}: tier {tier['name']!r} has the unknown key {odd[0]!r}; use name, at_least.")
        names = [str(t["name"]) for t in rows]
        for tier_name in names:
            if names.count(tier_name) > 1:
                raise PolicyError(f"{where}: two tiers are called {tier_name!r}; give each its own name.")
        try:
            return cls(
                name=str(content["name"]),
                measure=str(content["measure"]),
                tiers={n: t.get("at_least") for n, t in zip(names, rows, strict=True)},
                by=str(content.get("by", "threshold")),
                version=str(content.get("version", "1")),
            )
        except PolicyError as problem:
            raise PolicyError(f"{where}: {problem}") from None

    def __str__(self) -> str:
        """State the rule in words, highest tier first."""
        lines = [f"{self.name} (version {self.version}): tiers by {self.measure}"]
        for tier, entry in reversed(list(self.tiers.items())):
            if entry is None:
                rule = "everybody else"
            elif self.by == "quantile":
                rule = f"at least {entry:.1%} of all customers have less"
            else:
                rule = f"{entry:,.10g} or more"
            lines.append(f"  {tier}: {rule}")
        return "\n".join(lines)

    def _refuse_highest_first(self) -> None:
        """Tell the usual order apart from a missing entry, or the cures would contradict each other."""
        first, *_, last = self.tiers.values()
        entries = [e for e in self.tiers.values() if isinstance(e, (int, float)) and not isinstance(e, bool)]
        falling = len(entries) > 1 and all(a > b for a, b in pairwise(entries))
        if first is not None and (last is None or falling):
            raise PolicyError(
                f"Policy {self.name!r}: the tiers stand highest first. List them lowest first: "
                f"{', '.join(reversed(self.names))}."
            )

    def _refuse_too_few(self, data: Any) -> None:
        """A quantile needs enough customers: the top 5 % of ten people is nobody."""
        if not isinstance(data, nw.DataFrame):
            return
        finest = min(1 - e for e in self.tiers.values() if e is not None)
        need = round(1 / finest)
        if len(data) < need:
            raise DataError(
                f"Policy {self.name!r}: a tier for the top {finest:.1%} needs at least {need:,} customers, "
                f"the table has {len(data):,}. Use thresholds, or a coarser quantile."
            )

    def _refuse_measured_twice(self, data: Any) -> None:
        """Do not write over a tier that is already there."""
        if "tier" in data.collect_schema():
            raise DataError("customers has a column 'tier' already; drop or rename it before assigning again.")


def _plain(schema: Mapping[str, Any], column: str) -> nw.Expr:
    return nw.col(column) if schema[column].is_integer() else nw.col(column).cast(nw.Float64)


def _no_number(entry: object) -> str:
    """What is wrong with an entry, and the cure."""
    if entry is None:
        return "has no at_least; a number was expected. Only the lowest tier, listed first, goes without."
    if not isinstance(entry, str):
        return f"takes {entry!r}; a number was expected."
    try:
        float(entry)
    except ValueError:
        return f"takes the text {entry!r}; a number was expected, e.g. 5000, without signs and separators."
    return f"takes the text {entry!r}; a number was expected. Remove the quotes."
