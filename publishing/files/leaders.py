"""The leaders' sheet, "Xếp hạng cùng cấp": the one table that is handed round, laid out as those who use it know it.

Belongs here: rows 1-4, the fifteen columns from row 6 on, the notes below. Does not belong here: the other sheets.

Units stand by rank, those without one last. A rank in a group is taken among the units that have a rank, so that all ranks
of the sheet are of one cohort.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from publishing.figures import people
from publishing.files.edition import NATION
from publishing.words import COMPONENTS, period_vietnamese, vietnamese, week_words
from resources.units import province_name
from scoring.calendar import VIETNAM_OFFSET, Period, Week
from scoring.ranking import shared_ranks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from publishing.files.edition import Edition
    from publishing.files.pen import Pen
    from publishing.views import RankingView, Row

HEADER_ROW = 5  # counted from 0: row 6 on the sheet
FROZEN_COLUMNS = 2
HEADINGS = ("STT", "Đơn vị", *(head for name in COMPONENTS for head in (vietnamese(name), "Hạng")), "Tổng điểm")
_WIDTHS = (6.0, 29.0, *(10.5, 6.5) * len(COMPONENTS), 9.5)
_ROW = 15.5
_ONE_PAGE = 36  # units that go on one page with the notes below, the 34 provinces among them
_NOTE_CHARACTERS = 200  # that go on one line of a note across the sheet


def write_leaders(pen: Pen, name: str, edition: Edition, view: RankingView) -> None:
    """One ranking as the leaders' sheet."""
    sheet = pen.sheet(name, header_row=HEADER_ROW, frozen_columns=FROZEN_COLUMNS)
    for line, (text, look) in enumerate(zip(_heading(edition, view), ("title", *("subtitle",) * 3), strict=True)):
        pen.write(sheet, line, 0, text, look)
    for column, (head, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        pen.write(sheet, HEADER_ROW, column, head, "head")
    sheet.set_row(HEADER_ROW, 48)
    places = group_ranks(view.rows)
    sheet.set_default_row(_ROW)
    if len(view.rows) <= _ONE_PAGE:
        sheet.fit_to_pages(1, 1)
    last = HEADER_ROW
    for last, row in enumerate(view.rows, start=HEADER_ROW + 1):
        pen.write(sheet, last, 0, row["rank"], "place")
        pen.write(sheet, last, 1, row["unit_name"], "unit")
        for at, group in enumerate(COMPONENTS):
            pen.write(sheet, last, 2 + 2 * at, row[group], "group")
            pen.write(sheet, last, 3 + 2 * at, places[group].get(row["unit_code"]), "group_place")
        pen.write(sheet, last, len(HEADINGS) - 1, row["total"], "total")
    sheet.autofilter(HEADER_ROW, 0, last, len(HEADINGS) - 1)
    for line, note in enumerate(_notes(view), start=last + 2):
        pen.spread(sheet, line, (0, len(HEADINGS) - 1), note, "note")
        sheet.set_row(line, _ROW * (1 + len(note) // _NOTE_CHARACTERS))
    sheet.print_area(0, 0, last + 1 + len(_notes(view)), len(HEADINGS) - 1)


def group_ranks(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Component -> unit -> rank among the units that have a rank; ties share one (1, 2, 2, 4)."""
    ranked = [row for row in rows if row["rank"] is not None]
    return {
        group: shared_ranks({row["unit_code"]: row[group] for row in ranked if row[group] is not None})
        for group in COMPONENTS
    }


def place_words(scope: str) -> str:
    """`cả nước`, `Bắc Ninh`."""
    return "cả nước" if scope == NATION else province_name(scope) or scope


def measured_until(view: RankingView) -> tuple[str, bool]:
    """The last day the figures tell of, and whether the period goes on after it."""
    period = Period.parse(view.period or "")
    cut = period.cut(Week.parse(view.week))
    day = cut + VIETNAM_OFFSET - timedelta(days=1)
    return f"{day:%d/%m/%Y}", cut < period.end


def _heading(edition: Edition, view: RankingView) -> tuple[str, str, str, str]:
    level, place = vietnamese(view.level), place_words(view.scope)
    exported = edition.exported_at(view.scope)
    moment = (
        f"{exported + VIETNAM_OFFSET:%H:%M ngày %d/%m/%Y}" if exported else f"đến hết ngày {measured_until(view)[0]}"
    )
    return (
        f"Xếp hạng cùng cấp theo Chỉ số 766: {level}, {place}",
        f"Kỳ: {period_vietnamese(view.period or '')} · Tuần {week_words(view.week)} · "
        f"Phạm vi: {place}, {view.cohort_size} đơn vị, {view.ranked} được xếp hạng",
        f"Cập nhật: {moment} (giờ Việt Nam)",
        f"Đơn vị: {'34 tỉnh, thành phố' if view.scope == NATION else f'{place} ({view.scope})'} · "
        f"Bản {view.revision}, {vietnamese(edition.revision.status)}",
    )


def _notes(view: RankingView) -> list[str]:
    day, goes_on = measured_until(view)
    maxima: dict[str, Decimal] = view.maxima()
    basis, status = view.shared("basis"), view.shared("status")
    return [
        "Ghi chú:",
        "STT là hạng theo tổng điểm; đơn vị bằng điểm cùng hạng, hạng kế tiếp bỏ số (1, 2, 2, 4). "
        "Hạng xếp theo điểm chưa làm tròn nếu mọi đơn vị đều có.",
        "Ô trống: không có dữ liệu (không phải điểm 0). Đơn vị không có STT chưa được xếp hạng và đứng cuối bảng; "
        "lý do ở trang Cần lưu ý. Hạng từng nhóm tính trong các đơn vị được xếp hạng.",
        *([view.reviewed_words[0] + "."] if view.reviewed_words else []),
        f"Kỳ chưa kết thúc: số liệu đến hết ngày {day}, còn thay đổi." if goes_on else f"Kỳ đã kết thúc ngày {day}.",
        *(
            ["Điểm tối đa: " + "; ".join(f"{vietnamese(name)} {people(maxima[name], 0)}" for name in COMPONENTS) + "."]
            if maxima
            else []
        ),
        f"Căn cứ: {vietnamese(basis) if basis else 'ghi ở trang Thay đổi'}. "
        f"Trạng thái: {vietnamese(status) if status else 'ghi ở trang Thay đổi'}.",
    ]
