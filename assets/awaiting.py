"""Awaiting: what a week is still expected to bring, and saying so when it did not come in time.

Belongs here: comparing the timetable with what landed and was taken in. Does not belong here: the timetable itself
(resources/timetable.py), when somebody looks (pipelines). The present moment is always handed in, naive UTC.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from assets.review import renew_cases
from resources.landing import scan
from resources.office import Office
from resources.outcomes import RuleOutcome
from resources.timetable import Feed, Timetable, read_timetable
from scoring.calendar import Week

STAGE = "timetable"
MISSING = "exports.missing"


@dataclass(frozen=True, slots=True)
class Awaited:
    """What is missing of a week, and until when (naive UTC) it is waited for."""

    week: Week
    missing: tuple[Feed, ...]
    until: datetime

    def __str__(self) -> str:
        return f"{self.week}: {', '.join(map(str, self.missing))}"


def awaited(office: Office, week: Week, timetable: Timetable | None = None) -> Awaited:
    """What of the week is expected and neither landed nor was taken in."""
    timetable = timetable or read_timetable(office.home.root)
    expected = _expected(office, week, timetable)
    missing = tuple(sorted(expected - _came(office, week))) if expected else ()
    return Awaited(week, missing, timetable.wait_until.of(week))


def waits(office: Office, week: Week, now: datetime) -> Awaited | None:
    """What the first revision of a week waits for at a moment; None when it need not wait.

    A week that was published once never waits again: what is corrected flows at once.
    """
    timetable = read_timetable(office.home.root)
    if timetable.is_running_out(week, now) or office.database.revisions(week):
        return None
    found = awaited(office, week, timetable)
    return found if found.missing else None


def last_due(timetable: Timetable, now: datetime) -> Week:
    """The newest week that is no longer waited for."""
    week = Week.of_instant(now)
    while not timetable.is_running_out(week, now):
        week = week.previous
    return week


def last_overdue(timetable: Timetable, now: datetime) -> Week:
    """The newest week that should have been published."""
    week = Week.of_instant(now)
    while now < timetable.publish_by.of(week):
        week = week.previous
    return week


def record_missing(office: Office, found: Awaited) -> bool:
    """Keeps what is missing of a week as its findings, and opens or resolves their cases. Returns whether that changed."""
    week = str(found.week)
    outcomes = [_outcome(week, feed) for feed in found.missing]
    if outcomes == office.database.outcomes(week=week, stage=STAGE):
        return False
    office.database.replace_outcomes(week, STAGE, outcomes)
    renew_cases(office, [found.week])
    return True


def _expected(office: Office, week: Week, timetable: Timetable) -> set[Feed]:
    """Those named, and those that came in at least half of the weeks before that brought anything at all."""
    came: Counter[Feed] = Counter()
    weeks = 0
    for back in range(1, timetable.like_weeks_before + 1):
        feeds = {
            Feed(export.kind, export.scope)
            for export in office.database.current_exports(week=week.shift(-back))
            if export.kind in timetable.kinds
        }
        weeks += bool(feeds)
        came.update(feeds)
    return {*timetable.feeds, *(feed for feed, times in came.items() if 2 * times >= weeks)}


def _came(office: Office, week: Week) -> set[Feed]:
    """What landed, refused or not (that is told by itself), and what was taken in: a workbook may bring several."""
    landed = scan(office.landing, {week}).files if office.landing.is_dir() else []
    taken = office.database.exports(week=week)
    return {Feed(file.kind, file.scope) for file in landed} | {Feed(export.kind, export.scope) for export in taken}


def _outcome(week: str, feed: Feed) -> RuleOutcome:
    return RuleOutcome(
        rule=MISSING,
        week=week,
        stage=STAGE,
        severity="warning",
        kind=feed.kind,
        scope=feed.scope,
        expected=f"{week}/{feed.kind}.{feed.scope}.<ext>",
        failed=1,
        message_vi=f"chưa nhận được {feed} của tuần {week}; tuần được công bố không có số liệu này",
        message_en=f"{feed} of week {week} has not arrived; the week is published without it",
        action_vi="Gửi tệp vào thư mục tiếp nhận; tuần sẽ tự được tính lại",
        action_en="Put the file into the landing folder; the week is then scored again by itself",
    )
