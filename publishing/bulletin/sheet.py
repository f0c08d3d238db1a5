"""A unit's sheet: what it received, how much came online, on time, late and digitised, with counts that add up.

Belongs here: the sheet of one unit in one week. Does not belong here: reading counts (counted.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publishing.bulletin import places
from publishing.bulletin.counted import Counted, counts_and_share, read_counted
from publishing.bulletin.document import Block, Bullets, Cell, Document, Lead, Note, Table, section
from publishing.bulletin.document import Row as Line
from publishing.bulletin.facts import NoBulletin
from publishing.bulletin.text import Figure, Phrase, count, just, name, plain, points, say, series, title, word
from publishing.bulletin.weekly import foot_of
from publishing.views import read_ranking
from resources.office import Office
from resources.units import level_of, province_of
from scoring.calendar import Period, Week, day_of_utc
from scoring.ruleset import Group, RuleSet, load_rulesets, ruleset_for

_LINES = (
    ("filed_online", "Nộp trực tuyến / Filed online"),
    ("on_time", "Đúng hạn và trong hạn / On time or still in term"),
    ("components_digitised", "Số hóa, có kết quả điện tử / Digitised, with electronic result"),
    ("electronic_result", "Có kết quả điện tử / Electronic result"),
    ("paid_online", "Phí thanh toán trực tuyến / Fees paid online"),
)


def sheet(office: Office, week: str, unit: str, kind: str = "ytd") -> Document:
    """The sheet of a unit. Raises NoBulletin when the week or the unit was not published."""
    level = level_of(unit)
    scope = "VN" if level == "province" else province_of(unit) or ""
    view = read_ranking(office.database, week, level or "", scope, kind)
    row = next((row for row in view.rows if row["unit_code"] == unit), None)
    if row is None:
        raise NoBulletin(view.reason or f"Tuần {week} không có đơn vị {unit} / week {week} has no unit {unit}")
    revision = office.database.revisions(week)[-1]
    counted = read_counted(office, revision, kind, [unit]).get(unit, {})
    return Document(
        name=f"sheet.{unit}.{kind}.{week}",
        kicker=say("Phiếu đơn vị · Chỉ số 766", "A unit's sheet · the 766 index"),
        title=say("{unit} · tuần {week}", "{unit} · week {week}", unit=name(row["unit_name"]), week=name(week)),
        meta=say(
            "{period} · {days} · {basis} · {status}, bản {revision}",
            "{period} · {days} · {basis} · {status}, revision {revision}",
            period=Figure(row["period"], "period"),
            days=Figure(week, "days"),
            basis=word(row["basis"]),
            status=word(row["status"]),
            revision=count(revision.revision),
        ),
        blocks=[
            *_opening(row["unit_name"], unit, counted),
            *section("Hồ sơ", "Dossiers", _dossiers(counted, unit)),
            *section(
                "Sáu nhóm và từng chỉ số",
                "The six groups, indicator by indicator",
                _indicators(row, counted),
            ),
            *_standing(view.rank_text(row), row),
            *section("Chưa biết", "Not known", _unknown(counted, week, row["period"])),
        ],
        foot=foot_of(revision),
        day=day_of_utc(revision.published_at),
    )


def _rules(row: Mapping[str, Any]) -> RuleSet:
    return load_rulesets().get(row["ruleset"] or "") or ruleset_for(Week.parse(row["week"]).sunday)


def _opening(called: str, unit: str, counted: Mapping[str, Counted]) -> list[Block]:
    """One sentence with the counts that everything else is a part of: received, online, on time, late, digitised."""
    here = places.unit(unit)
    known = {code: one for code, one in counted.items() if one.has_counts}
    said: list[Phrase] = []
    if (online := known.get("filed_online")) is not None:
        said.append(
            say(
                "tiếp nhận {received} hồ sơ, {online} nộp trực tuyến",
                "received {received} dossiers, {online} of them online",
                received=count(online.denominator or 0, here),
                online=count(online.numerator or 0, here),
            )
        )
    if (timely := known.get("on_time")) is not None:
        said.append(
            say(
                "trong {handled} hồ sơ tính hạn, {timely} đúng hạn hoặc còn trong hạn, {late} trễ hạn",
                "of {handled} measured, {timely} on time or still in term, {late} late",
                handled=count(timely.denominator or 0, here),
                timely=count(timely.numerator or 0, here),
                late=count(timely.missing, here),
            )
        )
    if (digitised := known.get("components_digitised")) is not None:
        said.append(
            say(
                "{n}/{d} được số hóa",
                "{n} of {d} digitised",
                n=count(digitised.numerator or 0, here),
                d=count(digitised.denominator or 0, here),
            )
        )
    if not said:
        return []
    return [Lead(say("{unit}: {said}.", "{unit}: {said}.", unit=name(called, here), said=series(said)))]


def _dossiers(counted: Mapping[str, Counted], unit: str) -> Table | None:
    """A line a question: the counts, what is missing, the percentage they give."""
    rows = []
    for code, called in _LINES:
        one = counted.get(code)
        if one is None or not one.has_counts:
            continue
        label = "Trễ hạn / Late" if code == "on_time" else "Còn thiếu / Missing"
        rows.append(
            (
                Cell(just(Figure(called, "told"))),
                Cell(counts_and_share(one.numerator or 0, one.denominator or 0, places.unit(unit))),
                Cell(
                    say("{label}: {n}", "{label}: {n}", label=Figure(label, "told"), n=count(one.missing)),
                    tone="warn" if code == "on_time" and one.missing else "plain",
                ),
            )
        )
    if not rows:
        return None
    return Table(
        head=(Phrase("Nội dung", "What"), Phrase("Số đếm", "Counts"), Phrase("Phần còn lại", "The rest")),
        align=("left", "right", "right"),
        rows=tuple(rows),
    )


def _indicators(row: Mapping[str, Any], counted: Mapping[str, Counted]) -> Table | None:
    """Every indicator with its counts and points; a component's total where only that is known."""
    rows: list[Line] = []
    unit = str(row["unit_code"])
    for group in _rules(row).groups:
        own = [counted[one.code] for one in group.indicators if one.code in counted]
        own += [one for one in counted.values() if one.group == group.code and one.indicator == "group_total"]
        if not own:
            continue
        rows.append(Cell(_group(row, group)))
        titles = {one.code: f"{one.title_vi} / {one.title_en}" for one in group.indicators}
        rows += [_indicator(one, titles.get(one.indicator, "Điểm của nhóm / The group's score"), unit) for one in own]
    if not rows:
        return None
    return Table(
        head=(Phrase("Chỉ số", "Indicator"), Phrase("Số đếm", "Counts"), Phrase("Điểm", "Points")),
        align=("left", "right", "right"),
        rows=tuple(rows),
    )


def _group(row: Mapping[str, Any], group: Group) -> Phrase:
    if row[group.code] is None:
        return just(title(group.code))
    score = points(row[group.code], places.unit(row["unit_code"]))
    return say(
        "{group}: {score}/{max}",
        "{group}: {score}/{max}",
        group=title(group.code),
        score=score,
        max=plain(group.max_points),
    )


def _indicator(one: Counted, called: str, unit: str) -> tuple[Cell, ...]:
    here = places.unit(unit)
    counts = counts_and_share(one.numerator or 0, one.denominator or 0, here) if one.has_counts else None
    score = (
        say("{s}/{m}", "{s}/{m}", s=points(one.score, here), m=plain(one.max_points)) if one.score is not None else None
    )
    return Cell(just(Figure(called, "told"))), Cell(counts), Cell(score)


def _standing(rank: str, row: Mapping[str, Any]) -> list[Block]:
    if row["total"] is None:
        return []
    return [
        Note(
            say(
                "Tổng điểm {total}, hạng {rank}/{ranked} {level}",
                "Total {total}, rank {rank} of {ranked} {level}",
                total=points(row["total"]),
                rank=name(rank),
                ranked=count(row["ranked"]),
                level=word(row["level"]),
            )
        )
    ]


def _unknown(counted: Mapping[str, Counted], week: str, period: str) -> Bullets:
    said: list[Phrase] = []
    if not any(one.has_counts for one in counted.values()):
        said.append(
            say(
                "Không có số đếm của đơn vị trong tuần này, chỉ có điểm như cổng công bố: không ghi tỷ lệ",
                "There are no counts of the unit this week, only scores as the portal published them: no percentage is given",
            )
        )
    whole, last = Period.parse(period), Week.parse(week).sunday
    if last < whole.end_day:
        said.append(
            say(
                "Kỳ chưa kết thúc: số liệu đến hết {day}",
                "The period is not over: figures up to {day}",
                day=Figure(last, "day"),
            )
        )
    said.append(
        say(
            "Số thủ tục có mã QR và vướng mắc của phần mềm không có trong bản xuất nào",
            "Procedures with a QR code and troubles with software are in no export",
        )
    )
    return Bullets(tuple((each, "soft") for each in said))
