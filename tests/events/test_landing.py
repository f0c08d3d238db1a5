"""Files land: a burst is one run a week, and ticks that are lost, doubled or replayed lose and double nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.house import House
from pipelines import sensors
from pipelines.sensors import changed_site, landing_folder
from tests.events.conftest import drop
from tests.events.ticking import tick


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def test_a_burst_of_forty_files_is_one_run_a_week(
    house_of_either: House, instance: dg.DagsterInstance, landing: Path
) -> None:
    house = house_of_either
    before = tick(landing_folder, house, instance)
    for number in range(20):
        for week in ("2025-W42", "2025-W44"):
            drop(landing, week).rename(landing / week / f"scores.H05.ytd.{number + 2}.csv")
    burst = tick(landing_folder, house, instance, before.cursor)
    assert [key.rpartition(":")[0] for key in burst.keys] == ["2025-W42..2025-W42", "2025-W44..2025-W44"]
    assert tick(landing_folder, house, instance, burst.cursor).keys == []


def test_what_landed_while_ticks_were_lost_is_asked_for_by_the_next_one(
    house: House, instance: dg.DagsterInstance, landing: Path
) -> None:
    before = tick(landing_folder, house, instance)
    drop(landing, "2025-W43")
    tick(
        landing_folder, house, instance, before.cursor
    )  # its result was lost: the daemon was killed before it was kept
    drop(landing, "2025-W45")
    after = tick(landing_folder, house, instance, before.cursor)
    assert [key.rpartition(":")[0] for key in after.keys] == ["2025-W43..2025-W43", "2025-W45..2025-W45"]
    assert tick(landing_folder, house, instance, before.cursor).keys == after.keys  # replayed: the same run keys


def test_a_file_that_grows_is_asked_for_again_when_it_is_whole(
    house: House, instance: dg.DagsterInstance, landing: Path
) -> None:
    path = drop(landing, "2025-W43")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    half = tick(landing_folder, house, instance)
    path.write_bytes(whole)
    assert [key.rpartition(":")[0] for key in tick(landing_folder, house, instance, half.cursor).keys] == [
        "2025-W43..2025-W43"
    ]


def test_pages_are_asked_for_once_when_what_they_are_made_of_stands_still(
    house: House, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A verdict, and its publication a moment later, are one making of the pages; replayed and lost ticks make no second."""
    state: list[str | None] = ["verdict"]
    monkeypatch.setattr(sensors, "site_mark", lambda office: state[-1])
    first = tick(changed_site, house, instance)
    assert first.keys == []
    state.append("published")
    second = tick(changed_site, house, instance, first.cursor)
    assert second.keys == []
    third = tick(changed_site, house, instance, second.cursor)
    assert third.keys == tick(changed_site, house, instance, second.cursor).keys == ["published"]
    assert tick(changed_site, house, instance, third.cursor).keys == []  # being made
    again = tick(changed_site, house, instance, tick(changed_site, house, instance).cursor)  # its cursor was lost
    assert again.keys == third.keys
