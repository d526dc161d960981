"""``crmlab ...``: a thin layer over the package."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import crmlab
from crmlab.errors import CrmlabError

if TYPE_CHECKING:
    from crmlab.simulate.generate import Job

app = typer.Typer(
    help="Customer tiering: the course, and the same functions for your own tables.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(crmlab.__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that come before a command."""


@app.command("data")
def data(
    name: Annotated[str, typer.Argument(help="A data set.")] = "",
    customers: Annotated[int, typer.Option(help="Make a simulated set of this many customers.")] = 0,
    out: Annotated[str, typer.Option(help="Folder for the files; new, or of an interrupted run.")] = "",
    format: Annotated[str, typer.Option(help="parquet or csv.")] = "parquet",
    seed: Annotated[int, typer.Option(help="Same seed, same rows.")] = 2025,
    workers: Annotated[int, typer.Option(help="Processes; the rows do not depend on it.")] = 1,
    truth: Annotated[bool, typer.Option("--truth", help="Also write what was planted, under truth/.")] = False,
    monthly: Annotated[bool, typer.Option("--monthly", help="Bank: balances at month-ends, not quarter-ends.")] = False,
) -> None:
    """List the data sets, print the data card of one, or make a large one as files."""
    if not name:
        for row in crmlab.list_datasets().itertuples():
            typer.echo(f"{row.name:<15} {row.what}")
    elif not customers and not out:
        crmlab.describe(name)
    elif not (customers and out):
        raise CrmlabError("To make a data set, give both --customers and --out.")
    else:
        from crmlab.simulate.generate import Job

        _make_data(Job(name, customers, seed, format, truth, monthly), out, workers)


def _make_data(job: Job, out: str, workers: int) -> None:
    """Stream a simulated set to files, with a progress bar."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from crmlab.simulate.generate import generate

    columns = (TextColumn("blocks of 10,000 customers"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("blocks", total=len(job.blocks))
        totals = generate(
            job, out, workers=workers, progress=lambda done, total: bar.update(task, completed=done, total=total)
        )
    for table, row in totals.iterrows():
        typer.echo(f"{table:<24} {row['rows']:>15,} rows {row['bytes'] / 1e6:>10,.1f} MB")


@app.command()
def report(
    file: Annotated[str, typer.Argument(help="CSV, Parquet or Excel: one row an order or an order line.")],
    customer: Annotated[str, typer.Option(help="Column with the customer.")] = "customer_id",
    date: Annotated[str, typer.Option(help="Column with the date.")] = "date",
    amount: Annotated[
        str, typer.Option(help='Column with the amount, or arithmetic such as "Quantity * [Unit Price]".')
    ] = "amount",
    out: Annotated[str, typer.Option(help="HTML file to write; default: beside the input.")] = "",
    policy: Annotated[str, typer.Option(help="YAML file with a tier policy.")] = "",
    delimiter: Annotated[str, typer.Option(help="CSV: what separates the columns.")] = ",",
    decimal: Annotated[str, typer.Option(help="CSV: decimal mark.")] = ".",
    encoding: Annotated[str, typer.Option(help="CSV: encoding of the text.")] = "utf-8",
    date_format: Annotated[str, typer.Option(help="Such as %d/%m/%Y, if dates are read wrongly.")] = "",
    day_first: Annotated[bool, typer.Option("--day-first", help="Read 03/04/2025 as 3 April.")] = False,
    sheet: Annotated[str, typer.Option(help="Excel: name of the sheet; default: the first.")] = "",
    as_of: Annotated[str, typer.Option(help="Last day to count, YYYY-MM-DD; default: the last in the data.")] = "",
    currency: Annotated[str, typer.Option(help="Sign to print with money.")] = "",
    title: Annotated[str, typer.Option(help="Title of the page.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Replace the HTML file if it exists.")] = False,
) -> None:
    """Write a page on your own customers: data check, concentration, RFM, tiers."""
    page = crmlab.report.write_report(
        file,
        customer=customer,
        date=date,
        amount=amount,
        out=out or None,
        policy=policy or None,
        delimiter=delimiter,
        decimal=decimal,
        encoding=encoding,
        date_format=date_format or None,
        day_first=day_first,
        sheet=sheet or None,
        as_of=as_of or None,
        currency=currency,
        title=title or None,
        force=force,
    )
    typer.echo(f"Wrote {page}")


@app.command()
def build(
    names: Annotated[list[str] | None, typer.Argument(help="Such as 03 or exercises/03; default: all.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what is out of date; exit code 1 if anything is.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Build also what is up to date.")] = False,
) -> None:
    """Make the notebooks from their sources."""
    from crmlab.teach import build as builder

    root = builder.find_root()
    if not check:
        builder.build(root, names or (), force=force, tell=typer.echo)
        return
    stale = builder.out_of_date(root, names or ())
    for name, reason in stale.items():
        typer.echo(f"{name}: {reason}")
    if stale:
        raise CrmlabError("Run `crmlab build` and commit the result.")
    typer.echo("All notebooks match their sources.")


@app.command()
def run(
    names: Annotated[list[str] | None, typer.Argument(help="Such as 03; default: the whole course.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the pages; default: build/html.")] = None,
) -> None:
    """Run the course without a browser and write a page of each notebook."""
    from crmlab.teach.build import find_root
    from crmlab.teach.run import run as run_course

    results = run_course(find_root(), names or (), out)
    failed = [r.name for r in results if r.problem]
    typer.echo(
        f"{len(results) - len(failed)} of {len(results)} notebooks ran, {sum(r.seconds for r in results):.0f} s."
    )
    if failed:
        raise typer.Exit(1)


def main(args: list[str] | None = None) -> Any:
    """Run the command line; what a person can mend is one line and exit code 2.

    Parameters
    ----------
    args : list of str, optional
        Default: those of the process.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that lacks a letter prints ? instead of failing
    try:
        return app(args=args, prog_name="crmlab")
    except CrmlabError as problem:
        typer.echo(f"crmlab: {problem}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("crmlab: stopped.", err=True)
        sys.exit(130)


if __name__ == "__main__":
    main()
