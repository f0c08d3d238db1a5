"""The sheets behind the leaders' sheet: changes, what must be kept in mind, revisions, dictionary.

Belongs here: what each of them tells, row by row. Does not belong here: counts (publishing/files/counts.py), cells
(publishing/files/pen.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from publishing.figures import displayed
from publishing.files.counts import indicator_titles, scores_of
from publishing.files.edition import published_columns
from publishing.files.leaders import place_words
from publishing.files.pen import Cell, Field
from publishing.views import missing_components, remarks
from publishing.words import COMPONENTS, english, period_vietnamese, vietnamese
from resources.catalogue import table

if TYPE_CHECKING:
    from publishing.files.counts import Scores
    from publishing.files.edition import Edition
    from publishing.files.pen import Pen
    from publishing.views import RankingView, Row

HEADER_ROW = 2
CHANGES, FLAGS, REVISIONS, DICTIONARY = "Thay đổi", "Cần lưu ý", "Các bản", "Từ điển"
FLAGGED = ("missing", "invalid_counts", "small_denominator")
"""Notes of a score that a reader of the rank must know."""
_OF_CHANGES = ("new", "cohort_changed")  # said beside the change, not among the flags
_WORDS_TOLD = (
    *("provisional", "final", "revised", "corrected", "under_review", "incomplete"),
    *("computed", "recounted", "as_published"),
    *("not_ranked", "partial", "unsettled", "new", "cohort_changed", *FLAGGED),
)

_CHANGE_FIELDS = (
    *(Field("Cấp", 17), Field("Mã", 11), Field("Đơn vị", 28), Field("Kỳ", 15)),
    *(Field("Hạng", 7, "whole"), Field("Hạng tuần trước", 9, "whole"), Field("Số bậc", 7, "moved")),
    *(Field("Tổng điểm", 9, "points"), Field("Tuần trước", 9, "points"), Field("Thay đổi", 9, "signed")),
    *(Field("Xu hướng", 11), Field("Cách hạng nhất", 9, "points"), Field("Cách hạng trên", 9, "points")),
    *(Field("Nhóm thấp nhất", 22), Field("Hoàn thành (%)", 10, "percent"), Field("Mức", 11)),
    *(Field("Căn cứ", 20), Field("Trạng thái", 13), Field("Ghi chú", 22)),
)
_FLAG_FIELDS = (
    *(Field("Cấp", 19), Field("Mã", 11), Field("Đơn vị", 34), Field("Chỉ số", 38), Field("Điều cần lưu ý", 34)),
    *(Field("In English", 34), Field("Tử số", 9, "whole"), Field("Mẫu số", 9, "whole")),
    *(Field("Điểm gần nhất được xếp hạng", 12, "points"), Field("Tuần của điểm đó", 12)),
)
_REVISION_FIELDS = (Field("Bản", 19, "whole"), Field("Trạng thái", 18), Field("Lý do công bố lại", 34))
_DIFFERENCE_FIELDS = (
    *(Field("Cấp", 19), Field("Kỳ", 18), Field("Mã", 34), Field("Đơn vị", 34), Field("Số liệu", 24)),
    *(
        Field("Cũ", 16, "points"),
        Field("Mới", 16, "points"),
        Field("Hạng cũ", 9, "whole"),
        Field("Hạng mới", 9, "whole"),
    ),
)
_DICTIONARY_FIELDS = (Field("Bảng", 18), Field("Tên", 28), Field("Kiểu", 16), Field("Nghĩa", 60), Field("Meaning", 70))


def write_changes(pen: Pen, edition: Edition, views: Sequence[RankingView]) -> None:
    """Each unit against exactly the week before."""
    rows = (
        (
            *_unit(row),
            period_vietnamese(row["period"]),
            *(row[name] for name in ("rank", "previous_rank", "move", "total", "previous_total", "change")),
            trend(row),
            *(row[name] for name in ("gap_to_first", "gap_to_next")),
            _word(row["lowest_component"]),
            row["lowest_completion_pct"],
            *(_word(row[name]) for name in ("band", "basis", "status")),
            "; ".join(vietnamese(code) for code in remarks(row) if code in _OF_CHANGES) or None,
        )
        for view in views
        for row in view.rows
    )
    _sheet(pen, CHANGES, edition, "so với đúng tuần liền trước, cùng kỳ", _CHANGE_FIELDS, rows, frozen=3)


def trend(row: Row) -> str | None:
    """`Tăng`, `Giảm`, `Không đổi` by the figure that is shown; `Mới` without a total the week before."""
    change: Decimal | None = row["change"]
    if change is None:
        return "Mới" if "new" in remarks(row) else None
    shown = displayed(change)
    return "Không đổi" if shown == 0 else "Tăng" if shown > 0 else "Giảm"


def write_flags(pen: Pen, edition: Edition, views: Sequence[RankingView], scores: Scores) -> None:
    """What must be kept in mind about single units: why one has no rank, and which figures stand on little."""
    rows = [flag for view in views for row in view.rows for flag in _flags(row, scores)]
    said = "đơn vị chưa xếp hạng, thiếu số liệu, mẫu số nhỏ" if rows else "không có điều gì cần lưu ý"
    _sheet(pen, FLAGS, edition, said, _FLAG_FIELDS, rows, frozen=3)


def _flags(row: Row, scores: Scores) -> Iterator[Sequence[Cell]]:
    codes = [code for code in remarks(row) if code not in _OF_CHANGES]
    missing = missing_components(row)
    vi = [*map(vietnamese, codes), *([f"thiếu {', '.join(map(vietnamese, missing))}"] if missing else [])]
    en = [*map(english, codes), *([f"missing {', '.join(map(english, missing))}"] if missing else [])]
    if vi:
        last = (row["last_sound_total"], row["last_sound_week"])
        yield (*_unit(row), None, "; ".join(vi), "; ".join(en), None, None, *last)
    titles = indicator_titles()
    for score in scores_of(scores, row):
        for code in (score.note or "").split(", "):
            if code in FLAGGED:
                what = titles.get(score.indicator, score.indicator)
                counts = (score.numerator, score.denominator)
                yield (*_unit(row), what, vietnamese(code), english(code), *counts, None, None)


def write_revisions(pen: Pen, edition: Edition, scope: str) -> None:
    """The week's revisions up to this one, and every figure of the scope that changed against the one before."""
    sheet = pen.sheet(REVISIONS, header_row=HEADER_ROW)
    _title(pen, sheet, REVISIONS, edition, "các bản đã công bố của tuần")
    revisions = (*edition.earlier.revisions, edition.revision)
    told = [(each.revision, vietnamese(each.status), each.reason) for each in revisions]
    for at, field in enumerate(_REVISION_FIELDS):
        pen.write(sheet, HEADER_ROW, at, field.title, "head")
    for row, values in enumerate(told, start=HEADER_ROW + 1):
        for at, (field, value) in enumerate(zip(_REVISION_FIELDS, values, strict=True)):
            pen.write(sheet, row, at, value, field.look)
    top = HEADER_ROW + len(told) + 2
    if not edition.earlier.revisions:
        pen.write(sheet, top, 0, "Đây là bản đầu tiên, chưa có bản trước để so sánh.", "subtitle")
        for at, field in enumerate(_REVISION_FIELDS):
            sheet.set_column(at, at, field.width)
        return
    rows = [row for row in edition.differences if row["scope"] == scope]
    before, now = edition.earlier.revisions[-1].revision, edition.revision.revision
    said = "" if rows else f" {place_words(scope)}: không có số liệu nào khác."
    pen.write(sheet, top, 0, f"Khác biệt giữa bản {before} và bản {now}.{said}", "subtitle")
    pen.table(sheet, top + 1, _DIFFERENCE_FIELDS, [_difference(row) for row in rows])


def _difference(row: Row) -> Sequence[Cell]:
    said = row["figure"] not in ("total", *COMPONENTS)
    values = [_word(row[side]) if said else row[side] for side in ("old", "new")]
    kind, (level, code, name) = vietnamese(row["period_kind"]), _unit(row)
    return (level, kind, code, name, vietnamese(row["figure"]), *values, row["old_rank"], row["new_rank"])


def write_dictionary(pen: Pen, edition: Edition) -> None:
    """Every column of the published tables, the words that stand in them, and the indicators."""
    columns = [
        (table(name).title_vi, column.name, column.type, column.vi, column.en)
        for name in ("rankings", "scores")
        for column in published_columns(name)
    ]
    words = [("Từ dùng trong bảng", code, None, vietnamese(code), english(code)) for code in _WORDS_TOLD]
    indicators = [
        ("Chỉ số", code, None, title, indicator_titles("en")[code]) for code, title in indicator_titles().items()
    ]
    said = "tên cột trong tệp dữ liệu mở và các từ dùng trong sổ này"
    _sheet(pen, DICTIONARY, edition, said, _DICTIONARY_FIELDS, [*columns, *words, *indicators])


def _sheet(
    pen: Pen,
    name: str,
    edition: Edition,
    said: str,
    fields: Sequence[Field],
    rows: Iterable[Sequence[Cell]],
    frozen: int = 0,
) -> None:
    sheet = pen.sheet(name, header_row=HEADER_ROW, frozen_columns=frozen)
    _title(pen, sheet, name, edition, said)
    pen.table(sheet, HEADER_ROW, fields, rows)


def _title(pen: Pen, sheet: Any, name: str, edition: Edition, said: str) -> None:
    pen.write(sheet, 0, 0, f"{name}: tuần {edition.week}, bản {edition.revision.revision}", "title")
    pen.write(sheet, 1, 0, said[:1].upper() + said[1:], "subtitle")


def _unit(row: Row) -> tuple[str, str, str]:
    return vietnamese(row["level"]), row["unit_code"], row["unit_name"]


def _word(code: str | None) -> str | None:
    return None if code is None else vietnamese(code)
