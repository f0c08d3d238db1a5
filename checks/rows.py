"""Row rules measured in ONE scan: what is valid goes one way, what is impossible goes to quarantine with its reason.

Belongs here: laying the conditions of the row rules beside every typed row, counting, writing both files. Does not
belong here: what the conditions are (rules.yaml), or what many failures mean for a feed (suites, verdict).

valid + quarantined = received, always. Corrections are laid over the rows first (corrections.py). Of rows that name the same
thing the last one of the file stands, whether it is sound or not: an earlier row is never put in the place of a later one
unsaid.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks import row_sql
from checks.rules import Rule, fingerprint, rules_for
from resources.catalogue import Table
from resources.catalogue import table as catalogue_table
from resources.engine import write_bytes_atomically, write_parquet
from resources.files import remove
from resources.outcomes import RuleOutcome
from scoring.calendar import Week

if TYPE_CHECKING:
    import duckdb

    from checks.corrections import Laid
    from resources.cases import Correction
    from resources.exports import ExportRecord
    from resources.home import Home

STAGE = "dossiers"
UNITS_NAMED = 8  # of a finding about rows of several units
_PACKED, _PLAIN = ".checks.json.gz", ".checks.json"  # plain: as versions before November 2026 wrote it
_MADE_BY = 2  # raised when the same rows and rules would be split otherwise


@dataclass(frozen=True, slots=True)
class Measurement:
    """How many rows of a unit (None: the whole export) a rule looked at, how many failed, and the first of them."""

    rule: str
    unit_code: str | None
    checked: int
    failed: int
    first_row: int | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class SplitResult:
    """What became of an export's rows.

    measurements: for each rule one of the whole export and one of every unit in which rows failed. outcomes: a finding
    for each rule that set rows aside, and for each that could not be run.
    """

    valid_rows: int
    quarantined_rows: int
    units: int
    measurements: tuple[Measurement, ...]
    outcomes: tuple[RuleOutcome, ...]

    @property
    def received_rows(self) -> int:
        return self.valid_rows + self.quarantined_rows


def split_export(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    mapping_folders: Sequence[Path],
    table: str,
    export: ExportRecord,
    corrections: Sequence[Correction] = (),
    beside: Sequence[ExportRecord] = (),
) -> SplitResult:
    """Types an accepted export through its mapping and splits it into the home's two files.

    corrections: those that speak of the export. beside: the other parts of its file (sheets of a workbook). An export split
    before by the same mapping, rules and corrections is left as it is. Raises what load_mapping and duckdb raise.
    """
    from checks.corrections import facts, laid_over, laying
    from resources.mapping import load_mapping

    def typed(each: ExportRecord) -> str:
        mapping = load_mapping((each.mapping or "").partition("@")[0], mapping_folders)
        return mapping.typed_sql(home.raw_path(each), each)

    typed_sql = typed(export)
    others = {each.export_id: typed(each) for each in beside} if corrections else {}
    rules = rules_for(table, Week.parse(export.week))
    # Where the home stands says nothing about the rows: a home that was moved is not read again.
    own, *rest = (sql.replace(str(home.root), "") for sql in (typed_sql, *others.values()))
    made_of: list[Any] = [_MADE_BY, own, fingerprint(rules), export.export_id]
    made_of += [facts(corrections), rest] if corrections else []
    made_from = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    valid_path = home.table_path(table, export.week, export.export_id)
    quarantine_path = home.quarantine_path(table, export.week, export.export_id)
    kept = measurements_path(valid_path)
    if kept.is_file() and valid_path.is_file() and quarantine_path.is_file():
        found = _read(kept)
        # What was stopped after writing a file can be undone by a withdrawal: the files tell what they carry.
        carried = tuple(found.get("corrections", ()))
        if found["made_from"] == made_from and laid_over(valid_path) == laid_over(quarantine_path) == carried:
            return _from_data(found["result"])
    with laying(con, typed_sql, table, corrections, export, others) as laid:
        result = split(con, typed_sql, table, rules, valid_path, quarantine_path, export, laid)
    # Written last: as long as it is not there, or speaks of other inputs, the two files count as unfinished.
    data: dict[str, Any] = {"made_from": made_from, "result": asdict(result)}
    if laid is not None and laid.numbers:
        data["corrections"] = laid.numbers
    # 3,298 units and 40 rules are two megabytes of text whatever dossiers a week has, a hundred kilobytes packed.
    packed = valid_path.with_suffix(_PACKED)
    write_bytes_atomically(packed, gzip.compress(json.dumps(data, ensure_ascii=False).encode(), mtime=0))
    if kept != packed:
        remove(kept)
    return result


def load_split(home: Home, table: str, export: ExportRecord) -> SplitResult:
    """What split_export found for an export before. Raises FileNotFoundError when it has not run."""
    path = measurements_path(home.table_path(table, export.week, export.export_id))
    return _from_data(_read(path)["result"])


def measurements_path(valid_path: Path) -> Path:
    """The file of measurements beside the valid rows: packed, or as older versions wrote it where only that is there."""
    packed, plain = valid_path.with_suffix(_PACKED), valid_path.with_suffix(_PLAIN)
    return plain if plain.is_file() and not packed.is_file() else packed


def _read(path: Path) -> dict[str, Any]:
    found = path.read_bytes()
    content: dict[str, Any] = json.loads(gzip.decompress(found) if path.name.endswith(_PACKED) else found)
    return content


def split(
    con: duckdb.DuckDBPyConnection,
    typed_sql: str,
    table: str,
    rules: Iterable[Rule],
    valid_path: Path,
    quarantine_path: Path,
    export: ExportRecord,
    laid: Laid | None = None,
) -> SplitResult:
    """Measure the row rules of `table` on the rows of `typed_sql` and write the two Parquet files.

    typed_sql: a SELECT of the table's catalogue columns and `parse_errors` VARCHAR[] ('field=value'), scanned once.
    laid: what corrections made of these rows; what they left is judged, what they dropped goes to quarantine.
    Valid file: the catalogue columns. Quarantine file: the same, and rules, values, expected (lists of one length, text
    for people, Vietnamese time) and file. Files appear whole or not at all. Raises duckdb.Error when typed_sql fails.
    """
    entry, week = catalogue_table(table), Week.parse(export.week)
    rules, typed_sql = list(rules), laid.sql if laid else typed_sql
    notes = laid.notes if laid else None
    repeated = [rule for rule in rules if rule.repeated]
    try:
        conditions, crashed = _lay_flags(con, typed_sql, [rule for rule in rules if rule.condition is not None], week)
        measured, units = _measure(con, entry, conditions)
        received = con.execute("SELECT count(*) FROM checked").fetchall()[0][0]
        measured += [_measure_repeated(con, entry, rule, number, received) for number, rule in enumerate(repeated)]
        counts = [found[0].failed for rule, found in measured if rule.repeated]
        failing = row_sql.failing_conditions(conditions, repeated, counts)
        ordered = any(counts)  # a join need not keep the order of the rows
        valid = write_parquet(con, row_sql.valid_rows(entry, failing, ordered=ordered), valid_path, notes=notes)
        quarantine = row_sql.quarantined_rows(entry, failing, export.file, ordered=ordered)
        if laid and laid.dropped:
            quarantine = row_sql.together(quarantine, laid.dropped)
        quarantined = write_parquet(con, quarantine, quarantine_path, notes=notes)
    finally:
        for name in ("checked", "typed", *(row_sql.superseded(number) for number in range(len(repeated)))):
            con.execute(f"DROP TABLE IF EXISTS {name}")
    outcomes = [_quarantined(rule, found, entry, export) for rule, found in measured if rule.quarantines]
    outcomes += [_crashed(rule, error, export) for rule, error in crashed]
    measurements = [each for _, found in measured for each in found]
    return SplitResult(
        valid_rows=valid,
        quarantined_rows=quarantined,
        units=units,
        measurements=(*measurements, *(laid.measurements if laid else ())),
        outcomes=(*(outcome for outcome in outcomes if outcome), *(laid.outcomes if laid else ())),
    )


def _lay_flags(
    con: duckdb.DuckDBPyConnection, typed_sql: str, rules: list[Rule], week: Week
) -> tuple[list[Rule], list[tuple[Rule, str]]]:
    """Make the table `checked`. Returns the rules that ran, and those that did not with the error."""
    import duckdb

    try:
        con.execute(row_sql.lay_flags(row_sql.with_helpers(f"({typed_sql})", week), rules))
        return rules, []
    except duckdb.Error as error:
        # Whose fault is it? The rows alone come first: if they cannot be read, that error goes up.
        con.execute(f"CREATE OR REPLACE TEMP TABLE typed AS {typed_sql}")
        source = row_sql.with_helpers("typed", week)
        running, crashed = [], []
        for rule in rules:
            try:
                con.execute(row_sql.lay_flags(source, [rule]))
                running.append(rule)
            except duckdb.Error as own_error:
                crashed.append((rule, str(own_error)))
        if not crashed:
            raise error
        con.execute(row_sql.lay_flags(source, running))
        return running, crashed


def _measure(
    con: duckdb.DuckDBPyConnection, entry: Table, conditions: Sequence[Rule]
) -> tuple[list[tuple[Rule, list[Measurement]]], int]:
    """Measurements per rule, the whole export's first; and how many units there are."""
    of_units = dict(con.execute(row_sql.count_by_unit()).fetchall())
    # Most conditions fail nowhere: only the others are counted unit by unit.
    whole = con.execute(row_sql.count_whole(len(conditions))).fetchall()[0] if conditions else ()
    somewhere = [number for number, failed in enumerate(whole) if failed]
    by_unit = con.execute(row_sql.count_failing(somewhere)).fetchall() if somewhere else []
    received = sum(of_units.values())
    measured: list[tuple[Rule, list[Measurement]]] = []
    for number, rule in enumerate(conditions):
        at = 1 + 2 * somewhere.index(number) if number in somewhere else 0
        failing = [(unit[0], of_units[unit[0]], unit[at], unit[at + 1]) for unit in by_unit if at and unit[at]]
        values = _values(con, entry, rule, [first for *_, first in failing])
        units = [
            Measurement(rule.id, unit_code, checked, failed, first, values[first])
            for unit_code, checked, failed, first in failing
            if unit_code
        ]
        first = min((first for *_, first in failing), default=None)
        failed = sum(failed for _, _, failed, _ in failing)
        measured.append((rule, [Measurement(rule.id, None, received, failed, first, values.get(first)), *units]))
    return measured, sum(1 for unit in of_units if unit)


def _measure_repeated(
    con: duckdb.DuckDBPyConnection, entry: Table, rule: Rule, number: int, received: int
) -> tuple[Rule, list[Measurement]]:
    con.execute(row_sql.find_superseded(rule, number))
    found = con.execute(row_sql.first_superseded(number)).fetchone()
    assert found is not None
    failed, first = found
    values = _values(con, entry, rule, [first] if failed else [])
    return rule, [Measurement(rule.id, None, received, failed, first, values.get(first))]


def _values(con: duckdb.DuckDBPyConnection, entry: Table, rule: Rule, rows: Sequence[int]) -> dict[int | None, str]:
    """What the rule's fields hold in some rows, by row number."""
    return dict(con.execute(row_sql.values_of_rows(entry, rule), [list(rows)]).fetchall()) if rows else {}


def _quarantined(rule: Rule, found: Sequence[Measurement], entry: Table, export: ExportRecord) -> RuleOutcome | None:
    """The finding that rows were set aside, told by the first of them; None when there are none."""
    whole, units = found[0], found[1:]
    if not whole.failed or rule.grain != "row":
        return None
    return rule.outcome(
        week=export.week,
        stage=STAGE,
        **{"grain": "row", "status": "passed" if rule.severity == "info" else "failed", "row": whole.first_row},
        checked=whole.checked,
        failed=whole.failed,
        **first_finding(rule, whole.value, entry),
        **in_units(rule, units),
        **of_export(export),
    )


def in_units(rule: Rule, units: Sequence[Measurement]) -> dict[str, Any]:
    """The unit of a finding where all failing rows are of one; of several the words that name those with the most."""
    if len(units) == 1:
        return {"unit_code": units[0].unit_code}
    if not units:
        return {}
    most = sorted(units, key=lambda each: (-each.failed, each.unit_code or ""))
    named = ", ".join(f"{each.unit_code} {each.failed}" for each in most[:UNITS_NAMED])
    named += ", …" if len(units) > UNITS_NAMED else ""
    return {"message_vi": f"{rule.title_vi} ({named})", "message_en": f"{rule.title_en} ({named})"}


def _crashed(rule: Rule, error: str, export: ExportRecord) -> RuleOutcome:
    facts = {"grain": "feed", "severity": "error", "status": "crashed", "value": error, **of_export(export)}
    return rule.outcome(week=export.week, stage=STAGE, **facts)


def first_finding(rule: Rule, value: str | None, entry: Table) -> dict[str, Any]:
    """field, value and expected of the row told of. Of a field that could not be read: its own name, text and type."""
    if rule.fields == ("parse_errors",) and value:
        field, _, text = value.partition("; ")[0].partition("=")
        types = {column.name: column.type for column in entry.columns}
        return {"field": field, "value": text, "expected": types.get(field, rule.expected)}
    return {"field": ", ".join(rule.fields) or None, "value": value, "expected": rule.expected}


def of_export(export: ExportRecord) -> dict[str, Any]:
    """The fields of a RuleOutcome that say which export it speaks of."""
    return {
        "kind": export.kind,
        "scope": export.scope,
        "period": export.period,
        "export_id": export.export_id,
        "file": export.file,
    }


def _from_data(data: dict[str, Any]) -> SplitResult:
    return SplitResult(
        valid_rows=data["valid_rows"],
        quarantined_rows=data["quarantined_rows"],
        units=data["units"],
        measurements=tuple(Measurement(**each) for each in data["measurements"]),
        outcomes=tuple(RuleOutcome(**each) for each in data["outcomes"]),
    )
