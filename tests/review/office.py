"""An office with two judged weeks, two communes, published rankings and findings, without running the pipeline.

Helpers only. What the stages would have stored is stored here by hand: exports, findings, names, verdicts, revisions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from assets.review import renew_cases, settle_verdict
from publishing.release import Release, publish
from resources.exports import ExportRecord
from resources.office import Office, open_office
from resources.outcomes import RuleOutcome
from resources.settings import load_settings
from scoring.calendar import Week
from tests.databases import copy_home
from tests.publishing.releases import ranking_row, release
from tests.review.conftest import PASSWORD

WEEKS = [Week.parse(f"2025-W{number}") for number in range(38, 46)]


NAMES = {"H05.101": "Phường Bắc Giang", "H05.108": "Phường Tân Tiến", "H05.141": "Xã Hợp Thịnh"}


def export_of(week: str, kind: str = "counts") -> ExportRecord:
    return ExportRecord(
        export_id=f"{kind}-{week}",
        week=week,
        kind=kind,
        scope="H05",
        period_kind="ytd",
        period="2025",
        file=f"{week}/{kind}.H05.ytd.csv",
        sha256=week,
        size_bytes=1,
        rows=1,
        rejected_rows=0,
        exported_at=None,
        received_at=datetime(2025, 11, 3),
    )


def office_with(
    home: Path, findings: Mapping[str, Sequence[RuleOutcome]], names: Mapping[str, str] | None = None
) -> Office:
    """An office of H05 whose weeks 2025-W38..W45 are published, and judged with these findings."""
    office = open_office(load_settings(home=home))
    for name, role in (("lan", "steward"), ("minh", "admin"), ("khach", "reader")):
        office.users.add(name, PASSWORD, role)
    for at, week in enumerate(WEEKS):
        _arrive(office, export_of(str(week)), NAMES | dict(names or {}))
        publish(_ranked(str(week), at, NAMES | dict(names or {})), office.database, office.home)
        _score(office, week, "2.88" if str(week) == "2025-W44" else f"4.{20 + at * 2}")
        found = list(findings.get(str(week), ()))
        judge(office, str(week), found)
    return office


def _arrive(office: Office, export: ExportRecord, names: Mapping[str, str]) -> None:
    office.database.record_exports([export])
    path = office.home.table_path("portal_counts", export.week, export.export_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"unit_code": list(names), "unit_name": list(names.values())}), path)


def _score(office: Office, week: Week, score: str) -> None:
    """What scoring would have left of the indicator the miscount is about."""
    row = {
        "week": week.monday,
        "unit_code": "H05.141",
        "indicator": "electronic_result",
        "period_kind": "ytd",
        "score": Decimal(score),
    }
    path = office.home.stage_path("scores", week)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([row]), path)


def copied(template: Path, home: Path) -> Office:
    """An office of its own, as the template is."""
    copy_home(template, home)
    return open_office(load_settings(home=home))


def judge(office: Office, week: str, found: list[RuleOutcome]) -> None:
    """What intake does after looking at the files of a week."""
    for stage in {"quality", *(each.stage for each in found)}:
        of_stage = [replace(each, week=week) for each in found if each.stage == stage]
        office.database.replace_outcomes(week, stage, of_stage)
    renew_cases(office, [Week.parse(week)])
    settle_verdict(office, Week.parse(week))


def _ranked(week: str, at: int, names: Mapping[str, str]) -> Release:
    held = week in ("2025-W44", "2025-W45")
    rows = [
        ranking_row("H05.101", 1, "93.10", week=week, unit_name=names["H05.101"]),
        ranking_row("H05.108", 2, "92.20", week=week, unit_name=names["H05.108"]),
        ranking_row(
            "H05.141",
            None if held else 3,
            str(Decimal("91.10") + at * Decimal("0.11")) if week != "2025-W44" else "88.40",
            week=week,
            unit_name=names["H05.141"],
            status="under_review" if held else "provisional",
        ),
    ]
    return release(week, inputs=week, rows=rows)
