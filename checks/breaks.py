"""Break marks: days across which a series must not be compared. They are data, in `breaks.yaml`.

Belongs here: reading them and the one question about them. Does not belong here: comparing (scoring), drawing them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from scoring.calendar import Week
from scoring.yamlnodes import read_yaml


@dataclass(frozen=True, slots=True)
class Break:
    """The first day of the new order, and what changed."""

    day: date
    title_vi: str
    title_en: str


@cache
def load_breaks(path: Path | None = None) -> tuple[Break, ...]:
    """All break marks in the order of time, by default the packaged ones. Raises RuleSetError with file and line."""
    nodes = read_yaml(path or Path(__file__).with_name("breaks.yaml")).need("breaks").items()
    read = []
    for node in nodes:
        node.allow(("day", "title"))
        title = node.need("title")
        title.allow(("vi", "en"))
        read.append(Break(node.need("day").day(), title.need("vi").text(), title.need("en").text()))
    return tuple(sorted(read, key=lambda each: each.day))


def breaks_between(week_a: Week, week_b: Week) -> tuple[Break, ...]:
    """Breaks that lie between the ends of two weeks, whichever comes first: a week is measured at its end."""
    first, last = sorted((week_a, week_b))
    return tuple(each for each in load_breaks() if first.sunday < each.day <= last.sunday)
