"""How fast the retailer is simulated, beside a loop over Faker and beside bare NumPy variates.

    python benchmarks/simulate.py [--customers 100000] [--runs 3]

All in one run and one process; medians of CPU seconds. A *record* is a row of a table. The Faker loop makes
the record of one customer (name, address, phone, e-mail, birth date); NumPy draws as many gamma variates as
the simulated tables have cells.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable

import numpy as np
from faker import Faker

from crmlab.simulate import streams
from crmlab.simulate.retail import simulate_retail_block

FAKED = 1_000


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def faker_loop() -> None:
    fake = Faker("en_GB")
    for _ in range(FAKED):
        fake.first_name(), fake.last_name(), fake.address(), fake.phone_number(), fake.email(), fake.date_of_birth()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    records = cells = 0

    def simulate() -> None:
        nonlocal records, cells
        records = cells = 0
        for block, n in streams.blocks(options.customers):
            tables, _ = simulate_retail_block(block, n, 1)
            records += sum(len(t) for t in tables.values())
            cells += sum(t.size for t in tables.values())

    simulate()  # imports and tables of quantiles are made once, before the clock runs
    ours, fakes, plain = [], [], []
    for _ in range(options.runs):
        ours.append(cpu(simulate))
        fakes.append(cpu(faker_loop))
        plain.append(cpu(lambda: np.random.default_rng(1).gamma(0.5, size=cells)))
    per_record = [s / records for s in ours]
    per_fake = [s / FAKED for s in fakes]
    print(f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}, {options.runs} runs")
    print(f"{options.customers:,} customers: {records:,} records, {cells:,} cells, {statistics.median(ours):.2f} CPU s")
    faster = statistics.median(f / p for f, p in zip(per_fake, per_record, strict=True))
    print(f"a record takes 1/{faster:,.0f} of a record made by a loop over Faker")
    slower = statistics.median(o / p for o, p in zip(ours, plain, strict=True))
    print(f"all cells take {slower:.1f} times as long as the same number of NumPy gamma variates")


if __name__ == "__main__":
    main()
