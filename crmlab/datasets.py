"""The one door to data: ``load``, ``list_datasets``, ``describe``. Nothing is fetched from a network."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from crmlab.errors import DataError, UnknownNameError, nearest
from crmlab.schema import columns_of_company, typed
from crmlab.shipped import folder, read_table, verified
from crmlab.simulate import COMPANIES

if TYPE_CHECKING:
    import pandas as pd

    Tables = Mapping[str, pd.DataFrame | Callable[[], pd.DataFrame]]

CLASS_SEEDS = {"retail": 2_026, "bank": 2_025, "auto": 2_025}
CLASS_SIZES = {"retail": 4_000, "bank": 3_000, "auto": 3_000}
SIZES = {"small": 400, "large": 100_000}
_CARDS = {
    "retail": "an online retailer that opens stores, simulated with a known truth (4,000 customers, three years)",
    "bank": "a bank with private and corporate clients, simulated with a known truth (3,000 customers, three years)",
    "auto": "a car group with dealers and fleets, simulated with a known truth (3,000 customers, eight years)",
    "online_retail": "every invoice line of a UK gift retailer, 2010 to 2011, real (541,909 lines)",
    "cdnow": "purchases of 2,357 new customers of a CD shop, 1997 to 1998, real (6,919 purchases)",
}


class Dataset:
    """Tables that belong together, each an attribute: ``data.transactions``.

    Parameters
    ----------
    name : str
        The name given to :func:`load`.
    tables : mapping of str to pandas.DataFrame, or to a function that reads one
        A table that is not asked for is not read.
    truth : mapping, optional
        The same for what was planted; only there when asked for.
    """

    def __init__(self, name: str, tables: Tables, truth: Tables | None = None) -> None:
        self.name = name
        self._tables = dict(tables)
        self._truth = None if truth is None else Dataset(f"{name}, truth", truth)

    @property
    def truth(self) -> Dataset:
        """What was planted: tables as attributes, ``data.truth.customers``."""
        if self._truth is None:
            raise DataError(f"The truth was not loaded. Ask for it: crmlab.load({self.name!r}, truth=True).")
        return self._truth

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All tables by name."""
        return {name: getattr(self, name) for name in self._tables}

    def __getattr__(self, table: str) -> pd.DataFrame:
        tables = self.__dict__.get("_tables", {})
        if table in tables:
            if callable(tables[table]):
                tables[table] = tables[table]()
            found: pd.DataFrame = tables[table]
            return found
        if table.startswith("_"):
            raise AttributeError(table)
        raise AttributeError(
            f"Data set {self.__dict__.get('name')!r} has no table {table!r}.{nearest(table, tables)} "
            f"It has {', '.join(tables)}."
        )

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._tables})

    def __repr__(self) -> str:
        rows = [f"  .{name}: {len(table):,} rows; {', '.join(table.columns)}" for name, table in self.tables.items()]
        if self._truth is not None:
            rows += [f"  .truth{line.strip()}" for line in repr(self._truth).splitlines()[1:]]
        return "\n".join([f"Data set {self.name!r}", *rows])


def load(
    name: str,
    *,
    size: str | int = "class",
    seed: int | None = None,
    student: str | None = None,
    truth: bool = False,
    clean: bool | None = None,
) -> Dataset:
    """Load a data set by name.

    Parameters
    ----------
    name : str
        See :func:`list_datasets`.
    size : {"small", "class", "large"} or int
        Number of customers of a simulated set; ``"class"`` is the shipped one.
    seed : int, optional
        Another draw of a simulated set, 0 or more.
    student : str, optional
        A student's own draw of a simulated set: same name, same data, everywhere.
    truth : bool
        Also load what was planted, as ``data.truth`` (simulated sets).
    clean : bool, optional
        ``True`` for ``online_retail``: set aside what cannot be used for customer analysis, each reason
        counted in ``data.cleaning``. ``False`` for a simulated set: as it came from the systems, with
        duplicates, typos and missing values, every one of them listed in ``data.truth.faults``.
        By default each set comes as it is shipped: the real ones raw, the simulated ones clean.

    Returns
    -------
    Dataset
        With the tables as attributes, e.g. ``data.transactions``.

    Raises
    ------
    UnknownNameError
        For a name that does not exist; the nearest is suggested.
    DataError
        For a size, seed or option that the set does not have, or a data file that was changed.

    Examples
    --------
    >>> data = load("retail")
    >>> len(data.customers)
    4000
    >>> load("cdnow").transactions["customer_id"].nunique()
    2357
    """
    _known(name)
    if name in COMPANIES:
        customers, drawn = _number_of_customers(name, size), _seed(name, seed, student)
        data = _simulated(name, customers, drawn, truth)
        return _as_it_came(data, drawn, truth) if clean is False else data
    if truth:
        raise DataError(f"{name} is real: nobody knows its truth. Leave truth=True away.")
    if size != "class" or seed is not None or student is not None:
        raise DataError(f"{name} is real and comes in one size; leave size, seed and student away.")
    if name == "cdnow":
        if clean:
            raise DataError("cdnow has nothing to clean; leave clean=True away.")
        return Dataset(name, {"transactions": _cdnow})
    return _online_retail(bool(clean))


def list_datasets() -> pd.DataFrame:
    """List the data sets with a line on each.

    Examples
    --------
    >>> list_datasets()["name"].tolist()
    ['retail', 'bank', 'auto', 'online_retail', 'cdnow']
    """
    import pandas as pd

    return pd.DataFrame({"name": list(_CARDS), "what": list(_CARDS.values())})


def describe(name: str) -> None:
    """Print the data card: what it is, how it was made, its columns with units, its limits.

    Parameters
    ----------
    name : str
        See :func:`list_datasets`.

    Examples
    --------
    >>> describe("cdnow")  # doctest: +ELLIPSIS
    # CDNOW...
    """
    _known(name)
    print((folder() / name / "README.md").read_text(encoding="utf-8").strip())


def simulate(name: str, customers: int, seed: int) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Simulate a company; tables and truth with the dtypes of their contracts.

    Parameters
    ----------
    name : str
        ``retail``, ``bank`` or ``auto``.
    customers : int
        How many.
    seed : int
        Same seed, same rows.

    Returns
    -------
    tables, truth : dict of str to pandas.DataFrame
    """
    made = getattr(importlib.import_module(COMPANIES[name]), f"simulate_{name}")(customers, seed)
    tables, truth = (
        {t: typed(f, f"{name}.{part}{t}") for t, f in made[i].items()} for i, part in ((0, ""), (1, "truth."))
    )
    return tables, truth


def seed_of(*parts: str) -> int:
    """A whole number from text, the same on every machine: SHA-256 of the parts joined by ``|``."""
    return int.from_bytes(hashlib.sha256("|".join(parts).encode("utf-8")).digest()[:8], "big")


def _known(name: str) -> None:
    if name not in _CARDS:
        raise UnknownNameError(f"No data set {name!r}.{nearest(name, _CARDS)} There are {', '.join(_CARDS)}.")


def _number_of_customers(name: str, size: str | int) -> int:
    sizes = {**SIZES, "class": CLASS_SIZES[name]}
    if isinstance(size, str):
        if size not in sizes:
            raise DataError(f"size is {size!r}; use 'small', 'class', 'large' or a number of customers.")
        return sizes[size]
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= 10_000_000:
        raise DataError(
            f"size is {size!r}; a number of customers from 1 to 10,000,000 was expected. "
            "Larger sets are made as files: crmlab data NAME --customers N --out DIR."
        )
    return size


def _seed(name: str, seed: int | None, student: str | None) -> int:
    if seed is not None and student is not None:
        raise DataError("Give seed or student, not both: a student's name stands for a seed.")
    if student is not None:
        return seed_of(name, str(student).strip())
    if seed is None:
        return CLASS_SEEDS[name]
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise DataError(f"seed is {seed!r}; a whole number of 0 or more was expected.")
    return seed


def _simulated(name: str, customers: int, seed: int, truth: bool) -> Dataset:
    """The shipped files where they are what is asked for, else a new draw."""
    if (customers, seed) != (CLASS_SIZES[name], CLASS_SEEDS[name]):
        tables, planted = simulate(name, customers, seed)
        return Dataset(name, tables, planted if truth else None)
    visible, hidden = columns_of_company(name)
    shipped = {t: partial(read_table, f"{name}/{t}.csv", f"{name}.{t}") for t in visible}
    secret = {t: partial(read_table, f"{name}/truth/{t}.csv", f"{name}.truth.{t}") for t in hidden}
    return Dataset(name, shipped, secret if truth else None)


def _as_it_came(data: Dataset, seed: int, truth: bool) -> Dataset:
    """The company's tables with the faults of life, and the list of the faults."""
    from crmlab.simulate.mess import mess_up

    tables, faults = mess_up(data.name, data.tables, seed)
    return Dataset(data.name, tables, {**data.truth.tables, "faults": faults} if truth else None)


def _cdnow() -> pd.DataFrame:
    import pandas as pd

    frame = pd.read_csv(
        verified("cdnow/cdnow_sample.txt"),
        sep=r"\s+",
        header=None,
        names=["master_id", "customer_id", "date", "quantity", "amount"],
        dtype={"master_id": "str", "customer_id": "str", "date": "str"},
    )
    frame["date"] = pd.to_datetime(frame["date"], format="%Y%m%d").astype("datetime64[us]")
    return frame[["customer_id", "date", "quantity", "amount"]]


def _online_retail(clean: bool) -> Dataset:
    import pandas as pd

    from crmlab.cleaning import clean_online_retail

    raw = pd.read_parquet(verified("online_retail/online_retail.parquet"))
    if not clean:
        return Dataset("online_retail", {"transactions": raw})
    kept, report = clean_online_retail(raw)
    return Dataset("online_retail", {"transactions": kept, "cleaning": report})
