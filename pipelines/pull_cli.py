"""`service-index pull`: from the portal into the landing folder.

Belongs here: options, the summary, exit codes. Does not belong here: the work (resources/portal). Heavy imports stand inside.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.opening import FAILED, USAGE, HomeOption, fail, one_of

if TYPE_CHECKING:
    from resources.portal.pulling import PullReport

_WORDS = {
    "landed": "mới, đã đặt vào thư mục nhận / new, landed",
    "unchanged": "không đổi / unchanged",
    "failed": "hỏng / failed",
    "not_asked": "chưa hỏi / not asked",
}


def add_pull(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command()(pull)


def pull(
    week: Annotated[
        str | None, typer.Option("--week", help="Một tuần / one week; tuần vừa hết / the week that ended by default")
    ] = None,
    weeks: Annotated[str | None, typer.Option("--weeks", help="Nhiều tuần / a range: 2025-W38..2025-W46")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", help="scores | counts | procedures | dossiers | petitions | units, nhiều lần / repeatable"
        ),
    ] = None,
    period: Annotated[
        str | None, typer.Option("--period", help="Kỳ của counts, scores / their period: 2026, 2026-Q3, 2026-08")
    ] = None,
    format: Annotated[str, typer.Option("--format", help="table | json")] = "table",
    landing: Annotated[
        Path | None, typer.Option("--landing", help="Thư mục nhận / the landing folder; <home>/landing by default")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Tải bản xuất từ cổng vào thư mục nhận. / Pull exports from the portal into the landing folder (docs/portal.md)."""
    if week and weeks:
        raise typer.BadParameter("dùng --week hoặc --weeks, không dùng cả hai / use --week or --weeks, not both")
    one_of("--format", format, ("table", "json"))

    from scoring.calendar import Period, day_of_utc, parse_weeks

    try:
        asked = parse_weeks(week or weeks or "") if week or weeks else None
        of_period = Period.parse(period) if period else None
    except ValueError as error:
        raise typer.BadParameter(f"{error}. Ví dụ / for example: --weeks 2025-W38..2025-W46 --period 2026-08") from None

    from resources.clock import utc_now
    from resources.console import progress_shown
    from resources.portal.errors import CannotBeAsked, PullRunning
    from resources.portal.feeds import feeds_of, last_ended
    from resources.portal.pulling import pull as pull_feeds
    from resources.settings import SettingsError, load_settings

    try:
        settings = load_settings(home=home, landing=landing)
        today = day_of_utc(utc_now())
        feeds = feeds_of(settings, asked or [last_ended(today)], today, kinds=kind, period=of_period)
        office_home = settings.open_home()
        office_home.prepare()
        with progress_shown():
            report = pull_feeds(settings, office_home, settings.landing, feeds)
    except SettingsError as error:
        fail(f"Cài đặt sai / wrong setting: {error}", USAGE)
    except CannotBeAsked as error:
        fail(str(error), USAGE)
    except PullRunning as error:
        fail(str(error), FAILED)
    except OSError as error:
        fail(f"Không ghi được / cannot be written: {error.filename}: {error.strerror}")
    _show(report, format)
    raise typer.Exit(report.exit_code)


def _show(report: PullReport, format: str) -> None:
    if format == "json":
        import json

        rows = [
            {
                "week": str(one.feed.week),
                "kind": one.feed.kind,
                "scope": one.feed.scope,
                "period": str(one.feed.period) if one.feed.period else None,
                "status": one.status,
                "file": one.file,
                "unsettled": one.unsettled,
                "error": one.error.kind if one.error else None,
                "message": str(one.error) if one.error else None,
            }
            for one in report.pulled
        ]
        typer.echo(json.dumps({"feeds": rows, "requests": report.requests}, ensure_ascii=False, indent=2))
        return
    for one in report.pulled:
        flagged = f"; {one.unsettled} số cổng ghi là tạm / provisional by the portal's word" if one.unsettled else ""
        typer.echo(f"{one.file or one.feed}: {_WORDS[one.status]}{flagged}")
    counted = ", ".join(
        f"{len(found)} {words}"
        for status, words in _WORDS.items()
        if (found := report.of(status))  # type: ignore[arg-type]
    )
    typer.echo(f"{counted or 'không có gì để hỏi / nothing to ask for'}; {report.requests} yêu cầu / requests")
    for message in dict.fromkeys(map(str, report.errors)):
        typer.echo(message, err=True)
