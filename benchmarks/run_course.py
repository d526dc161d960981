"""How long the whole course takes to run, beside plain nbconvert on the same notebooks.

    python benchmarks/run_course.py [--runs 3]

Prints medians of wall and CPU seconds (children included, POSIX) and the ratio. Both run the same
cells in fresh kernels and write HTML; the peer is one ``jupyter nbconvert --execute`` a notebook.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def timed(commands: list[list[str]]) -> tuple[float, float]:
    """Run commands one after another; return wall and CPU seconds of them and their children."""
    began, before = time.perf_counter(), os.times()
    for command in commands:
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - began, cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    notebooks = sorted([*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("exercises/*.ipynb")])
    with tempfile.TemporaryDirectory() as folder:
        ours = [[sys.executable, "-m", "crmlab", "run", "--out", folder]]
        peer = [
            [sys.executable, "-m", "nbconvert", "--execute", "--to", "html", f"--output-dir={folder}", str(n)]
            for n in notebooks
        ]
        measured = [(timed(ours), timed(peer)) for _ in range(runs)]
    print(f"{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}; medians of {runs} runs")
    print(f"{len(notebooks)} notebooks: {', '.join(n.stem for n in notebooks)}")
    for i, what in enumerate(("wall seconds", "CPU seconds")):
        us, them = (statistics.median(pair[side][i] for pair in measured) for side in (0, 1))
        ratio = statistics.median(pair[0][i] / pair[1][i] for pair in measured)
        print(f"{what:<13} crmlab run {us:6.1f}   nbconvert {them:6.1f}   ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
