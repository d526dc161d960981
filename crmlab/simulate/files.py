"""Write the simulated class-size sets and the checksums of all shipped files.

``python -m crmlab.simulate.files datasets`` makes them anew; the result is the same, byte for byte.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pandas as pd

from crmlab.datasets import CLASS_SEED, SIZES
from crmlab.simulate.retail import simulate_retail

DATA_FILES = {".csv", ".txt", ".parquet"}


def write_retail(folder: Path) -> list[Path]:
    """Write the class-size retail set as CSV files.

    Parameters
    ----------
    folder : Path
        Gets ``customers.csv``, ``transactions.csv`` and, apart, ``truth/customers.csv``.

    Returns
    -------
    list of Path
        The files written.
    """
    tables, truth = simulate_retail(SIZES["class"], CLASS_SEED)
    files = {f"{name}.csv": table for name, table in tables.items()} | {"truth/customers.csv": truth}
    return [_write_csv(table, folder / name) for name, table in files.items()]


def write_checksums(folder: Path) -> Path:
    """Write ``SHA256SUMS`` over the data files below a folder, sorted by name."""
    files = sorted(p for p in folder.rglob("*") if p.suffix in DATA_FILES)
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files]
    target = folder / "SHA256SUMS"
    target.write_text("".join(lines), encoding="utf-8", newline="\n")
    return target


def _write_csv(table: pd.DataFrame, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, encoding="utf-8", lineterminator="\n", date_format="%Y-%m-%d")
    return path


if __name__ == "__main__":
    base = Path(sys.argv[1] if len(sys.argv) > 1 else "datasets")
    for written in [*write_retail(base / "retail"), write_checksums(base)]:
        print(written)
