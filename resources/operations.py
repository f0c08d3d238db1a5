"""What operators are told of, as typed values: how a week stands, what a backfill would do, what runs, what pruning removes.

Belongs here: the records. Does not belong here: gathering them (assets, pipelines) or how they look (publishing/operating.py).
Texts are Vietnamese / English; moments are naive UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from scoring.calendar import Week

State = Literal["published", "waiting", "held", "failed", "overdue"]
LEFT: tuple[State, ...] = ("failed", "held", "overdue", "waiting")
Stage = Literal["dossiers", "counts", "scores", "publication"]
STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True, slots=True)
class WeekStanding:
    """How a week stands. revision, status, published_at: of the newest revision, whatever the state; None without one.

    published: that revision says all that is admitted. waiting: admitted, and not or not so published yet. held: its verdict
    holds it. failed: it could not be gone through, scored, or its figures contradict themselves. overdue: nothing is
    published though the timetable says so (resources/timetable.yaml: Monday 09:00). command: what mends it.
    """

    week: Week
    state: State
    revision: int | None = None
    status: str | None = None
    published_at: datetime | None = None
    reason: str | None = None
    command: str | None = None


@dataclass(frozen=True, slots=True)
class WeekPlan:
    """What will be done for a week. files: kind to number of files that landed. intake, scoring: why, None: not at all.

    left: why nothing is done of what one might expect (held, no files).
    """

    week: Week
    files: Mapping[str, int] = field(default_factory=dict)
    intake: str | None = None
    scoring: str | None = None
    left: str | None = None

    @property
    def does_something(self) -> bool:
        return bool(self.intake or self.scoring)


@dataclass(frozen=True, slots=True)
class Running:
    """A run of Dagster that is queued or going on. weeks: `2025-W38..2025-W46`."""

    run_id: str
    job: str
    state: str
    weeks: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """How everything stands. at_work: intake or scoring to the process that has it. received: kind of export to its newest
    intake."""

    weeks: tuple[WeekStanding, ...]
    running: tuple[Running, ...]
    at_work: Mapping[str, str]
    received: Mapping[str, datetime]
    open_cases: int


@dataclass(frozen=True, slots=True)
class PrunedRuns:
    """How many runs are older than the limit, and the ids of those that are, or would be, removed."""

    old: int
    removed: tuple[str, ...]
