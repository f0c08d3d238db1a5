"""A document: title, blocks and foot in both languages at once, before it becomes HTML, PDF or DOCX.

Belongs here: the kinds of blocks, and the plain data that the templates are filled with. Does not belong here: what is
said in a document, how a block looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from publishing.bulletin.places import Link
from publishing.bulletin.statements import Statement, Tone
from publishing.bulletin.text import Figure, Phrase
from publishing.figures import printable
from publishing.site.languages import Language

Align = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Lead:
    """The one sentence that says what happened."""

    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Note:
    """A line under something."""

    phrase: Phrase


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[tuple[Phrase, Tone], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """phrase: None for an empty cell. bar: percent of a bar drawn under it."""

    phrase: Phrase | None
    bar: Decimal | None = None
    tone: Tone = "plain"


Row = tuple[Cell, ...] | Cell


@dataclass(frozen=True, slots=True)
class Table:
    """head: column titles. rows: cells, or one cell across all columns. caption: what the table is of."""

    head: tuple[Phrase, ...]
    align: tuple[Align, ...]
    rows: tuple[Row, ...]
    caption: Phrase | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """A line of values, oldest first. label: what it shows, in words."""

    values: tuple[Decimal, ...]
    label: Phrase


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a title."""

    title: Phrase
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Two columns side by side where there is room."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]


Block = Lead | Note | Bullets | Table | Trend | Section | Columns


@dataclass(frozen=True, kw_only=True)
class Document:
    """name: the files' name without language and ending. day: the day it is of, which its properties carry.

    one_page: whether its print has to fit one page, and is made smaller until it does.
    """

    name: str
    kicker: Phrase
    title: Phrase
    meta: Phrase
    blocks: Sequence[Block]
    foot: Phrase
    day: date
    one_page: bool = False

    def file_name(self, language: Language, ending: str) -> str:
        return f"{self.name}.{language.code}.{ending}"


def bullets(statements: Iterable[Statement]) -> Bullets:
    return Bullets(tuple((statement.phrase, statement.tone) for statement in statements))


def section(title_vi: str, title_en: str, *blocks: Block | None) -> tuple[Section, ...]:
    """A section with the blocks that have something in them; nothing when none has."""
    kept = tuple(block for block in blocks if block is not None and block != Bullets(()))
    return (Section(Phrase(title_vi, title_en), kept),) if kept else ()


def as_data(document: Document, language: Language, link: Link) -> dict[str, Any]:
    """The document in one language: dicts, lists and texts without control characters; figures with their address."""

    def spans(phrase: Phrase | None) -> list[dict[str, Any]]:
        return [] if phrase is None else [_span(piece, language, link) for piece in phrase.pieces(language)]

    def block(one: Block) -> dict[str, Any]:
        match one:
            case Lead() | Note():
                return {"kind": type(one).__name__.lower(), "spans": spans(one.phrase)}
            case Bullets():
                return {"kind": "bullets", "items": [{"tone": tone, "spans": spans(said)} for said, tone in one.items]}
            case Table():
                return {
                    "kind": "table",
                    "caption": spans(one.caption),
                    "head": [spans(each) for each in one.head],
                    "align": list(one.align),
                    "rows": [row(each) for each in one.rows],
                }
            case Trend():
                return {"kind": "trend", "svg": trend_svg(one.values), "label": printable(one.label.text(language))}
            case Section():
                return {
                    "kind": "section",
                    "title": printable(one.title.text(language)),
                    "blocks": [block(b) for b in one.blocks],
                }
            case Columns():
                return {
                    "kind": "columns",
                    "left": [block(each) for each in one.left],
                    "right": [block(each) for each in one.right],
                }

    def row(cells: Row) -> dict[str, Any]:
        if isinstance(cells, Cell):
            return {"across": cell(cells)}
        return {"cells": [cell(each) for each in cells]}

    def cell(one: Cell) -> dict[str, Any]:
        bar = None if one.bar is None else format(one.bar, "f")
        return {"spans": spans(one.phrase), "bar": bar, "tone": one.tone}

    return {
        "language": language.code,
        "kicker": printable(document.kicker.text(language)),
        "title": printable(document.title.text(language)),
        "meta": spans(document.meta),
        "body": [block(each) for each in document.blocks],
        "foot": spans(document.foot),
        "one_page": document.one_page,
        "day": [document.day.year, document.day.month, document.day.day],
    }


def _span(piece: str | Figure, language: Language, link: Link) -> dict[str, Any]:
    if isinstance(piece, str):
        return {"text": printable(piece), "address": None, "figure": False}
    address = link(piece.place, language.code) if piece.place else None
    return {"text": printable(piece.written(language)), "address": address, "figure": piece.is_number}


_WIDTH, _HEIGHT, _EDGE = 260, 44, 5


def trend_svg(values: Sequence[Decimal]) -> str:
    """A line without words or outside parts, its last point marked; the words stand beside it."""
    low, high = min(values), max(values)
    step = Decimal(_WIDTH - 2 * _EDGE) / max(1, len(values) - 1)
    room = Decimal(_HEIGHT - 2 * _EDGE)

    def at(place: int, value: Decimal) -> tuple[str, str]:
        share = (high - value) / (high - low) if high > low else Decimal("0.5")
        return f"{_EDGE + step * place:.1f}", f"{_EDGE + room * share:.1f}"

    dots = [at(place, value) for place, value in enumerate(values)]
    line = " ".join(",".join(dot) for dot in dots)
    marks = "".join(f'<circle cx="{x}" cy="{y}" r="2" fill="#14213d"/>' for x, y in dots[:-1])
    x, y = dots[-1]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}">'
        f'<polyline points="{line}" fill="none" stroke="#14213d" stroke-width="1.6" stroke-linejoin="round"/>'
        f'{marks}<circle cx="{x}" cy="{y}" r="4" fill="#0b5c6b"/></svg>'
    )
