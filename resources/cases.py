"""Cases and decisions: what stands on the stewards' desk, and what was decided about it, as typed values.

Belongs here: the records, what makes two findings the same case, and what each action leads to. Does not belong here:
opening or resolving cases (checks/review.py), storing them (resources/review.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from typing import Any, Literal

from resources.outcomes import RuleOutcome
from scoring.calendar import Week

State = Literal["open", "waived", "corrected", "returned", "resolved"]
Action = Literal["keep", "waive", "use_dossiers", "accept_portal", "return", "reopen", "assign", "comment", "correct"]

STATES: tuple[State, ...] = ("open", "waived", "corrected", "returned", "resolved")
WAITING: tuple[State, ...] = ("open", "returned")
"""States in which somebody still has to do something."""
STATE_AFTER: dict[str, State] = {
    "keep": "open",
    "waive": "waived",
    "use_dossiers": "corrected",
    "accept_portal": "waived",
    "return": "returned",
    "reopen": "open",
    "correct": "corrected",
}
LIFTING = ("waive", "use_dossiers", "accept_portal")
"""Decisions under which a finding no longer blocks, up to a date. (A correction mends the data; the rule then passes.)"""
BASIS = {"use_dossiers": "dossiers", "accept_portal": "portal"}
"""Which figures a decision says shall speak for the unit."""
REFUSED_AT_DOOR = "exports"
"""Stage of findings about files that were never taken in: no decision can admit what is not there."""
SYSTEM = "service-index"
"""Who the log names for what happened by itself."""

Key = tuple[str, str | None, str | None, str | None, str | None]


def key_of(finding: RuleOutcome | Case) -> Key:
    """What a case is about, whatever the week: (rule, kind, scope, unit, file).

    A unit is itself in whichever scope's export it stands; a feed is its kind and scope; else it is a file by its name.
    """
    of_unit = finding.grain == "unit" and finding.unit_code is not None
    of_feed = finding.kind is not None
    return (
        finding.rule,
        finding.kind,
        None if of_unit else finding.scope,
        finding.unit_code if of_unit else None,
        None if of_unit or of_feed else _name(finding.file),
    )


def _name(file: str | None) -> str | None:
    return file.split("/", 1)[-1] if file else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One rule that fails for one unit or feed over a span of weeks. id and version are 0 until it is stored.

    first_week..last_week: every week it ever failed in. failing: those in which it fails now; none: it is resolved.
    decided, until: the standing decision that lifts it, and the last day for which it does. finding: the newest finding,
    as RuleOutcome's fields. version grows with every change but a comment: who decides must have seen the last one.
    """

    rule: str
    grain: str
    stage: str
    severity: str
    kind: str | None = None
    scope: str | None = None
    unit_code: str | None = None
    unit_name: str | None = None
    file: str | None = None
    first_week: str
    last_week: str
    failing: tuple[str, ...]
    state: State = "open"
    decided: str | None = None
    until: str | None = None
    assignee: str | None = None
    diagnosis: str | None = None
    finding: dict[str, Any] = field(default_factory=dict, hash=False)
    opened_at: datetime | None = None
    updated_at: datetime | None = None
    id: int = 0
    version: int = 0

    @property
    def outcome(self) -> RuleOutcome:
        """The newest finding."""
        known = {each.name for each in fields(RuleOutcome)}
        return RuleOutcome(**{name: value for name, value in self.finding.items() if name in known})

    def spans(self, week: str) -> bool:
        return self.first_week <= week <= self.last_week

    def lifts(self, week: str) -> bool:
        """Whether the standing decision speaks for a week: not before the case began, not after its date."""
        if self.decided not in LIFTING or self.until is None or week < self.first_week:
            return False
        return Week.parse(week).sunday <= date.fromisoformat(self.until)

    @property
    def can_be_lifted(self) -> bool:
        """False for a file refused at the door: only another file helps there."""
        return self.stage != REFUSED_AT_DOOR

    @property
    def actions(self) -> tuple[Action, ...]:
        """The decisions that mean something for this case, in the order in which they are offered."""
        if self.state == "resolved":
            return ()
        offered: list[Action] = ["keep"] if self.state == "open" else ["reopen"]
        if self.can_be_lifted:
            if self.grain == "unit" and self.severity == "error":
                offered += ["use_dossiers", "accept_portal"]
            offered.append("waive")
        return (*offered, "return")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line of the log. at: naive UTC. before, after: what of the case it changed. until: an ISO date, included.

    action: one of Action by a person; opened, renewed, cleared, resolved by the software.
    """

    id: int
    case_id: int
    at: datetime
    who: str
    action: str
    reason: str
    until: str | None
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A mending as data, to be applied to a validated table, never to the raw one.

    rows: column to value, which rows or counts it means. action: drop, set, scale or flag; field, value: what it writes.
    expect: column to the value the source has while it is still wrong: found otherwise, the correction must fail, not
    mend twice. withdraws: the correction this entry takes back.
    """

    case_id: int
    table: str
    rows: dict[str, Any]
    action: Literal["drop", "set", "scale", "flag"]
    field: str | None = None
    value: str | None = None
    expect: dict[str, Any]
    first_week: str
    last_week: str
    reason: str
    who: str
    withdraws: int | None = None
    at: datetime | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Renewal:
    """What judging a week did to the cases: new ones, and the others as they have become."""

    opened: tuple[Case, ...] = ()
    renewed: tuple[Case, ...] = ()
    cleared: tuple[Case, ...] = ()
    resolved: tuple[Case, ...] = ()

    @property
    def changed(self) -> tuple[Case, ...]:
        return (*self.renewed, *self.cleared, *self.resolved)


def case_of(outcome: RuleOutcome) -> Case:
    """A new case about a finding."""
    rule, kind, scope, unit_code, file = key_of(outcome)
    return Case(
        rule=rule,
        grain=outcome.grain,
        stage=outcome.stage,
        severity=outcome.severity,
        kind=kind,
        scope=outcome.scope if unit_code else scope,
        unit_code=unit_code,
        file=file,
        first_week=outcome.week,
        last_week=outcome.week,
        failing=(outcome.week,),
        diagnosis=outcome.diagnosis,
        finding=asdict(outcome),
    )


def replay(log: Iterable[Decision]) -> dict[str, Any]:
    """What the log alone says of a case: its fields as the entries left them. The log is the record, the case a view."""
    state: dict[str, Any] = {}
    for entry in log:
        state |= entry.after
    return state
