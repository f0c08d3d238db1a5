"""The weekly bulletin: one page on a province's week, for leaders.

Belongs here: which statements stand where on the page. Does not belong here: the sentences (statements.py,
unit_statements.py), the look.
"""

from __future__ import annotations

from collections.abc import Sequence

from publishing.bulletin import places
from publishing.bulletin.document import Block, Cell, Columns, Document, Lead, Table, Trend, bullets, section
from publishing.bulletin.document import Row as Line
from publishing.bulletin.facts import Facts
from publishing.bulletin.statements import (
    Statement,
    Tone,
    about_province,
    completion,
    maximum_of,
    opening,
    said_of,
    targets,
    unknown,
)
from publishing.bulletin.text import (
    Figure,
    Phrase,
    change,
    count,
    day,
    just,
    name,
    percent,
    points,
    say,
    title,
    word,
)
from publishing.bulletin.unit_statements import (
    about_units,
    best_of,
    head_of_leaders,
    last_of,
    order_words,
)
from publishing.views import RankingView, Row
from publishing.words import COMPONENTS
from resources.releases import Revision
from scoring.calendar import day_of_utc

TREND_WEEKS = 12
FINGERPRINT_SHOWN = 12
_FIRST_COLUMN = ("lead", "distance", "components", "longer_change", "full", "mean", "under_review", "repaired")


def statements_of(facts: Facts) -> list[Statement]:
    """Everything the bulletin says, in the order in which it is thought of."""
    return [*about_province(facts), *about_units(facts), *targets(facts), *unknown(facts)]


def bulletin_name(scope: str, week: str) -> str:
    return f"bulletin.{scope}.{week}"


def weekly(facts: Facts) -> Document:
    """The bulletin of one week."""
    said = statements_of(facts)
    first = opening(said)
    return Document(
        name=bulletin_name(facts.scope, facts.week),
        kicker=say("Bản tin tuần · Chỉ số phục vụ người dân, doanh nghiệp (766)", "Weekly bulletin · the 766 index"),
        title=say("{unit} · tuần {week}", "{unit} · week {week}", unit=name(facts.name), week=name(facts.week)),
        meta=meta_of(facts, facts.revision),
        blocks=[
            *((Lead(first),) if first else ()),
            Columns((bullets(said_of(said, *_FIRST_COLUMN)),), _card(facts, said)),
            Columns(
                section("Sở, ban, ngành", "Departments", *_units(facts.departments, said)),
                section("Xã, phường, đặc khu", "Communes", *_units(facts.communes, said)),
            ),
            Columns(
                section("Mục tiêu", "Targets", bullets(said_of(said, "target"))),
                section("Chưa biết", "Not known", bullets(said_of(said, "unknown"))),
            ),
        ],
        foot=foot_of(facts.revision),
        day=day_of_utc(facts.revision.published_at),
        one_page=True,
    )


def meta_of(facts: Facts, revision: Revision) -> Phrase:
    """What the figures are of: days, period, state, revision, rule set, when published."""
    here = places.release(facts.week)
    return say(
        "{days} · {period} · {status}, bản {revision} · bộ quy tắc {ruleset} · công bố {day}",
        "{days} · {period} · {status}, revision {revision} · rule set {ruleset} · published {day}",
        days=Figure(facts.week, "days"),
        period=Figure(facts.row["period"], "period"),
        status=word(revision.status),
        revision=count(revision.revision, here),
        ruleset=name(", ".join(sorted(revision.rulesets)) or "–"),
        day=day(day_of_utc(revision.published_at)),
    )


def foot_of(revision: Revision) -> Phrase:
    here = places.release(revision.week)
    return say(
        "Mỗi số liệu dẫn tới trang của nó. {full} · bản {revision}, dấu vân tay {mark}",
        "Each figure leads to its page. {full} · revision {revision}, fingerprint {mark}",
        full=Figure(f"Bảng đầy đủ tuần {revision.week} / Full table of {revision.week}", "told", here),
        revision=count(revision.revision),
        mark=name(revision.figures[:FINGERPRINT_SHOWN]),
    )


def _card(facts: Facts, said: Sequence[Statement]) -> tuple[Block, ...]:
    """The six components with their completion, the warning under them, and the way of the total."""
    changes, lowest = facts.component_changes, facts.row["lowest_component"]
    here = places.unit(facts.scope)
    rows = []
    for code in COMPONENTS:
        score, done = facts.row[code], completion(facts, code)
        tone: Tone = "warn" if code == lowest else "plain"
        rows.append(
            (
                Cell(just(title(code)), tone=tone),
                Cell(
                    say("{score}/{max}", "{score}/{max}", score=points(score, here), max=maximum_of(facts, code))
                    if score is not None
                    else None
                ),
                Cell(just(percent(done, here)) if done is not None else None, bar=done, tone=tone),
                Cell(just(change(changes[code], here)) if code in changes else None),
            )
        )
    table = Table(
        head=(
            Phrase("Nhóm", "Group"),
            Phrase("Điểm", "Points"),
            Phrase("% tối đa", "% of max."),
            Phrase("Thay đổi", "Change"),
        ),
        align=("left", "right", "right", "right"),
        rows=tuple(rows),
    )
    warnings = said_of(said, "lowest")
    return (table, *((bullets(warnings),) if warnings else ()), *_trend(facts))


def _trend(facts: Facts) -> tuple[Block, ...]:
    told = [row for row in facts.history if row["total"] is not None][-TREND_WEEKS:]
    if len(told) < 3:
        return ()
    label = say(
        "Tổng điểm {first} ({from_total}) đến {last} ({to_total})",
        "Total from {first} ({from_total}) to {last} ({to_total})",
        first=name(told[0]["week"]),
        from_total=points(told[0]["total"]),
        last=name(told[-1]["week"]),
        to_total=points(told[-1]["total"]),
    )
    return (Trend(tuple(row["total"] for row in told), label),)


def _units(view: RankingView, said: Sequence[Statement]) -> tuple[Block, ...]:
    """The best and the last of a ranking as a table, then what there is to say of it."""
    codes = (f"{view.level}.moves", f"{view.level}.bottom", f"{view.level}.bands")
    return (*unit_tables(view), bullets(said_of(said, *codes)))


def unit_tables(view: RankingView) -> tuple[Table, ...]:
    best, last = best_of(view), last_of(view)
    if not best:
        return ()
    across = Cell(say("Cần cải thiện{order}", "To improve{order}", order=order_words(last)), tone="warn")
    rows: list[Line] = [unit_row(view, row) for row in best]
    if last:
        rows += [across, *(unit_row(view, row) for row in last)]
    caption = say("{head}{order}", "{head}{order}", head=head_of_leaders(view), order=order_words(best))
    return (ranking_table(view, rows, caption),)


def ranking_table(view: RankingView, rows: Sequence[Line], caption: Phrase | None = None) -> Table:
    return Table(
        head=(
            Phrase("Hạng", "Rank"),
            Phrase("Đơn vị", "Unit"),
            Phrase("Điểm", "Total"),
            Phrase("Thay đổi", "Change"),
            Phrase("Bậc", "Move"),
        ),
        align=("right", "left", "right", "right", "right"),
        rows=tuple(rows),
        caption=caption,
    )


def unit_row(view: RankingView, row: Row) -> tuple[Cell, ...]:
    """Rank, name, total, change and move; what cannot be told is empty."""
    here = places.unit(row["unit_code"])
    return (
        Cell(just(name(view.rank_text(row), places.release(view.week)))),
        Cell(just(name(row["unit_name"], here))),
        Cell(just(points(row["total"], here)) if row["total"] is not None else None),
        Cell(just(change(row["change"], here)) if row["change"] is not None else None),
        Cell(_move(row)),
    )


def _move(row: Row) -> Phrase | None:
    if row["move"] is None:
        return None
    if row["move"] == 0:
        return say("=", "=")
    arrow = "▲" if row["move"] > 0 else "▼"
    return say(arrow + " {n}", arrow + " {n}", n=count(abs(row["move"]), places.unit(row["unit_code"])))
