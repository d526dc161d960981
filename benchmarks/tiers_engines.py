"""Summary, RFM, ABC and tiers with pandas, polars or Spark, beside what one would write by hand in each.

    python benchmarks/tiers_engines.py pandas [--rows 1000000] [--customers 100000] [--runs 5]
    python benchmarks/tiers_engines.py polars --rows 10000000 --customers 1000000
    python benchmarks/tiers_engines.py spark --rows 10000000 --customers 1000000 --runs 3

The two sides take turns in one process, on the same frame in memory (Spark: the same Parquet files, with local[2]).
The hand-written side cuts ties by row order and sums money as floats, as one does; its results are otherwise the
same columns. Medians of CPU seconds, of this process and for Spark of the process it starts.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil

import crmlab

AS_OF = "2025-12-31"
POLICY = crmlab.TierPolicy("tiers", "revenue", {"regular": None, "silver": 150, "gold": 500, "vip": 1500})
TIERS = ["regular", "silver", "gold", "vip"]


def make(rows: int, customers: int) -> pd.DataFrame:
    """Transactions of three years: few customers order much, many order once; one row in ten is a return."""
    rng = np.random.default_rng(1)
    amount = np.round(rng.exponential(30, rows) + 0.01, 2)
    return pd.DataFrame(
        {
            "customer_id": (customers * rng.random(rows) ** 2).astype("int64"),
            "date": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 1090, rows), unit="D"),
            "amount": np.where(rng.random(rows) < 0.1, -amount / 2, amount).round(2),
        }
    )


def ours(frame: Any) -> Any:
    customers = crmlab.summarize(frame, AS_OF)
    return POLICY.assign(crmlab.abc_classes(crmlab.rfm_scores(customers)))


def by_hand_pandas(tx: pd.DataFrame) -> pd.DataFrame:
    end = pd.Timestamp(AS_OF)
    tx = tx[tx["date"] <= end]
    tx = tx.assign(bought=tx["amount"].clip(lower=0), buys=tx["amount"] >= 0)
    days = tx.groupby(["customer_id", "date"], as_index=False).agg(
        amount=("amount", "sum"), bought=("bought", "sum"), buys=("buys", "max")
    )
    buying = days[days["buys"]]
    c = buying.groupby("customer_id").agg(
        orders=("date", "size"), first_date=("date", "min"), last_date=("date", "max"), bought=("bought", "sum"),
        first_bought=("bought", "first"),
    )  # fmt: skip
    c["revenue"] = days.groupby("customer_id")["amount"].sum()
    c["frequency"] = c["orders"] - 1
    c["recency"] = (c["last_date"] - c["first_date"]).dt.days.astype(float)
    c["T"] = (end - c["first_date"]).dt.days.astype(float)
    c["monetary_value"] = ((c["bought"] - c["first_bought"]) / c["frequency"]).where(c["frequency"] > 0)
    c["days_since_last"] = (end - c["last_date"]).dt.days
    c = c.drop(columns=["bought", "first_bought"]).reset_index()
    for column, score, up in (("days_since_last", "r", False), ("orders", "f", True), ("revenue", "m", True)):
        c[f"{score}_score"] = pd.qcut(c[column].rank(method="first", ascending=up), 5, labels=False) + 1
    c["rfm"] = c["r_score"].astype(str) + c["f_score"].astype(str) + c["m_score"].astype(str)
    order = c["revenue"].sort_values(ascending=False).clip(lower=0)
    c["share"] = order.cumsum() / order.sum()
    c["abc"] = np.select([c["share"] <= 0.80, c["share"] <= 0.95], ["A", "B"], "C")
    c["tier"] = pd.cut(c["revenue"], [-np.inf, 150, 500, 1500, np.inf], right=False, labels=TIERS)
    return c


def by_hand_polars(tx: Any) -> Any:
    import polars as pl

    end = pd.Timestamp(AS_OF).to_pydatetime()
    days = (
        tx.filter(pl.col("date") <= end)
        .group_by("customer_id", "date")
        .agg(pl.col("amount").sum(), pl.col("amount").clip(0).sum().alias("bought"),
             (pl.col("amount") >= 0).any().alias("buys"))
    )  # fmt: skip
    buys = pl.col("buys")
    c = days.group_by("customer_id").agg(
        buys.sum().alias("orders"),
        pl.col("date").filter(buys).min().alias("first_date"),
        pl.col("date").filter(buys).max().alias("last_date"),
        pl.col("bought").sum(),
        pl.col("bought").filter(buys).get(pl.col("date").filter(buys).arg_min()).alias("first_bought"),
        pl.col("amount").sum().alias("revenue"),
    )
    repeats = pl.col("orders").cast(pl.Int64) - 1
    c = c.filter(pl.col("orders") > 0).with_columns(
        frequency=repeats,
        recency=(pl.col("last_date") - pl.col("first_date")).dt.total_days(),
        T=(end - pl.col("first_date")).dt.total_days(),
        monetary_value=pl.when(repeats > 0).then((pl.col("bought") - pl.col("first_bought")) / repeats),
        days_since_last=(end - pl.col("last_date")).dt.total_days(),
    )

    def fifth(column: str, up: bool) -> Any:
        place = pl.col(column).rank("ordinal", descending=not up)
        return 1 + (5 * (place.cast(pl.Int64) - 1)) // pl.len().cast(pl.Int64)

    c = c.with_columns(r_score=fifth("days_since_last", False), f_score=fifth("orders", True),
                       m_score=fifth("revenue", True))  # fmt: skip
    c = c.with_columns(rfm=pl.concat_str("r_score", "f_score", "m_score")).sort("revenue", descending=True)
    share = pl.col("revenue").clip(0).cum_sum() / pl.col("revenue").clip(0).sum()
    c = c.with_columns(share=share)
    return c.with_columns(
        abc=pl.when(pl.col("share") <= 0.80).then(pl.lit("A")).when(pl.col("share") <= 0.95).then(pl.lit("B"))
        .otherwise(pl.lit("C")),
        tier=pl.col("revenue").cut([150, 500, 1500], labels=TIERS, left_closed=True),
    )  # fmt: skip


SPARK_SQL = f"""
WITH per_day AS (
  SELECT customer_id, date, sum(amount) AS amount, sum(greatest(amount, 0)) AS bought, max(amount >= 0) AS buys
  FROM transactions WHERE date <= timestamp_ntz'{AS_OF}' GROUP BY customer_id, date),
summary AS (
  SELECT customer_id, count_if(buys) AS orders, min(date) FILTER (WHERE buys) AS first_date,
         max(date) FILTER (WHERE buys) AS last_date, sum(bought) AS bought, sum(amount) AS revenue,
         min_by(bought, date) FILTER (WHERE buys) AS first_bought
  FROM per_day GROUP BY customer_id HAVING count_if(buys) > 0),
measured AS (
  SELECT customer_id, orders - 1 AS frequency, datediff(last_date, first_date) AS recency,
         datediff(date'{AS_OF}', first_date) AS T,
         CASE WHEN orders > 1 THEN (bought - first_bought) / (orders - 1) END AS monetary_value,
         orders, revenue, first_date, last_date, datediff(date'{AS_OF}', last_date) AS days_since_last
  FROM summary),
scored AS (
  SELECT *, ntile(5) OVER (ORDER BY days_since_last DESC) AS r_score, ntile(5) OVER (ORDER BY orders) AS f_score,
         ntile(5) OVER (ORDER BY revenue) AS m_score,
         sum(greatest(revenue, 0)) OVER (ORDER BY revenue DESC ROWS UNBOUNDED PRECEDING)
           / sum(greatest(revenue, 0)) OVER () AS share
  FROM measured)
SELECT *, concat(r_score, f_score, m_score) AS rfm,
       CASE WHEN share <= 0.80 THEN 'A' WHEN share <= 0.95 THEN 'B' ELSE 'C' END AS abc,
       CASE WHEN revenue >= 1500 THEN 'vip' WHEN revenue >= 500 THEN 'gold' WHEN revenue >= 150 THEN 'silver'
            ELSE 'regular' END AS tier
FROM scored
"""


def spark_sides(rows: int, customers: int, folder: Path) -> dict[str, Callable[[], object]]:
    """Both sides read the same files and write theirs."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", "6g").config("spark.sql.shuffle.partitions", "8").getOrCreate()
    )  # fmt: skip
    spark.sparkContext.setLogLevel("ERROR")
    make(rows, customers).to_parquet(folder / "tx.parquet", index=False)
    tx = spark.read.parquet(str(folder / "tx.parquet"))
    tx.createOrReplaceTempView("transactions")

    def with_crmlab() -> None:
        stamp = time.time_ns()
        # the summary is used several times: written once, or Spark makes it again for each score
        summary = crmlab.keep(crmlab.summarize(tx, AS_OF), folder / f"summary-{stamp}")
        customers_ = spark.read.parquet(str(summary))
        crmlab.keep(POLICY.assign(crmlab.abc_classes(crmlab.rfm_scores(customers_))), folder / f"ours-{stamp}")

    return {
        "crmlab": with_crmlab,
        "by hand": lambda: spark.sql(SPARK_SQL).write.parquet(str(folder / f"hand-{time.time_ns()}")),
    }


def cpu() -> float:
    """CPU seconds of this process and of those it started."""
    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    return sum(t.user + t.system for t in (p.cpu_times() for p in family))


def sides(engine: str, rows: int, customers: int, folder: Path) -> dict[str, Callable[[], object]]:
    if engine == "spark":
        return spark_sides(rows, customers, folder)
    frame: Any = make(rows, customers)
    if engine == "pandas":
        return {"crmlab": lambda: ours(frame), "by hand": lambda: by_hand_pandas(frame)}
    import polars as pl

    lazy = pl.from_pandas(frame).lazy()

    def with_crmlab() -> object:
        # the summary is used several times: collected once, or polars makes it again for each score
        customers_ = crmlab.summarize(lazy, AS_OF).collect().lazy()
        return POLICY.assign(crmlab.abc_classes(crmlab.rfm_scores(customers_))).collect()

    return {"crmlab": with_crmlab, "by hand": lambda: by_hand_polars(lazy).collect()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=["pandas", "polars", "spark"])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        both = sides(options.engine, options.rows, options.customers, Path(folder))
        for run in range(options.runs + 1):  # the first warms up
            for name, work in both.items():
                began = cpu()
                work()
                if run:
                    found.setdefault(name, []).append(cpu() - began)
    print(f"Python {platform.python_version()}, {platform.system()}, {options.engine}, {options.runs} runs")
    print(f"{options.rows:,} transactions, {options.customers:,} customers")
    for name, times in found.items():
        print(f"{name:<8} {statistics.median(times):8.2f} CPU s")
    ratio = statistics.median(a / b for a, b in zip(found["crmlab"], found["by hand"], strict=True))
    print(f"ratio    {ratio:8.2f}")


if __name__ == "__main__":
    main()
