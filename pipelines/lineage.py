"""Telling finished runs to OpenLineage, each once, whoever launched them: the command line, a schedule, a sensor or a person.

Belongs here: which runs are still to be told, and what Dagster knows of them. Does not belong here: events
(resources/lineage.py).

Off unless the setting `openlineage` names a file or a server. A mark in the home says up to which run everything was told; it
moves only after sending, so what could not be sent is tried again, and nothing that fails here fails a run.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from assets import all_assets
from resources.engine import write_bytes_atomically
from resources.lineage import RunFacts, send
from resources.office import Office

_log = logging.getLogger(__name__)
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
MOST_AT_ONCE = 200
START_TAG, END_TAG, PARTITION_TAG = (
    "dagster/asset_partition_range_start",
    "dagster/asset_partition_range_end",
    "dagster/partition",
)


def tell_runs(office: Office, instance: dg.DagsterInstance) -> int:
    """Sends the events of the runs that ended since the last time; returns how many runs those were."""
    if office.openlineage is None:
        return 0
    after, known = _mark(office)
    records = instance.get_run_records(
        dg.RunsFilter(statuses=FINISHED, updated_after=after),
        limit=MOST_AT_ONCE,
        order_by="update_timestamp",
        ascending=True,
    )
    left = [record for record in records if record.dagster_run.run_id not in known]
    if not left:
        return 0
    send([_facts(instance, record) for record in left], office.openlineage)
    newest = max(record.update_timestamp for record in left)
    told = [record.dagster_run.run_id for record in left if record.update_timestamp == newest]
    content = {"after": newest.isoformat(), "told": told}
    write_bytes_atomically(_path(office), json.dumps(content).encode())
    return len(left)


def tell_or_warn(office: Office, instance: dg.DagsterInstance) -> str | None:
    """The same for who must go on: what went wrong is a warning, returned and logged; the next time tries again."""
    try:
        tell_runs(office, instance)
    except Exception as error:  # noqa: BLE001 - a server of others: whatever it does, runs go on
        message = f"OpenLineage: {type(error).__name__}: {error}"
        _log.warning(message)
        return message
    return None


def _facts(instance: dg.DagsterInstance, record: dg.RunRecord) -> RunFacts:
    run = record.dagster_run
    written: dict[str, int | None] = {}
    for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION):
        event = entry.get_dagster_event()
        name = event.asset_key.to_user_string() if event.asset_key else ""
        told = event.step_materialization_data.materialization.metadata.get("dagster/partition_row_count")
        rows = told.value if told is not None and isinstance(told.value, int) else None
        before = written.get(name)
        written[name] = rows if before is None else before + (rows or 0)
    return RunFacts(
        run_id=run.run_id,
        job=run.job_name,
        started=_moment(record.start_time),
        ended=_moment(record.end_time),
        success=run.status == dg.DagsterRunStatus.SUCCESS,
        outputs=written,
        inputs=_read_by(list(written)),
        reads_landing="exports" in written,
        weeks=_weeks(run.tags),
        error=None if run.status == dg.DagsterRunStatus.SUCCESS else f"{run.job_name}: {run.status.value}",
    )


def _read_by(written: Sequence[str]) -> list[str]:
    """The assets that some assets are made of, without themselves."""
    deps = {
        spec.key.to_user_string(): [dep.asset_key.to_user_string() for dep in spec.deps]
        for asset in all_assets()
        for spec in asset.specs
    }
    found = dict.fromkeys(dep for name in written for dep in deps.get(name, ()))
    return [name for name in found if name not in written]


def _weeks(tags: Mapping[str, str]) -> tuple[str, str] | None:
    first = tags.get(START_TAG) or tags.get(PARTITION_TAG)
    last = tags.get(END_TAG) or tags.get(PARTITION_TAG)
    return (first[:8], last[:8]) if first and last else None


def _moment(seconds: float | None) -> datetime:
    return datetime.fromtimestamp(seconds or 0, UTC).replace(tzinfo=None)


def _path(office: Office) -> Path:
    return office.home.stage_path("lineage", "told").with_suffix(".json")


def _mark(office: Office) -> tuple[datetime | None, frozenset[str]]:
    """The moment up to which runs were told, and those of just that moment."""
    path = _path(office)
    if not path.is_file():
        return None, frozenset()
    content = json.loads(path.read_bytes())
    # One moment earlier, for runs that were updated in the very same one.
    moment = datetime.fromisoformat(content["after"])
    return moment.replace(microsecond=max(0, moment.microsecond - 1)), frozenset(content["told"])
