"""What every answer of the read interface carries: a page of rows as JSON or CSV, its mark, how long it holds; or why not.

Belongs here: paging, forms, ETag, caching, problem details (RFC 9457). Does not belong here: what is answered (console/api.py).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from console.api_requests import Asked, Refusal
from publishing.figures import csv_text, json_text

PROBLEM, JSON, CSV = "application/problem+json", "application/json", "text/csv; charset=utf-8"
NEWEST_HOLDS = "public, max-age=60"  # a new revision shows within a minute
PINNED_HOLDS = "public, max-age=86400"  # a revision never changes; its form might, with the software
_WORDS = {
    404: ("Không tìm thấy", "Not found"),
    405: ("Chỉ đọc được, không thay đổi được gì ở đây", "Nothing can be changed here, only read"),
    500: ("Lỗi của máy chủ, không phải của yêu cầu", "A fault of the server, not of the request"),
}


@dataclass(frozen=True)
class Answer:
    """What was found. head: what the rows are of. pinned: the request names revisions, so the answer never changes."""

    head: Mapping[str, Any]
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    pinned: bool = False


def answered(request: Request, asked: Asked, answer: Answer) -> Response:
    """One page of the rows, or 304 where the asker has it already."""
    page, limit, total = asked["page"], asked["limit"], len(answer.rows)
    rows = [{name: row[name] for name in answer.columns} for row in answer.rows[(page - 1) * limit : page * limit]]
    more = request.url.include_query_params(page=page + 1)
    following = f"{more.path}?{more.query}" if page * limit < total else None  # without a host: answers are handed on
    links = {"link": f'<{following}>; rel="next"'} if following else {}
    if asked.format == "csv":
        body, media = csv_text(answer.columns, rows), CSV
    else:
        paging = {"page": page, "limit": limit, "total": total, "next": following}
        body, media = json_text({**answer.head, **paging, "rows": rows}) + "\n", JSON
    return _marked(request, body, media, PINNED_HOLDS if answer.pinned else NEWEST_HOLDS, links)


def described(request: Request, document: Mapping[str, Any]) -> Response:
    """The description of the interface."""
    return _marked(request, json_text(document) + "\n", JSON, NEWEST_HOLDS, {})


def problem(request: Request, refusal: Refusal) -> Response:
    """Why a request gets no answer."""
    named = {"parameter": refusal.parameter} if refusal.parameter else {}
    return _problem(request, refusal.status, refusal.title, (refusal.vi, refusal.en), named)


def problem_of(request: Request, error: Exception) -> Response:
    """Of a path that is not there, a method that is not allowed, or a fault of ours."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    phrase = HTTPStatus(status).phrase
    words = _WORDS.get(status, (phrase, phrase))
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return _problem(request, status, words, words, {}, headers)


def _problem(
    request: Request,
    status: int,
    title: tuple[str, str],
    detail: tuple[str, str],
    named: Mapping[str, str],
    headers: Mapping[str, str] | None = None,
) -> Response:
    told = {
        "type": "about:blank",
        "title": " / ".join(title),
        "status": status,
        "detail": " / ".join(detail),
        "detail_vi": detail[0],
        "detail_en": detail[1],
        "instance": request.url.path,
        **named,
    }
    return Response(json_text(told) + "\n", status, {"cache-control": "no-store", **(headers or {})}, PROBLEM)


def _marked(request: Request, body: str, media: str, holds: str, headers: Mapping[str, str]) -> Response:
    data = body.encode()
    mark = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    told = {"etag": mark, "cache-control": holds, "vary": "Accept", **headers}
    if _has(request.headers.get("if-none-match", ""), mark):
        return Response(status_code=304, headers=told)
    return Response(data, 200, told, media)


def _has(header: str, mark: str) -> bool:
    """Whether If-None-Match names the mark. A proxy may have made it a weak one."""
    return header.strip() == "*" or mark in re.findall(r'"[^"]*"', header)
