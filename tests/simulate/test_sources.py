"""Three systems know the same customers under other ids and in other formats."""

import numpy as np
import pandas as pd
import pytest

from crmlab.schema.retail import COLUMNS, TRUTH_COLUMNS
from crmlab.simulate import streams
from crmlab.simulate.people import draw_people
from crmlab.simulate.shop import settings as s
from crmlab.simulate.sources import SYSTEMS, TWICE, source_systems

N = 10_000
KEYS = {"web_accounts": "account_id", "till_cards": "card_id", "call_contacts": "contact_id"}


def draw(seed=1, block=0, n=N):
    people = draw_people(n, seed, "retail", block, np.zeros(n))
    day = np.floor(streams.stream(seed, "days", block).random(n) * s.DAYS).astype("timedelta64[D]")
    number = block * streams.BLOCK + 1 + np.arange(n)
    customers = pd.DataFrame(
        {"customer_id": [f"C{i:07d}" for i in number], "signup_date": s.START.to_datetime64().astype("M8[us]") + day}
    )
    return people, customers, *source_systems(block, n, seed, people, customers)


@pytest.fixture(scope="module")
def drawn():
    return draw()


@pytest.fixture(scope="module")
def joined(drawn):
    """Each system's entries with the person behind them."""
    people, customers, tables, truth = drawn
    who = people.assign(customer_id=customers["customer_id"], signup_date=customers["signup_date"]).add_prefix("p_")
    links = truth["links"].merge(who, left_on="customer_id", right_on="p_customer_id")
    return {name: table.merge(links, left_on=KEYS[name], right_on="source_id") for name, table in tables.items()}


def test_columns_are_described(drawn):
    _, _, tables, truth = drawn
    for name, table in (tables | truth).items():
        contract = (COLUMNS | TRUTH_COLUMNS)[name]
        assert list(table) == list(contract)
        for column, (kind, missing, _) in contract.items():
            assert missing or table[column].notna().all(), (name, column)
            assert kind != "key" or table[column].is_unique, (name, column)


def test_every_entry_has_one_customer_and_shares_are_kept(drawn):
    _, _, tables, truth = drawn
    links = truth["links"]
    assert links["source_id"].is_unique
    for name, share in SYSTEMS.items():
        own = links[links["source"] == name]
        assert own["source_id"].tolist() == tables[name][KEYS[name]].tolist()
        assert own["customer_id"].nunique() / N == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / N))
    twice = links.groupby(["source", "customer_id"]).size()
    assert twice.max() == 2
    known = links["customer_id"].nunique()
    assert (twice == 2).sum() / known == pytest.approx(TWICE, abs=4 * np.sqrt(TWICE / known))
    nobody = np.prod([1 - share for share in SYSTEMS.values()])
    assert 1 - known / N == pytest.approx(nobody, abs=4 * np.sqrt(nobody / N))


def test_ids_and_order_say_nothing(drawn):
    links = drawn[3]["links"]
    for _, own in links.groupby("source"):
        number, row = own["customer_id"].str[1:].astype(int), own["source_id"].str[1:].astype(int)
        # a rank correlation of n pairs has a standard error of 1 / sqrt(n)
        assert abs(number.rank().corr(row.rank())) < 4 / np.sqrt(len(own))


def test_blocks_have_ids_of_their_own(drawn):
    other = draw(block=1, n=300)[3]["links"]
    assert not set(other["source_id"]) & set(drawn[3]["links"]["source_id"])


def test_each_system_writes_in_its_own_way(joined):
    web, till, call = (joined[name] for name in SYSTEMS)
    english = web[web["p_language"] == "en"]
    assert (english["name"] == english["p_given_name"] + " " + english["p_family_name"]).all()
    chinese = web[web["p_language"] == "zh"]
    assert (chinese["name"] == chinese["p_family_name"] + chinese["p_given_name"]).all()
    assert web["phone"].dropna().str.fullmatch(r"\+(44 6\d{3} \d{6}|86 154 \d{4} \d{4})").all()
    assert till["name"].str.fullmatch(r"[A-Z' ]+ [A-Z]").all()
    assert till["phone"].dropna().str.fullmatch(r"\d{11}").all()
    assert not till["postcode"].dropna().str.contains(" ").any()
    for column in ("given_name", "family_name", "city"):
        assert call[column].str.isascii().all()


def test_telephones_are_the_persons_own(joined):
    for name, table in joined.items():
        digits = table["phone"].str.replace(r"^\+44 ", "0", regex=True).str.replace(r"^\+86 ", "", regex=True)
        digits = digits.str.replace(" ", "")
        there = digits.notna()
        assert (digits[there] == table["p_phone"].str.replace(" ", "")[there]).all(), name


def test_second_accounts_differ(joined):
    web = joined["web_accounts"]
    pairs = web[web.duplicated("customer_id", keep=False)]
    assert len(pairs) > 100
    assert not pairs.duplicated(["customer_id", "email"]).any()
    till = joined["till_cards"]
    pairs = till[till.duplicated("customer_id", keep=False)]
    assert pairs["phone"].isna().groupby(pairs["customer_id"]).any().all()


def test_entries_come_after_the_first_order_and_inside_the_window(joined):
    for name, column in (("web_accounts", "created"), ("till_cards", "issued"), ("call_contacts", "first_call")):
        table = joined[name]
        assert (table[column] >= table["p_signup_date"]).all()
        assert (table[column] < s.END).all()


def test_a_person_in_two_systems_can_be_found_but_not_always(joined):
    web, till = joined["web_accounts"], joined["till_cards"]
    both = web.merge(till, on="customer_id", suffixes=("_web", "_till"))
    same_mail = both["email_web"].str.upper() == both["email_till"]
    same_post = both["postcode_web"].str.replace(" ", "") == both["postcode_till"]
    assert 0.3 < same_mail.mean() < 0.45
    assert 0.85 < same_post.mean() < 0.95


def test_same_seed_same_entries(drawn):
    again = draw()
    for name in SYSTEMS:
        pd.testing.assert_frame_equal(drawn[2][name], again[2][name])


def test_wrong_number_of_rows_is_refused():
    people, customers, *_ = draw(n=20)
    with pytest.raises(ValueError, match="20 persons"):
        source_systems(0, 30, 1, people, customers)
