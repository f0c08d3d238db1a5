"""Small files of every kind, as tests land them. Everything is invented; PII marks what may never be kept."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

PII = "PII-MARKER"
SCORE_HEADINGS = [
    "ID",
    "TEN",
    "TEN_COQUAN",
    "MA_COQUAN",
    "LOAI_COQUAN",
    "CAPDONVIID",
    "TDGQ",
    "MDHL",
    "MDSH",
    "TTTT",
    "CLGQ",
    "CKMB",
    "TONG_SCORE",
    "ROW_STT",
]
SCORE_ROWS = [
    [
        "1",
        "UBND tỉnh Bắc Ninh",
        "UBND tỉnh Bắc Ninh",
        "H05",
        "1",
        "1",
        "18.99",
        "17.86",
        "20.73",
        "10",
        "8.42",
        "15.64",
        "91.64",
        "1",
    ],
    [
        "2",
        "UBND tỉnh Lạng Sơn",
        "UBND tỉnh Lạng Sơn",
        "000.00.00.H37",
        "1",
        "1",
        "18.1",
        "17",
        "20",
        "9.5",
        "8",
        "15",
        "87.6",
        "2",
    ],
]
COMMUNE_ROWS = [
    [
        "3",
        "UBND phường Hợp Thịnh - tỉnh Bắc Ninh",
        "UBND phường Hợp Thịnh - tỉnh Bắc Ninh",
        "H05.101",
        "3",
        "2",
        "19",
        "18",
        "21",
        "10",
        "9",
        "17",
        "94",
        "1",
    ],
]
DEPARTMENT_ROWS = [
    ["4", "Sở Nội vụ", "Sở Nội vụ - tỉnh Bắc Ninh", "H05.12", "2", "1", "19", "18", "20", "10", "8", "14", "89", "7"]
]
COUNTS_CSV = (
    "unit_code,unit_name,group,metric,numerator,denominator,portal_score,max_points\n"
    "H05,UBND tỉnh Bắc Ninh,PROGRESS,on_time,90,100,18,20\n"
    "H05,UBND tỉnh Bắc Ninh,DIGITISATION,ORIGINAL_RESULT_AVAILABLE,1,2,3,6\n"
    "H05,UBND tỉnh Bắc Ninh,PROGRESS,avgProcessingDays,5.33,,,\n"
)
LISTING_HEADINGS = [
    "STT", "Mã hồ sơ", "Chủ hồ sơ", "Số điện thoại", "Mã đơn vị xử lý", "Mã thủ tục", "Hình thức nộp", "Trạng thái",
    "Ngày nộp", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày kết thúc xử lý", "Kết quả điện tử", "Số thành phần",
    "Số thành phần số hóa", "Tổng phí", "Thanh toán",
]  # fmt: skip
LISTING_ROWS = [
    ["1", "H05.101-250901-0001", PII, PII, "H05.101", "1.004222", "Trực tuyến", "Đã xử lý xong", "01/09/2025 08:00",
     "01/09/2025 09:30", "05/09/2025", "05/09/2025 16:00", "Có", "3", "2", "8.000", "Cổng Quốc gia"],
    ["2", "H05.101-250901-0002", PII, PII, "000.00.101.H05", "1.004222", "Trực tiếp", "Đang xử lý", "01/09/2025 10:00",
     "01/09/2025 10:30", "05/09/2025 17:00", "", "Không", "1", "0", "0", "Không"],
]  # fmt: skip
PERSONAL = ("ChuHoSo", "SoGiayToChuHoSo", "MaDoiTuong", "Email", "Fax", "SoDienThoai", "TrichYeuHoSo")


def csv_text(headings: Sequence[str], rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(row) + "\n" for row in [headings, *rows])


def scores_csv(rows: Sequence[Sequence[str]] = SCORE_ROWS, delimiter: str = ",") -> str:
    return csv_text(SCORE_HEADINGS, rows, delimiter)


def scores_json(rows: Sequence[Sequence[str]] = SCORE_ROWS) -> list[dict[str, str]]:
    return [dict(zip(SCORE_HEADINGS, row, strict=True)) for row in rows]


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """An XLSX as people save it by hand."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def dossier(number: int = 1, **changes: Any) -> dict[str, Any]:
    """One dossier as the portal synchronises it, every personal field marked."""
    return {
        "MaHoSo": f"H05.101-250901-{number:04d}",
        "MaTTHC": "1.004222",
        "TenTTHC": "Đăng ký khai sinh",
        "KenhThucHien": "2",
        "LoaiDoiTuong": "1",
        "NgayNopHoSo": "20250901080000",
        "NgayTiepNhan": "20250901090000",
        "NgayHenTra": "20250905170000",
        "TrangThaiHoSo": "9",
        "NgayTra": "",
        "NgayKetThucXuLy": "20250905160000",
        "NgayTuChoi": "",
        "DonViXuLy": "H05.101",
        "HoSoCoThanhPhanSoHoa": "1",
        "TaiKhoanDuocXacThucVoiVNeID": "1",
        "DuocThanhToanTrucTuyen": "1",
        "GhiChu": PII,
        **dict.fromkeys(PERSONAL, PII),
        "ThongTinKhac": {"bất kỳ": PII},
        "DinhDanhCHS": [{"LoaiDinhDanh": "1", "SoDinhDanh": PII}],
        "TaiLieuNop": [
            {"MaThanhPhanHoSo": PII, "DuocSoHoa": "1", "DuocTaiSuDung": "2", "DuocLayTuKhoDMQG": "0", "IsDeleted": "0",
             "TepDinhKemId": PII, "TenTep": PII},
            {"DuocSoHoa": "0", "DuocTaiSuDung": "0", "DuocLayTuKhoDMQG": "1"},
            {"DuocSoHoa": "1", "DuocTaiSuDung": "1", "DuocLayTuKhoDMQG": "1", "IsDeleted": "1"},
        ],
        "DanhSachGiayToKetQua": [{"GiayToId": PII, "DuongDanTepTinKetQua": f"/{PII}.pdf"}],
        "DanhSachLePhi": [{"MaPhiLePhi": "1", "Gia": "8000"}, {"Gia": "2000"}],
        "DanhSachHoSoBoSung": [{"NgayBoSung": "20250902090000", "NgayTiepNhanBoSung": "20250903090000"}],
        "DSKetNoiCSDL": [{"MaCSDL": "CSDLDC"}],
        "CotLa": PII,
        **changes,
    }  # fmt: skip


def ndjson(*records: Any) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def packed(data: bytes) -> bytes:
    """gzip without a clock in it: what a test is called by must not change from second to second."""
    return gzip.compress(data, mtime=0)
