"""Persons: names from the pools, nobody's phone or mailbox, and attributes that lean on behaviour only a little."""

import hashlib
import json
from importlib import resources

import numpy as np
import pandas as pd
import pytest

from crmlab.simulate import streams
from crmlab.simulate.people import CHINESE_SHARE, COLUMNS, HOUSEHOLD_SHARE, draw_people, pools, romanised

N = 10_000
LEAN = streams.normal(streams.stream(3, "lean").random(N))


@pytest.fixture(scope="module")
def people():
    return draw_people(N, 1, "retail", 0, LEAN)


def test_columns_are_described_and_complete(people):
    assert list(people) == list(COLUMNS["people"])
    assert people.notna().all(axis=None)


def test_same_seed_same_persons_on_every_platform(people):
    pd.testing.assert_frame_equal(people, draw_people(N, 1, "retail", 0, LEAN))
    digest = hashlib.sha256(draw_people(500, 1, "retail", 0, np.zeros(500)).to_csv(index=False).encode()).hexdigest()
    assert digest[:16] == "7c7d02284ebc320e", "the persons of a seed have changed: all shipped files change with them"


def test_blocks_companies_and_seeds_have_other_persons(people):
    for other in (("retail", 1, 1), ("bank", 0, 1), ("retail", 0, 2)):
        drawn = draw_people(200, other[2], other[0], other[1], np.zeros(200))
        assert (drawn["email"] == people["email"].head(200)).mean() < 0.02


def test_pools_are_small_and_as_large_as_promised():
    file = resources.files("crmlab.simulate").joinpath("pools.json")
    assert len(file.read_bytes()) < 60_000
    english, chinese = pools()["en"], pools()["zh"]
    assert len(english["female"]) == len(english["male"]) == 300
    assert len(set(english["family"])) == 400
    assert len(chinese["female"]) == len(chinese["male"]) == len(chinese["family"]) == 100
    assert all(latin.isascii() and latin for latin in romanised().values())
    towns = [town for cities in english["cities"].values() for town in cities]
    assert len(set(towns)) == len(towns)


def test_shipped_pools_are_what_the_script_makes():
    pytest.importorskip("faker")
    from crmlab.simulate.make_pools import make_pools

    made = json.loads(json.dumps(make_pools()))
    # Faker may add names in later versions; what is shipped must still have the same shape
    assert {k: sorted(v) for k, v in made.items()} == {k: sorted(v) for k, v in pools().items()}


def test_nobody_real_can_be_reached(people):
    assert people["email"].str.fullmatch(r"[a-z0-9._]+@example\.(com|org|net)").all()
    chinese = people["language"] == "zh"
    assert people.loc[~chinese, "phone"].str.fullmatch(r"06\d{3} \d{6}").all()
    assert people.loc[chinese, "phone"].str.fullmatch(r"154 \d{4} \d{4}").all()
    assert people.loc[~chinese, "postcode"].str.fullmatch(r"X[NSEW]\d{1,2} \d[A-Z]{2}").all()
    assert people.loc[chinese, "postcode"].str.fullmatch(r"9[1-4]\d{4}").all()


def test_emails_are_unique_and_phones_nearly(people):
    assert people["email"].is_unique
    # half of the households share one; hardly any two numbers are the same by accident
    assert people["phone"].duplicated().mean() == pytest.approx(HOUSEHOLD_SHARE / 2, abs=4 * np.sqrt(0.015 / N))


def test_languages_and_households(people):
    share = (people["language"] == "zh").mean()
    assert share == pytest.approx(CHINESE_SHARE, abs=4 * np.sqrt(CHINESE_SHARE * (1 - CHINESE_SHARE) / N))
    before = people.shift()
    together = (people["address"] == before["address"]) & (people["postcode"] == before["postcode"])
    assert together.mean() == pytest.approx(HOUSEHOLD_SHARE, abs=4 * np.sqrt(HOUSEHOLD_SHARE / N))
    assert (people["family_name"] == before["family_name"])[together].all()
    assert (people["region"] == before["region"])[together].all()
    is_chinese = people["given_name"].str.contains(r"[一-鿿]")
    assert (is_chinese == (people["language"] == "zh")).all()


def test_some_names_are_common_and_some_rare(people):
    counts = people.loc[people["language"] == "en", "family_name"].value_counts(normalize=True)
    assert counts.iloc[0] > 4 / 400
    assert counts.iloc[-50:].mean() < 1 / 400


def test_attributes_lean_on_behaviour_a_little(people):
    adults = people["birth_year"].between(1925, 2004)
    assert adults.all()
    size = {"birth_year": abs(np.corrcoef(people["birth_year"], LEAN)[0, 1])}
    for column in ("gender", "region", "attitude", "relationship"):
        shares = pd.get_dummies(people[column]).astype(float)
        size[column] = max(abs(np.corrcoef(shares[c], LEAN)[0, 1]) for c in shares)
    # a correlation of 10,000 pairs has a standard error of 0.01
    assert 0.1 < size["birth_year"] < 0.3
    assert 0.1 < size["attitude"] < 0.3
    assert 0.08 < size["relationship"] < 0.3
    assert 0.03 < size["region"] < 0.15
    assert size["gender"] < 0.12


def test_lean_of_zero_leaves_no_lean():
    flat = draw_people(N, 2, "retail", 0, np.zeros(N))
    assert (flat["gender"] == "F").mean() == pytest.approx(0.52, abs=4 * np.sqrt(0.25 / N))
    assert (flat["relationship"] == "consumer").mean() == pytest.approx(0.90, abs=4 * np.sqrt(0.09 / N))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tiny_blocks(n):
    assert len(draw_people(n, 1, "retail", 0, np.zeros(n))) == n
