"""Accounts: what stands behind the figures of every unit of a revision, found for all of them at once.

Belongs here: asking the lake, as it stood for the revision, what came and went, what was set aside, and which files it was.
Does not belong here: a single dossier (assets/explaining.py), pages (publishing/site).

What was measured is kept beside the counts, by revision: a revision never changes, and the site is made more often.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assets.behind import PORTAL
from assets.counts import exports_counted, typed_files
from assets.decided import Decisions, decisions_about, decisions_behind
from assets.derivation import CannotDerive, as_it_stood, inputs_of
from assets.explaining import COUNTED, NATION, moving_rows
from assets.gate import Gate
from assets.kept import kept_of
from publishing.accounts import Account, AccountFile, Accounts, SetAside
from publishing.explanation import Moved, Words
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.files import write_bytes_atomically
from resources.office import Office
from resources.published import FilesMissing
from resources.releases import Revision
from resources.units import province_of
from scoring.calendar import PERIOD_KINDS, Period, Week
from scoring.readings import COUNTED_KINDS
from scoring.ruleset import load_rulesets

VERSION = 1
"""Grows when what is measured changes its meaning: what is kept is then measured again."""
_GONE: Words = (
    "Kho không còn đủ dữ liệu của bản này nên không kể được số vào, ra và bị tách riêng",
    "The lake no longer has all of this revision, so what came, went and was set aside cannot be told",
)


@dataclass
class _Measured:
    """moved: kind of period, unit, indicator to four numbers. rows: export, unit to number, first and last row.
    aside: export, unit, rule to rows. A unit has what the units below it have, but in the portal's tables.
    """

    moved: dict[str, dict[str, dict[str, list[int]]]] = field(default_factory=dict)
    rows: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    aside: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)


def accounts(office: Office, week: str, revision: int) -> Accounts:
    """The accounts of all units of a published revision; where the lake no longer has it, they say so."""
    found = next(each for each in office.database.revisions(week) if each.revision == revision)
    own = _own_rows(office, found)
    try:
        gate = inputs_of(office, found)
        behind = _behind(gate)
        measured = _measured(office, found, gate, behind, own)
    except (CannotDerive, FilesMissing):
        return Accounts(dict.fromkeys(own, Account(run_id=found.run_id, limits=(_GONE,))))
    inherited, maker = _inherited(office, found), _Maker(found, gate, behind, measured, decisions_about(office, week))
    return Accounts(
        {code: maker.account(row, inherited.get(code, frozenset())) for code, row in own.items()},
        {code: tuple(maker.file(each, None) for each in exports) for code, exports in behind.items()},
    )


@dataclass(frozen=True)
class _Maker:
    """Puts accounts together. behind: province to the exports of its own and of the nation."""

    revision: Revision
    gate: Gate
    behind: Mapping[str, Sequence[ExportRecord]]
    measured: _Measured
    decisions: Decisions
    titles: dict[str, Words] = field(default_factory=dict)

    def account(self, row: Mapping[str, Any], inherited: frozenset[str]) -> Account:
        unit, used = row["unit_code"], _used(self.behind, row)
        earlier = [each for each in used if each.week != self.revision.week]
        moved = self.measured.moved.get(row["period_kind"], {}) if row["basis"] == "computed" else {}
        whole = moved.get(province_of(unit) or "", {})
        numbers = {**moved.get(unit, {}), **{code: whole[code] for code in inherited & whole.keys()}}
        aside: dict[str, int] = {}
        for each in used:
            for rule, rows in self.measured.aside.get(each.export_id, {}).get(unit, {}).items():
                aside[rule] = aside.get(rule, 0) + rows
        return Account(
            files=tuple(self.file(each, unit) for each in used if each.week == self.revision.week),
            earlier=len(earlier),
            earlier_rows=sum(self._rows(each, unit)[0] for each in earlier) if earlier else None,
            moved={code: Moved(*numbers[code]) for code in sorted(numbers)},
            set_aside=tuple(SetAside(rule, self._title(rule), rows) for rule, rows in sorted(aside.items())),
            touched=tuple(decisions_behind(self.decisions, self.revision, self.gate, used, unit)),
            run_id=self.revision.run_id,
            limits=tuple(_limits(row)),
        )

    def file(self, export: ExportRecord, unit: str | None) -> AccountFile:
        rows, first, last = self._rows(export, unit or "")
        told = unit is not None and export.export_id in self.measured.rows
        aside = self.measured.aside.get(export.export_id, {}).get("", {})
        return AccountFile(
            file=export.file,
            kind=export.kind,
            week=export.week,
            sha256=export.sha256,
            rows=export.rows,
            of_unit=rows if told else None,
            lines=(first, last) if told and export.kind in PORTAL and rows else None,
            corrections=len(self.gate.corrections.get(export.export_id, ())),
            set_aside=export.rejected_rows + sum(aside.values()),
        )

    def _rows(self, export: ExportRecord, unit: str) -> Sequence[int]:
        return self.measured.rows.get(export.export_id, {}).get(unit, (0, 0, 0))

    def _title(self, rule: str) -> Words:
        """What a rule says, in two languages; its name where no catalogue has it."""
        if rule not in self.titles:
            from checks.own_rules import DROPPED
            from checks.rules import rule_named

            try:
                found = DROPPED if rule == DROPPED.id else rule_named(rule)
                self.titles[rule] = (found.title_vi, found.title_en)
            except KeyError:
                self.titles[rule] = (rule, rule)
        return self.titles[rule]


def _behind(gate: Gate) -> dict[str, list[ExportRecord]]:
    """Province to the exports that its figures may stand on; `VN`: those of the nation alone."""
    provinces = {province_of(each.scope) or NATION for each in gate.exports} | {NATION}
    return {
        code: [each for each in gate.exports if each.scope == NATION or province_of(each.scope) == code]
        for code in provinces
    }


def _used(behind: Mapping[str, Sequence[ExportRecord]], row: Mapping[str, Any]) -> list[ExportRecord]:
    """The exports behind a unit's row, as assets/explaining.py has them."""
    exports = behind.get(province_of(row["unit_code"]) or "", behind[NATION])
    if row["basis"] == "computed":
        return [each for each in exports if each.kind in COUNTED]
    return [
        each
        for each in exports
        if each.kind in PORTAL and each.week == row["week"] and each.period in (None, row["period"])
    ]


def _limits(row: Mapping[str, Any]) -> Iterator[Words]:
    match row["basis"]:
        case "recounted":
            yield (
                "Số đếm là của cổng, không có hồ sơ đứng sau",
                "The counts are the portal's; no dossiers stand behind them",
            )
        case "as_published":
            yield (
                "Điểm là của cổng, không có hồ sơ đứng sau",
                "The scores are the portal's; no dossiers stand behind them",
            )


def _own_rows(office: Office, revision: Revision) -> dict[str, dict[str, Any]]:
    """Unit to its row in its own cohort, in the most telling kind of period it has."""
    found: dict[str, dict[str, Any]] = {}
    for row in office.database.ranking_rows(revision.week, revision.revision):
        known = found.get(row["unit_code"])
        if row["level"] != "unit" and (known is None or _telling(row) < _telling(known)):
            found[row["unit_code"]] = row
    return found


def _telling(row: Mapping[str, Any]) -> int:
    return PERIOD_KINDS.index(row["period_kind"])


def _inherited(office: Office, revision: Revision) -> dict[str, frozenset[str]]:
    """Unit to the indicators it has from its province."""
    path = office.home.revision_path(revision.week, revision.revision) / "scores.parquet"
    found: dict[str, set[str]] = {}
    if path.is_file():
        with office.engine() as con:
            sql = "SELECT DISTINCT unit_code, indicator FROM read_parquet(?) WHERE contains(note, 'inherited')"
            for unit, indicator in con.execute(sql, [str(path)]).fetchall():
                found.setdefault(unit, set()).add(indicator)
    return {code: frozenset(indicators) for code, indicators in found.items()}


def _measured(
    office: Office,
    revision: Revision,
    gate: Gate,
    behind: Mapping[str, Sequence[ExportRecord]],
    own: Mapping[str, Mapping[str, Any]],
) -> _Measured:
    path = office.home.stage_path("accounts", f"{revision.week}.r{revision.revision}").with_suffix(".json")
    mark = [VERSION, revision.fingerprint, revision.published_at.isoformat()]
    if path.is_file():
        kept = json.loads(path.read_bytes())
        if kept["mark"] == mark:
            return _Measured(kept["moved"], kept["rows"], kept["aside"])
    wanted = {each.export_id for row in own.values() for each in _used(behind, row)}
    found = _measure(office, revision, gate, [each for each in gate.exports if each.export_id in wanted], own)
    told = {"mark": mark, "moved": found.moved, "rows": found.rows, "aside": found.aside}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes_atomically(path, json.dumps(told).encode())
    return found


def _measure(
    office: Office,
    revision: Revision,
    gate: Gate,
    exports: Sequence[ExportRecord],
    own: Mapping[str, Mapping[str, Any]],
) -> _Measured:
    found = _Measured()
    with as_it_stood(office, gate, exports) as scratch:
        _measure_rows(scratch, exports, found)
        _measure_aside(office, scratch, exports, found)
        if any(each.kind == "dossiers" and each.week < revision.week for each in exports):
            periods = {row["period_kind"]: row["period"] for row in own.values()}
            _measure_movement(office, scratch, revision, gate, exports, periods, found)
    return found


def _measure_rows(scratch: Office, exports: Sequence[ExportRecord], found: _Measured) -> None:
    with scratch.engine() as con:
        for kind in dict.fromkeys(each.kind for each in exports):
            of_kind = [each for each in exports if each.kind == kind]
            paths = [str(path) for path in typed_files(scratch, TABLE_OF_KIND[kind], of_kind)]
            sql = """
                SELECT export_id, unit_code, count(*), min(source_row), max(source_row)
                FROM read_parquet(?, union_by_name = true) WHERE unit_code IS NOT NULL GROUP BY ALL ORDER BY ALL"""
            for export_id, unit, *numbers in con.execute(sql, [paths]).fetchall():
                told = found.rows.setdefault(export_id, {})
                for code in _upwards(unit) if kind in COUNTED else [unit]:
                    known = told.get(code)
                    told[code] = numbers if known is None else _joined(known, numbers)


def _measure_aside(office: Office, scratch: Office, exports: Sequence[ExportRecord], found: _Measured) -> None:
    with office.engine() as con:
        for export in exports:
            key = TABLE_OF_KIND[export.kind], export.week, export.export_id
            paths = [home.quarantine_path(*key) for home in (scratch.home, office.home)]
            path = next((path for path in paths if path.is_file()), None)
            if path is not None:
                sql = """
                    SELECT coalesce(unit_code, ''), rule, count(*)
                    FROM (SELECT unit_code, unnest(rules) AS rule FROM read_parquet(?)) GROUP BY ALL ORDER BY ALL"""
                for unit, rule, rows in con.execute(sql, [str(path)]).fetchall():
                    for code in _upwards(unit):
                        told = found.aside.setdefault(export.export_id, {}).setdefault(code, {})
                        told[rule] = told.get(rule, 0) + rows


def _upwards(unit: str) -> list[str]:
    """`H05.02.01` is part of H05.02, of H05 and, in the end, of all: an empty code."""
    parts = unit.split(".") if unit else []
    return [".".join(parts[:length]) for length in range(len(parts), -1, -1)]


def _joined(one: Sequence[int], other: Sequence[int]) -> list[int]:
    return [one[0] + other[0], min(one[1], other[1]), max(one[2], other[2])]


def _measure_movement(
    office: Office,
    scratch: Office,
    revision: Revision,
    gate: Gate,
    exports: Sequence[ExportRecord],
    periods: Mapping[str, str],
    found: _Measured,
) -> None:
    """Against the week before, in each kind of period in which that one is read in the same period."""
    week = Week.parse(revision.week)
    kinds = [kind for kind in COUNTED_KINDS if kind in periods and _reads_alike(kind, week, periods[kind])]
    if not kinds or week.previous.sunday < _first_ruled():
        return
    kept = kept_of(office, gate, exports_counted(gate, [week]), week)
    counted = [each for each in exports if each.kind in COUNTED]
    with moving_rows(scratch, counted, week, kept) as members:
        for kind in kinds:
            for code, units in members.movements(week, kind, _still(office, revision, kind)).items():
                for unit, each in units.items():
                    told = [each.into_numerator, each.out_of_numerator, each.into_denominator, each.out_of_denominator]
                    found.moved.setdefault(kind, {}).setdefault(unit, {})[code] = told


def _still(office: Office, revision: Revision, kind: str) -> dict[str, list[str]]:
    """Indicator to the units that have something to count."""
    path = office.home.revision_path(revision.week, revision.revision) / "scores.parquet"
    found: dict[str, list[str]] = {}
    if not path.is_file():
        return found
    with office.engine() as con:
        sql = """
            SELECT indicator, unit_code FROM read_parquet(?)
            WHERE period_kind = ? AND denominator > 0 AND NOT contains(coalesce(note, ''), 'inherited') ORDER BY ALL"""
        for indicator, unit in con.execute(sql, [str(path), kind]).fetchall():
            found.setdefault(indicator, []).append(unit)
    return found


def _reads_alike(kind: str, week: Week, period: str) -> bool:
    return Period.of_week(kind, week.previous).label == period  # type: ignore[arg-type]


def _first_ruled() -> Any:
    return min(rules.valid_from for rules in load_rulesets().values())
