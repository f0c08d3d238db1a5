"""A document as DOCX, for offices that work on with it: plain headings, lists, tables and links.

Belongs here: the same blocks in Word's terms, and equal bytes each time. Does not belong here: what is said. Texts go in as
texts, never as markup.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from publishing.bulletin.document import Document, as_data
from publishing.bulletin.places import Link
from publishing.site.languages import Language

if TYPE_CHECKING:
    from docx.document import Document as Paper
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

    Body = Paper | _Cell

_FACE = "Times New Roman"  # what decree 30/2020 asks of office papers
_PAGE_MM, _SIDE_MM = 180, 87
_CHARACTER_MM, _PADDING_MM = 1.8, 5.2  # of nine points
_SOFT = "55617A"
_COLOURS = {"warn": "B42318", "soft": _SOFT}
_AFTER_BORDERS = ("shd", "tblLayout", "tblCellMar", "tblLook")  # the order the format asks for
_LONGEST = 255  # characters of a property
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
Data = Mapping[str, Any]


def docx(document: Document, language: Language, link: Link) -> bytes:
    import docx as word

    data = as_data(document, language, link)
    paper = word.Document()
    _set_up(paper, data)
    _line(paper, [_plain(data["kicker"])], size=10, colour=_SOFT)
    _line(paper, [_plain(data["title"])], size=20, bold=True)
    _line(paper, data["meta"], size=9, colour=_SOFT, after=6)
    for block in data["body"]:
        _add(paper, paper, block)
    _line(paper, data["foot"], size=8, colour=_SOFT, before=6)
    made = io.BytesIO()
    paper.save(made)
    return _without_clock(made.getvalue())


def _set_up(paper: Paper, data: Data) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    page = paper.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.top_margin = page.bottom_margin = Mm(12)
    page.left_margin = page.right_margin = Mm(15)
    style = paper.styles["Normal"]
    style.font.name, style.font.size = _FACE, Pt(10)
    style.paragraph_format.space_after = Pt(0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:eastAsia", "w:cs", "w:hAnsi"):
        fonts.set(qn(script), _FACE)
    spoken = {"vi": "vi-VN", "en": "en-GB"}[data["language"]]
    for lang in paper.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:val"), spoken)
    said, day = paper.core_properties, datetime(*data["day"])
    said.title, said.subject = data["title"][:_LONGEST], data["kicker"][:_LONGEST]
    said.author, said.comments = "service-index", ""
    said.created = said.modified = day
    said.last_modified_by, said.revision = "service-index", 1
    said.language = spoken


def _add(paper: Paper, body: Body, block: Data) -> None:
    match block["kind"]:
        case "lead":
            _line(body, block["spans"], size=13, after=6)
        case "note":
            _line(body, block["spans"], size=9, colour=_SOFT)
        case "trend":
            _line(body, [_plain(block["label"])], size=9, colour=_SOFT)
        case "bullets":
            for item in block["items"]:
                colour = _COLOURS.get(item["tone"])
                _line(body, [_plain("• "), *item["spans"]], colour=colour, hang=True, after=1.5)
        case "section":
            _line(body, [_plain(block["title"])], size=12, bold=True, before=6, after=2)
            for each in block["blocks"]:
                _add(paper, body, each)
        case "table":
            _table(body, block)
        case "columns":
            _side_by_side(paper, block)


def _side_by_side(paper: Paper, block: Data) -> None:
    """Two columns stand in a table without lines; what is missing leaves the other the whole width."""
    from docx.shared import Mm

    sides = [side for side in (block["left"], block["right"]) if side]
    if len(sides) < 2:
        for each in sides[0] if sides else ():
            _add(paper, paper, each)
        return
    frame = paper.add_table(rows=1, cols=2)
    frame.autofit = False
    for cell, side in zip(frame.rows[0].cells, sides, strict=True):
        cell.width = Mm(90)
        for each in side:
            _add(paper, cell, each)
        first = cell.paragraphs[0]
        if not first.text and len(cell.paragraphs) + len(cell.tables) > 1:
            first._element.getparent().remove(first._element)
        if cell._element[-1].tag.endswith("}tbl"):  # a cell has to end with a paragraph
            _small(cell.add_paragraph())


def _table(body: Body, block: Data) -> None:
    if block["caption"]:
        _line(body, block["caption"], size=9, colour=_SOFT)
    columns = len(block["head"])
    table = body.add_table(rows=0, cols=columns) if hasattr(body, "sections") else body.add_table(0, columns)
    _fill(table.add_row().cells, block["head"], block["align"], bold=True, colour=_SOFT)
    for row in block["rows"]:
        cells = table.add_row().cells
        if "across" in row:
            across = row["across"]
            colour = _COLOURS.get(across["tone"])
            _write(cells[0].merge(cells[-1]).paragraphs[0], across["spans"], size=9, bold=True, colour=colour)
        else:
            for cell, side, text in zip(cells, block["align"], row["cells"], strict=True):
                colour = _COLOURS.get(text["tone"])
                _fill([cell], [text["spans"]], [side], colour=colour)
    _ruled(table)
    _set_widths(table, block, _PAGE_MM if hasattr(body, "sections") else _SIDE_MM)


def _fill(cells: Sequence[_Cell], texts: Sequence[Sequence[Data]], align: Sequence[str], **look: Any) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    for cell, spans, side in zip(cells, texts, align, strict=True):
        paragraph = cell.paragraphs[0]
        if side == "right":
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _write(paragraph, spans, size=9, **look)


def _set_widths(table: Any, block: Data, whole_mm: float) -> None:
    """Figures get what they need, words share the rest: not every program finds widths by itself."""
    from docx.shared import Mm

    rows = [block["head"], *([cell["spans"] for cell in row["cells"]] for row in block["rows"] if "across" not in row)]
    longest = [max(sum(len(span["text"]) for span in spans) for spans in column) for column in zip(*rows, strict=True)]
    figures = {
        at: longest[at] * _CHARACTER_MM + _PADDING_MM for at, side in enumerate(block["align"]) if side == "right"
    }
    words = sum(longest[at] for at in range(len(longest)) if at not in figures) or 1
    left = max(whole_mm - sum(figures.values()), whole_mm / 4)
    widths = [Mm(figures.get(at, left * longest[at] / words)) for at in range(len(longest))]
    table.autofit = False
    for at, width in enumerate(widths):
        table.columns[at].width = width
    for row in table.rows:
        if len(row._tr.tc_lst) == len(widths):
            for cell, width in zip(row.cells, widths, strict=True):
                cell.width = width


def _ruled(table: Any) -> None:
    """A thin line under each row, none between columns."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "4"), ("color", "DFE3EA")):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    later = [child for child in table._tbl.tblPr if child.tag in {qn(f"w:{name}") for name in _AFTER_BORDERS}]
    if later:
        later[0].addprevious(borders)
    else:
        table._tbl.tblPr.append(borders)


def _line(
    body: Body,
    spans: Sequence[Data],
    *,
    size: float = 10,
    bold: bool = False,
    colour: str | None = None,
    before: float = 0,
    after: float = 0,
    hang: bool = False,
) -> None:
    from docx.shared import Mm, Pt

    paragraph = body.add_paragraph()
    form = paragraph.paragraph_format
    form.space_before, form.space_after = Pt(before), Pt(after)
    if hang:
        form.left_indent, form.first_line_indent = Mm(3), Mm(-3)
    _write(paragraph, spans, size=size, bold=bold, colour=colour)


def _write(
    paragraph: Paragraph, spans: Sequence[Data], *, size: float, bold: bool = False, colour: str | None = None
) -> None:
    from docx.shared import Pt, RGBColor

    for span in spans:
        run = paragraph.add_run(span["text"])
        run.font.size, run.font.bold = Pt(size), bold or None
        if colour:
            run.font.color.rgb = RGBColor.from_string(colour)
        if span["address"]:
            _link(paragraph, run, span["address"])


def _link(paragraph: Paragraph, run: Any, address: str) -> None:
    """Puts a run into a link: python-docx reads links but has no call to write one."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    run._r.getparent().replace(run._r, link)
    link.append(run._r)


def _small(paragraph: Paragraph) -> None:
    from docx.shared import Pt

    paragraph.paragraph_format.line_spacing = Pt(1)


def _plain(text: str) -> Data:
    return {"text": text, "address": None, "figure": False}


def _without_clock(made: bytes) -> bytes:
    """The same archive, its entries in order and all of one day."""
    told = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as given, zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as out:
        names = given.namelist()
        for name in ["[Content_Types].xml", *sorted(set(names) - {"[Content_Types].xml"})]:
            entry = zipfile.ZipInfo(name, _ZIP_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, given.read(name))
    return told.getvalue()
