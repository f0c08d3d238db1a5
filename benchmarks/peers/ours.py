"""What ours comes to for a landing folder of the benchmark, by the house's own functions, for comparison with the peers.

Belongs here: row rules, counts, scores and ranks called one after the other, without Dagster, database and pages.
Does not belong here: anything that is timed (service-index run is), any rule of its own.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from assets.rankings import rank_week, ranking_frame
from assets.scores import Slice
from benchmarks.peers.compare import COLUMNS
from checks.rows import split
from checks.rules import rules_for
from resources.catalogue import table
from resources.counting import Arrival, CountInputs, count_weeks
from resources.engine import connect, quote_text, write_parquet
from resources.exports import TABLE_OF_KIND, ExportRecord
from resources.frames import to_arrow
from resources.units import level_of
from scoring.basis import assemble
from scoring.calendar import Period, Week
from scoring.formulas import score_counts
from scoring.readings import COUNTED_KINDS
from scoring.ruleset import ruleset_of

#: Rules that typed exports without columns of their own cannot break, and the peers therefore leave out.
LEFT_OUT = ("unreadable", "unreadable_detail", "component_as_result", "cash_as_online", "applicant_filler")


def make_ours(landing: Path, out: Path) -> None:
    """Writes the four files of compare.COLUMNS. landing: as make_data.py writes it."""
    con = connect()
    weeks = sorted(Week.parse(folder.name) for folder in landing.iterdir())
    with tempfile.TemporaryDirectory() as temporary:
        inputs = _checked(con, landing, Path(temporary), out)
        count_weeks(con, inputs, weeks)
        write_parquet(con, "FROM counts", out / "counts.parquet")
    before: list[Slice] = []
    parts = []
    for week in weeks:
        now = _slices(con, week)
        parts.append(to_arrow(ranking_frame(week, rank_week(now, before, None, None), {}), "rankings"))
        before = now
    rows = pa.concat_tables(parts)
    con.register("totals", rows)
    columns = ", ".join(COLUMNS["totals"][1:])
    write_parquet(
        con, f"SELECT strptime(week || '-1', '%G-W%V-%u')::DATE AS week, {columns} FROM totals", out / "totals.parquet"
    )


def _checked(con: duckdb.DuckDBPyConnection, landing: Path, folder: Path, out: Path) -> CountInputs:
    """Types and splits every export; writes findings and quarantine, returns what is valid."""
    files: dict[str, list[Path]] = {kind: [] for kind in ("dossiers", "procedures", "petitions", "units")}
    arrivals: list[Arrival] = []
    con.execute("CREATE TABLE found (rule VARCHAR, failed BIGINT)")
    con.execute("CREATE TABLE aside (week DATE, source_row BIGINT, rule VARCHAR)")
    for path in sorted(landing.glob("*/*.parquet")):
        week, kind = Week.parse(path.parent.name), path.name.partition(".")[0]
        export = _record(week, kind, path)
        rules = [rule for rule in rules_for(TABLE_OF_KIND[kind], week) if rule.id.partition(".")[2] not in LEFT_OUT]
        valid, quarantine = (folder / f"{path.stem}-{week}{what}.parquet" for what in ("", "-quarantine"))
        result = split(con, _typed(con, path, kind, week), kind, rules, valid, quarantine, export)
        for one in result.measurements:
            if one.unit_code is None and one.failed:
                con.execute("INSERT INTO found VALUES (?, ?)", [one.rule, one.failed])
        con.execute(
            f"INSERT INTO aside SELECT DATE '{week.monday}', source_row, unnest(rules) FROM read_parquet({quote_text(quarantine)})"
        )
        files[kind].append(valid)
        arrivals.append(Arrival(kind, export.scope, week, export.export_id))  # type: ignore[arg-type]
    write_parquet(con, "SELECT rule, sum(failed)::BIGINT AS failed FROM found GROUP BY rule", out / "findings.parquet")
    write_parquet(con, "FROM aside", out / "quarantine.parquet")
    return CountInputs(**files, arrivals=arrivals)


def _typed(con: duckdb.DuckDBPyConnection, path: Path, kind: str, week: Week) -> str:
    there = {name for name, *_ in con.execute(f"DESCRIBE FROM read_parquet({quote_text(path)})").fetchall()}
    given = {
        "arrived_week": f"DATE '{week.monday}'",
        "export_id": quote_text(f"{path.name}-{week}"),
        "source_row": "file_row_number + 1",
    }
    columns = []
    for column in table(kind).columns:
        local = f"{column.name} - INTERVAL 7 HOUR" if column.type == "TIMESTAMP" else column.name
        value = given.get(column.name) or (local if column.name in there else "NULL")
        columns.append(f"CAST({value} AS {column.type}) AS {column.name}")
    return f"SELECT {', '.join(columns)}, []::VARCHAR[] AS parse_errors FROM read_parquet({quote_text(path)}, file_row_number = true)"


def _record(week: Week, kind: str, path: Path) -> ExportRecord:
    return ExportRecord(
        export_id=f"{path.name}-{week}",
        week=str(week),
        kind=kind,
        scope=path.name.split(".parquet")[0].partition(".")[2],
        period_kind=None,
        period=None,
        file=path.name,
        sha256="",
        size_bytes=0,
        rows=0,
        rejected_rows=0,
        exported_at=None,
        received_at=datetime(2027, 1, 4),
    )


def _slices(con: duckdb.DuckDBPyConnection, week: Week) -> list[Slice]:
    found = []
    for kind in COUNTED_KINDS:
        period = Period.of_week(kind, week)
        ruleset = ruleset_of(week, period)
        counts = con.execute("FROM counts WHERE week = ? AND period_kind = ?", [week.monday, kind]).df()
        codes = sorted(counts["unit_code"].unique())
        counts = counts.assign(province_code=counts["unit_code"].str[:3], level=counts["unit_code"].map(level_of))
        units = counts[["unit_code", "level", "province_code"]].drop_duplicates().set_index("unit_code").loc[codes]
        figures = assemble(units.reset_index().astype(object), ruleset, computed=score_counts(counts, ruleset))
        found.append(Slice(week, period, ruleset, figures, ()))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("landing", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    make_ours(arguments.landing, arguments.out)


if __name__ == "__main__":
    main()
