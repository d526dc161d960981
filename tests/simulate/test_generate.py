"""Large sets as files: the same rows however the work is divided, nothing lost, nothing overwritten."""

import json
import shutil
import subprocess
import sys

import duckdb
import pandas as pd
import pytest

from crmlab.errors import DataError, UnknownNameError
from crmlab.simulate import generate as g
from crmlab.simulate import streams
from crmlab.simulate.retail import simulate_retail

JOB = g.Job("retail", 2 * streams.BLOCK + 500, seed=3, truth=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("Daten 客户") / "retail"
    seen = []
    totals = g.generate(JOB, folder, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    return folder, totals


def sums(folder):
    """Row counts and money of a set, by an engine that had no part in making it."""
    files = (folder / "transactions").as_posix()
    return duckdb.sql(
        "select count(*), count(distinct order_id), count(distinct customer_id), "
        f"sum(cast(round(amount * 100) as bigint)) from '{files}/*.parquet'"
    ).fetchall()[0]


def test_the_counts_are_those_of_the_files(made):
    folder, totals = made
    orders, unique, customers, _ = sums(folder)
    assert orders == unique == totals.loc["transactions", "rows"]
    assert totals.loc["customers", "rows"] == JOB.customers >= customers
    on_disk = sum(p.stat().st_size for p in folder.rglob("part-*"))
    assert totals["bytes"].sum() == on_disk
    assert (folder / "truth" / "customers").is_dir()
    assert not list(folder.rglob(".part*"))


def test_what_is_spread_over_the_blocks_is_added_up(made):
    folder, totals = made
    costs = pd.read_parquet(folder / "acquisition_costs")
    whole = simulate_retail(JOB.customers, JOB.seed)[0]["acquisition_costs"]
    pd.testing.assert_frame_equal(costs, whole)
    assert totals.loc["acquisition_costs", "rows"] == len(whole) == 144
    assert g.generate(JOB, folder).equals(totals)  # once more: nothing is added twice


def test_a_bank_can_have_monthly_statements(tmp_path):
    quarterly = g.generate(g.Job("bank", 300, seed=2), tmp_path / "quarterly")
    monthly = g.generate(g.Job("bank", 300, seed=2, monthly=True), tmp_path / "monthly")
    assert 2.7 < monthly.loc["balances", "rows"] / quarterly.loc["balances", "rows"] < 3.3
    few, many = (pd.read_parquet(tmp_path / kind / "balances") for kind in ("quarterly", "monthly"))
    at = ["customer_id", "month", "deposits", "loans"]
    assert len(few[at].merge(many[at])) == len(few)  # quarterly balances are among the monthly ones
    # flows add up; who leaves between two quarter-ends has monthly statements after the last quarterly one
    still = few.loc[few["month"] == few["month"].max(), "customer_id"]
    flows = [t[t["customer_id"].isin(still)][["payments", "turnover"]].sum().round(2).tolist() for t in (few, many)]
    assert flows[0] == flows[1]


def test_several_workers_make_the_same_files(made, tmp_path):
    folder, totals = made
    other = tmp_path / "two"
    pd.testing.assert_frame_equal(g.generate(JOB, other, workers=2), totals)
    for part in folder.rglob("part-*"):
        assert part.read_bytes() == (other / part.relative_to(folder)).read_bytes(), part.name


def test_blocks_do_not_depend_on_each_other(made, tmp_path):
    folder, _ = made
    alone = g._prepare(JOB, tmp_path / "alone")
    g.write_block(JOB, alone, 1, streams.BLOCK)
    part = "transactions/part-00001.parquet"
    assert (alone / part).read_bytes() == (folder / part).read_bytes()


def test_a_killed_run_goes_on_where_it_stopped(made, tmp_path):
    folder, totals = made
    target = tmp_path / "killed"
    code = (
        "import os, sys\nfrom crmlab.simulate import generate as g\n"
        f"job = g.Job('retail', {JOB.customers}, seed=3, truth=True)\n"
        "g.generate(job, sys.argv[1], progress=lambda done, total: done < 1 or os._exit(9))\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(target)])
    assert killed.returncode == 9
    (target / "transactions" / ".part-00001.parquet.123").write_bytes(b"half")
    first = target / "transactions" / "part-00000.parquet"
    stamp = first.stat().st_mtime_ns
    pd.testing.assert_frame_equal(g.generate(JOB, target), totals)
    assert first.stat().st_mtime_ns == stamp  # what was finished was not made again
    assert sums(target) == sums(folder)


@pytest.mark.parametrize("name", ["bank", "auto"])
def test_the_other_companies_are_made_too(name, tmp_path):
    totals = g.generate(g.Job(name, 300, seed=2, truth=True), tmp_path / name)
    assert totals.loc["customers", "rows"] == totals.loc["truth/customers", "rows"] == 300
    assert (totals["rows"] > 0).mean() > 0.8


def test_csv_holds_the_same(tmp_path):
    small = g.Job("retail", 300, seed=5, format="csv")
    g.generate(small, tmp_path / "csv")
    g.generate(g.Job("retail", 300, seed=5), tmp_path / "parquet")
    text = pd.read_csv(tmp_path / "csv" / "transactions" / "part-00000.csv", dtype={"order_id": "str"})
    columns = pd.read_parquet(tmp_path / "parquet" / "transactions" / "part-00000.parquet")
    assert text["amount"].tolist() == columns["amount"].tolist()
    assert text["order_id"].tolist() == columns["order_id"].tolist()


@pytest.mark.spark
def test_a_spark_cluster_makes_the_same_rows(made, tmp_path, spark):
    folder, totals = made
    pd.testing.assert_frame_equal(g.generate_on_spark(spark, JOB, str(tmp_path / "spark")), totals)
    assert sums(tmp_path / "spark") == sums(folder)


def test_another_job_does_not_touch_a_folder(made):
    folder, _ = made
    before = sorted(p.name for p in folder.rglob("*"))
    with pytest.raises(DataError, match="its seed is 3, not 4"):
        g.generate(g.Job("retail", JOB.customers, seed=4, truth=True), folder)
    assert sorted(p.name for p in folder.rglob("*")) == before


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DataError, match="is not empty"):
        g.generate(JOB, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(DataError, match="is a file"):
        g.generate(JOB, tmp_path / "letter.txt")


def test_a_damaged_manifest_is_told(tmp_path):
    (tmp_path / g.MANIFEST).write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="damaged"):
        g.generate(JOB, tmp_path)


def test_a_full_disk_is_told_and_leaves_no_half_file(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(DataError, match="The disk is full"):
        g.generate(g.Job("retail", 50, seed=1), tmp_path / "x")
    assert not list((tmp_path / "x").rglob("*part*"))


def test_too_little_space_is_told_before_it_runs_out(tmp_path, monkeypatch):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(g.shutil, "disk_usage", lambda _: usage._replace(free=1_000))
    with pytest.raises(DataError, match="GB are free"):
        g.generate(JOB, tmp_path / "x")
    assert json.loads((tmp_path / "x" / g.MANIFEST).read_text(encoding="utf-8"))["seed"] == 3


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: g.Job("retial", 10, 1), UnknownNameError, "Did you mean 'retail'"),
        (lambda: g.Job("retail", 0, 1), DataError, "at least 1"),
        (lambda: g.Job("retail", 1.5, 1), DataError, "whole number"),
        (lambda: g.Job("retail", 10, -1), DataError, "0 or more"),
        (lambda: g.Job("retail", 10, 1, "xls"), DataError, "'parquet' or 'csv'"),
        (lambda: g.Job("retail", 10, 1, monthly=True), DataError, "for the balances of 'bank'"),
        (lambda: g.generate(JOB, "x", workers=0), DataError, "at least 1"),
    ],
)
def test_impossible_jobs_are_refused(make, error, says):
    with pytest.raises(error, match=says):
        make()
