import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab.datasets import Dataset
from crmlab.errors import DataError, UnknownNameError
from crmlab.foundations import (
    contact_entries,
    customer_card,
    customer_events,
    customers_360,
    link_entries,
    link_quality,
    list_entities,
    normal_email,
    normal_phone,
    orders_as_recorded,
    references,
    tiers_in_pieces,
)

TODAY = "2025-12-28"


@pytest.fixture(scope="module")
def retail():
    return crmlab.load("retail", truth=True)


@pytest.fixture(scope="module")
def entries(retail):
    return contact_entries(retail)


def entry_table(rows):
    return pd.DataFrame(rows, columns=["source_id", "email", "phone"]).astype("str").replace("", np.nan)


# --- keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ["+44 6676 019683", "06676 019683", "06676019683", "(06676) 019683", "06676-019-683", "0044 6676 019683",
     "+44 (0)6676 019683", "0006676019683"],
)  # fmt: skip
def test_one_british_number_in_all_its_spellings(typed):
    assert normal_phone(pd.Series([typed])).tolist() == ["6676019683"]


@pytest.mark.parametrize("typed", ["+86 154 5639 4722", "154 5639 4722", "15456394722", "008615456394722"])
def test_one_chinese_number_in_all_its_spellings(typed):
    assert normal_phone(pd.Series([typed])).tolist() == ["15456394722"]


def test_a_number_that_begins_like_a_code_keeps_its_digits():
    assert normal_phone(pd.Series(["04412 345678"])).tolist() == ["4412345678"]


def test_missing_keys_stay_missing_and_empty_ones_become_so():
    assert normal_phone(pd.Series([None, "", "none"], dtype="str")).isna().all()
    assert normal_email(pd.Series([None, "  "], dtype="str")).isna().all()


def test_normal_keys_do_not_merge_strangers(retail, entries):
    """Among the clean entries one number belongs to one household, one e-mail address to one customer."""
    whose = entries.merge(retail.truth.links, on="source_id")
    assert whose.groupby("email")["customer_id"].nunique().max() == 1
    assert whose.groupby("phone")["customer_id"].nunique().max() == 2


# --- linking --------------------------------------------------------------------------------------------------------


def test_links_go_through_a_third_entry_and_missing_values_link_nothing():
    linked = link_entries(
        entry_table([("W1", "a", ""), ("K1", "a", "7"), ("H1", "", "7"), ("K2", "", ""), ("K3", "", "")])
    )
    assert linked["person"].tolist() == ["H1", "H1", "H1", "K2", "K3"]


def test_the_same_value_in_two_columns_links_nothing():
    assert link_entries(entry_table([("W1", "7", ""), ("K1", "", "7")]))["person"].tolist() == ["W1", "K1"]


def test_persons_do_not_depend_on_the_order_of_the_rows(entries):
    again = link_entries(entries.sample(frac=1, random_state=1))
    both = link_entries(entries).merge(again, on="source_id", validate="one_to_one")
    assert len(both) == len(entries)
    assert (both["person_x"] == both["person_y"]).all()


def test_quality_by_hand():
    """Truth: {W1, K1, H1} and {W2, K2}. Found: {W1, K1}, {H1, W2}, {K2}. Right pairs: 1 of 2 found, 1 of 4 true."""
    linked = pd.DataFrame({"source_id": ["W1", "K1", "H1", "W2", "K2"], "person": ["a", "a", "b", "b", "c"]})
    links = pd.DataFrame({"source_id": ["W1", "K1", "H1", "W2", "K2"], "customer_id": ["1", "1", "1", "2", "2"]})
    row = link_quality(linked, links).iloc[0]
    assert row[["persons", "customers", "in_pieces", "mixed"]].tolist() == [3, 2, 2, 1]
    assert row["precision"] == 0.5 and row["recall"] == 0.25


def test_the_truth_itself_has_no_fault(retail, entries):
    perfect = entries.merge(retail.truth.links, on="source_id").rename(columns={"customer_id": "person"})
    row = link_quality(perfect[["source_id", "person"]], retail.truth.links).iloc[0]
    assert row["precision"] == row["recall"] == 1 and row["in_pieces"] == row["mixed"] == 0


def test_more_keys_find_more_and_a_shared_telephone_mixes(retail, entries):
    rows = [
        link_quality(link_entries(entries, k), retail.truth.links).iloc[0] for k in (("email",), ("email", "phone"))
    ]
    assert rows[0]["precision"] == 1 and rows[0]["mixed"] == 0
    assert rows[1]["recall"] > rows[0]["recall"] + 0.3
    assert 0.9 < rows[1]["precision"] < 1 and rows[1]["mixed"] > 0
    assert rows[1]["persons"] > rows[1]["customers"]


def test_linking_says_what_is_wrong(retail, entries):
    with pytest.raises(DataError, match=r"no column 'mail'.*'email'"):
        link_entries(entries, ("mail",))
    with pytest.raises(DataError, match="occurs twice"):
        link_entries(pd.concat([entries, entries.head(1)]))
    with pytest.raises(DataError, match=r"1 of 1 entries have no customer there \(first: 'W9'\)"):
        link_quality(pd.DataFrame({"source_id": ["W9"], "person": ["W9"]}), retail.truth.links)
    doubled = Dataset("retail", {**retail.tables, "till_cards": pd.concat([retail.till_cards] * 2)})
    with pytest.raises(DataError, match=r"Table 'till_cards', column 'card_id': 'K0000001' occurs twice"):
        contact_entries(doubled)


# --- orders on entries ----------------------------------------------------------------------------------------------


def test_an_order_stands_on_the_entry_of_its_channel():
    day = pd.to_datetime
    orders = pd.DataFrame(
        {
            "customer_id": ["A", "A", "A", "A", "B"],
            "date": day(["2025-05-01", "2025-01-01", "2025-03-01", "2025-03-02", "2025-03-03"]),
            "channel": ["web", "web", "store", "phone", "web"],
        },
        index=[7, 3, 5, 9, 1],
    )
    linked = pd.DataFrame(
        {
            "source": ["web_accounts", "web_accounts", "till_cards"], "source_id": ["W1", "W2", "K1"],
            "since": day(["2025-01-15", "2025-04-01", "2025-01-01"]), "person": ["W1", "W2", "K1"],
        }
    )  # fmt: skip
    links = pd.DataFrame({"source_id": ["W1", "W2", "K1"], "customer_id": ["A", "A", "A"]})
    seen = orders_as_recorded(orders, linked, links)
    # the newest account of the day; before any, the first; no contact for the phone; B is a guest
    assert seen["person"].fillna("guest").tolist() == ["W2", "W1", "K1", "guest", "guest"]
    assert seen.index.tolist() == [7, 3, 5, 9, 1]
    with pytest.raises(DataError, match=r"row 3: 'fax' is recorded in no system"):
        orders_as_recorded(orders.assign(channel=["web", "fax", "web", "web", "web"]), linked, links)


def test_no_order_is_lost_or_doubled(retail, entries):
    seen = orders_as_recorded(retail.transactions, link_entries(entries), retail.truth.links)
    assert seen["order_id"].tolist() == retail.transactions["order_id"].tolist()
    assert 0.2 < seen["person"].isna().mean() < 0.5


def test_whole_customers_lose_no_tier(retail, entries):
    policy = crmlab.TierPolicy("p", "revenue", {"regular": None, "silver": 100, "gold": 300})
    perfect = entries.merge(retail.truth.links[["source_id", "customer_id"]], on="source_id")
    whole = orders_as_recorded(
        retail.transactions, perfect.rename(columns={"customer_id": "person"}), retail.truth.links
    )
    ranks = tiers_in_pieces(whole, policy)
    assert (ranks["earned_rank"] == ranks["seen_rank"]).all() and (ranks["persons"] == 1).all()
    pieces = tiers_in_pieces(orders_as_recorded(retail.transactions, link_entries(entries), retail.truth.links), policy)
    assert (pieces["seen_rank"] < pieces["earned_rank"]).sum() > 10
    assert pieces["customer_id"].tolist() == ranks["customer_id"].tolist()


# --- one row a customer ---------------------------------------------------------------------------------------------


def test_the_view_neither_loses_nor_doubles(retail):
    view = customers_360(retail, TODAY)
    assert view["customer_id"].tolist() == retail.customers["customer_id"].tolist()
    orders = retail.transactions["amount"] >= 0
    assert view[["web_orders", "store_orders", "phone_orders"]].sum().sum() == orders.sum()
    assert view["returns"].sum() == (~orders).sum()
    assert view["revenue"].sum() == pytest.approx(retail.transactions["amount"].sum())
    for column, table in (
        ("tickets", "tickets"),
        ("surveys_sent", "survey_invitations"),
        ("surveys_answered", "surveys"),
    ):
        assert view[column].sum() == len(getattr(retail, table))
    assert view["referred"].sum() == len(retail.referrals)
    assert (view["status"] != "none").sum() == retail.programme["customer_id"].nunique()


def test_the_view_knows_only_what_was_known(retail):
    view = customers_360(retail, "2024-06-30")
    assert len(view) == (retail.customers["signup_date"] <= "2024-06-30").sum()
    assert view["last_order"].max() <= pd.Timestamp("2024-06-30")
    assert view["tickets"].sum() == (retail.tickets["opened"] < "2024-07-01").sum()
    row = view.set_index("customer_id").loc["C0000002"]  # joins the programme in July 2025
    assert row["status"] == "none" and pd.isna(row["member_since"])


def test_one_row_by_hand(retail):
    customer = "C0000568"
    row = customers_360(retail, TODAY).set_index("customer_id").loc[customer]
    own = {t: retail.tables[t] for t in ("transactions", "points", "surveys")}
    own = {t: frame[frame["customer_id"] == customer] for t, frame in own.items()}
    assert (
        row["store_orders"]
        == ((own["transactions"]["channel"] == "store") & (own["transactions"]["amount"] >= 0)).sum()
    )
    signed = own["points"]["points"].where(own["points"]["kind"] == "earned", -own["points"]["points"])
    assert row["points"] == signed.sum()
    assert row["last_nps"] == own["surveys"].sort_values("date")["nps"].iloc[-1]


def test_a_stranger_in_a_table_is_refused(retail):
    tickets = retail.tickets.copy()
    tickets.loc[0, "customer_id"] = "C9999999"
    broken = Dataset("retail", {**retail.tables, "tickets": tickets})
    with pytest.raises(DataError, match=r"customer_id 'C9999999' has tickets but is not in table 'customers'"):
        customers_360(broken, TODAY)
    with pytest.raises(DataError, match="Nobody was a customer on 2020-01-01"):
        customers_360(retail, "2020-01-01")


def test_card_and_events_agree(retail):
    view = customers_360(retail, TODAY)
    customer = "C0000568"
    card = customer_card(view, customer).set_index("fact")["value"]
    events = customer_events(retail, customer, TODAY)
    kinds = events["what"].value_counts()
    assert card["web, store, phone"] == ", ".join(str(kinds[f"{c} order"]) for c in ("web", "store", "phone"))
    assert card["returns"] == str(kinds["return"])
    assert card["revenue"] == f"{events['amount'].sum():,.2f}"
    assert events["date"].is_monotonic_increasing
    assert customer_events(retail, customer, "2023-12-31")["date"].max() <= pd.Timestamp("2023-12-31")
    assert not customer_card(view, "C0000002")["value"].str.contains("nan|NaT", case=False).any()
    for look in (lambda: customer_card(view, "C000056"), lambda: customer_events(retail, "C000056", TODAY)):
        with pytest.raises(UnknownNameError, match="Did you mean"):
            look()


# --- entities -------------------------------------------------------------------------------------------------------


def test_references_are_those_of_the_rows(retail):
    found = references(retail).set_index(["table", "column"])
    assert found["unmatched"].sum() == 0
    assert found.loc[("customers", "home_store"), ["refers_to", "empty"]].tolist() == ["stores", 855]
    assert found.loc[("transactions", "returns"), ["refers_to", "most"]].tolist() == ["transactions", 1]
    assert found.loc[("surveys", "survey_id"), "refers_to"] == "survey_invitations"
    # one word for two things: earned and burned points are no kinds of cost
    assert ("points", "kind") not in found.index
    assert not {"web_accounts", "till_cards", "call_contacts"} & set(found.index.get_level_values(0))


def test_an_id_that_points_at_nothing_is_counted(retail):
    lines = retail.order_lines.copy()
    lines.loc[:2, "order_id"] = "O9999999"
    found = references(Dataset("retail", {**retail.tables, "order_lines": lines})).set_index(["table", "column"])
    assert found.loc[("order_lines", "order_id"), "unmatched"] == 3


@pytest.mark.parametrize("name", ["bank", "auto"])
def test_other_companies_have_entities_too(name):
    data = crmlab.load(name)
    tables, found = list_entities(data), references(data)
    assert tables["rows"].tolist() == [len(getattr(data, t)) for t in tables.index]
    assert "customers" in set(found["refers_to"])
    assert found["unmatched"].sum() == 0


def test_entities_say_what_is_wrong(retail):
    stores = pd.concat([retail.stores, retail.stores.head(1)], ignore_index=True)
    with pytest.raises(DataError, match=r"Table 'stores', column 'store_id': the key 'S01' occurs twice \(row 20\)"):
        list_entities(Dataset("retail", {**retail.tables, "stores": stores}))
    with pytest.raises(DataError, match="'cdnow' has no contracts"):
        references(crmlab.load("cdnow"))
