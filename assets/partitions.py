"""The partition everything is done in: the ISO week, Monday to Sunday, Asia/Ho_Chi_Minh.

Belongs here: the partitions definition and the words between partition keys and weeks. A key is the ISO 8601 date of the
week's Monday, `2025-W46-1`, because Dagster parses keys back into dates and a bare `2025-W46` names no day.
"""

from __future__ import annotations

import dagster as dg

from scoring.calendar import Week

FIRST_WEEK = Week.parse("2025-W01")

WEEKS = dg.WeeklyPartitionsDefinition(
    start_date=f"{FIRST_WEEK}-1",
    day_offset=1,
    timezone="Asia/Ho_Chi_Minh",
    fmt="%G-W%V-%u",
    # Exports arrive during the week they speak of, so the running week is a partition too.
    end_offset=1,
)


def key_of(week: Week) -> str:
    return f"{week}-1"


def week_of(partition_key: str) -> Week:
    """The week of a partition key. Raises ValueError for anything that is not one."""
    return Week.parse(partition_key.removesuffix("-1"))


def range_tags(first: Week, last: Week) -> dict[str, str]:
    """The run tags by which Dagster takes one run over a range of partitions."""
    return {
        "dagster/asset_partition_range_start": key_of(first),
        "dagster/asset_partition_range_end": key_of(last),
    }
