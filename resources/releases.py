"""Release, Revision: what is published for a week, and what the database remembers of it.

Belongs here: the records and the rules by which a release becomes a numbered revision. Does not belong here: storing
them (resources/database.py) or writing the files people read (publishing/release.py).
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

_BECOMES_REVISED = frozenset({"provisional", "final"})
_ORDER = ("level", "scope", "period_kind")


class ReleaseConflict(RuntimeError):
    """The same inputs gave other figures than were published: neither may silently take the place of the other."""


def fingerprint_of(**parts: Any) -> str:
    """sha256 of everything a week's figures depend on, whatever the order in which it is named.

    That is: inputs (sha256 of each admitted export), rule sets, verdict, the fingerprint of the week before (changes
    and moves are taken against it), and the version of the software's figures. Parts must be JSON values.
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Release:
    """What is to be published for one week.

    fingerprint: see `fingerprint_of`. inputs: one mapping an export (export_id, file, sha256, ...; JSON values,
    no clock). rulesets: id to fingerprint. status: provisional, final or corrected. reason: why it is published again,
    if it is. rankings, scores: frames in the columns of the catalogue; `revision` of rankings is set when it is known.
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "week", str(self.week))

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        from resources.frames import to_arrow

        rows = to_arrow(self.rankings.assign(revision=1), "rankings").to_pylist() if len(self.rankings) else []
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
        lines = [json.dumps(list(row.values()), ensure_ascii=False, default=str) for row in self._rows]
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
