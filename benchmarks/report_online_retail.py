"""Time `crmlab report` on Online Retail, as CSV and as Parquet, against plain pandas.

    python benchmarks/report_online_retail.py

Each run is a fresh process, as on the command line. The peer reads the same file with pandas, multiplies and
adds up by customer: the least that any report must do. Printed: medians of 5 runs, and the ratio.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from crmlab.datasets import verified

COLUMNS = ["--customer", "CustomerID", "--date", "InvoiceDate", "--amount", "Quantity*UnitPrice"]
PEER = """
import sys
import pandas as pd
read = pd.read_parquet if sys.argv[1].endswith("parquet") else pd.read_csv
table = read(sys.argv[1])
print(len((table["Quantity"] * table["UnitPrice"]).groupby(table["CustomerID"]).sum()))
"""


class Cost(NamedTuple):
    """What one process took; CPU and memory are missing where the system cannot tell (Windows)."""

    wall: float
    cpu: float
    memory: float


def main() -> None:
    """Run the comparison and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}")
    print(f"{'':<10}{'':<10}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        parquet = Path(folder) / "online_retail.parquet"
        shutil.copyfile(verified("online_retail/online_retail.parquet"), parquet)
        text = parquet.with_suffix(".csv")
        pd.read_parquet(parquet).to_csv(text, index=False, encoding="utf-8")
        page = Path(folder) / "page.html"
        for table in (text, parquet):
            report = [sys.executable, "-m", "crmlab", "report", str(table), *COLUMNS, "--out", str(page), "--force"]
            ours = median(report, runs)
            peer = median([sys.executable, "-c", PEER, str(table)], runs)
            show(table.suffix[1:], "report", ours)
            show("", "pandas", peer)
            show("", "ratio", Cost(*(a / b for a, b in zip(ours, peer, strict=True))))
        print(f"page: {page.stat().st_size / 1000:,.0f} kB")


def median(command: list[str], runs: int) -> Cost:
    """The median of each cost over some runs of a command."""
    costs = [cost(command) for _ in range(runs)]
    return Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))


def cost(command: list[str]) -> Cost:
    """Run a command and measure it."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    if hasattr(os, "wait4"):  # not on Windows
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes on macOS, kilobytes elsewhere
        found = Cost(time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / unit)
    else:
        process.wait()
        found = Cost(time.perf_counter() - start, float("nan"), float("nan"))
    if process.returncode:
        raise SystemExit(f"failed: {' '.join(command)}")
    return found


def show(table: str, what: str, values: Cost) -> None:
    """Print one line of the table."""
    print(
        f"{table:<10}{what:<10}{values.wall:>8.2f}{values.cpu:>8.2f}{values.memory:>9,.{2 if what == 'ratio' else 0}f}"
    )


if __name__ == "__main__":
    main()
