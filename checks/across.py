"""A week judged against other weeks and across its files: which exports are compared with which, and all the findings.

Belongs here: picking the past of a feed and asking aggregates, history, registry and totals. Does not belong here: what
they ask (those modules), or what one export shows by itself (rows, feeds, suites).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from checks import aggregates, doubles, history, registry, totals
from checks.aggregates import UnitFacts, unit_facts
from checks.tables import TableFeed, read_rows
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.outcomes import RuleOutcome
from scoring.calendar import Week

if TYPE_CHECKING:
    from pathlib import Path

    import duckdb

    from resources.home import Home

LAST_WEEKS = 8  # as far back as any rule of checks/history.py looks
#: Indicators whose denominator only grows within a period: dossiers and petitions received.
CUMULATED = frozenset(
    {"on_time", "filed_online", "paid_online", "procedure_satisfaction", "electronic_result", "components_digitised"}
    | {"data_reused", "shared_to_store", "population_data_dossiers", "petitions_on_time", "petition_satisfaction"}
)


@dataclass
class Across:
    """Judges weeks one after another; what was read of an export is kept for the weeks that look back on it.

    current: the accepted exports that count, of every week (Database.current_exports()). Typed files are read from the
    home; an export whose file is not there (not typed yet) is no past.
    """

    con: duckdb.DuckDBPyConnection
    home: Home
    current: Sequence[ExportRecord]
    _facts: dict[str, Mapping[str, UnitFacts]] = field(default_factory=dict)
    _tables: dict[str, TableFeed] = field(default_factory=dict)
    _units: dict[str, frozenset[str]] = field(default_factory=dict)
    _old_codes: dict[str, bool] = field(default_factory=dict)

    def judge(self, week: Week) -> list[RuleOutcome]:
        """Everything the week's exports show beside other weeks and files; failed outcomes only. Raises duckdb.Error."""
        outcomes: list[RuleOutcome] = []
        exports = [export for export in self.current if export.week == str(week)]
        dossiers = [export for export in exports if export.kind == "dossiers" and self._is_typed(export)]
        for export in dossiers:
            outcomes += self._of_dossiers(export)
        if dossiers:
            outcomes += self._of_doubled(week, dossiers)
        for export in exports:
            if export.kind in ("scores", "counts") and self._is_typed(export):
                outcomes += self._of_table(export)
        return outcomes

    def _of_dossiers(self, export: ExportRecord) -> list[RuleOutcome]:
        now = self._facts_of(export)
        past = [self._facts_of(each) for each in self._past(export)]
        lists = [self._units_of(each) for each in self._past(export, kind="units", weeks=None, inclusive=True)]
        told = aggregates.judge_constants(export, now)
        # A flag that has been constant for weeks shows in all of them together before it does in one.
        before = aggregates.summed(past)
        longer = aggregates.judge_constants(export, aggregates.summed([before, now])) if past else []
        sure = {(each.unit_code, each.field) for each in longer if each.severity != "info"}
        told = [each for each in told if (each.unit_code, each.field) not in sure]
        told += [each for each in longer if each.severity != "info"]
        told += aggregates.judge_constant_feed(export, now, past)
        told += aggregates.judge_results(export, now)
        quarantine = self.home.quarantine_path("dossiers", export.week, export.export_id)
        if quarantine.is_file():
            shared = doubles.find_shared_codes(self.con, self._path(export), quarantine)
            told += doubles.judge_shared_codes(export, shared, now)
        told += history.judge_volumes(export, now, past)
        told += history.judge_rates(export, now, past, before)
        return told + registry.judge_units(export, now.keys(), lists)

    def _of_doubled(self, week: Week, dossiers: Sequence[ExportRecord]) -> list[RuleOutcome]:
        """Codes of earlier weeks are read only where an old form of a code stands on either side."""
        earlier = [each for each in self.current if each.kind == "dossiers" and self._is_typed(each)]
        earlier = [each for each in earlier if Week.parse(each.week) < week]
        if not any(self._has_old_codes(each) for each in dossiers):
            earlier = [each for each in earlier if self._has_old_codes(each)]
            if not earlier and len(dossiers) < 2:
                return []
        doubled = doubles.find_doubled(self.con, [*map(self._path, dossiers)], [*map(self._path, earlier)])
        outcomes: list[RuleOutcome] = []
        for export in dossiers:
            mine = [each for each in doubled if any(unit.startswith(export.scope) for unit in each.units)]
            outcomes += doubles.judge_doubled(export, mine, self._facts_of(export))
        return outcomes

    def _has_old_codes(self, export: ExportRecord) -> bool:
        if export.export_id not in self._old_codes:
            self._old_codes[export.export_id] = doubles.has_old_codes(self.con, self._path(export))
        return self._old_codes[export.export_id]

    def _of_table(self, export: ExportRecord) -> list[RuleOutcome]:
        now = self._table_of(export)
        same_period = [each for each in self._past(export) if each.period == export.period]
        past = [self._table_of(each) for each in same_period]
        previous = str(Week.parse(export.week).previous)
        before = next((each for each in past if each.export.week == previous), None)
        if before is None:
            return []
        told = registry.judge_listed(before, now)
        if export.kind == "counts":
            return told + totals.judge_falling(before, now, CUMULATED)
        jumps = history.judge_jumps(now, past)
        known = {(each.unit_code, each.field) for each in jumps}
        paces = history.judge_pace(before, now) if len(past) <= history.fewest_weeks_of_jumps() else []
        return told + jumps + [each for each in paces if (each.unit_code, each.field) not in known]

    def _past(
        self, export: ExportRecord, *, kind: str | None = None, weeks: int | None = LAST_WEEKS, inclusive: bool = False
    ) -> list[ExportRecord]:
        """Earlier typed exports of the same feed (of another kind: of the same scope), one a week, the oldest first."""
        week = Week.parse(export.week)
        found: dict[Week, ExportRecord] = {}
        for each in self.current:
            at = Week.parse(each.week)
            same = each.kind == (kind or export.kind) and each.scope == export.scope
            if kind is None:
                same = same and (each.period_kind, each.part) == (export.period_kind, export.part)
            recent = weeks is None or week.shift(-weeks) <= at
            if same and recent and (at < week or (inclusive and at == week)) and self._is_typed(each):
                found[at] = each
        return [found[at] for at in sorted(found)]

    def _path(self, export: ExportRecord) -> Path:
        return self.home.table_path(TABLE_OF_KIND[export.kind], export.week, export.export_id)

    def _is_typed(self, export: ExportRecord) -> bool:
        return self._path(export).is_file()

    def _facts_of(self, export: ExportRecord) -> Mapping[str, UnitFacts]:
        if export.export_id not in self._facts:
            self._facts[export.export_id] = unit_facts(self.con, [self._path(export)])
        return self._facts[export.export_id]

    def _table_of(self, export: ExportRecord) -> TableFeed:
        if export.export_id not in self._tables:
            self._tables[export.export_id] = TableFeed(export, read_rows(self._path(export)))
        return self._tables[export.export_id]

    def _units_of(self, export: ExportRecord) -> Collection[str]:
        if export.export_id not in self._units:
            rows = read_rows(self._path(export))
            self._units[export.export_id] = frozenset(row["unit_code"] for row in rows)
        return self._units[export.export_id]
