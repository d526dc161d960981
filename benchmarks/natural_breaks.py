"""How long natural breaks take, beside sorting the same values and beside k-means of them.

    python benchmarks/natural_breaks.py [--values 1000000] [--classes 5] [--runs 3]

All in one run and one process; medians of CPU seconds. The values are log-normal, all different. k-means is that of
scikit-learn, on one column and from one start; it is not exact, so the share of the variance between the classes is
printed for both.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable

import numpy as np
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from crmlab.tiering import natural_breaks


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--values", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    values = np.random.default_rng(2026).lognormal(4.0, 1.2, options.values)
    column, k = values[:, None], options.classes
    means = KMeans(k, n_init=1, random_state=1)

    times: dict[str, list[float]] = {"natural breaks": [], "sorting": [], "k-means": []}
    with threadpool_limits(limits=1):
        for _ in range(options.runs):
            times["sorting"].append(cpu(lambda: np.sort(values)))
            times["natural breaks"].append(cpu(lambda: natural_breaks(values, k)))
            times["k-means"].append(cpu(lambda: means.fit(column)))
    exact = natural_breaks(values, k)
    found = 1 - means.inertia_ / ((values - values.mean()) ** 2).sum()

    print(f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}, {options.runs} runs")
    print(f"{len(np.unique(values)):,} different values, {k} classes")
    ours = statistics.median(times["natural breaks"])
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        print(f"{name:>14}: {middle:6.2f} CPU s; natural breaks take {ours / middle:.1f} times as long")
    print(f"variance between the classes: {exact.goodness:.6f} by natural breaks, {found:.6f} by k-means")


if __name__ == "__main__":
    main()
