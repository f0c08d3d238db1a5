"""Sensors that look what happened and have it told: failed runs and checks, decisions, weeks that wait or are overdue; and the
one that fetches files from elsewhere.

Belongs here: looking again and again, each with a cursor that names what was seen, and keeping it as notices; and sending those
that are due. Does not belong here: what starts work (sensors), what is done at a tick (telling, noticing, delivering), which
is imported when one comes: see "What is imported when" in assets/__init__.py.
"""

from typing import TYPE_CHECKING

import dagster as dg

from assets.house import House
from assets.partitions import key_of
from resources.clock import utc_now

if TYPE_CHECKING:
    from resources.notices.notice import Notice


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
    from pipelines.telling import fetch

    return dg.SkipReason(fetch(house.open(), utc_now()))


@dg.sensor(
    name="decisions_taken",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Quyết định mới trên bàn rà soát: kết luận được tính lại, việc tính điểm tự theo sau. "
    "/ A steward decided: the verdicts follow, and scoring by them.",
)
def decisions_taken(context: dg.SensorEvaluationContext, house: House) -> dg.SensorResult | dg.SkipReason:
    from assets.review import follow_decisions
    from pipelines import noticing
    from pipelines.delivering import record
    from pipelines.telling import since

    office = house.open()
    seen = int(context.cursor or 0)
    newest = office.review.newest_entry()
    if newest <= seen:
        return dg.SkipReason(f"nothing was decided after entry {seen}")
    follow_decisions(office)  # the sensor admitted_weeks sees the verdicts that change
    now = utc_now()
    record(office, noticing.decisions(office, since(office, now), after=seen), now)
    return dg.SensorResult(skip_reason=f"entries up to {newest}", cursor=str(newest))


@dg.sensor(
    name="failed_runs",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Lần chạy hỏng hoặc bị hủy thì báo. / Runs that failed or were cancelled are told.",
)
def failed_runs(context: dg.SensorEvaluationContext, house: House) -> dg.SensorResult | dg.SkipReason:
    from pipelines import noticing
    from pipelines.delivering import record
    from pipelines.ended_runs import ended_since
    from pipelines.telling import since

    office, now = house.open(), utc_now()
    ended = ended_since(context.instance, context.cursor, since(office, now))
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
    from pipelines import noticing
    from pipelines.delivering import record
    from pipelines.ended_runs import ended_since
    from pipelines.telling import since

    office, now = house.open(), utc_now()
    ended = ended_since(context.instance, context.cursor, since(office, now))
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
    from pipelines.telling import look_at_weeks

    found, cursor = look_at_weeks(house.open(), context.cursor, utc_now())
    for week in found:
        missing = ", ".join(map(str, week.missing)) or "–"
        event = dg.AssetObservation(asset_key="exports", partition=key_of(week.week), metadata={"missing": missing})
        context.instance.report_runless_asset_event(event)
    return dg.SensorResult(skip_reason="; ".join(map(str, found)) or "nothing changed", cursor=cursor)


@dg.sensor(
    name="notices_due",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Gửi thông báo đã đến lúc, gộp theo người nhận. / Sends the notices that are due, one message a receiver.",
)
def notices_due(context: dg.SensorEvaluationContext, house: House) -> dg.SkipReason:
    from pipelines import noticing
    from pipelines.delivering import deliver, record
    from pipelines.telling import since

    office, now = house.open(), utc_now()
    first = since(office, now)
    record(office, [*noticing.published(office, first), *noticing.messages(office, first)], now)
    report = deliver(office, now)
    for route, why in report.failures.items():
        context.log.warning(f"{route}: {why}")
    failed = ", ".join(report.failures)
    return dg.SkipReason(f"sent {report.sent} messages" + (f"; not delivered: {failed}" if failed else ""))


def _looked(runs: int, told: "list[Notice]", cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    if cursor is None:
        return dg.SkipReason("no run has ended")
    return dg.SensorResult(skip_reason=f"{runs} runs ended, {len(told)} notices", cursor=cursor)
