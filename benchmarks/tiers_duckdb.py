"""Summary, RFM, ABC and tiers from Parquet with DuckDB, beside SQL written by hand.

    python benchmarks/tiers_duckdb.py [--rows 10000000] [--customers 1000000] [--memory 6GB] [--runs 3] [--folder DIR]

Each run is a process of its own, measured once its imports are done. The SQL is what one would write: one summary,
`ntile` for the scores, a cumulative window for the classes; its labels depend on the order of equal rows, ours do not.
Medians of CPU seconds and of the wall clock, and the peak of the resident memory. The made-up transactions stay in the
folder if you name one.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

AS_OF = "2025-12-31"
SQL = f"""
COPY (
WITH per_day AS (
  SELECT customer_id, date, sum(cents) AS cents, sum(greatest(cents, 0)) AS bought, max(cents >= 0) AS buys
  FROM (SELECT customer_id, date, CAST(round(amount * 100) AS BIGINT) AS cents FROM read_parquet('$FILES')
        WHERE date <= DATE '{AS_OF}')
  GROUP BY customer_id, date),
summary AS (
  SELECT customer_id, count(*) FILTER (buys) AS orders, min(date) FILTER (buys) AS first_date,
         max(date) FILTER (buys) AS last_date, sum(bought) AS bought, sum(cents) / 100.0 AS revenue,
         arg_min(bought, date) FILTER (buys) AS first_bought
  FROM per_day GROUP BY customer_id HAVING count(*) FILTER (buys) > 0),
measured AS (
  SELECT customer_id, orders - 1 AS frequency, datediff('day', first_date, last_date) AS recency,
         datediff('day', first_date, DATE '{AS_OF}') AS T,
         CASE WHEN orders > 1 THEN (bought - first_bought) / (orders - 1) / 100.0 END AS monetary_value,
         orders, revenue, first_date, last_date, datediff('day', last_date, DATE '{AS_OF}') AS days_since_last
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
FROM scored) TO '$OUT' (FORMAT parquet)
"""
OURS = f"""
import crmlab
from pathlib import Path
orders = crmlab.open(FILES, memory=MEMORY)
if BATCHES > 1:
    customers = crmlab.summary.summarize_in_batches(orders, OUT + "-summary", {AS_OF!r}, batches=BATCHES)
else:
    customers = crmlab.open(crmlab.keep(crmlab.summarize(orders, {AS_OF!r}), OUT + "-summary.parquet"))
policy = crmlab.TierPolicy("tiers", "revenue", {{"regular": None, "silver": 150, "gold": 500, "vip": 1500}})
crmlab.keep(policy.assign(crmlab.abc_classes(crmlab.rfm_scores(customers))), OUT)
"""
THEIRS = """
import duckdb
duckdb.execute("SET memory_limit = ?", [MEMORY])
duckdb.execute(SQL.replace("$FILES", FILES).replace("$OUT", OUT))
"""
MEASURE = """
import json, sys, time
import duckdb, pandas
import crmlab.summary, crmlab.tiering
began, spent = time.perf_counter(), time.process_time()
exec(sys.argv[1])
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
except ImportError:
    peak = float("nan")
print(json.dumps({"wall": time.perf_counter() - began, "cpu": time.process_time() - spent, "peak": peak}))
"""


def make(folder: Path, rows: int, customers: int) -> str:
    """Transactions of three years in files of 10 million: few customers order much, many order once."""
    folder.mkdir(parents=True, exist_ok=True)
    for part, start in enumerate(range(0, rows, 10_000_000)):
        file = folder / f"part-{part:03d}.parquet"
        if not file.exists():
            stop = min(start + 10_000_000, rows)
            duckdb.execute(f"""COPY (
              SELECT CAST(floor({customers} * pow(hash(i) / 18446744073709551616.0, 2.0)) AS BIGINT) AS customer_id,
                     DATE '2023-01-01' + CAST(hash(i + 1) % 1090 AS INTEGER) AS date,
                     round(-30 * ln((hash(i + 2) % 1000003 + 1) / 1000004.0), 2)
                       * CASE WHEN hash(i + 3) % 10 = 0 THEN -0.5 ELSE 1 END AS amount
              FROM range({start}, {stop}) t(i)) TO '{file.as_posix()}' (FORMAT parquet)""")
    return (folder / "part-*.parquet").as_posix()


def measure(code: str, **names: object) -> dict[str, float]:
    """Run code in a fresh process; CPU seconds of all its threads."""
    head = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    done = subprocess.run([sys.executable, "-c", MEASURE, head + code], capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout[done.stdout.rindex("{") :])  # DuckDB may draw a progress bar before it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--memory", default="6GB", help="of DuckDB; both sides get the same")
    parser.add_argument("--batches", type=int, default=1, help="ours alone: batches of customers")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", help="where the made-up transactions are kept")
    parser.add_argument("--alone", action="store_true", help="leave the SQL out")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, {platform.system()}")
    print(f"{options.rows:,} transactions, {options.customers:,} customers, memory {options.memory}")
    if options.folder:
        Path(options.folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        base = Path(options.folder or scratch) / f"rows-{options.rows}-{options.customers}"
        files = make(base, options.rows, options.customers)
        sides = {"crmlab": OURS} if options.alone else {"crmlab": OURS, "SQL": THEIRS}
        found: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
        for run in range(options.runs):
            for name, code in sides.items():
                out = (Path(scratch) / f"{name}-{run}.parquet").as_posix()
                known = {"FILES": files, "OUT": out, "MEMORY": options.memory, "SQL": SQL, "BATCHES": options.batches}
                found[name].append(measure(code, **known))
                print(f"  {name:<7}" + "".join(f" {key} {value:,.1f}" for key, value in found[name][-1].items()))
    middle = {
        name: {key: statistics.median(run[key] for run in runs) for key in ("cpu", "wall", "peak")}
        for name, runs in found.items()
    }
    for name, values in middle.items():
        print(f"{name:<7} CPU {values['cpu']:8.1f} s, wall {values['wall']:8.1f} s, peak {values['peak']:,.0f} MB")
    if not options.alone:
        ratios = {key: middle["crmlab"][key] / value for key, value in middle["SQL"].items()}
        print("ratio   " + ", ".join(f"{key} {ratio:.2f}" for key, ratio in ratios.items()))


if __name__ == "__main__":
    main()
