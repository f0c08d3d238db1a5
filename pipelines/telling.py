"""Looking what happened and keeping it as notices: decisions, weeks that wait or are overdue, files elsewhere.

Belongs here: what the sensors of telling_sensors.py and the command `notify` do. Does not belong here: which events there are
(noticing), sending (delivering). Whatever is done again tells nothing twice: a notice is kept once by its key. What a lost
cursor would forget is looked for again, as far back as notices are kept.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from assets.awaiting import Awaited, awaited, last_due, last_overdue, record_missing
from assets.partitions import FIRST_WEEK
from pipelines import noticing
from pipelines.delivering import record
from pipelines.ended_runs import ended_since
from resources.notices.notice import Notice
from resources.notices.routes import read_routes
from resources.office import Office
from resources.remote_landing import Unreachable, fetch_new
from resources.timetable import read_timetable
from scoring.calendar import Week, day_of_utc, week_range

if TYPE_CHECKING:
    import dagster as dg

WEEKS_LOOKED_BACK = 4  # late exports still clear what was told as missing of so many weeks


def fetch(office: Office, now: datetime) -> str:
    """Fetches what is new; what the tick says of it. A place that does not answer is told once a day."""
    from filelock import FileLock, Timeout

    if office.landing_url is None:
        return "landing_url is not set: nothing is fetched from elsewhere"
    state = office.home.stage_path("landing_url", "fetched").with_suffix(".json")
    state.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(state.with_suffix(".lock"), timeout=0):
            found = fetch_new(office.landing_url.get_secret_value(), office.landing, state)
    except Timeout:
        return "files are being fetched"
    except Unreachable as fault:
        record(office, [noticing.unreachable(day_of_utc(now).isoformat(), str(fault), now)], now)
        return f"landing_url does not answer: {fault}"
    said = [f"fetched {len(found.files)}"]
    said += [f"{found.left} wait for the next tick"] if found.left else []
    said += [f"not of a week: {', '.join(found.strange[:5])}"] if found.strange else []
    return "; ".join(said)


def look_at_weeks(office: Office, cursor: str | None, now: datetime) -> tuple[list[Awaited], str]:
    """Keeps what is missing of the weeks no longer waited for, and that weeks are overdue; returns the weeks whose missing
    exports changed, and the cursor: the last week of each that was looked at.
    """
    timetable = read_timetable(office.home.root)
    due, late = last_due(timetable, now), last_overdue(timetable, now)
    seen = json.loads(cursor) if cursor else {}
    changed: list[Awaited] = []
    notices: list[Notice] = []
    for week in _from(seen.get("due"), due, again=WEEKS_LOOKED_BACK):
        found = awaited(office, week, timetable)
        if record_missing(office, found):
            changed.append(found)
            notices += noticing.missing(office, found)
    for week in _from(seen.get("overdue"), late, again=0):
        notices += noticing.overdue(office, timetable, week)
    record(office, notices, now)
    return changed, json.dumps({"due": str(due), "overdue": str(late)})


def _from(seen: str | None, last: Week, again: int) -> list[Week]:
    """The weeks after the last one looked at, and some of those before it again; without a cursor the last and those."""
    first = min(Week.parse(seen).next, last.next) if seen else last
    return [week for week in week_range(first.shift(-again), last) if week >= FIRST_WEEK]


def everything(office: Office, instance: dg.DagsterInstance, now: datetime) -> list[Notice]:
    """All there is to be noticed at a moment, kept already or not, as far back as notices are kept; nothing is stored."""
    first = since(office, now)
    timetable = read_timetable(office.home.root)
    notices = [*noticing.published(office, first), *noticing.decisions(office, first)]
    notices += noticing.messages(office, first)
    cursor = None
    while True:
        ended = ended_since(instance, cursor, first)
        notices += noticing.failed_runs(office, instance, ended.records)
        notices += noticing.failed_checks(office, instance, ended.records)
        if ended.is_all:
            break
        cursor = ended.cursor
    notices += noticing.missing(office, awaited(office, last_due(timetable, now), timetable))
    return notices + noticing.overdue(office, timetable, last_overdue(timetable, now))


def since(office: Office, now: datetime) -> datetime:
    """The moment from which on notices are kept."""
    return now - timedelta(days=read_routes(office.home.root).keep_days)
