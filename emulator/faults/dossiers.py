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


def _is_accepted(dossier: Dossier) -> bool:
    return bool(dossier["NgayTiepNhan"].isdigit())


def _moved(stamp: str, days: int) -> str:
    return (datetime.strptime(stamp, _STAMP) + timedelta(days=days)).strftime(_STAMP)


@dossier_fault(
    "Trạng thái 5, 6, 8 gửi lên là 9", "Statuses 5, 6 and 8 are sent upward as 9, done", "dossiers.done_without_end"
)
def status_sent_as_done(landed: Landed) -> None:
    """Dossiers that wait for a supplement or were stopped are sent as done, without a moment of their end."""
    for dossier in landed.some_dossiers(lambda one: one["TrangThaiHoSo"] in ("5", "6", "8")):
        dossier["TrangThaiHoSo"] = "9"


@dossier_fault(
    "Tệp thành phần gửi lại làm tệp kết quả",
    "A component file is sent again as the result file",
    "dossiers.component_as_result",
)
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


@dossier_fault("Tiền mặt đánh dấu là thanh toán trực tuyến", "Cash is marked as paid online", "dossiers.cash_as_online")
def cash_as_online(landed: Landed) -> None:
    """Fees collected in cash (HinhThucThu 1) are sent as paid through the province's gateway."""
    for dossier in landed.some_dossiers(lambda one: one["DanhSachLePhi"]):
        dossier["DuocThanhToanTrucTuyen"] = "2"
        for fee in dossier["DanhSachLePhi"]:
            fee["HinhThucThu"] = "1"


@dossier_fault("Cờ xác thực VNeID là hằng số", "The VNeID flag is a constant", "dossiers.flag_constant_in_feed")
def constant_vneid(landed: Landed) -> None:
    """Every dossier of the province says that the account is verified, those handed in at the desk too."""
    for dossier in landed.dossiers():
        landed.things += dossier["TaiKhoanDuocXacThucVoiVNeID"] != "1"
        dossier["TaiKhoanDuocXacThucVoiVNeID"] = "1"


@dossier_fault(
    "Số định danh điền cho có: 000000001", "The identity is a filler: 000000001", "dossiers.applicant_filler"
)
def filler_identity(landed: Landed) -> None:
    """The applicant's number is 000000001 throughout."""
    for dossier in landed.some_dossiers(lambda one: True):
        dossier["SoGiayToChuHoSo"] = FILLER
        dossier["DinhDanhCHS"] = [{"LoaiDinhDanh": "2", "SoDinhDanh": FILLER}]


@dossier_fault(
    "Số thứ tự trong mã hồ sơ dài hoặc ngắn hơn 4 chữ số", "Serials of 5 digits, or of 3, for 4", "dossiers.code_form"
)
def short_serial(landed: Landed) -> None:
    """Codes of dossiers accepted in the week end in 5 digits or in 3, in turn."""
    monday = f"{landed.week.monday:%Y%m%d}"
    for number, dossier in enumerate(landed.some_dossiers(lambda one: one["NgayTiepNhan"] >= monday)):
        unit, day, serial = dossier["MaHoSo"].split("-")
        dossier["MaHoSo"] = f"{unit}-{day}-{int(serial):0{5 if number % 2 == 0 else 3}d}"


@dossier_fault("Mã đơn vị cũ bên cạnh mã mới", "Old unit codes beside new ones", "dossiers.doubled_under_two_units")
def old_unit_codes(landed: Landed) -> None:
    """Dossiers are sent twice, the second time with the unit's code of the old form, in the dossier's code too."""
    again = []
    for dossier in landed.some_dossiers(_is_accepted):
        province, unit = dossier["DonViXuLy"].split(".")
        old = f"000.00.{unit}.{province}"
        again.append(dossier | {"MaHoSo": dossier["MaHoSo"].replace(dossier["DonViXuLy"], old), "DonViXuLy": old})
    landed.dossiers().extend(again)


@dossier_fault("Kết thúc trước khi tiếp nhận", "Finished before it was accepted", "dossiers.ended_before_accepted")
def finished_before_accepted(landed: Landed) -> None:
    """Processing ends a day before acceptance."""
    for dossier in landed.some_dossiers(lambda one: one["NgayKetThucXuLy"] != "", _A_FEW):
        dossier["NgayKetThucXuLy"] = _moved(dossier["NgayTiepNhan"], -1)


@dossier_fault("Tiếp nhận sau khi tuần đã hết", "Accepted after the week's end", "dossiers.accepted_after_week")
def accepted_after_week(landed: Landed) -> None:
    """Open dossiers are accepted two weeks later than they were, and due accordingly."""
    for dossier in landed.some_dossiers(lambda one: one["TrangThaiHoSo"] in ("2", "4") and _is_recent(one, landed), 3):
        for name in ("NgayTiepNhan", "NgayHenTra"):
            dossier[name] = _moved(dossier[name], 14)


def _is_recent(dossier: Dossier, landed: Landed) -> bool:
    return bool(dossier["NgayTiepNhan"] >= f"{landed.week.monday:%Y%m%d}")


@dossier_fault("Ngày trong tương lai", "Dates in the future", "dossiers.ended_after_week")
def future_dates(landed: Landed) -> None:
    """Dossiers that are done are so a year later than they were."""
    for dossier in landed.some_dossiers(lambda one: one["TrangThaiHoSo"] == "9", _A_FEW):
        dossier["NgayKetThucXuLy"] = _moved(dossier["NgayKetThucXuLy"], 365)


@dossier_fault("Hai hồ sơ cùng một mã", "Two dossiers have one code", "dossiers.code_of_two")
def duplicate_codes(landed: Landed) -> None:
    """Two different dossiers of a unit, of different applicants, are sent with the same code."""
    units: dict[str, int] = {}
    for dossier in landed.dossiers():
        units[dossier["DonViXuLy"]] = units.get(dossier["DonViXuLy"], 0) + 1
    first: dict[str, str] = {}
    for dossier in landed.some_dossiers(lambda one: units[one["DonViXuLy"]] > 1, 2):
        dossier["MaHoSo"] = first.setdefault(dossier["DonViXuLy"], dossier["MaHoSo"])
    landed.things -= len(first)


@dossier_fault(
    "Cờ số hóa trái với danh sách thành phần",
    "The digitised flag contradicts the list of components",
    "dossiers.digitised_flag",
)
def digitised_flag(landed: Landed) -> None:
    """The dossier says that it has digitised components, of which none is digitised."""
    for dossier in landed.some_dossiers(lambda one: one["HoSoCoThanhPhanSoHoa"] == "1"):
        for part in dossier["TaiLieuNop"]:
            part["DuocSoHoa"] = "0"


@dossier_fault("Chữ trong ô ngày", "A text in a date", "dossiers.unreadable")
def text_in_date(landed: Landed) -> None:
    """The moment of acceptance reads "chờ xác nhận"."""
    for dossier in landed.some_dossiers(_is_accepted, _A_FEW):
        dossier["NgayTiepNhan"] = "chờ xác nhận"


@dossier_fault("Mã thủ tục sai dạng", "Procedure codes of another form", "dossiers.procedure_form")
def odd_procedure(landed: Landed) -> None:
    """Procedures have the number of the province's own software: `TTHC-004222`."""
    for dossier in landed.some_dossiers(lambda one: True):
        dossier["MaTTHC"] = f"TTHC-{dossier['MaTTHC'].rpartition('.')[2]}"


@dossier_fault("Tiếp nhận trước khi nộp", "Accepted before it was filed", "dossiers.filed_after_accepted")
def accepted_before_filed(landed: Landed) -> None:
    """Dossiers are filed a day after they were accepted."""
    for dossier in landed.some_dossiers(_is_accepted, _A_FEW):
        dossier["NgayNopHoSo"] = _moved(dossier["NgayTiepNhan"], 1)


@dossier_fault("Hẹn trả trước khi tiếp nhận", "Due before it was accepted", "dossiers.due_before_accepted")
def due_before_accepted(landed: Landed) -> None:
    """The due date lies three days before acceptance."""
    for dossier in landed.some_dossiers(_is_accepted, _A_FEW):
        dossier["NgayHenTra"] = _moved(dossier["NgayTiepNhan"], -3)


@dossier_fault("Trạng thái không theo kịp", "The status lags behind", "dossiers.end_with_open_status")
def status_left_open(landed: Landed) -> None:
    """Dossiers that are done are still said to be in work (4)."""
    for dossier in landed.some_dossiers(lambda one: one["NgayKetThucXuLy"] != ""):
        dossier["TrangThaiHoSo"] = "4"


@dossier_fault(
    "Chờ bổ sung mà không ghi lần yêu cầu", "A supplement is waited for and not noted", "dossiers.supplement_not_noted"
)
def supplement_not_noted(landed: Landed) -> None:
    """Dossiers in work are said to wait for a supplement (5), of which the log of requests knows nothing."""
    for dossier in landed.some_dossiers(lambda one: one["TrangThaiHoSo"] in ("2", "4") and not _open_request(one)):
        dossier["TrangThaiHoSo"] = "5"


def _open_request(dossier: Dossier) -> bool:
    return any(one["NgayTiepNhanBoSung"] == "" for one in dossier["DanhSachHoSoBoSung"])


@dossier_fault(
    "Mỗi lần chuyển bước ghi thành một lần yêu cầu bổ sung",
    "Every step is noted as a request for a supplement",
    "dossiers.unit_rate",
)
def steps_as_supplements(landed: Landed) -> None:
    """Dossiers have two requests for a supplement, both answered on the spot: all of them count as late."""
    for dossier in landed.some_dossiers(_is_accepted):
        moment = dossier["NgayTiepNhan"]
        request = {"NgayBoSung": moment, "NgayTiepNhanBoSung": moment}
        dossier["DanhSachHoSoBoSung"] = 2 * [request | {"NgayHenTraTruoc": moment, "NgayHenTraMoi": moment}]


def _is_done_in_a_commune(dossier: Dossier) -> bool:
    of_commune = len(dossier["DonViXuLy"].partition(".")[2]) == 3
    return of_commune and dossier["TrangThaiHoSo"] in ("9", "10") and bool(dossier["DanhSachGiayToKetQua"])


@dossier_fault("Không gửi tệp kết quả", "Results are not sent", "dossiers.done_without_result_share")
def results_withheld(landed: Landed) -> None:
    """Dossiers that are done in a few communes come without their results, though their procedures yield some elsewhere."""
    for dossier in landed.some_dossiers(_is_done_in_a_commune):
        dossier["DanhSachGiayToKetQua"] = []


@dossier_fault("Thanh toán trực tuyến mà không có phí", "Paid online without a fee", "dossiers.paid_without_fee")
def paid_without_fee(landed: Landed) -> None:
    """Dossiers that cost nothing are sent as paid on the national portal."""
    for dossier in landed.some_dossiers(lambda one: not one["DanhSachLePhi"]):
        dossier["DuocThanhToanTrucTuyen"] = "1"


@dossier_fault("Nộp trực tuyến mà không có tài khoản", "Online without an account", "dossiers.online_without_account")
def online_without_account(landed: Landed) -> None:
    """Dossiers filed online have no verified account: somebody at the desk typed them in."""
    for dossier in landed.some_dossiers(lambda one: one["KenhThucHien"] == "2"):
        dossier["TaiKhoanDuocXacThucVoiVNeID"] = "0"


@dossier_fault("Đơn vị không có trong danh sách", "Units that are on no list", "dossiers.unit_unknown")
def unknown_units(landed: Landed) -> None:
    """Half of the dossiers of a few units stand under codes that nobody has announced."""
    for number, dossier in enumerate(landed.some_dossiers(lambda one: True)):
        if number % 2:
            dossier["DonViXuLy"] = f"{landed.province.code}.9{dossier['DonViXuLy'][-2:]}"
    landed.units[:] = [f"{landed.province.code}.9{unit[-2:]}" for unit in landed.units]
    landed.things //= 2


@dossier_fault("Đơn vị không gửi hồ sơ", "Units send nothing", "dossiers.unit_volume")
def silent_units(landed: Landed) -> None:
    """A few of the largest units send no dossier at all this week."""
    lost = {id(dossier) for dossier in landed.some_dossiers(lambda one: True)}
    dossiers = landed.dossiers()
    dossiers[:] = [dossier for dossier in dossiers if id(dossier) not in lost]


@dossier_fault(
    "Mọi hồ sơ gửi lên là nộp tại quầy", "Every dossier is sent as handed in at the desk", "dossiers.unit_rate"
)
def lost_channel(landed: Landed) -> None:
    """Dossiers filed online are sent as handed in at the desk: the software lost the channel."""
    for dossier in landed.some_dossiers(lambda one: one["KenhThucHien"] == "2"):
        dossier["KenhThucHien"] = "1"
