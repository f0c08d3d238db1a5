"""What goes wrong at the emulated portal on demand, and what must come of it.

Belongs here: the faults as data, and their effect on a page or an answer. Does not belong here: serving (http_app.py) or
trying them (portal_faults.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from emulator.http_shelf import OVERVIEW

RIGHT = "right"
PAGED = ("score-table", OVERVIEW, "formalities")


@dataclass(frozen=True)
class PortalFault:
    """A fault by its name.

    once, lasting: what a pull comes to where it strikes one answer, and where it strikes every one: `right`, or the kind of the
    error (resources/portal/errors.py). strikes: interfaces; empty: all. status, headers, page: what is sent instead of an answer.
    """

    name: str
    title_vi: str
    title_en: str
    once: str
    lasting: str
    strikes: tuple[str, ...] = ()
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    page: str | None = None


_LOGIN = '<!DOCTYPE html><html><body><h1>Đăng nhập</h1><form><input type="password"></form></body></html>'
_REPAIR = "<!DOCTYPE html><html><body><h1>Hệ thống đang bảo trì</h1></body></html>"

_ALL = (
    PortalFault("slow", "trả lời quá chậm", "answers too late", RIGHT, "timed_out"),
    PortalFault(
        "busy",
        "429, chờ được",
        "429 with a short wait",
        RIGHT,
        "too_many_requests",
        status=429,
        headers={"Retry-After": "1"},
    ),
    PortalFault(
        "busy_long",
        "429, phải chờ quá lâu",
        "429 with a wait beyond the ceiling",
        "too_many_requests",
        "too_many_requests",
        status=429,
        headers={"Retry-After": "3600"},
    ),
    PortalFault("request_timeout", "408", "408", RIGHT, "server_failed", status=408),
    PortalFault("failing", "500", "500", RIGHT, "server_failed", status=500),
    PortalFault("unavailable", "503", "503", RIGHT, "server_failed", status=503),
    PortalFault(
        "expired_token", "mã truy cập hết hạn (401)", "expired token (401)", "not_allowed", "not_allowed", status=401
    ),
    PortalFault(
        "forbidden", "không đủ quyền (403)", "a right is lacking (403)", "not_allowed", "not_allowed", status=403
    ),
    PortalFault(
        "not_found", "không có giao diện (404)", "no such interface (404)", "not_found", "not_found", status=404
    ),
    PortalFault(
        "login_redirect",
        "chuyển sang trang đăng nhập",
        "redirect to the login page",
        "login_page",
        "login_page",
        status=302,
        headers={"Location": "/login"},
    ),
    PortalFault(
        "login_page",
        "trang đăng nhập với mã 200",
        "login page with status 200",
        "login_page",
        "login_page",
        status=200,
        page=_LOGIN,
    ),
    PortalFault("html", "trang web thay cho JSON", "HTML instead of JSON", "html", "html", status=200, page=_REPAIR),
    PortalFault("truncated", "JSON bị cắt cụt", "JSON that breaks off", RIGHT, "ended_early", PAGED),
    PortalFault(
        "broken_off",
        "ngắt kết nối giữa câu trả lời",
        "the line is cut within an answer",
        RIGHT,
        "ended_early",
        ("score-table", "file"),
    ),
    PortalFault(
        "changed_total",
        "tổng số dòng đổi giữa các trang",
        "the total changes between pages",
        RIGHT,
        "total_changed",
        PAGED,
    ),
    PortalFault("doubled_row", "một đơn vị ở hai trang", "a unit on two pages", RIGHT, "doubled_rows", PAGED),
    PortalFault("missing_row", "một dòng không ở trang nào", "a row on no page", RIGHT, "missing_rows", PAGED),
    PortalFault("early_end", "trang trống trước khi hết", "an empty page before the end", RIGHT, "missing_rows", PAGED),
    PortalFault(
        "null_number", "null ở chỗ cần số", "null where a number is due", "null_number", "null_number", PAGED[:2]
    ),
    PortalFault("null_total", "tổng số dòng là null", "the total is null", "null_number", "null_number", PAGED),
    PortalFault("no_rows", "không có dòng nào", "no rows at all", "no_rows", "no_rows", PAGED),
    PortalFault(
        "moved_figures",
        "số đổi giữa các giao diện",
        "figures change between interfaces",
        RIGHT,
        "figures_moved",
        (OVERVIEW,),
    ),
    PortalFault(
        "provisional",
        "cổng ghi mẫu số tạm",
        "the portal calls a denominator provisional",
        RIGHT,
        RIGHT,
        ("transparency",),
    ),
    PortalFault("wrong_bytes", "tệp khác sha256 đã báo", "a file unlike its sha256", RIGHT, "checksum", ("file",)),
    PortalFault(
        "short_file",
        "tệp thiếu dòng so với danh sách",
        "a file with fewer rows than listed",
        "missing_rows",
        "missing_rows",
        ("files",),
    ),
)

PORTAL_FAULTS: Mapping[str, PortalFault] = {fault.name: fault for fault in _ALL}


@dataclass
class Struck:
    """A fault let loose: how many answers it still strikes (None: every one), and how many it has struck."""

    fault: PortalFault
    left: int | None = None
    struck: int = 0
    seen: int = 0
    row: dict[str, Any] | None = None

    def strikes(self, interface: str) -> bool:
        return (not self.fault.strikes or interface in self.fault.strikes) and (self.left is None or self.left > 0)

    def count(self) -> None:
        self.struck += 1
        if self.left is not None:
            self.left -= 1


@dataclass(frozen=True)
class Page:
    """A page about to be sent: its rows, and the total it announces."""

    number: int
    rows: list[dict[str, Any]]
    total: int | None
    size: int


def spoil(page: Page, loose: Struck, interface: str) -> Page:
    """The page as a fault leaves it. Counts the strike where there is one."""
    spoilt = _spoilt(page, loose, interface)
    if spoilt is None:
        return page
    loose.count()
    return spoilt


def _spoilt(page: Page, loose: Struck, interface: str) -> Page | None:
    rows, total = page.rows, page.total or 0
    match loose.fault.name:
        case "changed_total" if page.number > 1:
            return replace(page, total=total + 1)
        case "doubled_row" if page.number > 1 and rows and loose.row:
            return replace(page, rows=[loose.row, *rows[1:]])
        case "doubled_row" if page.number == 1 and rows:
            loose.row = rows[-1]
            return None
        case "missing_row" if page.number == 1 and rows:
            return replace(page, rows=rows[:-1])
        case "early_end" if page.number > 1 and rows:
            return replace(page, rows=[])
        case "null_total":
            return replace(page, total=None)
        case "no_rows":
            return replace(page, rows=[], total=0)
        case "null_number" if rows:
            return replace(page, rows=_with_null(rows, interface))
        case "moved_figures" if page.number == 1 and rows:
            loose.seen += 1
            moved = {**rows[0], "totalScore": loose.seen}
            return replace(page, rows=[moved, *rows[1:]])
        case "provisional" if rows and rows[0]["metrics"]:
            metric = {**rows[0]["metrics"][0], "dataQualityStatus": "TEMP_NATIONAL_REPORT_DENOMINATOR"}
            return replace(page, rows=[{**rows[0], "metrics": [metric, *rows[0]["metrics"][1:]]}, *rows[1:]])
    return None


def _with_null(rows: list[dict[str, Any]], interface: str) -> list[dict[str, Any]]:
    if interface == "score-table":
        return [{**rows[0], "MDHL": None}, *rows[1:]]
    metric = {"code": "total", "name": "total", "numerator": 1, "denominator": None, "score": 1, "maxScore": 100}
    return [{**rows[0], "metrics": [metric]}, *rows[1:]]
