"""The audit as one self-contained HTML page: figures inside, every section ending in its verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

import crmlab

if TYPE_CHECKING:
    from crmlab.tiering.auditing.whole import Audit

Figure = tuple[Callable[..., Any], float, str]  # how to draw it, its height in inches, what to say below


def render(report: Audit) -> str:
    """Write the page.

    Parameters
    ----------
    report : Audit
        What was found.

    Returns
    -------
    str
        One HTML document that needs nothing else.
    """
    name = report.policy.name
    body = [
        f"<header><h1>Audit of a tier policy: {escape(name)}</h1>",
        f"<p class='muted'>Version {escape(report.policy.version)}, content {report.policy.content_hash}; "
        f"{len(report.customers):,} customers on {_day(report.as_of)}</p></header>",
        "<main>",
        _summary(report),
        _section("stability", "1 Are the labels steady?", _stability(report), report),
        _section("lift", "2 Do the tiers predict?", _lift(report), report),
        _section("fairness", "3 Are groups treated alike?", _fairness(report), report),
        _section("gaming", "4 Is the policy gamed?", _gaming(report), report),
        _section("concentration", "5 How much hangs on how few?", _concentration(report), report),
        _how(report),
        "</main>",
    ]
    return (
        "<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<meta name='generator' content='crmlab {crmlab.__version__}'><title>Audit: {escape(name)}</title>"
        f"<style>{STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def _summary(report: Audit) -> str:
    rules = "".join(f"<li>{escape(line.strip())}</li>" for line in str(report.policy).splitlines()[1:])
    rows = "".join(
        f"<dt><a href='#{key}'>{key.capitalize()}</a></dt><dd>{escape(text)}</dd>"
        for key, text in report.verdicts.items()
    )
    notes = " ".join(escape(n) for n in report.notes)
    head = escape(str(report.policy).splitlines()[0])
    return (
        f"<section aria-label='Summary'><p>{head}:</p><ul>{rules}</ul><dl>{rows}</dl><p class='muted'>{notes}</p>"
        "</section>"
    )


def _section(key: str, title: str, parts: Iterable[str], report: Audit) -> str:
    verdict = f"<p class='verdict'><strong>Verdict:</strong> {escape(report.verdicts[key])}</p>"
    return f"<section aria-labelledby='{key}'><h2 id='{key}'>{title}</h2>{''.join(parts)}{verdict}</section>"


def _stability(report: Audit) -> list[str]:
    from crmlab import plots

    found = report.stability
    parts = [
        "<p>A customer who bought a little more, or less, by luck could have another label. The behaviour of every "
        "customer is drawn again many times, and the labels are compared.</p>",
        _figure((
            partial(plots.label_stability, found.labels), 1.5 + 0.5 * len(found.labels),
            "Bars: what a customer's own purchases and those of all others together say. Hollow dots: what the own "
            "purchases alone say; they take what was seen for all there is, and find too little.",
        )),
    ]  # fmt: skip
    churn = found.churn
    if len(churn.reviews):
        parts.append(_figure((partial(plots.label_churn, churn.reviews), 3.8, "Labels that change at each review.")))
    if churn.migration is not None and len(churn.migration.periods):
        size = 1.3 + 0.75 * len(report.policy.names)
        words = "Moves from review to review, all reviews together, with 95% intervals."
        parts.append(_figure((partial(plots.transition_matrix, churn.migration), size, words)))
    return parts


def _lift(report: Audit) -> list[str]:
    from crmlab import plots

    lift = report.lift
    if lift is None:
        return []
    columns = {
        "customers": "{:,.0f}", "share_of_customers": "{:.1%}", "mean": "{:,.0f}", "share": "{:.1%}", "lift": "{:.1f}",
        "above_next": "{:,.0f}",
    }  # fmt: skip
    return [
        f"<p>Tiers assigned on {_day(report.as_of)}, against the {lift.outcome} of {_day(lift.begin)} to "
        f"{_day(lift.end)}.</p>",
        _figure((
            partial(plots.tier_lift, lift.tiers, lift.outcome), 1.6 + 0.6 * len(lift.tiers),
            "Dots: mean a customer with its 95% interval. Grey: where the mean would lie if tiers of these sizes were "
            "drawn at random.",
        )),
        _table(lift.tiers, columns, f"What each tier brought afterwards ({lift.outcome})"),
    ]  # fmt: skip


def _fairness(report: Audit) -> list[str]:
    from crmlab import plots

    found = report.fairness
    if found.rates.empty:
        return []
    parts = ["<p>How often each group reaches a tier, against the most favoured group that is not small.</p>"]
    for tier in dict.fromkeys(found.rates["tier"]):
        here = found.rates[found.rates["tier"] == tier]
        if here["in_tier"].sum() and (~here["small"]).any():
            height = 1.7 + 0.36 * len(here)
            words = (
                f"{tier} or higher. Full: as it is. Hollow: the same after standardising for how often and how "
                "recently customers buy. Grey: groups too small to say much. Dashed: four fifths, a convention of "
                "guidelines on hiring, no law for tiers."
            )
            parts.append(_figure((partial(plots.fairness_ratios, found.rates, tier), height, words)))
    columns = {
        "tier": "{}", "lowest_group": "{}", "lowest_ratio": "{:.2f}", "chance_ratio": "{:.2f}", "p_value": "{:.4f}",
        "p_adjusted": "{:.4f}",
    }  # fmt: skip
    parts.append(_table(found.tests.set_index("attribute"), columns, "Lowest ratio of each attribute, against chance"))
    parts.append(
        "<p>That behaviour explains a gap does not settle whether it is fair: what customers buy may itself depend on "
        "how they were treated.</p>"
    )
    return parts


def _gaming(report: Audit) -> list[str]:
    from crmlab import plots

    bunching, splits = report.gaming.bunching, report.gaming.splits
    tested = bunching.thresholds[bunching.thresholds["note"] == ""]
    parts = ["<p>Customers who know a threshold can steer what is measured.</p>"]
    if len(tested):
        words = (
            "Diamonds: odds of being just above each threshold, to those that the customers around it suggest, with "
            "95% intervals. Dots: the same at cut points that mean nothing."
        )
        draw = partial(plots.placebo_cuts, bunching.thresholds, bunching.placebos)
        parts.append(_figure((draw, 1.6 + 0.62 * len(tested), words)))
        worst = tested.iloc[int(tested["p_value"].argmin())]
        draw = partial(plots.bunching, bunching.bins, worst["tier"], worst["measure"])
        parts.append(_figure((draw, 3.8, "The threshold with the strongest sign, from near by.")))
    not_tested = bunching.thresholds[bunching.thresholds["note"] != ""]
    if len(not_tested):
        items = "".join(
            f"<li>{escape(str(r['tier']))}, {escape(str(r['measure']).replace('_', ' '))} {r['threshold']:,.10g}: "
            f"{escape(r['note'])}</li>"
            for _, r in not_tested.iterrows()
        )
        parts.append(f"<p>Not tested:</p><ul>{items}</ul>")
    if splits is not None:
        words = (
            "Orders of one day count as one, so splitting pays over two days. Random histories move each purchase by "
            "whole weeks, and keep how often a customer buys."
        )
        parts.append(_figure((partial(plots.split_pairs, splits.pairs, splits.draws), 3.8, words)))
        columns = dict.fromkeys(
            ["observed", "expected", "chance_low", "chance_high", "excess", "low", "high"], "{:,.0f}"
        )
        parts.append(_table(splits.pairs, {**columns, "p_value": "{:.4f}"}, "Purchases on adjacent days"))
    return parts


def _concentration(report: Audit) -> list[str]:
    from crmlab import plots

    found = report.concentration
    values = [
        c.removeprefix("share_of_")
        for c in map(str, found.tiers)
        if c.startswith("share_of_") and c != "share_of_customers"
    ]
    parts = []
    for value in values:
        if found.tiers[f"share_of_{value}"].notna().all():
            draw = partial(plots.tier_bars, found.tiers, value)
            parts.append(_figure((draw, 0.9 + 0.75 * len(found.tiers), f"Customers and {value} of each tier.")))
    table = found.measures.assign(value=found.measures["value"] + ": " + found.measures["measure"]).set_index("value")
    return [*parts, _table(table, dict.fromkeys(["estimate", "low", "high"], "{:.2f}"), "How uneven it is")]


def _how(report: Audit) -> str:
    items = {
        "Drawn again": "The number of purchases after the first follows the NBD model, the value of a purchase the "
        "customer's own level shrunk to that of all; both are learned from all customers.",
        "Intervals": "95%, with customers as the units of chance; means of money by the bootstrap-t, shares by Wilson.",
        "Like buyers": "Direct standardisation over classes of order count and days since the last order; only classes "
        "that hold at least five customers of both groups are compared.",
        "Chance": "Groups and tiers are dealt out at random; p-values over several attributes and tiers are adjusted "
        "by Holm's method.",
        "Bunching": "A Poisson regression through the bins around a threshold, the two that touch it left out, says "
        "how many to expect there; where placebo cut points scatter more than they should, intervals are widened.",
    }
    if report.gaming.splits is not None:
        items["Split orders"] = "Each purchase is moved to the same weekday of a random week of its three-week block."
    rows = "".join(f"<dt>{key}</dt><dd>{text}</dd>" for key, text in items.items())
    return f"<section aria-labelledby='how'><h2 id='how'>6 How it was computed</h2><dl>{rows}</dl></section>"


def _figure(figure: Figure) -> str:
    from crmlab.report.pictures import picture

    draw, height, words = figure
    stored = picture(draw, height)
    return (
        f"<figure><img src='data:image/png;base64,{stored['png']}' alt='{escape(stored['alt'], quote=True)}'>"
        f"<figcaption>{escape(words)}</figcaption></figure>"
    )


def _table(frame: pd.DataFrame, columns: dict[str, str], caption: str) -> str:
    head = "".join(f"<th scope='col'>{escape(c.replace('_', ' '))}</th>" for c in columns)
    rows = []
    for label, row in frame.iterrows():
        cells = "".join(
            f"<td>{escape(pattern.format(row[c])) if pd.notna(row[c]) else ''}</td>" for c, pattern in columns.items()
        )
        rows.append(f"<tr><th scope='row'>{escape(str(label).replace('_', ' '))}</th>{cells}</tr>")
    first = escape(str(frame.index.name or "").replace("_", " "))
    return (
        f"<div class='table' role='region' aria-label='Table: {escape(caption, quote=True)}' tabindex='0'><table>"
        f"<caption>{escape(caption)}</caption><thead><tr><th scope='col'>{first}</th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _day(day: pd.Timestamp) -> str:
    return f"{day.day} {day:%B %Y}"


STYLE = """
:root { color-scheme: light } * { box-sizing: border-box }
body { margin: 0 auto; max-width: 54rem; padding: 1.5rem 1.25rem 4rem; background: #fff; color: #1a1a1a;
  font: 1.06rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", sans-serif }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere }
h2 { font-size: 1.35rem; margin: 2.6rem 0 .6rem; padding-top: .9rem; border-top: 2px solid #0072b2 }
p, li, dd { overflow-wrap: anywhere } .muted { color: #555; margin-top: 0 } a { color: #005a8c }
.verdict { border-left: .35rem solid #0072b2; background: #eef5fa; padding: .6rem .9rem; margin: 1rem 0 }
.table { overflow-x: auto; margin: 1rem 0 }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding: .3rem 0 }
th, td { padding: .38rem .6rem; text-align: right; border-bottom: 1px solid #ddd; vertical-align: top }
th { font-weight: 600 } thead th { border-bottom: 2px solid #1a1a1a; vertical-align: bottom }
th:first-child { text-align: left } tbody th { font-weight: 500 } td { white-space: nowrap }
figure { margin: 1.4rem 0 } figure img { display: block; max-width: 100%; height: auto }
figcaption { color: #444; font-size: .95rem; max-width: 44rem }
dt { font-weight: 600; margin-top: .7rem } dd { margin: 0 0 0 1rem }
@media (max-width: 34rem) { body { padding: 1rem .8rem 3rem; font-size: 1rem } h1 { font-size: 1.5rem } }
@media print { @page { margin: 16mm } body { max-width: none; padding: 0; font-size: 10.5pt }
  h2, dt { break-after: avoid } figure, table, .verdict { break-inside: avoid } figure img { max-width: 13.5cm } }
"""
