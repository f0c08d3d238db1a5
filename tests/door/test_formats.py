"""Every form in which an export may arrive says the same once it is taken in."""

from __future__ import annotations

import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import zstandard

from resources.exports import ExportRecord
from tests.door.conftest import Desk
from tests.door.samples import (
    COMMUNE_ROWS,
    COUNTS_CSV,
    DEPARTMENT_ROWS,
    LISTING_HEADINGS,
    LISTING_ROWS,
    SCORE_HEADINGS,
    SCORE_ROWS,
    csv_text,
    dossier,
    ndjson,
    packed,
    scores_csv,
    scores_json,
    workbook,
)

HTML = (
    "<html><head><meta charset='utf-16'></head><body><table><tr><td>Bảng điểm</td></tr></table><table>"
    + "".join("<tr>" + "".join(f"<td> {cell} </td>" for cell in row) + "</tr>" for row in [SCORE_HEADINGS, *SCORE_ROWS])
    + "</table></body></html>"
)
DECIMAL_COMMAS = scores_csv(delimiter=";").replace(".64", ",64").replace("18.99", "18,99")


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("scores.VN.ytd.csv", scores_csv().encode()),
        ("scores.VN.ytd.csv", scores_csv().encode("utf-8-sig")),
        ("scores.VN.ytd.csv", scores_csv().encode("utf-16")),
        ("scores.VN.ytd.csv", scores_csv().replace("\n", "\r\n").encode()),
        ("scores.VN.ytd.csv", scores_csv().replace("\n", "\r\n", 1).encode()),
        ("scores.VN.ytd.csv", scores_csv().rstrip("\n").encode()),
        ("scores.VN.ytd.csv", DECIMAL_COMMAS.encode()),
        ("scores.VN.ytd.tsv", scores_csv(delimiter="\t").encode()),
        ("scores.VN.ytd.csv.gz", packed(scores_csv().encode())),
        ("scores.VN.ytd.csv.gz", packed(scores_csv().encode()[:50]) + packed(scores_csv().encode()[50:])),
        ("scores.VN.ytd.csv.zst", _zstd(scores_csv().encode())),
        ("scores.VN.ytd.json", json.dumps(scores_json()).encode()),
        ("scores.VN.ytd.json", json.dumps({"data": scores_json()}).encode("utf-8-sig")),
        ("scores.VN.ytd.json.gz", packed(json.dumps({"code": "OK", "data": {"rows": scores_json()}}).encode())),
        ("scores.VN.ytd.json", ndjson(*scores_json()).encode()),
        ("scores.VN.ytd.ndjson", ndjson(*scores_json()).encode("utf-8-sig")),
        ("scores.VN.ytd.xlsx", workbook({"Sheet1": [SCORE_HEADINGS, *SCORE_ROWS]})),
        ("scores.VN.ytd.xlsx", workbook({"S": [["Bảng điểm năm 2025"], [], SCORE_HEADINGS, *SCORE_ROWS]})),
        ("scores.VN.ytd.xls", HTML.encode()),
        ("scores.VN.ytd.xls", HTML.encode("utf-16")),
    ],
)
def test_a_score_table_reads_the_same_in_every_form(desk: Desk, name: str, data: bytes) -> None:
    """Known failures, line 27: numbers as text, decimal commas, UTF-16, an HTML table saved as .xls."""
    record = desk.take_one(name, data)
    assert (record.kind, record.scope, record.period_kind, record.period) == ("scores", "VN", "ytd", "2025")
    rows = desk.typed(record)
    assert [row["source_row"] for row in rows] == [1, 2]
    first, second = rows
    assert (first["unit_code"], first["unit_name"], first["level"]) == ("H05", "Bắc Ninh", "province")
    # portal_contract.md, section C: CKMB, TDGQ, CLGQ, TTTT, MDHL, MDSH, in the house's order
    parts = ("transparency", "progress", "online_services", "online_payment", "satisfaction", "digitisation", "total")
    assert [first[part] for part in parts] == [
        Decimal(text) for text in ("15.64", "18.99", "8.42", "10", "17.86", "20.73", "91.64")
    ]
    assert (second["unit_code"], second["portal_rank"]) == ("H37", 2)


def test_a_workbook_saved_by_hand_gives_one_export_a_known_sheet(desk: Desk) -> None:
    """portal_contract.md, section D: Điểm năm, Điểm tháng, Sở Ban, Xã Phường; others are ignored with a word."""
    sheets: dict[str, Any] = {
        "Ghi chú": [["lưu ngày 11/10"]],
        "Điểm năm": [SCORE_HEADINGS, *SCORE_ROWS],
        "Điểm tháng": [SCORE_HEADINGS, *[[*row[:12], "80", row[13]] for row in SCORE_ROWS]],
        "Sở Ban": [SCORE_HEADINGS, *DEPARTMENT_ROWS],
        "Xã Phường": [SCORE_HEADINGS, *COMMUNE_ROWS],
    }
    desk.land("scores.H05.xlsx", workbook(sheets), "sheets: {Sở Ban: 2025-10, Xã Phường: 2025}\n")
    records, outcomes = desk.take_all()
    found = {(record.scope, record.period_kind, record.period, record.part, record.rows) for record in records}
    assert found == {
        ("VN", "ytd", "2025", None, 2),
        ("VN", "month", "2025-10", None, 2),
        ("H05", "month", "2025-10", "departments", 1),
        ("H05", "ytd", "2025", "communes", 1),
    }
    assert [(outcome.rule, outcome.severity) for outcome in outcomes] == [("door.ignored_sheet", "info")]
    assert len({record.export_id for record in records}) == 4
    assert len({record.sha256 for record in records}) == 1


def test_numbers_typed_as_numbers_in_a_workbook_are_the_numbers_people_see(desk: Desk) -> None:
    row = [1, "x", "UBND tỉnh Bắc Ninh", "H05", 1, 1, 18.99, 17.86, 20.73, 10, 8.42, 15.64, 91.64, 1]
    record = desk.take_one("scores.VN.month.xlsx", workbook({"a": [SCORE_HEADINGS, row]}))
    assert (desk.typed(record)[0]["total"], record.period) == (Decimal("91.64"), "2025-10")


def test_counts_read_by_our_names_and_by_the_portals_codes(desk: Desk) -> None:
    record = desk.take_one("counts.H05.ytd.csv", COUNTS_CSV, "ruleset: 766-2025\n")
    rows = desk.typed(record)
    assert [(row["group_code"], row["indicator"]) for row in rows] == [
        ("progress", "on_time"),
        ("digitisation", "electronic_result"),
    ]  # avgProcessingDays is for information only and carries no points
    assert (rows[0]["numerator"], rows[0]["denominator"], rows[0]["portal_score"]) == (90, 100, Decimal(18))
    assert {row["ruleset"] for row in rows} == {"766-2025"}


def test_counts_of_the_evaluation_interface_are_walked_by_the_mapping(desk: Desk) -> None:
    """portal_contract.md, section B; the shape of each answer is data in portal-counts-api.yaml."""
    metric = {"code": "ORIGINAL_RESULT_AVAILABLE", "numerator": 5, "denominator": 8, "score": 3.75, "maxScore": 6}
    flat = {"code": "ELECTRONIC_CERTIFIED_COPY", "numerator": None, "denominator": None, "score": 2, "maxScore": 2}
    answers = {
        "dossier-digitized": {
            "code": "OK",
            "data": {
                "overview": {"departmentCode": "H44", "departmentName": "UBND tỉnh Phú Thọ", "metrics": [metric, flat]},
                "evaluation": [
                    {"departmentCode": "H44.101", "departmentName": "UBND xã A", "score": 5.5, "metrics": [metric]}
                ],
            },
        },
        "dvc-progress-tree": {
            "data": {"parent": {"departmentCode": "H44", "totalOnTime": 90, "totalReceived": 100}, "children": []}
        },
    }
    record = desk.take_one("counts.H44.month.json", json.dumps(answers))
    rows = {(row["unit_code"], row["indicator"]): row for row in desk.typed(record)}
    assert set(rows) == {
        ("H44", "electronic_result"),
        ("H44", "certified_copy"),
        ("H44", "on_time"),
        ("H44.101", "electronic_result"),
        ("H44.101", "group_total"),
    }
    assert rows["H44", "electronic_result"]["portal_score"] == Decimal("3.75")
    assert (rows["H44", "certified_copy"]["numerator"], rows["H44", "certified_copy"]["portal_score"]) == (
        None,
        Decimal(2),
    )
    assert (rows["H44", "on_time"]["group_code"], rows["H44", "on_time"]["denominator"]) == ("progress", 100)
    assert (rows["H44.101", "group_total"]["group_code"], rows["H44.101", "group_total"]["portal_score"]) == (
        "digitisation",
        Decimal("5.5"),
    )


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("dossiers.H05.ndjson", ndjson(dossier(1), dossier(2)).encode()),
        ("dossiers.H05.ndjson", ndjson(dossier(1), dossier(2)).encode("utf-8-sig")),
        ("dossiers.H05.ndjson", ndjson(dossier(1), dossier(2)).rstrip("\n").encode()),
        ("dossiers.H05.ndjson.gz", packed(ndjson(dossier(1), dossier(2)).encode())),
        ("dossiers.H05.ndjson.zst", _zstd(ndjson(dossier(1), dossier(2)).encode())),
        ("dossiers.H05.json", ndjson(dossier(1), dossier(2)).encode()),
        ("dossiers.H05.json", json.dumps([dossier(1), dossier(2)], indent=1).encode()),
        ("dossiers.H05.json", b"\xef\xbb\xbf" + json.dumps([dossier(1), dossier(2)]).encode()),
        ("dossiers.H05.json", json.dumps({"code": "OK", "data": [dossier(1), dossier(2)]}).encode()),
        ("dossiers.H05.json.gz", packed(json.dumps({"items": [dossier(1), dossier(2)]}, indent=2).encode())),
    ],
)
def test_nested_dossiers_read_the_same_in_every_form(desk: Desk, name: str, data: bytes) -> None:
    record = desk.take_one(name, data)
    rows = desk.typed(record)
    assert [row["dossier_code"] for row in rows] == ["H05.101-250901-0001", "H05.101-250901-0002"]
    row = rows[0]
    assert row["parse_errors"] == []
    # The lists by hand: three components, one deleted; of the two left one digitised, one reused, one from the store.
    assert (row["component_count"], row["digitised_count"], row["reused_count"], row["from_store_count"]) == (
        2,
        1,
        1,
        1,
    )
    assert (row["fee_count"], row["fee_total_vnd"], row["payment"]) == (2, 10_000, "portal")
    assert (row["supplement_count"], row["supplement_open_at"], row["waiting_seconds"]) == (1, None, 86_400)
    assert (row["has_result"], row["population_link"], row["vneid_verified"], row["sent_to_store"]) == (
        True,
        True,
        True,
        False,
    )
    assert (row["channel"], row["applicant"], row["status"]) == ("online", "citizen", "done")
    assert (row["province_code"], row["unit_code"], row["procedure_code"]) == ("H05", "H05.101", "1.004222")
    assert row["accepted_at"] == datetime(2025, 9, 1, 2)  # 09:00 in Vietnam
    assert row["returned_at"] is None


@pytest.mark.parametrize("form", ["csv", "semicolon", "xlsx", "parquet"])
def test_a_flat_listing_with_vietnamese_headings_reads_the_same_in_every_form(desk: Desk, form: str) -> None:
    record = desk.take_one(*_listing(form))
    assert record.mapping is not None
    assert record.mapping.startswith("listing-vi@")
    first, second = desk.typed(record)
    assert (first["unit_code"], second["unit_code"]) == ("H05.101", "H05.101")
    assert (first["status"], second["status"], first["channel"]) == ("done", "processing", "online")
    assert first["due_at"] == datetime(2025, 9, 5, 16, 59, 59)  # a day alone: due until it ends, 23:59:59 in Vietnam
    assert second["due_at"] == datetime(2025, 9, 5, 10)
    assert (first["fee_total_vnd"], first["fee_count"], first["payment"]) == (8_000, 1, "portal")
    assert (second["fee_total_vnd"], second["fee_count"], second["payment"]) == (0, 0, "none")
    assert (first["has_result"], second["has_result"], first["digitised_count"]) == (True, False, 2)
    assert not first["parse_errors"] + second["parse_errors"]


def _listing(form: str) -> tuple[str, bytes]:
    match form:
        case "csv":
            return "dossiers.H05.csv", csv_text(LISTING_HEADINGS, LISTING_ROWS).encode("utf-8-sig")
        case "semicolon":
            return "dossiers.H05.csv", csv_text(LISTING_HEADINGS, LISTING_ROWS, ";").encode("utf-16")
        case "xlsx":
            return "dossiers.H05.xlsx", workbook({"Danh sách": [["DANH SÁCH HỒ SƠ"], LISTING_HEADINGS, *LISTING_ROWS]})
        case _:
            import pyarrow as pa
            import pyarrow.parquet as pq

            columns = zip(LISTING_HEADINGS, zip(*LISTING_ROWS, strict=True), strict=True)
            buffer = io.BytesIO()
            pq.write_table(pa.table({name: list(values) for name, values in columns}), buffer)
            return "dossiers.H05.parquet", buffer.getvalue()


def test_our_own_column_names_pass_through_parquet_with_types(desk: Desk) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = {
        "dossier_code": "H05.101-250901-0001", "unit_code": "H05.101", "procedure_code": "1.004222",
        "channel": "online", "applicant": "citizen", "status": "done",
        "accepted_at": datetime(2025, 9, 1, 9), "due_at": datetime(2025, 9, 5, 17),
        "finished_at": None, "supplement_count": 0, "waiting_seconds": 0, "has_result": True, "component_count": 3,
        "digitised_count": 2, "reused_count": 0, "from_store_count": 0, "sent_to_store": False, "vneid_verified": True,
        "population_link": False, "fee_count": 1, "fee_total_vnd": 8000, "payment": "portal",
    }  # fmt: skip
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([row]), buffer)
    record = desk.take_one("dossiers.H05.parquet", buffer.getvalue())
    (typed,) = desk.typed(record)
    assert (typed["accepted_at"], typed["has_result"], typed["fee_total_vnd"]) == (datetime(2025, 9, 1, 2), True, 8000)
    assert typed["parse_errors"] == []


def test_procedures_petitions_and_units_come_in_our_column_names(desk: Desk) -> None:
    desk.land(
        "procedures.H05.csv",
        "unit_code,procedure_code,procedure_name,service_level,subject_person,fee_bearing,payment_offered,"
        "population_connected,announced_on,effective_on,disclosed_on,content_complete,term_days\n"
        "H05,1.004222,Khai sinh,full,true,false,false,true,2025-09-30,2025-10-31,,true,5\n",
    )
    desk.land(
        "petitions.H05.csv",
        "petition_code,unit_code,dossier_code,form,received_at,due_at,outcome,answered_at,disliked,repeated\n"
        "P1,H05.101,,petition,2025-10-06 00:30:00,,resolve,,false,false\n",
    )
    desk.land("units.H05.csv", "unit_code,unit_name,certified_copy\nH05.101,UBND phường A - tỉnh Bắc Ninh,true\n")
    records, outcomes = desk.take_all()
    assert not outcomes
    typed = {record.kind: desk.typed(record)[0] for record in records}
    assert str(typed["procedures"]["announced_on"]) == "2025-09-30"
    assert typed["petitions"]["received_at"] == datetime(2025, 10, 5, 17, 30)
    assert (typed["units"]["level"], typed["units"]["province_code"], typed["units"]["unit_name"]) == (
        "commune",
        "H05",
        "Phường A",
    )


def test_the_real_landing_folder_is_taken_in_whole(desk: Desk, real_landing: Path) -> None:
    real = Desk(desk.home, real_landing)
    records, outcomes = real.take_all()
    assert not outcomes
    assert {record.status for record in records} == {"accepted"}
    by_file: dict[str, ExportRecord] = {record.file: record for record in records}
    assert len(by_file) == 12
    assert by_file["2025-W41/scores.H01.ytd.csv"].rows == 102
    assert by_file["2026-W36/counts.H44.month.csv"].period == "2026-08"
    assert by_file["2026-W41/counts.H21.ytd.csv"].rows == 2_306
    assert not [row for record in records for row in real.typed(record) if row["parse_errors"]]
    lang_son = [row for row in real.typed(by_file["2025-W42/scores.VN.ytd.csv"]) if row["unit_code"] == "H37"]
    assert len(lang_son) == 1  # the portal wrote 000.00.00.H37
