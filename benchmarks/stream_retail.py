"""What a set larger than memory takes: time and peak memory while the retailer is streamed to Parquet.

    python benchmarks/stream_retail.py [--customers 200000] [--out FOLDER]

Two runs, the second ten times as large as the first, each in a process of its own. Time should grow ten times,
memory not at all. For 100 million orders: --customers 18500000.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

STREAM = """
import json, sys, time
from crmlab.simulate.generate import Job, generate
totals = generate(Job("retail", int(sys.argv[1]), seed=1), sys.argv[2])
try:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
except ImportError:  # Windows has no such count
    peak = float("nan")
print(json.dumps({"orders": int(totals.loc["transactions", "rows"]), "rows": int(totals["rows"].sum()),
                  "bytes": int(totals["bytes"].sum()), "cpu": time.process_time(), "peak": peak}))
"""


def stream(customers: int, folder: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", STREAM, str(customers), str(folder)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--out", help="where the files go for the time of the run; default: a temporary folder")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.system()}")
    with tempfile.TemporaryDirectory(dir=options.out) as folder:
        small = stream(options.customers // 10, Path(folder) / "small")
        large = stream(options.customers, Path(folder) / "large")
    for name, run in (("a tenth", small), ("the whole", large)):
        print(
            f"{name:<10} {run['orders']:>13,} orders, {run['rows']:>14,} rows, {run['bytes'] / 1e9:7.2f} GB, "
            f"{run['cpu']:8.1f} CPU s, peak {run['peak']:,.0f} MB"
        )
    print(f"ratio      CPU {large['cpu'] / small['cpu']:.1f}, peak memory {large['peak'] / small['peak']:.2f}")


if __name__ == "__main__":
    main()
