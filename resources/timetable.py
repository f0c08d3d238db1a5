"""The timetable: which exports a week is expected to bring, when it is taken in, until when they are waited for, and when it is
overdue.

Belongs here: reading `timetable.yaml` (of the package, with the office's own laid over it) and the moments it names. Does
not belong here: looking whether something came (assets/awaiting.py), the clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from resources.exports import KINDS
from scoring.calendar import Week, utc_of_day
from scoring.yamlnodes import Node, read_yaml

FILE_NAME = "timetable.yaml"
PACKAGED = Path(__file__).with_name(FILE_NAME)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOMENT = re.compile(rf"({'|'.join(DAYS)}) ([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True, order=True)
class Feed:
    """What is expected: a kind of export from a scope."""

    kind: str
    scope: str

    def __str__(self) -> str:
        return f"{self.kind} {self.scope}"


@dataclass(frozen=True, slots=True)
class Moment:
    """A day of the week after, and a Vietnamese time. monday is day 0."""

    day: int
    at: time

    @property
    def cron(self) -> str:
        """Every week at this moment, as cron writes it (a Sunday is 0)."""
        return f"{self.at.minute} {self.at.hour} * * {(self.day + 1) % 7}"

    def of(self, week: Week) -> datetime:
        """The instant (naive UTC) it means for a week that ended."""
        midnight = utc_of_day(week.next.monday + timedelta(days=self.day))
        return midnight + timedelta(hours=self.at.hour, minutes=self.at.minute)


@dataclass(frozen=True, slots=True)
class Timetable:
    """See timetable.yaml."""

    like_weeks_before: int
    kinds: tuple[str, ...]
    feeds: tuple[Feed, ...]
    take_in_at: Moment
    wait_until: Moment
    publish_by: Moment

    def is_running_out(self, week: Week, now: datetime) -> bool:
        """Whether nothing of the week is waited for any more. now: naive UTC."""
        return now >= self.wait_until.of(week)


def read_timetable(home: Path) -> Timetable:
    """The office's timetable. Raises RuleSetError with file and line."""
    root = read_yaml(PACKAGED)
    if (own := home / FILE_NAME).is_file():
        root = root.merged(read_yaml(own))
    root.allow(("expected", "take_in_at", "wait_until", "publish_by"))
    expected = root.need("expected")
    expected.allow(("like_weeks_before", "kinds", "feeds"))
    return Timetable(
        like_weeks_before=_weeks(expected.need("like_weeks_before")),
        kinds=tuple(node.one_of(KINDS) for node in expected.need("kinds").items()),
        feeds=tuple(_feed(node) for node in expected.need("feeds").items()),
        take_in_at=_moment(root.need("take_in_at")),
        wait_until=_moment(root.need("wait_until")),
        publish_by=_moment(root.need("publish_by")),
    )


def _weeks(node: Node) -> int:
    number = node.number()
    if number != int(number) or not 0 <= number <= 52:
        node.fail(f"cần số tuần từ 0 đến 52, không phải {number}", f"expected 0 to 52 weeks, not {number}")
    return int(number)


def _feed(node: Node) -> Feed:
    kind, _, scope = node.text().partition(" ")
    if kind not in KINDS or not re.fullmatch(r"VN|H\d{2}(\.\d{2,3})*", scope):
        node.fail(f"cần dạng 'scores VN', không phải {node.shown}", f"expected the form 'scores VN', not {node.shown}")
    return Feed(kind, scope)


def _moment(node: Node) -> Moment:
    match = _MOMENT.fullmatch(node.text().lower())
    if not match:
        node.fail(
            f"cần ngày và giờ dạng 'monday 08:30', không phải {node.shown}",
            f"expected a day and a time such as 'monday 08:30', not {node.shown}",
        )
    return Moment(DAYS.index(match[1]), time(int(match[2]), int(match[3])))
