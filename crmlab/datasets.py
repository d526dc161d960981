"""The one door to data: ``load``, ``list_datasets``, ``describe``.

The files live in the folder ``datasets/`` of the repository, and inside the package
once it is installed from a wheel. Nothing is fetched from a network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.errors import DataError, UnknownNameError, nearest

if TYPE_CHECKING:
    import pandas as pd

CLASS_SEED = 2025
SIZES = {"small": 400, "class": 4_000, "large": 100_000}
_CARDS = {
    "retail": "an online retailer, simulated with a known truth (4,000 customers, three years)",
    "online_retail": "every invoice line of a UK gift retailer, 2010 to 2011, real (541,909 lines)",
    "cdnow": "purchases of 2,357 new customers of a CD shop, 1997 to 1998, real (6,919 purchases)",
}


class Dataset:
    """Tables that belong together, each an attribute: ``data.transactions``.

    Parameters
    ----------
    name : str
        The name given to :func:`load`.
    tables : mapping of str to pandas.DataFrame
        The tables.
    truth : pandas.DataFrame, optional
        What was planted, one row a customer; only there when asked for.
    """

    def __init__(self, name: str, tables: Mapping[str, pd.DataFrame], truth: pd.DataFrame | None = None) -> None:
        self.name = name
        self.tables = dict(tables)
        self._truth = truth

    @property
    def truth(self) -> pd.DataFrame:
        """What was planted, one row a customer."""
        if self._truth is None:
            raise DataError(f"The truth was not loaded. Ask for it: crmlab.load({self.name!r}, truth=True).")
        return self._truth

    def __getattr__(self, table: str) -> pd.DataFrame:
        tables = self.__dict__.get("tables", {})
        if table in tables:
            found: pd.DataFrame = tables[table]
            return found
        if table.startswith("_"):
            raise AttributeError(table)
        raise AttributeError(
            f"Data set {self.__dict__.get('name')!r} has no table {table!r}.{nearest(table, tables)} "
            f"It has {', '.join(tables)}."
        )

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.tables})

    def __repr__(self) -> str:
        rows = [f"  .{name}: {len(table):,} rows; {', '.join(table.columns)}" for name, table in self.tables.items()]
        if self._truth is not None:
            rows.append(f"  .truth: {len(self._truth):,} rows; {', '.join(self._truth.columns)}")
        return "\n".join([f"Data set {self.name!r}", *rows])


def load(
    name: str,
    *,
    size: str | int = "class",
    seed: int | None = None,
    student: str | None = None,
    truth: bool = False,
    clean: bool = False,
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
    clean : bool
        For ``online_retail``: also set aside what cannot be used for customer analysis, each
        reason counted in ``data.cleaning``.

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
    if name not in _CARDS:
        raise UnknownNameError(f"No data set {name!r}.{nearest(name, _CARDS)} There are {', '.join(_CARDS)}.")
    if name == "retail":
        if clean:
            raise DataError("retail has nothing to clean; leave clean=True away.")
        return _load_retail(_number_of_customers(size), _seed(seed, student), truth)
    if truth:
        raise DataError(f"{name} is real: nobody knows its truth. Leave truth=True away.")
    if size != "class" or seed is not None or student is not None:
        raise DataError(f"{name} is real and comes in one size; leave size, seed and student away.")
    if name == "cdnow":
        if clean:
            raise DataError("cdnow has nothing to clean; leave clean=True away.")
        return _load_cdnow()
    return _load_online_retail(clean)


def list_datasets() -> pd.DataFrame:
    """List the data sets with a line on each.

    Examples
    --------
    >>> list_datasets()["name"].tolist()
    ['retail', 'online_retail', 'cdnow']
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
    if name not in _CARDS:
        raise UnknownNameError(f"No data set {name!r}.{nearest(name, _CARDS)} There are {', '.join(_CARDS)}.")
    print((folder() / name / "README.md").read_text(encoding="utf-8").strip())


def folder() -> Path:
    """The folder with the shipped data files.

    Raises
    ------
    DataError
        If it is neither in the package nor beside it.
    """
    package = Path(__file__).resolve().parent
    for place in (package / "_datasets", package.parent / "datasets"):
        if (place / "SHA256SUMS").is_file():
            return place
    raise DataError(
        "The data files of crmlab are missing. Install it again, or run from a full copy of the repository."
    )


def verified(relative: str) -> Path:
    """Return the path of a shipped file after its checksum was found right.

    Parameters
    ----------
    relative : str
        Path inside the data folder, with ``/``.

    Raises
    ------
    DataError
        If the file is missing, unreadable or not the one that was shipped.
    """
    base = folder()
    listed = (base / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in listed)}
    path = base / relative
    mend = f"Restore it with `git checkout -- datasets/{relative}`, or install the package again."
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        raise DataError(f"Data file {path} cannot be read ({problem.strerror}). {mend}") from None
    if found != sums.get(relative):
        raise DataError(
            f"Data file {path} is not the one that was shipped (its SHA-256 differs). "
            f"{mend} To work on a changed copy, read it with pandas under another name."
        )
    return path


def seed_of(*parts: str) -> int:
    """A whole number from text, the same on every machine: SHA-256 of the parts joined by ``|``."""
    return int.from_bytes(hashlib.sha256("|".join(parts).encode("utf-8")).digest()[:8], "big")


def _number_of_customers(size: str | int) -> int:
    if isinstance(size, str):
        if size not in SIZES:
            raise DataError(f"size is {size!r}; use {', '.join(map(repr, SIZES))} or a number of customers.")
        return SIZES[size]
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= 10_000_000:
        raise DataError(f"size is {size!r}; a number of customers from 1 to 10,000,000 was expected.")
    return size


def _seed(seed: int | None, student: str | None) -> int:
    if seed is not None and student is not None:
        raise DataError("Give seed or student, not both: a student's name stands for a seed.")
    if student is not None:
        return seed_of("retail", str(student).strip())
    if seed is None:
        return CLASS_SEED
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise DataError(f"seed is {seed!r}; a whole number of 0 or more was expected.")
    return seed


def _load_retail(customers: int, seed: int, truth: bool) -> Dataset:
    if (customers, seed) != (SIZES["class"], CLASS_SEED):
        from crmlab.simulate import simulate_retail

        tables, planted = simulate_retail(customers, seed)
        return Dataset("retail", tables, planted if truth else None)
    tables = {table: _read_csv(f"retail/{table}.csv") for table in ("customers", "transactions")}
    return Dataset("retail", tables, _read_csv("retail/truth/customers.csv") if truth else None)


def _read_csv(relative: str) -> pd.DataFrame:
    """Read a shipped CSV with the dtypes of its simulator."""
    import pandas as pd

    frame = pd.read_csv(verified(relative), encoding="utf-8", dtype={"customer_id": "str", "order_id": "str"})
    for column in frame.columns:
        if column in ("date", "signup_date", "last_active"):
            frame[column] = pd.to_datetime(frame[column], format="%Y-%m-%d").astype("datetime64[us]")
        elif column == "voucher":
            frame[column] = frame[column].astype("boolean")
        elif column.startswith("orders_"):
            frame[column] = frame[column].astype("Int64")
    return frame


def _load_cdnow() -> Dataset:
    import pandas as pd

    frame = pd.read_csv(
        verified("cdnow/cdnow_sample.txt"),
        sep=r"\s+",
        header=None,
        names=["master_id", "customer_id", "date", "quantity", "amount"],
        dtype={"master_id": "str", "customer_id": "str", "date": "str"},
    )
    frame["date"] = pd.to_datetime(frame["date"], format="%Y%m%d").astype("datetime64[us]")
    return Dataset("cdnow", {"transactions": frame[["customer_id", "date", "quantity", "amount"]]})


def _load_online_retail(clean: bool) -> Dataset:
    import pandas as pd

    raw = pd.read_parquet(verified("online_retail/online_retail.parquet"))
    if not clean:
        return Dataset("online_retail", {"transactions": raw})
    kept, report = clean_online_retail(raw)
    return Dataset("online_retail", {"transactions": kept, "cleaning": report})


def clean_online_retail(raw: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make Online Retail fit for customer analysis, and count every step.

    Steps, in this order: set aside exact duplicates (all columns equal to an earlier row), rows
    without a customer, and rows with a price of zero. Cancellations (invoices that begin with C)
    stay, as negative amounts: they are returns. Columns get the names of :mod:`crmlab.schema`.

    Parameters
    ----------
    raw : pandas.DataFrame
        The 541,909 lines as shipped.

    Returns
    -------
    kept : pandas.DataFrame
        ``order_id, customer_id, date, amount`` and what else is known of the line;
        ``amount`` is quantity times unit price in pounds sterling.
    report : pandas.DataFrame
        ``step``, ``rows`` set aside, ``rows_left``.

    Examples
    --------
    >>> load("online_retail", clean=True).cleaning["rows_left"].tolist()
    [541909, 536641, 401604, 401564]
    """
    import pandas as pd

    steps: list[tuple[str, Any]] = [
        ("exact duplicates of an earlier line", lambda f: f.duplicated()),
        ("no customer", lambda f: f["CustomerID"].isna()),
        ("unit price of zero", lambda f: f["UnitPrice"] == 0),
    ]
    kept, counted = raw, [("lines as shipped", 0, len(raw))]
    for step, finds in steps:
        aside = finds(kept)
        kept = kept[~aside]
        counted.append((step, int(aside.sum()), len(kept)))
    cents = (kept["Quantity"] * kept["UnitPrice"] * 100).round()
    frame = pd.DataFrame(
        {
            "order_id": kept["InvoiceNo"].astype("str"),
            "customer_id": kept["CustomerID"].astype("int64").astype("str"),
            "date": kept["InvoiceDate"].astype("datetime64[us]"),
            "amount": cents / 100,
            "stock_code": kept["StockCode"].astype("str"),
            "description": kept["Description"],
            "quantity": kept["Quantity"],
            "unit_price": kept["UnitPrice"],
            "country": kept["Country"].astype("str"),
        }
    ).reset_index(drop=True)
    return frame, pd.DataFrame(counted, columns=["step", "rows", "rows_left"])
