"""A run failed, a check failed: each is told once, whatever ticks are lost, doubled or replayed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest

from assets.house import House
from pipelines.ended_runs import ended_since
from pipelines.telling_sensors import failed_checks, failed_runs
from resources.cases import WAITING
from resources.clock import utc_now
from resources.notices.notice import Notice
from tests.events.ticking import tick, told
from tests.pipelines.test_events import run

PERSONAL = "Nguyễn Văn Bình 012345678901"


def of(house: House, event: str) -> list[Notice]:
    return [notice for notice in told(house) if notice.event == event]


def test_a_failed_check_is_told_once_though_its_run_went_well_and_ticks_come_twice(
    held_of_either: House, instance: dg.DagsterInstance
) -> None:
    house = held_of_either
    assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS]
    first = tick(failed_checks, house, instance)
    found = of(house, "check_failed")
    # The run's own failure over its range is not told beside it, nor what the standing check repeats.
    assert {notice.key.split(":")[2]: notice.week for notice in found} == {
        "portal_scores__adds_up": "2025-W41",
        "week_admitted": "2025-W41",
    }
    titles = {notice.facts["title"] for notice in found}
    assert any("held" in title for title in titles)
    (sums,) = [notice for notice in found if notice.key.startswith("check_failed:portal_scores:portal_scores__adds_up")]
    assert (sums.severity, sums.units) == ("error", ("H05",))
    office = house.open()
    numbers = {case.id for case in office.review.cases(WAITING) if case.rule == "portal_scores.adds_up"}
    assert sums.link in {f"{office.desk_url}/cases/{number}" for number in numbers}

    doubled = tick(failed_checks, house, instance, first.cursor)
    tick(failed_checks, house, instance, None)  # the cursor was lost
    assert doubled.said == "0 runs ended, 0 notices"
    assert of(house, "check_failed") == found


def test_a_finding_that_is_found_again_is_not_told_again(held: House, instance: dg.DagsterInstance) -> None:
    house, landing = held, Path(held.landing)
    first = tick(failed_checks, house, instance)
    found = of(house, "check_failed")
    (landing / "2025-W41/scores.H05.ytd.csv").open("a").write("\n")  # the same table once more
    assert run(house, instance, "intake", "2025-W41", "2025-W41").success
    second = tick(failed_checks, house, instance, first.cursor)
    assert second.said == "1 runs ended, 0 notices"
    assert of(house, "check_failed") == found


def test_a_failed_run_is_told_once_with_its_weeks_and_steps_and_nothing_of_its_error(
    held_of_either: House, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = held_of_either
    import assets.publication as publication

    def broken(*_: object) -> None:
        raise RuntimeError(f"row 3: {PERSONAL}")

    monkeypatch.setattr(publication, "ranking_frame", broken)
    assert not run(house, instance, "scoring", "2025-W40", "2025-W42").success
    first = tick(failed_runs, house, instance)
    (notice,) = of(house, "run_failed")
    assert notice.facts == {
        "job": "scoring",
        "weeks": "2025-W40..2025-W42",
        "steps": ["scoring_step"],
        "canceled": False,
    }
    assert notice.link is not None
    assert notice.link.startswith("http://127.0.0.1:3000/runs/")
    assert "012345678901" not in repr(told(house))
    tick(failed_runs, house, instance, first.cursor)
    tick(failed_runs, house, instance, None)
    assert of(house, "run_failed") == [notice]


def test_a_run_that_dagster_tries_again_by_itself_is_told_when_the_last_try_fails(
    house: House, instance: dg.DagsterInstance
) -> None:
    first = instance.create_run_for_job(
        a_job(), status=dg.DagsterRunStatus.FAILURE, tags={"dagster/will_retry": "true"}
    )
    last = instance.create_run_for_job(
        a_job(), status=dg.DagsterRunStatus.FAILURE, tags={"dagster/will_retry": "false"}
    )
    tick(failed_runs, house, instance)
    assert [notice.key for notice in of(house, "run_failed")] == [f"run_failed:{last.run_id}"]
    assert first.run_id != last.run_id


def test_a_run_that_was_cancelled_is_told_too(house: House, instance: dg.DagsterInstance) -> None:
    """Known failures, line 24: runs were cancelled by the next run, and nobody knew."""
    instance.create_run_for_job(a_job(), status=dg.DagsterRunStatus.CANCELED)
    tick(failed_runs, house, instance)
    assert [(notice.severity, notice.facts["canceled"]) for notice in of(house, "run_failed")] == [("warning", True)]


def test_of_more_runs_than_one_tick_looks_at_none_is_lost(
    house: House, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pipelines.ended_runs as ended_runs

    monkeypatch.setattr(ended_runs, "MOST_AT_ONCE", 4)
    runs = {instance.create_run_for_job(a_job(), status=dg.DagsterRunStatus.FAILURE).run_id for _ in range(11)}
    cursor, seen = None, []
    for _ in range(5):
        ended = ended_since(instance, cursor, utc_now().replace(year=2000))
        cursor = ended.cursor
        seen += [record.dagster_run.run_id for record in ended.records]
    assert len(seen) == 11
    assert set(seen) == runs


def test_a_run_that_comes_into_sight_late_is_not_lost(house: House, instance: dg.DagsterInstance) -> None:
    early = instance.create_run_for_job(a_job(), status=dg.DagsterRunStatus.STARTED)
    instance.create_run_for_job(a_job(), status=dg.DagsterRunStatus.FAILURE)
    cursor = tick(failed_runs, house, instance).cursor
    end_at(instance, early, instance.get_run_records()[0].update_timestamp)
    tick(failed_runs, house, instance, cursor)
    assert f"run_failed:{early.run_id}" in [notice.key for notice in of(house, "run_failed")]


def end_at(instance: dg.DagsterInstance, run: dg.DagsterRun, moment: datetime) -> None:
    """Ends a run as if another process had ended it at an earlier moment and committed only now."""
    from dagster._core.storage.runs import SqlRunStorage
    from dagster._core.storage.runs.schema import RunsTable

    storage = instance.run_storage
    assert isinstance(storage, SqlRunStorage)
    instance.report_run_failed(run)
    with storage.connect() as connection:
        connection.execute(RunsTable.update().where(RunsTable.c.run_id == run.run_id).values(update_timestamp=moment))


def a_job() -> dg.JobDefinition:
    @dg.job
    def anything() -> None:
        return None

    return anything
