"""The page: right numbers, self-contained, escaped, accessible, the same bytes for the same input."""

from __future__ import annotations

import html
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmlab.report import read_transactions, write_report
from crmlab.report.facts import DEFAULT_POLICY, compute
from crmlab.report.page import render
from crmlab.tiering import TierPolicy

COLUMNS = {"customer": "who", "date": "day", "amount": "pieces * price"}


class Outline(HTMLParser):
    """Collect tags with their attributes, and check that they close in order."""

    VOID = ("meta", "img", "link", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    n = 3_000
    frame = pd.DataFrame(
        {
            "who": rng.pareto(1.2, n).astype(int).clip(0, 400).astype(str),
            "day": pd.Timestamp(2024, 1, 1) + pd.to_timedelta(rng.integers(0, 500, n), unit="D"),
            "pieces": rng.integers(-1, 9, n),
            "price": rng.lognormal(2, 1, n).round(2),
        }
    )
    frame["who"] = "C" + (rng.integers(0, 300, n)).astype(str)
    frame.loc[rng.random(n) < 0.05, "who"] = None
    frame.loc[rng.random(n) < 0.02, "price"] = None
    frame.loc[frame.index[:3], "who"], frame.loc[frame.index[:3], "pieces"] = "only returns", -1
    return pd.concat([frame, frame.iloc[100:120]], ignore_index=True)


@pytest.fixture(scope="module")
def path(orders, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("report") / "orders.csv"
    orders.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def facts(path):
    return compute(read_transactions(path, **COLUMNS), path.name)


@pytest.fixture(scope="module")
def page(path) -> str:
    return write_report(path, **COLUMNS, out=path.with_name("page.html"), currency="€").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def by_hand(orders) -> pd.DataFrame:
    """One row a customer in plain pandas, written without a look at the package."""
    used = orders.dropna(subset=["who", "price"]).assign(value=lambda f: (f["pieces"] * f["price"]).round(2))
    bought = used[used["value"] >= 0]
    customers = pd.DataFrame(
        {
            "orders": bought.groupby("who")["day"].nunique(),
            "revenue": used.groupby("who")["value"].sum(),
            "last": bought.groupby("who")["day"].max(),
        }
    ).dropna()
    return customers.assign(days=(used["day"].max() - customers["last"]).dt.days)


# --- numbers


def test_tier_table_against_plain_pandas(facts, by_hand):
    less = by_hand["revenue"].rank(method="min") - 1
    place = less / len(by_hand)
    tier = np.select([place >= 0.95, place >= 0.8, place >= 0.5], ["vip", "gold", "silver"], "regular")
    expected = (
        by_hand.groupby(tier)["revenue"].agg(["size", "sum", "mean", "min"]).loc[["vip", "gold", "silver", "regular"]]
    )
    table = facts["tiers"]["table"]
    assert table.index.tolist() == expected.index.tolist()
    assert table["customers"].tolist() == expected["size"].tolist()
    for column, other in (("revenue", "sum"), ("mean_revenue", "mean"), ("from", "min")):
        assert table[column].to_numpy() == pytest.approx(expected[other].to_numpy())
    assert table["share_of_customers"].to_numpy() == pytest.approx(expected["size"].to_numpy() / len(by_hand))
    assert table["share_of_revenue"].to_numpy() == pytest.approx(expected["sum"].to_numpy() / by_hand["revenue"].sum())


def test_overview_against_plain_pandas(facts, by_hand):
    overview = facts["overview"]
    assert overview["customers"] == len(by_hand)
    assert overview["purchases"] == by_hand["orders"].sum()
    assert overview["revenue"] == pytest.approx(by_hand["revenue"].sum())
    assert overview["once"] == (by_hand["orders"] == 1).sum()
    best = by_hand["revenue"].sort_values(ascending=False)
    whole, part = divmod(0.2 * len(best), 1)
    top = best.iloc[: int(whole)].sum() + part * best.iloc[int(whole)]
    assert overview["top_share"] == pytest.approx(top / best.sum())


def test_abc_and_segment_tables_cover_everybody(facts, by_hand):
    for section in ("concentration", "rfm"):
        table = facts[section]["table"]
        assert table["customers"].sum() == len(by_hand)
        assert table["revenue"].sum() == pytest.approx(by_hand["revenue"].sum())
        assert table["share_of_revenue"].sum() == pytest.approx(1)
    best = by_hand["revenue"].sort_values(ascending=False)
    in_a = (best.clip(lower=0).cumsum().shift(fill_value=0) < 0.8 * best.clip(lower=0).sum()).sum()
    assert facts["concentration"]["table"].loc["A", "customers"] == in_a


def test_median_days_since_last(facts, by_hand):
    customers = facts["customers"].set_index("customer_id")
    days = by_hand["days"].reindex(customers.index).groupby(customers["segment"]).median()
    table = facts["rfm"]["table"]["median_days_since_last"]
    assert table.to_dict() == days.reindex(table.index).to_dict()


def test_rows_add_up(facts, orders):
    check = facts["check"]
    assert check["rows_read"] == len(orders) == check["rows_used"] + sum(r["rows"] for r in check["set_aside"])
    counted = {r["reason"]: r["rows"] for r in check["set_aside"]}
    no_customer = int(orders["who"].isna().sum())
    assert counted == {
        "no customer": no_customer,
        "no amount": int((orders["who"].notna() & orders["price"].isna()).sum()),
    }
    assert check["duplicates"] == int(orders.duplicated().sum()) >= 20
    used = orders.dropna(subset=["who", "price"])
    value = (used["pieces"] * used["price"]).round(2)
    assert (check["returns"], check["zero"]) == ((value < 0).sum(), (value == 0).sum())
    assert check["returns_value"] == pytest.approx(value[value < 0].sum())
    assert check["no_purchase"] == 1
    assert check["value"] == pytest.approx(facts["overview"]["revenue"] + check["no_purchase_value"])


def test_as_of_sets_later_rows_aside(path, orders):
    facts = compute(read_transactions(path, **COLUMNS), path.name, as_of="2024-12-31")
    late = next(r for r in facts["check"]["set_aside"] if r["reason"] == "after the as-of date")
    usable = orders.dropna(subset=["who", "price"])
    assert late["rows"] == (usable["day"] > "2024-12-31").sum()
    assert facts["check"]["rows_read"] == len(orders)
    assert facts["overview"]["last"] <= pd.Timestamp("2024-12-31")


def test_numbers_of_the_paragraph_are_on_the_page(page, facts):
    overview = facts["overview"]
    text = " ".join(html.unescape(re.sub("<[^>]+>", "", page)).split())
    assert f"{overview['customers']:,} customers made {overview['purchases']:,} purchases" in text
    assert f"The top 20% of customers bring {overview['top_share']:.1%}" in text
    assert f"€{overview['revenue']:,.0f} after returns" in text
    assert f"vip, holds {int(overview['top_tier']['customers'])} customers" in text


# --- policy


@pytest.mark.parametrize(
    ("customers", "left_out", "tiers"),
    [(2, ["gold", "vip"], 2), (5, ["vip"], 3), (19, ["vip"], 3), (20, [], 4)],
)
def test_few_customers_get_a_coarser_policy_and_it_is_said(table, customers, left_out, tiers):
    rows = "".join(f"C{i},2025-01-01,1,{i + 1}\n" for i in range(customers))
    file = table("who,day,pieces,price\n" + rows)
    facts = compute(read_transactions(file, **COLUMNS), file.name)
    assert facts["tiers"]["left_out"] == left_out
    assert len(facts["tiers"]["table"]) == tiers
    text = render(facts, file.name, {**COLUMNS, "as_of": None})
    assert ("Coarser than usual" in text) == bool(left_out)
    paragraph = " ".join(re.sub("<[^>]+>", "", text.split('id="check"')[0]).split())
    assert ("nobody is in" in paragraph) == bool(left_out)
    if customers == 2:
        assert "The top tier with anybody in it, silver, holds 1 customer (50.0%)" in paragraph
        assert "of the revenue; nobody is in vip or gold." in paragraph
    assert not re.search(r"\b1 customers|of 0 customers", re.sub("<[^>]+>", "", text))


def test_policy_from_the_page_can_be_used_again(path, page, tmp_path):
    yaml = html.unescape(re.search(r"<pre>(.*?)</pre>", page, re.DOTALL)[1])
    assert TierPolicy.from_yaml(yaml) == DEFAULT_POLICY
    (tmp_path / "policy.yaml").write_text(yaml.replace("vip", "diamond"), encoding="utf-8")
    again = write_report(path, **COLUMNS, out=tmp_path / "p.html", policy=tmp_path / "policy.yaml").read_text("utf-8")
    assert '<th scope="row">diamond</th>' in again
    assert "--policy policy.yaml" in again


def test_tiers_by_another_measure_and_with_nobody_in_them(path, tmp_path):
    policy = TierPolicy("By orders", "orders", {"few": None, "many": 5, "no one": 10_000})
    text = write_report(path, **COLUMNS, out=tmp_path / "p.html", policy=policy).read_text(encoding="utf-8")
    assert "Lowest orders" in text
    assert re.search(r"no one</th><td>0</td><td>0.0%</td><td>0</td><td>0.0%</td><td>none</td><td>none</td>", text)


# --- the page itself


def test_page_needs_nothing_else(page):
    assert "http" not in page.lower()
    assert "//" not in re.sub(r"base64,[A-Za-z0-9+/=]+", "", page)
    outline = Outline(page)
    assert not outline.all("script") and not outline.all("link") and not outline.all("iframe")
    assert all(image["src"].startswith("data:image/png;base64,") for image in outline.all("img"))
    assert "url(" not in page and "@import" not in page
    assert len(page) < 400_000


def test_page_is_accessible(page):
    outline = Outline(page)
    assert outline.all("html")[0]["lang"] == "en"
    levels = [int(tag[1]) for tag, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert levels.count(1) == 1 and levels[0] == 1 and max(np.diff(levels)) <= 1
    assert all(len(image["alt"]) > 40 for image in outline.all("img"))
    assert len(outline.all("figure")) == len(outline.all("figcaption")) == len(outline.all("img")) == 4
    assert len(outline.all("table")) == len(outline.all("caption")) == 5
    assert all(cell.get("scope") in ("col", "row") for cell in outline.all("th"))
    assert len({a["id"] for _, a in outline.tags if "id" in a}) == 6


def test_same_input_same_bytes(path, page, tmp_path):
    again = write_report(path, **COLUMNS, out=tmp_path / "again.html", currency="€").read_text(encoding="utf-8")
    assert again == page


def test_no_path_of_this_machine(page, path):
    assert str(path.parent) not in page
    assert (
        'crmlab report orders.csv --customer who --date day --amount "pieces * price" --currency "€"'
        in html.unescape(page)
    )


@pytest.mark.parametrize(
    ("amount", "name", "shown"),
    [
        ("`Unit Price` * Quantity", "o.csv", '--amount "[Unit Price] * Quantity"'),
        ("[Unit Price] * Quantity", "my orders.csv", 'report "my orders.csv" --customer'),
        ("`a[` * 2", "o.csv", "--amount '`a[` * 2'"),
        ("US$ net", "o.csv", "--amount 'US$ net'"),
        ("it's $", "o.csv", r"--amount 'it'\''s $'"),
    ],
)
def test_the_command_survives_a_shell(facts, amount, name, shown):
    text = html.unescape(render(facts, name, {**COLUMNS, "amount": amount, "as_of": None}))
    command = re.search('<pre class="wrap">(.*?)</pre>', text)[1]
    assert shown in command
    meant = shlex.split(command)[shlex.split(command).index("--amount") + 1]
    assert meant.replace("[", "`").replace("]", "`") == amount.replace("[", "`").replace("]", "`")
    assert "run in the folder of the file" in text


def test_what_users_write_is_escaped(table):
    evil = "<script>alert(1)</script>"
    rows = f'"{evil}",2025-01-01,9999,\n"$x_1$ & ""q""",2025-01-02,1,\n,2025-01-03,5,"{evil}"\n'
    file = table(f'"{evil}",day,"a""><img src=x>","<b>n</b>"\n{rows}')
    policy = TierPolicy("<i>p</i>", "revenue", {"$low_{": None, "<u>高</u> $\\frac$": 5})
    options = {"customer": evil, "date": "day", "amount": 'a"><img src=x>', "title": "<h1>t", "currency": "<s>"}
    text = write_report(file, **options, policy=policy, out=file.with_name("page.html")).read_text(encoding="utf-8")
    outline = Outline(text)
    assert not outline.all("script") and not outline.all("b") and not outline.all("i") and not outline.all("s")
    assert len(outline.all("img")) == 4
    assert html.escape(evil) in text
    assert text.count("<h1") == 1


def test_doubts_stand_in_the_first_section(table):
    file = table("who,day,pieces,price\nA,01/02/2099,1,1\nB,03/04/1960,2,1\n")
    text = write_report(file, **COLUMNS, out=file.with_name("page.html")).read_text(encoding="utf-8")
    first = html.unescape(text.split('id="check"')[0])
    assert "read as month/day/year, assumed" in first
    assert "1 date is after today" in first and "line 2, 2099-01-02" in first
    assert "1 date is before 1970" in first and "line 3, 1960-03-04" in first


def test_ways_to_print_money(facts):
    lost = facts["check"]["returns_value"]
    for currency, shown in (("£", f"-£{-lost:,.2f}"), ("EUR", f"{lost:,.2f} EUR"), ("", f"{lost:,.2f}")):
        assert f"<td>{shown}</td>" in render(facts, "a.csv", {**COLUMNS, "as_of": None}, currency)


def test_output_beside_the_table_unless_told(table):
    file = table("who,day,pieces,price\nA,2025-01-01,1,1\nB,2025-01-02,2,1\n", "my orders.v2.csv")
    assert write_report(file, **COLUMNS) == file.with_name("my orders.v2_report.html")
    assert sorted(p.name for p in file.parent.iterdir()) == ["my orders.v2.csv", "my orders.v2_report.html"]


@pytest.mark.parametrize("options", [[], ["--customer", "wo"]])
def test_command(path, tmp_path, options):
    command = [sys.executable, "-m", "crmlab", "report", str(path), "--customer", "who", "--date", "day"]
    command += ["--amount", "pieces*price", "--out", str(tmp_path / "page.html"), *options]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == (2 if options else 0)
    assert (tmp_path / "page.html").exists() != bool(options)
    if options:
        assert "no column 'wo'" in done.stderr and "Traceback" not in done.stderr
