"""Runs that ended since somebody last looked, each told once, whatever they came to.

Belongs here: the cursor, which names what was seen: the newest moment at which a run changed, and the runs of the minutes before
it, for those that come into sight late. Does not belong here: what is made of a run. A failed check is found through its run
too: storage ids ascend over all runs on PostgreSQL only, since Dagster's SQLite keeps one file a run.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
MOST_AT_ONCE = 100
_IN_SIGHT = timedelta(minutes=2)  # how late a run may come into sight: another process's transaction


@dataclass(frozen=True, slots=True)
class Ended:
    """records: in the order in which they ended. cursor: to be handed in the next time. is_all: no more are left."""

    records: Sequence[dg.RunRecord]
    cursor: str | None
    is_all: bool


def ended_since(instance: dg.DagsterInstance, cursor: str | None, since: datetime) -> Ended:
    """The runs that ended after what the cursor names; without one, those that changed after a moment (naive UTC)."""
    after, seen = _read(cursor) if cursor else (since, {})
    records = instance.get_run_records(
        dg.RunsFilter(statuses=ENDED, updated_after=after - _IN_SIGHT if cursor else after),
        limit=MOST_AT_ONCE + len(seen),
        order_by="update_timestamp",
        ascending=True,
    )
    fresh = [record for record in records if record.dagster_run.run_id not in seen]
    is_all = len(records) < MOST_AT_ONCE + len(seen)
    if not fresh:
        return Ended((), cursor, is_all)
    newest = max(after, *(_moment(record) for record in fresh))
    seen |= {record.dagster_run.run_id: _moment(record) for record in fresh}
    kept = {run_id: at for run_id, at in seen.items() if at >= newest - _IN_SIGHT}
    written = {"after": newest.isoformat(), "seen": {run_id: at.isoformat() for run_id, at in sorted(kept.items())}}
    return Ended(fresh, json.dumps(written), is_all)


def _read(cursor: str) -> tuple[datetime, dict[str, datetime]]:
    content = json.loads(cursor)
    seen = {run_id: datetime.fromisoformat(at) for run_id, at in content["seen"].items()}
    return datetime.fromisoformat(content["after"]), seen


def _moment(record: dg.RunRecord) -> datetime:
    return record.update_timestamp.replace(tzinfo=None)
