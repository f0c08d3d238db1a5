"""Watching: the overview an operator asks for, the examination of an installation, and what Dagster's page is told after a
restore.

Belongs here: putting together what the house keeps and what Dagster knows. Does not belong here: how a week stands
(assets/standing.py), examining what is not Dagster's (resources/health.py), printing (publishing/operating.py).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from assets.partitions import key_of
from assets.quality_checks import weeks_of_run
from assets.scoring_step import SCORED
from assets.standing import standings
from pipelines.instance import open_instance
from pipelines.office_files import look_at_files
from resources.cases import WAITING
from resources.health import Finding, examine_house
from resources.office import Office
from resources.operations import Overview, Running
from resources.settings import SettingsError, load_settings
from resources.sqlite_files import open_dagster
from resources.trouble import one_line
from scoring.calendar import Week

GOING = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]
NEEDED_DAEMONS = ("SENSOR", "SCHEDULER", "QUEUED_RUN_COORDINATOR")
DAEMON_SILENT_SECONDS = 300
_RUNS = 20


def overview(office: Office) -> Overview:
    """How everything stands now."""
    exports = office.database.exports()
    newest: dict[str, datetime] = {}
    for export in exports:
        newest[export.kind] = max(newest.get(export.kind, export.received_at), export.received_at)
    with open_instance(office) as instance:
        going = instance.get_run_records(dg.RunsFilter(statuses=GOING), limit=_RUNS)
    return Overview(
        weeks=tuple(standings(office)),
        running=tuple(_running(record) for record in going),
        at_work=office.locks.holders(),
        received=newest,
        open_cases=sum(case.state in WAITING for case in office.review.cases()),
    )


def _running(record: dg.RunRecord) -> Running:
    run, weeks = record.dagster_run, weeks_of_run(record.dagster_run)
    since = record.start_time or record.create_timestamp.timestamp()
    return Running(
        run_id=run.run_id,
        job=run.job_name,
        state=run.status.value,
        weeks=f"{weeks[0]}..{weeks[-1]}" if weeks else None,
        since=datetime.fromtimestamp(since, UTC).replace(tzinfo=None),
    )


def examine(home: Path | None, landing: Path | None) -> list[Finding]:
    """All that can be looked at; a wrong setting ends it, since it would be another installation that is looked at."""
    try:
        settings = load_settings(home=home, landing=landing)
    except SettingsError as error:
        return [Finding("settings", "fail", str(error), "Sửa cài đặt / mend the setting")]
    found = [Finding("settings", "ok", f"{settings.home}")]
    found += examine_house(settings)
    found += look_at_files(settings.home, settings.landing)
    try:
        found += _daemon(settings.open_home().dagster)
    except Exception as error:  # noqa: BLE001 - an examination tells what is wrong, it does not end by it
        found.append(Finding("daemon", "fail", one_line(error), "Xem / see <home>/dagster/dagster.yaml"))
    return found


def _daemon(folder: Path) -> Iterator[Finding]:
    if not (folder / "dagster.yaml").is_file():
        yield Finding("daemon", "warn", f"{folder}: chưa có Dagster / no Dagster yet", "service-index dev")
        return
    with open_dagster(folder) as instance:
        beats = {
            name: beat.timestamp for name, beat in instance.get_daemon_heartbeats().items() if name in NEEDED_DAEMONS
        }
    silent = [name for name in NEEDED_DAEMONS if time.time() - beats.get(name, 0) > DAEMON_SILENT_SECONDS]
    if silent:
        last = max(beats.values(), default=None)
        when = f"{datetime.fromtimestamp(last, UTC):%Y-%m-%d %H:%M} UTC" if last else "chưa bao giờ / never"
        yield Finding(
            "daemon",
            "warn",
            f"không hoạt động / not alive: {', '.join(silent)}; lần cuối / last: {when}",
            "service-index dev, hoặc khởi động lại dịch vụ / or start the service again; lịch và cảm biến đang đứng / "
            "schedule and sensors stand still",
        )
        return
    yield Finding("daemon", "ok", "lịch, cảm biến, hàng đợi hoạt động / schedule, sensors and queue are alive")


def tell_published(office: Office) -> None:
    """Tells a Dagster that knows nothing yet (after a restore) which weeks are published, so that its page shows them."""
    with open_instance(office) as instance:
        known = instance.get_materialized_partitions(dg.AssetKey("publication"))
        for label in office.database.weeks_published():
            week = Week.parse(label)
            if key_of(week) in known:
                continue
            revision = office.database.revisions(week)[-1].revision
            for name in SCORED:
                instance.report_runless_asset_event(
                    dg.AssetMaterialization(name, partition=key_of(week), metadata={"restored_revision": revision})
                )
