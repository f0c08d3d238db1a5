"""What starts work by itself: files that land, and verdicts that admit weeks.

Belongs here: sensors whose cursors name what was seen (fingerprints), never the clock. Does not belong here: schedules.
A replayed or doubled tick asks for the same run keys and so starts nothing twice.
"""

import hashlib
import json
from collections.abc import Mapping

import dagster as dg

from assets.house import House
from assets.partitions import range_tags
from assets.site import site_mark
from pipelines.portal_sensor import portal_news
from pipelines.telling_sensors import telling_sensors
from resources.clock import utc_now
from scoring.calendar import Week, contiguous

SOON_SECONDS = 5  # how often the daemon looks at all
_SEEN = "seen:"  # in the cursor of changed_site: a state that was seen once, and for which nothing was asked yet


def sensors() -> list[dg.SensorDefinition]:
    return [landing_folder, admitted_weeks, changed_site, finished_runs, portal_news, *telling_sensors()]


@dg.sensor(
    name="landing_folder",
    job_name="intake",
    minimum_interval_seconds=SOON_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tệp mới hoặc thay đổi trong thư mục nhận. / New or changed files in the landing folder.",
)
def landing_folder(context: dg.SensorEvaluationContext, house: House) -> dg.SensorResult:
    from assets.intake_marks import changed_weeks

    seen: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    office = house.open()
    waiting = {str(week): mark for week, mark in changed_weeks(office).items()}
    changed = [Week.parse(week) for week, mark in waiting.items() if seen.get(week) != mark]
    return dg.SensorResult(run_requests=_requests(changed, waiting), cursor=json.dumps(waiting, sort_keys=True))


@dg.sensor(
    name="admitted_weeks",
    job_name="scoring",
    minimum_interval_seconds=SOON_SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Kết luận chấp nhận tuần nào thì tính điểm và công bố tuần đó, cùng các tuần sau chịu ảnh hưởng; "
    "lần đầu thì chờ đủ bản xuất hoặc hết hạn. / Scores and publishes the weeks verdicts admit, and later weeks they flow "
    "into; for the first time when what is expected has come, or the waiting ends.",
)
def admitted_weeks(context: dg.SensorEvaluationContext, house: House) -> dg.SensorResult:
    from assets.awaiting import waits
    from assets.pending import pending_weeks
    from assets.review import follow_decisions

    seen: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    office = house.open()
    follow_decisions(office)  # of a steward whose process was stopped between deciding and the verdict
    now = utc_now()
    pending = pending_weeks(office)
    awaited = [found for week in pending if (found := waits(office, week, now)) is not None]
    for found in awaited:
        context.log.info(f"waits until {found.until} UTC for {found}")
    # Weeks that wait are not in the cursor: they are asked for when they are complete, or the waiting ends.
    waiting = {str(week): mark for week, mark in pending.items() if week not in {found.week for found in awaited}}
    changed = [Week.parse(week) for week, mark in waiting.items() if seen.get(week) != mark]
    return dg.SensorResult(run_requests=_requests(changed, waiting), cursor=json.dumps(waiting, sort_keys=True))


@dg.sensor(
    name="changed_site",
    job_name="site",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Có bản công bố hoặc kết luận mới thì viết lại trang công bố, khi không đổi nữa. "
    "/ A new revision or verdict: the public pages are brought up to date, once it stands still.",
)
def changed_site(context: dg.SensorEvaluationContext, house: House) -> dg.SensorResult | dg.SkipReason:
    """Asks for pages when what they are made of is the same at two ticks: else a verdict would have them made at the very
    time its week is scored, slow that down, and have them made again a moment later.
    """
    mark = site_mark(house.open())
    if mark is None or mark == context.cursor:
        return dg.SkipReason("the site is up to date, or being made")
    if context.cursor != f"{_SEEN}{mark}":
        return dg.SensorResult(skip_reason="changed; looked at once more", cursor=f"{_SEEN}{mark}")
    return dg.SensorResult(run_requests=[dg.RunRequest(run_key=mark)], cursor=mark)


@dg.sensor(
    name="finished_runs",
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Báo các lần chạy đã xong cho OpenLineage, nếu có đặt địa chỉ. "
    "/ Tells finished runs to OpenLineage, where an address is set.",
)
def finished_runs(context: dg.SensorEvaluationContext, house: House) -> dg.SkipReason:
    from pipelines.lineage import tell_or_warn

    office = house.open()
    if office.openlineage is None:
        return dg.SkipReason("OpenLineage is off: the setting openlineage names no place")
    return dg.SkipReason(tell_or_warn(office, context.instance) or "told")


def _requests(weeks: list[Week], marks: Mapping[str, str]) -> list[dg.RunRequest]:
    """One run a contiguous range; its key names the weeks and what they are made of."""
    from resources.logs import logger

    requests = []
    for first, last in contiguous(weeks):
        content = [marks[str(week)] for week in sorted(weeks) if first <= week <= last]
        mark = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
        requests.append(dg.RunRequest(run_key=f"{first}..{last}:{mark}", tags=range_tags(first, last)))
        logger().info("run_requested", week=f"{first}..{last}", run_key=requests[-1].run_key)
    return requests
