"""Open a file by the ending of its name, or say what is wrong with it."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from crmlab.errors import DataError, nearest
from crmlab.report.delimited import CsvSource
from crmlab.report.sources import ExcelSource, ParquetSource, Source

ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz", ".parquet", ".pq", ".xlsx", ".xlsm")


def open_source(path: str | Path, delimiter: str = ",", encoding: str = "utf-8", sheet: str | None = None) -> Source:
    """Open a table by the ending of its name, or say what is wrong with the file."""
    path = Path(path)
    start = first_bytes(path)
    name = path.name.lower()
    ending = next((e for e in sorted(ENDINGS, key=len, reverse=True) if name.endswith(e)), None)
    if name.endswith(".xls"):
        raise DataError(f"{path.name} is in the old Excel format. Open it in Excel and save it as .xlsx or CSV.")
    if ending is None:
        raise DataError(f"{path.name}: unknown ending {path.suffix!r}. Known: {', '.join(ENDINGS)}.")
    if not start:
        raise DataError(f"{path.name} is empty; a header line and at least one row were expected.")
    if ending in (".parquet", ".pq"):
        return ParquetSource(path)
    if ending in (".xlsx", ".xlsm"):
        return ExcelSource(path, sheet)
    for magic, kind, right in ((b"PK\3\4", "an Excel workbook", ".xlsx"), (b"PAR1", "Parquet", ".parquet")):
        if start.startswith(magic):
            raise DataError(f"{path.name} is {kind} by its content, not text. Rename it to end in {right}.")
    if sheet is not None:
        raise DataError(f"{path.name} is a text file and has no sheets; leave --sheet away.")
    try:
        return CsvSource(path, delimiter, encoding)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise DataError(f"{path.name} is no complete gzip file. Compress it again, or give the plain CSV.") from None


def first_bytes(path: Path) -> bytes:
    """Return the first four bytes, or say why there are none to read."""
    try:
        if path.is_dir():
            raise DataError(f"{path} is a folder; give one file in it.")
        if not path.exists():
            raise DataError(_no_such_file(path))
        with path.open("rb") as file:
            return file.read(4)
    except OSError as problem:
        raise DataError(
            f"{path} cannot be read: {problem.strerror or problem}. "
            "Close other programs that use it, or check your rights."
        ) from None


def _no_such_file(path: Path) -> str:
    folder = path.absolute().parent
    if not folder.is_dir():
        return f"There is no file {path}, and no folder {path.parent} either. Check the path."
    hint = nearest(path.name, (p.name for p in folder.iterdir() if p.is_file()))
    return f"There is no file {path}.{hint} Relative paths start at the current folder."
