"""The analyst's report: a table of transactions in, one self-contained HTML page out.

>>> import crmlab
>>> crmlab.report.write_report(
...     "transactions.csv", customer="CustomerID", date="InvoiceDate", amount="Quantity*UnitPrice"
... )  # doctest: +SKIP
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date as Date
from datetime import datetime
from pathlib import Path
from typing import Any

from crmlab.errors import DataError
from crmlab.report.opening import first_bytes
from crmlab.report.reading import Reading, read_transactions
from crmlab.tiering.policy import TierPolicy

__all__ = ["Reading", "read_transactions", "write_report"]


def write_report(
    path: str | Path,
    *,
    customer: str,
    date: str,
    amount: str,
    out: str | Path | None = None,
    policy: str | Path | TierPolicy | None = None,
    delimiter: str = ",",
    encoding: str = "utf-8",
    decimal: str = ".",
    date_format: str | None = None,
    day_first: bool = False,
    sheet: str | None = None,
    as_of: str | Date | datetime | None = None,
    currency: str = "",
    title: str | None = None,
    force: bool = False,
) -> Path:
    """Write the tier report on a table of transactions as one HTML file.

    The same file and options give the same bytes.

    Parameters
    ----------
    path, customer, date, amount, delimiter, encoding, decimal, date_format, day_first, sheet
        See :func:`read_transactions`.
    out : str or Path, optional
        The page to write; default ``<name>_report.html`` beside the table.
    policy : str, Path or TierPolicy, optional
        A tier policy or its YAML file; default: by revenue, the upper half silver or better, the
        upper fifth gold or better, the top 5 % vip.
    as_of : str or date, optional
        Last day to count; later rows are set aside. Default: the last day of the data.
    currency : str
        Sign or code to write with money, e.g. ``"£"`` or ``"EUR"``.
    title : str, optional
        Heading of the page.
    force : bool
        Replace ``out`` if it exists.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    CrmlabError
        For input that cannot be used, and for an output that cannot be written.

    Examples
    --------
    >>> write_report("orders.xlsx", customer="Client", date="Day", amount="Total")  # doctest: +SKIP
    PosixPath('orders_report.html')
    """
    path = Path(path)
    first_bytes(path)  # a missing table is the first thing to tell
    target = Path(out) if out is not None else path.with_name(f"{Path(path.name.removesuffix('.gz')).stem}_report.html")
    _refuse_output(target, path)
    policy_name = None if policy is None else "policy.yaml"  # as the page proposes to save it
    if policy is not None and not isinstance(policy, TierPolicy):
        policy_name = Path(policy).name
        policy = TierPolicy.from_yaml(Path(policy))
    columns: dict[str, Any] = {"customer": customer, "date": date, "amount": amount}
    style: dict[str, Any] = {"delimiter": delimiter, "encoding": encoding, "decimal": decimal}
    style |= {"date_format": date_format, "day_first": day_first, "sheet": sheet}
    reading = read_transactions(path, **columns, **style)

    # figures and templates load only when the data are good
    from crmlab.report.facts import compute
    from crmlab.report.page import render

    options = {**columns, "policy": policy_name, **style, "as_of": as_of and str(as_of)[:10]}
    options |= {"currency": currency, "title": title}
    facts = compute(reading, path.name, policy, as_of, policy_name or "")
    if target.exists() and not force:  # only now, or every retry would meet this before its own mistake
        raise DataError(
            f"{target} exists already; nothing was written. Add --force to replace it, or choose another --out."
        )
    page = render(facts, path.name, options, currency, title)
    _write(target, page)
    return target


def _refuse_output(target: Path, source: Path) -> None:
    """Find out before the work what would stop the writing after it."""
    if target.is_dir():
        raise DataError(f"--out {target} is a folder; name the file to write, e.g. {target / 'report.html'}.")
    if not target.absolute().parent.is_dir():
        raise DataError(
            f"There is no folder {target.parent} to write {target.name} into. Make it, or choose another --out."
        )
    if target.exists() and source.exists() and target.samefile(source):
        raise DataError(f"--out {target} is the table itself; choose another name.")


def _write(target: Path, page: str) -> None:
    """Write beside the target and rename, so that no half-written page is ever left."""
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        draft.write_text(page, encoding="utf-8", newline="\n")
        draft.replace(target)
    except OSError as problem:
        with suppress(OSError):  # the first problem is the one to tell
            draft.unlink(missing_ok=True)
        raise DataError(
            f"{target} cannot be written: {problem.strerror or problem}. "
            "Close it elsewhere, free space, or choose another --out."
        ) from None
