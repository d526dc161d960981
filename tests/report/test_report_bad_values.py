"""Columns, dates and amounts that cannot be used: the row, the value and the cure."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

GOOD = "who,day,total\nA,2025-01-01,10\nB,2025-01-02,20\n"


def says(message: str, *parts: str) -> None:
    for part in parts:
        assert part in message, f"{part!r} is not in {message!r}"


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
{t for t in total}
"""


@pytest.mark.parametrize("amount", NOT_ARITHMETIC.strip().splitlines())
def test_only_arithmetic_is_allowed(table, refused, amount):
    says(refused(table(), amount=amount), "--amount", "not allowed")


@pytest.mark.parametrize(
    "amount", ["total *", "Unit Price * total", "(" * 210 + "total" + ")" * 210, "total; total", ""]
)
def test_what_cannot_be_read_as_arithmetic(table, refused, amount):
    says(refused(table(), amount=amount), "neither a column nor an arithmetic of columns", "in brackets")


@pytest.mark.parametrize("amount", ["total[0]", "[total]]", "[[total]", "[] * total["])
def test_brackets_that_quote_no_name(table, refused, amount):
    says(refused(table(), amount=amount), "neither a column nor an arithmetic of columns")


def test_name_in_brackets_that_is_no_column(table, refused):
    says(refused(table(), amount="[Total]*2"), "no column 'Total' (--amount)", "Did you mean 'total'?")


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
    message = refused(table(f"who,day,total\nA,{day},1\nB,{day},1\n"))
    says(message, "line 2", repr(day), "not a day of the calendar", "empty the cell: rows without a date are set aside")


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


@pytest.mark.parametrize(
    ("days", "date_format", "cure"),
    [
        (["31.12.2025", "01.01.2026"], "%d.%m.%y", "Its year has four digits: use --date-format %d.%m.%Y"),
        (["31.12.25 9:00", "01.01.26 9:00"], "%d.%m.%Y %H:%M", 'Its year has two digits: use --date-format "%d.%m.%y'),
        (["31.12.25", "01.01.2026"], "%d.%m.%y", "Some years have four digits; write all in one way."),
        (["31/12/2025", "01.01.2026"], "%d.%m.%y", "Change the format, or mend or empty the cell"),
    ],
)
def test_date_format_with_the_other_year(table, refused, days, date_format, cure):
    message = refused(table("who,day,total\n" + "".join(f"A,{day},1\n" for day in days)), date_format=date_format)
    says(message, "does not fit --date-format", cure)


@pytest.mark.parametrize("days", [("13/01/2025", "14/01/25"), ("1-Feb-25", "1-Feb-2025")])
def test_years_of_two_and_of_four_digits(table, refused, days):
    says(refused(table(f"who,day,total\nA,{days[0]},1\nB,{days[1]},1\n")), "mixed formats", "line 2", "line 3")


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
