"""Tables on disk: open files larger than memory, summarise them in batches, write a result."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable
from datetime import date as Date
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from crmlab.errors import DataError
from crmlab.schema import CUSTOMER

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation


def open(
    files: str | Path, *, memory: str = "", threads: int = 0, connection: DuckDBPyConnection | None = None
) -> DuckDBPyRelation:
    """Open Parquet or CSV files as one table that is not read into memory.

    Parameters
    ----------
    files : str or Path
        One file, a folder of Parquet files, or a pattern such as ``"transactions/*.parquet"``.
    memory : str, optional
        The most memory to use, e.g. ``"2GB"``; beyond it DuckDB works on disk. It holds for the whole connection.
    threads : int, optional
        The most threads to use; default: one a core. It holds for the whole connection.
    connection : duckdb.DuckDBPyConnection, optional
        Default: DuckDB's own shared one. Tables can be joined only within one connection.

    Returns
    -------
    duckdb.DuckDBPyRelation
        Goes into :func:`crmlab.summarize` and everything after it. Nothing is computed until :func:`crmlab.keep`.

    Raises
    ------
    DataError
        If no file matches or the files cannot be read as Parquet or CSV.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> file = Path(tempfile.mkdtemp()) / "orders.parquet"
    >>> pd.DataFrame({"customer_id": ["A"], "amount": [1.0]}).to_parquet(file)
    >>> open(file).columns
    ['customer_id', 'amount']
    """
    import duckdb

    pattern = str(Path(files) / "*.parquet") if Path(files).is_dir() else str(files)
    found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207  # Path.glob takes no absolute pattern
    if not found:
        raise DataError(f"No file matches {pattern}. Check the path; a pattern looks like 'transactions/*.parquet'.")
    kind = Path(found[0]).suffix.lower()
    if kind not in (".parquet", ".csv"):
        raise DataError(f"{found[0]} is neither Parquet nor CSV; name files that end in .parquet or .csv.")
    base: Any = connection or duckdb
    try:
        if memory:
            base.execute("SET memory_limit = ?", [memory])
        if threads:
            base.execute("SET threads = ?", [threads])
        return base.read_parquet(found) if kind == ".parquet" else base.read_csv(found)
    except duckdb.Error as problem:
        raise DataError(f"{pattern} cannot be opened: {str(problem).splitlines()[0]}") from None


def summarize_in_batches(
    transactions: DuckDBPyRelation,
    out: str | Path,
    as_of: str | Date | datetime,
    *,
    batches: int = 8,
    progress: Callable[[int, int], None] = lambda done, total: None,
    customer: str = CUSTOMER,
    **how: Any,
) -> DuckDBPyRelation:
    """Summarise a table whose customers do not fit into memory, one batch of customers after another.

    A batch is the customers whose id has a certain hash. A run that was stopped goes on where it was.

    Parameters
    ----------
    transactions : duckdb.DuckDBPyRelation
        As from :func:`crmlab.open`.
    out : str or Path
        Folder for one Parquet file a batch; new, or of a stopped run of the same call.
    as_of : str or date
        Last day to count.
    batches : int
        How many; memory falls in proportion, and the files are read once for each.
    progress : callable
        Gets the number of finished batches and of all.
    customer : str
        Column with the customer.
    **how
        ``time_unit``, ``date``, ``amount``, as in :func:`crmlab.summarize`.

    Returns
    -------
    duckdb.DuckDBPyRelation
        The summary of all customers, opened from the files.
    """
    from crmlab.summary.summarizing import summarize

    if isinstance(batches, bool) or not isinstance(batches, int) or batches < 1:
        raise DataError(f"batches is {batches!r}; a whole number of at least 1 was expected.")
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"batch-{i:03d}-of-{batches:03d}.parquet" for i in range(batches)]
    others = [p.name for p in folder.iterdir() if p.name not in names and not p.name.startswith(".")]
    if others:
        raise DataError(f"{folder} holds {others[0]}, which is no part of this summary; choose a new folder.")
    for i, name in enumerate(names):
        progress(i, batches)
        if not (folder / name).exists():
            part = transactions.filter(f'hash("{customer}") % {batches} = {i}')
            keep(summarize(part, as_of, customer=customer, **how), folder / name)
    progress(batches, batches)
    return open(folder / "batch-*.parquet")


def keep(frame: Any, path: str | Path) -> Path:
    """Execute a frame of any engine and write it as Parquet.

    This is the only function that runs a lazy plan and writes.

    Parameters
    ----------
    frame : frame
        Any engine that narwhals knows.
    path : str or Path
        A file (for Spark: a folder of files) that does not exist yet; nothing is overwritten, and it
        appears whole or not at all.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    DataError
        If it exists, or its folder does not.
    """
    target = Path(path)
    if target.exists():
        raise DataError(f"{target} exists already; nothing was written. Choose another name or remove it first.")
    if not target.parent.is_dir():
        raise DataError(f"There is no folder {target.parent}; nothing was written. Make it first.")
    native = nw.from_native(frame)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        if isinstance(native, nw.DataFrame):
            native.write_parquet(str(beside))
        else:
            native.sink_parquet(str(beside))
        beside.replace(target)
    finally:
        if beside.is_file():
            beside.unlink()
    return target
