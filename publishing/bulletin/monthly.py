"""The monthly compile: departments and communes ranked over the month, where training is due, who answers for what.

Belongs here: the paper a directive asks for every month (no late dossier; all digitised, with electronic results, online).
Does not belong here: the weekly page. Ranks inside the province are of the month; the province's own rank is the year to
date's, and both say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from publishing.bulletin import places
from publishing.bulletin.counted import Counted, counts_and_share, read_counted
from publishing.bulletin.document import Block, Bullets, Cell, Columns, Document, Lead, Table, section
from publishing.bulletin.document import Row as Line
from publishing.bulletin.facts import Facts, NoBulletin, default_scope, read_facts
from publishing.bulletin.statements import Statement, about_province, said_of
from publishing.bulletin.text import Figure, Phrase, count, day, just, name, nth, points, say
from publishing.bulletin.weekly import foot_of, ranking_table, unit_row
from publishing.views import RankingView, read_ranking
from resources.database import Database
from resources.office import Office
from scoring.calendar import Period, PeriodKind, Week, day_of_utc
from scoring.points import SMALL_DENOMINATOR

MONTH: PeriodKind = "month"
LOWEST = 5
_DEMANDS = (
    ("on_time", "Không có hồ sơ trễ hạn / No late dossier"),
    ("components_digitised", "100% hồ sơ số hóa, có kết quả điện tử / All digitised, with electronic result"),
    ("electronic_result", "100% kết quả điện tử / All results electronic"),
    ("filed_online", "100% hồ sơ nộp trực tuyến / All filed online"),
    ("paid_online", "100% phí thanh toán trực tuyến / All fees paid online"),
)
_RANKS_AIMED_AT = (10, 5)


def monthly(office: Office, month: str, scope: str | None = None, heads: Mapping[str, str] | None = None) -> Document:
    """The compile of a month (`2025-11`), as its last published week measures it.

    Raises ValueError for another period, NoBulletin when no week of it is published or the province was not counted.
    """
    period = Period.parse(month)
    if period.kind != MONTH:
        raise ValueError(f"{month!r}: cần một tháng, ví dụ 2025-11 / expected a month, for example 2025-11")
    week = last_week_of(office.database, period)
    scope = scope or default_scope(office.database, week)
    facts = read_facts(office.database, week, scope)
    counted = read_counted(office, facts.revision, MONTH)
    views = [read_ranking(office.database, week, level, scope, MONTH) for level in ("department", "commune")]
    until = min(Week.parse(week).sunday, period.end_day)
    return Document(
        name=f"compile.{scope}.{month}",
        kicker=say("Tổng hợp tháng · Chỉ số 766", "Monthly compile · the 766 index"),
        title=say("{unit} · {month}", "{unit} · {month}", unit=name(facts.name), month=Figure(month, "period")),
        meta=say(
            "{month}, số liệu đến hết {day} · tuần {week}, bản {revision}",
            "{month}, figures up to {day} · week {week}, revision {revision}",
            month=Figure(month, "period"),
            day=day(until),
            week=name(week, places.release(week)),
            revision=count(facts.revision.revision),
        ),
        blocks=[
            *_opening(facts),
            *section(
                "Yêu cầu và kết quả trong tháng",
                "What is asked for, and the month's figures",
                _demands(scope, counted.get(scope, {})),
            ),
            *_training(views, counted, heads or {}),
            *[block for view in views for block in _ranking(view, heads or {})],
            *section("Chưa biết", "Not known", _unknown(period, week, views, counted.get(scope, {}), heads or {})),
        ],
        foot=foot_of(facts.revision),
        day=day_of_utc(facts.revision.published_at),
    )


def last_week_of(database: Database, month: Period) -> str:
    """The last published week of a month. Raises NoBulletin when there is none."""
    weeks = [week for week in database.weeks_published() if Period.of_week(MONTH, Week.parse(week)) == month]
    if not weeks:
        raise NoBulletin(f"Chưa có tuần nào của {month} được công bố / no week of {month} is published")
    return weeks[-1]


def _opening(facts: Facts) -> list[Block]:
    said = said_of(about_province(facts), "standing")
    said += [each for aim in _RANKS_AIMED_AT if (each := rank_aimed_at(facts, aim)) is not None]
    if not said:
        return []
    sentences = [say("{it}.", "{it}.", it=each.phrase) for each in said]
    lead: list[Block] = [Lead(say("Lũy kế từ đầu năm: {it}", "Year to date: {it}", it=sentences[0]))]
    if sentences[1:]:
        lead.append(Bullets(tuple((each, "plain") for each in sentences[1:])))
    return lead


def rank_aimed_at(facts: Facts, aim: int) -> Statement | None:
    """Whether the province is among the first so many, and how far it is from the edge."""
    rank, total = facts.row["rank"], facts.row["total"]
    ranked = [row for row in facts.nation.rows if row["rank"] is not None]
    if rank is None or total is None or len(ranked) <= aim:
        return None
    here = places.release(facts.week)
    if rank <= aim:
        outside = next((row for row in ranked if row["rank"] > aim), None)
        if outside is None:
            return None
        vi = "Trong nhóm {aim} tỉnh dẫn đầu, hơn {unit} (hạng {rank}) {gap} điểm"
        en = "Among the first {aim}, ahead of {unit} ({rank}) by {gap}"
        other, gap = outside, total - outside["total"]
    else:
        other = [row for row in ranked if row["rank"] <= aim][-1]
        vi = "Chưa vào nhóm {aim} tỉnh dẫn đầu, kém {unit} (hạng {rank}) {gap} điểm"
        en = "Not among the first {aim}, behind {unit} ({rank}) by {gap}"
        gap = other["total"] - total
    values = {
        "aim": count(aim),
        "unit": name(other["unit_name"], places.unit(other["unit_code"])),
        "rank": nth(other["rank"], here),
        "gap": points(gap, here),
    }
    return Statement("rank_aimed_at", say(vi, en, **values))


def _demands(scope: str, counted: Mapping[str, Counted]) -> Table | None:
    """Every demand with the month's counts and what is missing to all."""
    rows = []
    for code, called in _DEMANDS:
        one = counted.get(code)
        if one is None or not one.has_counts:
            continue
        counts = counts_and_share(one.numerator or 0, one.denominator or 0, places.unit(scope))
        missing = Cell(just(count(one.missing)), tone="warn" if one.missing else "plain")
        rows.append((Cell(just(Figure(called, "told"))), Cell(counts), missing))
    if not rows:
        return None
    return Table(
        head=(Phrase("Yêu cầu", "Demand"), Phrase("Kết quả", "Figures"), Phrase("Còn thiếu", "Missing")),
        align=("left", "right", "right"),
        rows=tuple(rows),
    )


def _training(
    views: Sequence[RankingView], counted: Mapping[str, Mapping[str, Counted]], heads: Mapping[str, str]
) -> list[Block]:
    """Units lowest in what training can mend, by level; those with next to no cases are left out."""
    sides = [_lowest_units(view, counted, heads) for view in views]
    found = [
        section(f"Cần tập huấn: {vi}", f"Training due: {en}", table)
        for table, (vi, en) in zip(
            sides, (("sở, ban, ngành", "departments"), ("xã, phường, đặc khu", "communes")), strict=True
        )
    ]
    return [Columns(found[0], found[1])] if any(found) else []


def _lowest_units(
    view: RankingView, counted: Mapping[str, Mapping[str, Counted]], heads: Mapping[str, str]
) -> Table | None:
    rows: list[Line] = []
    names = {row["unit_code"]: row["unit_name"] for row in view.rows if row["rank"] is not None}
    for code, called in _DEMANDS:
        told = [one for unit in names if (one := counted.get(unit, {}).get(code)) is not None and one.has_counts]
        low = [one for one in told if (one.denominator or 0) > SMALL_DENOMINATOR and one.missing > 0]
        low.sort(key=lambda one: (Fraction(one.numerator or 0, one.denominator or 1), one.unit_code))
        if not low:
            continue
        rows.append(Cell(just(Figure(called, "told"))))
        for one in low[:LOWEST]:
            here = places.unit(one.unit_code)
            rows.append(
                (
                    Cell(_with_head(names[one.unit_code], one.unit_code, heads)),
                    Cell(counts_and_share(one.numerator or 0, one.denominator or 0, here)),
                )
            )
    if not rows:
        return None
    return Table(head=(Phrase("Đơn vị", "Unit"), Phrase("Số đếm", "Counts")), align=("left", "right"), rows=tuple(rows))


def _with_head(called: str, code: str, heads: Mapping[str, str]) -> Phrase:
    unit = name(called, places.unit(code))
    return say("{unit} · {head}", "{unit} · {head}", unit=unit, head=name(heads[code])) if code in heads else just(unit)


def _ranking(view: RankingView, heads: Mapping[str, str]) -> tuple[Block, ...]:
    """The whole ranking of a level in the month, with who heads each unit where that is written down."""
    titles = {
        "department": ("Xếp hạng sở, ban, ngành trong tháng", "Departments, ranked over the month"),
        "commune": ("Xếp hạng xã, phường, đặc khu trong tháng", "Communes, ranked over the month"),
    }
    if not view.rows:
        return ()
    caption = say("Thay đổi và bậc: so với tuần trước, cùng tháng", "Change and move: on the week before, same month")
    rows: list[Line] = []
    for row in view.rows:
        rank, _, *figures = unit_row(view, row)
        rows.append((rank, Cell(_with_head(row["unit_name"], row["unit_code"], heads)), *figures))
    return tuple(section(*titles[view.level], ranking_table(view, rows, caption)))


def _unknown(
    period: Period, week: str, views: Sequence[RankingView], counted: Mapping[str, Counted], heads: Mapping[str, str]
) -> Bullets:
    said: list[Phrase] = []
    if Week.parse(week).sunday < period.end_day:
        said.append(
            say(
                "Kỳ chưa kết thúc: tháng tính đến hết {day}",
                "The period is not over: the month up to {day}",
                day=day(Week.parse(week).sunday),
            )
        )
    for view in views:
        if not view.rows:
            said.append(
                say(
                    "Không có bảng tháng của {level}",
                    "There is no table of the month for {level}",
                    level=Figure(view.level, "word"),
                )
            )
    if not any(one.has_counts for one in counted.values()):
        said.append(
            say(
                "Không có số đếm trong tháng: không ghi tỷ lệ",
                "There are no counts of the month: no percentage is given",
            )
        )
    if not heads:
        said.append(
            say(
                "Chưa có danh sách người đứng đầu đơn vị (heads.yaml)",
                "There is no list of heads of units (heads.yaml)",
            )
        )
    return Bullets(tuple((each, "soft") for each in said))
