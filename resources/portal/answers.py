"""One answer of the portal: is it JSON, what rows does it hold, how many does it announce, of what moment is it?

Belongs here: the form of an answer, whatever its interface. Does not belong here: what must stand in a row (evaluation.py,
score_tables.py) or how pages go together (paging.py).

    {"total": 34, "data": [...], "about": {"exported_at": "2025-11-17T05:30:00+07:00", ...}}

`about` is what a portal may say of its own figures; without it the answer's Last-Modified, else the present moment, is
when they were exported. A bare list of rows is an answer too, which announces no total.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from resources.originals import is_login_page
from resources.portal.errors import BrokenAnswer, EndedEarly, HtmlForJson, LoginPage, NullNumber
from resources.read_json import WRAPPERS

Row = dict[str, Any]
TOTALS = ("total", "totalElements", "totalRecords", "totalRecord", "totalCount", "totalItems")
ABOUT = ("source", "note", "corrects", "ruleset")
_FLAGS = ("simulated", "partial")
_NUMBER = re.compile(r'"\\u0000(-?\d+(?:\.\d+)?(?:[Ee][+-]?\d+)?)"')


@dataclass(frozen=True)
class About:
    """What is known of a capture. exported_at: naive UTC; stated: by the portal, not our clock. said: keys of a sidecar."""

    exported_at: datetime
    stated: bool = False
    said: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """One page. total: rows of all pages, as announced; None where nothing is announced."""

    rows: list[Row]
    total: int | None
    about: About

    def goes_on_in(self, again: Answer) -> bool:
        """Whether the same page, asked for again, is still of the same capture."""
        same_moment = not self.about.stated or self.about == again.about
        return same_moment and (self.rows, self.total) == (again.rows, again.total)


def answer_of(response: requests.Response, interface: str, page: int, *, now: datetime) -> Answer:
    """What a response says. Raises LoginPage, HtmlForJson, EndedEarly, BrokenAnswer, NullNumber."""
    value = value_of(response, interface, page)
    rows, total = _rows_of(value, interface, page)
    about = value.get("about") if isinstance(value, dict) else None
    return Answer(rows, total, _about(about, response, now))


def value_of(response: requests.Response, interface: str, page: int) -> Any:
    """The JSON of a response; numbers keep the digits they were sent with."""
    text = response.content.decode("utf-8-sig", "replace")
    start = text.lstrip()[:1]
    if start == "<":
        if is_login_page(text[:200_000]):
            raise LoginPage(
                interface, "trả về trang đăng nhập (HTML)", "it answers with a login page", page=page, expected="JSON"
            )
        raise HtmlForJson(
            interface, "trả về trang web (HTML)", "it answers with a web page", page=page, expected="JSON"
        )
    try:
        return json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        if (start in ("{", "[") and error.pos >= len(text.rstrip()) - 1) or "Unterminated" in error.msg:
            raise EndedEarly(
                interface,
                "JSON bị cắt cụt",
                "the JSON breaks off",
                page=page,
                expected="JSON trọn vẹn / whole JSON",
            ) from None
        raise BrokenAnswer(
            interface,
            f"JSON hỏng ở dòng {error.lineno}, cột {error.colno}",
            f"broken JSON in line {error.lineno}, column {error.colno}",
            page=page,
            expected="JSON, UTF-8",
        ) from None


def dumped(value: object, *, indent: int | None = None) -> bytes:
    """JSON of a value, decimals with the digits they have; the same value gives the same bytes."""
    text = json.dumps(value, ensure_ascii=False, default=_marked, separators=(",", ":"), indent=indent)
    return _NUMBER.sub(r"\1", text).encode()


def _marked(value: object) -> str:
    if isinstance(value, Decimal):
        return f"\0{value}"
    raise TypeError(f"{type(value).__name__} is not JSON")


def safe(*texts: object) -> str:
    """Codes from outside for a message: short, without line ends or anything a terminal obeys."""
    return re.sub(r"[^\w.\- ]", "?", " ".join(map(str, texts)))[:60]


def number(value: object) -> Decimal | None:
    """A number however it was written; None for null and an empty text. Raises ValueError for anything else."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool):
        raise ValueError
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError from None
    if not found.is_finite():
        raise ValueError
    return found


def whole(value: object) -> int | None:
    """A count, whole and not negative; None for null. Raises ValueError for anything else."""
    found = number(value)
    if found is None:
        return None
    if found < 0 or found != found.to_integral_value():
        raise ValueError
    return int(found)


def _rows_of(value: Any, interface: str, page: int) -> tuple[list[Row], int | None]:
    total: int | None = None
    if isinstance(value, dict):
        # The envelope may be wrapped once more: {"data": {"content": [...], "totalElements": 34}}.
        inner = next((value[key] for key in WRAPPERS if isinstance(value.get(key), dict)), None)
        total = _total(value, interface, page)
        if inner is not None and _list_in(value) is None:
            value, total = inner, total if total is not None else _total(inner, interface, page)
        value = _list_in(value)
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise BrokenAnswer(
            interface,
            "không có danh sách dòng trong câu trả lời",
            "there is no list of rows in the answer",
            page=page,
            expected=f"một danh sách đối tượng trong {'|'.join(WRAPPERS)} / a list of objects in {'|'.join(WRAPPERS)}",
        )
    return value, total


def _list_in(value: Mapping[str, Any]) -> list[Any] | None:
    return next((value[key] for key in (*WRAPPERS, "files") if isinstance(value.get(key), list)), None)


def _total(value: Mapping[str, Any], interface: str, page: int) -> int | None:
    for key in TOTALS:
        if key in value:
            try:
                total = whole(value[key])
            except ValueError:
                total = None
            if total is None:
                raise NullNumber(
                    interface,
                    f"{key} không phải một số",
                    f"{key} is no number",
                    page=page,
                    expected=f"{key}: tổng số dòng / {key}: how many rows there are",
                )
            return total
    return None


def _about(said: object, response: requests.Response, now: datetime) -> About:
    facts = said if isinstance(said, dict) else {}
    kept: dict[str, object] = {name: facts[name] for name in ABOUT if isinstance(facts.get(name), str)}
    kept |= {name: True for name in _FLAGS if facts.get(name) is True}
    moment = _moment(facts.get("exported_at")) or _http_moment(response.headers.get("Last-Modified"))
    return About(min(moment, now) if moment else now, moment is not None, kept)


def _moment(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else None


def _http_moment(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else None


def joined(abouts: Sequence[About]) -> About:
    """Of several answers: what the first says, and the earliest of their moments, since all are of one capture."""
    return About(
        min(about.exported_at for about in abouts), all(about.stated for about in abouts), dict(abouts[0].said)
    )
