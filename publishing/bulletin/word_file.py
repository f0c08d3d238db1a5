"""The file a DOCX is: an archive of parts, of which three are a document's own and the others are the same in all.

Belongs here: the empty paper as python-docx makes it (page, typeface, language), and putting a document's parts into it; equal
bytes each time. Does not belong here: what stands in the body (word.py).

The common parts, eight hundred kilobytes of styles, are made and packed once a language and process, and copied as packed.
"""

from __future__ import annotations

import copy
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from docx.document import Document as Paper

FIRST_LINK = 9  # the number of the first relationship that the empty paper leaves free
BLOCK_TWIPS = 10206  # a line of text: what A4 leaves between two margins of 15 mm
_FACE = "Times New Roman"  # what decree 30/2020 asks of office papers
_SPOKEN = {"vi": "vi-VN", "en": "en-GB"}
_LONGEST = 255  # characters of a property
_BODY, _LINKS, _ABOUT = "word/document.xml", "word/_rels/document.xml.rels", "docProps/core.xml"
_HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
_TITLE, _KICKER, _DAY = "(title)", "(kicker)", datetime(1999, 9, 9)
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)


def word_file(data: Mapping[str, Any], body: str, links: Sequence[str]) -> bytes:
    """body: paragraphs and tables as WordprocessingML. links: addresses; the first is `rId9`, and so on."""
    paper = _paper(data["language"])
    about = paper.about.replace(f">{_TITLE}<", f">{escape(data['title'][:_LONGEST])}<")
    about = about.replace(f">{_KICKER}<", f">{escape(data['kicker'][:_LONGEST])}<")
    about = about.replace(f"{_DAY:%Y-%m-%d}", f"{datetime(*data['day']):%Y-%m-%d}")
    told = "".join(
        f'<Relationship Id="rId{number}" Type="{_HYPERLINK}" Target="{escape(link, _QUOTE)}" TargetMode="External"/>'
        for number, link in enumerate(links, FIRST_LINK)
    )
    own = {_ABOUT: about, _BODY: body.join(paper.body), _LINKS: told.join(paper.links)}
    return _packed(paper, {name: text.encode() for name, text in own.items()})


_QUOTE = {'"': "&quot;"}


@dataclass(frozen=True)
class _Paper:
    """packed: the empty paper's file. about, body, links: of its own parts the text, of the latter two before and after what is
    to be put in."""

    packed: bytes
    entries: Sequence[zipfile.ZipInfo]
    about: str
    body: tuple[str, str]
    links: tuple[str, str]


@cache
def _paper(language: str) -> _Paper:
    import docx

    paper = docx.Document()
    _set_up(paper, _SPOKEN[language])
    made = io.BytesIO()
    paper.save(made)
    packed = _without_clock(made.getvalue())
    with zipfile.ZipFile(io.BytesIO(packed)) as given:
        entries = given.infolist()
        about, body, links = (given.read(name).decode() for name in (_ABOUT, _BODY, _LINKS))
    head, tag, rest = body.partition("<w:body>")
    relations, end, _ = links.rpartition("</Relationships>")
    if not tag or not end or f'"rId{FIRST_LINK - 1}"' not in links or f'"rId{FIRST_LINK}"' in links:
        raise ValueError("the empty paper of python-docx is not the one whose parts are known here")
    return _Paper(packed, entries, about, (head + tag, rest), (relations, end))


def _set_up(paper: Paper, spoken: str) -> None:
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
    for lang in paper.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:val"), spoken)
    said = paper.core_properties
    said.title, said.subject = _TITLE, _KICKER
    said.author, said.comments = "service-index", ""
    said.created = said.modified = _DAY
    said.last_modified_by, said.revision = "service-index", 1
    said.language = spoken


def _without_clock(made: bytes) -> bytes:
    """The same archive, its entries in order and all of one day."""
    told = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as given, zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as out:
        names = given.namelist()
        for name in ["[Content_Types].xml", *sorted(set(names) - {"[Content_Types].xml"})]:
            out.writestr(_entry(name), given.read(name))
    return told.getvalue()


def _packed(paper: _Paper, own: Mapping[str, bytes]) -> bytes:
    """The empty paper with other parts in place of its own; what is common is copied without packing it again."""
    told = io.BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as out:
        ends = [entry.header_offset for entry in paper.entries[1:]] + [_end_of_last(paper)]
        for entry, end in zip(paper.entries, ends, strict=True):
            if entry.filename in own:
                out.writestr(_entry(entry.filename), own[entry.filename])
                continue
            kept = copy.copy(entry)
            kept.header_offset = told.seek(out.start_dir)
            told.write(paper.packed[entry.header_offset : end])
            out.filelist.append(kept)
            out.NameToInfo[kept.filename] = kept
            out.start_dir = told.tell()
    return told.getvalue()


def _end_of_last(paper: _Paper) -> int:
    with zipfile.ZipFile(io.BytesIO(paper.packed)) as given:
        return given.start_dir


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _ZIP_DAY)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
