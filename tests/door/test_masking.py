"""What slipped into a column where it cannot be read and looks personal is kept and told by its kind and length only."""

from __future__ import annotations

import pytest

from resources.engine import connect
from resources.mapping import load_mapping
from resources.masking import MASK, shown
from resources.scrubbing import scrubbed
from tests.door.conftest import Desk
from tests.door.samples import LISTING_HEADINGS, LISTING_ROWS, csv_text, dossier, ndjson, workbook


def told(text: str) -> str:
    con = connect()
    try:
        return str(con.execute(f"SELECT {shown('given', 80)} FROM (SELECT $1 AS given)", [text]).fetchall()[0][0])
    finally:
        con.close()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Nguyễn Văn An", "chữ / letters, 13"),
        ("NGUYỄN THỊ ÁNH", "chữ / letters, 14"),
        ("Lê A", "chữ / letters, 4"),
        ("Le\u0302 Ha\u0300", "chữ / letters, 7"),
        ("Lê\u00a0Hà", "chữ / letters, 5"),
        ("Nguyễn-Văn.An", "chữ / letters, 13"),
        ("12 Nguyễn Trãi", "chữ / letters, 14"),
        ("an.nguyen@vidu.vn", "thư điện tử / e-mail, 17"),
        ("001085012345", "số / digits, 12"),
        ("123456789", "số / digits, 9"),
        ("0912 345 678", "số / digits, 12"),
        ("CCCD:001085012345", "số / digits, 17"),
        ("/ho-so/don.pdf", "đường dẫn / path, 14"),
        ("C:\\hoso\\don.docx", "đường dẫn / path, 16"),
        ("don.PDF", "đường dẫn / path, 7"),
    ],
)
def test_what_looks_personal_is_told_by_kind_and_length(text: str, kind: str) -> None:
    assert told(text) == f"{MASK}{kind} ký tự / characters)"
    assert told(told(text)) == told(text)  # once masked it stays as it is


@pytest.mark.parametrize(
    "text",
    [
        *("77", "nhiều", "tám", "20250231090000", "2025 - 20250903090000", "31/02/2025 08:00", "2025-13-01T09:00:00Z"),
        *(
            "1.5",
            "12,5",
            "N/A",
            "H05.101",
            "000.00.15.H05",
            "1.004222",
            "not_accepted",
            "1.234.567",
            "avgProcessingDays",
        ),
    ],
)
def test_other_values_stay_visible_so_that_people_can_mend_them(text: str) -> None:
    assert told(text) == text


def test_a_long_text_is_cut() -> None:
    assert told("x" * 500) == "x" * 80


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("NgayTiepNhan", "20250901090000"),
        ("DonViXuLy", "000.00.15.H05"),
        ("MaHoSo", "000.00.00.H05-250901-0001"),
        ("MaHoSo", "PA-HS 123456789012"),
        ("MaTTHC", "TRT-Traffic Signal Repairs"),  # other countries' codes are words
        ("TrangThaiHoSo", "10"),
    ],
)
def test_what_can_be_read_passes_as_it_is(column: str, text: str) -> None:
    con = connect()
    try:
        sql = f"SELECT {scrubbed(load_mapping('portal-sync'), column, 'given')} FROM (SELECT $1 AS given)"
        assert con.execute(sql, [text]).fetchall() == [(text,)]
    finally:
        con.close()


SHIFTED = {
    "NgayTiepNhan": "Trần Thị Bưởi",
    "NgayHenTra": "bưởi.trần@vidu.vn",
    "TrangThaiHoSo": "001085077777",
    "DonViXuLy": "Phạm Văn Chuối",
    "MaHoSo": "Lý Thị Dâu",
    "KenhThucHien": "/ho-so/dâu.pdf",
    "DanhSachLePhi": [{"Gia": "0912345678 Hồ Văn Ổi"}],
    "DanhSachHoSoBoSung": [{"NgayBoSung": "Đỗ Thị Mận", "NgayTiepNhanBoSung": "20250903090000"}],
    "TaiLieuNop": [{"DuocSoHoa": "Võ Thị Xoài", "IsDeleted": "0"}, {"DuocSoHoa": "1"}],
}
MARKS = ["Bưởi", "bưởi", "001085077777", "Chuối", "CHUỐI", "Dâu", "dâu.pdf", "0912345678", "Ổi", "Mận", "Xoài"]


@pytest.mark.parametrize("field", SHIFTED)
def test_a_shifted_field_of_json_is_kept_by_kind_and_length_only(desk: Desk, field: str) -> None:
    record = desk.take_one("dossiers.H05.ndjson", ndjson(dossier(1), dossier(2, **{field: SHIFTED[field]})))
    kept = desk.bytes_kept().decode("utf-8", "replace")
    assert not [mark for mark in MARKS if mark in kept]
    assert MASK in kept
    sound, shifted = desk.typed(record)
    assert sound["parse_errors"] == []
    assert not [mark for mark in MARKS if mark in repr(shifted)]
    if field != "TaiLieuNop":  # a flag that is neither yes nor no counts as no
        (error,) = shifted["parse_errors"]
        assert MASK in error
    assert shifted["component_count"] == 2


def test_a_card_number_among_moments_is_masked_and_an_amount_of_as_many_digits_is_not(desk: Desk) -> None:
    supplement = [{"NgayBoSung": "001085077777", "NgayTiepNhanBoSung": "20250903090000"}]
    record = desk.take_one(
        "dossiers.H05.ndjson",
        ndjson(dossier(1, DanhSachHoSoBoSung=supplement), dossier(2, DanhSachLePhi=[{"Gia": "1200000000"}])),
    )
    assert b"001085077777" not in desk.bytes_kept()
    first, second = desk.typed(record)
    assert first["parse_errors"][0].startswith(f"waiting_seconds={MASK}")
    assert second["fee_total_vnd"] == 1_200_000_000


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_row_that_slid_by_a_column_leaves_no_name_or_number_behind(desk: Desk, form: str) -> None:
    slid = ["2", "Trần Thị Bưởi", "0912345678", "001085077777", "Phạm Văn Chuối", *LISTING_ROWS[1][5:]]
    rows = [LISTING_ROWS[0], slid]
    data = csv_text(LISTING_HEADINGS, rows) if form == "csv" else workbook({"a": [LISTING_HEADINGS, *rows]})
    record = desk.take_one(f"dossiers.H05.{form}", data)
    kept = desk.bytes_kept().decode("utf-8", "replace")
    assert not [mark for mark in MARKS if mark in kept]
    _, shifted = desk.typed(record)
    assert (shifted["dossier_code"], shifted["unit_code"]) == (None, None)
    assert [error.partition("=")[0] for error in shifted["parse_errors"]] == ["dossier_code", "unit_code"]
