"""What operators read in a terminal: plans, the overview, the doctor's findings, what pruning removes.

Belongs here: how it looks. Does not belong here: gathering it (pipelines, assets, resources).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from publishing.figures import printable
from publishing.words import both
from scoring.calendar import contiguous

if TYPE_CHECKING:
    from publishing.summary import RunReport
    from resources.health import Finding
    from resources.office import Office
    from resources.operations import Overview, PrunedRuns, WeekPlan
    from resources.pruning import Orphan, Removed
    from resources.settings import Settings
    from scoring.calendar import Week

SHOWN_WEEKS = 8
STATES = {
    "published": ("đã công bố / published", "green"),
    "waiting": ("chờ công bố / waiting", "yellow"),
    "held": ("bị giữ / held", "red"),
    "failed": ("lỗi / failed", "bold red"),
    "overdue": ("quá hạn / overdue", "bold red"),
}
_MARKS = {"ok": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "bold red")}


def print_plan(plans: Sequence[WeekPlan], expected_seconds: Sequence[float | None]) -> None:
    """The plan, a week a line, and about how long it will take."""
    console = Console()
    console.print(Text("Kế hoạch / plan", style="bold"))
    groups: dict[tuple[Any, ...], list[Week]] = {}
    for plan in plans:
        key = (tuple(sorted(plan.files.items())), plan.intake, plan.scoring, plan.left)
        groups.setdefault(key, []).append(plan.week)
    for (files, intake, scoring, left), weeks in groups.items():
        for first, last in contiguous(weeks):
            span = f"{first}" if first == last else f"{first}..{last}"
            found = ", ".join(f"{kind} {count}" for kind, count in files) or "không có tệp / no files"
            _line(console, f"{span}: {found}")
            for words, text in (("nhận, kiểm tra / intake", intake), ("tính, công bố / scoring", scoring), ("–", left)):
                if text:
                    _line(console, f"    {words}: {printable(text)}" if words != "–" else f"    {printable(text)}")
    busy = sum(plan.does_something for plan in plans)
    known = [seconds for seconds in expected_seconds if seconds is not None]
    if not busy:
        told = "không có gì phải làm / nothing to do"
    elif len(known) < len(expected_seconds):
        told = "chưa biết bao lâu (chưa có lần chạy nào) / how long is not known yet (no earlier run)"
    else:
        told = f"khoảng / about {_duration(sum(known))} (theo các lần trước / by earlier runs)"
    _line(console, f"{busy} tuần / weeks: {told}")


def _line(console: Console, text: str, style: str = "") -> None:
    """One line as it is: never broken by us, since people copy from it."""
    console.print(Text(text, style=style), soft_wrap=True)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def print_backfilled(office: Office, report: RunReport) -> None:
    """What became of every week, a line each, and then what a run prints."""
    console = Console()
    table = Table(box=box.SIMPLE_HEAD, title="Kết quả / outcome", title_justify="left")
    for heading in ("Tuần / week", "Kết quả / outcome", "Bản / revision", "Cần làm / what to do"):
        table.add_column(heading)
    for week in report.weeks:
        newest = max((each.revision for each in office.database.revisions(week)), default=None)
        words, style, todo = _outcome(report, week)
        table.add_row(str(week), Text(words, style=style), f"r{newest}" if newest else "–", todo)
    console.print(table)
    from publishing.summary import print_summary

    print_summary(office, report, console)


def _outcome(report: RunReport, week: Week) -> tuple[str, str, str]:
    if week in report.failed:
        return "lỗi / failed", "bold red", f"service-index backfill {week}"
    if week in report.held:
        return "bị giữ / held", "red", f"service-index review list --week {week}"
    if week in report.published:
        return "bản mới / new revision", "green", ""
    if week in report.unchanged:
        return "không đổi / unchanged", "", ""
    return "không có tệp / no files" if week in report.absent else "chưa công bố / not published", "yellow", ""


def show_overview(office: Office, found: Overview, format: str) -> None:
    """format: table or json."""
    if format == "json":
        print(json.dumps(_as_data(found), ensure_ascii=False, indent=2))
        return
    console = Console()
    left = [each for each in found.weeks if each.state != "published"]
    shown = sorted({*left, *found.weeks[-SHOWN_WEEKS:]}, key=lambda each: each.week)
    table = Table(box=box.SIMPLE_HEAD, title=f"{office.home.root}", title_justify="left")
    for heading in ("Tuần\nWeek", "Tình trạng\nState", "Bản\nRevision", "Công bố lúc (UTC)\nPublished"):
        table.add_column(heading)
    for each in shown:
        words, style = STATES[each.state]
        revision = f"r{each.revision} {both(each.status)}" if each.revision and each.status else "–"
        at = f"{each.published_at:%Y-%m-%d %H:%M}" if each.published_at else "–"
        table.add_row(str(each.week), Text(words, style=style), revision, at)
    console.print(table)
    hidden = len(found.weeks) - len(shown)
    if hidden:
        _line(console, f"… {hidden} tuần trước đã công bố / earlier weeks are published")
    for each in left:
        _line(console, f"{each.week}: {printable(each.reason or '–')[:400]}", STATES[each.state][1])
        _line(console, f"    → {each.command}")
    for run in found.running:
        _line(console, f"Đang chạy / running: {run.job} {run.weeks or ''} {run.state} ({run.since:%H:%M} UTC)")
    for name, holder in found.at_work.items():
        _line(console, f"Đang làm / at work: {name}: {holder}")
    received = ", ".join(f"{kind} {at:%Y-%m-%d %H:%M}" for kind, at in sorted(found.received.items()))
    _line(console, f"Nhận gần nhất / last received (UTC): {received or '–'}")
    _line(console, f"Vụ việc đang chờ / open cases: {found.open_cases}")


def _as_data(found: Overview) -> dict[str, Any]:
    data = asdict(found)
    data["weeks"] = [{**asdict(each), "week": str(each.week)} for each in found.weeks]
    return json.loads(json.dumps(data, default=_text))


def _text(value: object) -> str:
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else str(value)


def show_examined(findings: Sequence[Finding], format: str) -> None:
    """format: table or json."""
    if format == "json":
        print(json.dumps([asdict(each) for each in findings], ensure_ascii=False, indent=2))
        return
    console = Console()
    for each in findings:
        mark, style = _MARKS[each.level]
        console.print(
            Text(f"{mark} {each.level:<4} {each.subject:<12} {printable(each.text)}", style=style), soft_wrap=True
        )
        if each.action:
            console.print(Text(f"       → {each.action}"), soft_wrap=True)


def print_pruned(
    runs: PrunedRuns, removed: Sequence[Removed], orphans: Sequence[Orphan], settings: Settings, *, really: bool
) -> None:
    """What was removed, or would be."""
    console = Console()
    verb = "đã xóa / removed" if really else "sẽ xóa / would be removed"
    kept = runs.old - len(runs.removed)
    told = [
        f"Lần chạy quá / runs older than {settings.keep_runs_days} ngày / days: {runs.old}; {verb}: {len(runs.removed)}; "
        f"giữ vì là kết quả mới nhất / kept as the last word on something: {kept}",
        f"Bản xuất thô quá / raw exports older than {settings.keep_raw_days} ngày / days, không ai dựa vào / nothing stands on: "
        f"{verb}: {len({each.export_id for each in removed})} ({len(removed)} tệp / files, "
        f"{sum(each.size_bytes for each in removed):,} bytes)",
    ]
    if settings.lake_url is not None:
        told.append(
            f"Đối tượng ở lake_url không tệp nào dùng quá một ngày / objects at lake_url no file has had for a day: "
            f"{verb}: {len(orphans)} ({sum(each.size_bytes for each in orphans):,} bytes)"
        )
    for line in told:
        console.print(line, highlight=False, soft_wrap=True)
    if not really and (removed or runs.removed or orphans):
        console.print("Xóa thật / really: service-index prune --yes", highlight=False)
