import duckdb
import pandas as pd
import pytest

import crmlab
from crmlab import TierPolicy
from crmlab.errors import DataError, PolicyError

TIERS = {"regular": None, "silver": 200, "gold": 500}
SHARES = {"regular": None, "silver": 0.5, "vip": 0.95}


@pytest.fixture(scope="module")
def customers():
    return crmlab.summarize(crmlab.load("retail").transactions)


def test_a_threshold_is_reached_by_meeting_it():
    tiers = TierPolicy("t", "revenue", TIERS).assign(pd.DataFrame({"revenue": [199.99, 200.0, 500.0, -5.0]}))
    assert tiers["tier"].tolist() == ["regular", "silver", "gold", "regular"]
    assert tiers["tier_rank"].tolist() == [0, 1, 2, 0]
    assert tiers["tier"].cat.ordered
    assert list(tiers["tier"].cat.categories) == ["regular", "silver", "gold"]


def test_a_quantile_tier_is_never_larger_than_its_share(customers):
    sizes = TierPolicy("q", "revenue", SHARES, by="quantile").assign(customers)["tier"].value_counts(normalize=True)
    assert sizes["vip"] <= 0.05
    tied = pd.DataFrame({"revenue": [1.0] * 10 + [2.0] * 10})
    assert TierPolicy("q", "revenue", {"low": None, "top": 0.8}, by="quantile").assign(tied)["tier"].eq("low").all()


def test_equal_customers_get_equal_tiers(customers):
    tiered = TierPolicy("q", "orders", {"low": None, "mid": 0.4, "high": 0.9}, by="quantile").assign(customers)
    assert (tiered.groupby("orders")["tier"].nunique() == 1).all()


def test_the_table_adds_up(customers):
    policy = TierPolicy("t", "revenue", TIERS)
    table = policy.table(customers)
    assert table.index.tolist() == ["gold", "silver", "regular"]
    assert table["customers"].sum() == len(customers)
    assert table["share_of_revenue"].sum() == pytest.approx(1)
    assert table["revenue"].sum() == pytest.approx(customers["revenue"].sum())
    gold = customers[customers["revenue"] >= 500]["revenue"]
    assert (table.loc["gold", "customers"], table.loc["gold", "from"]) == (len(gold), gold.min())


def test_a_tier_with_nobody_is_shown_with_zero(customers):
    table = TierPolicy("t", "revenue", {"regular": None, "giant": 1e8}).table(customers)
    assert table.loc["giant", "customers"] == 0


def test_the_same_on_duckdb(customers):
    for policy in (TierPolicy("t", "revenue", TIERS), TierPolicy("q", "revenue", SHARES, by="quantile")):
        here = policy.assign(customers)
        there = policy.assign(duckdb.from_df(customers)).df().sort_values("customer_id", ignore_index=True)
        assert (here["tier"].astype("str") == there["tier"]).all()
        assert (here["tier_rank"] == there["tier_rank"]).all()


def test_yaml_goes_there_and_back(tmp_path):
    policy = TierPolicy("Börse 标准", "revenue", SHARES, by="quantile", version="2026-1")
    assert TierPolicy.from_yaml(policy.to_yaml()) == policy
    path = tmp_path / "policy 标准.yaml"
    path.write_text(policy.to_yaml(), encoding="utf-8")
    assert TierPolicy.from_yaml(path) == policy


def test_it_says_itself_in_words():
    assert str(TierPolicy("Shop", "revenue", TIERS)).splitlines() == [
        "Shop (version 1): tiers by revenue",
        "  gold: 500 or more",
        "  silver: 200 or more",
        "  regular: everybody else",
    ]
    assert "vip: at least 95.0% of all customers have less" in str(TierPolicy("q", "x", SHARES, by="quantile"))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: TierPolicy("p", "revenue", TIERS, by="rank"), "use 'threshold', 'quantile' or 'share'"),
        (lambda: TierPolicy("p", "revenue", {"only": None}), "two or more"),
        (lambda: TierPolicy("p", "revenue", {"a": 0, "b": 1}), "the lowest tier 'a'"),
        (lambda: TierPolicy("p", "revenue", {"a": None, "b": 5, "c": 5}), "'c' takes 5, no more than the tier below"),
        (lambda: TierPolicy("p", "revenue", {"a": None, "b": "5"}), "a number was expected"),
        (lambda: TierPolicy("p", "revenue", {"a": None, "b": True}), "a number was expected"),
        (lambda: TierPolicy("p", "revenue", {"a": None, "b": float("nan")}), "a number was expected"),
        (lambda: TierPolicy("p", "revenue", {"a": None, "b": 95}, by="quantile"), "between 0 and 1"),
    ],
)
def test_nonsense_is_refused_at_construction(make, says):
    with pytest.raises(PolicyError, match=says):
        make()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: x\nmeasure: revenue\n", "'tiers' is missing"),
        ("name: x\nmesure: revenue\ntiers: []\n", "Did you mean 'measure'"),
        ("name: [\n", "not valid YAML"),
        ("\n", "holds no keys"),
        ("name: x\nmeasure: r\ntiers:\n  - regular\n", "a list, lowest first"),
        ("name: x\nmeasure: r\ntiers:\n  - name: a\n  - {name: b, from: 3}\n", "unknown key 'from'"),
        ("name: x\nmeasure: r\ntiers:\n  - name: a\n  - {name: a, at_least: 3}\n", "two tiers are called 'a'"),
    ],
)
def test_a_bad_file_is_told_what_is_wrong(text, says):
    with pytest.raises(PolicyError, match=says):
        TierPolicy.from_yaml(text)


def test_a_missing_or_unreadable_file(tmp_path):
    with pytest.raises(PolicyError, match="There is no policy file"):
        TierPolicy.from_yaml(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes("name: Börse".encode("latin-1"))
    with pytest.raises(PolicyError, match="UTF-8"):
        TierPolicy.from_yaml(tmp_path / "latin.yaml")


def test_assign_refuses_what_it_cannot_do(customers):
    policy = TierPolicy("q", "revenue", SHARES, by="quantile")
    with pytest.raises(DataError, match="needs at least 20 customers, the table has 5"):
        policy.assign(customers.head(5))
    with pytest.raises(DataError, match="a column 'tier' already"):
        policy.assign(policy.assign(customers))
    with pytest.raises(DataError, match="no column 'profit'"):
        TierPolicy("p", "profit", TIERS).assign(customers)


@pytest.mark.parametrize(
    "policy", [TierPolicy("t", "revenue", TIERS), TierPolicy("o", "orders", {"few": None, "x": 99})]
)
@pytest.mark.parametrize("value", [None, "orders"])
def test_the_table_is_the_same_for_every_engine(customers, policy, value):
    here = policy.table(customers, value)
    relation = duckdb.from_df(customers)
    money = relation.project("* replace (revenue::decimal(12, 2) as revenue)")
    for frame in (relation, money):
        pd.testing.assert_frame_equal(here, policy.table(frame, value))


def test_the_table_of_a_polars_frame(customers):
    polars = pytest.importorskip("polars")
    policy = TierPolicy("q", "revenue", SHARES, by="quantile")
    frame = polars.from_pandas(customers)
    for other in (frame, frame.lazy()):
        pd.testing.assert_frame_equal(policy.table(customers), policy.table(other))


YAML = "name: x\nmeasure: revenue\ntiers:\n"


@pytest.mark.parametrize(
    ("tiers", "says"),
    [
        ("  - {name: vip, at_least: 500}\n  - {name: gold, at_least: 200}\n  - name: low\n", "first: low, gold, vip"),
        ("  - {name: vip, at_least: 500}\n  - {name: low, at_least: 0}\n", "List them lowest first: low, vip"),
        ("  - {name: low, at_least: 0}\n  - {name: vip, at_least: 500}\n", "lowest tier 'low' takes 0; leave out its"),
        ("  - {name: low, at_least: None}\n  - {name: vip, at_least: 5}\n", "takes 'None'; leave out its at_least"),
        ("  - name: low\n  - {name: vip, at_least: '5000'}\n", "takes the text '5000'.*Remove the quotes"),
        ("  - name: low\n  - {name: vip, at_least: 5k}\n", "takes the text '5k'.*a number was expected, e.g. 5000"),
        ("  - name: low\n  - name: vip\n", "'vip' has no at_least; a number was expected"),
    ],
)
def test_the_cure_for_a_bad_order_or_entry_leads_out(tiers, says, tmp_path):
    path = tmp_path / "ours.yaml"
    path.write_text(YAML + tiers, encoding="utf-8")
    with pytest.raises(PolicyError, match="ours.yaml: Policy 'x'.*" + says):
        TierPolicy.from_yaml(path)
