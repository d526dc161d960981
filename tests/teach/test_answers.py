"""Reading answers of any type, and saying what is off without giving the answer away."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from crmlab.teach.answers import Unreadable, Wanted, describe, read
from crmlab.teach.differences import difference, same

NUMBER = Wanted("number", tolerance=1e-3)
SERIES = Wanted("series", column="score")
TABLE = Wanted("table", key="tier", columns=("customers", "revenue"))
CHOICE = Wanted("choice", choices=("Gold", "Silver"))
IDS = Wanted("ids")
RECORD = Wanted(
    "record",
    fields=(("measure", Wanted("choice", choices=("fee", "close"))), ("gain", Wanted("number", tolerance=0.01))),
)
TRUTH = {"a": 1.0, "b": 2.0, "c": 6.0}


@pytest.mark.parametrize(
    "value",
    [
        0.5,
        np.float32(0.5),
        np.longdouble(0.5),
        Decimal("0.5"),
        Fraction(1, 2),
        np.array(0.5),
        np.float16(0.5),
    ],
    ids=lambda value: type(value).__name__,
)
def test_numbers_of_every_kind_are_read(value):
    plain = read(value, NUMBER)
    assert type(plain) is float
    assert plain == 0.5


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3), np.array(3, dtype="int16")])
def test_whole_numbers_are_read(value):
    assert read(value, NUMBER) == 3.0


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("0.42", "text ('0.42'); a number was asked. Take the quotes away"),
        ("0,42", "a point in place of the comma"),
        ("53%", "text ('53%'); a number was asked. Write it without quotes and as a share of 1"),
        ("about half", "Hand in the number itself"),
        (True, "is True; a number was asked. The mean of a column of True and False is a share"),
        (1j, "a complex number"),
        (pd.Series([0.5]), "a Series with 1 row; a number was asked. Bring it down"),
        (pd.DataFrame({"a": [1, 2]}), "a DataFrame with 2 rows"),
        (np.array([0.5]), "an array of shape (1,)"),
        (len, "a function (was it called"),
        ([1, 2], "a list with 2 items"),
    ],
)
def test_what_is_no_number_is_named(value, says):
    with pytest.raises(Unreadable) as problem:
        read(value, NUMBER)
    assert says in str(problem.value)


@pytest.mark.parametrize("value", [pd.NA, pd.NaT, float("nan"), Decimal("NaN"), Decimal("sNaN")])
def test_missing_numbers_are_nan(value):
    assert math.isnan(read(value, NUMBER))
    assert "missing (NaN)" in difference(read(value, NUMBER), 0.5, NUMBER)


def test_numbers_too_large_for_a_float_are_infinite():
    assert read(10**400, NUMBER) == math.inf
    assert "infinite" in difference(math.inf, 0.5, NUMBER)


def test_tolerance_is_absolute_or_relative_whichever_allows_more():
    wanted = Wanted("number", tolerance=0.5, relative_tolerance=0.01)
    assert same(1.4, 1.0, wanted)
    assert not same(1.6, 1.0, wanted)
    assert same(1009.0, 1000.0, wanted)
    assert not same(1011.0, 1000.0, wanted)


def test_a_rounded_number_is_told_so():
    assert "too few decimals" in difference(0.58, 0.58237, Wanted("number"))


def test_a_percentage_is_named_where_a_share_was_asked():
    share = Wanted("number", bounds=(0, 1))
    assert difference(17.98, 0.1798, share).endswith("between 0 and 1. If it is a percentage, divide it by 100.")
    assert "percentage" not in difference(-3.0, 0.5, share)
    assert "percentage" not in difference(170.0, 0.5, share)


def test_a_rounded_series_is_told_so():
    truth = {"a": 1.25, "b": 2.375, "c": 6.5}
    assert "too few decimals" in difference({"a": 1.2, "b": 2.4, "c": 6.5}, truth, SERIES)
    assert "too few decimals" in difference({"a": 1.0, "b": 2.0, "c": 6.0}, truth, SERIES)
    assert "is off for 1 of 3" in difference({"a": 1.25, "b": 2.375, "c": 6.6}, truth, SERIES)
    assert "is off for 3 of 3" in difference({"a": 1.2, "b": 2.4, "c": 7.5}, truth, SERIES)


def test_labels_that_are_too_frequent_are_named_over_all_rows():
    truth = {"a": "A", "b": "B", "c": "B", "d": "C"}
    message = difference({"a": "A", "b": "A", "c": "A", "d": "C"}, truth, SERIES)
    assert message.endswith("Too often: 'A'. Too seldom: 'B'.")
    swapped = difference({"a": "B", "b": "A", "c": "B", "d": "C"}, truth, SERIES)
    assert "is off for 2 of 4 rows" in swapped
    assert "Too" not in swapped


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 6],
        [1.0, 2.0, 6.0],
        pd.array([1, 2, 6], dtype="Int64"),
        pd.Categorical([1, 2, 6], ordered=True),
        pd.array([1.0, 2.0, 6.0], dtype="float64[pyarrow]"),
        [Decimal(1), np.int8(2), Fraction(6)],
    ],
    ids=["int", "float", "Int64", "categorical", "arrow", "object"],
)
def test_series_of_every_dtype_are_read(values):
    assert read(pd.Series(values, index=["a", "b", "c"]), SERIES) == TRUTH


def test_a_series_may_come_as_a_frame_and_in_any_order():
    series = pd.Series([6, 1, 2], index=pd.Index(["c", "a", "b"], name="customer_id"), name="score")
    frame = series.reset_index()
    for version in (
        series,
        series.to_frame(),
        frame,
        frame.rename(columns={"score": "mine"}),
        frame.assign(x=0),
    ):
        assert same(read(version, SERIES), TRUTH, SERIES)


def _off(answer):
    """Return what a student would read about a wrong series."""
    try:
        return difference(read(answer, SERIES, rows=3), TRUTH, SERIES)
    except Unreadable as problem:
        return str(problem)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (
            pd.Series([1, 2, 6]),
            'here it starts with 0, 1, 2. If a table holds your result, `table.set_index("customer_id")["score"]`',
        ),
        (
            pd.Series([1, 2], index=["a", "b"]),
            "has 2 rows, 3 expected; customer_id 'c' is missing. Did you drop some?",
        ),
        (
            pd.Series([1, 2, 6, 9], index=list("abcz")),
            "has 4 rows, 3 expected; 'z' does not belong in the answer",
        ),
        (pd.Series([1, 2, 6, 6], index=list("abcc")), "lists customer_id 'c' more than once"),
        (pd.Series([1, None, 6], index=list("abc")), "is missing (NaN) for 1 of 3 rows; first: 'b'"),
        (pd.Series(["1", "2", "6"], index=list("abc")), "holds texts such as '1'; numbers were asked"),
        (pd.Series([True, False, True], index=list("abc")), "holds True/False values such as True; numbers"),
        (
            pd.Series([1, 3, 7], index=list("abc")),
            "is off for 2 of 3 rows; first: 'b' should not have 3. Too high: 2, too low: 0.",
        ),
        (pd.cut(pd.Series([1, 2, 6], index=list("abc")), 2), "holds an interval"),
        (pd.Series(1.0, index=range(100_000)), "has 100,000 rows, 3 expected: one row for each customer_id"),
        (pd.DataFrame({"x": [1], "y": [2]}), "is a DataFrame with the columns x, y; a Series indexed by"),
        (
            {"a": 1},
            "is a dict with 1 item; a Series indexed by customer_id was asked. `pd.Series(...)` makes one of it.",
        ),
        ([1, 2, 6], "customer_id was asked. Use `pd.Series(values, index=...)` with the customer_id of each"),
        (np.array([1, 2, 6]), "is an array of shape (3,); a Series indexed by customer_id was asked. An array has no"),
        (pd.array(["x"], dtype="str"), "is an array; a Series indexed by customer_id was asked. An array has no index"),
        (pd.Series([1, 2, 6]).astype("Int64").values, "is an array; a Series"),
        (
            pd.Series(1, index=pd.MultiIndex.from_tuples([("a", 1)])),
            "in its index; the index should be customer_id",
        ),
    ],
)
def test_the_property_that_is_off_is_named(answer, says):
    assert says in _off(answer)


def test_a_wrong_message_never_holds_the_right_value():
    truth = {f"C{i}": 1000.0 + i for i in range(50)}
    message = difference(dict.fromkeys(truth, 3.0), truth, SERIES)
    assert "1000" not in message
    assert "0.58237" not in difference(0.3, 0.58237, NUMBER)


def test_labels_outside_the_list_are_named():
    truth = {"a": "gold", "b": "silver"}
    assert "'vip' for 'a'" in difference({"a": "vip", "b": "silver"}, truth, SERIES)
    assert same({"a": "Gold", "b": "SILVER"}, truth, SERIES)


def test_tables_are_compared_by_key_and_column():
    table = pd.DataFrame({"tier": ["gold", "silver"], "customers": [3, 5], "revenue": [9.5, 2], "more": [0, 0]})
    truth = read(table, TABLE)
    assert same(read(table.iloc[::-1].set_index("tier"), TABLE), truth, TABLE)
    assert "(column 'revenue') is off for 1 of 2" in difference(
        read(table.assign(revenue=[9.5, 3]), TABLE), truth, TABLE
    )
    with pytest.raises(Unreadable, match=r"no column 'revenue'.*Did you mean 'revenu'"):
        read(table.rename(columns={"revenue": "revenu"}), TABLE)


@pytest.mark.parametrize(
    "version",
    [
        {"b", "a"},
        frozenset("ab"),
        ["a", " b "],
        ("b", "a"),
        np.array(["a", "b"]),
        np.array(["a", "b"], dtype=object),
        pd.Index(["a", "b"]),
        pd.CategoricalIndex(["a", "b"]),
        pd.Series(["a", "b"], index=[7, 8]),
        pd.Series(["a", "b"]).unique(),
        pd.Series(["a", "b"], dtype="category"),
        pd.Categorical(["a", "b"]),
    ],
    ids=lambda version: type(version).__name__,
)
def test_ids_of_every_shape_are_read(version):
    assert read(version, IDS, rows=2) == {"a", "b"}


def test_ids_may_be_whole_numbers():
    assert read(pd.RangeIndex(3), IDS) == read([np.int8(0), 1, 2], IDS) == {0, 1, 2}
    assert read(set(), IDS) == frozenset()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("ab", "is text ('ab'); a set or list of customer_ids was asked."),
        (3, "is a single number"),
        ({"a": 1}, "is a dict with 1 item"),
        (pd.DataFrame({"customer_id": ["a"]}), 'Hand in the ids alone: `table["customer_id"]`, or `table.index`'),
        (
            pd.Series([1.5, 2.0], index=["a", "b"]),
            "holds a single number; a set or list of customer_ids was asked. If the",
        ),
        (
            pd.Series([True, False]),
            "holds True; a set or list of customer_ids was asked. Pick the ids where it is True",
        ),
        ([["a"]], "holds a list with 1 item"),
        ([None], "holds a value of type NoneType"),
        (["a", "b", "a"], "lists 'a' more than once; each customer_id once is enough (`.unique()`)."),
        (np.array([["a", "b"]]), "is an array of shape (1, 2)"),
        (pd.MultiIndex.from_tuples([("a", 1)]), "is a value of type MultiIndex"),
        (range(1_000_000), "is a value of type range"),
        (list(range(1_000_000)), "has 1,000,000 entries, far too many"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_what_are_no_ids_is_named(value, says):
    with pytest.raises(Unreadable) as problem:
        read(value, IDS, rows=2)
    assert says in str(problem.value)


def test_wrong_ids_are_counted_and_those_that_are_missing_not_named():
    truth = frozenset({"a", "b", "c"})
    assert difference(frozenset(), truth, IDS) == "is empty."
    assert "holds 2 customer_ids, and none of them belongs there (such as 'x')" in difference(
        frozenset("xy"), truth, IDS
    )
    message = difference(frozenset("abx"), truth, IDS)
    assert message == (
        "has 3 customer_ids: it holds 1 that do not belong there (such as 'x') and lacks 1 that belong there."
    )
    assert same(frozenset("abc"), truth, IDS) and not same(frozenset("ab"), truth, IDS)


def test_records_are_read_entry_by_entry():
    truth = {"measure": "fee", "gain": 12.5}
    for version in (truth, {"gain": np.float32(12.5), "measure": "Fee ", "more": object()}, pd.Series(truth)):
        assert same(read(version, RECORD), truth, RECORD)
    wrong = read({"measure": "fee", "gain": 12.6}, RECORD)
    assert not same(wrong, truth, RECORD)
    assert difference(wrong, truth, RECORD) == "(entry 'gain') is 12.6, and that is not right."
    assert "(entry 'measure') is 'close'" in difference({"measure": "close", "gain": 12.5}, truth, RECORD)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (12.5, "is a single number; a dict with the entries 'measure', 'gain' was asked."),
        (["fee", 12.5], "is a list with 2 items"),
        ({"measure": "fee"}, "has no entry 'gain'; it has measure."),
        ({}, "has no entry 'measure'; it has none."),
        ({"measure": "fee", "Gains": 1}, "has no entry 'gain'; it has measure, Gains. Did you mean 'Gains'?"),
        (
            {"measure": "free", "gain": 1},
            "(entry 'measure') is 'free'; one of 'fee', 'close' was asked. Did you mean 'fee'?",
        ),
        ({"measure": "fee", "gain": "12"}, "(entry 'gain') is text ('12'); a number was asked. Take the quotes away."),
        ({"measure": "fee", "gain": ...}, "(entry 'gain') is still the three dots; a number was asked."),
        ({1: "fee"}, "has a single number as the name of an entry"),
        (dict.fromkeys(range(60)), "is a dict with 60 items"),
        (pd.Series(range(60)), "is a Series with 60 rows"),
    ],
)
def test_what_is_no_record_is_named(value, says):
    with pytest.raises(Unreadable) as problem:
        read(value, RECORD)
    assert says in str(problem.value)


@pytest.mark.parametrize("wanted", [IDS, RECORD], ids=["ids", "record"])
def test_no_junk_is_taken_for_ids_or_a_record(junk_answers, wanted):
    """Junk is refused, or read as plain ids; nothing of it runs."""
    for name, answer in junk_answers.items():
        try:
            plain = read(answer, wanted, rows=400)
        except Unreadable as problem:
            assert len(str(problem)) < 300, name
        else:
            assert wanted is IDS and all(type(key) in (str, int) for key in plain), name


def test_missing_where_missing_is_right():
    truth = {"a": 1.0, "b": math.nan}
    assert same({"a": 1.0, "b": math.nan}, truth, SERIES)
    assert difference({"a": 1.0, "b": 0.0}, truth, SERIES) == "holds 0 for 'b', which should be missing (NaN)."


def test_choices_disregard_capitals_and_blanks():
    assert same(read(" gold ", CHOICE), "Gold", CHOICE)
    with pytest.raises(Unreadable, match="Did you mean 'Gold'"):
        read("golden", CHOICE)
    with pytest.raises(Unreadable, match="one of 'Gold', 'Silver' was asked, as text"):
        read(1, CHOICE)
    assert "not the right choice" in difference("Silver", "Gold", CHOICE)


def test_describing_runs_no_code_of_the_value(junk_answers):
    for answer in junk_answers.values():
        assert len(describe(answer)) < 120
