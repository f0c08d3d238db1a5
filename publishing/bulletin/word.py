"""A document as DOCX, for offices that work on with it: plain headings, lists, tables and links.

Belongs here: the same blocks in Word's terms. Does not belong here: what is said, the file around it (word_file.py). Texts go in
as texts, never as markup.

The body is written as text, in the very form in which python-docx would write it: that builds a tree an element at a time, which
for a nation's papers took ten seconds of a processor where this takes one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from publishing.bulletin.document import Document, as_data
from publishing.bulletin.places import Link
from publishing.bulletin.word_file import BLOCK_TWIPS, FIRST_LINK, word_file
from publishing.site.languages import Language

_PAGE_MM, _SIDE_MM = 180, 87
_SIDE_TWIPS, _HALF_TWIPS = 5102, 5103  # of 90 mm, of half a line of text
_CHARACTER_MM, _PADDING_MM = 1.8, 5.2  # of nine points
_SOFT = "55617A"
_COLOURS = {"warn": "B42318", "soft": _SOFT}
_RULE = 'w:val="single" w:sz="4" w:color="DFE3EA"'
_RULES = f"<w:tblBorders><w:top {_RULE}/><w:bottom {_RULE}/><w:insideH {_RULE}/></w:tblBorders>"  # none between columns
_TABLE = '<w:tbl><w:tblPr><w:tblW w:type="auto" w:w="0"/>{rules}<w:tblLayout w:type="fixed"/>' + (
    '<w:tblLook w:firstColumn="1" w:firstRow="1" w:lastColumn="0" w:lastRow="0" w:noHBand="0" w:noVBand="1" w:val="04A0"/>'
    "</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"
)
_EMPTY = "<w:p/>"
Data = Mapping[str, Any]


def docx(document: Document, language: Language, link: Link) -> bytes:
    return docx_of(as_data(document, language, link))


def docx_of(data: Data) -> bytes:
    """The same of a document's data in one language."""
    body = _Body()
    body.line(body.parts, [_plain(data["kicker"])], size=10, colour=_SOFT)
    body.line(body.parts, [_plain(data["title"])], size=20, bold=True)
    body.line(body.parts, data["meta"], size=9, colour=_SOFT, after=6)
    for block in data["body"]:
        body.add(body.parts, block)
    body.line(body.parts, data["foot"], size=8, colour=_SOFT, before=6)
    return word_file(data, "".join(body.parts), list(body.links))


class _Body:
    """parts: the paper's paragraphs and tables. links: addresses, in the order in which they are first met."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.links: dict[str, int] = {}

    def add(self, into: list[str], block: Data) -> None:
        """into: the paper's own parts, or those of a cell."""
        match block["kind"]:
            case "lead":
                self.line(into, block["spans"], size=13, after=6)
            case "note":
                self.line(into, block["spans"], size=9, colour=_SOFT)
            case "trend":
                self.line(into, [_plain(block["label"])], size=9, colour=_SOFT)
            case "bullets":
                for item in block["items"]:
                    colour = _COLOURS.get(item["tone"])
                    self.line(into, [_plain("• "), *item["spans"]], colour=colour, hang=True, after=1.5)
            case "section":
                self.line(into, [_plain(block["title"])], size=12, bold=True, before=6, after=2)
                for each in block["blocks"]:
                    self.add(into, each)
            case "table":
                self._table(into, block)
            case "columns":
                self._side_by_side(block)

    def line(
        self,
        into: list[str],
        spans: Sequence[Data],
        *,
        size: float = 10,
        bold: bool = False,
        colour: str | None = None,
        before: float = 0,
        after: float = 0,
        hang: bool = False,
    ) -> None:
        space = f'<w:spacing w:before="{before * 20:.0f}" w:after="{after * 20:.0f}"/>'
        inside = '<w:ind w:left="170" w:hanging="170"/>' if hang else ""
        into.append(f"<w:p><w:pPr>{space}{inside}</w:pPr>{self._runs(spans, _look(size, bold, colour))}</w:p>")

    def _side_by_side(self, block: Data) -> None:
        """Two columns stand in a table without lines; what is missing leaves the other the whole width."""
        sides = [side for side in (block["left"], block["right"]) if side]
        if len(sides) < 2:
            for each in sides[0] if sides else ():
                self.add(self.parts, each)
            return
        at = len(self.parts)
        self.parts.append("")
        cells = []
        for side in sides:
            inside: list[str] = []
            for each in side:
                self.add(inside, each)
            cells.append(_cell(_SIDE_TWIPS, "".join(inside) or _EMPTY))
        grid = f'<w:gridCol w:w="{_HALF_TWIPS}"/>' * 2
        self.parts[at] = _TABLE.format(rules="", grid=grid, rows=f"<w:tr>{''.join(cells)}</w:tr>")

    def _table(self, into: list[str], block: Data) -> None:
        if block["caption"]:
            self.line(into, block["caption"], size=9, colour=_SOFT)
        is_side = into is not self.parts
        widths = _widths(block, _SIDE_MM if is_side else _PAGE_MM)
        across = len(widths) * _twips((_SIDE_TWIPS if is_side else BLOCK_TWIPS) * _EMU_A_TWIP // len(widths))
        head = [(spans, _look(9, True, _SOFT)) for spans in block["head"]]
        rows = [self._row(widths, block["align"], head)]
        for row in block["rows"]:
            if "across" in row:
                told = row["across"]
                runs = self._runs(told["spans"], _look(9, True, _COLOURS.get(told["tone"])))
                span = f'<w:gridSpan w:val="{len(widths)}"/>' if len(widths) > 1 else ""
                width = across if len(widths) > 1 else widths[0]
                rows.append(f"<w:tr>{_cell(width, _paragraph('', runs), span)}</w:tr>")
            else:
                cells = [(cell["spans"], _look(9, False, _COLOURS.get(cell["tone"]))) for cell in row["cells"]]
                rows.append(self._row(widths, block["align"], cells))
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        into.append(_TABLE.format(rules=_RULES, grid=grid, rows="".join(rows)))
        if is_side:
            into.append(_EMPTY)  # a cell has to end with a paragraph

    def _row(self, widths: Sequence[int], align: Sequence[str], cells: Sequence[tuple[Sequence[Data], str]]) -> str:
        made = []
        for width, side, (spans, look) in zip(widths, align, cells, strict=True):
            form = '<w:pPr><w:jc w:val="right"/></w:pPr>' if side == "right" else ""
            made.append(_cell(width, _paragraph(form, self._runs(spans, look))))
        return f"<w:tr>{''.join(made)}</w:tr>"

    def _runs(self, spans: Sequence[Data], look: str) -> str:
        made = []
        for span in spans:
            run = f"<w:r>{look}{_text(span['text'])}</w:r>"
            if span["address"]:
                number = self.links.setdefault(span["address"], FIRST_LINK + len(self.links))
                run = f'<w:hyperlink r:id="rId{number}">{run}</w:hyperlink>'
            made.append(run)
        return "".join(made)


_EMU_A_TWIP = 635


def _twips(emu: float) -> int:
    return round(emu / _EMU_A_TWIP)


def _cell(width: int, inside: str, span: str = "") -> str:
    return f'<w:tc><w:tcPr><w:tcW w:type="dxa" w:w="{width}"/>{span}</w:tcPr>{inside}</w:tc>'


def _paragraph(form: str, runs: str) -> str:
    return f"<w:p>{form}{runs}</w:p>" if form or runs else _EMPTY


def _text(text: str) -> str:
    if not text:
        return ""
    kept = ' xml:space="preserve"' if len(text.strip()) < len(text) else ""
    return f"<w:t{kept}>{escape(text)}</w:t>"


@cache
def _look(size: float, bold: bool, colour: str | None) -> str:
    """size: in points, which Word counts in halves."""
    weight = "<w:b/>" if bold else ""
    ink = f'<w:color w:val="{colour}"/>' if colour else ""
    return f'<w:rPr>{weight}{ink}<w:sz w:val="{size * 2:.0f}"/></w:rPr>'


def _widths(block: Data, whole_mm: float) -> list[int]:
    """Figures get what they need, words share the rest: not every program finds widths by itself. In twips."""
    rows = [block["head"], *([cell["spans"] for cell in row["cells"]] for row in block["rows"] if "across" not in row)]
    longest = [max(sum(len(span["text"]) for span in spans) for spans in column) for column in zip(*rows, strict=True)]
    figures = {
        at: longest[at] * _CHARACTER_MM + _PADDING_MM for at, side in enumerate(block["align"]) if side == "right"
    }
    words = sum(longest[at] for at in range(len(longest)) if at not in figures) or 1
    left = max(whole_mm - sum(figures.values()), whole_mm / 4)
    return [_twips(int(figures.get(at, left * longest[at] / words) * 36000)) for at in range(len(longest))]


def _plain(text: str) -> Data:
    return {"text": text, "address": None, "figure": False}
