"""Dagster's instance kept under the home, as commands open it.

Belongs here: opening it, with what killed processes left told as it is. Does not belong here: running anything on it (launch).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg

from resources.files import process_runs
from resources.sqlite_files import open_dagster, spare_the_disk

if TYPE_CHECKING:
    from resources.office import Office

PROCESS = "service-index/process"
"""A run's tag: the process it is in, so that one that was killed is not taken for alive."""
_GOING = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]


@contextmanager
def open_instance(office: Office) -> Iterator[dg.DagsterInstance]:
    """The instance kept under the home; runs of processes that were killed are told as failed first."""
    keepers = spare_the_disk(office.home.dagster)
    instance = open_dagster(office.home.dagster)
    try:
        with instance:
            _end_killed_runs(instance)
            yield instance
    finally:
        keepers.close()


def _end_killed_runs(instance: dg.DagsterInstance) -> None:
    """Known failures, line 23: a worker that died unseen. A killed process cannot tell its end, so the next one does."""
    for run in instance.get_runs(dg.RunsFilter(statuses=_GOING)):
        process = run.tags.get(PROCESS)
        if process is not None and not process_runs(process):
            instance.report_run_failed(
                run, f"its process ({process}) ended without a word: killed, or the machine stopped"
            )
