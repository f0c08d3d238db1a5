"""The command line: `service-index`.

Belongs here: commands, their options, exit codes. Does not belong here: the work (assets and the rooms below) or how a
table looks (publishing). Heavy imports stand inside the commands, so that `--help` answers at once.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done, but something is held or was refused.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.bulletin_cli import add_bulletin
from pipelines.explain_cli import add_explaining
from pipelines.notices_cli import add_notices
from pipelines.opening import DONE, FAILED, HELD, USAGE, Commands, HomeOption, fail
from pipelines.opening import one_of as _one_of
from pipelines.opening import open_or_fail as _office
from pipelines.operate_cli import add_operating
from pipelines.pull_cli import add_pull
from pipelines.review_cli import add_review

if TYPE_CHECKING:
    from scoring.calendar import Week

app = typer.Typer(
    name="service-index",
    cls=Commands,
    help="Chỉ số 766: từ bản xuất của cổng đến bảng xếp hạng đã kiểm tra. "
    "/ The 766 index: from the portal's exports to a checked ranking.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _weeks(text: str) -> list[Week]:
    from scoring.calendar import parse_weeks

    try:
        return parse_weeks(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}. Ví dụ / for example: 2025-W41, 2025-W38..2025-W46") from None


@app.command()
def run(
    landing: Annotated[Path, typer.Option("--landing", help="Thư mục nhận bản xuất / the landing folder")],
    home: HomeOption = None,
    week: Annotated[str | None, typer.Option("--week", help="Một tuần / one week: 2025-W41")] = None,
    weeks: Annotated[str | None, typer.Option("--weeks", help="Nhiều tuần / a range: 2025-W38..2025-W46")] = None,
) -> None:
    """Nhận bản xuất, kiểm tra, tính điểm, công bố mọi tuần có tệp / take exports in, check, score, publish all weeks present."""
    if week and weeks:
        raise typer.BadParameter("dùng --week hoặc --weeks, không dùng cả hai / use --week or --weeks, not both")
    asked = week or weeks
    wanted = _weeks(asked) if asked else None
    if not landing.is_dir():
        fail(
            f"{landing}: không có thư mục này / there is no such folder. --landing: thư mục chứa <tuần>/<kind>.<scope>.<ext>",
            USAGE,
        )
    office = _office(home, landing)

    from pipelines.launch import run_weeks
    from publishing.summary import print_summary
    from resources.console import progress_shown

    with progress_shown():
        report = run_weeks(office, wanted)
    print_summary(office, report)
    raise typer.Exit(report.exit_code)


@app.command()
def ranking(
    week: Annotated[str, typer.Option("--week", help="Tuần / week: 2025-W41")],
    level: Annotated[str, typer.Option("--level", help="province | department | commune | unit")] = "province",
    scope: Annotated[str, typer.Option("--scope", help="VN hoặc mã tỉnh / VN or a province: H05")] = "VN",
    period: Annotated[str, typer.Option("--period", help="ytd | half | quarter | month")] = "ytd",
    format: Annotated[str, typer.Option("--format", help="table | csv | json")] = "table",
    revision: Annotated[
        int | None, typer.Option("--revision", help="Bản / revision; mới nhất / the newest by default")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Bảng xếp hạng đã công bố / a published ranking."""
    _one_of("--level", level, ("province", "department", "commune", "unit"))
    _one_of("--period", period, ("ytd", "half", "quarter", "month"))
    _one_of("--format", format, ("table", "csv", "json"))
    if (level == "province") != (scope == "VN"):
        raise typer.BadParameter(
            "cấp province đi với phạm vi VN, các cấp khác với mã tỉnh / level province goes with scope VN, "
            "the others with a province, for example --scope H05"
        )
    (wanted,) = _weeks(week)[:1]
    office = _office(home)

    from publishing.tables import show_ranking

    found = show_ranking(office.database, wanted, level, scope, period, revision, format)
    raise typer.Exit(DONE if found else FAILED)


@app.command()
def diff(
    week: Annotated[str, typer.Argument(help="Tuần / week: 2025-W44")],
    old: Annotated[int, typer.Argument(min=1, help="Bản cũ / the older revision")],
    new: Annotated[int, typer.Argument(min=1, help="Bản mới / the newer revision")],
    format: Annotated[str, typer.Option("--format", help="table | csv | json")] = "table",
    home: HomeOption = None,
) -> None:
    """Hai bản của một tuần khác nhau ở đâu, vì sao / what changed between two revisions of a week, and why."""
    _one_of("--format", format, ("table", "csv", "json"))
    (wanted,) = _weeks(week)[:1]
    office = _office(home)

    from publishing.differences import NoSuchRevision, difference, show_difference

    try:
        show_difference(difference(office.database, str(wanted), old, new), format)
    except NoSuchRevision as error:
        fail(str(error))


@app.command()
def score(
    counts: Annotated[Path, typer.Option("--counts", help="Tệp số đếm / counts file (CSV, JSON; .gz, .zst)")],
    ruleset: Annotated[str, typer.Option("--ruleset", help="Bộ quy tắc / rule set: 766-2026")],
    level: Annotated[
        str | None,
        typer.Option("--level", help="Cấp của mọi đơn vị trong tệp / the level of every unit; by code otherwise"),
    ] = None,
    format: Annotated[str, typer.Option("--format", help="csv | table | json")] = "csv",
) -> None:
    """Tính điểm từ số đếm, không lưu gì / score a file of counts, nothing is kept."""
    _one_of("--format", format, ("csv", "table", "json"))
    if level is not None:
        _one_of("--level", level, ("province", "department", "commune"))

    from assets.score_file import ScoreFileError, score_file
    from publishing.tables import print_scores

    try:
        scores = score_file(counts, ruleset, level)
    except ScoreFileError as error:
        fail(str(error), error.code)
    print_scores(scores, format)


@app.command()
def emulate(
    out: Annotated[Path | None, typer.Option("--out", help="Thư mục nhận / the landing folder to write")] = None,
    weeks: Annotated[str, typer.Option("--weeks", help="2025-W38..2025-W46")] = "2025-W38..2025-W46",
    seed: Annotated[int, typer.Option("--seed", help="Cùng số, cùng tệp / same number, same bytes")] = 766,
    dossiers_per_week: Annotated[
        int, typer.Option("--dossiers-per-week", min=400, help="Hồ sơ mỗi tuần / dossiers a week")
    ] = 4000,
    provinces: Annotated[
        int, typer.Option("--provinces", min=1, max=34, help="Số tỉnh có hồ sơ / provinces with dossiers")
    ] = 1,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            "--fault", help="Thêm lỗi / let it go wrong: NAME[@2025-W46[:H05]], nhiều lần / repeatable; list: danh sách"
        ),
    ] = None,
    story: Annotated[
        bool, typer.Option("--story/--no-story", help="Lỗi đếm W44, W45 / the demo's own miscount of W44 and W45")
    ] = True,
) -> None:
    """Viết bản xuất của một cổng mô phỏng / write the exports of a demo portal."""
    import emulator

    if fault and "list" in fault:
        for known in emulator.FAULTS.values():
            typer.echo(f"{known.name:<26}{known.title_vi} / {known.title_en}")
        raise typer.Exit(DONE)
    if out is None:
        raise typer.BadParameter("thiếu thư mục nhận / the landing folder is missing: --out demo/landing")
    wanted = _weeks(weeks)

    from resources.console import progress_shown

    try:
        with progress_shown():
            written = emulator.emulate(
                out,
                wanted,
                seed=seed,
                dossiers_per_week=dossiers_per_week,
                provinces=provinces,
                faults=fault or (),
                story=story,
                on_fault=lambda effect: typer.echo(f"{effect}", err=True),
            )
    except ValueError as error:
        fail(str(error), USAGE)
    typer.echo(f"{out}: {len(written)} tệp / files, {wanted[0]}..{wanted[-1]}")


@app.command()
def findings(
    week: Annotated[str | None, typer.Option("--week", help="Tuần / week")] = None,
    format: Annotated[str, typer.Option("--format", help="table | csv | json")] = "table",
    home: HomeOption = None,
) -> None:
    """Những gì bị từ chối, giữ lại, cảnh báo và vì sao / what was refused, held or warned about, and why."""
    _one_of("--format", format, ("table", "csv", "json"))
    wanted = _weeks(week)[0] if week else None
    office = _office(home)

    from publishing.findings import show_findings

    show_findings(office, wanted, format)


@app.command()
def check(
    path: Annotated[
        Path,
        typer.Argument(help="Tệp, thư mục nhận hoặc tệp phát biểu (YAML) / a file, a landing folder, a file of claims"),
    ],
    format: Annotated[str, typer.Option("--format", help="table | csv | json")] = "table",
    week: Annotated[
        str | None,
        typer.Option("--week", help="Tuần của tệp / the file's week; theo thư mục / by its folder by default"),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--as", help="Coi tệp như mang tên này / as if it were called: scores.H05.ytd.csv")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Cả thông tin / informations too")] = False,
    home: HomeOption = None,
) -> None:
    """Kiểm tra trước khi gửi, không thay đổi gì. / Check before handing in; changes nothing. Exit 0 nothing found, 3 findings."""
    _one_of("--format", format, ("table", "csv", "json"))
    (wanted,) = _weeks(week)[:1] if week else (None,)

    from assets.check_path import CheckUsageError, check_path
    from publishing.findings import show_checked
    from resources.console import progress_shown
    from resources.settings import SettingsError, load_settings

    try:
        with progress_shown():
            report = check_path(path, load_settings(home=home), week=wanted, name=name)
    except (CheckUsageError, SettingsError) as error:
        fail(str(error), USAGE)
    raise typer.Exit(HELD if show_checked(report, format, everything=everything) else DONE)


@app.command()
def docs(
    week: Annotated[str, typer.Option("--week", help="Tuần / week: 2025-W44")],
    home: HomeOption = None,
) -> None:
    """Viết trang kết quả kiểm tra (Data Docs) của một tuần / write the Data Docs of a week."""
    (wanted,) = _weeks(week)[:1]
    office = _office(home)

    from assets.documents import write_documents
    from resources.links import documents_page

    if not office.database.current_exports(week=wanted):
        fail(f"Tuần {wanted} chưa có bản xuất nào / week {wanted} has no exports")
    typer.echo(f"Đã viết / written: {write_documents(office, wanted)}")
    typer.echo(f"Trên bàn rà soát / on the desk: {documents_page(office, wanted)}")


@app.command()
def site(home: HomeOption = None) -> None:
    """Viết trang công bố bằng hai thứ tiếng, chỉ những trang đã đổi / write the public pages, only those that change."""
    office = _office(home)

    from assets.site import build_site
    from resources.console import progress_shown

    with progress_shown():
        built = build_site(office)
    typer.echo(f"{built.folder}: {built.files} tệp / files, {built.written} mới hoặc đổi / new or changed")


@app.command()
def dev(
    home: HomeOption = None,
    landing: Annotated[Path | None, typer.Option("--landing", help="Thư mục nhận / the landing folder")] = None,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Cổng của Dagster / Dagster's port")] = 3000,
    desk_port: Annotated[
        int, typer.Option("--desk-port", min=1, max=65535, help="Cổng của bàn rà soát / the desk's port")
    ] = 8766,
) -> None:
    """Mở trang Dagster (bật lịch, cảm biến) và bàn rà soát / Dagster's page (schedule, sensors on) and the stewards' desk."""
    office = _office(home, landing)

    from pipelines.dev import PortTaken, serve_both

    try:
        ended = serve_both(office, port, desk_port)
    except PortTaken as error:
        fail(str(error))
    if ended:
        fail(f"Đã tự dừng nên dừng cả hai / ended by itself, so both were stopped: {ended}")


add_review(app)
add_bulletin(app)
add_explaining(app)
add_pull(app)
add_operating(app)
add_notices(app)


def main() -> None:
    """Entry point of `service-index`. Told in the logs, once they were started: which command, and how it ended."""
    code = FAILED
    try:
        app()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else DONE if ended.code is None else FAILED
        raise
    except BrokenPipeError:  # the reader (head, less) has seen enough
        sys.stderr.close()
    except KeyboardInterrupt:
        code = 130
        typer.echo("Đã dừng; chạy lại lệnh để làm tiếp. / Stopped; run the command again to go on.", err=True)
        sys.exit(code)
    finally:
        if (logs := sys.modules.get("resources.logs")) is not None:  # a command that opened nothing has nothing to tell
            logs.logger().info("command_done", command=" ".join(sys.argv[1:2]), code=code)


if __name__ == "__main__":
    main()
