"""Release, Revision: what is published for a week, and what the database remembers of it.

Belongs here: the records and the rules by which a release becomes a numbered revision. Does not belong here: storing
them (resources/revisions.py) or writing the files people read (publishing/release.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_BECOMES_REVISED = frozenset({"provisional", "final"})
_ORDER = ("level", "scope", "period_kind")
LAST_SOUND = ("last_sound_week", "last_sound_total")
"""Columns of rankings that tell of earlier publications, not of the week: set while publishing, no part of `figures`."""


class ReleaseConflict(RuntimeError):
    """The same inputs gave other figures than were published: neither may silently take the place of the other."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """What is to be published for one week.

    fingerprint: sha256 of all the week's figures depend on (assets/gate.py). inputs: one mapping an export (export_id,
    file, sha256, ...; JSON values, no clock). rulesets: id to fingerprint. status: provisional, final or corrected.
    reason: why it is published again, if it is. rankings, scores: frames in the columns of the catalogue; `revision` of
    rankings is set when it is known.
    derivation: all that is needed beside the lake to derive the figures again (assets/derivation.py; JSON values).
    """

    week: str
    fingerprint: str
    inputs: Sequence[Mapping[str, Any]]
    rulesets: Mapping[str, str]
    status: str
    rankings: pd.DataFrame = field(repr=False)
    scores: pd.DataFrame = field(repr=False)
    reason: str | None = None
    run_id: str | None = None
    derivation: Mapping[str, Any] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "week", str(self.week))

    @cached_property
    def ranking_table(self) -> pa.Table:
        """The rankings exactly typed, as revision 1. Raises FrameError."""
        from resources.frames import to_arrow

        return to_arrow(self.rankings.assign(revision=1, **dict.fromkeys(LAST_SOUND)), "rankings")

    @cached_property
    def score_table(self) -> pa.Table:
        """The scores exactly typed. Raises FrameError."""
        from resources.frames import to_arrow

        return to_arrow(self.scores, "scores")

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.ranking_table.to_pylist() if len(self.rankings) else []
        for row in rows:
            if row["week"] != self.week:
                raise ValueError(f"a release of {self.week} holds a ranking of {row['week']}")
        return sorted(rows, key=ranking_order)

    def ranking_rows(self, revision: int) -> list[dict[str, Any]]:
        """The rankings as rows of that revision, in the one order in which they are always shown.

        From the second revision on a provisional or final row is `revised`; stronger words stay.
        """
        return [
            row
            | {
                "revision": revision,
                "status": "revised" if revision > 1 and row["status"] in _BECOMES_REVISED else row["status"],
            }
            for row in self._rows
        ]

    def status_as(self, revision: int) -> str:
        """The word for the whole revision."""
        return "revised" if revision > 1 and self.status in _BECOMES_REVISED else self.status

    @cached_property
    def figures(self) -> str:
        """sha256 of the ranking rows: two releases with one fingerprint must have the same."""
        told = json.JSONEncoder(ensure_ascii=False, default=str)
        lines = [told.encode([row[name] for name in row if name not in LAST_SOUND]) for row in self._rows]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Revision:
    """A published revision of a week as the database remembers it. published_at: naive UTC."""

    week: str
    revision: int
    fingerprint: str
    figures: str
    status: str
    reason: str | None
    run_id: str | None
    published_at: datetime
    inputs: list[dict[str, Any]]
    rulesets: dict[str, str]


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What publishing came to: the revision that now stands, and whether this call made it."""

    week: str
    revision: int
    is_new: bool


def ranking_order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Cohort by cohort; within one by rank, then those without a rank; units of one rank by code."""
    cohort = tuple(row[name] for name in _ORDER)
    return (*cohort, row["rank"] is None, row["rank"] or 0, row["unit_code"])
