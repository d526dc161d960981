"""Data sets larger than memory: blocks of customers, written one after another as partitioned files.

A block is the unit of everything: it is made alone, written to its own part of each table, and marked as
done. So memory stays at one block for each worker, a run that was killed goes on where it stopped, and the
same rows come out whatever the number of workers, on one machine or on a cluster.
"""

from __future__ import annotations

import errno
import importlib
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pandas as pd

import crmlab
from crmlab.errors import DataError, UnknownNameError, nearest
from crmlab.simulate import COMPANIES, streams

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Tables = dict[str, pd.DataFrame]
MANIFEST = "crmlab-data.json"
DONE = ".done"
SUMS = "sums.json"
FORMATS = ("parquet", "csv")


@dataclass(frozen=True)
class Job:
    """What is to be made; two runs with the same job make the same rows.

    Parameters
    ----------
    name : str
        ``retail``, ``bank`` or ``auto``.
    customers : int
        How many, above 0.
    seed : int
        0 or more.
    format : {"parquet", "csv"}
        Of the files.
    truth : bool
        Also write what was planted, under ``truth/``.
    monthly : bool
        For ``bank``: balances at every month-end instead of every quarter-end.
    """

    name: str
    customers: int
    seed: int
    format: str = "parquet"
    truth: bool = False
    monthly: bool = False

    def __post_init__(self) -> None:
        if self.name not in COMPANIES:
            raise UnknownNameError(
                f"No simulated company {self.name!r}.{nearest(self.name, COMPANIES)} There are {', '.join(COMPANIES)}."
            )
        if isinstance(self.customers, bool) or not isinstance(self.customers, int) or self.customers < 1:
            raise DataError(f"customers is {self.customers!r}; a whole number of at least 1 was expected.")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int) or self.seed < 0:
            raise DataError(f"seed is {self.seed!r}; a whole number of 0 or more was expected.")
        if self.format not in FORMATS:
            raise DataError(f"format is {self.format!r}; use {' or '.join(map(repr, FORMATS))}.")
        if self.monthly and self.name != "bank":
            raise DataError(f"monthly is for the balances of 'bank'; {self.name!r} has none.")

    @property
    def blocks(self) -> list[tuple[int, int]]:
        """Number and size of each block."""
        return list(streams.blocks(self.customers))

    @property
    def module(self) -> ModuleType:
        """The simulator."""
        return importlib.import_module(COMPANIES[self.name])

    def make(self, block: int, n: int) -> tuple[Tables, Tables]:
        """Simulate one block: its tables and what was planted."""
        simulate = getattr(self.module, f"simulate_{self.name}_block")
        made: tuple[Tables, Tables] = simulate(block, n, self.seed, **({"monthly": True} if self.monthly else {}))
        return made


def generate(
    job: Job, out: str | Path, *, workers: int = 1, progress: Callable[[int, int], None] = lambda done, total: None
) -> pd.DataFrame:
    """Make a data set on this machine, or finish one that was interrupted.

    Parameters
    ----------
    job : Job
        What to make.
    out : str or Path
        A folder that is empty, does not exist yet, or holds an unfinished run of the same job.
    workers : int
        Processes; each holds one block of 10,000 customers in memory.
    progress : callable
        Gets the number of finished blocks and of all blocks.

    Returns
    -------
    pandas.DataFrame
        Indexed by table: ``rows`` and ``bytes``.

    Raises
    ------
    DataError
        If the folder holds something else, cannot be written, or the disk is too small. Nothing is overwritten, and
        what is finished stays.
    """
    if workers < 1:
        raise DataError(f"workers is {workers!r}; at least 1 was expected.")
    folder = _prepare(job, Path(out))
    done = _finished(folder)
    todo = [(b, n) for b, n in job.blocks if b not in done]
    progress(len(done), len(job.blocks))
    for finished, _ in enumerate(_each(job, folder, todo, workers), start=1):
        progress(len(done) + finished, len(job.blocks))
        if finished == 1:
            _check_space(folder, len(todo) - 1)
    _add_up(job, folder)
    return totals(folder)


def generate_on_spark(spark: SparkSession, job: Job, out: str) -> pd.DataFrame:
    """Make the same files with the workers of a Spark cluster, one task a block.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        crmlab must be installed on its workers.
    job : Job
        What to make.
    out : str
        A folder that all workers see under the same path.

    Returns
    -------
    pandas.DataFrame
        As from :func:`generate`.
    """
    folder = _prepare(job, Path(out))
    done = _finished(folder)
    todo = [(b, n) for b, n in job.blocks if b not in done]
    if todo:
        place = str(folder)
        spark.sparkContext.parallelize(todo, len(todo)).foreach(lambda block: write_block(job, place, *block))
    _add_up(job, folder)
    return totals(folder)


def write_block(job: Job, out: str | Path, block: int, n: int) -> None:
    """Make one block and write its part of every table; a part appears whole or not at all.

    Parameters
    ----------
    job : Job
        What to make.
    out : str or Path
        The folder, prepared by :func:`generate` or :func:`generate_on_spark`.
    block, n : int
        Number and size of the block.
    """
    folder = Path(out)
    tables, truth = job.make(block, n)
    parts = {name: tables.pop(name) for name in _added_up(job)}
    if block == 0:  # what the company has only once goes with the first block
        more, planted = job.module.company_tables(job.seed)
        tables, truth = {**tables, **more}, {**truth, **planted}
    named = {**tables, **({f"truth/{name}": table for name, table in truth.items()} if job.truth else {})}
    counted = {}
    try:
        for name, table in parts.items():
            _write(table, folder / DONE / name / f"{block:05d}.parquet")
        for name, table in named.items():
            part = folder / name / f"part-{block:05d}.{job.format}"
            counted[name] = {"rows": len(table), "bytes": _write(table, part)}
        _replace(folder / DONE / f"{block:05d}.json", lambda p: p.write_text(json.dumps(counted), encoding="utf-8"))
    except OSError as problem:
        raise DataError(_explain(problem, folder)) from None


def totals(out: str | Path) -> pd.DataFrame:
    """Add up the rows and bytes of the finished blocks, by table."""
    counts: dict[str, dict[str, int]] = {}
    for mark in sorted((Path(out) / DONE).glob("*.json")):
        for table, found in json.loads(mark.read_text(encoding="utf-8")).items():
            sums = counts.setdefault(table, {"rows": 0, "bytes": 0})
            for what in sums:
                sums[what] += found[what]
    return pd.DataFrame.from_dict(counts, orient="index", columns=["rows", "bytes"]).rename_axis("table")


def _added_up(job: Job) -> dict[str, Callable[[pd.DataFrame], pd.DataFrame]]:
    """Tables of which each block holds a part to be added to the others'."""
    return getattr(job.module, "ADDED_UP", {})


def _add_up(job: Job, folder: Path) -> None:
    """Add up what is spread over all blocks, once they are there; the parts then go."""
    mark = folder / DONE / SUMS
    if mark.exists():
        return
    counted = {}
    try:
        for name, add_up in _added_up(job).items():
            parts = sorted((folder / DONE / name).glob("[0-9]*.parquet"))
            table = add_up(pd.concat([pd.read_parquet(part) for part in parts], ignore_index=True))
            size = _write(table, folder / name / f"part-00000.{job.format}")
            counted[name] = {"rows": len(table), "bytes": size}
        _replace(mark, lambda p: p.write_text(json.dumps(counted), encoding="utf-8"))
        for name in counted:
            shutil.rmtree(folder / DONE / name)
    except OSError as problem:
        raise DataError(_explain(problem, folder)) from None


def _each(job: Job, folder: Path, todo: list[tuple[int, int]], workers: int) -> Iterator[None]:
    """Write the blocks, here or in several processes; yield after each."""
    if workers == 1 or len(todo) < 2:
        for block, n in todo:
            write_block(job, folder, block, n)
            yield
        return
    # fresh processes, not forks: the same on every system
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(write_block, job, str(folder), block, n) for block, n in todo]
        try:
            for one in as_completed(running):
                one.result()
                yield
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _prepare(job: Job, folder: Path) -> Path:
    """Make the folder ready, or say why it cannot be used."""
    wanted = {**asdict(job), "crmlab": crmlab.__version__}
    manifest = folder / MANIFEST
    try:
        if manifest.is_file():
            there = json.loads(manifest.read_text(encoding="utf-8"))
            other = next((key for key in wanted if there.get(key) != wanted[key]), None)
            if other:
                raise DataError(
                    f"{folder} holds another data set: its {other} is {there.get(other)!r}, not {wanted[other]!r}. "
                    "Choose another folder; nothing was written."
                )
        elif folder.exists() and any(folder.iterdir()):
            raise DataError(f"{folder} is not empty; choose a new folder. Nothing was written.")
        (folder / DONE).mkdir(parents=True, exist_ok=True)
        _replace(manifest, lambda p: p.write_text(json.dumps(wanted, indent=1), encoding="utf-8"))
    except NotADirectoryError:
        raise DataError(f"{folder} is a file; a folder was expected. Nothing was written.") from None
    except json.JSONDecodeError:
        raise DataError(f"{manifest} is damaged; choose a new folder. Nothing was written.") from None
    except OSError as problem:
        raise DataError(_explain(problem, folder)) from None
    return folder


def _finished(folder: Path) -> set[int]:
    return {int(mark.stem) for mark in (folder / DONE).glob("[0-9]*.json")}


def _write(table: pd.DataFrame, part: Path) -> int:
    part.parent.mkdir(parents=True, exist_ok=True)
    if part.suffix == ".csv":
        _replace(part, lambda p: table.to_csv(p, index=False, encoding="utf-8", lineterminator="\n"))
    else:
        _replace(part, lambda p: table.to_parquet(p, index=False, compression="zstd"))
    return part.stat().st_size


def _replace(target: Path, write: Callable[[Path], Any]) -> None:
    """Write beside the target first, so that a kill never leaves half a file under its name."""
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        write(beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _check_space(folder: Path, blocks_left: int) -> None:
    """Stop early if the rest will not fit, judged by what the finished blocks take."""
    finished = len(_finished(folder))
    need = int(totals(folder)["bytes"].sum()) // max(finished, 1) * blocks_left
    free = shutil.disk_usage(folder).free
    if need > free:
        raise DataError(
            f"{folder}: the rest needs about {need / 1e9:.1f} GB, {free / 1e9:.1f} GB are free. "
            "Free some space and run the same command again; what is finished stays."
        )


def _explain(problem: OSError, folder: Path) -> str:
    if problem.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return f"The disk is full ({folder}). Free some space and run the same command again; what is finished stays."
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{folder} cannot be written ({problem.strerror}). Choose a folder of your own."
    return f"{folder}: {problem.strerror or problem}"
