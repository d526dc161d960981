"""Render the page: :func:`render` writes the facts into ``page.html.jinja``, which holds all the words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from typing import Any

import crmlab


def render(
    facts: Mapping[str, Any], name: str, options: Mapping[str, Any], currency: str = "", title: str | None = None
) -> str:
    """Write the page.

    Parameters
    ----------
    facts : mapping
        From :func:`crmlab.report.facts.compute`.
    name : str
        Name of the file, without its folder.
    options : mapping
        Options of the command, to be shown; those at their default are left out.
    currency : str
        Sign or code to write with money.
    title : str, optional
        Heading of the page.

    Returns
    -------
    str
        One HTML document that needs nothing else.
    """
    from jinja2 import Environment, StrictUndefined

    world = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    world.filters.update(
        count=lambda n: f"{n:,}",
        percent=lambda share: f"{share:.1%}",
        money=partial(_money, currency=currency),
        units=partial(_money, currency=currency, decimals=0),
        day=lambda day: f"{day.day} {day:%B %Y}" if day.year >= 1000 else f"{day.year:04}-{day.month:02}-{day.day:02}",
        plain=lambda number: f"{number:,.2f}".rstrip("0").rstrip("."),
        things=lambda n, word: f"{n:,} {word}" if n == 1 else f"{n:,} {word}s",
    )
    source = files("crmlab.report").joinpath("page.html.jinja").read_text(encoding="utf-8")
    return world.from_string(source).render(
        facts,
        name=name,
        title=title or f"Customer tiers: {name}",
        command=_command(name, options),
        columns=options,
        currency=currency,
        version=crmlab.__version__,
    )


def _money(amount: float, currency: str, decimals: int = 2) -> str:
    """A sign stands before the number, a code after it."""
    number = f"{abs(amount):,.{decimals}f}"
    minus = "-" if amount < 0 and number.strip("0.,") else ""
    return f"{minus}{currency}{number}" if len(currency) == 1 else f"{minus}{number} {currency}".strip()


def _command(name: str, options: Mapping[str, Any]) -> str:
    """The command that makes this page, with file names only."""
    usual = {"delimiter": ",", "encoding": "utf-8", "decimal": ".", "day_first": False, "currency": ""}
    words = ["crmlab report", _quoted(name)]
    for option, value in options.items():
        if value is None or value == usual.get(option):
            continue
        if option == "amount":
            value = re.sub(r"`([^`\[\]]+)`", r"[\1]", value)  # means the same, and no shell takes it for a command
        flag = "--" + option.replace("_", "-")
        words.append(flag if value is True else f"{flag} {_quoted(str(value))}")
    return " ".join(words)


def _quoted(word: str) -> str:
    """Quote for any shell: double quotes, or single ones where bash and PowerShell would look inside."""
    if re.fullmatch(r"[\w.-]+", word):
        return word
    if not set(word) & set('$`"\\!'):
        return f'"{word}"'
    return "'" + word.replace("'", r"'\''") + "'"
