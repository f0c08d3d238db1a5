"""What a run tells whoever started it: what was published, what is held and why, and the newest figures.

Belongs here: the summary in the terminal. Does not belong here: the full ranking (publishing/tables.py).
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from publishing.figures import arrow, people, places_moved, printable
from publishing.findings import print_findings
from publishing.tables import last_sound_words
from publishing.views import RankingView, Row, read_ranking, standing_before
from publishing.words import COMPONENTS, both, english, period_words, vietnamese, week_words
from resources.outcomes import RuleOutcome
from scoring.calendar import Week, contiguous
from scoring.formulas import completion_pct

if TYPE_CHECKING:
    from resources.office import Office

TOP = 5
NAMED = 12
FINDINGS_SHOWN = 8


@dataclass
class RunReport:
    """What a run came to. refused: findings that hold something and that no decision lifts. errors: what stopped a phase."""

    weeks: list[Week] = field(default_factory=list)
    published: list[Week] = field(default_factory=list)
    unchanged: list[Week] = field(default_factory=list)
    held: list[Week] = field(default_factory=list)
    failed: list[Week] = field(default_factory=list)
    absent: list[Week] = field(default_factory=list)
    waiting: list[Week] = field(default_factory=list)
    refused: list[RuleOutcome] = field(default_factory=list)
    under_review: int = 0
    errors: list[str] = field(default_factory=list)
    strays: list[RuleOutcome] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 done, 1 failed, 3 done with something held, refused or under review."""
        if self.errors or self.failed or not (self.published or self.unchanged or self.held):
            return 1
        return 3 if self.held or self.absent or self.refused or self.under_review or self.strays else 0


def print_summary(office: Office, report: RunReport, console: Console | None = None) -> None:
    """Prints what the run came to, problems before figures, and what to type next."""
    console = console or Console()
    for error in report.errors:
        console.print(Text(f"✗ {printable(error)}", style="bold red"))
    _print_weeks(office, report, console)
    newest = max([*report.published, *report.unchanged], default=None)
    if newest:
        _print_newest(office, newest, console)
    if report.weeks:
        _print_next(office, report, newest, console)


def _print_weeks(office: Office, report: RunReport, console: Console) -> None:
    for words, weeks in (
        ("Công bố bản mới / new revision", report.published),
        ("Không đổi / unchanged", report.unchanged),
        ("Không có tệp / no files", report.absent),
    ):
        if weeks:
            console.print(f"[bold]{words}[/]: {_ranges(weeks)}")
    for week in report.failed:
        console.print(Text(f"✗ {week} lỗi / failed: service-index backfill {week}", style="bold red"))
    for week in report.held:
        verdict = office.database.verdict(str(week))
        reasons = "; ".join(verdict.reasons) if verdict else ""
        console.print(Text(f"■ {week} bị giữ lại / held: {printable(reasons)}", style="red"))
        stands = " / ".join(words.removeprefix("; ") for words in standing_before(office.database, str(week)) if words)
        if stands:
            console.print(Text(f"  {stands}"))
    findings = report.strays + report.refused
    if findings:
        console.print()
        print_findings(findings[:FINDINGS_SHOWN], console)
        if len(findings) > FINDINGS_SHOWN:
            console.print(f"… {len(findings) - FINDINGS_SHOWN} phát hiện nữa / more: service-index findings")


def _ranges(weeks: list[Week]) -> str:
    return ", ".join(str(first) if first == last else f"{first}..{last}" for first, last in contiguous(weeks))


def _print_newest(office: Office, week: Week, console: Console) -> None:
    console.print()
    console.rule(Text(f"Tuần / week {week_words(str(week))}"), align="left")
    cohorts = office.database.cohorts(str(week))
    kinds = [kind for kind in ("ytd", "half", "quarter", "month") if any(cohort[2] == kind for cohort in cohorts)]
    if not kinds:
        return
    kind = kinds[0]
    national = read_ranking(office.database, str(week), "province", "VN", kind)
    own = sorted({scope for level, scope, each in cohorts if level != "province" and each == kind})
    if national.rows:
        console.print(_top_table(national, own))
    for scope in own[:3]:
        row = next((row for row in national.rows if row["unit_code"] == scope), None)
        if row:
            _print_province(national, row, console)
        for level in ("department", "commune"):
            view = read_ranking(office.database, str(week), level, scope, kind)
            if view.rows:
                _print_cohort(view, console)


def _top_table(view: RankingView, own: list[str]) -> Table:
    table = Table(
        title=f"Năm tỉnh dẫn đầu / top five · {period_words(view.period or '')}",
        box=box.SIMPLE_HEAD,
        title_justify="left",
    )
    for heading, justify in (
        ("Hạng\nRank", "right"),
        ("Tỉnh\nProvince", "left"),
        ("Điểm\nTotal", "right"),
        ("Thay đổi\nChange", "right"),
        ("Bậc\nMove", "right"),
        ("Cách nhất\nTo first", "right"),
        ("Căn cứ\nBasis", "left"),
    ):
        table.add_column(heading, justify=justify)  # type: ignore[arg-type]
    rows = [row for row in view.rows if row["rank"] is not None and row["rank"] <= TOP]
    rows += [row for row in view.rows if row["unit_code"] in own and row not in rows]
    for row in rows:
        table.add_row(
            view.rank_text(row),
            Text(printable(row["unit_name"]), style="bold" if row["unit_code"] in own else ""),
            people(row["total"]),
            arrow(row["change"]),
            places_moved(row["move"]),
            people(row["gap_to_first"]),
            vietnamese(row["basis"]),
        )
    return table


def _print_province(view: RankingView, row: dict[str, Any], console: Console) -> None:
    title = f"{printable(row['unit_name'])}: {people(row['total'])} điểm, hạng {view.rank_text(row)}/{view.ranked}"
    console.print(Text(f"{title} · {both(row['basis'])} · {both(row['status'])}", style="bold"))
    maxima = view.maxima() or _maxima_of(row)
    for name in COMPONENTS:
        score, most = row[name], maxima.get(name)
        if score is None or most is None:
            console.print(f"  {vietnamese(name):<26} –")
            continue
        completion = completion_pct(score, most) or Decimal(0)
        bar = "█" * int(completion / 5)
        lowest = name == row["lowest_component"]
        line = f"  {vietnamese(name):<26}{people(score):>6} / {people(int(most)):<3} {bar:░<20} {people(completion, 1):>6} %"
        mark = "  ◂ thấp nhất / lowest" if lowest else ""
        console.print(Text(line + mark, style="bold yellow" if lowest else ""), soft_wrap=True)


def _maxima_of(row: dict[str, Any]) -> dict[str, Decimal]:
    from scoring.ruleset import load_rulesets, ruleset_for

    week = Week.parse(row["week"])
    rules = load_rulesets().get(row["ruleset"] or "") or ruleset_for(week.sunday)
    return rules.maxima


def _print_cohort(view: RankingView, console: Console) -> None:
    ranked = [row for row in view.rows if row["rank"] is not None]
    best = ", ".join(f"{printable(row['unit_name'])} {people(row['total'])}" for row in ranked[:3])
    heading = f"  {vietnamese(view.level).capitalize()} / {english(view.level)}"
    ranked_words = f"{view.ranked}/{view.cohort_size} được xếp hạng / ranked"
    console.print(Text(f"{heading}: {ranked_words}; dẫn đầu / first: {best}"))
    if view.reviewed_words:
        console.print(Text("  {} / {}:".format(*view.reviewed_words), style="yellow"))
        more = f", … ({len(view.reviewed)})" if len(view.reviewed) > NAMED else ""
        console.print(Text(f"  {', '.join(map(_reviewed_unit, view.reviewed[:NAMED]))}{more}", style="yellow"))


def _reviewed_unit(row: Row) -> str:
    """`Xã Tam Tiến (93,71 · 2025-W43)`: its total when it was last ranked."""
    last = last_sound_words(row)
    return printable(row["unit_name"]) + (f" ({last})" if last else "")


def _print_next(office: Office, report: RunReport, newest: Week | None, console: Console) -> None:
    console.print()
    _print_reviews(office, report, console)
    if report.waiting:
        console.print(f"Còn tuần chờ công bố / weeks that wait to be published: {_ranges(report.waiting)}")
    command, home = _command(), _shown(office.home.root)
    lines = [("Bảng và tệp / tables and files", _shown(office.home.published))]
    if (front := office.home.site / "index.html").is_file():
        lines.append(("Trang công bố / public pages", _shown(front)))
    if newest:
        lines.append(
            ("Xem bảng / see a table", f"{command} ranking --week {newest}{_cohort(office, newest)} --home {home}")
        )
    if report.held or report.refused:
        lines.append(("Xem vì sao / see why", f"{command} findings --home {home}"))
    lines.append(("Trang Dagster / Dagster's page", f"{command} dev --home {home} --landing {_shown(office.landing)}"))
    for words, line in lines:
        # Never broken by us: people copy these lines.
        console.print(Text(f"{words + ':':<32} {line}"), soft_wrap=True)


def _print_reviews(office: Office, report: RunReport, console: Console) -> None:
    """Every unit under review in the weeks of the run, by name of the rule that put it there."""
    console.print(f"Đơn vị đang xem xét / units under review: {report.under_review}")
    for week in report.weeks:
        verdict = office.database.verdict(str(week))
        by_rule: dict[str, list[str]] = {}
        for hold in verdict.holds if verdict else ():
            by_rule.setdefault(hold.rule, []).append(hold.unit_code)
        for rule, codes in by_rule.items():
            units = sorted(set(codes))
            more = f", … ({len(units)})" if len(units) > NAMED else ""
            console.print(Text(f"  {week} {rule}: {', '.join(units[:NAMED])}{more}", style="yellow"))


def _cohort(office: Office, week: Week) -> str:
    """The options that ask for the most telling table a week has; none for the nation's year to date."""
    cohorts = office.database.cohorts(str(week))
    if not cohorts or ("province", "VN", "ytd") in cohorts:
        return ""
    level, scope, kind = min(cohorts, key=lambda one: (one[0] != "province", one[2] != "ytd", one))
    return f" --level {level} --scope {scope} --period {kind}"


def _command() -> str:
    """The command as it can be typed here: by its name where it is on the path, else by its place."""
    if shutil.which("service-index"):
        return "service-index"
    place = Path(sys.executable).with_name("service-index")
    return _shown(place) if place.is_file() else "service-index"


def _shown(path: Path) -> str:
    """A path as short as it can be typed from here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
