"""How a figure is written: with a comma for people, with a point for machines; and how text is kept from doing harm.

Belongs here: one value at a time. Does not belong here: tables, words. No float comes or goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def displayed(number: Decimal, places: int = 2) -> Decimal:
    """The number as a reader will see it, rounded half-up: what a colour or an arrow has to follow."""
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0  # + 0: minus zero is zero


def people(number: Decimal | int | None, places: int = 2) -> str:
    """`92,37`, `1.074`; `–` where there is none."""
    if number is None:
        return "–"
    text = f"{number:,}" if isinstance(number, int) else f"{displayed(number, places):,f}"
    return text.translate(str.maketrans(",.", ".,"))


def arrow(change: Decimal | None, places: int = 2) -> str:
    """`▲ 0,05`, `▼ 0,07`, `0,00` for what shows as no change, empty where there is nothing to compare with."""
    if change is None:
        return ""
    shown = displayed(change, places)
    return people(shown, places) if shown == 0 else f"{'▲' if shown > 0 else '▼'} {people(abs(shown), places)}"


def places_moved(move: int | None) -> str:
    """`▲ 5` five places up, `▼ 3` three down, `=` none, empty when cohorts cannot be compared."""
    if move is None:
        return ""
    return "=" if move == 0 else f"{'▲' if move > 0 else '▼'} {people(abs(move))}"


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet would run the text."""
    return text.startswith(_FORMULA_STARTS)


def safe_cell(value: Any) -> str:
    """A CSV cell: empty for none, a plain number, or text that no spreadsheet will run as a formula.

    Raises TypeError for a float.
    """
    if value is None:
        return ""
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float: a published number must be a Decimal")
    if isinstance(value, Decimal):
        return format(value, "f")
    text = str(value)
    return "'" + text if looks_like_formula(text) and not isinstance(value, int) else text


def printable(text: str) -> str:
    """Text for a terminal: control and direction characters, which could rewrite the screen, become a dot."""
    return "".join(char if char.isprintable() else "·" for char in text)


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """A CSV with exactly these columns: UTF-8 text, lines end in a line feed, cells quoted where they need it."""
    lines = [columns, *([safe_cell(row[column]) for column in columns] for row in rows)]
    return "".join(",".join(map(_quoted, line)) + "\n" for line in lines)


def _quoted(cell: str) -> str:
    """By RFC 4180. (Python's own writer leaves a lone carriage return unquoted, and readers then see two lines.)"""
    return '"' + cell.replace('"', '""') + '"' if any(char in cell for char in ',"\r\n') else cell


def json_text(value: Any, indent: str = "") -> str:
    """JSON in which a Decimal is written digit by digit (`92.30`), never by way of a float."""
    deeper = indent + "  "
    match value:
        case Decimal():
            return format(value, "f")
        case float():
            raise TypeError(f"{value!r} is a float: a published number must be a Decimal")
        case Mapping() if value:
            items = [f"{deeper}{json.dumps(str(name))}: {json_text(item, deeper)}" for name, item in value.items()]
            return "{\n" + ",\n".join(items) + "\n" + indent + "}"
        case list() | tuple() if value:
            return "[\n" + ",\n".join(deeper + json_text(item, deeper) for item in value) + "\n" + indent + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)
