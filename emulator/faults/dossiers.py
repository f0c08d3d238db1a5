"""Faults of vendors' software: a province sends wrong dossiers, and the portal's own figures are right.

Belongs here: one small function a fault. The sentence it begins with is its documentation. Does not belong here: when
and where a fault is applied, and files that are wrong as a whole (files.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from emulator.faults.fault import dossier_fault
from emulator.faults.landed import Dossier, Landed

FILLER = "000000001"
_STAMP = "%Y%m%d%H%M%S"
_A_FEW = 3  # dossiers a unit


def _moved(stamp: str, days: int) -> str:
    return (datetime.strptime(stamp, _STAMP) + timedelta(days=days)).strftime(_STAMP)


@dossier_fault("Trạng thái 5, 6, 8 gửi lên là 9", "Statuses 5, 6 and 8 are sent upward as 9, done")
def status_sent_as_done(landed: Landed) -> None:
    """Dossiers that wait for a supplement or were stopped are sent as done, without a moment of their end."""
    for dossier in landed.some_dossiers(lambda one: one["TrangThaiHoSo"] in ("5", "6", "8")):
        dossier["TrangThaiHoSo"] = "9"


@dossier_fault("Tệp thành phần gửi lại làm tệp kết quả", "A component file is sent again as the result file")
def component_as_result(landed: Landed) -> None:
    """Where there was a result, the first submitted component stands as one, with its code and its file."""
    for dossier in landed.some_dossiers(lambda one: one["DanhSachGiayToKetQua"] and one["TaiLieuNop"]):
        part = dossier["TaiLieuNop"][0]
        dossier["DanhSachGiayToKetQua"] = [
            {
                "MaThanhPhanHoSo": part["MaThanhPhanHoSo"],
                "GiayToId": part["TepDinhKemId"],
                "MaGiayToKetQua": part["MaThanhPhanHoSo"],
                "DuongDanTepTinKetQua": f"/mo-phong/{part['TepDinhKemId']}.pdf",
            }
        ]


@dossier_fault("Tiền mặt đánh dấu là thanh toán trực tuyến", "Cash is marked as paid online")
def cash_as_online(landed: Landed) -> None:
    """Fees collected in cash (HinhThucThu 1) are sent as paid through the province's gateway."""
    for dossier in landed.some_dossiers(lambda one: one["DanhSachLePhi"]):
        dossier["DuocThanhToanTrucTuyen"] = "2"
        for fee in dossier["DanhSachLePhi"]:
            fee["HinhThucThu"] = "1"


@dossier_fault("Cờ xác thực VNeID là hằng số", "The VNeID flag is a constant")
def constant_vneid(landed: Landed) -> None:
    """Every dossier of the province says that the account is verified, those handed in at the desk too."""
    for dossier in landed.dossiers():
        landed.things += dossier["TaiKhoanDuocXacThucVoiVNeID"] != "1"
        dossier["TaiKhoanDuocXacThucVoiVNeID"] = "1"


@dossier_fault("Số định danh điền cho có: 000000001", "The identity is a filler: 000000001")
def filler_identity(landed: Landed) -> None:
    """The applicant's number is 000000001 throughout."""
    for dossier in landed.some_dossiers(lambda one: True):
        dossier["SoGiayToChuHoSo"] = FILLER
        dossier["DinhDanhCHS"] = [{"LoaiDinhDanh": "2", "SoDinhDanh": FILLER}]


@dossier_fault("Số thứ tự trong mã hồ sơ dài hoặc ngắn hơn 4 chữ số", "Serials of 5 digits, or of 3, for 4")
def short_serial(landed: Landed) -> None:
    """Codes of dossiers accepted in the week end in 5 digits or in 3, in turn."""
    monday = f"{landed.week.monday:%Y%m%d}"
    for number, dossier in enumerate(landed.some_dossiers(lambda one: one["NgayTiepNhan"] >= monday)):
        unit, day, serial = dossier["MaHoSo"].split("-")
        dossier["MaHoSo"] = f"{unit}-{day}-{int(serial):0{5 if number % 2 == 0 else 3}d}"


@dossier_fault("Mã đơn vị cũ bên cạnh mã mới", "Old unit codes beside new ones")
def old_unit_codes(landed: Landed) -> None:
    """Dossiers are sent twice, the second time with the unit's code of the old form, in the dossier's code too."""
    again = []
    for dossier in landed.some_dossiers(lambda one: one["NgayTiepNhan"] != ""):
        province, unit = dossier["DonViXuLy"].split(".")
        old = f"000.00.{unit}.{province}"
        again.append(dossier | {"MaHoSo": dossier["MaHoSo"].replace(dossier["DonViXuLy"], old), "DonViXuLy": old})
    landed.dossiers().extend(again)


@dossier_fault("Kết thúc trước khi tiếp nhận", "Finished before it was accepted")
def finished_before_accepted(landed: Landed) -> None:
    """Processing ends a day before acceptance."""
    for dossier in landed.some_dossiers(lambda one: one["NgayKetThucXuLy"] != "", _A_FEW):
        dossier["NgayKetThucXuLy"] = _moved(dossier["NgayTiepNhan"], -1)


@dossier_fault("Tiếp nhận sau khi tuần đã hết", "Accepted after the week's end")
def accepted_after_week(landed: Landed) -> None:
    """Open dossiers are accepted two weeks later than they were, and due accordingly."""
    for dossier in landed.some_dossiers(lambda one: one["TrangThaiHoSo"] in ("2", "4") and _is_recent(one, landed), 3):
        for name in ("NgayTiepNhan", "NgayHenTra"):
            dossier[name] = _moved(dossier[name], 14)


def _is_recent(dossier: Dossier, landed: Landed) -> bool:
    return bool(dossier["NgayTiepNhan"] >= f"{landed.week.monday:%Y%m%d}")


@dossier_fault("Ngày trong tương lai", "Dates in the future")
def future_dates(landed: Landed) -> None:
    """Dossiers that are done are so a year later than they were."""
    for dossier in landed.some_dossiers(lambda one: one["TrangThaiHoSo"] == "9", _A_FEW):
        dossier["NgayKetThucXuLy"] = _moved(dossier["NgayKetThucXuLy"], 365)


@dossier_fault("Hai hồ sơ cùng một mã", "Two dossiers have one code")
def duplicate_codes(landed: Landed) -> None:
    """Two different dossiers of a unit, of different applicants, are sent with the same code."""
    units: dict[str, int] = {}
    for dossier in landed.dossiers():
        units[dossier["DonViXuLy"]] = units.get(dossier["DonViXuLy"], 0) + 1
    first: dict[str, str] = {}
    for dossier in landed.some_dossiers(lambda one: units[one["DonViXuLy"]] > 1, 2):
        dossier["MaHoSo"] = first.setdefault(dossier["DonViXuLy"], dossier["MaHoSo"])
    landed.things -= len(first)


@dossier_fault("Cờ số hóa trái với danh sách thành phần", "The digitised flag contradicts the list of components")
def digitised_flag(landed: Landed) -> None:
    """The dossier says that it has digitised components, of which none is digitised."""
    for dossier in landed.some_dossiers(lambda one: one["HoSoCoThanhPhanSoHoa"] == "1"):
        for part in dossier["TaiLieuNop"]:
            part["DuocSoHoa"] = "0"


@dossier_fault("Chữ trong ô ngày", "A text in a date")
def text_in_date(landed: Landed) -> None:
    """The moment of acceptance reads "chờ xác nhận"."""
    for dossier in landed.some_dossiers(lambda one: one["NgayTiepNhan"] != "", _A_FEW):
        dossier["NgayTiepNhan"] = "chờ xác nhận"
