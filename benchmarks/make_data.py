"""Practice data in any size for the benchmarks: a nation's dossiers over the 52 weeks of 2026.

Belongs here: writing typed tables (catalogue form) and, beside them, the same as a landing folder. Every value follows
from the number of the dossier by hashing, so that equal sizes give equal rows. Does not belong here: plausible figures
of a real province (the emulator writes those).
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import duckdb

from resources.catalogue import table
from resources.engine import connect, quote_text, write_parquet
from scoring.calendar import Week, week_range

WEEKS = list(week_range(Week.parse("2026-W01"), Week.parse("2026-W52")))
PROVINCES, DEPARTMENTS, COMMUNES = 34, 12, 85  # 34 provinces of 97 units: 3,298 units
PROCEDURES, DEPARTMENT_LIST, COMMUNE_LIST = 2_000, 100, 300
LIST_WEEKS = (WEEKS[0], WEEKS[26])  # weeks with an export of procedures and units
VERSIONS_PER_DOSSIER = 1.6  # 45 % have one version, 50 % two, 5 % three

_DRAW = "CREATE OR REPLACE TEMP MACRO draw(n, salt) AS (hash(n, salt) % 1000000)::INTEGER / 1000000.0"

_UNITS = f"""
CREATE OR REPLACE TEMP TABLE bench_units AS
SELECT (p * 97 + u)::INTEGER AS unit_id, p AS province_id,
       printf('H%02d', p + 1) AS province_code,
       CASE WHEN u < {DEPARTMENTS} THEN printf('H%02d.%02d', p + 1, u + 1)
            ELSE printf('H%02d.%03d', p + 1, 100 + u) END AS unit_code,
       CASE WHEN u < {DEPARTMENTS} THEN 'department' ELSE 'commune' END AS level,
       CASE WHEN u < {DEPARTMENTS} THEN {DEPARTMENT_LIST} ELSE {COMMUNE_LIST} END AS list_size
FROM range({PROVINCES}) provinces(p), range({DEPARTMENTS + COMMUNES}) units(u)
"""

# One row a dossier. `days`: working time; the second version tells the end, a third one a correction two weeks later.
_DOSSIERS = """
CREATE OR REPLACE TEMP TABLE bench_dossiers AS
SELECT n, unit.unit_id, unit.province_code, unit.unit_code, unit.list_size,
       TIMESTAMP '2025-12-31 17:00:00' + to_seconds((draw(n, 2) * 31190400)::BIGINT) AS accepted_at,
       (unit.unit_id * 7 + floor(unit.list_size * pow(draw(n, 3), 3))::INTEGER) % $procedures AS procedure_id,
       CASE WHEN draw(n, 4) < 0.45 THEN 0.0 ELSE 1.0 END AS later,
       (1 + 19 * draw(n, 5)) * 86400 AS term_seconds,
       draw(n, 6) < 0.05 AS thrice
FROM range($first, $last) ids(n)
JOIN bench_units unit ON unit.unit_id = (hash(n, 1) % 3298)::INTEGER
"""

_VERSIONS = """
CREATE OR REPLACE TEMP TABLE bench_versions AS
WITH numbered AS (
  SELECT *, accepted_at + to_seconds((CASE WHEN later = 1 THEN 7 * 86400 + term_seconds * 1.1 * draw(n, 7)
                                           ELSE draw(n, 7) * 86400 END)::BIGINT) AS end_at,
         unnest(CASE WHEN later = 0 THEN [2] WHEN thrice THEN [1, 2, 3] ELSE [1, 2] END) AS version
  FROM bench_dossiers
), dated AS (
  SELECT *, version >= 2 AS ended,
         CASE version WHEN 1 THEN accepted_at WHEN 2 THEN end_at ELSE end_at + INTERVAL 14 DAY END AS arrival
  FROM numbered
)
SELECT printf('%s.%03d-%s-%07d', province_code, unit_id % 97, strftime(accepted_at, '%y%m%d'), n) AS dossier_code,
       date_trunc('week', arrival + INTERVAL 7 HOUR)::DATE AS arrived_week,
       province_code,
       CASE WHEN version = 3 AND draw(n, 8) < 0.05 THEN moved_code ELSE unit_code END AS unit_code,
       CASE WHEN version = 3 AND draw(n, 9) < 0.10 THEN printf('1.%06d', (procedure_id + 1) % $procedures)
            ELSE printf('1.%06d', procedure_id) END AS procedure_code,
       CASE WHEN draw(n, 10) < 0.55 THEN 'online' WHEN draw(n, 10) < 0.95 THEN 'direct' ELSE 'post' END AS channel,
       CASE WHEN draw(n, 11) < 0.9 THEN 'citizen' ELSE 'enterprise' END AS applicant,
       CASE WHEN ended THEN 'done' ELSE 'processing' END AS status,
       accepted_at - INTERVAL 1 HOUR AS filed_at,
       accepted_at,
       CASE WHEN draw(n, 12) < 0.97 THEN accepted_at + to_seconds(term_seconds::BIGINT) END AS due_at,
       CASE WHEN ended THEN end_at END AS finished_at,
       CASE WHEN ended AND draw(n, 13) < 0.5 THEN end_at END AS returned_at,
       NULL::TIMESTAMP AS stopped_at,
       (CASE WHEN draw(n, 14) < 0.92 THEN 0 WHEN draw(n, 14) < 0.99 THEN 1 ELSE 2 END)::SMALLINT AS supplement_count,
       CASE WHEN NOT ended AND draw(n, 14) >= 0.92 THEN accepted_at + INTERVAL 1 DAY END AS supplement_open_at,
       (CASE WHEN ended AND draw(n, 14) >= 0.92 THEN 86400 * 2 ELSE 0 END)::BIGINT AS waiting_seconds,
       ended AND draw(n, 15) < 0.9 AS has_result,
       3::SMALLINT AS component_count,
       floor(draw(n, 16) * 4)::SMALLINT AS digitised_count,
       (CASE WHEN draw(n, 17) < 0.6 THEN 1 ELSE 0 END)::SMALLINT AS reused_count,
       (CASE WHEN draw(n, 18) < 0.1 THEN 1 ELSE 0 END)::SMALLINT AS from_store_count,
       draw(n, 16) > 0.1 AS declared_digitised,
       ended AND draw(n, 19) < 0.2 AS sent_to_store,
       draw(n, 20) < 0.7 AS vneid_verified,
       draw(n, 21) < 0.3 AS population_link,
       (CASE WHEN draw(n, 22) < 0.4 THEN 1 ELSE 0 END)::SMALLINT AS fee_count,
       (CASE WHEN draw(n, 22) < 0.4 THEN 50000 ELSE 0 END)::BIGINT AS fee_total_vnd,
       CASE WHEN draw(n, 22) >= 0.4 THEN 'none' WHEN version = 3 THEN 'offline'
            WHEN draw(n, 23) < 0.6 THEN 'portal' ELSE 'offline' END AS payment
FROM dated
JOIN (SELECT unit_id AS moved_id, unit_code AS moved_code FROM bench_units)
  ON moved_id = unit_id // 97 * 97 + (unit_id + 1) % 97
WHERE arrival < TIMESTAMP '2026-12-27 17:00:00'
"""

_PROCEDURES = """
CREATE OR REPLACE TEMP TABLE bench_procedures AS
SELECT unit_code, printf('1.%06d', (unit_id * 7 + n) % $procedures) AS procedure_code, NULL::VARCHAR AS procedure_name,
       CASE WHEN draw(n, 30) < 0.6 THEN 'full' WHEN draw(n, 30) < 0.9 THEN 'part' ELSE 'information' END AS service_level,
       draw(n, 31) < 0.8 AS subject_person, draw(n, 32) < 0.4 AS fee_bearing, draw(n, 33) < 0.7 AS payment_offered,
       draw(n, 34) < 0.5 AS population_connected,
       DATE '2026-01-01' + (draw(n, 35) * 150)::INTEGER AS announced_on,
       DATE '2026-01-01' + (draw(n, 35) * 150 + draw(n, 36) * 20)::INTEGER AS effective_on,
       CASE WHEN draw(n, 37) < 0.9 THEN DATE '2026-01-01' + (draw(n, 35) * 150 + draw(n, 38) * 10)::INTEGER END
         AS disclosed_on,
       draw(n, 39) < 0.95 AS content_complete, (1 + draw(n, 40) * 19)::INTEGER AS term_days
FROM bench_units, range(300) ids(n) WHERE n < list_size
"""

_PETITIONS = """
CREATE OR REPLACE TEMP TABLE bench_petitions AS
SELECT 'P' || dossier_code AS petition_code, min(arrived_week) + 7 AS arrived_week, min(unit_code) AS unit_code,
       CASE WHEN draw(hash(dossier_code), 50) < 0.7 THEN dossier_code END AS dossier_code,
       CASE WHEN draw(hash(dossier_code), 51) < 0.6 THEN 'petition' ELSE 'dislike' END AS form,
       min(accepted_at) + INTERVAL 7 DAY AS received_at, NULL::TIMESTAMP AS due_at,
       CASE WHEN draw(hash(dossier_code), 52) < 0.8 THEN 'resolve' END AS outcome,
       CASE WHEN draw(hash(dossier_code), 52) < 0.8  -- within the rest of the week it arrives in
            THEN date_trunc('second', min(accepted_at) + INTERVAL 7 DAY + draw(hash(dossier_code), 53)
                 * (CAST(min(arrived_week) + 14 AS TIMESTAMP) - INTERVAL 7 HOUR - min(accepted_at) - INTERVAL 7 DAY)) END
         AS answered_at,
       draw(hash(dossier_code), 54) < 0.1 AS disliked, draw(hash(dossier_code), 55) < 0.05 AS repeated
FROM bench_versions WHERE hash(dossier_code) % 100 = 0 GROUP BY dossier_code
HAVING min(arrived_week) + 7 <= DATE '2026-12-21'
"""

_UNIT_ROWS = """
CREATE OR REPLACE TEMP TABLE bench_unit_rows AS
SELECT unit_code, unit_code AS unit_name, level, province_code, NULL::VARCHAR AS statistics_code,
       level = 'commune' AND unit_id % 3 > 0 AS certified_copy, 100::BIGINT AS reported_month,
       NULL::BIGINT AS reported_quarter, 1000::BIGINT AS reported_ytd, ($dossiers // 3298)::BIGINT AS last_year_dossiers
FROM bench_units
UNION ALL
SELECT DISTINCT province_code, province_code, 'province', province_code, NULL, NULL::BOOLEAN, NULL::BIGINT, NULL::BIGINT,
       NULL::BIGINT, NULL::BIGINT FROM bench_units
"""

_TABLES = {
    "dossiers": "bench_versions",
    "procedures": "bench_procedures",
    "petitions": "bench_petitions",
    "units": "bench_unit_rows",
}
_HOUSE_KEYS = ("arrived_week", "export_id", "source_row")
_AT_ONCE = 5_000_000  # dossiers held in memory
_PARTED = {"dossiers": "bench_versions", "petitions": "bench_petitions"}


def make(folder: Path, dossiers: int, *, landing: bool = False, provinces: int = PROVINCES) -> None:
    """Write `<folder>/<table>/<week>.parquet` for every table and week, and `<folder>/landing` beside when asked.

    dossiers: how many; a dossier has 1.6 versions on average. Landing files carry Vietnamese local time. provinces: only
    so many of them, with their share of the dossiers.
    """
    with tempfile.TemporaryDirectory(dir=_made(folder)) as parts:
        con = connect(temp_directory=Path(parts))
        con.execute(_DRAW)
        con.execute(_UNITS)
        con.execute("DELETE FROM bench_units WHERE province_id >= ?", [provinces])
        for statement in (_PROCEDURES, _UNIT_ROWS):
            _run(con, statement, {"dossiers": dossiers, "procedures": PROCEDURES})
        if dossiers <= _AT_ONCE:
            _draw(con, 0, dossiers)
        else:
            _draw_in_parts(con, dossiers, Path(parts))
        for name, source in _TABLES.items():
            for week in WEEKS if name in _PARTED else LIST_WEEKS:
                _write_week(con, name, source, week, folder, landing)
        con.close()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _run(con: duckdb.DuckDBPyConnection, statement: str, names: dict[str, int]) -> None:
    con.execute(statement, {name: value for name, value in names.items() if f"${name}" in statement})


def _draw(con: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
    """The versions and petitions of some dossiers, as tables."""
    for statement in (_DOSSIERS, _VERSIONS, _PETITIONS):
        _run(con, statement, {"first": first, "last": last, "procedures": PROCEDURES})
    con.execute("DROP TABLE bench_dossiers")


def _draw_in_parts(con: duckdb.DuckDBPyConnection, dossiers: int, parts: Path) -> None:
    """The same of so many that they do not stand in memory together: files by week, and a view over them."""
    for first in range(0, dossiers, _AT_ONCE):
        print(f"{first:,} of {dossiers:,} dossiers are drawn", flush=True)
        _draw(con, first, min(first + _AT_ONCE, dossiers))
        for source in _PARTED.values():
            to = parts / source / str(first)
            to.mkdir(parents=True)
            con.execute(
                f"COPY (SELECT *, arrived_week AS week_ FROM {source}) TO {quote_text(to)} (FORMAT parquet, PARTITION_BY (week_))"
            )
            con.execute(f"DROP TABLE {source}")
    for source in _PARTED.values():
        files = quote_text(parts / source / "*" / "*" / "*.parquet")
        con.execute(
            f"CREATE TEMP VIEW {source} AS SELECT * EXCLUDE (week_) FROM read_parquet({files}, hive_partitioning = true)"
        )


def _write_week(
    con: duckdb.DuckDBPyConnection, name: str, source: str, week: Week, folder: Path, landing: bool
) -> None:
    columns = table(name).columns
    where = f"WHERE arrived_week = DATE '{week.monday}'" if name in _PARTED else ""
    order = f"ORDER BY {', '.join(key for key in ('unit_code', *table(name).key) if key != 'arrived_week')}"
    made = {name for name, *_ in con.execute(f"DESCRIBE {source}").fetchall()}
    values = {c.name: "NULL" for c in columns if c.nullable and c.name not in made} | {
        "arrived_week": f"DATE '{week.monday}'",
        "export_id": quote_text(f"{name}-{week}"),
        "source_row": f"row_number() OVER ({order})",
    }
    typed = ", ".join(f"CAST({values.get(c.name, c.name)} AS {c.type}) AS {c.name}" for c in columns)
    write_parquet(con, f"SELECT {typed} FROM {source} {where} {order}", folder / name / f"{week}.parquet")
    if landing:
        local = ", ".join(
            f"{c.name} + INTERVAL 7 HOUR AS {c.name}" if c.type == "TIMESTAMP" else c.name
            for c in columns
            if c.name not in _HOUSE_KEYS and c.name in made
        )
        if not con.execute(f"SELECT 1 FROM {source} {where} LIMIT 1").fetchone():
            return
        path = folder / "landing" / str(week) / f"{name}.VN.parquet"
        write_parquet(con, f"SELECT {local} FROM {source} {where} {order}", path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dossiers", type=int, default=1_000_000)
    parser.add_argument("--landing", action="store_true", help="write the landing folder too")
    arguments = parser.parse_args()
    make(arguments.folder, arguments.dossiers, landing=arguments.landing)


if __name__ == "__main__":
    main()
