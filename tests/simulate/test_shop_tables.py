"""The retailer's tables fit together and keep their contracts; the truth fits the tables."""

import io

import numpy as np
import pandas as pd
import pytest

from crmlab.simulate import shop
from crmlab.simulate.shop import settings as s
from crmlab.simulate.shop.text import A_BLOCK


@pytest.fixture(scope="module")
def draw():
    return shop.simulate_trade(12_000, 3)


@pytest.fixture(scope="module")
def orders(draw):
    return draw[0]["transactions"].loc[lambda t: t["amount"] > 0]


def test_every_column_has_its_contract_and_keeps_it(draw):
    kinds = {"date": "M", "money": "f", "rate": "f", "share": "f", "score": "f", "count": "iu", "flag": "b"}
    for found, contracts in zip(draw, (shop.COLUMNS, shop.TRUTH_COLUMNS), strict=True):
        assert set(found) <= set(contracts)
        for name, table in found.items():
            assert list(table.columns) == list(contracts[name]), name
            for column, (kind, missing, meaning) in contracts[name].items():
                values, where = table[column], f"{name}.{column}"
                assert meaning and (missing or values.notna().all()), where
                assert values.dtype.kind in kinds.get(kind, "O") or str(values.dtype) in ("Int64", "boolean"), where
                assert kind != "key" or values.is_unique, where
                assert kind not in ("share", "count", "rate") or (values.dropna() >= 0).all(), where
                assert kind != "share" or (values.dropna() <= 1).all(), where
                if kind == "date":
                    assert (
                        str(values.dtype) == "datetime64[us]"
                        and (values.dropna() == values.dropna().dt.normalize()).all()
                    )


def test_no_visible_column_is_latent(draw):
    hidden = set(shop.TRUTH_COLUMNS["customers"]) - {"customer_id"}
    assert not any(hidden & set(table.columns) for table in draw[0].values())


def test_tables_survive_a_csv(draw):
    for found in draw:
        for name, table in found.items():
            dates = [c for c in table if table[c].dtype.kind == "M"]
            text = table.to_csv(index=False)
            whole = {c: "Int64" for c in table if str(table[c].dtype) == "Int64"}
            again = pd.read_csv(io.StringIO(text), parse_dates=dates, dtype=whole)
            assert again.to_csv(index=False) == text, name
            for column in table.select_dtypes("float64"):
                assert np.array_equal(again[column], table[column], equal_nan=True), (name, column)


def test_lines_sum_to_the_order_to_the_cent(draw, orders):
    lines = draw[0]["order_lines"]
    cents = (lines["quantity"] * (lines["unit_price"] * 100).round().astype(int)).groupby(lines["order_id"]).sum()
    gross = ((orders["amount"] + orders["discount"]) * 100).round().astype(int).to_numpy()
    assert (cents.reindex(orders["order_id"]).to_numpy() == gross).all()
    assert (lines["quantity"] >= 1).all() and (lines["unit_price"] >= 0.01).all()
    assert (lines["line"] == lines.groupby("order_id").cumcount() + 1).all()


def test_returns_follow_an_order_of_the_same_customer_and_are_no_larger(draw, orders):
    back = draw[0]["transactions"].dropna(subset=["returns"])
    assert (back["amount"] < 0).all() and back["order_id"].str.startswith("R").all()
    both = back.merge(orders, left_on="returns", right_on="order_id", suffixes=("", "_sold"), validate="one_to_one")
    assert len(both) == len(back) and (both["customer_id"] == both["customer_id_sold"]).all()
    assert (both["date"] - both["date_sold"]).dt.days.between(3, 27).all()
    assert (-both["amount"] <= both["amount_sold"] + 0.005).all()


def test_first_orders_stores_and_calendar(draw, orders):
    tables = draw[0]
    people = tables["customers"].set_index("customer_id")
    assert (orders.groupby("customer_id")["date"].min().reindex(people.index) == people["signup_date"]).all()
    assert tables["transactions"]["date"].between("2023-01-02", "2025-12-28").all()
    in_store = orders.dropna(subset=["store_id"])
    assert (in_store["channel"] == "store").all() and (orders["channel"] == "store").sum() == len(in_store)
    assert (in_store["store_id"].to_numpy() == people["home_store"].reindex(in_store["customer_id"]).to_numpy()).all()
    opened = tables["stores"].set_index("store_id")["opened"]
    assert (in_store["date"].to_numpy() >= opened.reindex(in_store["store_id"]).to_numpy()).all()
    near = people.dropna(subset=["home_store"])
    region = tables["stores"].set_index("store_id")["region"]
    assert (region.reindex(near["home_store"]).to_numpy() == near["region"].to_numpy()).all()


def test_the_voucher_shows_one_of_two_worlds(draw, orders):
    truth = draw[1]["customers"].set_index("customer_id")
    inside = orders[orders["date"].between("2025-06-02", "2025-07-27")]
    seen = inside["customer_id"].value_counts().reindex(truth.index, fill_value=0)
    sent = draw[0]["customers"].set_index("customer_id")["voucher"]
    planted = truth["orders_with_voucher"].where(sent.fillna(False), truth["orders_without_voucher"]).dropna()
    assert (seen[planted.index] == planted).all()
    assert (sent.isna() == truth["orders_with_voucher"].isna()).all()
    assert (truth["lift_voucher"] < 0)[truth["orders_with_voucher"] < truth["orders_without_voucher"]].all()


def test_nobody_orders_after_leaving(draw, orders):
    left = draw[1]["customers"].set_index("customer_id")["last_active"].dropna()
    assert (orders.groupby("customer_id")["date"].max()[left.index] <= left).all()


def test_gold_is_what_the_rule_says(draw, orders):
    tables, truth = draw
    joined = tables["programme"].drop_duplicates("customer_id").set_index("customer_id")["since"]
    start = tables["stores"].set_index("store_id")["programme_start"]
    home = tables["customers"].set_index("customer_id")["home_store"]
    assert (joined.to_numpy() >= start.reindex(home[joined.index]).to_numpy()).all()
    gold_now = pd.Series(False, index=joined.index)
    for date, reviewed in truth["reviews"].groupby("date"):
        reviewed = reviewed.set_index("customer_id")
        assert set(reviewed.index) == set(joined.index[joined < date])
        year = orders[(orders["date"] >= date - pd.DateOffset(years=1)) & (orders["date"] < date)]
        spend = (year["amount"] * 100).round().groupby(year["customer_id"]).sum() / 100
        assert np.allclose(spend.reindex(reviewed.index, fill_value=0), reviewed["spend"])
        assert (reviewed["gold"] == (reviewed["spend"] >= s.GOLD_SPEND)).all()
        assert (reviewed["gold"] | (reviewed["extra_orders"] == 0)).all()
        gold_now = reviewed["gold"]
    last = tables["programme"].drop_duplicates("customer_id", keep="last").set_index("customer_id")["status"]
    assert ((last == "gold")[gold_now.index] == gold_now).all()


def test_causes_are_listed_and_add_up(draw, orders):
    truth = draw[1]
    caused = truth["orders"].merge(orders, on="order_id", validate="one_to_one")
    assert len(caused) == len(truth["orders"])
    for cause in ("programme", "gold"):
        counted = caused.loc[caused["caused_by"] == cause, "customer_id"].value_counts()
        planted = truth["customers"].set_index("customer_id")[f"extra_orders_{cause}"]
        assert (counted.reindex(planted.index, fill_value=0) == planted).all()
    assert truth["reviews"]["extra_orders"].sum() == (caused["caused_by"] == "gold").sum()


def test_points_are_earned_by_members_and_never_overdrawn(draw, orders):
    points, members = draw[0]["points"], draw[0]["programme"].drop_duplicates("customer_id")
    theirs = orders.merge(members, on="customer_id").loc[lambda o: (o["date"] >= o["since"]) & (o["amount"] >= 1)]
    assert points.loc[points["kind"] == "earned", "points"].sum() == np.floor(theirs["amount"] + 1e-9).sum()
    assert (points["points"] > 0).all()
    sign = points["kind"].map({"earned": 1, "burned": -1, "expired": -1})
    signed = (sign * points["points"]).groupby([points["customer_id"], points["date"]]).sum()
    assert (signed.groupby(level=0).cumsum() >= 0).all()
    redeems = draw[1]["customers"].set_index("customer_id")["redeems"]
    assert redeems[points.loc[points["kind"] == "burned", "customer_id"]].all()
    # whatever was earned before December 2024 has been burned or has expired by the end
    early = (
        points[(points["kind"] == "earned") & (points["date"] < "2024-12-01")].groupby("customer_id")["points"].sum()
    )
    gone = points[points["kind"] != "earned"].groupby("customer_id")["points"].sum().reindex(early.index, fill_value=0)
    assert (gone >= early).all()


def test_referrals_are_of_the_referral_channel_and_by_active_customers(draw):
    tables, truth = draw
    people = tables["customers"].set_index("customer_id")
    pairs = tables["referrals"]
    assert (people["channel"].reindex(pairs["referred_id"]) == "referral").all()
    assert (people["signup_date"].reindex(pairs["referred_id"]).to_numpy() == pairs["date"].to_numpy()).all()
    assert (people["signup_date"].reindex(pairs["referrer_id"]).to_numpy() <= pairs["date"].to_numpy()).all()
    left = truth["customers"].set_index("customer_id")["last_active"].reindex(pairs["referrer_id"])
    assert (left.isna().to_numpy() | (left.to_numpy() >= pairs["date"].to_numpy())).all()
    assert len(pairs) > 0.95 * (people["channel"] == "referral").sum()


def test_a_block_alone_is_the_same_as_in_the_whole(draw):
    tables, truth = shop.simulate_trade_block(1, 2_000, 3)
    for whole, alone in ((draw[0], tables), (draw[1], truth)):
        for name, table in alone.items():
            if name not in shop.ADDED_UP:
                tail = whole[name].tail(len(table)).reset_index(drop=True)
                pd.testing.assert_frame_equal(tail, table)
    assert tables["transactions"]["order_id"].str[1:].astype(int).between(A_BLOCK, 2 * A_BLOCK).all()
    sums = ["reached", "visits", "spend"]
    parts = [shop.simulate_trade_block(b, n, 3)[0]["acquisition_costs"][sums] for b, n in ((0, 10_000), (1, 2_000))]
    assert np.allclose(parts[0] + parts[1], draw[0]["acquisition_costs"][sums])


@pytest.mark.parametrize("n", [1, 2, 30])
def test_small_sets_are_whole(n):
    tables, truth = shop.simulate_trade(n, 11)
    assert len(tables["customers"]) == len(truth["customers"]) == n
    other = shop.simulate_trade(n, 12)[0]["transactions"]
    assert not tables["transactions"].equals(other)
