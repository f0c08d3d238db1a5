"""The papers: `service-index bulletin`, `compile`, `sheet`, `procedures`.

Belongs here: their options and exit codes. Does not belong here: what stands in them (publishing/bulletin).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.opening import FAILED, USAGE, HomeOption, fail, open_or_fail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publishing.bulletin.document import Document
    from publishing.site.languages import Language
    from resources.office import Office

Scope = Annotated[str | None, typer.Option("--scope", help="Mã tỉnh / a province: H05")]
Lang = Annotated[str, typer.Option("--lang", help="vi | en | both")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", help="Thư mục ghi / folder to write to; <home>/published/bulletins/… nếu không chọn / by default"
    ),
]
As = Annotated[str, typer.Option("--as", help="html | pdf | docx | all")]
Site = Annotated[
    str | None,
    typer.Option("--site", help="Địa chỉ trang công bố cho các liên kết / the site's address, for links: https://…"),
]
WeekOption = Annotated[str, typer.Option("--week", help="Tuần / week: 2025-W46")]


def add_bulletin(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    app.command()(bulletin)
    app.command("compile")(compile_month)
    app.command()(sheet)
    app.command()(procedures)


def bulletin(
    week: Annotated[str, typer.Argument(help="Tuần / week: 2025-W46")],
    scope: Scope = None,
    lang: Lang = "both",
    out: Out = None,
    form: Annotated[str, typer.Option("--as", help="html | pdf | docx | message | all")] = "all",
    target: Annotated[
        list[str] | None,
        typer.Option(
            "--target", help="Mục tiêu, nhiều lần / targets, repeatable: 2025-W47:92.50..92.60, 2025-W50:93,lead=1"
        ),
    ] = None,
    site: Site = None,
    home: HomeOption = None,
) -> None:
    """Bản tin tuần của một tỉnh, một trang A4. / A province's weekly bulletin on one page; a message for a phone."""
    forms = _forms(form, ("html", "pdf", "docx", "message"))
    wanted = _week(week)
    office = open_or_fail(home)

    from publishing.bulletin.facts import NoBulletin, default_scope, read_facts
    from publishing.bulletin.message import message
    from publishing.bulletin.targets import TargetError, parse_target
    from publishing.bulletin.weekly import weekly
    from publishing.bulletin.writing import MESSAGE, write_message

    try:
        targets = [parse_target(each) for each in target or ()]
        facts = read_facts(office.database, wanted, scope or default_scope(office.database, wanted), targets)
    except TargetError as error:
        raise typer.BadParameter(str(error)) from None
    except NoBulletin as error:
        fail(str(error))
    said_in = _languages(lang)
    if forms == (MESSAGE,) and out is None:
        typer.echo("\n".join(message(facts, language) for language in said_in), nl=False)
        return
    papers = tuple(each for each in forms if each != MESSAGE)
    folder = _write(office, weekly(facts), facts.week, out, papers, said_in, site)
    if MESSAGE in forms:
        for language in said_in:
            typer.echo(write_message(facts, folder, language))


def compile_month(
    month: Annotated[str, typer.Argument(help="Tháng / month: 2025-11")],
    scope: Scope = None,
    heads: Annotated[
        Path | None,
        typer.Option("--heads", help="Người đứng đầu đơn vị (YAML) / heads of units; <home>/heads.yaml"),
    ] = None,
    lang: Lang = "both",
    out: Out = None,
    form: As = "all",
    site: Site = None,
    home: HomeOption = None,
) -> None:
    """Tổng hợp tháng: xếp hạng sở, xã; nơi cần tập huấn. / The month: departments and communes ranked, where training is due."""
    forms = _forms(form)
    if heads is not None and not heads.is_file():
        raise typer.BadParameter(f"{heads}: không có tệp này / there is no such file")
    office = open_or_fail(home)

    from publishing.bulletin.facts import NoBulletin
    from publishing.bulletin.heads import FILE_NAME, read_heads
    from publishing.bulletin.monthly import monthly
    from scoring.yamlnodes import RuleSetError

    try:
        document = monthly(office, month, scope, read_heads(heads or office.home.root / FILE_NAME))
    except NoBulletin as error:
        fail(str(error))
    except RuleSetError as error:
        fail(str(error), USAGE)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    _write(office, document, month, out, forms, _languages(lang), site)


def sheet(
    unit: Annotated[str, typer.Argument(help="Mã đơn vị / a unit's code: H05.141")],
    week: WeekOption,
    period: Annotated[str, typer.Option("--period", help="ytd | quarter | month")] = "ytd",
    lang: Lang = "both",
    out: Out = None,
    form: As = "all",
    site: Site = None,
    home: HomeOption = None,
) -> None:
    """Phiếu một đơn vị: tiếp nhận, trực tuyến, đúng hạn, trễ, số hóa. / A unit's sheet, with counts that add up."""
    if period not in ("ytd", "quarter", "month"):
        raise typer.BadParameter("--period: ytd | quarter | month")
    forms, wanted = _forms(form), _week(week)
    office = open_or_fail(home)

    from publishing.bulletin.facts import NoBulletin
    from publishing.bulletin.sheet import sheet as sheet_of
    from resources.units import normalise_code

    try:
        document = sheet_of(office, wanted, normalise_code(unit), period)
    except NoBulletin as error:
        fail(str(error))
    _write(office, document, wanted, out, forms, _languages(lang), site)


def procedures(
    week: WeekOption,
    scope: Scope = None,
    lang: Lang = "both",
    out: Out = None,
    form: As = "all",
    site: Site = None,
    home: HomeOption = None,
) -> None:
    """Tổng quan thủ tục và thời hạn. / Procedures in force and how dossiers end: early, on time, late."""
    forms, wanted = _forms(form), _week(week)
    office = open_or_fail(home)

    from publishing.bulletin.facts import NoBulletin, default_scope
    from publishing.bulletin.procedures import procedures as overview

    try:
        document = overview(office, wanted, scope or default_scope(office.database, wanted))
    except NoBulletin as error:
        fail(str(error))
    _write(office, document, wanted, out, forms, _languages(lang), site)


def _write(
    office: Office,
    document: Document,
    of: str,
    out: Path | None,
    forms: Sequence[str],
    said_in: Sequence[Language],
    site: str | None,
) -> Path:
    """Writes the files, names them on stdout and returns their folder. of: the week or month."""
    from publishing.bulletin.writing import default_folder, link_from, write_document

    folder = (out or default_folder(office, of)).absolute()
    try:
        for path in write_document(document, folder, link_from(office.home, folder, site), forms, said_in):
            typer.echo(path)
    except OSError as error:
        fail(f"Không ghi được / cannot write: {error.filename}: {error.strerror}", FAILED)
    return folder


def _forms(asked: str, known: tuple[str, ...] = ("html", "pdf", "docx")) -> tuple[str, ...]:
    if asked == "all":
        return known
    if asked not in known:
        raise typer.BadParameter(f"--as {asked!r}: chọn một trong / choose one of {', '.join(known)}, all")
    return (asked,)


def _languages(asked: str) -> tuple[Language, ...]:
    from publishing.site.languages import languages

    found = tuple(each for each in languages() if asked in (each.code, "both"))
    if not found:
        raise typer.BadParameter("--lang: vi | en | both")
    return found


def _week(text: str) -> str:
    from scoring.calendar import Week

    try:
        return str(Week.parse(text))
    except ValueError as error:
        raise typer.BadParameter(f"{error}. Ví dụ / for example: 2025-W46") from None
