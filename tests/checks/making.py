"""Exports, rows and tables for the tests of checks, made by hand; and published tables read into the house's columns.

Belongs here: builders. Does not belong here: tests.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from checks.rows import Measurement, SplitResult
from checks.tables import COMPONENTS, TableFeed
from resources.catalogue import duckdb_schema
from resources.exports import ExportRecord
from resources.outcomes import RuleOutcome
from resources.units import normalise_code
from scoring.calendar import Period, Week

WEEK = "2025-W41"  # 2025-10-06 to 2025-10-12
MAXIMA = {
    "transparency": Decimal(18),
    "progress": Decimal(20),
    "online_services": Decimal(12),
    "online_payment": Decimal(10),
    "satisfaction": Decimal(18),
    "digitisation": Decimal(22),
}
PORTAL_COLUMNS = {
    **{"CKMB": "transparency", "TDGQ": "progress", "CLGQ": "online_services", "TTTT": "online_payment"},
    **{"MDHL": "satisfaction", "MDSH": "digitisation", "TONG_SCORE": "total", "ROW_STT": "portal_rank"},
    **{"MA_COQUAN": "unit_code", "TEN": "unit_name", "LOAI_COQUAN": "level", "rank": "portal_rank"},
}


def an_export(kind: str = "dossiers", scope: str = "H05", week: str = WEEK, **facts: Any) -> ExportRecord:
    """An accepted export; `period_kind` is ytd for kinds that have one, unless told otherwise."""
    period_kind = facts.pop("period_kind", "ytd" if kind in ("counts", "scores") else None)
    period = Period.of_week(period_kind, Week.parse(week)).label if period_kind else None
    name = ".".join(part for part in (kind, scope, period_kind) if part)
    known: dict[str, Any] = {
        "export_id": f"{week}.{name}",
        "week": week,
        "kind": kind,
        "scope": scope,
        "period_kind": period_kind,
        "period": period,
        "file": f"{week}/{name}.csv",
        "sha256": f"{week}.{name}".encode().hex().ljust(64, "0")[:64],
        "size_bytes": 1,
        "rows": 100,
        "rejected_rows": 0,
        "exported_at": None,
        "received_at": datetime(2025, 10, 13),
    }
    return ExportRecord(**{**known, **facts})


def a_dossier(row: int, **facts: Any) -> dict[str, Any]:
    """A sound dossier of 2025-W41: filed, accepted, due and finished in time. Times are naive UTC."""
    return {
        "dossier_code": f"H05.101-251006-{row:04d}",
        "arrived_week": "2025-10-06",
        "province_code": "H05",
        "unit_code": "H05.101",
        "procedure_code": "1.004222",
        "channel": "online",
        "applicant": "citizen",
        "status": "done",
        "filed_at": "2025-10-06 01:00:00",
        "accepted_at": "2025-10-06 02:00:00",
        "due_at": "2025-10-16 02:00:00",
        "finished_at": "2025-10-07 02:00:00",
        "returned_at": None,
        "stopped_at": None,
        "supplement_count": 0,
        "supplement_open_at": None,
        "waiting_seconds": 0,
        "has_result": True,
        "component_count": 3,
        "digitised_count": 2,
        "reused_count": 0,
        "from_store_count": 0,
        "declared_digitised": True,
        "sent_to_store": False,
        "vneid_verified": True,
        "population_link": False,
        "fee_count": 1,
        "fee_total_vnd": 10000,
        "payment": "portal",
        "export_id": "e",
        "source_row": row,
        "parse_errors": [],
        **facts,
    }


def typed(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """A SELECT over rows, typed as the catalogue says, as a mapping would give it."""
    schema = {**duckdb_schema(table), "parse_errors": "VARCHAR[]"}
    con.execute(
        "CREATE OR REPLACE TABLE given (" + ", ".join(f'"{name}" {type_}' for name, type_ in schema.items()) + ")"
    )
    if rows:
        given = pa.table({name: [row.get(name) for row in rows] for name in schema})
        con.register("given_rows", given).execute("INSERT INTO given SELECT * FROM given_rows").unregister("given_rows")
    return "SELECT * FROM given"


def score_row(unit_code: str, row: int = 1, **facts: Any) -> dict[str, Any]:
    """A row of a score table, sound: 15.64 + 18.99 + 8.42 + 10 + 17.86 + 20.73 = 91.64 (Bắc Ninh, 2025-W41)."""
    level = "province" if "." not in unit_code else "commune" if len(unit_code) > 6 else "department"
    values = {name: Decimal(value) for name, value in zip(COMPONENTS, _BAC_NINH, strict=True)}
    known = {"unit_code": unit_code, "level": level, **values, "total": Decimal("91.64"), "portal_rank": None}
    return {**known, "source_row": row, **facts}


_BAC_NINH = ("15.64", "18.99", "8.42", "10", "17.86", "20.73")


def count_row(unit_code: str, indicator: str = "on_time", row: int = 1, **facts: Any) -> dict[str, Any]:
    known = {
        "unit_code": unit_code,
        "group_code": "progress",
        "indicator": indicator,
        "numerator": 9,
        "denominator": 10,
    }
    return {**known, "portal_score": Decimal("18.00"), "max_points": Decimal(20), "source_row": row, **facts}


def a_table(rows: Sequence[dict[str, Any]], kind: str = "scores", scope: str = "H05", **facts: Any) -> TableFeed:
    return TableFeed(an_export(kind, scope, **facts), rows, MAXIMA)


def a_split(
    valid: int = 100, quarantined: int = 0, *, units: int = 10, rules: Sequence[Measurement] = ()
) -> SplitResult:
    return SplitResult(valid, quarantined, units, tuple(rules), ())


def published_scores(landing: Path, week: str, name: str, **facts: Any) -> TableFeed:
    """A published score table of the real landing folder in the columns of portal_scores."""
    kind, scope, period_kind = name.split(".")
    rows = []
    with (landing / week / f"{name}.csv").open(encoding="utf-8-sig") as file:
        for number, raw in enumerate(csv.DictReader(file), 1):
            row: dict[str, Any] = {PORTAL_COLUMNS.get(key, key): value for key, value in raw.items()}
            for column in (*COMPONENTS, "total"):
                row[column] = Decimal(row[column]) if row[column] else None
            row["portal_rank"] = int(float(row["portal_rank"])) if row["portal_rank"] else None
            row["unit_code"] = normalise_code(row["unit_code"])
            row["level"] = {"1": "province", "2": "department", "3": "commune"}.get(row["level"], row["level"])
            rows.append({**row, "source_row": number})
    export = an_export(kind, scope, week, period_kind=period_kind, **{"rows": len(rows), **facts})
    return TableFeed(export, rows, MAXIMA)


def published_counts(landing: Path, week: str, name: str) -> TableFeed:
    """A published table of counts in the columns of portal_counts; metrics that are no indicator are left out."""
    kind, scope, period_kind = name.split(".")
    others = ("avgProcessingDays", "totalOverdue/totalReceived", "onlineOnTimeSum/channelOnlineSum")
    rows = []
    with (landing / week / f"{name}.csv").open(encoding="utf-8-sig") as file:
        for number, raw in enumerate(csv.DictReader(file), 1):
            if raw["metric"] in others:
                continue
            whole = {key: int(float(raw[key])) if raw[key] else None for key in ("numerator", "denominator")}
            exact = {key: Decimal(raw[key]) if raw[key] else None for key in ("portal_score", "max_points")}
            names = {"unit_code": raw["unit_code"], "group_code": raw["group"], "indicator": raw["metric"]}
            rows.append({**names, **whole, **exact, "source_row": number})
    return TableFeed(an_export(kind, scope, week, period_kind=period_kind, rows=len(rows)), rows, MAXIMA)


def failed(outcomes: Sequence[RuleOutcome]) -> list[RuleOutcome]:
    return [outcome for outcome in outcomes if not outcome.succeeded]
