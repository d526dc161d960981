"""The policy as words, and as a one-page standard to sign."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmlab.errors import PolicyError
from crmlab.tiering.policy.parts import AtMost

if TYPE_CHECKING:
    from crmlab.tiering.policy.declaration import TierPolicy

BOTH = ("html", "markdown")


def in_words(policy: TierPolicy) -> str:
    """State the rule, highest tier first."""
    lines = [f"{policy.name} (version {policy.version}): tiers by {basis(policy)}"]
    lines += [f"  {tier}: {entry_in_words(policy, entry)}" for tier, entry in reversed(list(policy.tiers.items()))]
    return "\n".join(lines)


def basis(policy: TierPolicy) -> str:
    """What decides, in words."""
    if policy.has_rules:
        return "rules on " + ", ".join(named(m) for m in policy.measures)
    if policy.dimensions:
        parts = [
            f"{named(d.measure)} {d.weight:.0%} ({d.scale[0]:,g} earns none, {d.scale[1]:,g} all)"
            for d in policy.dimensions
        ]
        return "a score from 0 to 100: " + ", ".join(parts)
    return named(policy.measure)


def entry_in_words(policy: TierPolicy, entry: float | Mapping[str, float] | None) -> str:
    """What a tier takes.

    Examples
    --------
    >>> from crmlab import TierPolicy
    >>> policy = TierPolicy("demo", "revenue", {"regular": None, "gold": 0.9}, by="quantile")
    >>> entry_in_words(policy, 0.9)
    'at least 90.0% of all customers have less'
    """
    if entry is None:
        return "everybody else"
    if isinstance(entry, Mapping):
        return " and ".join(
            f"{named(m)} {'at most' if isinstance(bound, AtMost) else 'at least'} {float(bound):,.10g}"
            for m, bound in entry.items()
        )
    if policy.by == "quantile":
        return f"at least {entry:.1%} of all customers have less"
    if policy.by == "share":
        return f"among the best customers who together bring {entry:.1%}"
    return f"{entry:,.10g} or more"


def named(measure: str) -> str:
    """A column's name as words."""
    return measure.replace("_", " ")


def write(policy: TierPolicy, customers: Any, format: str, how: Mapping[str, Any]) -> str:
    """Write the one-page standard."""
    if format not in BOTH:
        raise PolicyError(f"format is {format!r}; use 'html' or 'markdown'.")
    rows = _tier_rows(policy, customers, how)
    facts, overrides = _facts(policy), _overrides(policy)
    return (_html if format == "html" else _markdown)(policy, rows, facts, overrides)


def _tier_rows(policy: TierPolicy, customers: Any, how: Mapping[str, Any]) -> list[list[str]]:
    """One row a tier, highest first, under a header."""
    head = ["tier", "what it takes"]
    counts = None
    if customers is not None:
        counts = policy.table(customers, **how)
        head += ["customers", "share"]
    if policy.benefits:
        head.append("what it brings")
    rows = [head]
    for tier, entry in reversed(list(policy.tiers.items())):
        row = [tier, entry_in_words(policy, entry)]
        if counts is not None:
            row += [f"{counts.loc[tier, 'customers']:,}", f"{counts.loc[tier, 'share_of_customers']:.1%}"]
        if policy.benefits:
            row.append(policy.benefits.get(tier, ""))
        rows.append(row)
    return rows


def _facts(policy: TierPolicy) -> list[tuple[str, str]]:
    """Everything around the rule, as pairs of a heading and a sentence."""
    facts = [("Purpose", policy.purpose), ("Decided by", basis(policy)[0].upper() + basis(policy)[1:] + ".")]
    facts.append(("Equal treatment", "Customers with equal measures are in the same tier."))
    if policy.review:
        facts.append(("Review", f"Tiers are assigned anew {policy.review}, on the first day of the period."))
    if policy.hysteresis:
        facts.append(
            (
                "Keeping a tier",
                f"A tier is lost only when the customer falls more than {policy.hysteresis:.0%} short of its entry.",
            )
        )
    if policy.minimum_stay:
        reviews = "the first review" if policy.minimum_stay == 1 else f"the first {policy.minimum_stay} reviews"
        facts.append(("Minimum stay", f"A tier cannot be lost at {reviews} after the one that gave it."))
    facts += [("Owner", policy.owner), ("Valid from", policy.valid_from)]
    return [(heading, text) for heading, text in facts if text]


def _overrides(policy: TierPolicy) -> list[list[str]]:
    rows = [[str(o.customer), o.tier, o.reason, f"{o.until:%Y-%m-%d}"] for o in policy.overrides]
    return [["customer", "tier", "reason", "until"], *rows] if rows else []


def _markdown(
    policy: TierPolicy, rows: list[list[str]], facts: list[tuple[str, str]], overrides: list[list[str]]
) -> str:
    lines = [f"# {policy.name}", "", f"Version {policy.version}, content {policy.content_hash}", ""]
    lines += _markdown_table(rows)
    lines += ["", *(f"- **{heading}.** {text}" for heading, text in facts)]
    if overrides:
        lines += ["", "## Overrides", "", *_markdown_table(overrides)]
    lines += ["", "Approved: ____________________  Date: ____________", ""]
    return "\n".join(lines)


def _markdown_table(rows: list[list[str]]) -> list[str]:
    written = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return [written[0], "|" + "---|" * len(rows[0]), *written[1:]]


def _html(policy: TierPolicy, rows: list[list[str]], facts: list[tuple[str, str]], overrides: list[list[str]]) -> str:
    from crmlab.plots.style import tier_colors

    colors = tier_colors(policy.names)
    esc = html.escape
    body = [f"<h1>{esc(policy.name)}</h1>"]
    body.append(f"<p class='small'>Version {esc(policy.version)}, content {policy.content_hash}</p>")
    body.append(_html_table(rows, [colors[row[0]] for row in rows[1:]]))
    body.append("<dl>" + "".join(f"<dt>{esc(h)}</dt><dd>{esc(t)}</dd>" for h, t in facts) + "</dl>")
    if overrides:
        body += ["<h2>Overrides</h2>", _html_table(overrides, [])]
    body.append("<p class='sign'><span>Approved</span><span>Date</span></p>")
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>{esc(policy.name)}</title>"
        f"<style>{STYLE}</style></head>\n<body>" + "\n".join(body) + "</body></html>\n"
    )


def _html_table(rows: list[list[str]], colors: list[str]) -> str:
    esc = html.escape
    head = "".join(f"<th>{esc(cell)}</th>" for cell in rows[0])
    lines = []
    for i, row in enumerate(rows[1:]):
        mark = f" style='border-left: 8px solid {colors[i]}'" if colors else ""
        cells = "".join(f"<td{mark if j == 0 else ''}>{esc(cell)}</td>" for j, cell in enumerate(row))
        lines.append(f"<tr>{cells}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a }
h1 { margin-bottom: 0 } .small { color: #555; margin-top: 0 }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
th, td { text-align: left; padding: .4rem .6rem; border-bottom: 1px solid #ccc; vertical-align: top }
dt { font-weight: 600; margin-top: .6rem } dd { margin: 0 }
.sign { display: flex; gap: 4rem; margin-top: 3.5rem }
.sign span { border-top: 1px solid #1a1a1a; padding-top: .2rem; flex: 1 }
@media print { body { margin: 0 } }
"""
