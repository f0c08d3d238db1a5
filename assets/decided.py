"""Decided: which decisions and corrections of people touched the figures of a revision.

Belongs here: finding them among a week's cases and the corrections its rows carried. Does not belong here: making decisions
(assets/review.py), words, pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from assets.gate import Gate
from publishing.explanation import Touched
from resources.cases import SYSTEM, Case, Correction, Decision
from resources.exports import ExportRecord
from resources.office import Office
from resources.releases import Revision


@dataclass(frozen=True)
class Decisions:
    """What people decided about a week's cases, and the corrections they made."""

    cases: Sequence[tuple[Case, Sequence[Decision]]]
    corrections: Sequence[Correction]


def decisions_about(office: Office, week: str) -> Decisions:
    """All of a week, read once, however many units are asked about afterwards."""
    return Decisions(
        [(case, office.review.log(case.id)) for case in office.review.cases(week=week)],
        office.review.correction_entries(),
    )


def decisions_behind(
    decisions: Decisions, revision: Revision, gate: Gate, used: Sequence[ExportRecord], unit_code: str
) -> Iterator[Touched]:
    """Decisions of people, taken before the revision, about the unit or a feed it stands on; and corrections of its rows."""
    feeds = {(each.kind, each.scope) for each in used}
    made: list[Touched] = []
    for case, log in decisions.cases:
        of_unit = case.unit_code is not None and _within(case.unit_code, unit_code)
        of_feed = case.unit_code is None and (case.kind, case.scope) in feeds
        if of_unit or of_feed:
            made += [
                Touched(entry.at, entry.who, entry.action, entry.reason, case.rule, case.id)
                for entry in log
                if entry.who != SYSTEM and entry.action not in ("assign", "comment", "correct", "withdraw")
            ]
    carried = {number for each in used for number in gate.corrections.get(each.export_id, ())}
    for entry in decisions.corrections:
        meant = entry.where.get("unit_code")
        if entry.id in carried and (meant is None or _within(meant, unit_code)):
            made.append(
                Touched(entry.at or datetime.min, entry.who, entry.action, entry.reason, str(entry), entry.case_id)
            )
    yield from sorted((each for each in made if each.at <= revision.published_at), key=lambda each: each.at)


def _within(code: str, unit_code: str) -> bool:
    return code == unit_code or code.startswith(unit_code + ".")
