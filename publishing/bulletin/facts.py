"""Facts: everything a week's bulletin may speak of, read from what was published.

Belongs here: reading, and the plain arithmetic that needs several weeks or both sides of a gap. Does not belong here: what
is said about it (statements), how it looks. Nothing later than the week is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, partial

from publishing.bulletin.targets import Target, targets_set
from publishing.differences import difference
from publishing.views import RankingView, Row, read_ranking
from publishing.words import COMPONENTS
from resources.database import Database
from resources.releases import Revision
from resources.units import province_name
from scoring.calendar import PERIOD_KINDS, Period, PeriodKind, Week
from scoring.ruleset import load_rulesets, ruleset_for

HEADLINE: PeriodKind = "ytd"
NATION = "VN"
LOOKED_BACK = 4  # weeks over which a longer change and repairs are told


class NoBulletin(LookupError):
    """There is nothing a bulletin could speak of; the message says why, Vietnamese / English."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Weeks that were published again, or from corrected exports, for one reason. units: whose figures that changed."""

    weeks: tuple[str, ...]
    revision: int
    reason: str
    units: int


@dataclass(frozen=True, slots=True)
class Held:
    """A unit under review and why, Vietnamese / English."""

    row: Row
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A province in a published week.

    row: its row among the provinces. nation: that ranking, nation_before: of exactly the week before, when comparable.
    before: the province's row that `change` is taken against. history: its rows of unbroken weeks up to this one.
    departments, communes, units: rankings inside the province.
    """

    week: str
    scope: str
    revision: Revision
    row: Row
    nation: RankingView
    nation_before: Sequence[Row] = ()
    before: Row | None = None
    history: Sequence[Row] = ()
    departments: RankingView
    communes: RankingView
    units: RankingView
    held: Sequence[Held] = ()
    repairs: Sequence[Repair] = ()
    targets: Sequence[Target] = field(default=())

    @property
    def name(self) -> str:
        return str(self.row["unit_name"])

    @property
    def is_alone(self) -> bool:
        """Whether no other province is ranked, so that its rank says nothing."""
        return self.nation.ranked < 2

    @property
    def period(self) -> Period:
        return Period.parse(str(self.row["period"]))

    @property
    def maxima(self) -> dict[str, Decimal]:
        """Maximum of each component; of a published table, by the rule set of its day."""
        rules = load_rulesets().get(self.row["ruleset"] or "") or ruleset_for(Week.parse(self.week).sunday)
        return rules.maxima

    @property
    def component_changes(self) -> dict[str, Decimal]:
        """Against the week before; empty unless all six can be compared."""
        if self.before is None:
            return {}
        pairs = {name: (self.row[name], self.before[name]) for name in COMPONENTS}
        if any(None in pair for pair in pairs.values()):
            return {}
        return {name: now - then for name, (now, then) in pairs.items()}


class Remembered(Database):
    """A database that is asked each thing once: for one piece of work on many provinces, during which nothing changes."""

    def __init__(self, database: Database) -> None:
        self.__dict__.update(database.__dict__)
        for name in ("ranking", "cohorts", "revisions", "verdict"):
            setattr(self, name, cache(getattr(database, name)))
        self.changed_units = cache(partial(_changed_units, database))


def read_facts(
    database: Database, week: Week | str, scope: str, targets: Sequence[Target] = (), kind: PeriodKind = HEADLINE
) -> Facts:
    """The facts of a week's latest revision, with the targets that were set and those given here.

    Raises NoBulletin when the week or the province's row is not there.
    """
    week = str(week)
    nation = read_ranking(database, week, "province", NATION, kind)
    if not nation.rows:
        raise NoBulletin(nation.reason or "")
    row = next((row for row in nation.rows if row["unit_code"] == scope), None)
    if row is None:
        called = province_name(scope) or scope
        raise NoBulletin(
            f"Tuần {week} không có {called} trong bảng các tỉnh / {called} is not in the table of provinces of {week}"
        )
    history = _unbroken(database, week, scope, kind)
    before = _row_before(database, row)
    inside = {level: _inside(database, week, level, scope) for level in ("department", "commune", "unit")}
    previous = str(Week.parse(week).previous)
    return Facts(
        week=week,
        scope=scope,
        revision=database.revisions(week)[-1],
        row=row,
        nation=nation,
        nation_before=database.ranking(previous, "province", NATION, kind, before["revision"]) if before else (),
        before=before,
        history=history,
        departments=inside["department"],
        communes=inside["commune"],
        units=inside["unit"],
        held=_held(database, week, inside),
        repairs=_repairs(database, week, scope),
        targets=[*targets_set(database, scope, week, kind), *targets],
    )


def default_scope(database: Database, week: Week | str) -> str:
    """The province to speak of when none is named: the first whose units are ranked, else the first of the ranking.

    Raises NoBulletin when the week has none.
    """
    cohorts = database.cohorts(week)
    inside = sorted({scope for level, scope, _ in cohorts if level != "province"})
    ranked = {row["unit_code"] for row in database.ranking(week, "province", NATION, HEADLINE)}
    for scope in inside:
        if scope in ranked:
            return scope
    nation = read_ranking(database, str(week), "province", NATION, HEADLINE)
    if not nation.rows:
        raise NoBulletin(nation.reason or "")
    return str(nation.rows[0]["unit_code"])


def _unbroken(database: Database, week: str, scope: str, kind: PeriodKind) -> list[Row]:
    """The rows of weeks up to this one that may each be compared with the one before it, oldest first."""
    rows = {row["week"]: row for row in database.unit_history(scope, kind) if row["level"] == "province"}
    at = Week.parse(week)
    found: list[Row] = [rows[week]]
    while found[0]["change"] is not None and (row := rows.get(str(at.previous))) is not None:
        found.insert(0, row)
        at = at.previous
    return found


def _row_before(database: Database, row: Row) -> Row | None:
    """The row of the week before that this row's change was taken against: of that week's newest revision that fits."""
    if row["previous_total"] is None:
        return None
    week = str(Week.parse(row["week"]).previous)
    for revision in reversed(database.revisions(week)):
        rows = database.ranking(week, row["level"], row["scope"], row["period_kind"], revision.revision)
        for each in rows:
            if each["unit_code"] == row["unit_code"] and each["total"] == row["previous_total"]:
                return each
    return None


def _inside(database: Database, week: str, level: str, scope: str) -> RankingView:
    """A ranking inside the province: of the headline period, else of the longest there is (the view says which)."""
    cohorts = set(database.cohorts(week))
    kind = next((kind for kind in PERIOD_KINDS if (level, scope, kind) in cohorts), HEADLINE)
    return read_ranking(database, week, level, scope, kind)


def _held(database: Database, week: str, inside: dict[str, RankingView]) -> list[Held]:
    verdict = database.verdict(week)
    reasons = {hold.unit_code: hold.reason for hold in verdict.holds} if verdict else {}
    return [
        Held(row, reasons.get(row["unit_code"]))
        for level in ("department", "commune")
        for row in inside[level].reviewed
    ]


def _repairs(database: Database, week: str, scope: str) -> list[Repair]:
    """What was published with a reason in this week and those shortly before it; weeks of one reason together."""
    found: dict[tuple[str, int], list[tuple[str, int]]] = {}
    changed = database.changed_units if isinstance(database, Remembered) else partial(_changed_units, database)
    last = Week.parse(week)
    looked_at = [each for at in range(LOOKED_BACK) for each in database.revisions(last.shift(at + 1 - LOOKED_BACK))]
    for revision in looked_at:
        if not revision.reason:
            continue
        units = changed(revision.week, revision.revision).get(scope, 0) if revision.revision > 1 else 0
        if revision.revision == 1 or units:
            found.setdefault((revision.reason, revision.revision), []).append((revision.week, units))
    return [
        Repair(tuple(week for week, _ in each), number, reason, max(units for _, units in each))
        for (reason, number), each in found.items()
    ]


def _changed_units(database: Database, week: str, number: int) -> Mapping[str, int]:
    """Province to how many of its units a revision gave other figures, or another standing, than the one before."""
    found: dict[str, set[str]] = {}
    for row in difference(database, week, number - 1, number).rows:
        is_own = row["level"] != "unit" and row["period_kind"] == HEADLINE
        if is_own and row["figure"] in ("total", "status") and row["old"] != row["new"]:
            found.setdefault(row["scope"], set()).add(row["unit_code"])
    return {scope: len(units) for scope, units in found.items()}
