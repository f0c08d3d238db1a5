"""A unit's sheet, the monthly compile and the overview of procedures: counts that add up, and never a percentage alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.claims import check_claims
from publishing.bulletin.counted import share, shares_of
from publishing.bulletin.document import Document, as_data
from publishing.bulletin.facts import NoBulletin
from publishing.bulletin.heads import read_heads
from publishing.bulletin.monthly import monthly, rank_aimed_at
from publishing.bulletin.places import site_at
from publishing.bulletin.procedures import procedures, read_overview
from publishing.bulletin.sheet import sheet
from publishing.figures import json_text
from publishing.release import publish
from publishing.site.languages import languages
from resources.catalogue import table
from resources.exports import ExportRecord
from resources.frames import arrow_schema
from resources.office import Office
from scoring.calendar import Week
from scoring.yamlnodes import RuleSetError
from tests.bulletin.reports import OWN
from tests.publishing.releases import ranking_row, release

VI, EN = languages()
WEEK = "2025-W46"
COUNTS = {"filed_online": (195, 1074), "on_time": (101, 120), "components_digitised": (163, 175)}
GROUPS = {"filed_online": "online_services", "on_time": "progress", "components_digitised": "digitisation"}


def text_of(document: Document, language: Any = VI) -> str:
    """Everything that is printed, a cell or sentence a line."""
    lines: list[str] = []

    def walk(data: Any) -> None:
        if isinstance(data, dict):
            for value in data.values():
                walk(value)
        elif isinstance(data, list) and data and isinstance(data[0], dict) and "figure" in data[0]:
            lines.append("".join(span["text"] for span in data))
        elif isinstance(data, list):
            for value in data:
                walk(value)

    walk(as_data(document, language, site_at("")))
    return "\n".join(lines)


def score_rows(unit: str, kind: str, counts: Mapping[str, tuple[int, int]]) -> list[dict[str, Any]]:
    return [
        {
            "week": Week.parse(WEEK).monday,
            "period_kind": kind,
            "period": "2025" if kind == "ytd" else "2025-11",
            "unit_code": unit,
            "group_code": GROUPS[indicator],
            "indicator": indicator,
            "numerator": n,
            "denominator": d,
            "score": Decimal("5.00"),
            "unrounded": None,
            "max_points": Decimal(20 if indicator == "on_time" else 6),
            "basis": "computed",
            "note": None,
            "ruleset": "766-2025-r2",
        }
        for indicator, (n, d) in counts.items()
    ]


@pytest.fixture
def counted(empty: Office) -> Office:
    """W46 with four communes in the year and in November; of the first the counts of report 4, of the last none."""
    codes = [f"{OWN}.{101 + at}" for at in range(4)]
    rows = [ranking_row(OWN, 1, "92.37", week=WEEK, level="province", scope="VN", unit_name="Bắc Ninh")]
    scores = score_rows(OWN, "month", COUNTS)
    for kind, period in (("ytd", "2025"), ("month", "2025-11")):
        for at, code in enumerate(codes):
            name = "Xã Bình An" if not at else f"Xã {code}"
            told = {"week": WEEK, "unit_name": name, "period_kind": kind, "period": period, "ranked": 4}
            rows.append(ranking_row(code, at + 1, str(95 - at), **told))
        scores += score_rows(codes[0], kind, COUNTS)
        scores += score_rows(codes[1], kind, {"on_time": (3, 3)})
        scores += score_rows(codes[2], kind, {"on_time": (60, 80), "filed_online": (70, 80)})
    frame = pd.DataFrame(scores, columns=table("scores").column_names, dtype=object)
    publish(release(WEEK, rows=rows, scores=frame, status="final"), empty.database, empty.home)
    return empty


# ---- the sheet of report 4


def test_the_sheet_of_a_commune_gives_the_counts_and_the_percentages_that_follow_from_them(counted: Office) -> None:
    text = text_of(sheet(counted, WEEK, "H05.101"))
    assert (
        "Xã Bình An: tiếp nhận 1.074 hồ sơ, 195 nộp trực tuyến; trong 120 hồ sơ tính hạn, 101 đúng hạn hoặc còn trong hạn, "
        "19 trễ hạn; 163/175 được số hóa." in text
    )
    assert "195/1.074 (18,16%)" in text  # not 24.6 %
    assert "101/120 (84,17%)" in text  # not 90.6 %
    assert "163/175 (93,14%)" in text
    assert "Trễ hạn: 19" in text


def test_the_sheets_figures_pass_the_checks_that_the_published_sheet_failed(tmp_path: Path) -> None:
    said = [{"share": {"numerator": n, "denominator": d, "percent": share(n, d)}} for n, d in COUNTS.values()]
    said.append({"counts": {"received": 1074, "handled": 120, "on_time": 101, "late": 19}})
    file = tmp_path / "claims.yaml"
    file.write_text(json_text({"report": {"title": "sheet", "published": "2025-11-17"}, "statements": said}))
    assert check_claims(file) == []


def test_a_unit_without_counts_gets_no_percentage_and_is_told_why(counted: Office) -> None:
    text = text_of(sheet(counted, WEEK, "H05.104"), EN)
    assert "There are no counts of the unit this week" in text
    assert "%" not in text


def test_no_percentage_stands_without_its_counts(counted: Office) -> None:
    for line in text_of(sheet(counted, WEEK, "H05.101")).splitlines():
        assert "%" not in line or "/" in line


def test_a_unit_or_week_that_is_not_there_is_named(counted: Office) -> None:
    with pytest.raises(NoBulletin, match=r"H05\.999"):
        sheet(counted, WEEK, "H05.999")
    with pytest.raises(NoBulletin, match="2025-W47"):
        sheet(counted, "2025-W47", "H05.101")


# ---- the monthly compile of report 3


def test_the_compile_holds_the_months_figures_against_the_directives_demands(counted: Office) -> None:
    text = text_of(monthly(counted, "2025-11"))
    assert "Không có hồ sơ trễ hạn\n101/120 (84,17%)\n19" in text
    assert "100% hồ sơ nộp trực tuyến\n195/1.074 (18,16%)\n879" in text
    assert "Kỳ chưa kết thúc: tháng tính đến hết 16/11/2025" in text
    assert "Không có bảng tháng của sở, ban, ngành" in text


def test_units_low_in_what_training_can_mend_are_listed_lowest_first_and_not_on_three_cases(counted: Office) -> None:
    lines = text_of(monthly(counted, "2025-11")).splitlines()
    at = len(lines) - 1 - lines[::-1].index("Không có hồ sơ trễ hạn")
    assert lines[at + 1 : at + 5] == ["Xã H05.103", "60/80 (75,00%)", "Xã Bình An", "101/120 (84,17%)"]
    assert "3/3 (100,00%)" not in lines


def test_the_heads_of_units_stand_beside_their_units(counted: Office, tmp_path: Path) -> None:
    file = tmp_path / "heads.yaml"
    file.write_text("h05.101: Trần Thị B, Chủ tịch\n", encoding="utf-8")
    text = text_of(monthly(counted, "2025-11", heads=read_heads(file)))
    assert "Xã Bình An · Trần Thị B, Chủ tịch" in text
    assert "heads.yaml" not in text
    assert read_heads(tmp_path / "none.yaml") == {}
    file.write_text("nobody: A\n", encoding="utf-8")
    with pytest.raises(RuleSetError, match="nobody"):
        read_heads(file)


def test_a_month_without_a_published_week_and_a_period_that_is_no_month_are_refused(counted: Office) -> None:
    with pytest.raises(NoBulletin, match="2025-10"):
        monthly(counted, "2025-10")
    with pytest.raises(ValueError, match="expected a month"):
        monthly(counted, "2025-Q4")


def test_the_first_ten_and_five_are_told_from_inside_and_outside(w46: Any) -> None:
    inside = rank_aimed_at(w46, 5)
    assert inside is not None
    assert inside.phrase.text(VI).startswith("Trong nhóm 5 tỉnh dẫn đầu, hơn ")
    eighth = next(row for row in w46.nation.rows if row["rank"] == 8)
    outside = rank_aimed_at(replace(w46, row=eighth), 5)
    assert outside is not None
    fifth = next(row for row in w46.nation.rows if row["rank"] == 5)
    assert outside.phrase.text(EN) == (
        f"Not among the first 5, behind {fifth['unit_name']} (5th) by {fifth['total'] - eighth['total']}"
    )


# ---- the overview of report 5


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6).filter(sum))
def test_shares_of_a_whole_add_up_to_100(numbers: list[int]) -> None:
    parts = {str(at): number for at, number in enumerate(numbers)}
    told = shares_of(parts)
    assert sum(told.values()) == 100
    assert all(
        abs(told[name] - Decimal(100 * number) / sum(numbers)) < Decimal("0.01") for name, number in parts.items()
    )


def test_thirds_give_their_rest_to_the_first_and_report_5s_shares_are_what_they_were() -> None:
    assert list(map(str, shares_of({"a": 1, "b": 1, "c": 1}).values())) == ["33.34", "33.33", "33.33"]
    assert list(map(str, shares_of({"early": 19926, "on time": 10, "late": 64}).values())) == ["99.63", "0.05", "0.32"]
    assert shares_of({"a": 0}) == {}


def export(office: Office, kind: str, week: str, rows: list[dict[str, Any]]) -> dict[str, str]:
    """Puts a typed table into the lake as an accepted export would have; returns the entry of a release's inputs."""
    record = ExportRecord(
        export_id=f"{kind}-{week}", week=week, kind=kind, scope=OWN, period_kind=None, period=None,
        file=f"{week}/{kind}.{OWN}.csv", sha256=week, size_bytes=1, rows=len(rows), rejected_rows=0,
        exported_at=None, received_at=datetime(2025, 11, 17),
    )  # fmt: skip
    office.database.record_exports([record])
    path = office.home.table_path(kind, week, record.export_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    empty = dict.fromkeys(table(kind).column_names)
    schema = pa.schema([pa.field(each.name, each.type) for each in arrow_schema(table(kind))])  # gaps are allowed here
    pq.write_table(pa.Table.from_pylist([empty | row for row in rows], schema=schema), path)
    return {"export_id": record.export_id, "file": record.file, "sha256": week}


def dossier(code: str, week: str, due: datetime, end: datetime | None, **more: Any) -> dict[str, Any]:
    return {
        "dossier_code": code, "arrived_week": Week.parse(week).monday, "province_code": OWN, "unit_code": "H05.101",
        "status": "done" if end else "processing", "accepted_at": datetime(2025, 11, 1, 2), "due_at": due,
        "finished_at": end, "supplement_count": 0, "waiting_seconds": 0, "source_row": 1, "export_id": "e",
    } | more  # fmt: skip


@pytest.fixture
def listed(empty: Office) -> Office:
    """Four procedures, and dossiers of each way to end; W46 tells later of what W45 told."""
    due = datetime(2025, 11, 12, 10)  # 17:00 in Việt Nam
    earlier = export(empty, "dossiers", "2025-W45", [dossier("late-then", "2025-W45", due, None)])
    later = [
        dossier("early", WEEK, due, due - timedelta(days=1)),
        dossier("the-day", WEEK, due, due - timedelta(minutes=1)),
        dossier("late-then", WEEK, due, due + timedelta(hours=2)),
        dossier("asked-twice", WEEK, due, due - timedelta(days=3), supplement_count=2),
        dossier("in-term", WEEK, datetime(2025, 12, 1), None),
        dossier("overdue", WEEK, due, None),
        dossier("refused", WEEK, due, None, status="not_accepted"),
        dossier("last-year", WEEK, due, due, accepted_at=datetime(2024, 12, 1)),
    ]
    levels = {"1.000001": "full", "1.000002": "part", "1.000003": "information", "1.000004": "full"}
    lists = [
        {
            "arrived_week": date(2025, 11, 10), "unit_code": unit, "procedure_code": code, "service_level": level,
            "fee_bearing": code == "1.000001", "payment_offered": True, "population_connected": level == "full",
            "content_complete": True, "subject_person": True, "source_row": 1, "export_id": "e",
        }
        for unit in ("H05.101", "H05.102") for code, level in levels.items()
    ]  # fmt: skip
    inputs = [earlier, export(empty, "dossiers", WEEK, later), export(empty, "procedures", WEEK, lists)]
    rows = [ranking_row(OWN, 1, "92.37", week=WEEK, level="province", scope="VN", unit_name="Bắc Ninh")]
    publish(replace(release(WEEK, rows=rows), inputs=inputs), empty.database, empty.home)
    return empty


def test_each_procedure_counts_once_and_each_dossier_as_it_stands_at_the_weeks_end(listed: Office) -> None:
    found = read_overview(listed, listed.database.revisions(WEEK)[-1], OWN)
    assert (found.in_force, found.offered) == (4, {"full": 2, "part": 1, "information": 1})
    assert (found.told["fee_bearing"], found.told["payment_offered"]) == (1, 1)
    assert found.ends == {"early": 1, "on_time": 1, "late": 2}
    assert found.waiting == {"in_term": 1, "overdue": 1}


def test_the_overview_says_shares_that_add_up_and_what_it_does_not_know(listed: Office) -> None:
    text = text_of(procedures(listed, WEEK, OWN), EN)
    assert "4 procedures in force: 2 fully online, 1 online in part." in text
    assert "Early\n1\n25.00%" in text
    assert "Together\n4\n100.00%" in text
    assert "with fewer papers, wholly digital; the number of one-stop desks" in text


def test_where_neither_procedures_nor_dossiers_are_there_it_is_said(counted: Office) -> None:
    with pytest.raises(NoBulletin, match="neither procedures nor dossiers"):
        procedures(counted, WEEK, OWN)
