"""Text with a delimiter: its encoding, its lines, and which of them is broken."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from crmlab.errors import DataError, UnknownNameError, nearest
from crmlab.report.sources import Source, in_one_line

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BLOCK = 1 << 22


class CsvSource(Source):
    """Text with a delimiter, plain or gzipped."""

    def __init__(self, path: Path, delimiter: str, encoding: str) -> None:
        super().__init__(path)
        self.delimiter = self._one_character(delimiter)
        self.encoding = self._codec(encoding)
        self.lines, self.quoted = self._scan()
        self._starts: array[int] | None = None
        self.rows = 0
        self.columns = next((record for _, record in self._numbered() if record), [])
        self._refuse_wrong_delimiter()
        self._refuse_bad_header()

    def read(self, names: list[str]) -> dict[str, pa.Array]:
        """Return the named columns, as stored."""
        import pyarrow.csv as pacsv

        try:
            with self._open() as file:
                table = pacsv.read_csv(file, **self._options(names))
        except pa.ArrowInvalid as problem:
            self._refuse_broken_rows()
            raise DataError(f"{self.name} cannot be read as CSV: {in_one_line(problem, 200)}") from None
        self.rows = len(table)
        return {name: table[name].combine_chunks() for name in names}

    def place(self, row: int) -> str:
        """Name a data row in the words of the file."""
        if self.lines == self.rows + 1:
            return f"line {row + 2:,}"
        if self._starts is None:
            self._starts = array("q", (start for start, record in self._numbered() if record))
        return f"line {self._starts[row + 1]:,}"

    def _columns_of(self, rows: pa.Array) -> Iterator[pa.Array]:
        import pyarrow.csv as pacsv

        parts, start = [], 0
        with self._open() as file:
            for batch in pacsv.open_csv(file, **self._options(None)):
                parts.append(batch.filter(rows.slice(start, len(batch))))
                start += len(batch)
        for values in pa.Table.from_batches(parts).columns:
            yield values.combine_chunks()

    def _options(self, names: list[str] | None) -> dict[str, Any]:
        import pyarrow.csv as pacsv

        codec = "utf8" if self.encoding == "utf-8-sig" else self.encoding
        return {
            "read_options": pacsv.ReadOptions(encoding=codec, block_size=BLOCK),
            "parse_options": pacsv.ParseOptions(delimiter=self.delimiter, newlines_in_values=self.quoted),
            "convert_options": pacsv.ConvertOptions(
                include_columns=names, column_types={n: pa.string() for n in self.columns}, strings_can_be_null=False
            ),
        }

    def _open(self) -> Any:
        if self.path.suffix.lower() == ".gz":
            return gzip.open(self.path, "rb")
        return self.path.open("rb")

    def _one_character(self, delimiter: str) -> str:
        delimiter = {"tab": "\t", "\\t": "\t", "semicolon": ";", "comma": ","}.get(delimiter.lower(), delimiter)
        if len(delimiter) != 1 or delimiter in '"\n\r':
            raise DataError(f"delimiter is {delimiter!r}; one character was expected, e.g. ';' (or the word tab).")
        # a .tsv file says itself what the default comma does not
        return "\t" if delimiter == "," and ".tsv" in self.name.lower() else delimiter

    def _codec(self, encoding: str) -> str:
        try:
            name = codecs.lookup(encoding).name
            "a".encode(encoding)  # "hex" and its like are codecs, but not of text
        except (LookupError, UnicodeError):
            hint = nearest(encoding, ["utf-8", "utf-16", "cp1252", "latin-1", "gb18030", "big5", "shift-jis"])
            raise UnknownNameError(
                f"There is no encoding {encoding!r}.{hint} Common ones: utf-8, cp1252, gb18030."
            ) from None
        with self._open() as file:
            start = file.read(4)
        if name == "utf-8" and start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            self.notes.append("The file says that it is UTF-16 text and was read as such.")
            return "utf-16"
        return "utf-8-sig" if name == "utf-8" else name

    def _scan(self) -> tuple[int, bool]:
        """Decode the whole file once: count lines, look for quotes, and refuse what is not text."""
        decoder = codecs.getincrementaldecoder(self.encoding)()
        lines, quoted, last, empty = 0, False, "\n", True
        with self._open() as file:
            while True:
                chunk = file.read(BLOCK)
                try:
                    text = decoder.decode(chunk, final=not chunk)
                except UnicodeError as problem:  # UTF-16 without its mark is no UnicodeDecodeError
                    raise DataError(self._bad_byte(problem)) from None
                if "\0" in text:
                    raise DataError(
                        f"{self.name} holds NUL characters, so it is no plain text in {self.encoding}. "
                        "If it is UTF-16 text, add --encoding utf-16-le; else export it again as UTF-8 CSV."
                    )
                empty = empty and not text.strip()
                lines += text.count("\n")
                quoted = quoted or '"' in text
                last = text[-1] if text else last
                if not chunk:
                    break
        if empty:
            raise DataError(f"{self.name} is empty; a header line and at least one row were expected.")
        return lines + (last != "\n"), quoted

    def _bad_byte(self, problem: UnicodeError) -> str:
        said = self.encoding.removesuffix("-sig").upper()
        cure = "If it comes from Excel or older Windows software, add --encoding cp1252 (Chinese: gb18030)."
        if said != "UTF-8":
            cure = "Try another --encoding, e.g. utf-8, cp1252 or gb18030."
        if not said.startswith(("UTF-16", "UTF-32")):
            with self._open() as file:
                for number, line in enumerate(file, start=1):
                    try:
                        line.decode(self.encoding)
                    except UnicodeDecodeError as found:
                        byte = f"byte 0x{line[found.start]:02X} (byte {found.start + 1:,} of the line)"
                        return f"{self.name}, line {number:,}: {byte} is not {said}. {cure}"
        return f"{self.name} is not {said} text ({getattr(problem, 'reason', problem)}). {cure}"

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        """Yield every record with the line on which it starts; blank lines are empty records."""
        with io.TextIOWrapper(self._open(), encoding=self.encoding, newline="") as text:
            reader, start = csv.reader(text, delimiter=self.delimiter), 1
            try:
                for record in reader:
                    yield start, record
                    start = reader.line_num + 1
            except csv.Error as problem:
                raise DataError(
                    f"{self.name}, line {start:,}: {problem}. "
                    "Is a quotation mark opened there and never closed? Mend the line."
                ) from None

    def _refuse_wrong_delimiter(self) -> None:
        if self.columns[0].startswith("sep="):
            raise DataError(
                f"{self.name}: line 1 is no header but a hint to Excel, {self.columns[0]!r}. Remove that line."
            )
        if len(self.columns) != 1:
            return
        for other, word in DELIMITERS.items():
            if other != self.delimiter and other in self.columns[0]:
                option = "tab" if other == "\t" else f'"{other}"'
                raise DataError(
                    f"{self.name}: only one column was found, {self.columns[0][:80]!r}; it looks {word}-separated. "
                    f"Add --delimiter {option}."
                )

    def _refuse_broken_rows(self) -> None:
        width = len(self.columns)
        broken = [(start, len(r)) for start, r in self._numbered() if r and len(r) != width]
        if not broken:
            return
        (start, fields), more = broken[0], ""
        if len(broken) > 1:
            more = f"; {len(broken):,} such rows"
        cause = "a text with a delimiter that is not in quotes, or a quotation mark too many"
        if fields < width:
            cause = "a cut-off row, a note below the table, or a quotation mark that is never closed"
        found = "1 field" if fields == 1 else f"{fields} fields"
        raise DataError(
            f"{self.name}, line {start:,}: {found}, the header has {width} (first such row{more}). "
            f"Often {cause}; mend the file."
        )
