"""The clock: the present moment as the house writes it down.

Belongs here: reading it. Does not belong here: what a moment means (scoring/calendar.py).
"""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Naive UTC, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
