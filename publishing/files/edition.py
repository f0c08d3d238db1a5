"""Edition: what every file of a published revision is made of.

Belongs here: the rows, the scores, the revisions before it, and when the figures were exported. Does not belong here: a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from publishing.differences import changed_figures
from publishing.views import RankingView, Row
from resources.catalogue import Column, table
from scoring.calendar import PERIOD_KINDS

if TYPE_CHECKING:
    import pyarrow as pa

    from resources.database import Database, Rows
    from resources.releases import Revision

NATION = "VN"
Cohort = tuple[str, str, str]


def published_columns(name: str) -> tuple[Column, ...]:
    """The columns of a published table: the catalogue's, and of `scores` the revision, so that every row names both."""
    columns = table(name).columns
    if name == "scores":
        return (columns[0], table("rankings").column("revision"), *columns[1:])
    return columns


@dataclass(frozen=True)
class Earlier:
    """The revisions of a week before this one, and the rankings of the last of them."""

    revisions: tuple[Revision, ...] = ()
    rankings: Rows = ()

    @classmethod
    def than(cls, revision: Revision, database: Database) -> Earlier:
        """What stood before a revision, whether that one is stored already or not."""
        before = tuple(each for each in database.revisions(revision.week) if each.revision < revision.revision)
        return cls(before, database.ranking_rows(revision.week, before[-1].revision)) if before else cls()


@dataclass(frozen=True)
class Edition:
    """A revision with its figures. rankings: all cohorts, in the one order. scores: `published_columns`, by key."""

    revision: Revision
    rankings: Rows
    scores: pa.Table
    earlier: Earlier

    @classmethod
    def of(cls, revision: Revision, rankings: Rows, scores: pa.Table, earlier: Earlier) -> Edition:
        """scores: exactly typed, in the catalogue's columns (Release.score_table)."""
        import pyarrow as pa

        columns = table("scores")
        rows = scores.sort_by([(name, "ascending") for name in columns.key])
        number = pa.array([revision.revision] * len(rows), pa.int32())
        return cls(revision, rankings, rows.add_column(1, pa.field("revision", pa.int32(), False), number), earlier)

    @classmethod
    def table_of(cls, rankings: Rows) -> pa.Table:
        """Rankings exactly typed, in the catalogue's columns."""
        import pyarrow as pa

        from resources.frames import arrow_schema

        return pa.Table.from_pylist(list(rankings), schema=arrow_schema(table("rankings")))

    @property
    def week(self) -> str:
        return self.revision.week

    @property
    def name(self) -> str:
        """`2025-W46, r2`, as a reader cites it."""
        return f"{self.week}, r{self.revision.revision}"

    @cached_property
    def cohorts(self) -> dict[Cohort, list[Row]]:
        """(level, scope, period kind) -> its rows, by rank."""
        found: dict[Cohort, list[Row]] = {}
        for row in self.rankings:
            found.setdefault((row["level"], row["scope"], row["period_kind"]), []).append(row)
        return found

    def views(self, scope: str) -> list[RankingView]:
        """The rankings of a scope that its workbook shows: each level once, in the longest period that it has."""
        number = self.revision.revision
        return [
            RankingView(
                self.week, level, scope, kinds[0], number, [dict(row) for row in self.cohorts[*cohort, kinds[0]]]
            )
            for level in ("province", "commune", "department")
            if (cohort := (level, scope))
            and (kinds := [kind for kind in PERIOD_KINDS if (*cohort, kind) in self.cohorts])
        ]

    @cached_property
    def differences(self) -> list[dict[str, Any]]:
        """Every figure that changed against the revision before; none of the first."""
        return changed_figures(self.earlier.rankings, self.rankings) if self.earlier.revisions else []

    @property
    def scopes(self) -> list[str]:
        """The nation and the provinces that have a ranking."""
        return sorted({row["scope"] for row in self.rankings}, key=lambda scope: (scope != NATION, scope))

    def exported_at(self, scope: str) -> datetime | None:
        """When the newest export behind a scope's figures was made, naive UTC; None where no sender says.

        A province stands on its own exports and the nation's, the nation on those of every province.
        """
        told = [
            _instant(each) for each in self.revision.inputs if scope == NATION or each.get("scope") in (scope, NATION)
        ]
        return max((at for at in told if at), default=None)


def _instant(entry: Mapping[str, Any]) -> datetime | None:
    text = entry.get("exported_at")
    return datetime.fromisoformat(text).replace(tzinfo=None) if text else None
