"""How long until the course is open, and what does ``import crmlab`` cost?

    python benchmarks/cold_start.py              # second start against plain JupyterLab; imports
    python benchmarks/cold_start.py --fresh      # also the first set-up, in a copy (some minutes, 1.4 GB)

Needs only the standard library and a set-up course (``python start.py setup``). Everything that is
compared is measured in the same run, in turns, in fresh processes; the medians are printed.

1. *Second start*: from the start of ``python start.py --no-browser`` until the Jupyter server
   answers. Peer: ``jupyter lab --no-browser`` of the same environment, without start.py.
2. *Import*: CPU seconds of a process that imports crmlab, and of one that imports pandas; the
   ratio is the median over pairs that follow one another.
3. *First set-up* (``--fresh``): ``python start.py setup`` in a copy of the course. It depends on
   the network and on what pip has in its cache.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / ".venv" / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
PATIENCE = 120  # seconds until a server that does not answer is a failure


def environment() -> dict[str, str]:
    """Return this environment, in which children may keep their compiled modules as usual."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Tell whether a Jupyter server answers; ``/api`` needs no token."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=5) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def seconds_to_server(command: list[str]) -> float:
    """Return the seconds from starting a command until its server answers; then stop it."""
    port = free_port()
    options = ["--no-browser", f"--port={port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    began = time.perf_counter()
    process = subprocess.Popen(
        command + options, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not answers(port):
            if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                raise SystemExit(f"No server came up from: {' '.join(command)}")
            time.sleep(0.01)
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def seconds_of_import(module: str) -> float:
    """Return the CPU seconds of a fresh process that imports a module and ends."""
    code = f"import {module}, time; print(time.process_time())"
    done = subprocess.run(
        [str(PYTHON), "-c", code], cwd=tempfile.gettempdir(), env=environment(), capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"import {module} failed: {done.stderr.strip().splitlines()[-1]}")
    return float(done.stdout)


def in_turns(first: list[float], second: list[float]) -> float:
    """Return the median ratio of pairs that were measured one after the other."""
    return statistics.median(a / b for a, b in zip(first, second, strict=True))


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):6.2f} s   ({min(values):.2f} to {max(values):.2f}, {len(values)} runs)"


def measure_start(runs: int) -> None:
    ours, peer = [], []
    start, jupyter = [sys.executable, str(ROOT / "start.py")], [str(PYTHON), "-m", "jupyter", "lab"]
    for command in (start, jupyter):  # files into the page cache, modules compiled
        seconds_to_server(command)
    for _ in range(runs):
        ours.append(seconds_to_server(start))
        peer.append(seconds_to_server(jupyter))
    print("second start, until the server answers")
    print(f"  start.py --no-browser     {spread(ours)}")
    print(f"  jupyter lab --no-browser  {spread(peer)}")
    print(f"  ratio                     {in_turns(ours, peer):6.2f}")


def measure_import(pairs: int) -> None:
    ours, peer = [], []
    for module in ("crmlab", "pandas"):
        seconds_of_import(module)
    for _ in range(pairs):
        ours.append(seconds_of_import("crmlab"))
        peer.append(seconds_of_import("pandas"))
    print("import in a fresh process, CPU seconds with the interpreter's own")
    print(f"  import crmlab             {spread(ours)}")
    print(f"  import pandas             {spread(peer)}")
    print(f"  ratio                     {in_turns(ours, peer):6.2f}")


def measure_fresh() -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "course"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache"))
        before = shutil.disk_usage(folder).free
        began = time.perf_counter()
        done = subprocess.run([sys.executable, str(copy / "start.py"), "setup"], env=environment())
        seconds = time.perf_counter() - began
        if done.returncode:
            raise SystemExit("The first set-up failed; see above.")
        gigabytes = (before - shutil.disk_usage(folder).free) / 1e9
        print("first set-up in a fresh copy")
        print(f"  start.py setup            {seconds:6.1f} s, {gigabytes:.2f} GB on disk")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="starts of each kind (default 5)")
    parser.add_argument("--pairs", type=int, default=11, help="pairs of imports (default 11)")
    parser.add_argument("--fresh", action="store_true", help="also time the first set-up in a copy")
    chosen = parser.parse_args()
    if not (ROOT / ".venv" / "crmlab-ready.json").exists():
        raise SystemExit("The course is not set up here. Run: python start.py setup")
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    measure_start(chosen.runs)
    measure_import(chosen.pairs)
    if chosen.fresh:
        measure_fresh()


if __name__ == "__main__":
    main()
