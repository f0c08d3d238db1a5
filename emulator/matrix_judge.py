"""Right or wrong: whether a fault was caught by the rule that ought to catch it, and on the units it struck.

Belongs here: from effects and findings to a verdict on the catching, pure. Does not belong here: running anything
(matrix.py), the page (matrix_page.py).

A fault is caught when each of its `caught_by` is found with a warning or an error, every unit it struck is named by one of
them, and none of them names a unit that nothing struck (the province has what its units have). In a pair one fault may
hold a feed that the other lies in, or is compared with: then the finding that holds it is the right catch of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emulator.faults.catalogue import FAULTS
from emulator.faults.fault import Effect, Fault

if TYPE_CHECKING:
    from resources.outcomes import RuleOutcome
    from resources.verdicts import Verdict

Case = tuple[str, ...]
Feed = tuple[str, str]
"""Kind and scope."""
NATION = "VN"
RECONCILE = "reconcile"


@dataclass(frozen=True, slots=True)
class Found:
    """What the pipeline says of the last week: findings that failed, and the verdict."""

    outcomes: tuple[RuleOutcome, ...]
    verdict: Verdict | None

    def beyond(self, sound: Found) -> Found:
        """Without what is found of a sound week too."""
        known = {_key(outcome) for outcome in sound.outcomes}
        return Found(tuple(one for one in self.outcomes if _key(one) not in known), self.verdict)


def _key(one: RuleOutcome) -> tuple[object, ...]:
    return (one.rule, one.grain, one.kind, one.scope, one.unit_code, one.severity, one.failed)


@dataclass(frozen=True, slots=True)
class Caught:
    """What came of a case. `by`: findings of the rules that ought to catch it; `also`: what else was found, by rule.

    `wrong`: by fault, what is not as it ought to be. `held`: by fault, the other that holds what it needs to be seen.
    """

    case: Case
    effects: tuple[Effect, ...]
    by: tuple[RuleOutcome, ...]
    also: tuple[RuleOutcome, ...]
    follows: tuple[str, ...]
    wrong: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        return not self.wrong

    def told(self) -> str:
        """Everything found, in one line, for whoever looks into a case."""
        return "; ".join(
            sorted(
                {
                    f"{one.rule} [{one.severity} {one.grain} {one.unit_code or one.scope} {one.diagnosis or ''}]"
                    for one in (*self.by, *self.also)
                }
            )
        )


def speaks_of(outcome: RuleOutcome, province: str, *, national: bool) -> bool:
    """Whether a finding is about a province's feeds or units; of a national fault, about the table of the nation too."""
    of_nation = outcome.scope == NATION or f".{NATION}." in (outcome.file or "")
    if of_nation:
        return national
    about = (outcome.unit_code or "", outcome.scope or "")
    return any(text.startswith(province) for text in about) or f".{province}." in (outcome.file or "")


def judge(case: Case, effects: Sequence[Effect], found: Sequence[RuleOutcome], verdict: Verdict | None) -> Caught:
    """What findings about a case's province say of it."""
    struck = {unit for effect in effects for unit in effect.units}
    expected = [one for one in found if any(catches(name, one) for fault in case for name in FAULTS[fault].caught_by)]
    wrong, held = {}, {}
    for effect in effects:
        fault = FAULTS[effect.fault]
        amiss = _amiss(fault, effect, found, struck)
        if amiss and (holder := _holder(fault, effect, case, verdict)):
            held[fault.name] = holder
        elif amiss:
            wrong[fault.name] = amiss
    return Caught(
        case=case,
        effects=tuple(effects),
        by=tuple(expected),
        also=tuple(one for one in found if one not in expected),
        follows=_follows(effects, found, verdict),
        wrong=wrong,
        held=held,
    )


def catches(name: str, outcome: RuleOutcome) -> bool:
    """Whether a finding is one of those a fault names (see Fault.caught_by)."""
    rule, _, diagnosis = name.partition(":")
    of_rule = outcome.rule.startswith(f"{RECONCILE}.") if rule == RECONCILE else outcome.rule == rule
    return of_rule and outcome.severity != "info" and diagnosis in ("", outcome.diagnosis)


def named(outcome: RuleOutcome, units: Iterable[str]) -> set[str]:
    """Which of some units a finding names, as its own or among its examples."""
    told = (
        f"{outcome.message_en} {outcome.value} ".replace(",", " ").replace(";", " ").replace(")", " ").replace("(", " ")
    )
    return {unit for unit in units if unit == outcome.unit_code or f" {unit} " in f" {told}"}


def _amiss(fault: Fault, effect: Effect, found: Sequence[RuleOutcome], struck: set[str]) -> str:
    """What is not as it ought to be; empty when it is caught by the right rules on the right units."""
    catching = [one for one in found if any(catches(name, one) for name in fault.caught_by)]
    silent = [name for name in fault.caught_by if not any(catches(name, one) for one in found)]
    if silent or not fault.caught_by:
        return f"{', '.join(silent) or 'nothing'} is silent"
    unnamed = set(effect.units) - {unit for one in catching for unit in named(one, effect.units)}
    if unnamed:
        return f"{', '.join(sorted(unnamed))} not named"
    others = {str(one.unit_code) for one in catching if one.grain == "unit"} - struck - {effect.province}
    return f"{', '.join(sorted(others))} named too" if others else ""


def _holder(fault: Fault, effect: Effect, case: Case, verdict: Verdict | None) -> str | None:
    """The other fault of a pair that holds a feed in which this one lies, or with which it is compared."""
    needed: set[Feed] = {(kind, scope) for kind, scope, *_ in (name.split(".") for name in effect.files)}
    rules = {name.partition(".")[0].partition(":")[0] for name in fault.caught_by}
    needed |= {(kind, effect.province) for kind in ("dossiers", "counts") if RECONCILE in rules}
    needed |= {("dossiers", effect.province)} if "dossiers" in rules else set()
    for feed in verdict.feeds if verdict else ():
        if not feed.admitted and (feed.kind, feed.scope) in needed:
            for other in case:
                if other != fault.name and any(rule == feed.rule for rule in FAULTS[other].caught_by):
                    return other
    return None


def _follows(effects: Sequence[Effect], found: Sequence[RuleOutcome], verdict: Verdict | None) -> tuple[str, ...]:
    """What follows for the feeds that were spoilt, for units and for rows."""
    spoilt = {tuple(name.split(".")[:2]) for effect in effects for name in effect.files}
    said = []
    if verdict is not None:
        held = {feed.kind for feed in verdict.feeds if not feed.admitted and (feed.kind, feed.scope) in spoilt}
        said += [f"held: {', '.join(sorted(held))}"] if held else []
    units = {one.unit_code for one in found if one.grain == "unit" and one.blocks and one.unit_code}
    said += [f"under review: {len(units)}"] if units else []
    if any(one.grain == "row" and one.severity == "error" for one in found):
        said.append("rows set aside")
    return tuple(said) or (("warning",) if any(one.severity == "warning" for one in found) else ())
