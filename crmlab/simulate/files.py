"""Write the simulated class-size sets and the checksums of all shipped files.

``python -m crmlab.simulate.files datasets`` makes them anew; the result is the same, byte for byte.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pandas as pd

from crmlab.datasets import CLASS_SEEDS, CLASS_SIZES, simulate
from crmlab.schema import columns_of_company

COLUMNS_BEGIN = "<!-- The tables, made from crmlab/schema -->"
DATA_FILES = {".csv", ".txt", ".parquet"}


def write_class_set(name: str, folder: Path) -> list[Path]:
    """Write a class-size set as CSV files, the truth apart.

    Parameters
    ----------
    name : str
        ``retail``, ``bank`` or ``auto``.
    folder : Path
        Gets ``<table>.csv`` and ``truth/<table>.csv``.

    Returns
    -------
    list of Path
        The files written.
    """
    tables, truth = simulate(name, CLASS_SIZES[name], CLASS_SEEDS[name])
    files = {f"{t}.csv": table for t, table in tables.items()} | {f"truth/{t}.csv": table for t, table in truth.items()}
    return [_write_csv(table, folder / path) for path, table in files.items()]


def write_checksums(folder: Path) -> Path:
    """Write ``SHA256SUMS`` over the data files below a folder, sorted by name."""
    files = sorted(p for p in folder.rglob("*") if p.suffix in DATA_FILES)
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder).as_posix()}\n" for p in files]
    target = folder / "SHA256SUMS"
    target.write_text("".join(lines), encoding="utf-8", newline="\n")
    return target


def card_columns(name: str) -> str:
    """Write the part of a data card that lists the tables, from their contracts."""
    lines = [COLUMNS_BEGIN]
    for part, tables in zip(("", "truth/"), columns_of_company(name), strict=True):
        for table, columns in tables.items():
            lines += ["", f"## {part}{table}.csv", "", "| column | kind | meaning |", "|---|---|---|"]
            for column, (kind, missing, meaning) in columns.items():
                lines.append(f"| {column} | {kind}{', may be missing' if missing else ''} | {meaning} |")
    return "\n".join(lines) + "\n"


def write_card(name: str, folder: Path) -> Path:
    """Renew the list of tables in a data card; what stands before it is written by hand."""
    path = folder / "README.md"
    head = path.read_text(encoding="utf-8").split(COLUMNS_BEGIN)[0].rstrip()
    path.write_text(f"{head}\n\n{card_columns(name)}", encoding="utf-8", newline="\n")
    return path


def _write_csv(table: pd.DataFrame, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")
    return path


if __name__ == "__main__":
    base = Path(sys.argv[1] if len(sys.argv) > 1 else "datasets")
    for name in CLASS_SIZES:
        for written in [*write_class_set(name, base / name), write_card(name, base / name)]:
            print(written)
    print(write_checksums(base))
