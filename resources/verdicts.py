"""The verdict of a week: what of its exports may be scored, as typed values that can be stored and asked.

Belongs here: the records. Does not belong here: reaching a verdict or refusing what it holds (checks/verdict.py),
storing it (resources/database.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import sqlalchemy as sa

Decision = Literal["publishable", "publishable_with_reviews", "held"]


class Overtaken(RuntimeError):
    """A verdict changed while a week was being scored by what it was before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedVerdict:
    """Whether one export of the week may be scored. period: a label such as 2025-10, or None for kinds without one.

    rule, reason: which rule holds the feed and why, Vietnamese / English; None when it is admitted.
    """

    kind: str
    scope: str
    period: str | None
    export_id: str | None
    admitted: bool
    rule: str | None = None
    reason: str | None = None

    @property
    def name(self) -> str:
        """The feed as people call it: `scores VN 2025-10`."""
        return " ".join(part for part in (self.kind, self.scope, self.period) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitHold:
    """A unit under review in one kind and period; the others are ranked without it. reason: Vietnamese / English."""

    unit_code: str
    kind: str | None
    period: str | None
    rule: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The verdict of one week. reasons: what was held and why, most important first, each Vietnamese / English.

    fingerprint: sha256 of what follows from the verdict (week, decision, feeds, holds), not of how it is worded:
    it changes exactly when scoring has to look again.
    """

    week: str
    decision: Decision
    reasons: tuple[str, ...] = ()
    feeds: tuple[FeedVerdict, ...] = ()
    holds: tuple[UnitHold, ...] = ()
    fingerprint: str = ""

    def __post_init__(self) -> None:
        if not self.fingerprint:
            object.__setattr__(self, "fingerprint", self._fingerprint())

    def _fingerprint(self) -> str:
        content = {
            "week": self.week,
            "decision": self.decision,
            "feeds": [{**asdict(feed), "reason": None} for feed in self.feeds],
            "holds": [{**asdict(hold), "reason": None} for hold in self.holds],
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def require_verdicts(connection: sa.Connection, last: str, known: Mapping[str, str]) -> None:
    """Raises Overtaken unless the verdicts of all weeks up to `last` are still those known (week to fingerprint)."""
    import sqlalchemy as sa

    from resources.schema import verdicts

    rows = connection.execute(sa.select(verdicts.c.week, verdicts.c.fingerprint).where(verdicts.c.week <= last))
    if {row.week: row.fingerprint for row in rows} != dict(known):
        raise Overtaken(f"a verdict up to {last} changed while it was scored")
