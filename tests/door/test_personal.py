"""Personal fields never pass the door: marked in every format, they are found in no byte under the home."""

from __future__ import annotations

import io
import json

import pytest

from resources.mapping import load_mapping
from tests.door.conftest import Desk
from tests.door.samples import LISTING_HEADINGS, LISTING_ROWS, PII, csv_text, dossier, ndjson, packed, workbook


def _parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = zip(LISTING_HEADINGS, zip(*LISTING_ROWS, strict=True), strict=True)
    buffer = io.BytesIO()
    pq.write_table(pa.table({name: list(values) for name, values in columns}), buffer)
    return buffer.getvalue()


_HTML = "<table>" + "".join(
    "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in [LISTING_HEADINGS, *LISTING_ROWS]
)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("dossiers.H05.ndjson", ndjson(dossier(1), dossier(2)).encode()),
        ("dossiers.H05.ndjson", (ndjson(dossier(1)) + f'{{"{PII}\n' + ndjson(dossier(2, TaiLieuNop=PII))).encode()),
        ("dossiers.H05.ndjson.gz", packed(ndjson(dossier(1)).encode())),
        ("dossiers.H05.json", json.dumps([dossier(1), dossier(2)]).encode()),
        ("dossiers.H05.json", json.dumps({"data": [dossier(1), dossier(2)]}).encode()),
        ("dossiers.H05.csv", csv_text(LISTING_HEADINGS, LISTING_ROWS).encode()),
        ("dossiers.H05.csv", (csv_text(LISTING_HEADINGS, LISTING_ROWS) + f"{PII},{PII}\n").encode("utf-16")),
        ("dossiers.H05.xlsx", workbook({"a": [LISTING_HEADINGS, *LISTING_ROWS], PII[:20]: [[PII]]})),
        ("dossiers.H05.xls", _HTML.encode()),
        ("dossiers.H05.parquet", _parquet()),
    ],
)
def test_no_personal_field_is_found_in_any_byte_under_home(desk: Desk, name: str, data: bytes) -> None:
    assert name.endswith((".gz", ".xlsx")) or PII.encode() in data or PII.encode("utf-16-le") in data
    desk.land(name, data)
    records, _ = desk.take_all()
    assert records[0].status == "accepted"
    kept = desk.bytes_kept()
    assert b"H05.101-250901-0001" in kept
    assert PII.encode() not in kept


def test_of_a_result_file_only_that_it_exists_passes(desk: Desk) -> None:
    files = {"DanhSachGiayToKetQua": [{"DuongDanTepTinKetQua": ""}, {}]}
    record = desk.take_one(
        "dossiers.H05.ndjson", ndjson(dossier(1), dossier(2, **files), dossier(3, DanhSachGiayToKetQua=None))
    )
    assert [row["has_result"] for row in desk.typed(record)] == [True, False, False]
    with desk.engine() as con:
        raw = con.execute(
            "SELECT DanhSachGiayToKetQua FROM read_parquet($1) ORDER BY source_row", [str(desk.home.raw_path(record))]
        ).fetchall()
    assert raw[0][0] == [{"DuongDanTepTinKetQua": "1"}]


def test_the_raw_copy_has_the_columns_the_mapping_uses_and_no_other(desk: Desk) -> None:
    record = desk.take_one(
        "dossiers.H05.csv", csv_text([*LISTING_HEADINGS, "Cột lạ"], [[*row, PII] for row in LISTING_ROWS])
    )
    with desk.engine() as con:
        columns = con.execute("DESCRIBE SELECT * FROM read_parquet($1)", [str(desk.home.raw_path(record))]).fetchall()
    mapping = load_mapping("listing-vi")
    assert [column[0] for column in columns] == [*mapping.source_columns, "source_row"]
    assert {column[1] for column in columns} == {"VARCHAR", "BIGINT"}


@pytest.mark.parametrize(
    ("text", "is_filler"),
    [
        ("000000001", True),
        ("0", True),
        ("999999999999", True),
        ("123456789", True),
        ("  Không có ", True),
        ("Nguyễn Văn A", True),
        ("nguyễn văn a", True),
        ("…", False),
        ("N/A", True),
        ("-", True),
        ("031090012345", False),
        ("Nguyễn Văn An", False),
        ("Trần Thị Không", False),
    ],
)
def test_of_a_name_or_number_it_is_told_whether_it_is_a_filler_and_nothing_else(
    desk: Desk, text: str, is_filler: bool
) -> None:
    nobody = {"SoGiayToChuHoSo": "", "ChuHoSo": None}
    records = [dossier(1, SoGiayToChuHoSo=text), dossier(2), dossier(3, **nobody)]
    record = desk.take_one("dossiers.H05.ndjson", ndjson(*records))
    assert [row["applicant_filler"] for row in desk.typed(record)] == [is_filler, False, None]
    assert len(text) < 6 or text.strip().encode() not in desk.bytes_kept()


@pytest.mark.parametrize("broken", ["", "{\n"])
def test_a_component_sent_again_as_the_result_is_told_and_no_file_is_named(desk: Desk, broken: str) -> None:
    part = {"DuocSoHoa": "1", "TepDinhKemId": "tep-7001"}
    told = {"DuongDanTepTinKetQua": "/a.pdf"}
    again, own, unnamed = ([told | {"GiayToId": file}] for file in ("tep-7001", "kq-1", ""))
    nameless = [part | {"TepDinhKemId": ""}]
    records = [
        dossier(1, TaiLieuNop=[part], DanhSachGiayToKetQua=again),
        dossier(2, TaiLieuNop=[part], DanhSachGiayToKetQua=own),
        dossier(3, TaiLieuNop=nameless, DanhSachGiayToKetQua=unnamed),
        dossier(4, TaiLieuNop=None, DanhSachGiayToKetQua=again),
    ]
    desk.land("dossiers.H05.ndjson", (ndjson(*records) + broken + ndjson(dossier(5))).encode())
    (record,), _ = desk.take_all()
    assert [row["result_is_component"] for row in desk.typed(record)] == [True, False, False, False, True]
    assert b"tep-7001" not in desk.bytes_kept()
