"""Files with named columns that hand over only the columns asked for: Parquet, Excel, and what all have in common."""

from __future__ import annotations

import hashlib
import re
import warnings
import zipfile
from array import array
from collections.abc import Iterator, Mapping
from datetime import date as Date
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from crmlab.errors import DataError, UnknownNameError, nearest


class Source:
    """A file with named columns; rows are counted from 0 inside, and named as a reader finds them."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.notes: list[str] = []
        self.doubts: list[str] = []
        self.columns: list[str] = []

    def read(self, names: list[str]) -> dict[str, pa.Array]:
        """Return the named columns, as stored."""
        raise NotImplementedError

    def exact_duplicates(self, used: Mapping[str, pa.Array]) -> int | None:
        """Count rows that equal an earlier row in *every* column; None where the file has nested columns.

        Only rows that repeat in the columns already read can repeat in all, so only those are looked at.
        """
        suspects = pd.DataFrame({name: values.to_pandas() for name, values in used.items()}).duplicated(keep=False)
        if not suspects.any():
            return 0
        group = np.zeros(int(suspects.sum()), dtype=np.int64)
        try:
            for values in self._columns_of(pa.array(suspects.to_numpy())):
                coded = values.dictionary_encode(null_encoding="encode")
                here = coded.indices.to_numpy(zero_copy_only=False)
                group = pd.factorize(group * len(coded.dictionary) + here)[0]
        except pa.ArrowNotImplementedError:
            return None
        return len(group) - int(group.max() + 1)

    def place(self, row: int) -> str:
        """Name a data row in the words of the file."""
        return f"row {row + 1:,}"

    def close(self) -> None:
        """Let go of the file."""

    def _columns_of(self, rows: pa.Array) -> Iterator[pa.Array]:
        raise NotImplementedError

    def _refuse_bad_header(self) -> None:
        for name in self.columns:
            count = self.columns.count(name)
            if name and count > 1:
                raise DataError(f"{self.name}: {count} columns are called {name!r}. Give each column its own name.")


class ParquetSource(Source):
    """One Parquet file."""

    def __init__(self, path: Path) -> None:
        import pyarrow.parquet as pq

        super().__init__(path)
        try:
            self.file = pq.ParquetFile(path)
        except (pa.ArrowException, OSError) as problem:
            raise DataError(f"{self.name} cannot be read as Parquet: {in_one_line(problem)}") from None
        self.columns = self.file.schema_arrow.names
        self._refuse_bad_header()

    def read(self, names: list[str]) -> dict[str, pa.Array]:
        """Return the named columns, as stored."""
        try:
            table = self.file.read(columns=names)
        except (pa.ArrowException, OSError) as problem:
            raise DataError(f"{self.name} is damaged: {in_one_line(problem)}") from None
        return {name: _plain(table[name].combine_chunks()) for name in names}

    def close(self) -> None:
        """Let go of the file."""
        self.file.close()

    def _columns_of(self, rows: pa.Array) -> Iterator[pa.Array]:
        for index in range(len(self.columns)):
            # by position: a name with a dot would be taken for a path into a nested column
            values = self.file.read(columns=[self.columns[index]]).column(0).combine_chunks()
            yield _plain(values).filter(rows)


class ExcelSource(Source):
    """One sheet of an Excel workbook, read row by row."""

    def __init__(self, path: Path, sheet: str | None) -> None:
        import openpyxl

        super().__init__(path)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # styles and validations that do not matter here
                self.book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except (zipfile.BadZipFile, KeyError, ValueError, OSError):
            raise DataError(
                f"{self.name} is no Excel workbook (.xlsx), or it is damaged or protected by a password. "
                "Open it in Excel and save it again without a password, or as CSV."
            ) from None
        names = [s.title for s in self.book.worksheets]
        if sheet is not None and sheet not in names:
            self.close()
            hint = nearest(sheet, names)
            raise UnknownNameError(f"{self.name} has no sheet {sheet!r}.{hint} It has {', '.join(names)}.")
        self.sheet = names[0] if sheet is None else sheet
        if sheet is None and len(names) > 1:
            self.notes.append(f"Sheet {self.sheet!r} was read, the first of {len(names)}; --sheet chooses another.")
        self.numbers: array[int] = array("q")
        self.prints: set[bytes] = set()
        self._cells = self._filled_rows()
        _, header = next(self._cells, (0, ()))
        if not header:
            self.close()
            raise DataError(f"{self.name}, sheet {self.sheet!r} is empty; a header and at least one row were expected.")
        self.columns = ["" if cell is None else str(cell) for cell in header]
        self._refuse_bad_header()

    def read(self, names: list[str]) -> dict[str, pa.Array]:
        """Return the named columns, as stored."""
        wanted = {name: self.columns.index(name) for name in names}
        values: dict[str, list[Any]] = {name: [] for name in names}
        for number, row in self._cells:
            self.numbers.append(number)
            # a fingerprint of the whole row keeps a huge sheet out of memory
            self.prints.add(hashlib.blake2b(repr(row).encode("utf-8", "replace"), digest_size=16).digest())
            for name, column in wanted.items():
                values[name].append(row[column] if column < len(row) else None)
        return {name: _from_cells(cells) for name, cells in values.items()}

    def exact_duplicates(self, used: Mapping[str, pa.Array]) -> int:
        """Count rows that equal an earlier row in every column."""
        return len(self.numbers) - len(self.prints)

    def place(self, row: int) -> str:
        """Name a data row in the words of the file."""
        return f"row {self.numbers[row]:,}"

    def close(self) -> None:
        """Let go of the file."""
        self.book.close()

    def _filled_rows(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        page: Any = self.book[self.sheet]
        page.reset_dimensions()  # some programs write a wrong size, which would cut the sheet
        for number, row in enumerate(page.iter_rows(values_only=True), start=1):
            if any(cell is not None for cell in row):
                yield number, row


def find_column(name: str, source: Source, option: str) -> str:
    """Return the name if the file has that column, else raise with the nearest one."""
    if name in source.columns:
        return name
    squeezed = {_squeeze(c): c for c in source.columns}
    same = squeezed.get(_squeeze(name))
    hint = f" Did you mean {same!r}?" if same else nearest(name, source.columns)
    shown = ", ".join(c or "(no name)" for c in source.columns[:12])
    more = f" and {len(source.columns) - 12} more" if len(source.columns) > 12 else ""
    raise UnknownNameError(f"{source.name} has no column {name!r} ({option}).{hint} It has {shown}{more}.")


def _squeeze(name: str) -> str:
    return re.sub(r"[\s_-]+", "", name).casefold()


def in_one_line(problem: Exception, length: int = 160) -> str:
    """What a library said, without its line ends and its tail."""
    return " ".join(str(problem).split())[:length]


def _plain(values: pa.Array) -> pa.Array:
    """Undo a dictionary encoding, which is how pandas stores categories."""
    return values.dictionary_decode() if pa.types.is_dictionary(values.type) else values


def _from_cells(cells: list[Any]) -> pa.Array:
    """One column of Excel cells: all dates, all numbers, or else text."""
    kinds = {type(c) for c in cells if c is not None}
    if kinds and kinds <= {datetime, Date}:
        return pa.array(cells, pa.timestamp("us"))
    if kinds and kinds <= {int, float}:
        return pa.array(cells, pa.float64())
    return pa.array([None if c is None else _cell_text(c) for c in cells], pa.string())


def _cell_text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
