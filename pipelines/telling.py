"""Sensors that look what happened and have it told: failed runs and checks, decisions, weeks that wait or are overdue; and the
one that fetches files from elsewhere.

Belongs here: looking again and again, each with a cursor that names what was seen, and keeping it as notices; and sending those
that are due. Does not belong here: what starts work (sensors). Whatever a tick does, doing it again tells nothing twice: a notice
is kept once by its key. What a lost cursor would forget is looked for again, as far back as notices are kept.
"""

import json
from datetime import datetime, timedelta

import dagster as dg

from assets.awaiting import Awaited, awaited, last_due, last_overdue, record_missing
from assets.house import House
from assets.partitions import FIRST_WEEK, key_of
from assets.review import follow_decisions
from pipelines import noticing
from pipelines.delivering import deliver, record
from pipelines.ended_runs import ended_since
from resources.connections import utc_now
from resources.notices.notice import Notice
from resources.notices.routes import read_routes
from resources.office import Office
from resources.remote_landing import Unreachable, fetch_new
from resources.timetable import read_timetable
from scoring.calendar import Week, day_of_utc, week_range

WEEKS_LOOKED_BACK = 4  # late exports still clear what was told as missing of so many weeks


def telling_sensors() -> list[dg.SensorDefinition]:
    return [remote_landing, decisions_taken, failed_runs, failed_checks, awaited_weeks, notices_due]


@dg.sensor(
    name="remote_landing",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tệp mới ở địa chỉ landing_url được chép vào thư mục nhận, nếu có đặt địa chỉ. "
    "/ New files at landing_url are copied into the landing folder, where an address is set.",
)
def remote_landing(context: dg.SensorEvaluationContext, house: House) -> dg.SkipReason:
    return dg.SkipReason(fetch(house.open(), utc_now()))


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


@dg.sensor(
    name="decisions_taken",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Quyết định mới trên bàn rà soát: kết luận được tính lại, việc tính điểm tự theo sau. "
    "/ A steward decided: the verdicts follow, and scoring by them.",
)
def decisions_taken(context: dg.SensorEvaluationContext, house: House) -> dg.SensorResult | dg.SkipReason:
    office = house.open()
    seen = int(context.cursor or 0)
    newest = office.review.newest_entry()
    if newest <= seen:
        return dg.SkipReason(f"nothing was decided after entry {seen}")
    follow_decisions(office)  # the sensor admitted_weeks sees the verdicts that change
    now = utc_now()
    record(office, noticing.decisions(office, _since(office, now), after=seen), now)
    return dg.SensorResult(skip_reason=f"entries up to {newest}", cursor=str(newest))


@dg.sensor(
    name="failed_runs",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Lần chạy hỏng hoặc bị hủy thì báo. / Runs that failed or were cancelled are told.",
)
def failed_runs(context: dg.SensorEvaluationContext, house: House) -> dg.SensorResult | dg.SkipReason:
    office, now = house.open(), utc_now()
    ended = ended_since(context.instance, context.cursor, _since(office, now))
    told = record(office, noticing.failed_runs(office, context.instance, ended.records), now)
    return _looked(len(ended.records), told, ended.cursor)


@dg.sensor(
    name="failed_checks",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Kiểm tra không đạt thì báo, dù lần chạy có hỏng hay không. "
    "/ Checks that failed are told, whether or not their run failed.",
)
def failed_checks(context: dg.SensorEvaluationContext, house: House) -> dg.SensorResult | dg.SkipReason:
    office, now = house.open(), utc_now()
    ended = ended_since(context.instance, context.cursor, _since(office, now))
    told = record(office, noticing.failed_checks(office, context.instance, ended.records), now)
    return _looked(len(ended.records), told, ended.cursor)


@dg.sensor(
    name="awaited_weeks",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Hết hạn chờ thì báo bản xuất còn thiếu; quá hạn công bố thì báo động. "
    "/ Tells what is missing when the waiting ends, and that a week is overdue.",
)
def awaited_weeks(context: dg.SensorEvaluationContext, house: House) -> dg.SensorResult:
    found, cursor = look_at_weeks(house.open(), context.cursor, utc_now())
    for week in found:
        missing = ", ".join(map(str, week.missing)) or "–"
        event = dg.AssetObservation(asset_key="exports", partition=key_of(week.week), metadata={"missing": missing})
        context.instance.report_runless_asset_event(event)
    return dg.SensorResult(skip_reason="; ".join(map(str, found)) or "nothing changed", cursor=cursor)


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


@dg.sensor(
    name="notices_due",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Gửi thông báo đã đến lúc, gộp theo người nhận. / Sends the notices that are due, one message a receiver.",
)
def notices_due(context: dg.SensorEvaluationContext, house: House) -> dg.SkipReason:
    office, now = house.open(), utc_now()
    since = _since(office, now)
    record(office, [*noticing.published(office, since), *noticing.messages(office, since)], now)
    report = deliver(office, now)
    for route, why in report.failures.items():
        context.log.warning(f"{route}: {why}")
    failed = ", ".join(report.failures)
    return dg.SkipReason(f"sent {report.sent} messages" + (f"; not delivered: {failed}" if failed else ""))


def everything(office: Office, instance: dg.DagsterInstance, now: datetime) -> list[Notice]:
    """All there is to be noticed at a moment, kept already or not, as far back as notices are kept; nothing is stored."""
    since = _since(office, now)
    timetable = read_timetable(office.home.root)
    notices = [*noticing.published(office, since), *noticing.decisions(office, since)]
    notices += noticing.messages(office, since)
    cursor = None
    while True:
        ended = ended_since(instance, cursor, since)
        notices += noticing.failed_runs(office, instance, ended.records)
        notices += noticing.failed_checks(office, instance, ended.records)
        if ended.is_all:
            break
        cursor = ended.cursor
    notices += noticing.missing(office, awaited(office, last_due(timetable, now), timetable))
    return notices + noticing.overdue(office, timetable, last_overdue(timetable, now))


def _since(office: Office, now: datetime) -> datetime:
    return now - timedelta(days=read_routes(office.home.root).keep_days)


def _looked(runs: int, told: list[Notice], cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    if cursor is None:
        return dg.SkipReason("no run has ended")
    return dg.SensorResult(skip_reason=f"{runs} runs ended, {len(told)} notices", cursor=cursor)
