"""Telling finished runs to OpenLineage, each once, whoever launched them: the command line, a schedule, a sensor or a person.

Belongs here: which runs are still to be told, and what Dagster knows of them. Does not belong here: events
(resources/lineage.py).

Off unless the setting `openlineage` names a file or a server. The cursor (ended_runs.py) stands in the home; it moves only
after sending, so what could not be sent is tried again, and nothing that fails here fails a run.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from assets import all_assets
from pipelines.ended_runs import ended_since
from resources.engine import write_bytes_atomically
from resources.lineage import RunFacts, send
from resources.office import Office

_log = logging.getLogger(__name__)
_FIRST = datetime(2000, 1, 1)  # before every run
START_TAG, END_TAG, PARTITION_TAG = (
    "dagster/asset_partition_range_start",
    "dagster/asset_partition_range_end",
    "dagster/partition",
)


def tell_runs(office: Office, instance: dg.DagsterInstance) -> int:
    """Sends the events of the runs that ended since the last time; returns how many runs those were."""
    if office.openlineage is None:
        return 0
    path = _path(office)
    ended = ended_since(instance, path.read_text() if path.is_file() else None, _FIRST)
    if not ended.records or ended.cursor is None:
        return 0
    send([_facts(instance, record) for record in ended.records], office.openlineage)
    write_bytes_atomically(path, ended.cursor.encode())
    return len(ended.records)


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
    return office.home.stage_path("lineage", "ended").with_suffix(".json")
