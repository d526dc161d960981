"""From a moved slider to the data of the figure: what the threshold explorer works out at each move.

    python benchmarks/threshold_explorer.py [--customers 100000] [--runs 20]

Beside it the same numbers by hand with pandas: a cut, two sums by tier, and who changed. Medians of CPU seconds.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

import crmlab
from crmlab.widgets import with_entries

POLICY = crmlab.TierPolicy("tiers", "revenue", {"regular": None, "silver": 150, "gold": 500, "vip": 1500})


def cpu(work: Callable[[], object], runs: int) -> float:
    times = []
    for _ in range(runs):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    customers = pd.DataFrame({"revenue": rng.lognormal(5, 1.5, options.customers).round(2)})
    before = POLICY.assign(customers)["tier_rank"]

    def ours() -> object:
        moved = with_entries(POLICY, {"gold": 600.0})
        return moved.table(customers), int((moved.assign(customers)["tier_rank"] != before).sum())

    def by_hand() -> object:
        tier = pd.cut(customers["revenue"], [-np.inf, 150, 600, 1500, np.inf], right=False, labels=POLICY.names)
        sums = customers.groupby(tier, observed=False)["revenue"].agg(["size", "sum", "mean", "min"])
        return sums, sums / sums.sum(), int((tier.cat.codes != before).sum())

    ours(), by_hand()
    a, b = cpu(ours, options.runs), cpu(by_hand, options.runs)
    print(f"Python {platform.python_version()}, {platform.system()}, {options.customers:,} customers")
    print(f"crmlab  {a * 1000:6.1f} ms CPU\nby hand {b * 1000:6.1f} ms CPU\nratio   {a / b:6.2f}")


if __name__ == "__main__":
    main()
