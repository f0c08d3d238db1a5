"""The emulated portal over HTTP: the interfaces of portal_contract.md and the file export of docs/portal.md.

Belongs here: routes, what a request asks for, the form of an answer. Does not belong here: where the figures come from
(http_shelf.py), faults (http_faults.py), sockets (http_serve.py).
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from emulator.http_faults import PORTAL_FAULTS, Page, Struck, spoil
from emulator.http_shelf import (
    Shelf,
    Standing,
    count_rows,
    days_of,
    lines_of,
    procedure_rows,
    score_rows,
    sha256_of,
)
from resources.portal.answers import dumped
from scoring.calendar import PERIOD_KINDS, Period

EVALUATION = "/api/v1/reporting/evaluation/{interface}"
PROCEDURES = "/api/v1/reporting/formalities"
SCORES = "/jsp/rest.jsp"
FILES = "/api/v1/exports"
AS_OF = "asOf"
SCORE_SERVICES = {
    "report_by_year_sum_service": "ytd",
    "report_by_quarter_sum_service": "quarter",
    "report_by_month_sum_service": "month",
}


@dataclass
class Portal:
    """An emulated portal. token: the one that lets in; None lets everyone in. file_parts: into how many files plain exports go.

    slow_seconds: how long a slow answer takes. on_request: called before each answer. Of every request so far asked keeps the
    interface and the page, bodies what was asked for, headers the headers.
    """

    landing: Path
    token: str | None = None
    file_parts: int = 1
    slow_seconds: float = 1.0
    on_request: Callable[[str, int], None] | None = None
    asked: list[tuple[str, int]] = field(default_factory=list)
    bodies: list[Mapping[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    loose: Struck | None = None

    def let_loose(self, name: str, times: int | None = None) -> None:
        """Lets a fault strike so many answers, every one by default."""
        self.loose = Struck(PORTAL_FAULTS[name], times)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route(EVALUATION, self._guarded(self._evaluation), methods=["POST"]),
                Route(PROCEDURES, self._guarded(self._procedures), methods=["POST"]),
                Route(SCORES, self._guarded(self._scores), methods=["POST"]),
                Route(FILES, self._guarded(self._list), methods=["GET"]),
                Route(FILES + "/{id}", self._guarded(self._file), methods=["GET"]),
            ]
        )

    def _guarded(self, answer: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            interface, page, body = await _asked(request)
            self.asked.append((interface, page))
            self.bodies.append(body)
            self.headers.append(dict(request.headers))
            if self.on_request:
                await asyncio.to_thread(self.on_request, interface, page)
            if self.token is not None and not hmac.compare_digest(
                request.headers.get("Authorization", "").encode(), f"Bearer {self.token}".encode()
            ):
                return _json({"code": "UNAUTHORIZED", "message": "token"}, 401)
            if instead := await self._instead(interface):
                return instead
            return self._cut(await answer(request), interface)

        return guarded

    async def _instead(self, interface: str) -> Response | None:
        """What a fault sends in the place of any answer."""
        loose = self.loose
        if loose is None or not loose.strikes(interface):
            return None
        if loose.fault.name == "slow":
            loose.count()
            await asyncio.sleep(self.slow_seconds)
            return _json({})
        if loose.fault.status is None:
            return None
        loose.count()
        return HTMLResponse(loose.fault.page or "", loose.fault.status, dict(loose.fault.headers))

    def _cut(self, response: Response, interface: str) -> Response:
        """What a fault leaves of the bytes of an answer."""
        loose = self.loose
        if loose is None or not loose.strikes(interface) or response.status_code != 200:
            return response
        body = bytes(response.body)
        match loose.fault.name:
            case "truncated":
                loose.count()
                return Response(body[: len(body) // 2], media_type="application/json")
            case "broken_off":
                loose.count()
                headers = {**response.headers, "content-length": str(len(body))}
                return StreamingResponse(_half(body), headers=headers)
            case "wrong_bytes":
                loose.count()
                return Response(b"#" + body[1:], media_type=response.media_type)
        return response

    # -- the interfaces

    async def _evaluation(self, request: Request) -> Response:
        interface, body = request.path_params["interface"], await request.json()
        period = _period_of(body)
        standing = self._find("counts", body.get("rootDepartmentId"), period, body.get(AS_OF)) if period else None
        rows = count_rows(standing, interface) if standing else []
        return self._page(interface, rows, standing, body.get("currentPage"), body.get("pageSize"))

    async def _procedures(self, request: Request) -> Response:
        body = await request.json()
        standing = self._find("procedures", body.get("rootDepartmentId"), None, body.get(AS_OF))
        rows = procedure_rows(standing) if standing else []
        return self._page("formalities", rows, standing, body.get("currentPage"), body.get("pageSize"))

    async def _scores(self, request: Request) -> Response:
        params = await _params(request)
        kind = SCORE_SERVICES.get(str(params.get("service")))
        if kind is None:
            return _json({"message": "service"}, 404)
        year, quarter, month = params["p_nam"], params.get("p_quy"), params.get("p_thang")
        label = f"{year}-Q{quarter}" if kind == "quarter" else f"{year}-{month}" if kind == "month" else f"{year}"
        scope = params.get("p_tinh_id") or "VN"
        standing = self._find("scores", scope, Period.parse(label), params.get(AS_OF))
        rows = score_rows(standing) if standing else []
        return self._page("score-table", rows, standing, params.get("pageIndex"), params.get("pageSize"))

    async def _list(self, request: Request) -> Response:
        asked = request.query_params
        standing = self._find(asked["kind"], asked["unit"], None, asked["from"])
        rows = self._entries(standing, asked["kind"], asked["unit"]) if standing else []
        return self._page("files", rows, standing, asked.get("page"), asked.get("size"), key="files")

    async def _file(self, request: Request) -> Response:
        match = re.fullmatch(r"(\d{4}-W\d\d)~([\w.]+)~(\d+)", request.path_params["id"])
        path = self.landing / match[1] / match[2] if match else None
        if match is None or path is None or not path.is_file():
            return _json({"message": "id"}, 404)
        content = lines_of(path, self.file_parts)[int(match[3])]
        tag = f'"{sha256_of(content)}"'
        headers = {"ETag": tag, "Accept-Ranges": "bytes"}
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        if wanted and request.headers.get("If-Range", tag) == tag:
            start = int(wanted[1])
            if start >= len(content):
                return Response(status_code=416)
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return Response(content[start:], 206, headers, media_type="application/octet-stream")
        return Response(content, 200, headers, media_type="application/octet-stream")

    def _entries(self, standing: Standing, kind: str, unit: str) -> list[dict[str, Any]]:
        first, last = days_of(standing.week)
        more = 0
        if self.loose and self.loose.fault.name == "short_file" and self.loose.strikes("files"):
            self.loose.count()
            more = 1
        return [
            {
                "id": f"{standing.week}~{standing.path.name}~{number}",
                "name": standing.path.name,
                "kind": kind,
                "unit": unit,
                "from": first,
                "to": last,
                "size_bytes": len(content),
                "sha256": sha256_of(content),
                "rows": content.count(b"\n") + more if standing.path.suffix in (".ndjson", ".jsonl") else None,
            }
            for number, content in enumerate(lines_of(standing.path, self.file_parts))
        ]

    def _find(self, kind: str, scope: object, period: Period | None, day: object) -> Standing | None:
        return Shelf(self.landing).find(kind, str(scope), period, date.fromisoformat(str(day)) if day else None)

    def _page(
        self,
        interface: str,
        rows: list[dict[str, Any]],
        standing: Standing | None,
        number: object,
        size: object,
        *,
        key: str = "data",
    ) -> Response:
        at, many = int(str(number or 1)), int(str(size or 20))
        page = Page(at, rows[(at - 1) * many : at * many], len(rows), many)
        if self.loose is not None and self.loose.strikes(interface):
            page = spoil(page, self.loose, interface)
        return _json({"code": "OK", "total": page.total, key: page.rows, "about": standing.about if standing else {}})


async def _asked(request: Request) -> tuple[str, int, Mapping[str, Any]]:
    """Interface, page and parameters of a request."""
    path = request.url.path
    if path == SCORES:
        params = await _params(request)
        return "score-table", int(str(params.get("pageIndex") or 1)), params
    if path == FILES:
        return "files", int(request.query_params.get("page") or 1), dict(request.query_params)
    if path.startswith(FILES):
        return "file", 1, {}
    body = await request.json()
    return path.rpartition("/")[2], int(body.get("currentPage") or 1), body


async def _params(request: Request) -> dict[str, Any]:
    form = await request.form()
    return json.loads(str(form["params"]))


def _period_of(body: Mapping[str, Any]) -> Period | None:
    if "fromDate" in body:
        first, last = (date.fromisoformat(body[name]) for name in ("fromDate", "toDate"))
        asked = [Period.of_day(kind, first) for kind in PERIOD_KINDS]
        return next((period for period in asked if (period.start_day, period.end_day) == (first, last)), None)
    year = body.get("year")
    match body.get("timeType"):
        case "year":
            return Period.parse(f"{year}")
        case "quarter":
            return Period.parse(f"{year}-Q{body['quarter']}")
        case "month":
            return Period.parse(f"{year}-{int(body['month']):02d}")
    return None


def _json(value: object, status: int = 200) -> Response:
    return Response(dumped(value), status, media_type="application/json")


async def _half(body: bytes) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]
    await asyncio.sleep(0.05)
