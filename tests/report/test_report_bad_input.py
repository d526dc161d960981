"""Every kind of bad input has its own message, with the place, the value and the cure."""

from __future__ import annotations

import errno
import gzip
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
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


# --- columns


@pytest.mark.parametrize(("asked", "found"), [("Customer_ID", "customerid"), ("custmerid", "customerid")])
def test_column_not_found_suggests_the_nearest(table, refused, asked, found):
    message = refused(table("customerid,day,total\nA,2025-01-01,1\n"), customer=asked)
    says(message, f"no column {asked!r} (--customer)", f"Did you mean {found!r}?", "It has customerid, day, total.")


def test_date_column_not_found(table, refused):
    says(refused(table(), date="Day"), "no column 'Day' (--date)", "Did you mean 'day'?")


def test_column_of_the_amount_not_found(table, refused):
    says(refused(table(), amount="totl * 2"), "no column 'totl' (--amount)", "Did you mean 'total'?")


def test_column_of_parquet_not_found(refused, tmp_path):
    pd.DataFrame({"who": ["A"], "Total Amount": [1.0], "day": ["2025-01-01"]}).to_parquet(tmp_path / "a.parquet")
    says(refused(tmp_path / "a.parquet", amount="`total_amount`"), "Did you mean 'Total Amount'?")


NOT_ARITHMETIC = """
__import__('os').system('true')
total.values
total[0]
total ** 2
total > 1
'a' * total
f(total)
lambda: total
total if total else total
True * total
1j * total
not total
(total := total)
[t for t in total]
"""


@pytest.mark.parametrize("amount", NOT_ARITHMETIC.strip().splitlines())
def test_only_arithmetic_is_allowed(table, refused, amount):
    says(refused(table(), amount=amount), "--amount", "not allowed")


@pytest.mark.parametrize(
    "amount", ["total *", "Unit Price * total", "(" * 210 + "total" + ")" * 210, "total; total", ""]
)
def test_what_cannot_be_read_as_arithmetic(table, refused, amount):
    says(refused(table(), amount=amount), "neither a column nor an arithmetic of columns", "backticks")


def test_amount_without_a_column(table, refused):
    says(refused(table(), amount="2 * 3"), "names no column")


def test_endless_amount(table, refused):
    says(refused(table(), amount="+".join(["total"] * 300)), "at most 500")


# --- dates


def test_dates_that_do_not_parse(table, refused):
    message = refused(table("who,day,total\nA,2025-01-01,1\nB,soon,1\nC,later,1\n"))
    says(message, "line 3", "column 'day'", "'soon' is not a date", "2 such rows", "--date-format")


def test_row_of_parquet_is_counted_from_one(refused, tmp_path):
    pd.DataFrame({"who": ["A", "B"], "day": ["2025-01-01", "x"], "total": [1, 2]}).to_parquet(tmp_path / "a.parquet")
    says(refused(tmp_path / "a.parquet"), "row 2", "'x' is not a date")


@pytest.mark.parametrize("day", ["2025-02-30", "20251301", "31.11.2025", "32/01/2025"])
def test_days_that_do_not_exist(table, refused, day):
    says(refused(table(f"who,day,total\nA,{day},1\nB,{day},1\n")), "line 2", repr(day), "not a day of the calendar")


def test_mixed_formats(table, refused):
    says(
        refused(table("who,day,total\nA,2025-01-01,1\nB,13/01/2025,1\n")),
        "mixed formats", "'2025-01-01' (line 2)", "'13/01/2025' (line 3)",
    )  # fmt: skip


def test_day_first_and_month_first_in_one_column(table, refused):
    says(refused(table("who,day,total\nA,13/01/2025,1\nB,01/14/2025,1\n")), "mixed formats", "line 2", "line 3")


def test_day_first_against_the_data(table, refused):
    message = refused(table("who,day,total\nA,01/02/2025,1\nB,01/14/2025,1\n"), day_first=True)
    says(message, "line 3", "'01/14/2025' cannot be day/month/year", "--day-first")


def test_excel_serial_numbers(table, refused, tmp_path):
    says(refused(table("who,day,total\nA,45658,1\nB,45659.5,2\n")), "line 2", "Excel serial number")
    book = openpyxl.Workbook()
    for row in (["who", "day", "total"], ["A", 45658, 1], ["B", 45659.5, 2]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    says(refused(tmp_path / "a.xlsx"), "row 2", "Excel serial number")


def test_seconds_since_1970(table, refused):
    says(refused(table("who,day,total\nA,1735689600,1\nB,1735689601,2\n")), "seconds since 1970")


def test_date_format_that_does_not_fit(table, refused):
    message = refused(table(), date_format="%d/%m/%Y")
    says(message, "line 2", "'2025-01-01' does not fit --date-format '%d/%m/%Y'", "3 such rows")


def test_date_format_that_is_none(table, refused):
    says(refused(table(), date_format="%Q"), "--date-format '%Q' cannot be used")


# --- amounts


def test_amounts_with_a_currency_sign(table, refused):
    message = refused(table("who,day,total\nA,2025-01-01,1\nB,2025-01-02,£12.50\n"))
    says(message, "line 3", "column 'total'", "'£12.50' is not a number", "1 such row", "--currency")


def test_amounts_with_a_decimal_comma(table, refused):
    message = refused(table('who,day,total\nA,2025-01-01,"1.234,56"\nB,2025-01-02,"2,50"\n'))
    says(message, "line 2", "'1.234,56'", "--decimal ,")


def test_amounts_with_a_decimal_point_under_a_decimal_comma(table, refused):
    says(refused(table("who,day,total\nA,2025-01-01,12.50\n"), decimal=","), "'12.50'", "--decimal .")


def test_comma_that_may_be_either(table, refused):
    message = refused(table('who,day,total\nA,2025-01-01,5\nB,2025-01-02,"1,234"\n'))
    says(message, "line 3", "'1,234'", "--decimal ,", "thousands")


def test_decimal_sign_that_is_none(table, refused):
    says(refused(table(), decimal="x"), "decimal is 'x'")


def test_amounts_that_are_no_numbers_in_parquet(refused, tmp_path):
    frame = {"who": ["A", "B"], "day": ["2025-01-01"] * 2, "total": [True, False], "many": [[1], [2]]}
    pq.write_table(pa.table(frame), tmp_path / "a.parquet")
    says(refused(tmp_path / "a.parquet"), "column 'total': holds bool", "numbers were expected")
    says(refused(tmp_path / "a.parquet", customer="many", amount="total"), "column 'total'")
    says(refused(tmp_path / "a.parquet", amount="many"), "column 'many'")


# --- nothing to tier


def test_one_customer_only(table, refused):
    message = refused(table("who,day,total\nA,2025-01-01,1\nA,2025-01-02,2\n"))
    says(message, "one customer, 'A'", "--customer")


def test_one_customer_with_a_purchase(table, refused):
    says(refused(table("who,day,total\nA,2025-01-01,1\nB,2025-01-02,-2\n")), "only one customer, 'A'")


@pytest.mark.parametrize("amounts", [("-1", "-2"), ("0", "0"), ("-3", "0")])
def test_no_amount_above_zero(table, refused, amounts):
    message = refused(
        table("who,day,total\n" + "".join(f"{c},2025-01-01,{a}\n" for c, a in zip("AB", amounts, strict=True)))
    )
    says(message, "all 2 amounts are zero or negative", "--amount")


def test_returns_above_purchases(table, refused):
    rows = "A,2025-01-01,1\nA,2025-01-02,-50\nB,2025-01-01,5\n"
    says(refused(table("who,day,total\n" + rows)), "returns outweigh purchases", "-44.00")


def test_amount_too_large_to_add_up(table, refused):
    message = refused(table("who,day,total\nA,2025-01-01,1\nB,2025-01-01,1e300\n"))
    says(message, "line 3", "1e+300", "too large", "/ 1000")


def test_no_usable_row(table, refused):
    message = refused(table("who,day,total\n,2025-01-01,1\nB,,2\nC,2025-01-01,\n"))
    says(message, "none of the 3 rows", "1 no customer", "1 no date", "1 no amount")


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
    says(refused(table(), policy=policy), "'revenu'", "Did you mean 'revenue'?")


def test_output_exists(table, refused, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("mine", encoding="utf-8")
    says(refused(table()), "exists already", "--force")
    assert page.read_text(encoding="utf-8") == "mine"


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
