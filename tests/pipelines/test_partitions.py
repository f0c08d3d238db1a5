"""The partition is the ISO week; keys and weeks are each other's names, year ends included."""

from __future__ import annotations

import pytest

from assets.partitions import WEEKS, key_of, range_tags, week_of
from scoring.calendar import Week, contiguous, week_range


def test_a_partition_key_is_the_monday_of_its_iso_week() -> None:
    keys = WEEKS.get_partition_keys()
    assert keys[0] == "2025-W01-1"
    assert all(key.endswith("-1") for key in keys)
    window = WEEKS.time_window_for_partition_key("2025-W46-1")
    assert (window.start.isoformat(), window.end.isoformat()) == (
        "2025-11-10T00:00:00+07:00",
        "2025-11-17T00:00:00+07:00",
    )


def test_keys_name_every_week_once_across_the_turn_of_the_year() -> None:
    keys = WEEKS.get_partition_keys()
    at = keys.index("2025-W52-1")
    assert keys[at : at + 3] == ["2025-W52-1", "2026-W01-1", "2026-W02-1"]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("week", ["2025-W01", "2025-W52", "2026-W01", "2026-W53"])
def test_a_week_and_its_key_are_each_others_names(week: str) -> None:
    assert week_of(key_of(Week.parse(week))) == Week.parse(week)


def test_ranges_have_no_gaps_and_are_as_few_as_can_be() -> None:
    weeks = [
        *week_range(Week.parse("2025-W38"), Week.parse("2025-W40")),
        Week.parse("2025-W42"),
        Week.parse("2025-W38"),
    ]
    assert [(str(first), str(last)) for first, last in contiguous(weeks)] == [
        ("2025-W38", "2025-W40"),
        ("2025-W42", "2025-W42"),
    ]
    assert contiguous([]) == []


def test_range_tags_are_dagsters_own() -> None:
    tags = range_tags(Week.parse("2025-W38"), Week.parse("2025-W40"))
    assert tags == {
        "dagster/asset_partition_range_start": "2025-W38-1",
        "dagster/asset_partition_range_end": "2025-W40-1",
    }
