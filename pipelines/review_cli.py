"""The stewards' commands: `service-index review`, `service-index user`, `service-index desk`.

Belongs here: their options and exit codes. Does not belong here: the work (assets/review.py, console) or how a case looks
(publishing/cases.py). Whoever runs a command can read the database; so it asks for a name, not for a password, and
the log tells that name.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.opening import FAILED, USAGE, HomeOption, fail, open_or_fail

if TYPE_CHECKING:
    from scoring.calendar import Week

PASSWORD_VARIABLE = "DESK_PASSWORD"

review_app = typer.Typer(help="Các vụ việc cần rà soát. / Cases on the stewards' desk.", no_args_is_help=True)
user_app = typer.Typer(help="Người dùng của bàn rà soát. / Users of the stewards' desk.", no_args_is_help=True)

CaseNumber = Annotated[int, typer.Argument(metavar="CASE", help="Số vụ việc / the case's number")]
UserName = Annotated[str, typer.Argument(metavar="NAME", help="Tên / name: a-z, 0-9, . _ -")]
Format = Annotated[str, typer.Option("--format", help="table | csv | json")]


def add_review(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.add_typer(review_app, name="review")
    app.add_typer(user_app, name="user")
    app.command()(desk)


@review_app.command("list")
def list_cases(
    state: Annotated[
        str, typer.Option("--state", help="waiting | all | open | waived | corrected | returned | resolved")
    ] = "waiting",
    week: Annotated[str | None, typer.Option("--week", help="Tuần / week: 2025-W44")] = None,
    severity: Annotated[str | None, typer.Option("--severity", help="error | warning")] = None,
    rule: Annotated[str | None, typer.Option("--rule", help="Quy tắc / rule")] = None,
    text: Annotated[str | None, typer.Option("--text", help="Tìm trong tên, mã, lời / words to find")] = None,
    format: Format = "table",
    home: HomeOption = None,
) -> None:
    """Các vụ việc, đang chờ xử lý nếu không chọn khác. / Cases; those that wait by default."""
    if format not in ("table", "csv", "json"):
        raise typer.BadParameter("--format: table | csv | json")
    office = open_or_fail(home)

    from publishing.cases import CaseFilter, matching, show_cases

    try:
        asked = CaseFilter.of(state=state, week=week, severity=severity, rule=rule, text=text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    show_cases(matching(office.review, asked), format)


@review_app.command("show")
def show_case(case: CaseNumber, home: HomeOption = None) -> None:
    """Một vụ việc với bằng chứng và nhật ký. / A case with its evidence and log."""
    office = open_or_fail(home)

    from publishing.cases import print_case
    from resources.review import NoSuchCase

    try:
        print_case(office, office.review.case(case))
    except NoSuchCase as error:
        fail(str(error))


@review_app.command("decide")
def decide_case(
    case: CaseNumber,
    action: Annotated[
        str, typer.Option("--action", help="keep | use_dossiers | accept_portal | waive | return | reopen | comment")
    ],
    reason: Annotated[str, typer.Option("--reason", help="Lý do, công khai / why, for everyone to read")],
    who: Annotated[str, typer.Option("--as", help="Tên người quyết định / the user who decides")],
    until: Annotated[
        str | None, typer.Option("--until", help="Hiệu lực đến hết tuần hoặc ngày / to the end of 2025-W46 or a day")
    ] = None,
    version: Annotated[
        int | None,
        typer.Option("--version", help="Bản đã xem; từ chối nếu đã đổi / the version looked at; refused if it changed"),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Quyết định về một vụ việc. / Take a decision about a case; the weeks it speaks of are judged anew at once."""
    office = open_or_fail(home)

    from assets.review import take
    from publishing.cases import day_of
    from resources.review import DecisionRefused
    from resources.users import UserError

    try:
        user = office.users.get(who)
        if action == "comment":
            office.review.comment(case, user, reason)
            return
        seen = version if version is not None else office.review.case(case).version
        taken = take(
            office, case, version=seen, action=action, who=user, reason=reason, until=day_of(until) if until else None
        )
    except ValueError as error:
        fail(str(error), FAILED if isinstance(error, DecisionRefused | UserError) else USAGE)
    weeks = ", ".join(map(str, taken.weeks)) or "–"
    typer.echo(
        f"#{case}: {taken.case.state}. Kết luận thay đổi, sẽ tính lại / verdict changed, will be scored again: {weeks}"
    )


@review_app.command("correct")
def correct_case(
    case: CaseNumber,
    action: Annotated[str, typer.Option("--action", help="set | scale | drop | flag")],
    where: Annotated[
        list[str], typer.Option("--where", help="Dòng nào / which rows: column=value; nhiều lần / repeat")
    ],
    expect: Annotated[
        list[str],
        typer.Option("--expect", help="Giá trị nguồn khi còn sai / what the source says while wrong: column=value"),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Lý do, công khai / why, for everyone to read")],
    who: Annotated[str, typer.Option("--as", "--user", help="Tên người quyết định / the user who decides")],
    field: Annotated[str | None, typer.Option("--field", help="Cột được sửa / the column that is written")] = None,
    value: Annotated[str | None, typer.Option("--value", help="Giá trị mới, hoặc hệ số / new value, or factor")] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="Bảng, mặc định theo vụ việc / table, by default the case's")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", help="Tuần đầu, mặc định tuần của phát hiện / first week")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", help="Tuần cuối, mặc định tuần đầu / last week")] = None,
    version: Annotated[
        int | None,
        typer.Option("--version", help="Bản đã xem; từ chối nếu đã đổi / the version looked at; refused if it changed"),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Lập một điều chỉnh số liệu cho một vụ việc. / Make a correction of data; its weeks are then due for intake."""
    office = open_or_fail(home)

    from assets.review import correct
    from resources.cases import Correction, DecisionRefused
    from resources.corrections import pairs, suggested
    from resources.users import UserError

    try:
        user, found = office.users.get(who), office.review.case(case)
        draft = suggested(found)
        week = first or found.outcome.week
        asked = Correction(
            case_id=case,
            table=table or (draft.table if draft else ""),
            rows=pairs(where),
            action=action,  # type: ignore[arg-type]  # checked with the rest of it
            field=field,
            value=value,
            expect=pairs(expect),
            first_week=week,
            last_week=last or week,
            reason=reason,
            who=user.name,
        )
        taken = correct(office, asked, version=version if version is not None else found.version, who=user)
    except (DecisionRefused, UserError) as error:
        fail(str(error))
    number = office.review.correction_entries(case)[-1].id
    typer.echo(f"#{case}: {taken.case.state}. Điều chỉnh / correction {number}. {_due(taken.weeks)}")


@review_app.command("withdraw")
def withdraw_correction(
    correction: Annotated[int, typer.Argument(metavar="CORRECTION", help="Số điều chỉnh / the correction's number")],
    reason: Annotated[str, typer.Option("--reason", help="Lý do, công khai / why, for everyone to read")],
    who: Annotated[str, typer.Option("--as", "--user", help="Tên người quyết định / the user who decides")],
    home: HomeOption = None,
) -> None:
    """Rút một điều chỉnh. / Take a correction back; its weeks are then due for intake."""
    office = open_or_fail(home)

    from assets.review import withdraw
    from resources.cases import DecisionRefused
    from resources.users import UserError

    try:
        user = office.users.get(who)
        about = next((each.case_id for each in office.review.corrections() if each.id == correction), None)
        version = office.review.case(about).version if about is not None else 0
        taken = withdraw(office, correction, version=version, who=user, reason=reason)
    except (DecisionRefused, UserError) as error:
        fail(str(error))
    typer.echo(f"#{taken.case.id}: {taken.case.state}. {_due(taken.weeks)}")


def _due(weeks: Sequence[Week]) -> str:
    return f"Sẽ nhận lại và tính lại / will be taken in and scored again: {', '.join(map(str, weeks)) or '–'}"


@user_app.command("add")
def add_user(
    name: UserName,
    role: Annotated[str, typer.Option("--role", help="reader | steward | admin")],
    language: Annotated[str, typer.Option("--language", help="vi | en")] = "vi",
    home: HomeOption = None,
) -> None:
    """Thêm người dùng; hỏi mật khẩu hoặc đọc DESK_PASSWORD. / Add a user; asks for the password or reads DESK_PASSWORD."""
    office = open_or_fail(home)

    from resources.users import UserError

    try:
        user = office.users.add(name, _password(), role, language)
    except UserError as error:
        fail(str(error), USAGE)
    typer.echo(f"{user.name}: {user.role}")


@user_app.command("list")
def list_users(home: HomeOption = None) -> None:
    """Người dùng và vai trò. / Users and their roles."""
    for user in open_or_fail(home).users.all():
        typer.echo(f"{user.name}\t{user.role}\t{user.language}")


@user_app.command("passwd")
def change_password(name: UserName, home: HomeOption = None) -> None:
    """Đổi mật khẩu; các phiên đang mở kết thúc. / Set a new password; open sessions end."""
    office = open_or_fail(home)

    from resources.users import UserError

    try:
        office.users.get(name)
        office.users.set_password(name, _password())
    except UserError as error:
        fail(str(error), USAGE)
    typer.echo(name)


def desk(
    home: HomeOption = None,
    host: Annotated[str, typer.Option("--host", help="Địa chỉ lắng nghe / address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Cổng / port")] = 8766,
    https: Annotated[
        bool, typer.Option("--https", help="Đứng sau HTTPS: cookie chỉ đi qua HTTPS / behind HTTPS: secure cookie")
    ] = False,
) -> None:
    """Mở bàn rà soát. / Open the stewards' desk."""
    office = open_or_fail(home)

    from console.serve import serve

    if not office.users.all():
        typer.echo(
            "Chưa có người dùng; thêm bằng / there is no user yet; add one with: service-index user add NAME --role steward",
            err=True,
        )
    typer.echo(f"Bàn rà soát / the stewards' desk: http://{host}:{port}", err=True)
    serve(office, host, port, https_only=https)


def _password() -> str:
    """From the environment or asked for twice; never an argument, which other users of the machine could read."""
    given = os.environ.get(PASSWORD_VARIABLE)
    return (
        given if given is not None else typer.prompt("Mật khẩu / password", hide_input=True, confirmation_prompt=True)
    )
