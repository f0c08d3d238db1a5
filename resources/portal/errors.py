"""What can go wrong while pulling: one class a case, with one clear message.

Belongs here: the cases and their words. Does not belong here: noticing them (client.py, answers.py, paging.py, files.py).

A message names the interface and the page, what was expected and what to do. It never quotes an answer: an answer may hold
personal data, or the token that was sent.
"""

from __future__ import annotations

from typing import ClassVar


class PortalError(Exception):
    """Something at the portal's door. `kind` names the case; `stops`: nothing else can be pulled now either.

    `repeats`: reading the interface once more, from its first page, may help.
    """

    kind: ClassVar[str] = "portal"
    stops: ClassVar[bool] = False
    repeats: ClassVar[bool] = False
    do_vi: ClassVar[str] = "Báo cho bên vận hành cổng"
    do_en: ClassVar[str] = "tell whoever runs the portal"

    def __init__(
        self,
        interface: str,
        vi: str,
        en: str,
        *,
        page: int | None = None,
        expected: str,
        do_vi: str | None = None,
        do_en: str | None = None,
    ) -> None:
        self.interface, self.page, self.vi, self.en, self.expected = interface, page, vi, en, expected
        where_vi, where_en = (f", trang {page}", f", page {page}") if page else ("", "")
        need_vi, _, need_en = expected.partition(" / ")
        super().__init__(
            f"Cổng, {interface}{where_vi}: {vi}; cần {need_vi}. {do_vi or self.do_vi}. "
            f"/ The portal, {interface}{where_en}: {en}; expected {need_en or need_vi}. {do_en or self.do_en}."
        )


class LoginPage(PortalError):
    """The portal leads to its login, by a redirect or by a page."""

    kind = "login_page"
    stops = True
    do_vi = "Phiên hoặc mã truy cập đã hết hạn: xin mã mới và đặt SERVICE_INDEX_PORTAL_TOKEN"
    do_en = "Session or token has expired: get a new token and set SERVICE_INDEX_PORTAL_TOKEN"


class NotAllowed(PortalError):
    """401 or 403. Never tried again."""

    kind = "not_allowed"
    stops = True
    do_vi = "Mã truy cập sai, hết hạn hoặc thiếu quyền: xin mã mới và đặt SERVICE_INDEX_PORTAL_TOKEN"
    do_en = "The token is wrong, expired or lacks a right: get a new one and set SERVICE_INDEX_PORTAL_TOKEN"


class NotFound(PortalError):
    kind = "not_found"
    do_vi = "Kiểm tra portal_url và đường dẫn của giao diện trong cài đặt"
    do_en = "Look at portal_url and the interface's path in the settings"


class HtmlForJson(PortalError):
    """A web page that is no login page stands where data should."""

    kind = "html"
    do_vi = "Cổng có thể đang bảo trì, hoặc portal_url chỉ vào trang web: mở thử địa chỉ, rồi chạy lại"
    do_en = "The portal may be under repair, or portal_url names a web page: open it, then pull again"


class BrokenAnswer(PortalError):
    """Not JSON, or JSON of another form than the interface has."""

    kind = "broken_answer"


class EndedEarly(PortalError):
    """Fewer bytes came than were announced, or JSON breaks off."""

    kind = "ended_early"
    repeats = True
    do_vi = "Đường truyền hoặc cổng bị ngắt: chạy lại, phần đã tải được giữ"
    do_en = "The line or the portal broke off: pull again, what has come is kept"


class TotalChanged(PortalError):
    kind = "total_changed"
    repeats = True
    do_vi = "Cổng đang cập nhật: chờ ít phút rồi chạy lại"
    do_en = "The portal is being updated: wait some minutes, then pull again"


class FiguresMoved(TotalChanged):
    """What the interfaces say changed between the first and the last of them."""

    kind = "figures_moved"


class DoubledRows(PortalError):
    kind = "doubled_rows"
    repeats = True
    do_vi = "Cổng đang cập nhật hoặc phân trang sai: chờ ít phút rồi chạy lại; nếu còn, báo bên vận hành cổng"
    do_en = "The portal is being updated or pages wrongly: wait, then pull again; if it stays, tell whoever runs it"


class MissingRows(PortalError):
    kind = "missing_rows"
    repeats = True
    do_vi = DoubledRows.do_vi
    do_en = DoubledRows.do_en


class NullNumber(PortalError):
    """Null, or no number, where one is due."""

    kind = "null_number"
    do_vi = "Không thay bằng số khác: báo cho bên vận hành cổng; không có gì được nhận"
    do_en = "Nothing is put in its place, and nothing is taken in: tell whoever runs the portal"


class NoRows(PortalError):
    """An answer without rows is told as such; nothing older takes its place."""

    kind = "no_rows"
    do_vi = "Kiểm tra phạm vi, kỳ và tuần; cổng có thể chưa có số liệu này"
    do_en = "Look at scope, period and week; the portal may not have these figures yet"


class ChecksumMismatch(PortalError):
    kind = "checksum"
    do_vi = "Đã tải lại từ đầu mà vẫn khác: báo cho bên vận hành cổng; không có gì được nhận"
    do_en = "It was downloaded anew and still differs: tell whoever runs the portal; nothing is taken in"


class TooManyRequests(PortalError):
    kind = "too_many_requests"
    stops = True
    do_vi = "Chờ rồi chạy lại; giảm portal_requests_per_second"
    do_en = "Wait, then pull again; lower portal_requests_per_second"


class ServerFailed(PortalError):
    kind = "server_failed"
    do_vi = "Cổng đang hỏng: chờ rồi chạy lại"
    do_en = "The portal is failing: wait, then pull again"


class TimedOut(PortalError):
    kind = "timed_out"
    do_vi = "Cổng chậm hoặc đường truyền nghẽn: chạy lại sau, hoặc tăng portal_read_seconds"
    do_en = "The portal or the line is slow: pull again later, or raise portal_read_seconds"


class TlsFailed(PortalError):
    """The portal's certificate does not prove that it is the portal. Never tried again, never let through."""

    kind = "tls"
    stops = True
    do_vi = "Kiểm tra portal_url và đồng hồ máy; nếu cổng dùng chứng thư riêng, đặt portal_ca_file"
    do_en = "Look at portal_url and the clock; where the portal has certificates of its own, set portal_ca_file"


class Unreachable(PortalError):
    kind = "unreachable"
    stops = True
    do_vi = "Kiểm tra portal_url, mạng, tường lửa và portal_proxy"
    do_en = "Look at portal_url, the network, firewall and portal_proxy"


class CannotBeAsked(ValueError):
    """What was asked for cannot be pulled at all: a wrong use, not a fault of the portal. Vietnamese / English."""


class PullRunning(RuntimeError):
    """Another pull of the same home is running. Vietnamese / English."""
