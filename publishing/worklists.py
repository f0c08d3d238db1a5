"""Work lists as people read them: the lists' names, the CSV, what is said of a deadline.

Belongs here: words and columns. Does not belong here: finding entries (resources/worklists.py, assets/worklists.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from publishing.explanation import Words
from publishing.figures import csv_text
from publishing.things import span_words
from resources.remedies import Remedy
from resources.worklists import LISTS, Waiting
from scoring.calendar import VIETNAM_OFFSET, Week

TITLES: dict[str, Words] = {
    "due_24h": ("Đến hạn trong 24 giờ", "Due within 24 hours"),
    "due_soon": ("Sắp đến hạn", "Due soon"),
    "overdue": ("Đã quá hạn", "Overdue"),
    "supplement": ("Chờ bổ sung hồ sơ", "Waiting for a supplement"),
    "no_result": ("Đã xong, chưa có kết quả điện tử", "Finished without an electronic result"),
    "not_digitised": ("Chưa số hóa thành phần nào", "Not digitised"),
    "not_online": ("Đủ điều kiện nhưng không nộp trực tuyến", "Eligible but not filed online"),
    "unpaid_online": ("Phí chưa thanh toán trực tuyến", "Fee not paid online"),
    "petitions": ("Phản ánh, kiến nghị sắp hết hạn", "Petitions near their term"),
}
DEADLINES = frozenset({"due_24h", "due_soon", "overdue", "supplement", "petitions"})
"""Lists on which a due date is still to be met; on the others it says nothing of what is to be done."""
COLUMNS = (
    *(
        "list",
        "list_vi",
        "list_en",
        "code",
        "unit_code",
        "procedure_code",
        "since",
        "due",
        "left_vi",
        "left_en",
        "source",
    ),
    *("cause", "remedy", "said_by", "said_at"),
)
"""Columns of the CSV of `service-index worklist`. Stable. Moments are Vietnamese time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry, where it stands (`file:row`), and what people said of it last."""

    waiting: Waiting
    source: str
    said: Remedy | None = None


@dataclass(frozen=True, slots=True)
class Worklist:
    """A unit's lists. week: the newest whose dossiers are in it. now: naive UTC."""

    unit_code: str
    week: str
    now: datetime
    days: int
    entries: tuple[Entry, ...]

    @property
    def year(self) -> int:
        """The year whose dossiers are in it: those accepted earlier are not."""
        return Week.parse(self.week).thursday.year

    def of(self, name: str) -> list[Entry]:
        """The entries of one list."""
        return [each for each in self.entries if each.waiting.list == name]

    def counts(self) -> dict[str, int]:
        """How many entries each list has, in the order in which lists are shown."""
        return {name: len(self.of(name)) for name in LISTS}

    def left(self, entry: Entry) -> Words:
        """`còn 5 giờ`, `quá hạn 2 ngày`; empty where no date is to be met."""
        due = entry.waiting.due
        if due is None or entry.waiting.list not in DEADLINES:
            return "", ""
        if due < self.now:
            vi, en = span_words(self.now - due)
            return f"quá hạn {vi}", f"overdue by {en}"
        vi, en = span_words(due - self.now)
        return f"còn {vi}", f"{en} left"

    def csv(self, name: str | None = None) -> str:
        """All lists, or one, as CSV that no spreadsheet runs as formulas."""
        return csv_text(COLUMNS, self._rows(name))

    def _rows(self, name: str | None) -> Iterator[dict[str, str | None]]:
        for entry in self.entries if name is None else self.of(name):
            one, said = entry.waiting, entry.said
            left = self.left(entry)
            yield {
                "list": one.list,
                "list_vi": TITLES[one.list][0],
                "list_en": TITLES[one.list][1],
                "code": one.code,
                "unit_code": one.unit_code,
                "procedure_code": one.procedure_code,
                "since": local(one.since),
                "due": local(one.due),
                "left_vi": left[0],
                "left_en": left[1],
                "source": entry.source,
                "cause": said.cause if said else None,
                "remedy": said.remedy if said else None,
                "said_by": said.who if said else None,
                "said_at": local(said.at) if said else None,
            }


def local(moment: datetime | None) -> str | None:
    """A moment (naive UTC) as the clock in Việt Nam shows it."""
    return f"{moment + VIETNAM_OFFSET:%Y-%m-%d %H:%M}" if moment else None
