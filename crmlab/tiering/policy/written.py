"""Policies as text: YAML there and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlab.errors import PolicyError, nearest
from crmlab.tiering.policy.parts import AtMost, Dimension, Override

if TYPE_CHECKING:
    from crmlab.tiering.policy.declaration import TierPolicy

KEYS = (
    "name", "version", "purpose", "owner", "valid_from", "measure", "dimensions", "by", "tiers",
    "hysteresis", "minimum_stay", "review", "overrides",
)  # fmt: skip
TIER_KEYS = ("name", "at_least", "at_most", "share", "benefits")


def plain(policy: TierPolicy) -> dict[str, Any]:
    """Return what is declared as plain lists, mappings, texts and numbers; what is left out is not there."""
    content: dict[str, Any] = {"name": policy.name, "version": policy.version}
    content |= {key: getattr(policy, key) for key in ("purpose", "owner", "valid_from", "measure")}
    content["dimensions"] = [
        {"measure": d.measure, "weight": d.weight, "scale": list(d.scale)} for d in policy.dimensions
    ]
    content["by"] = "" if policy.has_rules else policy.by
    content["tiers"] = [_plain_tier(policy, tier, entry) for tier, entry in policy.tiers.items()]
    content |= {key: getattr(policy, key) for key in ("hysteresis", "minimum_stay", "review")}
    content["overrides"] = [
        {"customer": o.customer, "tier": o.tier, "reason": o.reason, "until": o.until.isoformat()}
        for o in policy.overrides
    ]
    return {key: value for key, value in content.items() if value or key == "name"}


def to_yaml(policy: TierPolicy) -> str:
    """Write the policy as YAML text."""
    import yaml

    return str(yaml.safe_dump(plain(policy), sort_keys=False, allow_unicode=True))


def from_yaml(make: type[TierPolicy], source: str | Path) -> TierPolicy:
    """Read a policy from a YAML file or YAML text."""
    where = "the policy text" if "\n" in str(source) else str(source)
    content = _load(source, where)
    _refuse_unknown(content, KEYS, where)
    missing = [key for key in ("name", "tiers") if key not in content]
    if missing:
        raise PolicyError(f"{where}: the key {missing[0]!r} is missing.")
    rows = content["tiers"]
    if not isinstance(rows, list) or not all(isinstance(t, dict) and "name" in t for t in rows):
        raise PolicyError(f"{where}: tiers is a list, lowest first, of entries with a name and an at_least.")
    names = [str(t["name"]) for t in rows]
    for row, name in zip(rows, names, strict=True):
        _refuse_unknown(row, TIER_KEYS, f"{where}: tier {name!r}")
        if names.count(name) > 1:
            raise PolicyError(f"{where}: two tiers are called {name!r}; give each its own name.")
    single = {key: content[key] for key in ("by", "hysteresis", "minimum_stay", "review") if key in content}
    texts = ("version", "purpose", "owner", "valid_from", "measure")
    spoken: dict[str, Any] = {key: str(content[key]) for key in texts if key in content}
    try:
        return make(
            name=str(content["name"]),
            tiers={name: _entry(row) for name, row in zip(names, rows, strict=True)},
            benefits={name: str(row["benefits"]) for name, row in zip(names, rows, strict=True) if row.get("benefits")},
            dimensions=[_made(Dimension, d, f"{where}: dimensions") for d in content.get("dimensions") or ()],
            overrides=[_made(Override, o, f"{where}: overrides") for o in content.get("overrides") or ()],
            **single,
            **spoken,
        )
    except PolicyError as problem:
        text = str(problem)
        raise PolicyError(text if text.startswith(where) else f"{where}: {text}") from None


def _plain_tier(policy: TierPolicy, tier: str, entry: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"name": tier}
    if isinstance(entry, Mapping):
        least = {m: float(b) for m, b in entry.items() if not isinstance(b, AtMost)}
        most = {m: float(b) for m, b in entry.items() if isinstance(b, AtMost)}
        row |= {key: bounds for key, bounds in (("at_least", least), ("at_most", most)) if bounds}
    elif entry is not None:
        row["share" if policy.by == "share" else "at_least"] = entry
    if tier in policy.benefits:
        row["benefits"] = policy.benefits[tier]
    return row


def _entry(row: Mapping[str, Any]) -> Any:
    """The entry of one tier: a number, rules, or nothing."""
    least, most = row.get("at_least", row.get("share")), row.get("at_most")
    if not isinstance(least, Mapping) and most is None:
        return least
    if least is not None and not isinstance(least, Mapping):
        raise PolicyError(f"tier {row['name']!r}: next to at_most, at_least names its measures too.")
    if most is not None and not isinstance(most, Mapping):
        raise PolicyError(f"tier {row['name']!r}: at_most names its measures, e.g. at_most: {{days_since_last: 365}}.")
    bounds = {}
    for measure, bound in (most or {}).items():
        if isinstance(bound, bool) or not isinstance(bound, (int, float)):
            raise PolicyError(f"tier {row['name']!r}: at_most {measure} is {bound!r}; a number was expected.")
        if measure in (least or {}):
            raise PolicyError(f"tier {row['name']!r}: {measure} has an at_least and an at_most; keep one.")
        bounds[measure] = AtMost(bound)
    return {**(least or {}), **bounds}


def _made(kind: Any, content: Any, where: str) -> Any:
    """Make a dimension or an override from its keys."""
    known = list(kind.__dataclass_fields__)
    if not isinstance(content, dict):
        raise PolicyError(f"{where}: each has the keys {', '.join(known)}.")
    _refuse_unknown(content, known, where)
    missing = [key for key in known if key not in content]
    if missing:
        raise PolicyError(f"{where}: the key {missing[0]!r} is missing; each has {', '.join(known)}.")
    return kind(**content)


def _load(source: str | Path, where: str) -> dict[str, Any]:
    import yaml

    try:
        text = str(source) if "\n" in str(source) else Path(source).read_text(encoding="utf-8")
        content = yaml.safe_load(text)
    except FileNotFoundError:
        raise PolicyError(f"There is no policy file {where}.") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise PolicyError(f"{where} cannot be read as UTF-8 text: {problem}") from None
    except yaml.YAMLError as problem:
        raise PolicyError(f"{where} is not valid YAML: {' '.join(str(problem).split())}") from None
    if not isinstance(content, dict):
        raise PolicyError(f"{where} holds no keys; a policy has name, measure, by and tiers.")
    return content


def _refuse_unknown(content: Mapping[str, Any], known: Any, where: str) -> None:
    for key in content:
        if key not in known:
            raise PolicyError(f"{where}: unknown key {key!r}.{nearest(key, known)} Known: {', '.join(known)}.")
