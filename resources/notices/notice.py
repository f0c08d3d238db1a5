"""A notice: something that happened and that somebody should know, as one typed value.

Belongs here: the record and the events there are. Facts are codes, counts, weeks and names of units, never the content of a
row, a file or an error: a notice leaves the house.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

Event = Literal[
    "week_published",
    "week_overdue",
    "exports_missing",
    "check_failed",
    "run_failed",
    "decision_taken",
    "landing_unreachable",
    "message_prepared",
    "leaders_message",
]
Severity = Literal["error", "warning", "info"]
EVENTS: tuple[Event, ...] = get_args(Event)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
TO_LEADERS: Event = "leaders_message"
"""Sent alone, never in a digest, and only where a route names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """key: what it is about; of one key there is one notice, whoever notices it again. units: codes of those it is about.

    link: the page to open. at: when it happened, recorded_at: when it was noticed, both naive UTC. id: 0 until it is kept.
    """

    key: str
    event: Event
    severity: Severity
    at: datetime
    week: str | None = None
    units: tuple[str, ...] = ()
    link: str | None = None
    facts: dict[str, Any] = field(default_factory=dict, hash=False)
    recorded_at: datetime | None = None
    id: int = 0
