import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crmlab
from crmlab.errors import DataError

values = st.lists(st.integers(0, 12), min_size=1, max_size=60)


@pytest.fixture(scope="module")
def customers():
    return crmlab.summarize(crmlab.load("retail").transactions)


def test_quintiles_without_ties_are_fifths():
    frame = pd.DataFrame({"days_since_last": np.arange(100), "orders": np.arange(100), "revenue": np.arange(100.0)})
    scores = crmlab.rfm_scores(frame.sample(frac=1, random_state=0)).sort_index()
    assert (scores["f_score"] == np.arange(100) // 20 + 1).all()
    assert (scores["r_score"] == 5 - np.arange(100) // 20).all()
    assert (scores["m_score"] == scores["f_score"]).all()


@settings(max_examples=100, deadline=None)
@given(values, st.integers(2, 12))
def test_a_score_counts_those_who_are_strictly_lower(numbers, k):
    frame = pd.DataFrame({"days_since_last": numbers, "orders": numbers, "revenue": np.array(numbers, float)})
    scores = crmlab.rfm_scores(frame, k)
    n = len(numbers)
    assert scores["f_score"].tolist() == [1 + k * sum(other < v for other in numbers) // n for v in numbers]
    assert scores["r_score"].tolist() == [1 + k * sum(other > v for other in numbers) // n for v in numbers]
    assert (scores.groupby("orders")[["f_score", "r_score"]].nunique() == 1).all().all()


def test_scores_do_not_depend_on_the_order_of_rows(customers):
    shuffled = customers.sample(frac=1, random_state=7)
    pd.testing.assert_frame_equal(crmlab.rfm_scores(shuffled).sort_index(), crmlab.rfm_scores(customers))


def test_the_callers_index_and_columns_stay(customers):
    indexed = customers.set_index(customers["customer_id"].rename("key"))
    for result in (crmlab.rfm_scores(indexed), crmlab.abc_classes(indexed)):
        assert result.index.equals(indexed.index)
        pd.testing.assert_frame_equal(result[indexed.columns], indexed)


def test_rfm_text_reads_well_beyond_nine_scores(customers):
    assert crmlab.rfm_scores(customers, 5)["rfm"].str.fullmatch("[1-5]{3}").all()
    assert crmlab.rfm_scores(customers, 10)["rfm"].str.fullmatch(r"\d+-\d+-\d+").all()


def test_segments_cover_the_whole_grid(customers):
    grid = pd.DataFrame([(r, f) for r in range(1, 6) for f in range(1, 6)], columns=["r_score", "f_score"])
    named = crmlab.rfm_segments(grid).set_index(["r_score", "f_score"])["segment"]
    assert (named != "other").all()
    assert (named[5, 5], named[1, 5], named[1, 1], named[5, 1]) == ("champions", "at risk", "lapsed", "promising")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-300, 3_000).map(lambda c: c / 100), min_size=1, max_size=60))
def test_abc_by_the_definition(revenue):
    frame = pd.DataFrame({"revenue": revenue})
    positive = [round(v * 100) for v in revenue if v > 0]
    if not positive:
        with pytest.raises(DataError, match="no value is above 0"):
            crmlab.abc_classes(frame)
        return

    def by_hand(v):
        above = sum(c for c in positive if c > round(v * 100)) / sum(positive)
        return "C" if v <= 0 or above >= 0.95 else "A" if above < 0.80 else "B"

    assert crmlab.abc_classes(frame)["abc"].tolist() == [by_hand(v) for v in revenue]


def test_class_a_is_the_smallest_group_that_brings_its_share(customers):
    classes = crmlab.abc_classes(customers)
    a = classes.loc[classes["abc"] == "A", "revenue"]
    total = classes["revenue"].sum()
    assert a.sum() >= 0.80 * total > a.sum() - a.min()


def test_other_cuts_and_labels(customers):
    classes = crmlab.abc_classes(customers, cuts=(0.5,), labels=("head", "tail"))
    assert set(classes["abc"]) == {"head", "tail"}


@settings(max_examples=30, deadline=None)
@given(values)
def test_pandas_and_duckdb_agree(numbers):
    frame = pd.DataFrame(
        {"customer_id": range(len(numbers)), "days_since_last": numbers, "orders": numbers, "revenue": numbers}
    ).astype({"revenue": float})
    frame.loc[0, "revenue"] = 5.0
    here = crmlab.abc_classes(crmlab.rfm_segments(crmlab.rfm_scores(frame)))
    there = crmlab.abc_classes(crmlab.rfm_segments(crmlab.rfm_scores(duckdb.from_df(frame))))
    found = there.df().sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(here, found[here.columns], check_dtype=False)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda c: crmlab.rfm_scores(c, k=1), "at least 2"),
        (lambda c: crmlab.rfm_scores(c.drop(columns="orders")), "no column 'orders'"),
        (lambda c: crmlab.rfm_scores(c.assign(revenue="x")), "a number was expected"),
        (lambda c: crmlab.rfm_scores(c.assign(revenue=np.nan)), "rows have no usable number"),
        (lambda c: crmlab.rfm_scores(c.head(0)), "is empty"),
        (lambda c: crmlab.rfm_segments(c), "no column 'r_score'"),
        (lambda c: crmlab.abc_classes(c, "revenu"), "Did you mean 'revenue'"),
        (lambda c: crmlab.abc_classes(c, cuts=(0.9, 0.8)), "rising shares"),
        (lambda c: crmlab.abc_classes(c, cuts=(80, 95)), "between 0 and 1"),
        (lambda c: crmlab.abc_classes(c, labels="AB"), "labels has 2"),
        (lambda c: crmlab.abc_classes(None), "a data frame was expected"),
    ],
)
def test_bad_input_gets_a_clear_answer(customers, call, says):
    with pytest.raises(DataError, match=says):
        call(customers)
