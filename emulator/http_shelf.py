"""What the emulated portal has to tell: a landing folder read back as the rows, pages and files its interfaces serve.

Belongs here: finding the newest file of a week, kind, scope and period, and turning its rows into the portal's objects. Does
not belong here: HTTP (http_app.py) or what goes wrong on purpose (http_faults.py).

So what is pulled is what would have been dropped: the same rows with the same digits, and the files themselves.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from resources.landing import LandedFile, scan
from resources.sidecars import read_sidecar
from scoring.calendar import VIETNAM_OFFSET, Period, Week

INTERFACE_OF = {
    "TOTAL": "service-results",
    "TRANSPARENCY": "transparency",
    "PROGRESS": "dvc-progress-tree",
    "ONLINE": "provide-online-tree",
    "PAYMENT": "formality-online-payment-tree",
    "SATISFACTION": "handling-satisfaction",
    "DIGITISATION": "dossier-digitized",
}
OVERVIEW = INTERFACE_OF["TOTAL"]
_SAID = ("source", "note", "corrects", "ruleset")
_FLAGS = ("simulated", "partial")

Row = dict[str, Any]


@dataclass(frozen=True)
class Standing:
    """A landed file: where, of which week, and what its sidecar says."""

    path: Path
    week: Week
    about: dict[str, object]


class Shelf:
    """A landing folder, looked at anew with every question."""

    def __init__(self, landing: Path) -> None:
        self.landing = landing

    def find(self, kind: str, scope: str, period: Period | None, day: date | None) -> Standing | None:
        """The newest snapshot of the week that holds the day; of the newest week there is, without a day."""
        found = [
            file
            for file in scan(self.landing).files
            if (file.kind, file.scope) == (kind, scope)
            and (day is None or file.week == Week.containing(day))
            and (period is None or _period(file) == period)
        ]
        if not found:
            return None
        newest = max(found, key=lambda file: (file.week, file.snapshot))
        return Standing(newest.path, newest.week, _about(newest))


def rows_of(standing: Standing) -> list[Row]:
    """The rows of a CSV file, all values texts."""
    return _read(standing.path, standing.path.stat().st_mtime_ns)


def score_rows(standing: Standing) -> list[Row]:
    """Rows of the score table as the portal of 2025 sends them."""
    return [dict(row) for row in rows_of(standing)]


def procedure_rows(standing: Standing) -> list[Row]:
    return [{name: text or None for name, text in row.items()} for row in rows_of(standing)]


def count_rows(standing: Standing, interface: str) -> list[Row]:
    """Units with their metrics, as an evaluation interface of 2026 sends them. The overview lists every unit."""
    units: dict[str, Row] = {}
    for row in rows_of(standing):
        of = INTERFACE_OF.get(row["group"])
        if of != interface and interface != OVERVIEW:
            continue
        unit = units.setdefault(
            row["unit_code"], {"departmentCode": row["unit_code"], "departmentName": row["unit_name"], "metrics": []}
        )
        if of != interface:
            continue
        if row["metric"] == "group_total":
            unit["totalScore"] = _number(row["portal_score"])
        else:
            unit["metrics"].append(_metric(row))
    return list(units.values())


def lines_of(path: Path, parts: int) -> list[bytes]:
    """The content of a file in so many pieces, cut between lines; one piece where it is packed."""
    content = path.read_bytes()
    if parts < 2 or path.suffix in (".gz", ".zst"):
        return [content]
    lines = content.splitlines(keepends=True)
    size = -(-len(lines) // parts)
    return [b"".join(lines[at : at + size]) for at in range(0, len(lines), size)]


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def days_of(week: Week) -> Iterator[str]:
    yield week.monday.isoformat()
    yield week.sunday.isoformat()


@lru_cache(maxsize=64)
def _read(path: Path, _: int) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _metric(row: Row) -> Row:
    top, base = _number(row["numerator"]), _number(row["denominator"])
    return {
        "code": row["metric"],
        "name": row["metric"],
        "numerator": top,
        "denominator": base,
        "ratio": round(top / base, 4) if top is not None and base else None,
        "score": _number(row["portal_score"]),
        "maxScore": _number(row["max_points"]),
        "dataQualityStatus": "NORMAL",
    }


def _number(text: str) -> Decimal | int | None:
    if not text:
        return None
    return int(text) if text.isdigit() else Decimal(text)


def _period(file: LandedFile) -> Period | None:
    said = read_sidecar(file.path).period
    return said or (Period.of_week(file.period_kind, file.week) if file.period_kind else None)  # type: ignore[arg-type]


def _about(file: LandedFile) -> dict[str, object]:
    sidecar = read_sidecar(file.path)
    told: dict[str, object] = {name: value for name in _SAID if (value := getattr(sidecar, name))}
    told |= {name: True for name in _FLAGS if getattr(sidecar, name)}
    if sidecar.exported_at:
        told["exported_at"] = _local(sidecar.exported_at)
    return told


@cache
def _local(moment: datetime) -> str:
    return f"{(moment + VIETNAM_OFFSET).isoformat()}+07:00"
