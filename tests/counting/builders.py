"""Rows of one commune, H05.101, for cases worked by hand. Times are Vietnamese (`at`), as people read them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from resources.engine import connect
from scoring.calendar import Week, parse_weeks
from tests.counting.conftest import counted, row
from tests.counting.reference import Counts, History, Row

UNIT = "H05.101"
CON = connect(threads=1)


def at(text: str) -> datetime:
    """A Vietnamese moment of 2026, `03-02 09:00`, or with its year, as naive UTC."""
    full = text if text.startswith("20") else f"2026-{text}"
    return datetime.fromisoformat(full) - timedelta(hours=7)


def dossier(code: str = "a", *, week: str = "2026-W10", **values: Any) -> Row:
    given: dict[str, Any] = {
        "accepted_at": at("03-02 09:00"),
        "status": "processing",
        "unit_code": UNIT,
        "payment": "none",
    }
    return row("dossiers", dossier_code=code, arrived_week=Week.parse(week).monday, **{**given, **values})


def procedure(code: str = "1.000001", *, week: str = "2026-W09", unit: str = UNIT, **values: Any) -> Row:
    given: dict[str, Any] = {"service_level": "full", "export_id": f"list-{week}"}
    monday = Week.parse(week).monday
    return row("procedures", procedure_code=code, arrived_week=monday, unit_code=unit, **{**given, **values})


def petition(code: str = "p", *, week: str = "2026-W10", **values: Any) -> Row:
    given: dict[str, Any] = {"unit_code": UNIT, "form": "petition", "received_at": at("03-02 09:00")}
    return row("petitions", petition_code=code, arrived_week=Week.parse(week).monday, **{**given, **values})


def unit(code: str, level: str, *, week: str = "2026-W09", **values: Any) -> Row:
    given: dict[str, Any] = {"unit_name": code, "export_id": f"units-{week}"}
    return row("units", unit_code=code, level=level, arrived_week=Week.parse(week).monday, **{**given, **values})


def counts_of(weeks: str, **tables: Any) -> Counts:
    return counted(History(**tables), parse_weeks(weeks), con=CON)


def on_time(
    *dossiers: Row, week: str = "2026-W10", kind: str = "ytd", procedures: list[Row] | None = None
) -> tuple[int, int]:
    found = counts_of(week, dossiers=list(dossiers), procedures=procedures or [])
    return found[week, kind, UNIT, "on_time"]
