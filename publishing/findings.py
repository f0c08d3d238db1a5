"""Findings as people and programs read them: what was refused, held or warned about, and why.

Belongs here: listing rule outcomes. Does not belong here: finding them (checks, resources/door.py).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from publishing.figures import csv_text, json_text, printable
from resources.office import Office
from resources.outcomes import RuleOutcome
from scoring.calendar import Week

if TYPE_CHECKING:
    from assets.check_path import CheckReport

FINDING_COLUMNS = ("severity", "rule", "week", "unit_code", "file", "row", "field", "value", "expected", "message")
_ORDER = {"error": 0, "warning": 1, "info": 2}
_MARKS = {
    "error": ("✗ lỗi / error", "bold red"),
    "warning": ("! cảnh báo / warning", "yellow"),
    "info": ("· thông tin / info", "dim"),
}
_DECISIONS = {
    "publishable": "công bố được / publishable",
    "publishable_with_reviews": "công bố kèm đơn vị đang xem xét / publishable with units under review",
    "held": "sẽ bị giữ lại / would be held",
}


def show_findings(office: Office, week: Week | None, format: str, console: Console | None = None) -> int:
    """Prints the findings of a week, or of all, worst first; returns how many there were."""
    found = office.database.outcomes(week=str(week) if week else None, failed_only=True)
    outcomes = _worst_first(found)
    if format == "table":
        print_findings(outcomes, console or Console())
    else:
        _write_findings(outcomes, format)
    return len(outcomes)


def show_checked(report: CheckReport, format: str, *, everything: bool = False, console: Console | None = None) -> int:
    """Prints what checking a path found, worst first, and returns how many findings there were.

    everything: information too; it never counts as a finding. Notes go to stderr, so that CSV and JSON stay clean.
    """
    for note in report.notes:
        sys.stderr.write(f"{printable(note)}\n")
    told = report.outcomes if everything else report.findings
    if format != "table":
        _write_findings(_worst_first(told), format)
        return len(report.findings)
    console = console or Console()
    print_findings(told, console)
    if hidden := len(report.outcomes) - len(told):
        console.print(f"{hidden} thông tin không hiện, thêm --all / informations not shown, add --all", style="dim")
    for verdict in report.verdicts:
        console.print(Text(f"{verdict.week}: {_DECISIONS[verdict.decision]}", style="bold"))
    return len(report.findings)


def _write_findings(outcomes: Iterable[RuleOutcome], format: str) -> None:
    rows = [{**asdict(outcome), "message": _message(outcome)} for outcome in outcomes]
    kept = [{column: row[column] for column in FINDING_COLUMNS} for row in rows]
    sys.stdout.write(csv_text(FINDING_COLUMNS, kept) if format == "csv" else json_text(kept) + "\n")


def _message(outcome: RuleOutcome) -> str:
    """What is wrong and what to do, Vietnamese / English."""
    vi, en = outcome.message_vi, outcome.message_en
    if outcome.action_vi and outcome.action_en:
        vi, en = f"{vi}. Cần làm: {outcome.action_vi}", f"{en}. What to do: {outcome.action_en}"
    return f"{vi} / {en}"


def _worst_first(outcomes: Iterable[RuleOutcome]) -> list[RuleOutcome]:
    return sorted(outcomes, key=lambda each: (_ORDER[each.severity], each.week))


def print_findings(outcomes: Sequence[RuleOutcome], console: Console) -> None:
    """One paragraph a finding, Vietnamese first, English beneath."""
    if not outcomes:
        console.print("Không có phát hiện nào. / No findings.")
        return
    for outcome in _worst_first(outcomes):
        words, style = _MARKS[outcome.severity]
        console.print(Text(f"{words} · {outcome.week} · {outcome.rule}", style=style))
        console.print(Text("  " + printable(outcome.describe("vi"))))
        console.print(Text("  " + printable(outcome.describe("en")), style="dim"))
