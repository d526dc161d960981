"""Questions whose answer is a tier policy: it is run on the student's data and held against constraints.

There is no one right policy: any that meets every constraint is right, and each constraint that is missed is named
with the number reached. A policy can be handed in as a :class:`crmlab.TierPolicy`, as a dict of its parts, or as
YAML text. It is never used as it comes: its parts are copied into plain values, and a policy of our own is made of
them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from crmlab.errors import CrmlabError, nearest
from crmlab.teach.answers import Plain
from crmlab.teach.differences import same
from crmlab.teach.plain import BOOL_IDS, NUMBER_IDS, TEXT_IDS, Unreadable, Wanted, describe, plain_float, type_name
from crmlab.teach.question import Question
from crmlab.tiering.policy import AtMost, Dimension, Override, TierPolicy

# Question checks each subclass for its text and hints, and this is no question yet
if TYPE_CHECKING:
    _Base = Question
else:
    _Base = object

ASKED = "a crmlab.TierPolicy (or a dict of its parts, or its YAML text)"
PARTS = tuple(field.name for field in fields(TierPolicy))
LONGEST_TEXT, LONGEST_YAML, MOST_ENTRIES, DEEPEST = 500, 5_000, 50, 5
MET, MISSED, OPEN = "met", "missed", "open"


@dataclass(frozen=True)
class Constraint:
    """One thing that a policy has to keep.

    Parameters
    ----------
    name : str
        Of the constraint.
    missed : callable
        Takes the policy and what ``trial`` of the question gave; returns in words what was reached, such as "gold
        has 8.1 % of the customers", where that is not enough, and None where the constraint is met.
    cure : str
        What to do about it, a sentence; a :class:`Mistake` that misses this constraint has it as its message.
    stage : int
        Constraints of a later stage are looked at only when all earlier ones are met.
    """

    name: str
    missed: Callable[[TierPolicy, Any], str | None]
    cure: str
    stage: int = 0


class Verdict(dict[Any, Any]):
    """Constraint to "met", "missed" or "open" (not looked at yet), with what was reached and the policy's parts."""

    reached: dict[str, str]
    policy: TierPolicy

    def __repr__(self) -> str:
        return f"{dict(self)} for {self.policy}"

    __str__ = __repr__


@dataclass(frozen=True)
class _WantedPolicy(Wanted):
    """What such a question asks for; what is compared is a series of verdicts, one for each constraint."""

    def in_words(self) -> str:
        """Return what is asked as it stands in a sentence."""
        return ASKED


class AnsweredByPolicy(_Base):
    """Makes a question one that is answered with a policy: ``class Mine(AnsweredByPolicy, Question)``.

    Authors set ``constraints`` and write ``trial``. The solution is a policy that meets every constraint, the mistakes
    are policies that do not.
    """

    kind: ClassVar[str] = "series"
    key: ClassVar[str] = "constraint"
    constraints: ClassVar[Sequence[Constraint]] = ()

    def trial(self, policy: TierPolicy, data: Any) -> Any:
        """Return what the constraints look at; authors may work it out only when a constraint asks for it."""
        raise NotImplementedError

    @property
    def _wanted(self) -> Wanted:
        return _WantedPolicy(self.kind, self.key, self.answer)

    @cached_property
    def _verdicts(self) -> dict[str, Verdict]:
        return {}

    def _run(self, policy: TierPolicy) -> Verdict:
        """Run a policy once; the same declaration is not run again."""
        if policy.content_hash not in self._verdicts:
            self._verdicts[policy.content_hash] = self._fresh(policy)
        return self._verdicts[policy.content_hash]

    def _fresh(self, policy: TierPolicy) -> Verdict:
        verdict, trial = Verdict(), self.trial(policy, self._exercise._checked)
        verdict.reached, verdict.policy = {}, policy
        for constraint in sorted(self.constraints, key=lambda c: c.stage):
            earlier = [c for c in self.constraints if c.stage < constraint.stage]
            if any(verdict[c.name] != MET for c in earlier):
                verdict[constraint.name] = OPEN
                continue
            try:
                said = constraint.missed(policy, trial)
            except CrmlabError as problem:
                raise Unreadable(f"cannot be applied: {_short(problem)}") from None
            verdict[constraint.name] = MET if said is None else MISSED
            if said is not None:
                verdict.reached[constraint.name] = said
        return verdict

    @cached_property
    def _true_answer(self) -> Plain:
        verdict = self._run(read_policy(self._truth(self._exercise._checked)))
        if set(verdict.values()) != {MET}:
            raise CrmlabError(f"the solution of {self.answer} misses: {', '.join(verdict.reached.values())}")
        return verdict

    @cached_property
    def _wrong_answers(self) -> list[tuple[Plain, str]]:
        found: list[tuple[Plain, str]] = []
        for mistake in self.mistakes:
            policy = mistake.compute(self, self._exercise._checked)
            if policy is not None:
                found.append((self._run(read_policy(policy)), mistake.message))
        return found

    def _judge(self, answer: Any) -> tuple[str, str]:
        try:
            truth = None if answer is ... or answer is None else self._true_answer
        except Exception:  # the question itself is broken, which the usual way says
            truth = None
        if truth is None:
            return super()._judge(answer)
        try:
            verdict = self._run(read_policy(answer))
        except Unreadable as problem:
            return "wrong", f"{self.answer} {problem}"
        if not same(verdict, truth, self._wanted):
            return "wrong", self._spoken(verdict)
        if self.hidden_check:
            return "right so far", "The rest of this question is checked when you hand in."
        return "right", f"{self.points} of {self.points} points."

    def _missed(self, verdict: Any) -> list[Constraint]:
        return [c for c in self.constraints if verdict[c.name] == MISSED]

    def _diagnosis(self, plain: Plain, truth: Plain) -> str:
        return " Also: ".join(constraint.cure for constraint in self._missed(plain))

    def _spoken(self, verdict: Verdict) -> str:
        """Name each constraint that is missed, the number reached, and the cure; then how many are left."""
        parts = [f"{verdict.reached[c.name]}. {c.cure}" for c in self._missed(verdict)]
        waiting = sum(1 for found in verdict.values() if found == OPEN)
        more = f" Then {waiting} more to check." if waiting else ""
        return " Also: ".join(parts) + more


def read_policy(answer: Any) -> TierPolicy:
    """Make a policy of whatever was handed in, from plain values only.

    Parameters
    ----------
    answer : object
        A TierPolicy, a dict of its parts (``tiers`` as a mapping as in Python, or as a list as in YAML), or YAML text.

    Raises
    ------
    Unreadable
        With a message that ends a sentence such as "policy ...".

    Examples
    --------
    >>> read_policy({"name": "demo", "measure": "revenue", "tiers": {"regular": None, "gold": 500}}).names
    ['regular', 'gold']
    """
    kind = type(answer)
    if kind is TierPolicy:
        parts = object.__getattribute__(answer, "__dict__")
    elif kind is dict:
        parts = answer
    elif id(kind) in TEXT_IDS:
        return _from_text(answer)
    else:
        called = " Call it: crmlab.TierPolicy(...)." if answer is TierPolicy else ""
        raise Unreadable(f"is {describe(answer)}; {ASKED} was asked.{called}")
    try:
        plain = _copied(parts, 0)
        if type(plain.get("tiers")) is list:
            import yaml

            return TierPolicy.from_yaml(str(yaml.safe_dump({"name": "policy", **plain}, sort_keys=False)))
        return _made(plain)
    except CrmlabError as problem:
        raise Unreadable(f"is refused: {_short(problem)}") from None
    except Unreadable:
        raise
    except Exception as problem:
        raise Unreadable(f"cannot be read ({type_name(problem)}); {ASKED} was asked.") from None


def _made(plain: dict[Any, Any]) -> TierPolicy:
    for part in plain:
        if part not in PARTS:
            raise Unreadable(f"has a part {str(part)[:40]!r} that no policy has.{nearest(str(part)[:40], PARTS)}")
    if "tiers" not in plain:
        raise Unreadable(f"has no 'tiers'; {ASKED} was asked.")
    return TierPolicy(**{"name": "policy", **plain})


def _from_text(text: str) -> TierPolicy:
    """Read YAML; a text of one line is never taken for the name of a file."""
    if len(text) > LONGEST_YAML or "\n" not in text.strip():
        raise Unreadable(f"is text that is no policy; {ASKED} was asked.")
    try:
        _check_yaml(text)
        return TierPolicy.from_yaml(str(text))
    except CrmlabError as problem:
        raise Unreadable(f"is refused: {_short(problem)}") from None
    except Unreadable:
        raise
    except Exception as problem:
        raise Unreadable(f"is text that is no policy ({type_name(problem)}); {ASKED} was asked.") from None


def _check_yaml(text: str) -> None:
    """Refuse what makes a short text endless (aliases) or slow (brackets in brackets)."""
    import yaml

    depth = 0
    try:
        for event in yaml.parse(text, yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                raise Unreadable("uses YAML aliases (*name); write the values out.")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST + 1:
                raise Unreadable(f"is text that is no policy: it nests too deep; {ASKED} was asked.")
    except yaml.YAMLError:  # what is wrong with it is said where it is read
        return


def _copied(value: Any, depth: int) -> Any:
    """Copy a part into plain values; what is too large, too deep or of another type is refused."""
    kind = type(value)
    if value is None or id(kind) in BOOL_IDS:
        return value if value is None else bool(value)
    if kind is AtMost:
        return AtMost(float.__float__(value))
    if id(kind) in NUMBER_IDS:
        number = plain_float(value)
        return int(number) if number.is_integer() else number
    if id(kind) in TEXT_IDS and len(value) <= LONGEST_TEXT:
        return str(value)
    if kind is datetime.date:
        return value
    if depth < DEEPEST and kind in (Dimension, Override):
        return kind(**_copied(object.__getattribute__(value, "__dict__"), depth + 1))
    if depth < DEEPEST and kind in (dict, list, tuple) and len(value) <= MOST_ENTRIES:
        if kind is dict:  # walked through, not looked up: that could run a key's own code
            return {_name(label): _copied(part, depth + 1) for label, part in value.items()}
        return [_copied(part, depth + 1) for part in value] if kind is list else _tuple(value, depth)
    raise Unreadable(f"holds {describe(value)}, which no policy has; {ASKED} was asked.")


def _tuple(value: tuple[Any, ...], depth: int) -> tuple[Any, ...]:
    return tuple(_copied(part, depth + 1) for part in value)


def _name(label: Any) -> str:
    if id(type(label)) not in TEXT_IDS or len(label) > LONGEST_TEXT:
        raise Unreadable(f"has {describe(label)} as a name; names are texts.")
    return str(label)


def _short(problem: Exception) -> str:
    """Return an error in one line that fits into a message."""
    text = " ".join(str(problem).split())
    return text if len(text) <= 260 else text[:257] + "..."
