"""The words people read, Vietnamese first and English beside it.

Belongs here: words for the codes that stand in tables, and how weeks and periods are called. Does not belong here:
numbers (publishing/figures.py), layout (publishing/tables.py).
"""

from __future__ import annotations

from functools import cache

from scoring.bands import load_bands
from scoring.calendar import Period, Week

COMPONENTS = ("transparency", "progress", "online_services", "online_payment", "satisfaction", "digitisation")
"""The six components in the order in which they are always shown."""

PORTAL_COLUMNS = {
    "transparency": "CKMB",
    "progress": "TDGQ",
    "online_services": "CLGQ",
    "online_payment": "TTTT",
    "satisfaction": "MDHL",
    "digitisation": "MDSH",
}
"""Short names of the components, as the portal heads its own table and officials know them."""

_WORDS = {
    "transparency": ("Công khai, minh bạch", "transparency"),
    "progress": ("Tiến độ giải quyết", "progress"),
    "online_services": ("Dịch vụ công trực tuyến", "online services"),
    "online_payment": ("Thanh toán trực tuyến", "online payment"),
    "satisfaction": ("Mức độ hài lòng", "satisfaction"),
    "digitisation": ("Số hóa hồ sơ", "digitisation"),
    "total": ("tổng điểm", "total"),
    "status": ("trạng thái", "status"),
    "basis": ("căn cứ", "basis"),
    "province": ("tỉnh, thành phố", "provinces"),
    "department": ("sở, ban, ngành", "departments"),
    "commune": ("xã, phường, đặc khu", "communes"),
    "unit": ("sở và xã xếp chung", "departments and communes together"),
    "computed": ("tính từ hồ sơ", "computed from dossiers"),
    "recounted": ("tính lại từ số đếm của cổng", "recounted from the portal's counts"),
    "as_published": ("như cổng công bố", "as published by the portal"),
    "provisional": ("tạm tính", "provisional"),
    "final": ("chính thức", "final"),
    "revised": ("đã cập nhật", "revised"),
    "corrected": ("đã đính chính", "corrected"),
    "under_review": ("đang xem xét", "under review"),
    "incomplete": ("chưa đủ số liệu", "incomplete"),
    "not_ranked": ("không xếp hạng", "not ranked"),
    "partial": ("bản xuất không liệt kê đủ đơn vị", "the export lists only part of the units"),
    "unsettled": ("mẫu số tạm theo lời cổng", "provisional figures by the portal's own word"),
    "new": ("mới, tuần trước chưa có điểm", "new: no total the week before"),
    "cohort_changed": ("tuần trước nhóm có thành viên khác, không so bậc", "other members the week before: no move"),
    "missing": ("chưa có số đếm", "counts are missing"),
    "small_denominator": ("mẫu số từ 3 trở xuống", "a denominator of 3 or fewer"),
    "invalid_counts": ("số đếm không hợp lệ", "impossible counts"),
    "open": ("đang mở", "open"),
    "waived": ("được miễn trừ", "waived"),
    "returned": ("đã trả nơi gửi", "returned to sender"),
    "resolved": ("đã hết", "resolved by a new export"),
    "opened": ("mở vụ việc", "opened"),
    "renewed": ("lại phát hiện", "found again"),
    "cleared": ("một tuần đã hết lỗi", "one week is sound again"),
    "keep": ("giữ trạng thái rà soát", "keep under review"),
    "use_dossiers": ("dùng số từ hồ sơ", "use our dossiers"),
    "accept_portal": ("chấp nhận số của cổng", "accept the portal's figure"),
    "waive": ("miễn trừ", "waive"),
    "return": ("trả lại nơi gửi", "return to the sender"),
    "reopen": ("mở lại", "open again"),
    "comment": ("ghi chú", "comment"),
    "assign": ("giao việc", "assign"),
    "correct": ("điều chỉnh số liệu", "correct the data"),
    "withdraw": ("rút điều chỉnh", "withdraw a correction"),
    "set": ("đặt giá trị", "set a value"),
    "scale": ("nhân với hệ số", "multiply by a factor"),
    "drop": ("bỏ dòng", "drop the rows"),
    "flag": ("giữ số, xem xét đơn vị", "keep the figures, review the unit"),
    "ytd": ("lũy kế năm", "year to date"),
    "half": ("nửa năm", "half-year"),
    "quarter": ("quý", "quarter"),
    "month": ("tháng", "month"),
}


def vietnamese(code: str) -> str:
    """The Vietnamese word of a code; the code itself where there is none."""
    return _words(code)[0]


def english(code: str) -> str:
    return _words(code)[1]


def both(code: str) -> str:
    """`tạm tính (provisional)`."""
    first, second = _words(code)
    return f"{first} ({second})" if first != second else first


@cache
def _band_words() -> dict[str, tuple[str, str]]:
    return {band.code: (band.title_vi, band.title_en) for ladder in load_bands().values() for band in ladder}


def _words(code: str) -> tuple[str, str]:
    return _WORDS.get(code) or _band_words().get(code) or (code, code)


def period_words(label: str) -> str:
    """`tháng 10/2025 (month 2025-10)`, `lũy kế năm 2025 (year to date 2025)`. Raises ValueError for another label."""
    return f"{period_vietnamese(label)} ({english(Period.parse(label).kind)} {label})"


def period_vietnamese(label: str) -> str:
    """`tháng 10/2025`, `lũy kế năm 2025`. Raises ValueError for another label."""
    period = Period.parse(label)
    year = period.start_day.year
    part = {
        "ytd": f"{year}",
        "half": f"{label[-1]}/{year}",
        "quarter": f"{label[-1]}/{year}",
        "month": f"{period.start_day.month}/{year}",
    }[period.kind]
    return f"{vietnamese(period.kind)} {part}"


def week_words(week: str) -> str:
    """`2025-W41 (6/10 – 12/10/2025)`."""
    days = Week.parse(week)
    first, last = days.monday, days.sunday
    start = f"{first.day}/{first.month}" + (f"/{first.year}" if first.year != last.year else "")
    return f"{week} ({start} – {last.day}/{last.month}/{last.year})"
