"""Cases as people find and read them: filters, lists, one case in full.

Belongs here: choosing cases and printing them in a terminal. Does not belong here: the desk's pages (console), deciding
(resources/review.py).
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from publishing.figures import csv_text, json_text, people, printable
from publishing.standing import effect_of
from publishing.words import both, vietnamese
from resources.cases import STATES, WAITING, Case, Decision, State
from resources.office import Office
from resources.review import Review
from scoring.calendar import VIETNAM_OFFSET, Week

SEVERITIES = ("error", "warning")
CASE_COLUMNS = ("id", "state", "severity", "rule", "first_week", "last_week", "subject", "message_vi", "message_en")
CODES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases are asked for. states: those that wait by default. text: words that must all be found."""

    state: str = "waiting"
    week: str | None = None
    severity: str | None = None
    rule: str | None = None
    text: str | None = None

    @classmethod
    def of(cls, **asked: str | None) -> CaseFilter:
        """Empty values ask for nothing. Raises ValueError, naming what there is, for one that does not exist."""
        said = {name: value.strip() for name, value in asked.items() if value and value.strip()}
        found = cls(**said)
        if found.state not in ("waiting", "all", *STATES):
            raise ValueError(f"state {found.state!r}: waiting, all, {', '.join(STATES)}")
        if found.severity not in (None, *SEVERITIES):
            raise ValueError(f"severity {found.severity!r}: {', '.join(SEVERITIES)}")
        if found.week is not None:
            Week.parse(found.week)
        return found

    @property
    def states(self) -> Sequence[State] | None:
        return WAITING if self.state == "waiting" else None if self.state == "all" else [self.state]  # type: ignore[list-item]


def matching(review: Review, asked: CaseFilter) -> list[Case]:
    """The cases asked for: errors first, then the newest."""
    words = _plain(asked.text or "").split()
    found = [
        case
        for case in review.cases(asked.states, asked.week)
        if asked.severity in (None, case.severity)
        and asked.rule in (None, case.rule)
        and all(word in _searched(case) for word in words)
    ]
    return sorted(found, key=lambda case: case.severity != "error")


def _searched(case: Case) -> str:
    said = case.outcome
    parts = (case.rule, case.unit_code, case.unit_name, case.kind, case.scope, case.file, case.assignee)
    return _plain(
        " ".join(part or "" for part in (*parts, said.message_vi, said.message_en, said.diagnosis_vi, f"#{case.id}"))
    )


def _plain(text: str) -> str:
    """Lower case without marks, so that `xa hop thinh` finds `Xã Hợp Thịnh`."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(char for char in apart if not unicodedata.combining(char))


def subject(case: Case) -> str:
    """What a case is about: the unit with its code, the feed, or the file."""
    if case.unit_code:
        return f"{case.unit_name} · {case.unit_code}" if case.unit_name else case.unit_code
    return " ".join(part for part in (case.kind, case.scope) if part) or case.file or "–"


def span(case: Case) -> str:
    """`2025-W44`, `2025-W44..2025-W46`."""
    return case.first_week if case.first_week == case.last_week else f"{case.first_week}..{case.last_week}"


def day_of(text: str) -> str:
    """A day as it is, a week as its Sunday, in ISO form. Raises ValueError for anything else."""
    return Week.parse(text).sunday.isoformat() if "W" in text else date.fromisoformat(text).isoformat()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a finding shows: dossier codes on each side of a difference, figures, and the file with all codes."""

    only_ours: tuple[str, ...] = ()
    only_theirs: tuple[str, ...] = ()
    numbers: Any = None
    file: str | None = None


def evidence_of(case: Case) -> Evidence:
    """The evidence of the newest finding; empty when it has none, or none that can be read."""
    try:
        told = json.loads(case.outcome.evidence or "{}")
    except ValueError:
        return Evidence()
    if not isinstance(told, dict):
        return Evidence()
    ours, theirs = ([str(code) for code in told.get(name) or ()][:CODES_SHOWN] for name in ("only_ours", "only_theirs"))
    file = told.get("file")
    return Evidence(tuple(ours), tuple(theirs), told.get("numbers"), file if isinstance(file, str) else None)


def show_cases(cases: Sequence[Case], format: str, console: Console | None = None) -> None:
    """Prints cases as a table, CSV or JSON."""
    rows = [
        {column: getattr(case, column, None) for column in CASE_COLUMNS}
        | {"subject": subject(case), "message_vi": case.outcome.message_vi, "message_en": case.outcome.message_en}
        for case in cases
    ]
    if format != "table":
        sys.stdout.write(csv_text(CASE_COLUMNS, rows) if format == "csv" else json_text(rows) + "\n")
        return
    console = console or Console()
    if not cases:
        console.print("Không có vụ việc nào. / No cases.")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), expand=True)
    for head in ("#", "", "Tuần\nWeeks", "Trạng thái\nState", "Đơn vị\nUnit"):
        table.add_column(head, no_wrap=True, overflow="ellipsis", max_width=26)
    # A line a case, as far as there is room; `review show` has all of it.
    table.add_column("Phát hiện\nFinding", no_wrap=True, overflow="ellipsis", ratio=1)
    for case in cases:
        mark = Text("✗", style="bold red") if case.severity == "error" else Text("!", style="yellow")
        cells = (span(case), vietnamese(case.state), subject(case), case.outcome.message_vi or case.rule)
        table.add_row(str(case.id), mark, *(Text(printable(cell)) for cell in cells))
    console.print(table)
    console.print("✗ giữ lại / holds · ! cảnh báo / warns", style="dim")


def print_case(office: Office, case: Case, console: Console | None = None) -> None:
    """One case in full: what was found, what explains it, what it means, the evidence, the log."""
    console = console or Console()
    said = case.outcome

    def line(text: str, style: str = "") -> None:
        console.print(Text(printable(text), style=style))

    line(f"#{case.id} · {subject(case)} · {span(case)} · {vietnamese(case.state)} · v{case.version}", "bold")
    line(f"{case.rule} · {case.severity}", "dim")
    line(said.describe("vi"))
    line(said.describe("en"), "dim")
    if said.diagnosis:
        line(f"Chẩn đoán / diagnosis: {said.diagnosis_vi} / {said.diagnosis_en}", "cyan")
    if effect := effect_of(office, case):
        now = f"hạng / rank {effect.rank} / {effect.ranked}" if effect.rank else both(effect.status)
        line(f"{effect.week}, bản / revision {effect.revision}: {people(effect.total)}, {now}")
        for words, place in (
            ("nếu được xếp hạng / if admitted", None if effect.by_dossiers else effect.admitted),
            ("nếu theo hồ sơ / by our dossiers", effect.by_dossiers),
            ("nếu theo cổng / by the portal", effect.by_portal),
        ):
            if place:
                line(f"  {words}: {people(place.total)}, hạng / rank {place.rank} / {place.ranked}")
        if effect.rank:
            line(f"  nếu để riêng / if left out: {effect.moving_up} đơn vị lên một bậc / units a place higher")
    evidence = evidence_of(case)
    for head, codes in (
        ("chỉ có ở hồ sơ / only ours", evidence.only_ours),
        ("chỉ có ở cổng / only theirs", evidence.only_theirs),
    ):
        if codes:
            line(f"{head}: {', '.join(codes)}")
    holding = {each.id for each in office.review.corrections()}
    for each in office.review.correction_entries(case.id):
        if each.withdraws is None:
            state = "đang có hiệu lực / holds" if each.id in holding else "đã rút / withdrawn"
            line(
                f"Điều chỉnh / correction {each.id}, {each.weeks}, {state}: {each.describe()} · {each.who}: {each.reason}"
            )
    for entry in office.review.log(case.id):
        line(log_line(entry), "dim")


def log_line(entry: Decision) -> str:
    """`28/10/2025 17:05 lan: miễn trừ, đến 2025-11-16: lý do`, Vietnamese clock."""
    at = entry.at + VIETNAM_OFFSET
    until = f", đến / until {entry.until}" if entry.until else ""
    return f"{at:%d/%m/%Y %H:%M} {entry.who}: {vietnamese(entry.action)}{until}" + (
        f": {entry.reason}" if entry.reason else ""
    )
