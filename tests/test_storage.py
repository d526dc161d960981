"""Files larger than memory: opened, summarised in batches, written whole or not at all."""

import duckdb
import pandas as pd
import pytest

import crmlab
from crmlab.errors import DataError
from crmlab.summary import keep, summarize_in_batches

AS_OF = "2025-12-28"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("Käufe 交易")
    orders = crmlab.load("retail").transactions[["customer_id", "date", "amount"]]
    for i, part in enumerate((orders.iloc[:9_000], orders.iloc[9_000:])):
        part.to_parquet(folder / f"part-{i}.parquet", index=False)
    orders.to_csv(folder / "all.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def expected():
    return crmlab.summarize(crmlab.load("retail").transactions, AS_OF)


def test_a_file_a_folder_a_pattern_and_csv(files, expected):
    for where in (files, files / "part-*.parquet", str(files / "*.parquet"), files / "all.csv"):
        found = crmlab.summarize(crmlab.open(where), AS_OF).df().sort_values("customer_id", ignore_index=True)
        assert found["revenue"].tolist() == expected["revenue"].tolist()
    assert crmlab.open(files / "part-0.parquet").shape[0] == 9_000


def test_what_cannot_be_opened_is_named(files, tmp_path):
    with pytest.raises(DataError, match=r"No file matches .*none"):
        crmlab.open(tmp_path / "none-*.parquet")
    with pytest.raises(DataError, match="No file matches"):
        crmlab.open(tmp_path)  # an empty folder
    (tmp_path / "x.parquet").write_bytes(b"no parquet")
    with pytest.raises(DataError, match="cannot be opened"):
        crmlab.open(tmp_path / "x.parquet")
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="neither Parquet nor CSV"):
        crmlab.open(tmp_path / "x.json")
    with pytest.raises(DataError, match="cannot be opened"):
        crmlab.open(files, memory="plenty")


def test_memory_and_threads_are_those_of_the_connection(files):
    own = duckdb.connect()
    crmlab.open(files, memory="300MB", threads=1, connection=own)
    ((limit, threads),) = own.sql("select current_setting('memory_limit'), current_setting('threads')").fetchall()
    assert limit == "286.1 MiB" and int(threads) == 1


def test_batches_give_the_same_customers_and_go_on_where_they_stopped(files, expected, tmp_path):
    out, seen = tmp_path / "summary", []
    found = summarize_in_batches(
        crmlab.open(files), out, AS_OF, batches=3, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    table = found.df().sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(table, expected, check_dtype=False)
    (out / "batch-001-of-003.parquet").unlink()
    first = (out / "batch-000-of-003.parquet").stat().st_mtime_ns
    again = summarize_in_batches(crmlab.open(files), out, AS_OF, batches=3)
    assert again.shape == found.shape
    assert (out / "batch-000-of-003.parquet").stat().st_mtime_ns == first
    with pytest.raises(DataError, match="is no part of this summary"):
        summarize_in_batches(crmlab.open(files), out, AS_OF, batches=4)
    with pytest.raises(DataError, match="batches is 0"):
        summarize_in_batches(crmlab.open(files), tmp_path / "none", AS_OF, batches=0)


def test_a_failed_write_leaves_nothing_behind(files, tmp_path, monkeypatch):
    import narwhals as nw

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(nw.LazyFrame, "sink_parquet", full)
    with pytest.raises(OSError, match="No space"):
        keep(crmlab.open(files), tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.spark
def test_spark_writes_a_folder_that_is_read_again(files, expected, tmp_path, spark):
    frame = spark.read.parquet(str(files / "part-0.parquet"), str(files / "part-1.parquet"))
    out = keep(crmlab.summarize(frame, AS_OF), tmp_path / "summary")
    assert pd.read_parquet(out)["revenue"].sum() == pytest.approx(expected["revenue"].sum())
    assert spark.read.parquet(str(out)).count() == len(expected)
