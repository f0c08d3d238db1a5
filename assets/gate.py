"""What flows into a week's figures: the gate in the data, and the fingerprint of everything that passed it.

Belongs here: which admitted exports a week is made of, in which weeks a province can be counted from its own dossiers,
and whether a week still has to be published. Does not belong here: the verdicts themselves (checks/verdict.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from assets.review import left_by_decisions
from checks.corrections import laid_over
from checks.verdict import NotAdmitted
from resources.cases import Correction
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.office import Office
from resources.verdicts import Verdict
from scoring.calendar import Week, week_range
from scoring.ruleset import RuleSet

FIGURES = 1
"""Raised whenever the software computes other numbers from the same inputs (each time with a line in CHANGELOG.md)."""

LISTS = ("procedures", "petitions", "units")
"""Kinds of export that tell a state: the newest one up to a week holds in it, however old."""
INTAKE = 2
"""Raised whenever the software takes in or judges the same files otherwise: every week is then gone through again."""


@dataclass(frozen=True)
class Gate:
    """Every current export that a verdict admits, and the verdicts, as of one moment."""

    exports: tuple[ExportRecord, ...]
    verdicts: Mapping[Week, Verdict]
    portal_speaks: Mapping[Week, frozenset[str]]
    """Units for which, by a steward's decision, the portal's figures stand in place of ours."""
    corrections: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The corrections that the typed rows of an export carry, by its id."""

    def of_kind(self, kind: str, last: Week, first: Week | None = None) -> list[ExportRecord]:
        """Admitted exports of a kind that arrived in first..last."""
        return [
            export
            for export in self.exports
            if export.kind == kind
            and Week.parse(export.week) <= last
            and (first is None or Week.parse(export.week) >= first)
        ]

    def inputs(self, week: Week) -> list[ExportRecord]:
        """The exports that flow into a week: those of its year, and the lists of any time before."""
        first = first_week_counted(week)
        return [
            export
            for export in self.exports
            if Week.parse(export.week) <= week and (export.kind in LISTS or Week.parse(export.week) >= first)
        ]

    def made_of(self, export: ExportRecord) -> str:
        """The export and the corrections its rows carry: what whoever reads its typed file reads."""
        return "+".join([export.export_id, *map(str, self.corrections.get(export.export_id, ()))])

    def corrected(self, week: Week) -> set[int]:
        """The corrections that flow into a week."""
        return {number for export in self.inputs(week) for number in self.corrections.get(export.export_id, ())}

    def still_stands(self, office: Office) -> bool:
        """Whether the typed files still carry the corrections they did; an intake meanwhile may have laid others over them."""
        return carried(office, self.exports) == self.corrections

    def fingerprint(self, week: Week, rulesets: Iterable[RuleSet]) -> str:
        """sha256 over all that decides a week's figures: exports as corrected, rule sets, units under review, FIGURES."""
        verdict = self.verdicts.get(week)
        content = {
            "figures": FIGURES,
            "exports": sorted((self.made_of(export), export.sha256) for export in self.inputs(week)),
            "rulesets": sorted((ruleset.id, ruleset.fingerprint) for ruleset in rulesets),
            "holds": sorted(
                (each, hold.unit_code, hold.period or "", hold.rule)
                for each in (str(week.previous), str(week))
                for hold in (self.verdicts[Week.parse(each)].holds if Week.parse(each) in self.verdicts else ())
            ),
            "portal_speaks": [sorted(self.portal_speaks.get(each, ())) for each in (week.previous, week)],
            "decision": verdict.decision if verdict else None,
        }
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def first_week_counted(week: Week) -> Week:
    """The first week whose exports can hold dossiers of the week's year: the one before the year's first.

    The days between New Year and the first Monday of an ISO year belong to the last week of the year before.
    """
    return Week.parse(f"{week.thursday.year}-W01").previous


def open_gate(office: Office, provisional: Mapping[Week, Verdict] | None = None) -> Gate:
    """The gate as the database has it now; `provisional` verdicts, not given yet, take the place of those it has."""
    verdicts = {Week.parse(verdict.week): verdict for verdict in office.database.verdicts()}
    verdicts |= provisional or {}
    admitted = {
        feed.export_id for verdict in verdicts.values() for feed in verdict.feeds if feed.admitted and feed.export_id
    }
    exports = tuple(
        sorted(
            (export for export in office.database.current_exports() if export.export_id in admitted),
            # In the order in which they count: of two exports of a week the later one wins.
            key=lambda export: (
                export.week,
                export.exported_at or datetime.min,
                export.kind,
                export.scope,
                export.export_id,
            ),
        )
    )
    speaks = {week: _portal_speaks(office, week) for week in verdicts}
    corrections = carried(office, exports)
    if corrections:
        made = {entry.id: said(entry) for entry in office.review.correction_entries()}
        exports = tuple(
            _corrected(export, [made[n] for n in corrections.get(export.export_id, ())]) for export in exports
        )
    return Gate(exports, verdicts, speaks, corrections)


def said(entry: Correction) -> str:
    """A correction, or its withdrawal, as the reason of a revision."""
    return f"{entry.who}: {'withdraw' if entry.withdraws else 'correct'}: {entry.reason}"


def _corrected(export: ExportRecord, reasons: Sequence[str]) -> ExportRecord:
    """An export whose rows carry corrections corrects what the source said, as one that says so of itself."""
    return replace(export, corrects="; ".join([*filter(None, [export.corrects]), *reasons])) if reasons else export


def carried(office: Office, exports: Iterable[ExportRecord]) -> dict[str, tuple[int, ...]]:
    """The corrections that the typed rows of exports carry, by export id; exports without any are left out.

    Asked of the files themselves: a correction that was made or withdrawn counts from the moment intake has seen it.
    """
    entries = office.review.correction_entries()
    found = {
        export.export_id: laid_over(office.home.table_path(TABLE_OF_KIND[export.kind], export.week, export.export_id))
        for export in exports
        if any(entry.speaks_of(export) for entry in entries)
    }
    return {export_id: numbers for export_id, numbers in found.items() if numbers}


def reaches(correction: Correction, week: Week) -> bool:
    """Whether what a correction mends flows into a week: its own weeks, and later ones whose period contains them."""
    if correction.first_week > str(week):
        return False
    of_any_time = correction.table in LISTS
    return of_any_time or correction.last_week >= str(first_week_counted(week))


def _portal_speaks(office: Office, week: Week) -> frozenset[str]:
    return frozenset(one.unit_code for one in left_by_decisions(office, week).overrides if one.source == "portal")


def computable_weeks(dossier_exports: Sequence[ExportRecord], weeks: Iterable[Week]) -> dict[str, set[Week]]:
    """For each scope the weeks in which its units can be counted from dossiers.

    A state is only as good as its chain: from the first export of the year on, every week needs one. After a week that
    is missing or held, counting would silently leave its dossiers out, so nothing is computed until it arrives.
    """
    arrived: dict[str, set[Week]] = {}
    for export in dossier_exports:
        arrived.setdefault(export.scope, set()).add(Week.parse(export.week))
    found: dict[str, set[Week]] = {}
    for week in weeks:
        first_of_year = first_week_counted(week)
        for scope, present in arrived.items():
            of_year = [each for each in present if first_of_year <= each <= week]
            if of_year and week in present and all(each in present for each in week_range(min(of_year), week)):
                found.setdefault(scope, set()).add(week)
    return found


def require_scorable(verdict: Verdict | None, week: Week) -> None:
    """Raises NotAdmitted, with the reasons and what to do, unless the week's verdict lets it be scored."""
    if verdict is None:
        raise NotAdmitted(
            f"Tuần {week} chưa được kiểm tra nên không tính điểm; chạy intake cho tuần này trước / "
            f"{week} has not been judged and is not scored; run intake for it first"
        )
    if verdict.decision == "held":
        reasons = "; ".join(verdict.reasons) or "–"
        raise NotAdmitted(
            f"Tuần {week} bị giữ lại nên không tính điểm: {reasons}. Đưa bản xuất đúng vào thư mục {week} rồi chạy lại / "
            f"{week} is held and not scored; put a sound export into the folder {week} and run again"
        )
