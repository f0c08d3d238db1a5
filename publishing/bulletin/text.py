"""Text with figures in it: phrases in two languages whose figures know what they are and where they stand.

Belongs here: filling figures into a phrase. Does not belong here: how a figure is written (publishing/site/languages.py),
what is said (statements), how it is laid out (document).

    say("{unit} đạt {total} điểm", "{unit} has {total} points", unit=name("Bắc Ninh"), total=points(Decimal("92.37")))
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from publishing.site.addresses import Address
from publishing.site.languages import Language


@dataclass(frozen=True, slots=True)
class Figure:
    """A value, of which kind it is, and the page where it can be looked up; None: it follows from its neighbours."""

    value: Decimal | int | str | date
    kind: str
    place: Address | None = None

    @property
    def is_number(self) -> bool:
        return not isinstance(self.value, str)

    def written(self, language: Language) -> str:
        """As a reader of the language writes it."""
        match self.kind, self.value:
            case "change", Decimal() as number:
                return language.signed(number)
            case "plain", Decimal() as number:
                return language.plain(number)
            case "amount", Decimal() as number:
                return language.number(abs(number))
            case "percent", Decimal() as number:
                return language.number(number, max(1, -int(number.as_tuple().exponent))) + "%"
            case "nth", int() as number:
                return language.number(number) + (_ending(number) if language.code == "en" else "")
            case _, date() as day:
                return language.day(day)
            case _, Decimal() | int() as number:
                return language.number(number)
            case "word", str() as code:
                return language.word(code)
            case "title", str() as code:
                return language.title(code)
            case "told", str() as text:
                return language.said(text)
            case "days", str() as week:
                return language.week(week)
            case "period", str() as label:
                return language.period(label)
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence or part of one in both languages. values: by the names that stand in braces."""

    vi: str
    en: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def pieces(self, language: Language) -> Iterator[str | Figure]:
        """Plain text and figures, in order."""
        for text, name, _, _ in string.Formatter().parse(self.vi if language.code == "vi" else self.en):
            if text:
                yield text
            if name is not None:
                yield from _pieces(self.values[name], language)

    def text(self, language: Language) -> str:
        return "".join(piece if isinstance(piece, str) else piece.written(language) for piece in self.pieces(language))


@dataclass(frozen=True, slots=True)
class Series:
    """Several phrases, written one after the other with a mark between them."""

    items: tuple[Phrase, ...]
    between: str = "; "


Value = Figure | Phrase | Series


def say(vi: str, en: str, **values: Value) -> Phrase:
    """A phrase; texts from outside only ever go in as values, so that their braces are only braces."""
    return Phrase(vi, en, values)


def just(value: Value) -> Phrase:
    """Nothing but this value."""
    return Phrase("{it}", "{it}", {"it": value})


def series(items: Iterable[Phrase], between: str = "; ") -> Series:
    return Series(tuple(items), between)


def points(value: Decimal, place: Address | None = None) -> Figure:
    return Figure(value, "points", place)


def plain(value: Decimal) -> Figure:
    """Without zeros at its end, as maxima are written."""
    return Figure(value, "plain")


def change(value: Decimal, place: Address | None = None) -> Figure:
    return Figure(value, "change", place)


def amount(value: Decimal, place: Address | None = None) -> Figure:
    """A change without its sign: the words beside it say which way."""
    return Figure(value, "amount", place)


def percent(value: Decimal, place: Address | None = None) -> Figure:
    """With the decimals the value has, one at least."""
    return Figure(value, "percent", place)


def count(value: int, place: Address | None = None) -> Figure:
    return Figure(value, "count", place)


def nth(value: int, place: Address | None = None) -> Figure:
    """9 in Vietnamese, 9th in English."""
    return Figure(value, "nth", place)


def day(value: date) -> Figure:
    return Figure(value, "day")


def name(value: str, place: Address | None = None) -> Figure:
    """A name, a week, a number as it is written: the same in both languages."""
    return Figure(value, "name", place)


def word(code: str) -> Figure:
    """The word of a code that stands in tables."""
    return Figure(code, "word")


def title(code: str) -> Figure:
    """The same with a capital letter, to begin a line with."""
    return Figure(code, "title")


def told(text: str) -> Figure:
    """A stored text that says everything twice, `Vietnamese / English`."""
    return Figure(text, "told")


def few(number: int, one: str, many: str) -> str:
    """The English word that goes with a number."""
    return one if number == 1 else many


def _ending(number: int) -> str:
    return "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _pieces(value: Value, language: Language) -> Iterator[str | Figure]:
    match value:
        case Figure():
            yield value
        case Phrase():
            yield from value.pieces(language)
        case Series():
            for at, item in enumerate(value.items):
                if at:
                    yield value.between
                yield from item.pieces(language)
