"""Notices on the command line: `service-index notices`, with `prepare`, `confirm` and `list`.

Belongs here: their options, what they print, exit codes. Does not belong here: what is noticed (noticing), what is due
(delivering). Run by a timer of the machine it raises the alarm also when Dagster's daemon is dead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.opening import DONE, FAILED, HELD, USAGE, HomeOption, fail, open_or_fail

if TYPE_CHECKING:
    from pipelines.delivering import Planned
    from resources.office import Office

notices_app = typer.Typer(help="Thông báo qua thư, tin nhắn. / Notices by e-mail and messenger.")
Who = Annotated[str, typer.Option("--as", help="Tên người dùng / the user who does it")]


def add_notices(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.add_typer(notices_app, name="notices")


@notices_app.callback(invoke_without_command=True)
def notices(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Chỉ in, không gửi, không ghi / print only; nothing is sent or stored")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Xem có gì mới và gửi thông báo đã đến lúc. / Look what happened and send the notices that are due."""
    if context.invoked_subcommand is not None:
        return
    office = open_or_fail(home)

    from pipelines.delivering import deliver, plan, record
    from pipelines.instance import open_instance
    from pipelines.telling import everything
    from resources.clock import utc_now
    from resources.notices.ledger import Ledger
    from scoring.yamlnodes import RuleSetError

    now = utc_now()
    try:
        with open_instance(office) as instance:
            found = everything(office, instance, now)
        if dry_run:
            known = Ledger(office.database.engine).known([notice.key for notice in found])
            _show(plan(office, now, unkept=[notice for notice in found if notice.key not in known]))
            return
        kept = record(office, found, now)
        report = deliver(office, now)
    except RuleSetError as error:
        fail(str(error), USAGE)
    typer.echo(f"Việc mới / new: {len(kept)}. Đã gửi / sent: {report.sent}")
    for route, why in report.failures.items():
        typer.echo(f"{route}: {why}", err=True)
    raise typer.Exit(HELD if report.failures else DONE)


@notices_app.command("list")
def list_notices(
    newest: Annotated[int, typer.Option("--newest", min=1, help="Bao nhiêu / how many")] = 30,
    home: HomeOption = None,
) -> None:
    """Đã gửi gì cho ai, còn gì chờ. / What was sent to whom, and what waits. Exit 3 when something could not be sent."""
    office = open_or_fail(home)

    from resources.notices.ledger import Ledger
    from scoring.calendar import VIETNAM_OFFSET

    deliveries = Ledger(office.database.engine).deliveries(newest=newest)
    for each in deliveries:
        at = (each.sent_at or each.next_try_at) + VIETNAM_OFFSET
        about = f"{each.notice.event}\t{each.notice.week or '–'}"
        typer.echo(f"{at:%d/%m/%Y %H:%M}\t{each.state}\t{each.route}\t{about}\t{each.error or ''}".rstrip())
    raise typer.Exit(HELD if any(each.state == "failed" for each in deliveries) else DONE)


@notices_app.command("prepare")
def prepare_message(
    week: Annotated[str, typer.Option("--week", help="Tuần / week: 2025-W46")],
    who: Who,
    scope: Annotated[str | None, typer.Option("--scope", help="Mã tỉnh / a province: H05")] = None,
    home: HomeOption = None,
) -> None:
    """Soạn và xem trước tin nhắn gửi lãnh đạo; người khác xác nhận mới gửi. / Prepare a message to leaders, and preview it."""
    office = open_or_fail(home)

    from pipelines.delivering import record
    from pipelines.noticing import prepared
    from publishing.bulletin.facts import NoBulletin, default_scope, read_facts
    from publishing.bulletin.message import message
    from publishing.site.languages import languages
    from resources.clock import utc_now
    from resources.notices.leaders import LeaderMessages, MessageRefused
    from resources.users import UserError
    from scoring.calendar import Week
    from scoring.yamlnodes import RuleSetError

    try:
        wanted = str(Week.parse(week))
    except ValueError as error:
        raise typer.BadParameter(f"{error}. Ví dụ / for example: 2025-W46") from None
    now = utc_now()
    try:
        user = office.users.get(who)
        facts = read_facts(office.database, wanted, scope or default_scope(office.database, wanted))
        texts = {language.code: message(facts, language) for language in languages()}
        kept = LeaderMessages(office.database.engine).prepare(
            week=wanted, scope=facts.scope, revision=facts.revision.revision, texts=texts, who=user, now=now
        )
        record(office, [prepared(kept)], now)
    except (NoBulletin, MessageRefused, UserError) as error:
        fail(str(error), FAILED)
    except RuleSetError as error:
        fail(str(error), USAGE)
    _preview(office, kept.id)


@notices_app.command("confirm")
def confirm_message(
    number: Annotated[int, typer.Argument(metavar="MESSAGE", help="Số tin nhắn / the message's number")],
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Đã xem, không hỏi lại / was read, do not ask")] = False,
    home: HomeOption = None,
) -> None:
    """Người thứ hai xem tin nhắn và cho gửi. / The second person looks at the message and lets it go."""
    office = open_or_fail(home)

    from pipelines.delivering import record
    from pipelines.noticing import confirmed
    from resources.clock import utc_now
    from resources.notices.leaders import LeaderMessages, MessageRefused
    from resources.users import UserError
    from scoring.yamlnodes import RuleSetError

    messages, now = LeaderMessages(office.database.engine), utc_now()
    try:
        user = office.users.get(who)
        messages.get(number)
        _preview(office, number)
        if not yes:
            typer.confirm("Gửi tin nhắn này cho lãnh đạo? / Send this message to leaders?", abort=True, err=True)
        kept = messages.confirm(number, who=user, now=now)
        record(office, [confirmed(kept)], now)  # stopped here, the next tick or command does it
    except (MessageRefused, UserError) as error:
        fail(str(error), FAILED)
    except RuleSetError as error:
        fail(str(error), USAGE)
    typer.echo(f"Tin nhắn / message {number}: {kept.prepared_by} → {kept.confirmed_by}", err=True)


def _preview(office: Office, number: int) -> None:
    from resources.notices.leaders import LeaderMessages

    kept = LeaderMessages(office.database.engine).get(number)
    typer.echo("\n".join(kept.texts[code] for code in ("vi", "en")), nl=False)
    typer.echo(
        f"Tin nhắn / message {number}: {kept.scope}, {kept.week}, bản / revision {kept.revision}, {kept.prepared_by}",
        err=True,
    )


def _show(planned: list[Planned]) -> None:
    """What would be sent to whom; addresses are never shown."""
    for each in planned:
        later = " (để sau / held back)" if each.holds else ""
        route = each.route
        typer.echo(f"== {route.name} · {route.role} · {route.address_variable}{later}")
        typer.echo(each.message.title)
        typer.echo(each.message.body)
    if not planned:
        typer.echo("Không có thông báo nào chờ gửi. / No notice waits to be sent.")
