"""The overview of procedures and timeliness of a province: what is in force, how it is offered, how dossiers end.

Belongs here: counts from the lists and dossiers a published revision stands on. Does not belong here: scores. Shares of a
whole add up to 100.00; what no export holds is said to be unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from publishing.bulletin import places
from publishing.bulletin.counted import counts_and_share, read_counted, shares_of
from publishing.bulletin.document import Block, Bullets, Cell, Document, Lead, Table, section
from publishing.bulletin.facts import NoBulletin
from publishing.bulletin.text import Figure, Phrase, Value, count, just, name, percent, say
from publishing.bulletin.weekly import foot_of
from resources.engine import connect, quote_text
from resources.office import Office
from resources.releases import Revision
from resources.units import province_name
from scoring.calendar import Period, PeriodKind, Week, day_of_utc
from scoring.counting import timeliness_sql
from scoring.ruleset import ruleset_for

KIND: PeriodKind = "ytd"
_OFFERED = (
    ("full", "Trực tuyến toàn trình / Fully online"),
    ("part", "Trực tuyến một phần / Online in part"),
    ("information", "Chỉ cung cấp thông tin / Information only"),
)
_TOLD = (
    ("fee_bearing", "Có phí, lệ phí / Bear a fee"),
    ("payment_offered", "Có phí và thanh toán trực tuyến được / Bear a fee and can be paid online"),
    ("population_connected", "Kết nối dữ liệu dân cư / Connected to population data"),
    ("content_complete", "Công khai đủ nội dung / Published with every required part"),
)
_ENDS = (
    ("early", "Trước hạn / Early"),
    ("on_time", "Đúng ngày hẹn / On the day"),
    ("late", "Trễ hạn / Late"),
)


@dataclass(frozen=True, slots=True)
class Overview:
    """offered: procedures in force by service level. told: of how many more is true. ends: finished dossiers by class.

    waiting: unfinished ones still in term and overdue. agrees: whether the timely and the rest are the published counts
    of `on_time`; None where nothing was published to compare with.
    """

    in_force: int
    offered: dict[str, int]
    told: dict[str, int]
    ends: dict[str, int]
    waiting: dict[str, int]
    results: tuple[tuple[str, int, int], ...]
    agrees: bool | None


def procedures(office: Office, week: str, scope: str) -> Document:
    """The overview of a province in a week. Raises NoBulletin when the week is not published or nothing is on hand."""
    revisions = office.database.revisions(week)
    if not revisions:
        raise NoBulletin(f"Tuần {week} chưa được công bố / week {week} is not published")
    revision = revisions[-1]
    found = read_overview(office, revision, scope)
    called = province_name(scope) or scope
    if not found.in_force and not found.ends:
        raise NoBulletin(
            f"Tuần {week}: không có danh mục thủ tục hay hồ sơ của {called} / "
            f"week {week} has neither procedures nor dossiers of {called}"
        )
    return Document(
        name=f"procedures.{scope}.{week}",
        kicker=say("Tổng quan thủ tục và thời hạn", "Procedures and timeliness"),
        title=say("{unit} · tuần {week}", "{unit} · week {week}", unit=name(called), week=name(week)),
        meta=say(
            "{period} · {days} · bản {revision}",
            "{period} · {days} · revision {revision}",
            period=Figure(Period.of_week(KIND, Week.parse(week)).label, "period"),
            days=Figure(week, "days"),
            revision=count(revision.revision),
        ),
        blocks=[
            *_opening(found, scope),
            *section("Thủ tục đang có hiệu lực", "Procedures in force", _offered(found), _more(found)),
            *section("Hồ sơ đã giải quyết", "Finished dossiers", _ended(found)),
            *section("Hồ sơ tiếp nhận trong kỳ", "Dossiers accepted in the period", _results(found, scope)),
            *section("Chưa biết", "Not known", _unknown(found)),
        ],
        foot=foot_of(revision),
        day=day_of_utc(revision.published_at),
    )


def read_overview(office: Office, revision: Revision, scope: str) -> Overview:
    """Counts from the exports that the revision names among its inputs."""
    week = Week.parse(revision.week)
    known = {export.export_id: export for export in office.database.exports()}
    used = [known[entry["export_id"]] for entry in revision.inputs if entry["export_id"] in known]
    lists = [each for each in used if each.kind == "procedures" and each.scope in (scope, "VN")]
    newest = [each for each in lists if each.week == max(one.week for one in lists)]
    dossiers = [each for each in used if each.kind == "dossiers" and each.scope in (scope, "VN")]
    in_force, offered, told = _procedures(
        [office.home.table_path("procedures", each.week, each.export_id) for each in newest], scope
    )
    ends, waiting = _timeliness(
        [office.home.table_path("dossiers", each.week, each.export_id) for each in dossiers], scope, week, office
    )
    published = read_counted(office, revision, KIND, [scope]).get(scope, {})
    results = tuple(
        (code, one.numerator or 0, one.denominator or 0)
        for code in ("components_digitised", "electronic_result")
        if (one := published.get(code)) is not None and one.has_counts
    )
    timely = published.get("on_time")
    agrees = None
    if timely is not None and timely.has_counts and timely.basis == "computed":
        good = ends.get("early", 0) + ends.get("on_time", 0) + waiting.get("in_term", 0)
        agrees = (good, sum(ends.values()) + sum(waiting.values())) == (timely.numerator, timely.denominator)
    return Overview(in_force, offered, told, ends, waiting, results, agrees)


def _procedures(paths: Sequence[Path], scope: str) -> tuple[int, dict[str, int], dict[str, int]]:
    """Each procedure once: as the province lists it, else as the unit of the lowest code does."""
    there = [str(path) for path in paths if path.is_file()]
    if not there:
        return 0, {}, {}
    con = connect()
    try:
        rows = con.execute(
            "SELECT service_level, fee_bearing, fee_bearing AND payment_offered, population_connected, "
            "coalesce(content_complete, FALSE) FROM read_parquet(?) WHERE left(unit_code, 3) = ? "
            "QUALIFY row_number() OVER (PARTITION BY procedure_code ORDER BY unit_code, source_row DESC) = 1",
            [there, scope],
        ).fetchall()
    finally:
        con.close()
    offered = {level: sum(row[0] == level for row in rows) for level, _ in _OFFERED}
    told = {code: sum(bool(row[at]) for row in rows) for at, (code, _) in enumerate(_TOLD, start=1)}
    return len(rows), offered, told


def _timeliness(paths: Sequence[Path], scope: str, week: Week, office: Office) -> tuple[dict[str, int], dict[str, int]]:
    """Dossiers accepted in the year, as they stood at the week's end, by how they ended (methodology, section 3)."""
    there = [str(path) for path in paths if path.is_file()]
    if not there:
        return {}, {}
    period = Period.of_week(KIND, week)
    cut = period.cut(week)
    restart = ruleset_for(min(week.sunday, period.end_day)).restart
    first = max(period.start_day, restart) if restart is not None and restart <= week.sunday else period.start_day
    cut_text = f"TIMESTAMP {quote_text(cut.isoformat(sep=' '))}"
    with office.engine() as con:
        con.execute(
            "CREATE TEMP TABLE latest AS SELECT * FROM read_parquet(?, filename = TRUE) WHERE left(unit_code, 3) = ? "
            "QUALIFY row_number() OVER (PARTITION BY dossier_code "
            "ORDER BY arrived_week DESC, list_position(?, filename) DESC, source_row DESC) = 1",
            [there, scope, there],
        )
        rows = con.execute(
            f"""
            SELECT
              CASE
                WHEN timely AND NOT finished THEN 'in_term'
                WHEN NOT finished THEN 'overdue'
                WHEN NOT timely THEN 'late'
                WHEN CAST(ended_at - to_seconds(waiting_seconds) + INTERVAL 7 HOUR AS DATE)
                  < CAST(due_at + INTERVAL 7 HOUR AS DATE) THEN 'early'
                ELSE 'on_time'
              END AS how,
              count(*)
            FROM ({timeliness_sql("latest", cut_text)})
            JOIN (SELECT dossier_code, due_at, accepted_at, waiting_seconds,
                    coalesce(finished_at, returned_at, stopped_at) AS ended_at FROM latest) USING (dossier_code)
            WHERE CAST(accepted_at + INTERVAL 7 HOUR AS DATE) BETWEEN ? AND ?
            GROUP BY how
            """,  # noqa: S608 - the cut is an instant of ours, the rest the house's own SQL
            [first, period.end_day],
        ).fetchall()
    found = dict(rows)
    ends = {code: found.get(code, 0) for code, _ in _ENDS}
    return ends, {code: found.get(code, 0) for code in ("in_term", "overdue")}


# ---- what is said


def _opening(found: Overview, scope: str) -> list[Block]:
    if not found.in_force:
        return []
    return [
        Lead(
            say(
                "{n} thủ tục đang có hiệu lực: {full} trực tuyến toàn trình, {part} trực tuyến một phần.",
                "{n} procedures in force: {full} fully online, {part} online in part.",
                n=count(found.in_force, places.unit(scope)),
                full=count(found.offered["full"]),
                part=count(found.offered["part"]),
            )
        )
    ]


def _offered(found: Overview) -> Table | None:
    return _shares(found.offered, _OFFERED, found.in_force) if found.in_force else None


def _more(found: Overview) -> Bullets | None:
    if not found.in_force:
        return None
    items = [
        say(
            "{what}: {counts}",
            "{what}: {counts}",
            what=Figure(called, "told"),
            counts=counts_and_share(found.told[code], found.in_force),
        )
        for code, called in _TOLD
        if code != "payment_offered"
    ]
    if found.told["fee_bearing"]:
        paid = counts_and_share(found.told["payment_offered"], found.told["fee_bearing"])
        items.insert(
            1,
            say(
                "{what}: {counts}", "{what}: {counts}", what=Figure(dict(_TOLD)["payment_offered"], "told"), counts=paid
            ),
        )
    return Bullets(tuple((item, "plain") for item in items))


def _ended(found: Overview) -> Table | None:
    return _shares(found.ends, _ENDS, sum(found.ends.values())) if sum(found.ends.values()) else None


def _shares(parts: dict[str, int], called: Sequence[tuple[str, str]], whole: int) -> Table:
    """A line a part, its count and its share; the shares add up to 100.00 and the last line says so."""
    told = shares_of(parts)
    rows = [
        (
            Cell(just(Figure(label, "told"))),
            Cell(just(count(parts[code]))),
            Cell(just(percent(told[code])), tone="warn" if code == "late" and parts[code] else "plain"),
        )
        for code, label in called
    ]
    total: tuple[Cell, ...] = (
        Cell(Phrase("Cộng", "Together")),
        Cell(just(count(whole))),
        Cell(just(percent(sum(told.values(), shares_of({"": 1})[""] * 0)))),
    )
    return Table(
        head=(Phrase("Loại", "Class"), Phrase("Số lượng", "Count"), Phrase("Tỷ lệ", "Share")),
        align=("left", "right", "right"),
        rows=(*rows, total),
    )


def _results(found: Overview, scope: str) -> Bullets | None:
    called = {
        "components_digitised": "Số hóa, có kết quả điện tử / Digitised, with electronic result",
        "electronic_result": "Có kết quả điện tử / Electronic result",
    }
    items = [
        say(
            "{what}: {counts}",
            "{what}: {counts}",
            what=Figure(called[code], "told"),
            counts=counts_and_share(n, d, places.unit(scope)),
        )
        for code, n, d in found.results
    ]
    if sum(found.waiting.values()):
        values: dict[str, Value] = {code: count(number) for code, number in found.waiting.items()}
        items.append(
            say(
                "Đang giải quyết: {in_term} trong hạn, {overdue} quá hạn",
                "Unfinished: {in_term} in term, {overdue} overdue",
                **values,
            )
        )
    return Bullets(tuple((item, "plain") for item in items)) if items else None


def _unknown(found: Overview) -> Bullets:
    said = [
        say(
            "Không bản xuất nào cho biết: thủ tục cắt giảm thời gian, giảm giấy tờ, số hóa toàn trình; số bộ phận một cửa",
            "No export tells: procedures with time cut, with fewer papers, wholly digital; the number of one-stop desks",
        )
    ]
    if not found.in_force:
        said.append(say("Không có danh mục thủ tục của tuần này", "There is no list of procedures for this week"))
    if not found.ends:
        said.append(
            say(
                "Không có hồ sơ: không biết tỷ lệ trước hạn, đúng hạn",
                "There are no dossiers: early and on time are not known",
            )
        )
    if found.agrees is False:
        said.append(
            say(
                "Số hồ sơ ở đây khác số đã công bố của chỉ số đúng hạn: cần xem lại trước khi dùng",
                "The dossiers here differ from the published counts of timeliness: look into it before use",
            )
        )
    return Bullets(tuple((each, "soft") for each in said))
