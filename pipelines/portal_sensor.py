"""The portal has something newer: a cheap call, a fingerprint, a pull.

Belongs here: the job `pull`, the sensor `portal_news`. Does not belong here: the calls (resources/portal/news.py). What is pulled
lands as files; the landing folder's sensor goes on from there.
"""

import hashlib
import json
from datetime import date
from typing import TYPE_CHECKING

import dagster as dg

from assets.house import House
from assets.partitions import key_of
from resources.clock import utc_now
from scoring.calendar import day_of_utc

if TYPE_CHECKING:
    from resources.portal.settings import PortalSettings

PULL = dg.AssetSelection.groups("pull")
MARK = "service-index/portal"
TRIES = 4  # pulls of one state of the portal: what failed is asked for again at a later tick, and not for ever


def pull_job() -> "dg.UnresolvedAssetJobDefinition":
    return dg.define_asset_job(
        "pull",
        selection=PULL,
        executor_def=dg.in_process_executor,
        description="Tải bản xuất của các tuần từ cổng. / Pull the weeks' exports from the portal.",
    )


@dg.sensor(
    name="portal_news",
    job_name="pull",
    minimum_interval_seconds=900,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Cổng có số liệu mới cho tuần vừa hết thì tải. / The portal has newer figures of the week that ended: pull them.",
)
def portal_news(context: dg.SensorEvaluationContext, house: House) -> dg.SensorResult | dg.SkipReason:
    from resources.portal.errors import LoginPage, NotAllowed, PortalError
    from resources.portal.feeds import feeds_of, last_ended
    from resources.portal.news import news_of
    from resources.portal.staging import pull_folder, remove_stale
    from resources.settings import load_settings

    settings = load_settings(home=house.home or None, landing=house.landing or None)
    if settings.portal_url is None:
        return dg.SkipReason("no portal is set: SERVICE_INDEX_PORTAL_URL")
    remove_stale(pull_folder(settings.open_home()))  # of a pull that was killed and never taken up: it may be personal
    seen: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
    if seen.get("refused") == _token_mark(settings):
        return dg.SkipReason("mã truy cập bị từ chối, chờ mã mới / the token was refused; waiting for another one")
    today = _today()
    week = last_ended(today)
    try:
        mark = news_of(settings, feeds_of(settings, [week], today))[:16]
    except (LoginPage, NotAllowed) as error:
        # Stop and tell: the same token is not tried again (known failures, line 25).
        context.log.error(str(error))
        return dg.SensorResult(skip_reason=str(error), cursor=json.dumps({**seen, "refused": _token_mark(settings)}))
    except PortalError as error:
        return dg.SkipReason(str(error))
    failed = _failed(context.instance, f"{week}:{mark}")
    cursor = json.dumps({str(week): mark})
    if (seen.get(str(week)) == mark and not failed) or failed >= TRIES:
        return dg.SensorResult(skip_reason="không có gì mới / nothing newer", cursor=cursor)
    request = dg.RunRequest(
        run_key=f"{week}:{mark}" + (f":{failed + 1}" if failed else ""),
        partition_key=key_of(week),
        tags={MARK: f"{week}:{mark}"},
    )
    return dg.SensorResult(run_requests=[request], cursor=cursor)


def _today() -> date:
    return day_of_utc(utc_now())


def _failed(instance: dg.DagsterInstance, mark: str) -> int:
    """How many pulls of this state of the portal have failed."""
    failed = dg.RunsFilter(job_name="pull", tags={MARK: mark}, statuses=[dg.DagsterRunStatus.FAILURE])
    return instance.get_runs_count(failed)


def _token_mark(settings: "PortalSettings") -> str:
    """Which token it is, without telling it."""
    return hashlib.sha256(f"portal_news {settings.portal_token_value}".encode()).hexdigest()[:12]
