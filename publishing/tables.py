"""Rankings and scores as people and programs read them: a table in the terminal, CSV, JSON.

Belongs here: columns, order, marks and captions. Does not belong here: reading the database (publishing/views.py),
how one figure is written (publishing/figures.py). Every mark has its word below the table; colour only repeats it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from publishing.figures import arrow, csv_text, displayed, json_text, people, places_moved, printable
from publishing.views import RankingView, Row, missing_components, read_ranking, remarks
from publishing.words import COMPONENTS, PORTAL_COLUMNS, both, english, period_words, vietnamese, week_words
from resources.releases import LAST_SOUND

if TYPE_CHECKING:
    import pandas as pd

    from resources.database import Database

RANKING_COLUMNS = (
    "rank",
    "unit_code",
    "unit_name",
    "total",
    *COMPONENTS,
    "previous_total",
    "change",
    "previous_rank",
    "move",
    "gap_to_first",
    "band",
    "basis",
    "status",
    "revision",
    *LAST_SOUND,
)
"""Columns of the ranking CSV. Stable: other programs read them."""

SCORE_COLUMNS = ("unit_code", "group", "indicator", "numerator", "denominator", "score", "max_points")
"""Columns of the CSV of `service-index score`. Stable."""

_NAME_WIDTH = 14
WIDE = 118  # columns of text from which the six components are shown side by side
WIDEST = 150  # the same where basis and status stand in each row
_LOWEST = "◂"
_NAMED = 5  # units named in a note before it only counts them


def show_ranking(
    database: Database,
    week: object,
    level: str,
    scope: str,
    period_kind: str,
    revision: int | None = None,
    format: str = "table",
    console: Console | None = None,
) -> bool:
    """Print a published ranking as `table`, `csv` or `json`. False when there is none: the reason is then told.

    The reason stands in the table's place and in the JSON; beside a CSV, which then has only its header, on stderr.
    """
    view = read_ranking(database, str(week), level, scope, period_kind, revision)
    if format == "table":
        console = console or Console()
        console.print(ranking_table(view, console.width))
    elif format == "json":
        sys.stdout.write(ranking_json(view))
    else:
        sys.stdout.write(ranking_csv(view.rows))
        if view.reason:
            sys.stderr.write(view.reason + "\n")
    return bool(view.rows)


def ranking_csv(rows: Iterable[Row]) -> str:
    """The rows in RANKING_COLUMNS, in the order given; units without a rank have an empty one."""
    return csv_text(RANKING_COLUMNS, rows)


def ranking_json(view: RankingView) -> str:
    """One object: what the ranking is of, cohort and coverage, then `rows` in RANKING_COLUMNS and a few more."""
    columns = (*RANKING_COLUMNS, "gap_to_next", "lowest_component", "lowest_completion_pct", "note", "ruleset")
    head = {
        "week": view.week,
        "revision": view.revision,
        "level": view.level,
        "scope": view.scope,
        "period_kind": view.period_kind,
        "period": view.period,
        "cohort_size": view.cohort_size,
        "ranked": view.ranked,
        "reason": view.reason,
    }
    return json_text({**head, "rows": [{name: row[name] for name in columns} for row in view.rows]}) + "\n"


def ranking_table(view: RankingView, width: int = WIDE) -> RenderableType:
    """The ranking for a terminal of `width` characters: heading, table, then what the reader must know beside it.

    On a narrow terminal the lowest component stands for the six.
    """
    heading = Text(f"Xếp hạng {vietnamese(view.level)} · Ranking of {english(view.level)}", style="bold")
    if not view.rows:
        what = f"Tuần (week) {view.week} · {view.level} {view.scope} · {both(view.period_kind)}"
        return Group(heading, Text(what), Text("Không có dòng nào. (No rows.)"), Text(printable(view.reason or "")))
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True)
    wide = width >= (WIDE if view.shared("basis") and view.shared("status") else WIDEST)
    cells = _wide_cells if wide else _narrow_cells
    for number, row in enumerate(view.rows):
        entry = cells(view, row)
        if number == 0:
            for title in entry:
                is_unit = title == _UNIT  # a ranking without names would be no ranking: it gives way last
                table.add_column(
                    title,
                    justify="left" if title in _LEFT else "right",
                    no_wrap=not is_unit,
                    min_width=_NAME_WIDTH if is_unit else None,
                )
        table.add_row(*entry.values(), style="dim" if row["rank"] is None else None)
    return Group(heading, *_caption(view), Text(), table, Text(), *_notes(view, wide))


_UNIT = "Đơn vị\nUnit"
_BAND = "Mức\nBand"
_LEFT = (_UNIT, _BAND, "Căn cứ\nBasis", "Trạng thái\nStatus", "Thấp nhất\nLowest")


def _wide_cells(view: RankingView, row: Row) -> dict[str, RenderableType]:
    maxima = view.maxima()
    cells = _first_cells(view, row)
    for name in COMPONENTS:
        title = f"{PORTAL_COLUMNS[name]}\n" + (f"/{people(maxima[name], 0)}" if name in maxima else "")
        lowest = name == row["lowest_component"]
        cells[title] = Text(f"{people(row[name])} {_LOWEST if lowest else ' '}", style="yellow" if lowest else "")
    cells["Cách nhất\nTo first"] = people(row["gap_to_first"])
    cells |= _last_cells(view, row)
    if any(each["last_sound_week"] for each in view.rows):
        cells["Gần nhất\nLast sound"] = last_sound_words(row)
    return cells


def _narrow_cells(view: RankingView, row: Row) -> dict[str, RenderableType]:
    cells = _first_cells(view, row)
    name = row["lowest_component"]
    cells["Thấp nhất\nLowest"] = (
        f"{PORTAL_COLUMNS.get(name, name)} {people(row['lowest_completion_pct'], 1)} %" if name else "–"
    )
    last = _last_cells(view, row)
    if view.shared("status") is None:  # the band gives way: the status says more
        last.pop(_BAND)
    return cells | last


def _first_cells(view: RankingView, row: Row) -> dict[str, RenderableType]:
    return {
        "Hạng\nRank": view.rank_text(row),
        _UNIT: Text(printable(row["unit_name"])),
        "Tổng\nTotal": Text(people(row["total"]), style="bold"),
        "Thay đổi\nChange": Text(arrow(row["change"]), style=_colour(row["change"])),
        "Bậc\nMove": Text(places_moved(row["move"]), style=_colour(row["move"])),
    }


def _last_cells(view: RankingView, row: Row) -> dict[str, RenderableType]:
    """The band; basis and status only where they differ from row to row: otherwise the caption says them once."""
    cells: dict[str, RenderableType] = {_BAND: Text(vietnamese(row["band"] or "–"))}
    if view.shared("basis") is None:
        cells["Căn cứ\nBasis"] = Text(vietnamese(row["basis"]))
    if view.shared("status") is None:
        cells["Trạng thái\nStatus"] = Text(vietnamese(row["status"]))
    return cells


def last_sound_words(row: Row) -> str:
    """`92,28 · 2025-W43`: of a unit under review, its total when it was last ranked; empty for all others."""
    return f"{people(row['last_sound_total'])} · {row['last_sound_week']}" if row["last_sound_week"] else ""


def _colour(change: Decimal | int | None) -> str:
    """Follows the displayed figure: what reads 0,00 has no colour."""
    if change is None or (shown := displayed(Decimal(change))) == 0:
        return ""
    return "green" if shown > 0 else "red"


def _caption(view: RankingView) -> list[Text]:
    """Week, period, revision; cohort, its size and coverage; basis and status."""
    period = period_words(view.period) if view.period else both(view.period_kind)
    basis, status = view.shared("basis"), view.shared("status")
    return [
        Text(f"Tuần (week) {week_words(view.week)} · Kỳ (period) {period} · Bản (revision) {view.revision}"),
        Text(
            f"Nhóm (cohort) {view.level}/{view.scope}, {view.cohort_size} đơn vị (units) · "
            f"{view.ranked}/{view.cohort_size} được xếp hạng ({view.ranked} of {view.cohort_size} ranked)"
        ),
        Text(
            f"Căn cứ (basis): {both(basis) if basis else 'ghi từng dòng (in each row)'} · "
            f"Trạng thái (status): {both(status) if status else 'ghi từng dòng (in each row)'}"
        ),
    ]


def _notes(view: RankingView, with_components: bool) -> list[Text]:
    """What the marks mean, and what is missing and why."""
    lines = ["{} ({})".format(*told) for told in (view.reviewed_words, view.held_words) if told]
    if not with_components:  # a narrow table has no room for it
        last = [f"{row['unit_name']} {last_sound_words(row)}" for row in view.reviewed if row["last_sound_week"]]
        lines += [f"Điểm gần nhất được xếp hạng (last sound total): {'; '.join(last)}"] if last else []
    if any(view.rank_text(row).startswith("=") for row in view.rows):
        lines.append("Dấu = trước hạng: đồng hạng (= before a rank: tied)")
    lines.append(" · ".join(f"{short} {both(name)}" for name, short in PORTAL_COLUMNS.items()))
    if with_components:
        lines.append(
            f"{_LOWEST} nhóm có tỷ lệ hoàn thành thấp nhất của đơn vị (the unit's component with the lowest completion)"
        )
    if view.order_words:
        lines.append("{} ({})".format(*view.order_words))
    if all(row["previous_total"] is None for row in view.rows):
        lines.append(
            "Thay đổi để trống: không có số liệu tuần liền trước cùng kỳ (no figures of the week before in this period)"
        )
    elif all(row["move"] is None for row in view.rows):
        lines.append(
            "Bậc để trống: tuần trước nhóm xếp hạng có thành viên khác (no moves: the cohort had other members)"
        )
    for note, units in _units_by_note(view).items():
        listed = ", ".join(units[:_NAMED]) + (f", … ({len(units)})" if len(units) > _NAMED else "")
        lines.append(f"{listed}: {note}")
    return [Text(printable(line), style="dim") for line in lines]


def _units_by_note(view: RankingView) -> dict[str, list[str]]:
    """What is to be said of single units, each note once with the units it is about."""
    units: dict[str, list[str]] = {}
    for row in view.rows:
        said = remarks(row)
        parts = [both(code) for code in said]
        if missing := missing_components(row):
            parts.append(f"thiếu {', '.join(map(vietnamese, missing))} (missing {', '.join(map(english, missing))})")
        if parts and said != ["cohort_changed"]:
            units.setdefault("; ".join(parts), []).append(row["unit_name"])
    return units


def print_scores(scores: pd.DataFrame, format: str = "csv", console: Console | None = None) -> None:
    """Print the scores of a file of counts: columns SCORE_COLUMNS (`group_code` is taken for `group`), in order."""
    rows = score_rows(scores)
    if format == "csv":
        sys.stdout.write(csv_text(SCORE_COLUMNS, rows))
    elif format == "json":
        sys.stdout.write(json_text(rows) + "\n")
    else:
        table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        for title in ("Đơn vị\nUnit", "Nhóm\nGroup", "Chỉ số\nIndicator"):
            table.add_column(title)
        for title in ("Tử số\nNumerator", "Mẫu số\nDenominator", "Điểm\nScore", "Tối đa\nMaximum"):
            table.add_column(title, justify="right")
        for row in rows:
            words = (row["unit_code"], row["group"], row["indicator"])
            figures = (row["numerator"], row["denominator"], row["score"], row["max_points"])
            table.add_row(*(Text(printable(str(word))) for word in words), *map(people, figures))
        (console or Console()).print(table)


def score_rows(scores: pd.DataFrame) -> list[dict[str, Any]]:
    """The frame's rows in SCORE_COLUMNS: whole numbers as int, points as Decimal, None where there is none."""
    frame = scores.rename(columns={"group_code": "group"})[list(SCORE_COLUMNS)]
    given = frame.astype(object).where(frame.notna(), None)
    return [
        {str(name): int(value) if name in _WHOLE and value is not None else value for name, value in row.items()}
        for row in given.to_dict("records")
    ]


_WHOLE = ("numerator", "denominator")  # pandas holds them as floats when some are missing
