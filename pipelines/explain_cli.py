"""The commands that explain and plan: explain, reproduce, whatif, robustness, target, worklist.

Belongs here: their options and exit codes. Does not belong here: the work (assets, scoring), or how it is printed (publishing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.opening import FAILED, HELD, USAGE, HomeOption, fail, one_of, open_or_fail

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from scoring.calendar import PeriodKind, Week
    from scoring.whatif import Change

target_app = typer.Typer(help="Mục tiêu của đơn vị. / Targets of units.", no_args_is_help=True)

UnitCode = Annotated[str, typer.Argument(metavar="UNIT", help="Mã đơn vị / the unit's code: H05, H05.12, H05.101")]
WeekOption = Annotated[str, typer.Option("--week", help="Tuần / week: 2025-W46")]
RevisionOption = Annotated[
    int | None, typer.Option("--revision", min=1, help="Bản / revision; mới nhất / the newest by default")
]
PeriodOption = Annotated[str, typer.Option("--period", help="ytd | quarter | month")]


def add_explaining(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command()(explain)
    app.command()(reproduce)
    app.command()(whatif)
    app.command()(robustness)
    app.add_typer(target_app, name="target")
    app.command()(worklist)


def explain(
    unit: UnitCode,
    week: WeekOption,
    indicator: Annotated[
        str | None, typer.Option("--indicator", help="Chỉ một chỉ số / one indicator only: on_time")
    ] = None,
    revision: RevisionOption = None,
    period: PeriodOption = "ytd",
    dossiers: Annotated[
        bool,
        typer.Option(
            "--dossiers", help="Liệt kê hồ sơ, và điều mỗi hồ sơ còn thiếu / list dossiers and what they lack"
        ),
    ] = False,
    format: Annotated[str, typer.Option("--format", help="table | json")] = "table",
    home: HomeOption = None,
) -> None:
    """Vì sao một đơn vị có điểm này: số đếm, hồ sơ, tệp, quyết định / why a unit has its score, down to counts and dossiers."""
    one_of("--format", format, ("table", "json"))
    wanted, kind = parsed_week(week), parsed_kind(period)
    office = open_or_fail(home)

    from assets.derivation import CannotDerive
    from assets.explaining import NothingPublished
    from assets.explaining import explain as explained
    from publishing.differences import NoSuchRevision
    from publishing.explain import show_explanation
    from resources.published import FilesMissing

    try:
        found = explained(
            office, unit, wanted, revision=revision, period_kind=kind, indicator=indicator, members=dossiers
        )
    except (NothingPublished, NoSuchRevision) as error:
        fail(str(error), USAGE)
    except (CannotDerive, FilesMissing) as error:
        fail(str(error), FAILED)
    show_explanation(found, format)


def reproduce(
    week: Annotated[str, typer.Argument(help="Tuần / week: 2025-W46")],
    revision: RevisionOption = None,
    home: HomeOption = None,
) -> None:
    """Dẫn xuất lại một bản đã công bố từ kho, so từng byte / derive a published revision again and compare every byte.

    Exit 0 equal, 1 not equal (with what differs), 2 no such revision.
    """
    wanted = parsed_week(week)
    office = open_or_fail(home)

    from assets.derivation import CannotDerive
    from assets.reproduction import reproduce as reproduced
    from publishing.differences import NoSuchRevision

    try:
        found = reproduced(office, wanted, revision)
    except NoSuchRevision as error:
        fail(str(error), USAGE)
    except CannotDerive as error:
        fail(str(error), FAILED)
    for line in found.lines():
        typer.echo(line)
    if not found.is_equal:
        raise typer.Exit(FAILED)


def whatif(
    unit: UnitCode,
    week: WeekOption,
    add: Annotated[
        list[str] | None,
        typer.Option(
            "--add",
            help="on_time=10: mười hồ sơ nữa được tính / ten more count; on_time=10/12: 12 hồ sơ mới, 10 được tính / "
            "12 new ones, 10 count; nhiều lần / repeatable",
        ),
    ] = None,
    target: Annotated[str | None, typer.Option("--target", help="Tổng điểm cần đạt / a total to reach: 92.50")] = None,
    rank: Annotated[int | None, typer.Option("--rank", min=1, help="Hạng cần đạt trong nhóm / a rank to reach")] = None,
    period: PeriodOption = "ytd",
    revision: RevisionOption = None,
    format: Annotated[str, typer.Option("--format", help="table | json")] = "table",
    home: HomeOption = None,
) -> None:
    """Thêm hồ sơ đạt thì điểm, hạng ra sao; cách ít hồ sơ nhất đến mục tiêu / what more dossiers would do; the cheapest way.

    Exit 0 done, 1 nothing can be predicted (with why), 3 the goal is beyond reach.
    """
    one_of("--format", format, ("table", "json"))
    if sum(each is not None for each in (add or None, target, rank)) != 1:
        raise typer.BadParameter("chọn một trong / choose one of --add, --target, --rank")
    wanted, kind = parsed_week(week), parsed_kind(period)
    adds = dict(_addition(each) for each in add or ())
    goal = _points(target) if target is not None else None
    office = open_or_fail(home)

    from assets.derivation import CannotDerive
    from assets.explaining import NothingPublished
    from assets.planning import NoPlan, ground, way_to, what_if
    from publishing.differences import NoSuchRevision
    from publishing.plans import show_plan
    from resources.published import FilesMissing
    from scoring.whatif import NotPossible

    try:
        start = ground(office, unit, wanted, kind, revision)
        plan = what_if(start, adds) if adds else way_to(start, total=goal, rank=rank)
    except (NothingPublished, NoSuchRevision, NotPossible) as error:
        fail(str(error), USAGE)
    except (NoPlan, CannotDerive, FilesMissing) as error:
        fail(str(error), FAILED)
    show_plan(plan, format)
    if not plan.reaches:
        raise typer.Exit(HELD)


def robustness(
    week: WeekOption,
    level: Annotated[str, typer.Option("--level", help="province | department | commune | unit")] = "province",
    scope: Annotated[str, typer.Option("--scope", help="VN hoặc mã tỉnh / VN or a province: H05")] = "VN",
    period: PeriodOption = "ytd",
    revision: RevisionOption = None,
    format: Annotated[str, typer.Option("--format", help="table | csv | json")] = "table",
    home: HomeOption = None,
) -> None:
    """Hạng vững đến đâu: bỏ một chỉ số, chữ số cuối, mẫu số nhỏ / how stable each rank is; ties are shown."""
    one_of("--level", level, ("province", "department", "commune", "unit"))
    one_of("--format", format, ("table", "csv", "json"))
    wanted, kind = parsed_week(week), parsed_kind(period)
    office = open_or_fail(home)

    from assets.stability import cohort_stability
    from publishing.differences import NoSuchRevision
    from publishing.stability import show_stability
    from resources.published import FilesMissing

    try:
        shown = cohort_stability(office, wanted, level, scope, kind, revision)
    except NoSuchRevision as error:
        fail(str(error), USAGE)
    except FilesMissing as error:
        fail(str(error), FAILED)
    if not show_stability(shown, format):
        raise typer.Exit(FAILED)


@target_app.command("set")
def set_target(
    unit: UnitCode,
    week: Annotated[str, typer.Option("--week", help="Đạt vào cuối tuần / by the end of week: 2025-W50")],
    owner: Annotated[str, typer.Option("--owner", help="Người phụ trách / who answers for it")],
    value: Annotated[str | None, typer.Option("--value", help="Điểm cần đạt / points to reach: 92.50")] = None,
    figure: Annotated[
        str, typer.Option("--figure", help="total, nhóm hoặc chỉ số / total, a group or an indicator")
    ] = "total",
    period: PeriodOption = "ytd",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Rút mục tiêu / take the target back")] = False,
    home: HomeOption = None,
) -> None:
    """Đặt mục tiêu; nói ngay nếu ngoài tầm / set a target; one beyond reach is said at once. Exit 3: beyond reach."""
    if withdraw == (value is not None):
        raise typer.BadParameter("cần --value hoặc --withdraw / --value or --withdraw is needed")
    wanted, kind = parsed_week(week), parsed_kind(period)
    points = _points(value) if value is not None else None
    office = open_or_fail(home)

    from assets.targets import TargetRefused
    from assets.targets import set_target as stored
    from publishing.targets import said_when_set
    from resources.targets import Target

    asked = Target(
        unit_code=unit, figure=figure, period_kind=kind, week=str(wanted), value=points, owner=owner.strip() or "–"
    )
    try:
        target, unknown = stored(office, asked)
    except TargetRefused as error:
        fail(str(error), USAGE)
    typer.echo(said_when_set(target, unknown))
    if target.is_beyond_reach:
        raise typer.Exit(HELD)


@target_app.command("list")
def list_targets(
    unit: Annotated[str | None, typer.Option("--unit", help="Chỉ một đơn vị / one unit only")] = None,
    format: Annotated[str, typer.Option("--format", help="table | csv | json")] = "table",
    home: HomeOption = None,
) -> None:
    """Mục tiêu và tiến độ / targets and how far along they are."""
    one_of("--format", format, ("table", "csv", "json"))
    office = open_or_fail(home)

    from assets.targets import progress
    from publishing.targets import show_targets

    show_targets(list(progress(office, unit)), format)


def worklist(
    unit: UnitCode,
    week: Annotated[
        str | None, typer.Option("--week", help="Theo tuần / as of week; mới nhất / the newest by default")
    ] = None,
    only: Annotated[
        str | None,
        typer.Option(
            "--list",
            help="due_24h | due_soon | overdue | supplement | no_result | not_digitised | not_online | unpaid_online | petitions",
        ),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=90, help="Nhìn trước bao nhiêu ngày / days to look ahead")
    ] = 3,
    now: Annotated[
        str | None,
        typer.Option("--now", help="Thời điểm / moment: 2025-11-17T08:00; hết tuần / the week's end by default"),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Việc cần làm của đơn vị, CSV / a unit's work lists as CSV."""
    wanted = parsed_week(week) if week else None
    moment = _moment(now) if now else None
    office = open_or_fail(home)

    from assets.worklists import NoDossiers
    from assets.worklists import worklist as made
    from resources.worklists import LISTS

    if only is not None:
        one_of("--list", only, LISTS)
    try:
        found = made(office, unit, wanted, moment, days)
    except NoDossiers as error:
        fail(str(error))
    typer.echo(found.csv(only), nl=False)


def _moment(text: str) -> datetime:
    """A Vietnamese moment as naive UTC."""
    from datetime import datetime

    from scoring.calendar import VIETNAM_OFFSET

    try:
        said = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"--now {text!r}: 2025-11-17T08:00") from None
    if said.tzinfo is not None:
        raise typer.BadParameter(
            f"--now {text!r}: giờ Việt Nam, không kèm múi giờ / Vietnamese time, without an offset"
        )
    return said - VIETNAM_OFFSET


def _addition(text: str) -> tuple[str, Change]:
    """`on_time=10`, `on_time=10/12`."""
    import re

    from scoring.whatif import Change

    match = re.fullmatch(r"([a-z_]+)=\+?(\d{1,9})(?:/\+?(\d{1,9}))?", text)
    if match is None:
        raise typer.BadParameter(f"--add {text!r}: on_time=10, on_time=10/12")
    return match[1], Change(int(match[2]), int(match[3] or 0))


def _points(text: str) -> Decimal:
    """`92.50` or `92,50`."""
    import re
    from decimal import Decimal

    if not re.fullmatch(r"\d{1,3}([.,]\d{1,2})?", text):
        raise typer.BadParameter(f"{text!r}: 92.50")
    return Decimal(text.replace(",", "."))


def parsed_week(text: str) -> Week:
    from scoring.calendar import Week

    try:
        return Week.parse(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}. Ví dụ / for example: 2025-W46") from None


def parsed_kind(text: str) -> PeriodKind:
    one_of("--period", text, ("ytd", "half", "quarter", "month"))
    return text  # type: ignore[return-value]
