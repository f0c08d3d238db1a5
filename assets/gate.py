"""What flows into a week's figures: the gate in the data, and the fingerprint of everything that passed it.

Belongs here: which admitted exports a week is made of, in which weeks a province can be counted from its own dossiers,
and whether a week still has to be published. Does not belong here: the verdicts themselves (checks/verdict.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assets.review import left_by_decisions
from checks.verdict import NotAdmitted
from resources.exports import ExportRecord
from resources.office import Office
from resources.verdicts import Verdict
from scoring.calendar import Week, week_range
from scoring.ruleset import RuleSet

FIGURES = 1
"""Raised whenever the software computes other numbers from the same inputs (each time with a line in CHANGELOG.md)."""

LISTS = ("procedures", "petitions", "units")
"""Kinds of export that tell a state: the newest one up to a week holds in it, however old."""
INTAKE = 1
"""Raised whenever the software takes in or judges the same files otherwise: every week is then gone through again."""


@dataclass(frozen=True)
class Gate:
    """Every current export that a verdict admits, and the verdicts, as of one moment."""

    exports: tuple[ExportRecord, ...]
    verdicts: Mapping[Week, Verdict]
    portal_speaks: Mapping[Week, frozenset[str]]
    """Units for which, by a steward's decision, the portal's figures stand in place of ours."""

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

    def fingerprint(self, week: Week, rulesets: Iterable[RuleSet]) -> str:
        """sha256 over all that decides a week's figures: exports, rule sets, units under review, the software's figures."""
        verdict = self.verdicts.get(week)
        content = {
            "figures": FIGURES,
            "exports": sorted((export.export_id, export.sha256) for export in self.inputs(week)),
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
    return Gate(exports, verdicts, {week: _portal_speaks(office, week) for week in verdicts})


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
