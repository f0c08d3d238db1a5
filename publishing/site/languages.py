"""A reader's language and habit: words, numbers, days and weeks as Vietnamese and English readers write them.

Belongs here: one value or word at a time. Does not belong here: sentences, which stand in the templates and, in English, in
locale/en.po. Vietnamese is the language of the templates and needs no catalogue.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from publishing.figures import displayed, people
from publishing.words import english, period_words, vietnamese
from scoring.calendar import VIETNAM_OFFSET, Week

LOCALES = Path(__file__).with_name("locale")
_SWAPPED = str.maketrans(",.", ".,")


@dataclass(frozen=True)
class Language:
    """One of vi and en. text: the sentence of a template in this language."""

    code: str
    catalogue: gettext.NullTranslations = field(repr=False, compare=False)

    @property
    def text(self) -> Callable[[str], str]:
        return self.catalogue.gettext

    def number(self, value: Decimal | int | None, places: int = 2) -> str:
        """`92,37` or `92.37`, `1.074` or `1,074`; `–` where there is none."""
        return _number(self.code, value, places)

    def percent(self, value: Decimal | None) -> str:
        """`70,1 %`, `70.1%`."""
        return self.number(value, 1) + (" %" if self.code == "vi" else "%")

    def plain(self, value: Decimal) -> str:
        """Without zeros at its end: `6`, `0,8`."""
        return _plain(self.code, value)

    def signed(self, change: Decimal | None, places: int = 2) -> str:
        """`+0,05`, `−0,07`, `0,00` for what shows as no change; empty where there is nothing to compare with."""
        if change is None:
            return ""
        shown = displayed(change, places)
        return ("+" if shown > 0 else "−" if shown < 0 else "") + self.number(abs(shown), places)

    def word(self, code: str) -> str:
        """The word of a code that stands in tables; the code itself where there is none."""
        return vietnamese(code) if self.code == "vi" else english(code)

    def title(self, code: str) -> str:
        """The same with a capital letter, to begin a line with."""
        word = self.word(code)
        return word[:1].upper() + word[1:]

    def said(self, text: str) -> str:
        """This language's half of a text that says everything twice, `Vietnamese / English`; else all of it."""
        halves = text.split(" / ")
        if len(halves) == 2:
            return halves[self.code != "vi"]
        parts = text.split("; ")
        return text if len(parts) == 1 else "; ".join(map(self.said, parts))

    def day(self, day: date) -> str:
        """`16/11/2025`, `16 Nov 2025`."""
        return _day(self.code, day)

    def moment(self, instant: datetime) -> str:
        """An instant (naive UTC) as the clock in Việt Nam shows it: `17:00 ngày 16/11/2025`."""
        local = instant + VIETNAM_OFFSET
        between = " ngày " if self.code == "vi" else " on "
        return f"{local:%H:%M}{between}{self.day(local.date())}"

    def week(self, week: str) -> str:
        """The days of a week: `10/11 – 16/11/2025`, `10 Nov – 16 Nov 2025`."""
        days = Week.parse(week)
        first, last = self.day(days.monday), self.day(days.sunday)
        return f"{first if days.monday.year != days.sunday.year else first[:-5]} – {last}"

    def period(self, label: str) -> str:
        """`lũy kế năm 2025`, `year to date 2025`."""
        first, _, second = period_words(label).partition(" (")
        return first if self.code == "vi" else second.removesuffix(")")


@lru_cache(maxsize=65536, typed=True)
def _number(code: str, value: Decimal | int | None, places: int) -> str:
    text = people(value, places)
    return text if code == "vi" else text.translate(_SWAPPED)


@lru_cache(maxsize=4096)
def _plain(code: str, value: Decimal) -> str:
    exact = value.normalize()
    places = max(0, -int(exact.as_tuple().exponent))
    return _number(code, int(exact) if places == 0 else exact, places)


@lru_cache(maxsize=4096)
def _day(code: str, day: date) -> str:
    from babel.dates import format_date

    return format_date(day, "dd/MM/y" if code == "vi" else "d MMM y", locale=code)


@cache
def languages() -> tuple[Language, ...]:
    """Vietnamese and English."""
    return Language("vi", gettext.NullTranslations()), Language("en", _catalogue("en"))


def _catalogue(code: str) -> gettext.GNUTranslations:
    """The catalogue as it stands in its .po file, compiled in memory."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with (LOCALES / f"{code}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
