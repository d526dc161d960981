"""Tables as people have them: formats, encodings, dates, amounts and customers."""

from __future__ import annotations

import datetime as dt
import gzip
from decimal import Decimal

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

GOOD = "who,day,total\nA,2025-01-01,10\nB,2025-01-02,20\nA,2025-01-05,5\n"
EXPECTED = [["A", "2025-01-01", 10.0], ["B", "2025-01-02", 20.0], ["A", "2025-01-05", 5.0]]


def content(found) -> list[list[object]]:
    rows = found.rows
    return [[c, f"{d:%Y-%m-%d}", a] for c, d, a in zip(rows["customer_id"], rows["date"], rows["amount"], strict=True)]


def frame() -> pd.DataFrame:
    return pd.DataFrame(EXPECTED, columns=["who", "day", "total"]).assign(day=lambda f: pd.to_datetime(f["day"]))


# --- formats and encodings


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "A.CSV"])
def test_text(table, read, name):
    assert content(read(table(GOOD, name))) == EXPECTED


@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz"])
def test_tab_separated_file_needs_no_option(table, read, name):
    text = GOOD.replace(",", "\t").encode()
    assert content(read(table(gzip.compress(text) if name.endswith("gz") else text, name))) == EXPECTED


@pytest.mark.parametrize(("sign", "option"), [(";", ";"), ("\t", "tab"), ("\t", "\\t"), ("|", "|")])
def test_delimiter(table, read, sign, option):
    assert content(read(table(GOOD.replace(",", sign)), delimiter=option)) == EXPECTED


def test_gzip(table, read):
    assert content(read(table(gzip.compress(GOOD.encode()), "a.csv.gz"))) == EXPECTED


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_systems(table, read, end):
    found = read(table(GOOD.replace("\n", end)))
    assert content(found) == EXPECTED
    assert [found.place(i) for i in range(3)] == ["line 2", "line 3", "line 4"]


def test_byte_order_marks(table, read):
    assert content(read(table(GOOD.encode("utf-8-sig")))) == EXPECTED
    found = read(table(GOOD.encode("utf-16")))
    assert content(found) == EXPECTED
    assert "UTF-16" in found.notes[0]
    assert content(read(table(GOOD.encode("utf-16-le")), encoding="utf-16-le")) == EXPECTED


@pytest.mark.parametrize(("encoding", "name"), [("cp1252", "José"), ("gb18030", "张伟"), ("utf-8", "Ωmega 😀")])
def test_encodings(table, read, encoding, name):
    text = f"who,day,total\n{name},2025-01-01,10\nB,2025-01-02,20\n"
    assert content(read(table(text.encode(encoding)), encoding=encoding))[0][0] == name


def test_parquet(read, tmp_path):
    frame().to_parquet(tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert content(found) == EXPECTED
    assert found.place(0) == "row 1"
    assert found.date_reading == "stored as dates in the file"


def test_parquet_with_categories_decimals_and_plain_dates(read, tmp_path):
    odd = frame().assign(
        who=lambda f: f["who"].astype("category"),
        day=lambda f: f["day"].dt.date,
        total=lambda f: [Decimal(str(t)) for t in f["total"]],
    )
    odd.to_parquet(tmp_path / "a.parquet")
    assert content(read(tmp_path / "a.parquet")) == EXPECTED
    assert pq.read_schema(tmp_path / "a.parquet").field("total").type == pa.decimal128(3, 1)


def test_parquet_with_time_zone_counts_the_day_on_its_own_clock(read, tmp_path):
    late = pd.to_datetime(["2025-01-01 23:30", "2025-01-02 00:30"]).tz_localize("America/New_York")
    pd.DataFrame({"who": ["A", "B"], "day": late, "total": [1, 2]}).to_parquet(tmp_path / "a.parquet")
    assert [row[1] for row in content(read(tmp_path / "a.parquet"))] == ["2025-01-01", "2025-01-02"]


def test_parquet_with_nanoseconds_and_not_a_number(read, tmp_path):
    odd = {
        "who": pa.array([7.0, float("nan")]),
        "day": pa.array([1_735_689_600_000_000_001] * 2, pa.timestamp("ns")),
        "total": [1, 2],
    }
    pq.write_table(pa.table(odd), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert content(found) == [["7", "2025-01-01", 1.0]]
    assert found.set_aside["reason"].tolist() == ["no customer"]


def test_parquet_column_with_a_dot_in_its_name(read, tmp_path):
    frame().rename(columns={"total": "total.net"}).to_parquet(tmp_path / "a.parquet")
    twice = pd.concat([pd.read_parquet(tmp_path / "a.parquet")] * 2)
    twice.to_parquet(tmp_path / "b.parquet")
    found = read(tmp_path / "b.parquet", amount="total.net")
    assert content(found) == EXPECTED * 2
    assert found.exact_duplicates == 3


def test_parquet_with_nested_columns_cannot_count_duplicates(read, tmp_path):
    twice = pd.concat([frame()] * 2).assign(basket=[[1, 2]] * 6)
    twice.to_parquet(tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet").exact_duplicates is None


def test_excel(read, tmp_path):
    frame().to_excel(tmp_path / "a.xlsx", index=False)
    found = read(tmp_path / "a.xlsx")
    assert content(found) == EXPECTED
    assert found.place(0) == "row 2"


def test_excel_with_a_named_sheet_blank_rows_and_mixed_customers(read, tmp_path):
    book = openpyxl.Workbook()
    page = book.create_sheet("Orders")
    for row in (
        [None],
        ["who", "day", "total"],
        [17850, dt.datetime(2025, 1, 1, 8, 30), 10],
        [None],
        ["00012", dt.date(2025, 1, 2), 2.5],
    ):
        page.append(row)
    book.save(tmp_path / "a.xlsx")
    found = read(tmp_path / "a.xlsx", sheet="Orders")
    assert content(found) == [["17850", "2025-01-01", 10.0], ["00012", "2025-01-02", 2.5]]
    assert [found.place(0), found.place(1)] == ["row 3", "row 5"]


def test_first_of_several_sheets_is_said(read, tmp_path):
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        frame().to_excel(book, sheet_name="Orders", index=False)
        frame().to_excel(book, sheet_name="Old", index=False)
    assert read(tmp_path / "a.xlsx").notes == ("Sheet 'Orders' was read, the first of 2; --sheet chooses another.",)


def test_all_formats_agree(table, read, tmp_path):
    rng = np.random.default_rng(3)
    data = pd.DataFrame(
        {
            "who": rng.choice(["A", "B", None, "007"], 400),
            "day": pd.Timestamp(2025, 1, 1) + pd.to_timedelta(rng.integers(0, 90, 400), unit="D"),
            "pieces": rng.integers(-1, 3, 400),
            "price": rng.choice([1.5, 2.25, 3.99, 0.0], 400),
        }
    )
    data.to_csv(tmp_path / "a.csv", index=False)
    data.to_parquet(tmp_path / "a.parquet")
    data.to_excel(tmp_path / "a.xlsx", index=False)
    found = [read(tmp_path / f"a.{end}", amount="pieces*price") for end in ("csv", "parquet", "xlsx")]
    assert content(found[0]) == content(found[1]) == content(found[2])
    assert len({f.exact_duplicates for f in found}) == 1
    assert found[0].exact_duplicates == int(data.duplicated().sum()) > 0


# --- rows


def test_rows_set_aside_are_counted_and_placed(table, read):
    found = read(table("who,day,total\nA,2025-01-01,1\n,2025-01-01,2\nNA,2025-01-01,2\nB,,3\n\nB,2025-01-02,\n  ,,\n"))
    assert found.set_aside["reason"].tolist() == ["no customer", "no customer", "no date", "no amount", "no customer"]
    assert [found.place(int(r)) for r in found.set_aside["row"]] == ["line 3", "line 4", "line 5", "line 7", "line 8"]
    assert sorted([*found.rows["row"], *found.set_aside["row"]]) == list(range(6))


def test_line_numbers_with_texts_over_several_lines(table, read):
    found = read(table('who,day,total,note\nA,2025-01-01,1,"two\nlines"\n\n,2025-01-01,2,"x\n\ny"\nB,2025-01-02,3,\n'))
    assert [found.place(i) for i in range(3)] == ["line 2", "line 5", "line 8"]


def test_exact_duplicates_need_every_column(table, read):
    text = (
        "who,day,total,note\nA,2025-01-01,1,x\nA,2025-01-01,1,y\nA,2025-01-01,1,x\nA,2025-01-01,1,x\nB,2025-01-01,1,\n"
    )
    found = read(table(text))
    assert found.exact_duplicates == 2
    assert len(found.rows) == 5
    assert read(table(GOOD)).exact_duplicates == 0


def test_duplicates_that_differ_in_a_minus_sign_only(read, tmp_path):
    pd.DataFrame({"who": ["A", "A"], "day": ["2025-01-01"] * 2, "total": [-1, -2]}).to_excel(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx").exact_duplicates == 0


# --- customers


def test_customers_are_text(table, read):
    found = read(table("who,day,total\n00012,2025-01-01,1\n12,2025-01-01,1\n 12 ,2025-01-02,1\n1e5,2025-01-02,1\n"))
    assert found.rows["customer_id"].tolist() == ["00012", "12", "12", "1e5"]


def test_customers_that_are_floats_only_for_want_of_others(table, read, tmp_path):
    text = "who,day,total\n17850.0,2025-01-01,1\n,2025-01-01,1\n100.0,2025-01-02,1\n"
    assert read(table(text)).rows["customer_id"].tolist() == ["17850", "100"]
    holes = pd.DataFrame({"who": [17850.0, np.nan, 100.0], "day": ["2025-01-01"] * 3, "total": [1, 2, 3]})
    holes.to_parquet(tmp_path / "a.parquet")
    holes.to_excel(tmp_path / "a.xlsx")
    for name in ("a.parquet", "a.xlsx"):
        assert read(tmp_path / name).rows["customer_id"].tolist() == ["17850", "100"]


def test_point_zero_stays_where_it_means_something(table, read):
    text = "who,day,total\nv1.0,2025-01-01,1\n2.0,2025-01-01,1\n3.1,2025-01-02,1\n"
    assert read(table(text)).rows["customer_id"].tolist() == ["v1.0", "2.0", "3.1"]


# --- amounts


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("pieces*price", 6.0), ("pieces * price - 1", 5.0), ("-(pieces + 1) / 2", -2.0), ("`unit cost` * 2", 8.0),
        ("unit cost", 4.0), ("+price", 2.0), ("price * 0.5e1", 10.0), ("数量", 7.0), ("pieces-price-1", 0.0),
        ("ｎｅｔ", 9.0), ("`a*b`", 11.0), ("[unit cost] * 2", 8.0), ("[price]*[unit cost]", 8.0),
        ("[net [EUR]] / 2", 6.5),
        ("`net [EUR]`", 13.0), ("[a*b]", 11.0), ("a*b", 11.0), ("pieces/price/3", 0.5),
    ],
)  # fmt: skip
def test_arithmetic(table, read, amount, expected):
    text = "who,day,pieces,price,unit cost,数量,ｎｅｔ,a*b,net [EUR]\nA,2025-01-01,3,2,4,7,9,11,13\n"
    assert read(table(text), amount=amount).rows["amount"].tolist() == [pytest.approx(expected)]


def test_number_beyond_all_measure(table, read):
    text = "who,day,total\nA,2025-01-01,1\nB,2025-01-01,0\n"
    assert read(table(text), amount=f"total / 1{'0' * 400}").rows["amount"].tolist() == [0, 0]


def test_division_by_zero_is_set_aside(table, read):
    found = read(table("who,day,total,n\nA,2025-01-01,1,0\nB,2025-01-01,1,2\n"), amount="total/n")
    assert found.set_aside["reason"].tolist() == ["no amount"]


@pytest.mark.parametrize(
    ("texts", "decimal", "expected"),
    [
        (["1.5", "+2", "-3", "1e2", ".5"], ".", [1.5, 2, -3, 100, 0.5]),
        (["1,234.56", "1,000"], ".", [1234.56, 1000]),
        (["1,234,567"], ".", [1234567]),
        (["1.234,56", "12,5", "-1.000", "7"], ",", [1234.56, 12.5, -1000, 7]),
        (["1 234,56", "1\u00a0000", "1\u202f000"], ",", [1234.56, 1000, 1000]),
        (["1'234.50"], ".", [1234.5]),
    ],
)
def test_ways_to_write_numbers(table, read, texts, decimal, expected):
    rows = "".join(f'A;2025-01-01;"{text}"\n' for text in texts)
    found = read(table("who;day;total\n" + rows), delimiter=";", decimal=decimal)
    assert found.rows["amount"].tolist() == expected


def test_thousands_separators_are_said(table, read):
    found = read(table('who,day,total\nA,2025-01-01,"1,234.56"\nB,2025-01-01,2.5\n'))
    assert found.notes == ("Column 'total' has thousands separators: '1,234.56' was read as 1234.56.",)


@pytest.mark.parametrize(
    ("texts", "doubtful"),
    [
        (["1.234", "2.345"], "1.234 (line 2)"), (["950", "-12.000"], "-12.000 (line 3)"),
        (["1.234", "2.5"], ""), (["0.125", "2.345"], ""), (["1234.500"], ""), (["1", "2"], ""),
        (["1.234", "NA"], "1.234"), (["1,234.567"], ""),
    ],
)  # fmt: skip
def test_point_that_may_mark_thousands_is_doubted(table, read, texts, doubtful):
    file = table("who;day;total\n" + "".join(f"A;31.12.2025;{text}\n" for text in texts))
    found = read(file, delimiter=";")
    assert [doubtful in doubt and "add --decimal ," in doubt for doubt in found.doubts] == [True] * bool(doubtful)
    if doubtful:
        assert not read(file, delimiter=";", decimal=",").doubts


# --- dates


@pytest.mark.parametrize(
    "days",
    [
        ["2025-02-01", "2025-02-13"], ["2025-02-01 08:26:00", "2025-02-13T23:59:59.123456"], ["2025/2/1", "2025/2/13"],
        ["2025-02-01T23:30:00+02:00", "2025-02-13T00:30:00Z"], ["20250201", "20250213"],
        ["2025年2月1日", "2025年2月13日"], ["20250201 08:00", "20250213 09:00"],
        ["1/2/2025", "13/2/2025"], ["01.02.2025 10:15", "13.02.2025"], ["2/1/2025 8:26", "2/13/2025 11:59 PM"],
        ["1-Feb-25", "13-Feb-25"], ["1 February 2025", "13 Feb. 2025"], ["Feb 1, 2025", "February 13, 2025"],
        ["2/1/25", "2/13/25"], ["20250201.0", "20250213.0"],
    ],
)  # fmt: skip
def test_ways_to_write_dates(table, read, days):
    found = read(table("who;day;total\n" + "".join(f"A;{day};1\n" for day in days)), delimiter=";")
    assert [row[1] for row in content(found)] == ["2025-02-01", "2025-02-13"]
    assert not found.doubts


def test_numbers_as_dates_in_parquet(read, tmp_path):
    pd.DataFrame({"who": list("ABC"), "day": [20250201, 20250213, None], "total": 1.0}).to_parquet(
        tmp_path / "a.parquet"
    )
    found = read(tmp_path / "a.parquet")
    assert [row[1] for row in content(found)] == ["2025-02-01", "2025-02-13"]


@pytest.mark.parametrize(
    ("day", "options", "expected", "reading"),
    [
        ("01/02/2025", {}, "2025-01-02", "month/day/year, assumed"),
        ("01/02/2025", {"day_first": True}, "2025-02-01", "day/month/year, as asked by --day-first"),
        ("01.02.2025", {}, "2025-02-01", "day.month.year, assumed"),
        ("01/02/2025", {"date_format": "%d/%m/%Y"}, "2025-02-01", "by the format %d/%m/%Y"),
    ],
)
def test_order_of_day_and_month_that_nothing_settles(table, read, day, options, expected, reading):
    found = read(table(f"who,day,total\nA,{day},1\n"), **options)
    assert content(found)[0][1] == expected
    assert found.date_reading == reading
    assert bool(found.doubts) == (not options)
    if found.doubts:
        assert "line 2" in found.doubts[0] and expected in found.doubts[0] and "--date-format" in found.doubts[0]


def test_order_that_one_row_settles(table, read):
    found = read(table("who,day,total\nA,01/02/2025,1\nB,13/02/2025,1\n"))
    assert content(found)[0][1] == "2025-02-01"
    assert found.date_reading == "day/month/year, settled by line 3: 13/02/2025"
