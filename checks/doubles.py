"""Dossiers that stand twice: under an old and a new code, under two units, or two different ones under one code.

Belongs here: finding them over the typed files of many weeks, and the findings. Does not belong here: the same dossier
further down in one file, which is no fault (rules.yaml, `repeated`).
"""

# ruff: noqa: S608 - names of the catalogue and quoted paths only

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checks.aggregates import STAGE, UnitFacts
from checks.own_rules import DROPPED
from checks.rows import of_export
from checks.rules import rule_named
from resources.engine import quote_text
from resources.outcomes import RuleOutcome
from resources.units import code_sql

if TYPE_CHECKING:
    import duckdb

    from resources.exports import ExportRecord

EXAMPLES = 5
_OLD = r"^\d{3}\."  # 000.00.15.H37-...
_SERIAL = r"-\d{6}-\d+$"  # of a dossier's code: the day and the number of the day


@dataclass(frozen=True, slots=True)
class Doubled:
    """A dossier that stands under two codes or two units: the codes, units and weeks of both."""

    codes: tuple[str, str]
    units: tuple[str, str]
    weeks: tuple[str, str]


def find_doubled(con: duckdb.DuckDBPyConnection, now: Sequence[Path], earlier: Sequence[Path]) -> list[Doubled]:
    """Dossiers of this week's typed files that also stand under another form of their code, now or in an earlier week,
    or under another unit in another of this week's files.

    The old form 000.00.15.H37-250723-0001 and the new one H37.15-250723-0001 name one dossier. Only where an old form is
    about at all are the codes of earlier weeks joined.
    """
    columns = "dossier_code, unit_code, arrived_week"
    sources = [f"SELECT {columns}, true AS is_new FROM {_files(now)}"]
    if earlier:
        sources.append(f"SELECT {columns}, false AS is_new FROM {_files(earlier)}")
    agency = code_sql(f"regexp_replace(dossier_code, {quote_text(_SERIAL)}, '')")
    name = f"{agency} || regexp_extract(dossier_code, {quote_text(_SERIAL)})"
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE doubled_codes AS
        SELECT *, CASE WHEN is_old THEN {name} ELSE dossier_code END AS name
        FROM (
            SELECT *, regexp_matches(dossier_code, {quote_text(_OLD)}) AS is_old
            FROM ({" UNION ALL ".join(sources)}) WHERE dossier_code IS NOT NULL
        )"""
    )
    try:
        rows = con.execute(
            """
            SELECT DISTINCT o.dossier_code, n.dossier_code, o.unit_code, n.unit_code, o.arrived_week, n.arrived_week
            FROM doubled_codes o JOIN doubled_codes n USING (name)
            WHERE o.is_old AND NOT n.is_old AND (o.is_new OR n.is_new)
            UNION
            SELECT a.dossier_code, b.dossier_code, a.unit_code, b.unit_code, a.arrived_week, b.arrived_week
            FROM doubled_codes a JOIN doubled_codes b USING (dossier_code)
            WHERE a.is_new AND b.is_new AND a.unit_code < b.unit_code
            ORDER BY ALL"""
        ).fetchall()
    finally:
        con.execute("DROP TABLE IF EXISTS doubled_codes")
    return [Doubled((a, b), (ua, ub), (str(wa), str(wb))) for a, b, ua, ub, wa, wb in rows]


def has_old_codes(con: duckdb.DuckDBPyConnection, dossiers: Path) -> bool:
    """Whether any dossier of a typed file has a code of the old form."""
    sql = f"SELECT bool_or(regexp_matches(dossier_code, {quote_text(_OLD)})) FROM {_files([dossiers])}"
    found = con.execute(sql).fetchone()
    return bool(found and found[0])


def _files(paths: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(map(quote_text, paths))}])"


def judge_doubled(
    export: ExportRecord, doubled: Sequence[Doubled], units: Mapping[str, UnitFacts]
) -> list[RuleOutcome]:
    """One finding a unit that counts dossiers twice. Few (`most_dossiers`, `most_share` of the unit's) only warn."""
    rule = rule_named("dossiers.doubled_under_two_units")
    by_unit: dict[str, list[Doubled]] = {}
    for each in doubled:
        for unit in dict.fromkeys(each.units):
            by_unit.setdefault(unit, []).append(each)
    outcomes = []
    for unit, found in sorted(by_unit.items()):
        rows = units[unit].rows if unit in units else 0
        few = len(found) <= max(rule.limits["most_dossiers"], rule.limits["most_share"] * rows)
        examples = "; ".join(_shown(each) for each in found[:EXAMPLES])
        outcomes.append(
            rule.outcome(
                week=export.week,
                stage=STAGE,
                severity="warning" if few else rule.severity,
                unit_code=unit,
                field="dossier_code",
                value=examples + ("; …" if len(found) > EXAMPLES else ""),
                checked=rows,
                failed=len(found),
                **of_export(export),
            )
        )
    return outcomes


def _shown(each: Doubled) -> str:
    return f"{' = '.join(dict.fromkeys(each.codes))} ({', '.join(dict.fromkeys(each.units))})"


# ---- two dossiers under one code


@dataclass(frozen=True, slots=True)
class SharedCode:
    """A code that rows of one file give to dossiers which differ in procedure or in the moment they were filed."""

    code: str
    unit: str
    row: int


def find_shared_codes(con: duckdb.DuckDBPyConnection, valid: Path, quarantine: Path) -> list[SharedCode]:
    """Codes of one export that name two dossiers. The earlier row stands in quarantine, superseded by the later one.

    A row that a correction dropped names nothing any more.
    """
    set_aside = f"read_parquet({quote_text(quarantine)}) WHERE NOT list_contains(rules, {quote_text(DROPPED.id)})"
    rows = con.execute(
        f"""
        SELECT dossier_code, max_by(unit_code, source_row), max(source_row) FROM (
            SELECT dossier_code, unit_code, procedure_code, filed_at, source_row FROM read_parquet({quote_text(valid)})
            WHERE dossier_code IN (SELECT dossier_code FROM {set_aside})
            UNION ALL
            SELECT dossier_code, unit_code, procedure_code, filed_at, source_row FROM {set_aside}
        ) WHERE dossier_code IS NOT NULL AND dossier_code <> '' GROUP BY dossier_code
        HAVING count(DISTINCT procedure_code) > 1 OR count(DISTINCT filed_at) > 1 ORDER BY 3"""
    ).fetchall()
    return [SharedCode(*row) for row in rows]


def judge_shared_codes(
    export: ExportRecord, shared: Sequence[SharedCode], units: Mapping[str, UnitFacts]
) -> list[RuleOutcome]:
    """One finding a unit, told by the first of its codes (rule dossiers.code_of_two)."""
    rule = rule_named("dossiers.code_of_two")
    by_unit: dict[str, list[SharedCode]] = {}
    for each in shared:
        by_unit.setdefault(each.unit, []).append(each)
    return [
        rule.outcome(
            week=export.week,
            stage=STAGE,
            unit_code=unit,
            row=found[0].row,
            field="dossier_code",
            value="; ".join(each.code for each in found[:EXAMPLES]) + ("; …" if len(found) > EXAMPLES else ""),
            checked=units[unit].rows if unit in units else len(found),
            failed=len(found),
            **of_export(export),
        )
        for unit, found in sorted(by_unit.items())
    ]
