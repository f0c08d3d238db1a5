"""Pruning: what nothing stands on goes, when it is old and when somebody says so; history stays."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

import pipelines.pruning as pruning
from assets.partitions import WEEKS as PARTITIONS
from assets.partitions import key_of
from assets.reproduction import reproduce
from pipelines.instance import open_instance
from pipelines.launch import run_weeks
from resources.office import Office
from scoring.calendar import Week
from tests.operations.weeks import WEEKS, land
from tests.pipelines.command import ask
from tests.pipelines.test_events import table

YEARS_SECONDS = 3 * 365 * 24 * 3600


def age(folder: Path) -> None:
    """Makes every file three years old."""
    then = time.time() - YEARS_SECONDS
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def raws(office: Office) -> set[str]:
    return {path.stem for path in (office.home.lake / "exports").glob("*/*.parquet")}


@pytest.fixture
def history(office: Office) -> Office:
    """W43 was sent three times: the first is published, the second was never, the third counts now."""
    folder = office.landing / "2025-W43"
    for number, total in ((2, "95.00"), (3, "91.00")):
        (folder / f"scores.H05.ytd.{number}.csv").write_text(table(total) + "\n" * number, encoding="utf-8")
        (folder / f"scores.H05.ytd.{number}.csv.meta.yaml").write_text(
            f"exported_at: 2026-01-0{number + 5}T08:00:00+07:00\n"
        )
        run_weeks(office, None)
    return office


def test_raw_exports_a_publication_stands_on_are_never_removed(history: Office) -> None:
    """Known failures, line 26: raw files were deleted after three days."""
    age(history.home.lake)
    before = raws(history)
    assert len(before) == 6
    told = ask("prune", "--home", history.home.root)
    assert "sẽ xóa / would be removed: 1" in told.out
    assert raws(history) == before  # nothing is removed unless somebody says so
    told = ask("prune", "--yes", "--home", history.home.root)
    assert told.code == 0
    (gone,) = before - raws(history)
    second = next(each for each in history.database.exports() if each.file.endswith(".2.csv"))
    assert gone == second.export_id  # W43's second file: refused by the verdict, and replaced since
    assert not list(history.home.lake.glob(f"tables/*/*/{gone}.*"))
    for number in (1, 2):
        found = reproduce(history, Week.parse("2025-W43"), number)
        assert (found.differing, found.figures_differ) == ((), False)


def test_what_is_young_stays(history: Office) -> None:
    before = raws(history)
    ask("prune", "--yes", "--home", history.home.root)
    assert raws(history) == before


def test_old_runs_go_when_later_ones_did_their_work_again_and_the_page_still_knows_every_week(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_weeks(office, [Week.parse(week) for week in WEEKS], redo="scores")
    later = datetime.fromtimestamp(time.time() + YEARS_SECONDS, UTC)

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return later

    monkeypatch.setattr(pruning, "datetime", Later)
    keys = [key_of(Week.parse(week)) for week in WEEKS]
    with open_instance(office) as instance:
        before = {run.run_id: run.job_name for run in instance.get_runs()}
        shown = {
            name: instance.get_status_by_partition(dg.AssetKey(name), keys, PARTITIONS)
            for name in ("verdict", "publication")
        }
        told = pruning.prune_runs(instance, 90, really=False)
        assert len(instance.get_runs()) == len(before)
        assert told.old == len(before) == 3
        pruning.prune_runs(instance, 90, really=True)
        left = {run.run_id: run.job_name for run in instance.get_runs()}
        assert set(before) - set(left) == set(told.removed)
        assert sorted(left.values()) == ["intake", "scoring"]  # the first scoring was done again by the second
        for name, known in shown.items():
            assert instance.get_status_by_partition(dg.AssetKey(name), keys, PARTITIONS) == known


def test_a_run_of_the_last_days_is_never_touched(office: Office) -> None:
    run_weeks(office, [Week.parse(week) for week in WEEKS], redo="scores")
    with open_instance(office) as instance:
        assert pruning.prune_runs(instance, 90, really=True).old == 0
        assert len(instance.get_runs()) == 3


def test_how_long_things_are_kept_is_a_setting_with_a_least(office: Office) -> None:
    (office.home.root / "service-index.toml").write_text("keep_raw_days = 3\n")
    told = ask("prune", "--home", office.home.root)
    assert told.code == 2
    assert "keep_raw_days" in told.err


def test_landing_again_brings_back_nothing_that_was_pruned_wrongly(history: Office) -> None:
    age(history.home.lake)
    ask("prune", "--yes", "--home", history.home.root)
    land(history.landing, "2025-W42", table("91.00") + "\n")
    assert run_weeks(history, None).exit_code == 0
