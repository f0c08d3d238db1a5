"""Cases and decisions: what stands on the stewards' desk, and what was decided about it, as typed values.

Belongs here: the records, what makes two findings the same case, and what each action leads to. Does not belong here:
opening or resolving cases (checks/review.py), storing them (resources/review.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from resources.exports import TABLE_OF_KIND
from resources.outcomes import RuleOutcome
from scoring.calendar import Week

if TYPE_CHECKING:
    from resources.exports import ExportRecord

State = Literal["open", "waived", "corrected", "returned", "resolved"]
Action = Literal[
    "keep", "waive", "use_dossiers", "accept_portal", "return", "reopen", "assign", "comment", "correct", "withdraw"
]
CorrectionAction = Literal["drop", "set", "scale", "flag"]

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
RECONCILE = "reconcile"
"""Stage of findings that the portal's figures and ours differ, or moved alike."""
OWN_FIGURES = "publication"
"""Stage of findings that our own figures contradict themselves: a fault of the software, which no decision makes right."""
SCOPE = "scope"
"""Among the rows a correction means, the scope of the export they stand in; all other names are columns."""
SYSTEM = "service-index"
"""Who the log names for what happened by itself."""


class DecisionRefused(ValueError):
    """A decision that cannot be taken so. The message is Vietnamese / English."""


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
        """False for a file refused at the door, where only another file helps, and for a fault of the software."""
        return self.stage not in (REFUSED_AT_DOOR, OWN_FIGURES)

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

    action: one of Action by a person; opened, renewed, cleared, resolved by the software. after also names the number of
    the `correction` that was made or withdrawn.
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
    """A mending as data, applied to a validated table, never to the raw one.

    rows: column to value, which rows or counts it means; `scope`: in which export. action: drop, set, scale or flag; field,
    value: what it writes. expect: column to the value the source has while it is still wrong: found otherwise, the
    correction fails and mends nothing, so nothing is mended twice. withdraws: the correction this entry takes back.
    Values are text as people write them (resources/corrections.py).
    """

    case_id: int
    table: str
    rows: dict[str, Any]
    action: CorrectionAction
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

    @property
    def where(self) -> dict[str, str]:
        """Column to value: the rows it means in each export it speaks of."""
        return {name: text for name, text in self.rows.items() if name != SCOPE}

    @property
    def weeks(self) -> str:
        """`2025-W44`, `2025-W44..2025-W46`."""
        return self.first_week if self.first_week == self.last_week else f"{self.first_week}..{self.last_week}"

    def spans(self, week: str) -> bool:
        return self.first_week <= week <= self.last_week

    def speaks_of(self, export: ExportRecord) -> bool:
        """Whether it means rows of an export: of its table, weeks and scope, and of its period where it names one."""
        told = {SCOPE: export.scope, "period": export.period, "period_kind": export.period_kind}
        same = all(self.rows.get(name) in (None, value) for name, value in told.items())
        return same and TABLE_OF_KIND[export.kind] == self.table and self.spans(export.week)

    def describe(self) -> str:
        """In one line, in no language: `portal_counts[unit_code=H05.141] numerator := 318 (numerator=212)`."""
        written = {"set": f"{self.field} := {self.value or '∅'}", "scale": f"{self.field} × {self.value}"}
        return f"{self.table}[{named(self.rows)}] {written.get(self.action, self.action)} ({named(self.expect)})"


def named(values: Mapping[str, Any]) -> str:
    """`unit_code=H05.141, indicator=on_time`."""
    return ", ".join(f"{name}={value}" for name, value in values.items())


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
    known = {each.name for each in fields(Case)}
    state: dict[str, Any] = {}
    for entry in log:
        state |= {name: value for name, value in entry.after.items() if name in known}
    return state
