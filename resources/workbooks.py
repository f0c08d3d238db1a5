"""Reading workbooks and web pages that hold tables: XLSX, XLS, ODS, and the HTML that some systems save as .xls.

Belongs here: sheets to tables of texts, and where in a sheet the table begins. Does not belong here: what a sheet's
name means (resources/door.py). These formats hold at most a million rows and are read in memory, column by column.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from resources.originals import Original, refuse_form, refuse_page
from resources.readers import TableSource, unreadable

if TYPE_CHECKING:
    import pyarrow as pa

HEADING_ROWS = 15  # people put a title, the period and the scope above the heading


def workbook_sources(content: bytes, score: Callable[[Sequence[str]], int]) -> list[TableSource]:
    """Every sheet of a workbook as a table of texts; an empty sheet has no headings. Raises Refusal."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    except CalamineError:
        raise unreadable("XLSX") from None
    if not sheets:
        refuse_form("zip / OLE", "xlsx, xls, ods")
    return [_source(name, rows, score) for name, rows in sheets]


def page_sources(original: Original, content: bytes, score: Callable[[Sequence[str]], int]) -> list[TableSource]:
    """The first table of a web page with known headings. Raises Refusal for a login page, or any other."""
    import lxml.html
    from lxml.etree import ParserError

    text = content.decode(original.encoding or "utf-8", "replace").lstrip("\ufeff")
    try:
        # A declared encoding is of no use to a text that is decoded already, and lxml refuses it.
        page = lxml.html.document_fromstring(text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    except ParserError:
        refuse_page(text)
    sources = []
    for table in page.iter("table"):
        rows = [[_cell_text(cell) for cell in row if cell.tag in ("td", "th")] for row in table.iter("tr")]
        source = _source(None, rows, score)
        if score(source.headings) > 0:
            sources.append(source)
    if not sources:
        refuse_page(text)
    return sources[:1]


def table_of(headings: Sequence[str], rows: Sequence[Sequence[Any]], first_row: int = 1) -> pa.Table:
    """Rows of cells as an Arrow table c0, c1, ... of texts with source_row; rows without any text are left out."""
    import pyarrow as pa

    columns = [list(map(text_of, column)) for column in zip_longest(*rows)][: len(headings)]
    columns += [[None] * len(rows)] * (len(headings) - len(columns))
    kept = [index for index, row in enumerate(zip(*columns, strict=True)) if any(row)] if columns else []
    data = {
        f"c{number}": pa.array([column[index] for index in kept], pa.string()) for number, column in enumerate(columns)
    }
    return pa.table({**data, "source_row": pa.array([first_row + index for index in kept], pa.int64())})


def text_of(cell: Any) -> str | None:
    """A cell as the text a person would type: whole numbers without `.0`, moments in ISO form; None if empty."""
    match cell:
        case None | "":
            return None
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
        case datetime():
            return cell.isoformat(sep=" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(int(cell.total_seconds()))
        case _:
            return str(cell)


def _source(name: str | None, rows: list[list[Any]], score: Callable[[Sequence[str]], int]) -> TableSource:
    """The heading is the row, among the first, with most known names; the first row that is not empty when none has
    any.
    """
    texts = [[text_of(cell) or "" for cell in row] for row in rows[:HEADING_ROWS]]
    found = [index for index, row in enumerate(texts) if any(row)]
    if not found:
        return TableSource(name, (), table_of((), ()))
    best = max(found, key=lambda index: (score(texts[index]), -index))
    headings = tuple(texts[best])
    while headings and not headings[-1].strip():
        headings = headings[:-1]
    return TableSource(name, headings, table_of(headings, rows[best + 1 :]))


def _cell_text(cell: Any) -> str:
    return " ".join(str(cell.text_content()).replace("\u00a0", " ").split())
