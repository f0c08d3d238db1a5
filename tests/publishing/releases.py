"""Small releases for tests: an invented commune cohort of the demo province, exact numbers, no clock."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import pandas as pd

from publishing.release import Release
from resources.catalogue import table
from scoring.calendar import Period, Week

COMPONENTS = ("transparency", "progress", "online_services", "online_payment", "satisfaction", "digitisation")
SIX = dict(zip(COMPONENTS, map(Decimal, ("15.64", "18.99", "8.42", "10.00", "17.86", "20.73")), strict=True))


def ranking_row(code: str, rank: int | None, total: str | None, **changes: Any) -> dict[str, Any]:
    """A row of a commune cohort of H05 in 2025-W41, year to date; any column can be given."""
    return {
        "week": "2025-W41",
        "revision": 1,
        "level": "commune",
        "scope": "H05",
        "period_kind": "ytd",
        "period": "2025",
        "unit_code": code,
        "unit_name": f"Xã {code}",
        "rank": rank,
        "cohort_size": 1,
        "ranked": 1,
        "total": Decimal(total) if total else None,
        **SIX,
        "previous_total": None,
        "change": None,
        "previous_rank": None,
        "move": None,
        "gap_to_first": Decimal("0.00") if rank else None,
        "gap_to_next": None,
        "lowest_component": "online_services",
        "lowest_completion_pct": Decimal("70.2"),
        "band": "excellent" if total else None,
        "basis": "computed",
        "status": "provisional",
        "note": None,
        "ruleset": "766-2025",
        "last_sound_week": None,
        "last_sound_total": None,
        **changes,
    }


def release(
    week: str = "2025-W41", *, inputs: str = "a", rows: list[dict[str, Any]] | None = None, units: int = 3, **more: Any
) -> Release:
    """A release of a week; `inputs` stands for what the exports hold: other inputs, other figures and fingerprint."""
    top = Decimal("91.64") + Decimal(sum(map(ord, inputs)) % 300) / 100
    if rows is None:
        rows = [ranking_row(f"H05.{101 + n}", n + 1, str(top - n * Decimal("0.07")), week=week) for n in range(units)]
    scores = [
        {
            "week": Week.parse(week).monday,
            "period_kind": "ytd",
            "period": Period.of_week("ytd", Week.parse(week)).label,
            "unit_code": row["unit_code"],
            "group_code": "progress",
            "indicator": "on_time",
            "numerator": 949,
            "denominator": 1000,
            "score": Decimal("18.98"),
            "unrounded": Decimal("18.98"),
            "max_points": Decimal(20),
            "basis": "computed",
            "note": None,
            "ruleset": "766-2025",
        }
        for row in rows
    ]
    return Release(
        **{
            "week": week,
            "fingerprint": hashlib.sha256(inputs.encode()).hexdigest(),
            "inputs": [{"export_id": "e1", "sha256": inputs}],
            "rulesets": {"766-2025": "f0"},
            "status": "provisional",
            "rankings": pd.DataFrame(rows, columns=table("rankings").column_names, dtype=object),
            "scores": pd.DataFrame(scores, columns=table("scores").column_names, dtype=object),
            **more,
        }
    )
