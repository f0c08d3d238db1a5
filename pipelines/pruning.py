"""Pruning Dagster's storage: old runs whose every result was replaced by a later run's.

Belongs here: which runs may go. Does not belong here: how long they are kept (the settings), ticks (dagster.yaml's retention).

Dagster's event log has no retention of its own. The run that materialized a week last, planned it last, or evaluated a check
last, stays whatever its age: without it Dagster's page would no longer know that the week was done.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster import DagsterEventType

from pipelines.build import build_defs
from resources.operations import PrunedRuns

FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
_AT_ONCE = 500


def prune_runs(instance: dg.DagsterInstance, days: int, *, really: bool) -> PrunedRuns:
    """Removes old runs with their events; without `really` only tells which."""
    before = datetime.now(UTC) - timedelta(days=days)
    old = [record.dagster_run.run_id for record in _records(instance, before)]
    kept = set(_last_words(instance)) if old else set()
    removed = tuple(run_id for run_id in old if run_id not in kept)
    if really:
        for run_id in removed:
            instance.delete_run(run_id)
    return PrunedRuns(len(old), removed)


def _records(instance: dg.DagsterInstance, before: datetime) -> Iterator[dg.RunRecord]:
    cursor: str | None = None
    filters = dg.RunsFilter(statuses=FINISHED, updated_before=before)
    while found := instance.get_run_records(filters, limit=_AT_ONCE, cursor=cursor):
        yield from found
        cursor = found[-1].dagster_run.run_id


def _last_words(instance: dg.DagsterInstance) -> Iterator[str]:
    """Runs that hold the newest word on some partition or check."""
    graph = build_defs().resolve_asset_graph()
    storage = instance.event_log_storage
    for key in graph.get_all_asset_keys():
        for event in (DagsterEventType.ASSET_MATERIALIZATION, DagsterEventType.ASSET_MATERIALIZATION_PLANNED):
            newest = list(storage.get_latest_storage_id_by_partition(key, event).values())
            for start in range(0, len(newest), _AT_ONCE):
                wanted = dg.EventRecordsFilter(
                    event_type=event, asset_key=key, storage_ids=newest[start : start + _AT_ONCE]
                )
                yield from (record.run_id for record in storage.get_event_records(wanted))
        last = instance.get_latest_materialization_event(key)
        if last is not None:
            yield last.run_id
    for record in storage.get_latest_asset_check_execution_by_key(list(graph.asset_check_keys)).values():
        yield record.run_id
