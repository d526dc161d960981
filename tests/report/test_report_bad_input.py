"""Every kind of bad input has its own message, with the place, the value and the cure."""

from __future__ import annotations

import errno
import gzip
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

GOOD = "who,day,total\nA,2025-01-01,10\nB,2025-01-02,20\n"


def says(message: str, *parts: str) -> None:
    for part in parts:
        assert part in message, f"{part!r} is not in {message!r}"


# --- the file


def test_missing_file_suggests_the_nearest_name(table, refused, tmp_path):
    table(GOOD, "transactions.csv")
    says(refused(tmp_path / "transaction.csv"), "There is no file", "Did you mean 'transactions.csv'?")


def test_missing_folder(refused, tmp_path):
    for out in (None, tmp_path / "page.html"):
        says(refused(tmp_path / "nowhere" / "a.csv", out=out), "no file", "no folder", "Check the path")


def test_folder_instead_of_a_file(refused, tmp_path):
    says(refused(tmp_path), "is a folder")


def test_unreadable_file(table, refused, monkeypatch):
    path = table()
    original = Path.open

    def denied(self, *args, **kwargs):
        if self == path:
            raise PermissionError(errno.EACCES, "Permission denied")
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", denied)
    says(refused(path), "orders.csv cannot be read: Permission denied")


@pytest.mark.parametrize(
    ("name", "part"), [("a.json", "unknown ending '.json'"), ("a", "unknown ending ''"), ("a.xls", "old Excel format")]
)
def test_ending(table, refused, name, part):
    says(refused(table(GOOD, name)), part)


@pytest.mark.parametrize("content", ["", "\n\n  \n", "\ufeff"])
def test_empty_file(table, refused, content):
    says(refused(table(content)), "orders.csv is empty", "a header line")


def test_empty_parquet_file(table, refused):
    says(refused(table(b"", "a.parquet")), "a.parquet is empty")


def test_header_without_rows(table, refused, tmp_path):
    says(refused(table("who,day,total\n")), "has a header but no rows")
    pd.DataFrame({"who": [], "day": [], "total": []}).to_parquet(tmp_path / "a.parquet")
    says(refused(tmp_path / "a.parquet"), "has a header but no rows")


@pytest.mark.parametrize(("name", "end"), [("a.parquet", "Parquet"), ("a.xlsx", "Excel workbook")])
def test_content_that_is_not_what_the_ending_says(table, refused, name, end):
    says(refused(table(GOOD, name)), name, end)


def test_workbook_and_parquet_called_csv(table, refused, tmp_path):
    frame = pd.DataFrame({"who": ["A"], "day": ["2025-01-01"], "total": [1.0]})
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    says(refused(table((tmp_path / "a.xlsx").read_bytes(), "b.csv")), "an Excel workbook by its content", ".xlsx")
    says(refused(table((tmp_path / "a.parquet").read_bytes(), "c.csv")), "Parquet by its content", ".parquet")


def test_cut_off_gzip(table, refused):
    packed = gzip.compress(GOOD.encode() * 50)
    says(refused(table(packed[:-12], "a.csv.gz")), "no complete gzip file")
    says(refused(table(GOOD, "b.csv.gz")), "no complete gzip file")


# --- text and its delimiter


@pytest.mark.parametrize(
    ("sign", "word", "option"), [(";", "semicolon", '";"'), ("\t", "tab", "tab"), ("|", "bar", '"|"')]
)
def test_wrong_delimiter(table, refused, sign, word, option):
    message = refused(table(GOOD.replace(",", sign)))
    says(message, "only one column", f"{word}-separated", f"--delimiter {option}")


def test_delimiter_given_but_the_file_has_commas(table, refused):
    says(refused(table(), delimiter=";"), "comma-separated", '--delimiter ","')


def test_delimiter_of_two_characters(table, refused):
    says(refused(table(), delimiter=";;"), "delimiter is ';;'", "one character")


def test_bytes_that_are_not_utf8(table, refused):
    content = "who,day,total\nA,2025-01-01,10\nJosé,2025-01-02,20\n".encode("cp1252")
    says(refused(table(content)), "line 3", "byte 0xE9", "byte 4 of the line", "not UTF-8", "--encoding cp1252")


def test_bytes_that_are_not_utf8_in_an_unused_column(table, refused):
    content = "who,day,total,note\nA,2025-01-01,10,\nB,2025-01-02,20,10 £\n".encode("cp1252")
    says(refused(table(content)), "line 3", "byte 0xA3", "--encoding cp1252")


def test_other_encoding_that_does_not_fit(table, refused):
    says(refused(table(GOOD.encode() + b"\x81,2025-01-02,1\n"), encoding="cp1252"), "line 4", "0x81", "CP1252", "utf-8")


def test_unknown_encoding(table, refused):
    says(refused(table(), encoding="utf9"), "no encoding 'utf9'", "Did you mean 'utf-8'?")


def test_codec_that_is_no_encoding_of_text(table, refused):
    says(refused(table(), encoding="hex"), "no encoding 'hex'")


def test_hint_to_excel_instead_of_a_header(table, refused):
    says(refused(table("sep=;\n" + GOOD.replace(",", ";"))), "'sep=;'", "Remove that line")


def test_utf16_without_a_mark(table, refused):
    says(refused(table(GOOD.encode("utf-16-le"))), "NUL characters", "--encoding utf-16-le")
    says(refused(table(GOOD), encoding="utf-16"), "not UTF-16 text", "Try another --encoding")


def test_row_with_too_many_fields(table, refused):
    message = refused(table(GOOD + "C,2025-01-03,1,234\nD,2025-01-03,5\nE,2025-01-03,5,6\n"))
    says(message, "line 4: 4 fields, the header has 3", "2 such rows", "not in quotes")


def test_row_with_too_few_fields_after_a_text_of_two_lines(table, refused):
    message = refused(table('who,day,total\n"A\nB",2025-01-01,10\n\nC,2025-01-02\n'))
    says(message, "line 5: 2 fields, the header has 3", "cut-off")


def test_quotation_mark_never_closed(table, refused):
    says(refused(table(GOOD + '"C,2025-01-03,5\nD,2025-01-03,5\n')), "line 4", "quotation mark")


def test_columns_of_one_name(table, refused):
    says(refused(table("who,day,total,total\nA,2025-01-01,1,2\n")), "2 columns are called 'total'")


# --- options and output


def test_sheet(refused, table, tmp_path):
    pd.DataFrame({"who": ["A"]}).to_excel(tmp_path / "a.xlsx", sheet_name="Orders", index=False)
    says(refused(tmp_path / "a.xlsx", sheet="Order"), "no sheet 'Order'", "Did you mean 'Orders'?")
    says(refused(table(), sheet="Orders"), "no sheets", "--sheet")


def test_empty_sheet(refused, tmp_path):
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    says(refused(tmp_path / "a.xlsx"), "sheet 'Sheet' is empty")


@pytest.mark.parametrize(("as_of", "part"), [("soon", "a date was expected"), ("2024-01-01", "before the first")])
def test_as_of(table, refused, as_of, part):
    says(refused(table(), as_of=as_of), f"--as-of {'is ' if as_of == 'soon' else ''}", part)


def test_policy_file(table, refused, tmp_path):
    says(refused(table(), policy=tmp_path / "none.yaml"), "no policy file")
    policy = table("name: x\nmeasure: revenu\ntiers: [{name: a}, {name: b, at_least: 1}]\n", "policy.yaml")
    says(refused(table(), policy=policy), "policy.yaml, measure:", "no column 'revenu'", "Did you mean 'revenue'?")
    policy = table("name: x\nmeasure: orders\ntiers: [{name: a, at_least: 1}, {name: b}]\n", "policy.yaml")
    says(refused(table(), policy=policy), "policy.yaml", "List them lowest first: b, a.")


def test_output_exists(table, refused, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("mine", encoding="utf-8")
    says(refused(table()), "exists already", "--force")
    assert page.read_text(encoding="utf-8") == "mine"
    says(refused(table(), amount="totl"), "Did you mean 'total'?")  # the mistake first, not the page of last time


def test_output_is_the_input(table, refused):
    path = table()
    says(refused(path, out=path, force=True), "is the table itself")
    assert path.read_text(encoding="utf-8").startswith("who,day,total")


def test_output_folder(table, refused, tmp_path):
    says(refused(table(), out=tmp_path / "nowhere" / "page.html"), "no folder", "--out")
    says(refused(table(), out=tmp_path), "is a folder")


def test_disk_full(table, refused, monkeypatch):
    def full(self, *args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    says(refused(table()), "cannot be written: No space left on device", "--out")
