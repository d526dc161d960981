"""The audit in one call: on data sets, on one's own tables, as words and as a page."""

import time
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import crmlab
from crmlab import TierPolicy
from crmlab.errors import CrmlabError, DataError
from crmlab.foundations import customer_profit
from crmlab.tiering import Audit, audit
from crmlab.tiering.policy import AtMost, Dimension, Override
from tests.tiering.audit_people import Population

SPEND = TierPolicy(
    "Spend", "revenue", {"regular": None, "silver": 150, "gold": 500, "vip": 1_500}, hysteresis=0.1, minimum_stay=1
)
SECTIONS = ["stability", "lift", "fairness", "gaming", "concentration"]


@pytest.fixture(scope="module")
def retail():
    return crmlab.load("retail")


@pytest.fixture(scope="module")
def report(retail):
    return audit(SPEND, retail, draws=20)


@pytest.fixture(scope="module")
def own():
    rows = Population(4, 500).rows()
    rng = np.random.default_rng(4)
    people = pd.DataFrame({"who": sorted(rows["customer_id"].unique())})
    people["side"] = rng.choice(["left", "right"], len(people))
    people["stars"] = rng.integers(1, 6, len(people))
    names = {"customer_id": "who", "date": "day", "amount": "paid"}
    return rows.rename(columns=names), people


OWN = {"customer": "who", "date": "day", "amount": "paid"}


def test_its_tiers_are_those_of_the_policy(retail, report):
    table = crmlab.summarize(retail.transactions, "2024-12-28")
    expected = SPEND.assign(table)
    assert isinstance(report, Audit) and report.as_of == pd.Timestamp("2024-12-28")
    assert report.customers["tier"].tolist() == expected["tier"].tolist()
    counts = SPEND.table(table)
    for part in (report.lift.tiers, report.concentration.tiers, report.stability.labels.drop("all")):
        assert part["customers"].to_dict() == counts["customers"].to_dict()
    assert report.concentration.tiers["share_of_revenue"].to_numpy() == pytest.approx(
        counts["share_of_revenue"].to_numpy()
    )


def test_lift_counts_the_profit_of_the_next_year(retail, report):
    profit = customer_profit(retail, "2024-12-29", "2025-12-28").set_index("customer_id")["profit"]
    mean = report.customers["customer_id"].map(profit).groupby(report.customers["tier"], observed=True).mean()
    assert report.lift.outcome == "profit"
    assert report.lift.tiers["mean"].iloc[::-1].to_numpy() == pytest.approx(mean.to_numpy())


def test_fairness_counts_who_there_is(retail, report):
    people = retail.customers.set_index("customer_id").loc[report.customers["customer_id"]]
    rates = report.fairness.rates
    assert list(dict.fromkeys(rates["attribute"])) == ["age_group", "gender", "region"]
    gold = report.customers["tier_rank"].to_numpy() >= 2
    row = rates[(rates["tier"] == "gold") & (rates["group"] == "North")].iloc[0]
    assert row["in_tier"] == gold[(people["region"] == "North").to_numpy()].sum()
    age = 2024 - people["birth_year"]
    row = rates[(rates["tier"] == "silver") & (rates["group"] == "30 to 44")].iloc[0]
    assert row["customers"] == age.between(30, 44).sum()


def test_it_prints_as_words(report):
    text = str(report)
    assert text.startswith("Audit of 'Spend' (version 1) on 2024-12-28, 2,298 customers")
    assert repr(report) == text and max(map(len, text.splitlines())) <= 100
    assert list(report.verdicts) == SECTIONS
    for name, verdict in report.verdicts.items():
        assert f"  {name}: " in text
        assert any(c.isdigit() for c in verdict) and "nan" not in verdict


def test_the_same_seed_gives_the_same_audit(retail, report):
    again = audit(SPEND, retail, draws=20)
    assert str(again) == str(report)
    pd.testing.assert_frame_equal(again.stability.labels, report.stability.labels)
    assert not audit(SPEND, retail, draws=20, seed=1).stability.labels.equals(report.stability.labels)


def test_nothing_given_is_changed(own):
    rows, people = own
    before = rows.copy(), people.copy()
    audit(SPEND, rows, people, draws=4, **OWN)
    pd.testing.assert_frame_equal(rows, before[0])
    pd.testing.assert_frame_equal(people, before[1])


def test_it_is_quick_on_the_class_set(retail):
    _ = retail.transactions, retail.customers
    began = time.process_time()
    audit(SPEND, retail)
    assert time.process_time() - began < 10


POLICIES = [
    TierPolicy("rank", "revenue", {"regular": None, "silver": 0.5, "gold": 0.9}, by="quantile"),
    TierPolicy("share", "revenue", {"C": None, "B": 0.8, "A": 0.5}, by="share"),
    TierPolicy(
        "rules", tiers={"low": None, "mid": {"orders": 3}, "top": {"orders": 5, "days_since_last": AtMost(200)}}
    ),
    TierPolicy(
        "score",
        tiers={"low": None, "mid": 20, "top": 50},
        dimensions=[Dimension("revenue", 0.6, (0, 700)), Dimension("orders", 0.4, (1, 11))],
        review="half-yearly",
        hysteresis=0.1,
    ),
]


@pytest.mark.parametrize("policy", POLICIES, ids=lambda p: p.name)
def test_every_kind_of_policy_on_ones_own_table(own, policy):
    rows, people = own
    report = audit(policy, rows, people, draws=6, months=12, **OWN)
    assert report.lift.outcome == "revenue"
    assert set(report.fairness.rates["attribute"]) == {"side"}
    assert (report.gaming.splits is not None) is ("orders" in policy.measures)
    assert len(report.stability.churn.rates) == 3
    assert "</html>" in report.html()


def test_a_measure_of_ones_own(own):
    rows, people = own
    policy = TierPolicy("stars", "stars", {"low": None, "top": 4})
    report = audit(policy, rows, people, draws=4, attributes=["side"], **OWN)
    assert report.stability.labels.loc["all", "share_changed"] == 0  # purchases do not move it
    stars = people.set_index("who")["stars"]
    assert (report.customers["customer_id"].map(stars).ge(4) == (report.customers["tier"] == "top")).all()


def test_ones_own_profit(own):
    rows, people = own
    profit = pd.DataFrame({"who": people["who"].iloc[:-20], "profit": np.arange(len(people) - 20.0)})
    one = audit(SPEND, rows, profit=profit, draws=4, **OWN)
    other = audit(SPEND, rows, profit=profit.set_index("who")["profit"], draws=4, **OWN)
    assert one.lift.tiers.equals(other.lift.tiers) and one.lift.outcome == "profit"
    missing = (~one.customers["customer_id"].isin(profit["who"])).sum()
    assert f"{missing} customers are not in the profit" in " ".join(one.notes)
    assert "No attributes" in one.verdicts["fairness"]


def test_other_engines_in_memory_give_the_same(own):
    polars = pytest.importorskip("polars")
    rows, people = own
    here = audit(SPEND, rows, people, draws=4, **OWN)
    there = audit(SPEND, polars.from_pandas(rows), polars.from_pandas(people), draws=4, **OWN)
    assert str(here) == str(there)


def test_real_and_short_books():
    report = audit(SPEND, crmlab.load("cdnow").transactions, draws=4)
    # not quite eighteen months of books: eight of them are after
    assert (report.lift.end - report.as_of).days == pytest.approx(8 * 30.5, abs=3)
    assert report.lift.end == crmlab.load("cdnow").transactions["date"].max()
    report = audit(SPEND, crmlab.load("online_retail", clean=True), draws=4, months=3)
    assert report.lift.outcome == "revenue" and report.fairness.rates.empty


def test_without_time_after_and_with_overrides(retail):
    policy = SPEND.replace(overrides=[Override("C0000007", "gold", "a promise", "2026-01-01")])
    report = audit(policy, retail, as_of="2025-12-28", draws=4)
    assert report.lift is None and "nobody knows yet" in report.verdicts["lift"]
    assert any("1 overrides were left aside" in note for note in report.notes)
    assert "nobody knows yet" in report.html()
    cut = audit(SPEND, retail, as_of="2025-09-30", draws=4)
    assert any("shorter than 12 months" in note for note in cut.notes)


class Page(HTMLParser):
    """Tags, and whether they close in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words = [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.words.append(data)


@pytest.fixture(scope="module")
def page(report):
    return report.html()


def test_the_page_is_whole_and_needs_nothing_else(report, page):
    found = Page(page)
    assert "http" not in page and "<script" not in page
    pictures = [a for tag, a in found.tags if tag == "img"]
    assert len(pictures) >= 10
    assert all(a["src"].startswith("data:image/png;base64,") and len(a["alt"]) > 60 for a in pictures)
    text = " ".join(" ".join(found.words).split())
    for name, verdict in report.verdicts.items():
        assert text.count(verdict) == 2, name  # in the summary, and at the end of its section
        assert page.index(f"id='{name}'") < page.rindex(verdict[:40])
    assert "nan" not in text


def test_names_are_escaped(own):
    rows, people = own
    policy = TierPolicy("<b>&$x$", "revenue", {"<i>low": None, "$$$": 200})
    people = people.assign(side=people["side"].map({"left": "<u>", "right": "$\\frac$"}))
    page = audit(policy, rows, people, draws=4, **OWN).html()
    Page(page)
    assert "<b>" not in page and "<i>" not in page and "<u>" not in page


def test_save_writes_once(report, tmp_path):
    path = tmp_path / "Prüfung 审计.html"
    assert report.save(path) == path and path.read_text(encoding="utf-8") == report.html()
    with pytest.raises(DataError, match="exists already"):
        report.save(path)
    with pytest.raises(DataError, match="no folder"):
        report.save(tmp_path / "nowhere" / "audit.html")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda d: audit(SPEND, d, as_of="2052-01-01"), "2052-01-01, outside the transactions"),
        (lambda d: audit(SPEND, d, as_of="yesterday"), "as_of is 'yesterday'; a date was expected"),
        (lambda d: audit(SPEND, d, months=0), "months is 0"),
        (lambda d: audit(SPEND, d, horizon=1.5), "horizon is 1.5"),
        (lambda d: audit(SPEND, d, draws=1), "draws is 1"),
        (lambda d: audit(SPEND, d, attributes=["town"]), "no attribute 'town'"),
        (lambda d: audit(SPEND, d.transactions.head(0)), "transactions is empty"),
        (lambda d: audit(SPEND, d.transactions.assign(amount=np.nan)), "have no usable value"),
        (lambda d: audit(SPEND, d.transactions.drop(columns="amount")), "no column 'amount'"),
        (lambda d: audit(SPEND, "text"), "transactions is a str"),
        (lambda d: audit(SPEND, crmlab.load("bank")), "'bank' has no table of transactions"),
        (lambda d: audit(TierPolicy("p", "points", {"a": None, "b": 1}), d), "measures 'points'.*customer summary"),
        (lambda d: audit(SPEND, d.transactions, "people"), "customers is a str"),
        (lambda d: audit(SPEND, d.transactions, d.customers.drop(columns="customer_id")), "customers has no column"),
        (
            lambda d: audit(SPEND, d.transactions, pd.concat([d.customers, d.customers.head(3)])),
            "3 customers stand there",
        ),
        (lambda d: audit(SPEND, d, profit=d.customers), "profit has no column 'profit'"),
        (lambda d: audit(SPEND, d, profit=[1.0]), "profit is a list"),
        (lambda d: audit(SPEND, d, profit=pd.Series([np.nan], index=["C0000001"])), "a finite number for each"),
        (
            lambda d: audit(SPEND, d, profit=pd.Series([1.0, 2.0], index=["C0000001"] * 2)),
            "1 customers stand there twice",
        ),
    ],
)
def test_what_it_refuses(retail, call, says):
    with pytest.raises(CrmlabError, match=says) as caught:
        call(retail)
    assert str(caught.value).count("\n") <= 1


def test_it_does_not_collect_behind_ones_back(own):
    duckdb = pytest.importorskip("duckdb")
    with pytest.raises(DataError, match="not in memory"):
        audit(SPEND, duckdb.from_df(own[0]), **OWN)
