"""The files that come with crmlab, each read only after its checksum was found right.

They live in the folder ``datasets/`` of the repository, and inside the package once it is
installed from a wheel.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from crmlab.errors import DataError
from crmlab.schema import columns, typed

if TYPE_CHECKING:
    import pandas as pd


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


def read_table(relative: str, table: str) -> pd.DataFrame:
    """Read a shipped CSV file with the dtypes of its contract.

    Parameters
    ----------
    relative : str
        As in :func:`verified`.
    table : str
        The contract, see :func:`crmlab.schema.columns`.
    """
    import pandas as pd

    path = verified(relative)
    kinds = {column: kind for column, (kind, _, _) in columns(table).items()}
    frame = pd.read_csv(
        path,
        encoding="utf-8",
        keep_default_na=False,
        na_values={c: [""] for c in kinds},
        dtype={c: "str" for c, kind in kinds.items() if kind in ("key", "id", "text")},
    )
    for column, kind in kinds.items():
        if kind in ("date", "timestamp"):
            frame[column] = pd.to_datetime(frame[column], format="ISO8601")
        elif kind == "flag":
            frame[column] = frame[column].astype("boolean")
    return typed(frame, table)
