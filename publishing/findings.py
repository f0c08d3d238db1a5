"""Findings as people and programs read them: what was refused, held or warned about, and why.

Belongs here: listing rule outcomes. Does not belong here: finding them (checks, resources/door.py).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from publishing.figures import csv_text, json_text, printable
from resources.office import Office
from resources.outcomes import RuleOutcome
from scoring.calendar import Week

FINDING_COLUMNS = ("severity", "rule", "week", "unit_code", "file", "row", "field", "value", "expected", "message")
_ORDER = {"error": 0, "warning": 1, "info": 2}
_MARKS = {
    "error": ("✗ lỗi / error", "bold red"),
    "warning": ("! cảnh báo / warning", "yellow"),
    "info": ("· thông tin / info", "dim"),
}


def show_findings(office: Office, week: Week | None, format: str, console: Console | None = None) -> int:
    """Prints the findings of a week, or of all, worst first; returns how many there were."""
    outcomes = office.database.outcomes(week=str(week) if week else None, failed_only=True)
    if format == "table":
        print_findings(outcomes, console or Console())
    else:
        rows = [{**asdict(outcome), "message": f"{outcome.message_vi} / {outcome.message_en}"} for outcome in outcomes]
        kept = [{column: row[column] for column in FINDING_COLUMNS} for row in rows]
        sys.stdout.write(csv_text(FINDING_COLUMNS, kept) if format == "csv" else json_text(kept) + "\n")
    return len(outcomes)


def print_findings(outcomes: Sequence[RuleOutcome], console: Console) -> None:
    """One paragraph a finding, Vietnamese first, English beneath."""
    if not outcomes:
        console.print("Không có phát hiện nào. / No findings.")
        return
    for outcome in sorted(outcomes, key=lambda each: (_ORDER[each.severity], each.week)):
        words, style = _MARKS[outcome.severity]
        console.print(Text(f"{words} · {outcome.week} · {outcome.rule}", style=style))
        console.print(Text("  " + printable(outcome.describe("vi"))))
        console.print(Text("  " + printable(outcome.describe("en")), style="dim"))
