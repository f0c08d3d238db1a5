"""What a reader asked for: one ranking of one published week, or the reason why there is none.

Belongs here: reading a cohort from the database and what follows from its rows. Does not belong here: how it looks
(publishing/tables.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any

from publishing.words import COMPONENTS, both
from resources.database import Database
from scoring.ruleset import load_rulesets

Row = Mapping[str, Any]
UNDER_REVIEW = "under_review"


@dataclass(frozen=True)
class RankingView:
    """A ranking as it was published. rows: columns of the catalogue's `rankings`, by rank, then units without a rank.

    reason: why there are no rows, Vietnamese / English; None when there are. held: why what arrived since for this week
    is not published.
    """

    week: str
    level: str
    scope: str
    period_kind: str
    revision: int | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    reason: str | None = None
    held: tuple[str, ...] = ()

    @property
    def reviewed(self) -> list[dict[str, Any]]:
        """The units under review, which have no rank."""
        return [row for row in self.rows if row["status"] == UNDER_REVIEW]

    @property
    def reviewed_words(self) -> tuple[str, str] | None:
        """That some units are under review and the others are ranked without them, Vietnamese and English."""
        if not self.reviewed:
            return None
        units, others = len(self.reviewed), self.ranked
        return (
            f"{units} đơn vị đang xem xét nên chưa có hạng; {others} đơn vị khác được xếp hạng không tính các đơn vị này",
            f"{units} under review and without a rank; the other {others} are ranked without them",
        )

    @property
    def held_words(self) -> tuple[str, str] | None:
        """That a later delivery of the week is held and this revision stands, Vietnamese and English."""
        if not self.held or not self.rows:
            return None
        why = "; ".join(self.held)
        return (
            f"Số liệu gửi sau của tuần này đang bị giữ lại, bản {self.revision} vẫn có giá trị: {why}",
            f"what arrived since for this week is held, revision {self.revision} stands",
        )

    @property
    def order_words(self) -> tuple[str, str] | None:
        """Why a unit stands above one whose printed total is higher, Vietnamese and English; None where none does."""
        totals = [row["total"] for row in self.rows if row["rank"] is not None]
        if not any(above < below for above, below in pairwise(totals)):
            return None
        return (
            "Hạng xếp theo điểm chưa làm tròn, nên có thể khác thứ tự của tổng điểm đã làm tròn",
            "ranks stand on unrounded totals and may differ from the order of the rounded ones",
        )

    @property
    def period(self) -> str | None:
        return self.rows[0]["period"] if self.rows else None

    @property
    def cohort_size(self) -> int:
        """Units in the cohort, ranked or not."""
        return len(self.rows)

    @property
    def ranked(self) -> int:
        return sum(row["rank"] is not None for row in self.rows)

    def shared(self, column: str) -> Any:
        """The value that all rows have in a column, or None when they differ."""
        values = {row[column] for row in self.rows}
        return values.pop() if len(values) == 1 else None

    def rank_text(self, row: Row) -> str:
        """`16`, `=16` when the rank is shared, `–` when there is none."""
        if row["rank"] is None:
            return "–"
        return f"={row['rank']}" if self._ranks[row["rank"]] > 1 else str(row["rank"])

    @cached_property
    def _ranks(self) -> Counter[int]:
        return Counter(row["rank"] for row in self.rows if row["rank"] is not None)

    def maxima(self) -> dict[str, Decimal]:
        """Maximum of each component by the rule set of the rows; empty when they have several, or an unknown one."""
        names = {row["ruleset"] for row in self.rows} - {None}
        rules = load_rulesets().get(names.pop()) if len(names) == 1 else None
        return {group.code: group.max_points for group in rules.groups} if rules else {}


def remarks(row: Row) -> list[str]:
    """The codes of what must be said beside a unit's row: that and why it has no rank or no move."""
    said = [code for code in (row["note"] or "").split(", ") if code]
    if row["rank"] is None:
        said = ["not_ranked", *said, *({row["status"]} & {"incomplete", UNDER_REVIEW})]
    return list(dict.fromkeys(said))


def missing_components(row: Row) -> list[str]:
    """Components of a unit that are not determined, counted from the data."""
    return [name for name in COMPONENTS if row[name] is None]


def read_ranking(
    database: Database, week: str, level: str, scope: str, period_kind: str, revision: int | None = None
) -> RankingView:
    """A published cohort; the latest revision by default. With nothing to show it says why instead."""
    asked = RankingView(str(week), level, scope, period_kind, revision)
    rows = database.ranking(asked.week, level, scope, period_kind, revision)
    held = why_held(database, asked.week, None if rows else scope)
    if rows:
        return RankingView(asked.week, level, scope, period_kind, rows[0]["revision"], rows, held=held)
    reason = why_empty(database, asked)
    return RankingView(asked.week, level, scope, period_kind, revision, [], reason, held)


def why_held(database: Database, week: str, scope: str | None) -> tuple[str, ...]:
    """Why a week is held, or (scope) why feeds of that scope are; empty when nothing is."""
    verdict = database.verdict(week)
    if verdict is None:
        return ()
    feeds = tuple(f"{feed.name}: {feed.reason}" for feed in verdict.feeds if feed.scope == scope and not feed.admitted)
    return verdict.reasons if verdict.decision == "held" else feeds


def why_empty(database: Database, view: RankingView) -> str:
    """Why a ranking has no rows: the week is held, not published, has no such revision, or no such cohort."""
    numbers = [row.revision for row in database.revisions(view.week)]
    if not numbers:
        return _why_unpublished(database, view.week)
    if view.revision is not None and view.revision not in numbers:
        return (
            f"Tuần {view.week} không có bản {view.revision}, chỉ có bản 1 đến {numbers[-1]}"
            f" / week {view.week} has no revision {view.revision}, only 1 to {numbers[-1]}"
        )
    there = [" ".join(cohort) for cohort in database.cohorts(view.week, view.revision)]
    listed = ", ".join(there[:12]) + (f", … ({len(there)})" if len(there) > 12 else "") or "–"
    wanted = " ".join((view.level, view.scope, view.period_kind))
    vi = f"Tuần {view.week} đã công bố nhưng không có bảng {wanted}; các bảng đang có: {listed}"
    en = f"week {view.week} is published but has no table {wanted}; there are: {listed}"
    held = why_held(database, view.week, view.scope)
    if not held:
        return f"{vi} / {en}"
    why = "; ".join(held)
    before = standing_before(database, view.week, (view.level, view.scope, view.period_kind))
    return f"{vi}. Đang bị giữ lại{before[0]} / {en}. Held{before[1]}: {why}"


def standing_before(database: Database, week: str, cohort: tuple[str, str, str] | None = None) -> tuple[str, str]:
    """That the ranking of an earlier week still stands, Vietnamese and English, to go on a sentence; empty without one."""
    earlier = [each for each in database.weeks_published() if each < week]
    last = next((each for each in reversed(earlier) if cohort is None or cohort in database.cohorts(each)), None)
    return (f"; bảng của tuần {last} vẫn có giá trị", f"; the ranking of week {last} stands") if last else ("", "")


def _why_unpublished(database: Database, week: str) -> str:
    verdict = database.verdict(week)
    known = database.weeks_published()
    if verdict and verdict.decision == "held":
        reasons = "; ".join(verdict.reasons) or both(UNDER_REVIEW)
        vi, en = standing_before(database, week)
        return f"Tuần {week} đang bị giữ lại, chưa công bố{vi} / week {week} is held and not published{en}: {reasons}"
    listed = f"{known[0]}..{known[-1]} ({len(known)})" if known else "–"
    return (
        f"Tuần {week} chưa được công bố; các tuần đã công bố: {listed}"
        f" / week {week} is not published; published weeks: {listed}"
    )
