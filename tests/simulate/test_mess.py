"""Mess is listed fault by fault, and undoing the faults gives the clean table back, exactly."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlab.errors import DataError, UnknownNameError
from crmlab.simulate import streams
from crmlab.simulate.faults import KINDS
from crmlab.simulate.mess import COLUMNS, DEFAULT, RAW_EXTRACT, add_mess, undo_mess
from crmlab.simulate.people import draw_people

N = 3_000


def persons(n=N, seed=1):
    people = draw_people(n, seed, "retail", 0, np.zeros(n))
    u = streams.stream(seed, "test").random((4, n))
    start = np.datetime64("2023-01-02", "us")
    return people.assign(
        customer_id=pd.Series([f"C{i:07d}" for i in range(1, n + 1)], dtype="str"),
        signup_date=start + np.floor(u[0] * 1000).astype("timedelta64[D]"),
        opened=(start + np.floor(u[1] * 1e6).astype("timedelta64[m]")).astype("datetime64[us]"),
        amount=np.round(u[2] * 500, 2) + 0.1,
        returned=u[3] < 0.2,
        voucher=pd.Series(u[3] < 0.5, dtype="boolean").mask(u[2] < 0.1),
        hours=np.where(u[3] < 0.1, np.nan, u[3] * 50),
    )


CLEAN = persons()
ALL = dict.fromkeys(KINDS, 0.1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", ["customer_id", None])
def test_undoing_one_kind_gives_the_clean_table(kind, key):
    if kind == "no_customer" and key:
        pytest.skip("a key is never blanked")
    messy, faults = add_mess(CLEAN, {kind: 0.2}, seed=3, key=key)
    assert len(faults) > 0
    pd.testing.assert_frame_equal(undo_mess(messy, faults), CLEAN)


@given(
    kinds=st.dictionaries(st.sampled_from(sorted(set(KINDS) - {"no_customer"})), st.floats(0, 1), max_size=8),
    seed=st.integers(0, 10_000),
    n=st.integers(0, 40),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_undoing_any_mixture_gives_the_clean_table(kinds, seed, n):
    clean = CLEAN.head(n)
    messy, faults = add_mess(clean, kinds, seed=seed, key="customer_id")
    pd.testing.assert_frame_equal(undo_mess(messy, faults), clean)


def test_all_kinds_together_on_transactions_and_through_a_file(tmp_path):
    rows = CLEAN[["customer_id", "signup_date", "opened", "amount", "returned", "city", "birth_year"]]
    kinds = {"no_customer": 0.25, "duplicate": 0.01, "typo": 0.05, "missing": 0.05, "impossible": 0.05, "late": 0.02}
    messy, faults = add_mess(rows, kinds | {"date_format": 0.1}, seed=5)
    faults.to_csv(tmp_path / "faults.csv", index=False)
    again = pd.read_csv(tmp_path / "faults.csv", dtype=dict.fromkeys(("column", "kind", "before", "after"), "str"))
    pd.testing.assert_frame_equal(undo_mess(messy, again), rows)


def test_every_difference_is_listed_and_every_fault_is_a_difference():
    kinds = dict.fromkeys(("typo", "swapped", "moved", "phone_format", "impossible", "missing"), 0.05)
    messy, faults = add_mess(CLEAN, kinds, seed=7, key="customer_id")
    cells = faults[faults["kind"] != "type"]
    for column in CLEAN:
        before, after = CLEAN[column], messy[column]
        differs = ~((before == after).fillna(False).astype(bool) | (before.isna() & after.isna()))
        listed = set(cells.loc[cells["column"] == column, "row_id"])
        # a later fault can, rarely, restore what an earlier one changed: so listed may hold a little more
        assert set(np.flatnonzero(differs)) <= listed, column
        assert len(listed) - differs.sum() <= 2, column
    last = cells.drop_duplicates(["row_id", "column"], keep="last")
    for column, part in last.groupby("column"):
        assert part["after"].isna().equals(messy[column].take(part["row_id"]).isna().set_axis(part.index)), column
    assert (cells["row_id"] == cells["original_row"]).all()
    assert cells["before"].ne(cells["after"]).all()


def test_shares_are_kept():
    _, faults = add_mess(CLEAN, ALL | {"no_customer": 0.25}, seed=9)
    whole = faults[faults["column"].isna()].groupby("kind").size()
    for kind, share, size in [("late", 0.1, N), ("near_duplicate", 0.1, N), ("duplicate", 0.1, 1.1 * N)]:
        assert abs(whole[kind] - share * size) < 4 * np.sqrt(share * size), kind
    rows = faults.groupby("kind")["row_id"].nunique()
    for kind, share in [("typo", 0.1), ("moved", 0.1), ("phone_format", 0.1)]:
        expected = share * 1.1 * 1.1 * N  # near and exact copies carry faults as well; only those of the first count
        assert 0.8 * share * N < rows[kind] < 1.2 * expected, kind


def test_raw_extract_and_default():
    messy, faults = add_mess(CLEAN, seed=1)
    assert set(faults["kind"]) == set(DEFAULT) == {"duplicate"}
    assert messy.duplicated().sum() == len(faults) == pytest.approx(0.01 * N, abs=4 * np.sqrt(0.01 * N))
    assert messy.drop_duplicates().reset_index(drop=True).equals(CLEAN)
    messy, _ = add_mess(CLEAN, RAW_EXTRACT, seed=1)
    assert messy["customer_id"].isna().mean() == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / N) + 0.01)


def test_near_duplicates_have_keys_of_their_own_and_one_typo():
    messy, faults = add_mess(CLEAN, {"near_duplicate": 0.1}, seed=2, key="customer_id")
    assert messy["customer_id"].is_unique
    copies = faults[faults["column"].isna()]
    pairs = (
        messy.take(copies["row_id"]).reset_index(drop=True),
        CLEAN.take(copies["original_row"]).reset_index(drop=True),
    )
    differs = sum((pairs[0][c] != pairs[1][c]) for c in ("given_name", "family_name", "city", "address"))
    assert differs.max() == 1
    assert differs.mean() > 0.9  # a swap of equal letters changes nothing
    assert (pairs[0]["birth_year"] == pairs[1]["birth_year"]).all()


def test_impossible_values_are_impossible():
    messy, faults = add_mess(CLEAN, {"impossible": 0.3}, seed=2, key="customer_id")
    hit = {c: messy[c].take(p["row_id"]) for c, p in faults.groupby("column")}
    assert set(hit) == {"birth_year", "signup_date", "opened", "amount", "hours"}
    assert ((hit["amount"] < 0) | (hit["amount"] == 1e9)).all()
    assert (hit["signup_date"] >= pd.Timestamp("2099-01-01")).all()
    assert ((hit["birth_year"] < 1900) | (hit["birth_year"] > 2100)).all()


def test_same_seed_same_mess_and_the_table_is_left_alone():
    before = CLEAN.copy(deep=True)
    one, two, other = (add_mess(CLEAN, ALL, seed=seed) for seed in (4, 4, 5))
    assert one[0].equals(two[0]) and one[1].equals(two[1])
    assert not one[0].equals(other[0])
    pd.testing.assert_frame_equal(CLEAN, before)


def test_one_kind_does_not_change_what_another_hits():
    _, alone = add_mess(CLEAN, {"typo": 0.1}, seed=6)
    _, both = add_mess(CLEAN, {"typo": 0.1, "phone_format": 0.3}, seed=6)
    typos = both[both["kind"] == "typo"].reset_index(drop=True)
    pd.testing.assert_frame_equal(typos, alone)


def test_every_column_of_the_fault_list_is_described():
    _, faults = add_mess(CLEAN, ALL, seed=1)
    assert list(faults) == list(COLUMNS["faults"])
    for column, (_, missing, _) in COLUMNS["faults"].items():
        assert missing or faults[column].notna().all(), column


@pytest.mark.parametrize(
    ("kinds", "key", "error", "says"),
    [
        ({"typos": 0.1}, None, UnknownNameError, "Did you mean 'typo'"),
        ({"typo": 1.5}, None, DataError, "from 0 to 1"),
        ({"typo": float("nan")}, None, DataError, "from 0 to 1"),
        ({"phone_format": 0.1}, None, DataError, "it needs phone"),
        ({"typo": 0.1}, "customerid", UnknownNameError, "customer_id"),
    ],
)
def test_bad_requests_say_what_to_do(kinds, key, error, says):
    with pytest.raises(error, match=says):
        add_mess(CLEAN[["customer_id", "amount", "city"]], kinds, key=key)


def test_nobody_moves_to_another_country():
    messy, faults = add_mess(CLEAN, {"moved": 0.3}, seed=2)
    rows = faults["row_id"].unique()
    assert len(rows) > 0.25 * N
    chinese = messy["language"] == "zh"
    assert (messy["address"].str.isascii() != chinese).all()
    assert (messy["postcode"].str.startswith("9") == chinese).all()
