"""Workbooks: one for the nation and one a province, sheets in the order in which they are read.

Belongs here: which sheets, and bytes that are the same each time. Does not belong here: what a sheet tells (leaders.py,
sheets.py, counts.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from publishing.files.counts import scores_by_unit, write_counts
from publishing.files.leaders import place_words, write_leaders
from publishing.files.pen import Pen
from publishing.files.sheets import write_changes, write_dictionary, write_flags, write_revisions
from publishing.words import COMPONENTS
from resources.files import sync
from scoring.calendar import Week

if TYPE_CHECKING:
    from publishing.files.counts import Scores
    from publishing.files.edition import Edition
    from publishing.views import RankingView

LEADERS = "Xếp hạng cùng cấp"
_SECOND = f"{LEADERS} (sở)"
_OPTIONS = {
    "in_memory": True,  # parts then carry a fixed time in the zip file
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_workbooks(edition: Edition, folder: Path) -> None:
    """Write `workbook.<scope>.xlsx` of every scope into the folder."""
    views = {scope: edition.views(scope) for scope in edition.scopes}
    scores = scores_by_unit(edition, [view for each in views.values() for view in each])
    for scope, shown in views.items():
        if shown:
            path = folder / f"workbook.{scope}.xlsx"
            path.write_bytes(workbook(edition, scope, shown, scores))
            sync(path)


def workbook(edition: Edition, scope: str, views: Sequence[RankingView], scores: Scores) -> bytes:
    """A scope's workbook: equal editions give equal bytes."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]

    held = BytesIO()
    book = Workbook(held, _OPTIONS)
    book.set_properties(
        {
            "title": f"Chỉ số 766: {place_words(scope)}, tuần {edition.week}, bản {edition.revision.revision}",
            "subject": edition.name,
            "author": "service-index",
            "created": Week.parse(edition.week).end,  # not the moment of writing: the file is made again byte by byte
        }
    )
    pen = Pen(book)
    for name, view in zip((LEADERS, _SECOND), views, strict=False):
        write_leaders(pen, name, edition, view)
    write_changes(pen, edition, views)
    write_flags(pen, edition, views, scores)
    write_revisions(pen, edition, scope)
    write_dictionary(pen, edition)
    for group in COMPONENTS:
        write_counts(pen, edition, views, scores, group)
    book.close()
    return held.getvalue()
