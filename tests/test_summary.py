import datetime as dt

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab
from crmlab.errors import DataError, UnknownNameError
from crmlab.schema import check
from crmlab.summary import intake, keep


def orders_of(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return frame.assign(date=pd.to_datetime(frame["date"], format="ISO8601"))


@pytest.fixture
def small():
    return orders_of(
        [
            ("A", "2025-01-01 09:30", 10.0),
            ("A", "2025-01-11 08:00", 20.0),
            ("A", "2025-01-11 20:00", 5.0),  # same day: one purchase
            ("A", "2025-01-21", -8.0),  # a return
            ("A", "2025-02-20", 99.0),  # after the as-of date
            ("B", "2025-01-05", 8.0),
            ("C", "2025-01-07", -3.0),  # returns only: never bought
            ("D", "2025-01-02", 0.0),  # free, and still a purchase
            ("D", "2025-01-30", 4.0),
        ]
    )


def test_definitions_by_hand(small):
    summary = crmlab.summarize(small, as_of="2025-01-31").set_index("customer_id")
    assert summary.index.tolist() == ["A", "B", "D"]
    a, b, d = (summary.loc[c] for c in "ABD")
    assert (a.frequency, a.recency, a["T"], a.monetary_value, a.orders, a.revenue) == (1, 10, 30, 25, 2, 27)
    assert (a.first_date, a.last_date) == (pd.Timestamp("2025-01-01"), pd.Timestamp("2025-01-11"))
    assert a.days_since_last == 20
    assert (b.frequency, b.recency, b["T"], b.orders, b.revenue) == (0, 0, 26, 1, 8)
    assert np.isnan(b.monetary_value)
    assert (d.frequency, d.recency, d.monetary_value, d.revenue) == (1, 28, 4, 4)


def test_equals_an_independent_count_on_real_data():
    orders = crmlab.load("online_retail", clean=True).transactions
    summary = crmlab.summarize(orders).set_index("customer_id")
    day = orders["date"].dt.normalize()
    bought = orders[orders["amount"] >= 0].assign(day=day)
    days = bought.groupby("customer_id")["day"].agg(["nunique", "min", "max"])
    pd.testing.assert_series_equal(summary["orders"], days["nunique"], check_names=False)
    recency = (days["max"] - days["min"]).dt.days.astype(float)
    pd.testing.assert_series_equal(summary["recency"], recency, check_names=False)
    revenue = orders.groupby("customer_id")["amount"].sum().loc[summary.index]
    np.testing.assert_allclose(summary["revenue"], revenue, atol=0.005)


def test_cdnow_counts_are_the_published_ones():
    summary = crmlab.summarize(crmlab.load("cdnow").transactions, as_of="1997-09-30", time_unit="W")
    assert (len(summary), int((summary["frequency"] > 0).sum())) == (2_357, 946)
    assert summary["frequency"].sum() == 2_457
    assert summary["T"].max() == pytest.approx(272 / 7)
    check(summary, "customer_summary")


@pytest.mark.parametrize(("unit", "days"), [("D", 1), ("W", 7), ("M", 365.25 / 12), ("Y", 365.25)])
def test_time_units(small, unit, days):
    summary = crmlab.summarize(small, as_of="2025-01-31", time_unit=unit)
    assert summary["T"].iloc[0] == pytest.approx(30 / days)
    assert summary["days_since_last"].iloc[0] == 20


@pytest.mark.parametrize(
    "as_of", ["2025-01-31", dt.date(2025, 1, 31), dt.datetime(2025, 1, 31, 13), pd.Timestamp("2025-01-31")]
)
def test_as_of_in_any_form(small, as_of):
    assert crmlab.summarize(small, as_of=as_of)["T"].iloc[0] == 30


def test_as_of_defaults_to_the_last_day(small):
    assert crmlab.summarize(small)["days_since_last"].min() == 0


def test_input_is_left_alone_and_other_names_work(small):
    renamed = small.rename(columns={"customer_id": "who", "date": "when", "amount": "paid"})
    before = renamed.copy()
    summary = crmlab.summarize(renamed, as_of="2025-01-31", customer="who", date="when", amount="paid")
    pd.testing.assert_frame_equal(summary, crmlab.summarize(small, as_of="2025-01-31"))
    pd.testing.assert_frame_equal(renamed, before)


def test_time_zone_counts_local_days():
    late = pd.to_datetime(["2025-01-01 23:30", "2025-01-02 00:30"]).tz_localize("Asia/Shanghai")
    orders = pd.DataFrame({"customer_id": "A", "date": late, "amount": 1.0})
    assert crmlab.summarize(orders)["orders"].tolist() == [2]


def test_the_sum_of_money_does_not_depend_on_the_order_of_rows():
    rng = np.random.default_rng(1)
    orders = orders_of([("A", "2025-01-01", round(float(a), 2)) for a in rng.lognormal(3, 2, 2_000)])
    exact = sum(round(a * 100) for a in orders["amount"]) / 100
    for seed in range(3):
        assert crmlab.summarize(orders.sample(frac=1, random_state=seed))["revenue"].iloc[0] == exact


rows = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C", "D"]),
        st.dates(dt.date(1999, 12, 25), dt.date(2024, 3, 5)),
        st.integers(-5_000, 20_000).map(lambda c: c / 100),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(rows)
def test_pandas_and_duckdb_agree(rows):
    orders = orders_of([*rows, ("Z", "2010-01-01", 1.0)])
    here = crmlab.summarize(orders, as_of="2024-03-05")
    there = crmlab.summarize(duckdb.from_df(orders), as_of="2024-03-05")
    assert type(there).__name__ == "DuckDBPyRelation"  # still a plan: nothing was collected
    found = there.df().sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(here, found[here.columns], check_dtype=False, check_exact=True)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda o: o.drop(columns="amount"), r"no column 'amount' for the amount.*name yours with amount="),
        (lambda o: o.rename(columns={"customer_id": "Customer_ID"}), "Did you mean 'Customer_ID'"),
        (lambda o: o.assign(date=o["date"].astype(str)), "a date was expected.*to_datetime"),
        (lambda o: o.assign(amount=o["amount"].astype(str)), "a number was expected.*to_numeric"),
        (lambda o: o.assign(customer_id=[None, *o["customer_id"][1:]]), r"'customer_id': 1 of 9 rows.*first: row 0"),
        (lambda o: o.assign(amount=[1.0, np.nan, np.inf, *o["amount"][3:]]), r"'amount': 2 of 9 rows.*first: row 1"),
        (lambda o: o.assign(date=[*o["date"][:8], pd.NaT]), r"'date': 1 of 9 rows.*first: row 8"),
        (lambda o: o.head(0), "is empty"),
        (lambda o: o.assign(amount=-1.0), "no customer has a purchase"),
        (lambda o: "orders.csv", "a data frame was expected"),
    ],
)
def test_bad_tables_get_a_clear_answer(small, change, says):
    with pytest.raises(DataError, match=says):
        crmlab.summarize(change(small))


def test_bad_settings_get_a_clear_answer(small):
    with pytest.raises(UnknownNameError, match="'D', 'W', 'M', 'Y'"):
        crmlab.summarize(small, time_unit="weeks")
    with pytest.raises(DataError, match="before the first transaction"):
        crmlab.summarize(small, as_of="2024-12-31")
    with pytest.raises(DataError, match="a date was expected"):
        crmlab.summarize(small, as_of="31.12.2024")
    with pytest.raises(DataError, match="as_of is needed"):
        crmlab.summarize(duckdb.from_df(small))


def test_intake_loses_nothing(small):
    dirty = small.assign(
        customer_id=[None, *small["customer_id"][1:]],
        date=[*small["date"][:3], pd.NaT, *small["date"][4:]],
        amount=[*small["amount"][:7], np.nan, np.inf],
    )
    kept, aside = intake(dirty)
    assert len(kept) + len(aside) == len(dirty)
    assert aside["reason"].value_counts().to_dict() == {"no customer_id": 1, "no date": 1, "no amount": 2}
    assert list(kept.columns) == list(dirty.columns)
    crmlab.summarize(kept)


def test_intake_knows_missing_ids_that_are_floats():
    raw = crmlab.load("online_retail").transactions.assign(amount=lambda f: f["Quantity"] * f["UnitPrice"])
    kept, aside = intake(raw, customer="CustomerID", date="InvoiceDate")
    assert (len(kept), len(aside)) == (406_829, 135_080)


def test_keep_writes_once_and_overwrites_nothing(small, tmp_path):
    target = tmp_path / "summary.parquet"
    plan = crmlab.summarize(duckdb.from_df(small), as_of="2025-01-31")
    assert keep(plan, target) == target
    assert len(pd.read_parquet(target)) == 3
    with pytest.raises(DataError, match="exists already"):
        keep(small, target)
    with pytest.raises(DataError, match="no folder"):
        keep(small, tmp_path / "nowhere" / "x.parquet")


def test_the_cure_for_missing_values_runs_as_it_stands(small):
    raw = small.assign(customer_id=[None, *small["customer_id"][1:]])
    names = {"customer_id": "who", "date": "when", "amount": "paid"}
    for columns in ({}, names):
        transactions = raw.rename(columns=columns)
        options = {role: columns[usual] for role, usual in zip(("customer", "date", "amount"), columns, strict=False)}
        with pytest.raises(DataError, match=f"column '{columns.get('customer_id', 'customer_id')}'") as caught:
            crmlab.summarize(transactions, **options)
        world = {"crmlab": crmlab, "transactions": transactions}
        exec(str(caught.value).splitlines()[-1], world)
        assert (len(world["kept"]), len(world["aside"])) == (8, 1)
        assert len(crmlab.summarize(world["kept"], **options)) == 3


def test_the_cures_for_text_read_days_and_decimal_commas_rightly(small):
    text = small.assign(date=small["date"].dt.strftime("%d.%m.%Y"))
    with pytest.raises(DataError, match=r"dayfirst=True where 03\.04\.2025 is 3 April"):
        crmlab.summarize(text)
    transactions = small.assign(amount=["1.234,50", *small["amount"][1:].astype(str).str.replace(".", ",")])
    with pytest.raises(DataError, match="decimal mark") as caught:
        crmlab.summarize(transactions)
    cure = str(caught.value).split("): ")[-1].rstrip(".")
    assert eval(cure, {"pd": pd, "transactions": transactions}).tolist() == [1234.5, *small["amount"][1:]]
