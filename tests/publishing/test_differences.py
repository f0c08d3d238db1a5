"""The difference between two revisions: every figure that changed, nothing else, and "no differences" is a result."""

from __future__ import annotations

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from publishing.differences import NoSuchRevision, difference, show_difference
from resources.catalogue import table
from resources.database import Database
from resources.releases import Release

WEEK = "2025-W44"


def row(code: str, rank: int, total: str, digitisation: str, **facts: Any) -> dict[str, Any]:
    empty: dict[str, Any] = dict.fromkeys(table("rankings").column_names)
    return (
        empty
        | {
            "week": WEEK,
            "revision": 0,
            "level": "commune",
            "scope": "H05",
            "period_kind": "ytd",
            "period": "2025",
            "unit_code": code,
            "unit_name": f"Xã {code}",
            "rank": rank,
            "cohort_size": 2,
            "ranked": 2,
            "total": Decimal(total),
            "digitisation": Decimal(digitisation),
            "basis": "as_published",
            "status": "final",
        }
        | facts
    )


def publish(
    database: Database, fingerprint: str, rows: list[dict[str, Any]], sha256: str, reason: str | None = None
) -> None:
    inputs = [{"export_id": sha256, "file": f"{WEEK}/scores.H05.ytd.csv", "sha256": sha256}]
    frame = pd.DataFrame(rows, columns=table("rankings").column_names, dtype=object)
    database.publish(
        Release(
            week=WEEK,
            fingerprint=fingerprint,
            inputs=inputs,
            rulesets={},
            status="final",
            reason=reason,
            rankings=frame,
            scores=pd.DataFrame(columns=table("scores").column_names),
        )
    )


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path / 'd.db'}")
    database.migrate()
    publish(database, "a", [row("H05.101", 1, "92.00", "20.00"), row("H05.102", 2, "91.00", "19.00")], "a1")
    publish(
        database,
        "b",
        [row("H05.102", 1, "93.00", "21.00"), row("H05.101", 2, "92.00", "20.00")],
        "b1",
        "counter repaired",
    )
    publish(database, "c", [row("H05.102", 1, "93.00", "21.00"), row("H05.101", 2, "92.00", "20.00")], "c1")
    return database


def test_each_figure_that_changed_is_told_with_the_ranks_before_and_after(database: Database) -> None:
    rows = difference(database, WEEK, 1, 2).rows
    assert [
        (one["unit_code"], one["figure"], one["old"], one["new"], one["old_rank"], one["new_rank"]) for one in rows
    ] == [
        ("H05.102", "total", Decimal("91.00"), Decimal("93.00"), 2, 1),
        ("H05.102", "digitisation", Decimal("19.00"), Decimal("21.00"), 2, 1),
        ("H05.101", "total", Decimal("92.00"), Decimal("92.00"), 1, 2),
    ]


def test_the_inputs_that_took_the_place_of_others_and_the_reason_are_told(database: Database) -> None:
    found = difference(database, WEEK, 1, 2)
    assert found.new.reason == "counter repaired"
    assert found.replaced == [(f"{WEEK}/scores.H05.ytd.csv", "a1", None), (f"{WEEK}/scores.H05.ytd.csv", None, "b1")]


def test_no_differences_is_a_result(database: Database) -> None:
    found = difference(database, WEEK, 2, 3)
    assert found.rows == []
    screen = io.StringIO()
    show_difference(found, "table", Console(file=screen, width=120))
    assert "No differences in the figures" in screen.getvalue()


def test_a_revision_that_does_not_exist_is_refused_with_those_there_are(database: Database) -> None:
    with pytest.raises(NoSuchRevision, match="1, 2, 3"):
        difference(database, WEEK, 1, 9)


def test_the_table_has_the_unit_and_its_figures_in_the_readers_habit(database: Database) -> None:
    screen = io.StringIO()
    show_difference(difference(database, WEEK, 1, 2), "table", Console(file=screen, width=160))
    assert "93,00" in screen.getvalue()
    assert "Xã H05.102" in screen.getvalue()
