"""Review: which cases a week's findings open, renew and resolve, and what of the findings the decisions leave.

Belongs here: both as pure functions. Does not belong here: the verdict (checks/verdict.py), storing cases or decisions
(resources/review.py), who may decide (console, pipelines).

- Errors and warnings make cases; an info only counts.
- One rule about one unit or feed is one case over adjoining weeks. Spans of one such pair never overlap.
- A case that is lifted by a decision goes on as far as the decision does, gaps included; what comes later is a new case,
  and must be decided anew.
- A case that fails in none of its weeks any more is resolved. Failing again inside its span opens it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from resources.cases import BASIS, WAITING, Case, Key, Renewal, case_of, key_of
from resources.outcomes import RuleOutcome
from scoring.calendar import Week

_SEVERITIES = ("error", "warning")


@dataclass(frozen=True, slots=True)
class Override:
    """Whose figures speak for a unit in a week by decision: `dossiers`, or the `portal`'s."""

    unit_code: str
    week: str
    source: str
    case_id: int


@dataclass(frozen=True, slots=True)
class Left:
    """What decisions leave: the findings of which the lifted ones no longer block, and the bases they chose.

    lifted: the findings that would block but for a decision, as they were found.
    """

    outcomes: list[RuleOutcome]
    overrides: tuple[Override, ...] = ()
    lifted: tuple[RuleOutcome, ...] = ()


def open_cases(week: str, outcomes: Iterable[RuleOutcome], cases: Sequence[Case]) -> Renewal:
    """What a week's findings mean for the cases. outcomes: everything found in the week, passed or not.

    cases: at least all whose span touches the week or adjoins it. Doing it again with what came of it changes nothing.
    """
    failing = _failing(week, outcomes)
    opened, renewed, cleared, resolved = [], [], [], []
    for key, outcome in sorted(failing.items(), key=lambda item: tuple(part or "" for part in item[0])):
        of_key = [case for case in cases if key_of(case) == key]
        known = _case_for(week, of_key)
        if known is None:
            opened.append(case_of(outcome))
        elif (now := _failed_in(known, week, outcome)) != known:
            renewed.append(now)
    for case in cases:
        if week in case.failing and key_of(case) not in failing:
            rest = tuple(each for each in case.failing if each != week)
            if rest:
                cleared.append(replace(case, failing=rest))
            else:
                resolved.append(replace(case, failing=(), state="resolved", decided=None, until=None))
    return Renewal(tuple(opened), tuple(renewed), tuple(cleared), tuple(resolved))


def apply_decisions(outcomes: Iterable[RuleOutcome], cases: Iterable[Case]) -> Left:
    """The findings as the decisions leave them: one that is lifted for its week still tells, but blocks nothing.

    Order and number stay. Keeping under review or returning to the sender lifts nothing.
    """
    lifting: dict[Key, list[Case]] = {}
    for case in cases:
        if case.decided is not None:
            lifting.setdefault(key_of(case), []).append(case)
    left: list[RuleOutcome] = []
    lifted: list[RuleOutcome] = []
    overrides: dict[tuple[str, str], Override] = {}
    for outcome in outcomes:
        by = next((case for case in lifting.get(key_of(outcome), ()) if _is_lifted(outcome, case)), None)
        left.append(replace(outcome, severity="info") if by else outcome)
        lifted += [outcome] if by and outcome.blocks else []
        if by and by.unit_code and (source := BASIS.get(by.decided or "")):
            overrides[by.unit_code, outcome.week] = Override(by.unit_code, outcome.week, source, by.id)
    return Left(left, tuple(overrides[key] for key in sorted(overrides)), tuple(lifted))


def _failing(week: str, outcomes: Iterable[RuleOutcome]) -> dict[Key, RuleOutcome]:
    """The finding that speaks for each case: what blocks before what tells, what is wrong before what could not run."""
    found: dict[Key, RuleOutcome] = {}
    for outcome in outcomes:
        if outcome.week == week and not outcome.succeeded and outcome.severity in _SEVERITIES:
            key = key_of(outcome)
            if key not in found or _weight(outcome) > _weight(found[key]):
                found[key] = outcome
    return found


def _weight(outcome: RuleOutcome) -> tuple[bool, bool, bool, int]:
    return outcome.severity == "error", outcome.status == "failed", outcome.grain != "row", outcome.failed


def _case_for(week: str, of_key: Sequence[Case]) -> Case | None:
    """The case a finding of the week belongs to: the one whose span holds it, else the nearest that it goes on."""
    inside = [case for case in of_key if case.spans(week)]
    if inside:
        return inside[0]
    earlier = [case for case in of_key if case.last_week < week]
    nearest = max(earlier, key=lambda case: case.last_week, default=None)
    if nearest is not None and (_adjoins(nearest, week) or nearest.lifts(week)):
        return nearest
    return next((case for case in of_key if case.first_week > week and _adjoins(case, week)), None)


def _adjoins(case: Case, week: str) -> bool:
    """Whether the case is still waiting and stands right before or after the week."""
    here = Week.parse(week)
    return case.state in WAITING and (case.last_week == str(here.previous) or case.first_week == str(here.next))


def _failed_in(case: Case, week: str, outcome: RuleOutcome) -> Case:
    failing = tuple(sorted({*case.failing, week}))
    now = replace(
        case,
        first_week=min(case.first_week, week),
        last_week=max(case.last_week, week),
        failing=failing,
        # A correction after which the rule still fails did not suffice: somebody has to look again.
        state="open" if case.state == "resolved" or (case.state == "corrected" and not case.decided) else case.state,
    )
    if week != failing[-1]:  # a later week has newer words
        return now
    return replace(
        now,
        grain=outcome.grain,
        stage=outcome.stage,
        severity=outcome.severity,
        diagnosis=outcome.diagnosis,
        finding=asdict(outcome),
    )


def _is_lifted(outcome: RuleOutcome, case: Case) -> bool:
    return not outcome.succeeded and case.spans(outcome.week) and case.lifts(outcome.week)
