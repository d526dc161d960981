import pandas as pd
import pytest

import crmlab
from crmlab import datasets, shipped
from crmlab.errors import DataError, UnknownNameError
from crmlab.schema import check, columns_of_company
from crmlab.simulate.files import card_columns, write_checksums, write_class_set

COMPANIES = list(datasets.CLASS_SIZES)


@pytest.fixture(scope="module", params=COMPANIES)
def company(request):
    return crmlab.load(request.param, truth=True)


def test_the_truth_is_there_only_when_asked_for():
    for name in COMPANIES:
        data = crmlab.load(name)
        with pytest.raises(DataError, match="truth=True"):
            _ = data.truth
        hidden = set(columns_of_company(name)[1]["customers"]) - set(columns_of_company(name)[0]["customers"])
        assert not any(hidden & set(table.columns) for table in data.tables.values())


def test_every_table_passes_its_contract(company):
    visible, hidden = columns_of_company(company.name)
    for name in visible:
        check(getattr(company, name), f"{company.name}.{name}")
    for name in hidden:
        check(getattr(company.truth, name), f"{company.name}.truth.{name}")


def test_shipped_files_are_made_anew_byte_for_byte(company, tmp_path):
    made = write_class_set(company.name, tmp_path / company.name)
    assert {p.relative_to(tmp_path) for p in made} == {
        p.relative_to(shipped.folder()) for p in (shipped.folder() / company.name).rglob("*.csv")
    }
    for path in made:
        assert path.read_bytes() == (shipped.folder() / path.relative_to(tmp_path)).read_bytes(), path.name


def test_checksums_cover_every_shipped_data_file(tmp_path):
    for path in shipped.folder().rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(shipped.folder())
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    expected = (shipped.folder() / "SHA256SUMS").read_bytes()
    assert write_checksums(tmp_path).read_bytes() == expected


def test_what_is_read_equals_what_is_simulated(company):
    name = company.name
    tables, truth = datasets.simulate(name, datasets.CLASS_SIZES[name], datasets.CLASS_SEEDS[name])
    for name, table in tables.items():
        pd.testing.assert_frame_equal(getattr(company, name), table, check_exact=True)
    for name, table in truth.items():
        pd.testing.assert_frame_equal(getattr(company.truth, name), table, check_exact=True)


def test_a_student_gets_the_same_data_everywhere_and_others_get_other_data():
    mine, again, yours = (crmlab.load("retail", size=60, student=s).transactions for s in ("s1", " s1 ", "s2"))
    pd.testing.assert_frame_equal(mine, again)
    assert not mine.equals(yours)


def test_loading_twice_gives_tables_that_do_not_share_memory():
    first, second = crmlab.load("retail"), crmlab.load("retail")
    first.transactions.loc[:, "amount"] = 0.0
    assert second.transactions["amount"].sum() > 0


def test_works_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert len(crmlab.load("cdnow").transactions) == 6_919


def test_cdnow_is_the_published_sample():
    purchases = crmlab.load("cdnow").transactions
    assert (len(purchases), purchases["customer_id"].nunique()) == (6_919, 2_357)
    assert str(purchases["date"].min().date()) == "1997-01-01"
    assert str(purchases["date"].max().date()) == "1998-06-30"


def test_online_retail_comes_as_it_is():
    raw = crmlab.load("online_retail").transactions
    assert len(raw) == 541_909
    assert raw["CustomerID"].isna().sum() == 135_080
    assert raw.duplicated().sum() == 5_268
    assert raw["InvoiceNo"].str.startswith("C").sum() == 9_288


def test_online_retail_cleaned_counts_every_line():
    data = crmlab.load("online_retail", clean=True)
    report = data.cleaning
    assert report["rows_left"].iloc[0] - report["rows"].sum() == report["rows_left"].iloc[-1] == len(data.transactions)
    check(data.transactions.drop_duplicates("order_id"), "transactions")
    raw = crmlab.load("online_retail").transactions.drop_duplicates().dropna(subset=["CustomerID"])
    expected = (raw["Quantity"] * raw["UnitPrice"]).sum()
    assert data.transactions["amount"].sum() == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: crmlab.load("retial"), UnknownNameError, "Did you mean 'retail'"),
        (lambda: crmlab.describe("cdnw"), UnknownNameError, "Did you mean 'cdnow'"),
        (lambda: crmlab.load("retail", size="huge"), DataError, "'small', 'class', 'large'"),
        (lambda: crmlab.load("retail", size=0), DataError, "from 1 to"),
        (lambda: crmlab.load("retail", size=True), DataError, "from 1 to"),
        (lambda: crmlab.load("retail", seed=-1), DataError, "0 or more"),
        (lambda: crmlab.load("retail", seed=1, student="s"), DataError, "not both"),
        (lambda: crmlab.load("cdnow", clean=True), DataError, "nothing to clean"),
        (lambda: crmlab.load("cdnow", truth=True), DataError, "nobody knows"),
        (lambda: crmlab.load("cdnow", seed=3), DataError, "one size"),
    ],
)
def test_bad_wishes_get_a_clear_answer(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_an_absent_table_is_named_with_the_nearest():
    with pytest.raises(AttributeError, match="Did you mean 'transactions'"):
        _ = crmlab.load("retail").transaction


def test_a_changed_data_file_is_named_with_its_cure(tmp_path, monkeypatch):
    (tmp_path / "retail").mkdir()
    for name in ("retail/customers.csv", "retail/transactions.csv", "SHA256SUMS"):
        (tmp_path / name).write_bytes((shipped.folder() / name).read_bytes())
    changed = tmp_path / "retail" / "transactions.csv"
    changed.write_bytes(changed.read_bytes().replace(b"2023", b"2022", 1))
    monkeypatch.setattr(shipped, "folder", lambda: tmp_path)
    with pytest.raises(DataError, match=r"transactions\.csv is not the one that was shipped.*git checkout"):
        _ = crmlab.load("retail").transactions
    changed.unlink()
    with pytest.raises(DataError, match="cannot be read"):
        _ = crmlab.load("retail").transactions


@pytest.mark.parametrize("name", crmlab.list_datasets()["name"])
def test_each_set_has_a_card_with_licence_and_limits(name, capsys):
    crmlab.describe(name)
    card = capsys.readouterr().out
    assert "**Licence**" in card
    assert "**Known limits**" in card


def test_the_cards_list_the_tables_as_they_are(company):
    card = (shipped.folder() / company.name / "README.md").read_text(encoding="utf-8")
    assert card.endswith(card_columns(company.name))


def test_a_table_that_breaks_its_contract_is_told_where():
    orders = crmlab.load("retail").transactions.head(20).copy()
    orders.loc[3, "order_id"] = orders.loc[2, "order_id"]
    orders.loc[5:9, "customer_id"] = None
    with pytest.raises(DataError) as told:
        check(orders, "transactions")
    message = str(told.value)
    assert "column 'order_id', 2 rows break the rule 'each value occurs once'" in message
    assert "column 'customer_id', 5 rows break the rule 'no value is missing' (row 5" in message
    with pytest.raises(DataError, match="no column 'amount'"):
        check(orders.drop(columns="amount"), "transactions")
    with pytest.raises(UnknownNameError, match="Did you mean 'transactions'"):
        check(orders, "transaction")
