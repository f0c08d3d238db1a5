"""The operators' commands: `service-index backfill`, `status`, `doctor`, `prune`, `compact`, `backup`, `restore`.

Belongs here: their options and exit codes. Does not belong here: the work (pipelines/launch.py, assets, resources) or how it
looks (publishing/operating.py). Heavy imports stand inside.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.opening import DONE, FAILED, HELD, USAGE, HomeOption, fail, one_of, open_or_fail

Landing = Annotated[
    Path | None, typer.Option("--landing", help="Thư mục nhận / the landing folder; <home>/landing by default")
]
TableOrJson = Annotated[str, typer.Option("--format", help="table | json")]


def add_operating(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    for command in (backfill, status, doctor, prune, compact, backup, restore):
        app.command()(command)


def backfill(
    weeks: Annotated[str, typer.Argument(help="Các tuần / weeks: 2025-W01..2025-W46, or 2025-W44")],
    only: Annotated[
        str | None,
        typer.Option("--only", help="Làm lại từ bước / do again from: dossiers | counts | scores | publication"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ xem kế hoạch / only show the plan")] = False,
    landing: Landing = None,
    home: HomeOption = None,
) -> None:
    """Làm bù nhiều tuần: kế hoạch, tiến độ, tóm tắt. / Backfill weeks: plan, progress, summary. A bad week stops no other."""
    from scoring.calendar import parse_weeks

    try:
        wanted = parse_weeks(weeks)
    except ValueError as error:
        raise typer.BadParameter(f"{error}. Ví dụ / for example: 2025-W41, 2025-W38..2025-W46") from None
    one_of("--only", only or "dossiers", ("dossiers", "counts", "scores", "publication"))
    office = open_or_fail(home, landing)
    if not office.landing.is_dir() and only in (None, "dossiers"):
        fail(f"{office.landing}: không có thư mục nhận / there is no landing folder; --landing", USAGE)

    from assets.plan import plan_weeks
    from pipelines.instance import open_instance
    from pipelines.launch import run_weeks, seconds_expected
    from publishing.operating import print_backfilled, print_plan
    from resources.console import progress_shown

    plans = plan_weeks(office, wanted, only)  # type: ignore[arg-type]
    with open_instance(office) as instance:
        expected = [
            seconds_expected(instance, "intake", sum(bool(plan.intake) for plan in plans)),
            seconds_expected(instance, "scoring", sum(bool(plan.scoring) for plan in plans)),
        ]
    print_plan(plans, expected)
    if dry_run:
        raise typer.Exit(DONE)
    with progress_shown():
        report = run_weeks(office, wanted, only)  # type: ignore[arg-type]
    print_backfilled(office, report)
    raise typer.Exit(report.exit_code)


def status(
    format: TableOrJson = "table",
    landing: Landing = None,
    home: HomeOption = None,
) -> None:
    """Đã công bố, bị giữ, quá hạn, đang chạy gì. / What is published, held, overdue, running. Exit 3 if a week is left."""
    one_of("--format", format, ("table", "json"))
    office = open_or_fail(home, landing)

    from pipelines.overview import overview
    from publishing.operating import show_overview
    from resources.operations import LEFT

    found = overview(office)
    show_overview(office, found, format)
    raise typer.Exit(HELD if any(each.state in LEFT for each in found.weeks) else DONE)


def doctor(format: TableOrJson = "table", home: HomeOption = None, landing: Landing = None) -> None:
    """Khám: cài đặt, cơ sở dữ liệu, kho, đĩa, quyền, đồng hồ, cổng, phiên bản, daemon. / Examine the installation; exit 1 if
    something is wrong."""
    one_of("--format", format, ("table", "json"))

    from pipelines.overview import examine
    from publishing.operating import show_examined

    findings = examine(home, landing)
    show_examined(findings, format)
    raise typer.Exit(FAILED if any(each.level == "fail" for each in findings) else DONE)


def prune(
    yes: Annotated[bool, typer.Option("--yes", help="Xóa thật / really remove; otherwise only shown")] = False,
    home: HomeOption = None,
) -> None:
    """Dọn nhật ký Dagster cũ và bản xuất thô không ai dựa vào. / Clear old run logs and raw exports nothing stands on."""
    office = open_or_fail(home)

    from pipelines.instance import open_instance
    from pipelines.pruning import prune_runs
    from publishing.operating import print_pruned
    from resources.lake import LakeError
    from resources.pruning import prune_lake, prune_objects
    from resources.settings import load_settings

    settings = load_settings(home=home)
    try:
        with office.locks.held("intake"), office.locks.held("scoring"), open_instance(office) as instance:
            runs = prune_runs(instance, settings.keep_runs_days, really=yes)
            removed = prune_lake(office.home, office.database, settings.keep_raw_days, really=yes)
            orphans = prune_objects(office.home, really=yes)
    except LakeError as error:
        fail(str(error))
    print_pruned(runs, removed, orphans, settings, really=yes)


def compact(
    until: Annotated[
        str | None, typer.Option("--until", help="Đến hết tuần / up to this week; 4 weeks before the newest by default")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Nén kho: ghi lại tệp các tuần đã qua, cùng dòng, ít byte hơn. / Write past weeks' files again: same rows, fewer bytes."""
    from scoring.calendar import Week

    try:
        last = Week.parse(until) if until else None
    except ValueError as error:
        raise typer.BadParameter(f"--until: {error}. Ví dụ / for example: 2025-W41") from None
    office = open_or_fail(home)

    from publishing.compacted import print_compacted
    from resources.compaction import NotTheSame, compact_lake
    from resources.console import progress_shown
    from resources.lake import LakeError
    from resources.locks import LeaseBusy

    try:
        with progress_shown():
            done = compact_lake(office, last)
    except (NotTheSame, LeaseBusy, LakeError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"Không nén được / cannot compact: {error.filename or office.home.lake}: {error.strerror}")
    print_compacted(done)


def backup(
    dest: Annotated[Path, typer.Argument(help="Thư mục mới / a new folder")],
    home: HomeOption = None,
) -> None:
    """Sao lưu: cơ sở dữ liệu, kho, bản công bố, sha256 từng tệp. / Back up database, lake and what was published."""
    office = open_or_fail(home)

    from resources.backup import BackupError, back_up
    from resources.console import progress_shown
    from resources.lake import LakeError

    try:
        with progress_shown():
            made = back_up(office, dest)
    except (BackupError, LakeError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"Không sao lưu được / cannot back up: {error.filename or dest}: {error.strerror}")
    typer.echo(f"{made.folder}: {made.files} tệp / files, {made.size_bytes:,} bytes, {made.rows:,} dòng / rows")
    typer.echo("Không sao lưu / not in it: service-index.toml, desk.secret, nhật ký Dagster / Dagster's run logs")


def restore(
    src: Annotated[Path, typer.Argument(help="Bản sao lưu / the backup's folder")],
    home: HomeOption = None,
) -> None:
    """Khôi phục vào một thư mục trống; kiểm tra từng tệp trước. / Restore into an empty home; every file is checked first."""
    from resources.backup import BackupError
    from resources.backup import restore as restore_backup
    from resources.console import progress_shown
    from resources.settings import SettingsError, load_settings

    try:
        settings = load_settings(home=home)
        with progress_shown():
            made = restore_backup(src, settings.open_home())
    except SettingsError as error:
        fail(f"Cài đặt sai / wrong setting: {error}", USAGE)
    except BackupError as error:
        fail(str(error))
    except OSError as error:
        fail(f"Không khôi phục được / cannot restore: {error.filename or src}: {error.strerror}")
    office = open_or_fail(home)

    from pipelines.overview import tell_published

    tell_published(office)
    typer.echo(f"{made.folder}: {made.files} tệp / files, {made.rows:,} dòng / rows")
    typer.echo(f"Xem / look: service-index status --home {made.folder}")
