"""The pen: how a value gets into a cell of a workbook, with its type and its look; and how a sheet is set up for paper.

Belongs here: cells, looks, tables of one heading, the page. Does not belong here: what a sheet tells.

Numbers are written as numbers, digit by digit as published. Text is always text: what begins like a formula also carries the
mark that keeps it text when somebody edits the cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from publishing.figures import looks_like_formula

if TYPE_CHECKING:
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.workbook import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

Cell = str | int | Decimal | None
A4 = 9
LONGEST_TEXT = 32_000  # a cell holds 32,767 characters
_INK, _PALE, _LINE = "#1F3864", "#EEF2F8", "#C9D2E0"
_BASE = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 15, "font_color": _INK},
    "subtitle": {"font_size": 12},
    "note": {"italic": True, "font_color": "#404040", "text_wrap": True, "valign": "top"},
    "head": {
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": _INK,
        "border": 1,
        "border_color": _LINE,
        "align": "center",
        "text_wrap": True,
    },
    "text": {"indent": 1},
    "wrapped": {"text_wrap": True, "valign": "top"},
    "whole": {"num_format": "#,##0"},
    "points": {"num_format": "0.00"},
    "signed": {"num_format": "+0.00;-0.00;0.00"},
    "moved": {"num_format": "+0;-0;0"},
    "percent": {"num_format": "0.0"},
    "place": {"num_format": "0", "align": "center", "border": 1, "border_color": _LINE},
    "unit": {"indent": 1, "border": 1, "border_color": _LINE},
    "group": {"num_format": "0.00", "align": "right", "indent": 1, "border": 1, "border_color": _LINE},
    "group_place": {
        "num_format": "0",
        "align": "center",
        "border": 1,
        "border_color": _LINE,
        "font_color": "#404040",
        "bg_color": _PALE,
    },
    "total": {"num_format": "0.00", "align": "right", "indent": 1, "bold": True, "border": 1, "border_color": _LINE},
}


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a plain table: its heading, width in characters, and the look of its cells."""

    title: str
    width: float
    look: str = "text"


class Pen:
    """Writes into one workbook. Looks are made when they are first used."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._formats: dict[tuple[str, bool], Format] = {}

    def sheet(self, name: str, *, header_row: int, header_rows: int = 1, frozen_columns: int = 0) -> Worksheet:
        """A new sheet for A4 landscape, one page wide. Rows up to the heading stay on the screen, the heading on every page.

        header_row: the last row of the heading, which has header_rows rows.
        """
        sheet = self._workbook.add_worksheet(name)
        sheet.set_paper(A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.center_horizontally()
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer(f"&L&9{name}&R&9&P / &N")
        sheet.repeat_rows(header_row - header_rows + 1, header_row)
        sheet.freeze_panes(header_row + 1, frozen_columns)
        sheet.hide_gridlines(2)
        return sheet

    def write(self, sheet: Worksheet, row: int, column: int, value: Cell, look: str = "text") -> None:
        """Text as text, a number as a number; none as an empty cell, drawn only where the look has a border."""
        if isinstance(value, str):
            text = _harmless(value)
            sheet.write_string(row, column, text, self.look(look, quoted=looks_like_formula(text)))
        elif value is not None:
            sheet.write_number(row, column, value, self.look(look))
        elif "border" in _LOOKS[look]:
            sheet.write_blank(row, column, None, self.look(look))

    def spread(self, sheet: Worksheet, row: int, columns: tuple[int, int], text: str, look: str) -> None:
        """Text over several columns of one row."""
        first, last = columns
        if first == last:
            self.write(sheet, row, first, text, look)
        else:
            sheet.merge_range(row, first, row, last, "", self.look(look))
            self.write(sheet, row, first, text, look)

    def table(self, sheet: Worksheet, top: int, fields: Sequence[Field], rows: Iterable[Sequence[Cell]]) -> int:
        """A heading, rows below it, and a filter; returns the first free row. With no rows the heading stands alone."""
        for at, field in enumerate(fields):
            sheet.set_column(at, at, field.width)
            self.write(sheet, top, at, field.title, "head")
        sheet.set_row(top, 32)
        last = top
        for last, row in enumerate(rows, start=top + 1):
            for at, (field, value) in enumerate(zip(fields, row, strict=True)):
                self.write(sheet, last, at, value, field.look)
        sheet.autofilter(top, 0, last, len(fields) - 1)
        return last + 1

    def look(self, name: str, *, quoted: bool = False) -> Format:
        """quoted: with the mark by which a spreadsheet keeps a text that begins like a formula."""
        if (name, quoted) not in self._formats:
            mark = {"quote_prefix": True} if quoted else {}
            self._formats[name, quoted] = self._workbook.add_format(_BASE | _LOOKS[name] | mark)
        return self._formats[name, quoted]


def _harmless(text: str) -> str:
    """Text the writer takes as it is: not too long, and not in the one form that it would pass on as XML of its own."""
    shown = text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
    return f"{shown} " if shown.startswith("<r>") and shown.endswith("</r>") else shown
