"""One request to the portal: polite, patient where patience helps, and careful whom it trusts.

Belongs here: session, token, retries, rate, TLS, proxy, and what a failed request is called. Does not belong here: what
stands in an answer (answers.py) or which interface is asked (evaluation.py, score_tables.py, files.py).

Only 408, 429 and 5xx are tried again, and connections that failed; every request here only reads, POST included. Redirects
are not followed: the token goes to the portal and to nobody else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NameResolutionError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from resources.portal.errors import (
    EndedEarly,
    LoginPage,
    NotAllowed,
    NotFound,
    PortalError,
    ServerFailed,
    TimedOut,
    TlsFailed,
    TooManyRequests,
    Unreachable,
)
from resources.portal.settings import PortalSettings

TRIED_AGAIN = frozenset({408, 429, *range(500, 600)})
LARGEST_ANSWER_BYTES = 64 << 20
_LOGIN_PATH = re.compile(r"login|signin|sign-in|dang-?nhap|sso|oauth|auth", re.IGNORECASE)


class _Patience(Retry):
    """urllib3's Retry with a ceiling: where the portal asks for a longer wait than the setting allows, it is over."""

    RETRY_AFTER_STATUS_CODES = frozenset({408, 429, 503})

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        *rest: Any,
        **more: Any,
    ) -> _Patience:
        if response is not None and (self.get_retry_after(response) or 0) > self.backoff_max:
            raise MaxRetryError(more.get("_pool"), url, error)  # type: ignore[arg-type]
        return super().increment(method, url, response, error, *rest, **more)

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        try:
            return super().get_retry_after(response)
        except Exception:  # noqa: BLE001 - a header that cannot be read is none
            return None


class PortalClient:
    """A session with the portal. Close it, or use it in a `with` statement."""

    def __init__(self, settings: PortalSettings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """Raises ValueError when no portal is set."""
        if settings.portal_url is None:
            raise ValueError("chưa đặt portal_url / portal_url is not set (SERVICE_INDEX_PORTAL_URL)")
        self.settings = settings
        self.requests_made = 0
        self._base = settings.portal_url
        self._sleep = sleep
        self._next = 0.0
        self._session = self._open_session()

    def __enter__(self) -> PortalClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def get(
        self,
        path: str,
        interface: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        page: int | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """GET. Raises PortalError for anything but 200, 206 and 416."""
        return self._send("GET", path, interface, page, stream=stream, params=params, headers=headers)

    def post(
        self,
        path: str,
        interface: str,
        *,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        page: int | None = None,
    ) -> requests.Response:
        """POST of a JSON body or of form fields, that only reads. Raises PortalError for anything but 200."""
        return self._send("POST", path, interface, page, json=json, data=form)

    def _open_session(self) -> requests.Session:
        settings, session = self.settings, requests.Session()
        session.trust_env = False  # neither .netrc, which would replace the token, nor proxies nobody set here
        again = settings.portal_tries - 1
        patience = _Patience(
            total=again,
            connect=again,
            read=again,
            other=0,  # TLS: a certificate that is wrong now is wrong in a second
            redirect=False,
            status_forcelist=TRIED_AGAIN,
            allowed_methods=frozenset({"GET", "POST"}),
            backoff_factor=settings.portal_backoff_seconds,
            backoff_max=settings.portal_longest_wait_seconds,
            raise_on_status=False,
            raise_on_redirect=False,
            respect_retry_after_header=True,
        )
        for scheme in ("https://", "http://"):
            session.mount(scheme, HTTPAdapter(max_retries=patience))
        session.verify = str(settings.portal_ca_file) if settings.portal_ca_file else True
        if settings.portal_proxy:
            session.proxies = dict.fromkeys(("http", "https"), settings.portal_proxy.get_secret_value())
        session.headers.update({"User-Agent": "service-index", "Accept": "application/json"})
        token = settings.portal_token_value
        if token:
            session.headers[settings.portal_token_header] = token
        return session

    def _send(
        self, method: str, path: str, interface: str, page: int | None, *, stream: bool = False, **more: Any
    ) -> requests.Response:
        self._wait_for_turn()
        timeout = (self.settings.portal_connect_seconds, self.settings.portal_read_seconds)
        self.requests_made += 1
        try:
            response = self._session.request(
                method, f"{self._base}{path}", timeout=timeout, allow_redirects=False, stream=stream, **more
            )
        except requests.RequestException as error:
            raise self.failed(error, interface, page) from None
        if response.status_code not in (200, 206, 416):
            response.close()
            _refuse_status(response, interface, page, self.settings)
        return response

    def failed(self, error: requests.RequestException, interface: str, page: int | None) -> PortalError:
        """What a request that got no whole answer is called. The error's own text may hold addresses: it is not shown."""
        settings = self.settings
        if isinstance(error, requests.exceptions.SSLError):
            return TlsFailed(
                interface,
                "không lập được kết nối TLS tin cậy",
                "no trusted TLS connection",
                page=page,
                expected="chứng thư hợp lệ của cổng / a valid certificate of the portal",
            )
        text = repr(error)
        if isinstance(error, requests.Timeout) or "Read timed out" in text or "ConnectTimeout" in text:
            waited = (
                settings.portal_connect_seconds
                if isinstance(error, requests.ConnectTimeout) or "ConnectTimeout" in text
                else settings.portal_read_seconds
            )
            return TimedOut(
                interface,
                "hết thời gian chờ",
                "it took too long",
                page=page,
                expected=f"trả lời trong {waited:g} giây / an answer within {waited:g} seconds",
            )
        if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
            return broke_off(interface, page)
        cause = getattr(error.args[0], "reason", None) if error.args else None
        if "RemoteDisconnected" in text or "ConnectionReset" in text or "Connection broken" in text:
            return broke_off(interface, page)
        named = isinstance(cause, NameResolutionError)
        return Unreachable(
            interface,
            "không tìm thấy máy chủ" if named else "không kết nối được",
            "the server's name is not known" if named else "no connection",
            page=page,
            expected="cổng mở tại portal_url / a portal that listens at portal_url",
        )

    def _wait_for_turn(self) -> None:
        now = time.monotonic()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.settings.portal_requests_per_second


def broke_off(interface: str, page: int | None) -> EndedEarly:
    return EndedEarly(
        interface,
        "câu trả lời bị ngắt giữa chừng",
        "the answer broke off",
        page=page,
        expected="câu trả lời trọn vẹn / a whole answer",
    )


def _refuse_status(response: requests.Response, interface: str, page: int | None, settings: PortalSettings) -> NoReturn:
    code = response.status_code
    expected, header = "HTTP 200", settings.portal_token_header
    if code in (301, 302, 303, 307, 308):
        goal = urlsplit(response.headers.get("Location", ""))
        if _LOGIN_PATH.search(f"{goal.netloc}{goal.path}"):
            raise LoginPage(
                interface, "chuyển sang trang đăng nhập", "it leads to a login page", page=page, expected="JSON"
            )
        raise NotFound(
            interface,
            f"chuyển sang nơi khác (HTTP {code})",
            f"it leads elsewhere (HTTP {code})",
            page=page,
            expected=expected,
        )
    if code in (401, 403):
        raise NotAllowed(
            interface,
            f"không cho phép (HTTP {code})",
            f"not allowed (HTTP {code})",
            page=page,
            expected=f"mã truy cập còn hạn trong {header} / a valid token in {header}",
        )
    if code == 429:
        asked = response.headers.get("Retry-After", "")
        wait = f", Retry-After {asked}" if re.fullmatch(r"[\w ,:]{1,40}", asked) else ""
        most = f"{settings.portal_tries} × {settings.portal_longest_wait_seconds:g} s"
        raise TooManyRequests(
            interface,
            f"cổng từ chối vì quá nhiều yêu cầu (HTTP 429{wait})",
            f"the portal refuses so many requests (HTTP 429{wait})",
            page=page,
            expected=f"được nhận trong {most} / to be let in within {most}",
        )
    if code >= 500 or code == 408:
        raise ServerFailed(
            interface,
            f"cổng báo lỗi (HTTP {code}) sau {settings.portal_tries} lần thử",
            f"the portal failed (HTTP {code}) in {settings.portal_tries} tries",
            page=page,
            expected=expected,
        )
    raise NotFound(interface, f"không có (HTTP {code})", f"not there (HTTP {code})", page=page, expected=expected)
