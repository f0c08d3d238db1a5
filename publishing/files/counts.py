"""The sheets of counts, one a group: for each unit numerator, denominator and score of every indicator of the group.

Belongs here: these sheets, and finding a unit's scores. Does not belong here: computing them (scoring).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from publishing.figures import people
from publishing.words import PORTAL_COLUMNS, vietnamese
from scoring.ruleset import load_rulesets

if TYPE_CHECKING:
    from publishing.files.edition import Edition
    from publishing.files.pen import Pen
    from publishing.views import RankingView, Row

HEADER_ROW = 3  # the second of two heading rows: indicators above, what is told of each below
_FIRST = (("Cấp", 19), ("Mã", 11), ("Đơn vị", 34))
_TOLD = ("Tử số", "Mẫu số", "Điểm")


class Score(NamedTuple):
    """A unit's score of one indicator, with its counts."""

    group: str
    indicator: str
    numerator: int | None
    denominator: int | None
    score: Decimal | None
    max_points: Decimal
    note: str | None


Scores = Mapping[tuple[str, str], Sequence[Score]]
"""(period, unit) -> its scores."""


def scores_by_unit(edition: Edition, views: Iterable[RankingView]) -> Scores:
    """The scores of the periods that the views show."""
    import pyarrow as pa
    import pyarrow.compute as pc

    periods = sorted({row["period"] for view in views for row in view.rows})
    rows = edition.scores.filter(pc.is_in(edition.scores["period"], pa.array(periods, pa.string())))
    names = ("group_code", *Score._fields[1:])
    found: dict[tuple[str, str], list[Score]] = {}
    columns = (rows[name].to_pylist() for name in ("period", "unit_code", *names))
    for period, unit, *told in zip(*columns, strict=True):
        found.setdefault((period, unit), []).append(Score(*told))
    return found


def scores_of(scores: Scores, row: Row) -> Sequence[Score]:
    """The scores behind a row of a ranking."""
    return scores.get((row["period"], row["unit_code"]), ())


@cache
def indicator_titles(language: Literal["vi", "en"] = "vi") -> dict[str, str]:
    """Code to title of every indicator of any rule set, in their order; of two titles the newest rule set's."""
    rulesets = sorted(load_rulesets().values(), key=lambda ruleset: ruleset.valid_from, reverse=True)
    found: dict[str, str] = {}
    for ruleset in rulesets:
        for indicator in ruleset.indicators:
            found.setdefault(indicator.code, indicator.title_vi if language == "vi" else indicator.title_en)
    return found


def sheet_name(group: str) -> str:
    """`CKMB - Công khai, minh bạch`: at most 31 characters, as a spreadsheet wants it."""
    return f"{PORTAL_COLUMNS[group]} - {vietnamese(group)}"[:31]


def write_counts(pen: Pen, edition: Edition, views: Sequence[RankingView], scores: Scores, group: str) -> None:
    """The sheet of one group. Where only the group's score is known, as published, counts stay empty."""
    members = [
        (row, {each.indicator: each for each in scores_of(scores, row) if each.group == group})
        for row in rows_of(views)
    ]
    maxima: dict[str, set[Decimal]] = {}
    for _, told in members:
        for indicator, score in told.items():
            maxima.setdefault(indicator, set()).add(score.max_points)
    shown = [code for code in indicator_titles() if code in maxima]
    sheet = pen.sheet(sheet_name(group), header_row=HEADER_ROW, header_rows=2, frozen_columns=len(_FIRST))
    pen.write(
        sheet,
        0,
        0,
        f"{vietnamese(group)}: số đếm và điểm, tuần {edition.week}, bản {edition.revision.revision}",
        "title",
    )
    pen.write(
        sheet,
        1,
        0,
        "Ô trống: cổng không cho số đếm, chỉ có điểm nhóm" if members else "Không có đơn vị nào",
        "subtitle",
    )
    for at, (head, width) in enumerate(_FIRST):
        sheet.set_column(at, at, width)
        pen.write(sheet, HEADER_ROW - 1, at, None, "head")
        pen.write(sheet, HEADER_ROW, at, head, "head")
    for place, code in enumerate(shown):
        left = len(_FIRST) + 3 * place
        pen.spread(sheet, HEADER_ROW - 1, (left, left + 2), _head(code, maxima[code]), "head")
        sheet.set_column(left, left + 2, 10)
        for at, head in enumerate(_TOLD):
            pen.write(sheet, HEADER_ROW, left + at, head, "head")
    right = len(_FIRST) + 3 * len(shown)
    sheet.set_column(right, right, 11)
    pen.write(sheet, HEADER_ROW - 1, right, None, "head")
    pen.write(sheet, HEADER_ROW, right, "Điểm nhóm", "head")
    sheet.set_row(HEADER_ROW - 1, 48)
    for number, (row, told) in enumerate(members, start=HEADER_ROW + 1):
        for at, text in enumerate((vietnamese(row["level"]), row["unit_code"], row["unit_name"])):
            pen.write(sheet, number, at, text)
        for place, code in enumerate(shown):
            if (found := told.get(code)) is not None:
                left = len(_FIRST) + 3 * place
                pen.write(sheet, number, left, found.numerator, "whole")
                pen.write(sheet, number, left + 1, found.denominator, "whole")
                pen.write(sheet, number, left + 2, found.score, "points")
        pen.write(sheet, number, right, row[group], "points")
    sheet.autofilter(HEADER_ROW, 0, HEADER_ROW + len(members), right)


def rows_of(views: Iterable[RankingView]) -> list[Row]:
    """All rows of some views, in order."""
    return [row for view in views for row in view.rows]


def _head(code: str, maxima: set[Decimal]) -> str:
    most = f" (tối đa {people(max(maxima), 2).removesuffix(',00')})" if len(maxima) == 1 else ""
    return indicator_titles()[code] + most
