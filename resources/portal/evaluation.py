"""The evaluation interfaces of 2026 (numerators and denominators) and the procedures catalogue: JSON bodies, JSON answers.

Belongs here: what is asked and what must stand in a row. Does not belong here: paging, the form of an answer, and which
indicator a metric is (resources/mappings/portal-counts-api.yaml).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from resources.portal.answers import Answer, Row, answer_of, number, safe
from resources.portal.client import PortalClient
from resources.portal.errors import BrokenAnswer
from resources.portal.feeds import Feed
from resources.portal.score_tables import null_number
from resources.units import normalise_code
from scoring.calendar import Period

OVERVIEW = "service-results"  # asked first and last: what moved in between is noticed
INTERFACES = (
    OVERVIEW,
    "transparency",
    "dvc-progress-tree",
    "provide-online-tree",
    "formality-online-payment-tree",
    "handling-satisfaction",
    "dossier-digitized",
)
PROCEDURES = "formalities"
_UNIT = ("departmentCode", "unitCode", "unit_code")
_SOUND = ("", "OK", "NORMAL", "FINAL", "VALID")


def ask_counts(
    client: PortalClient, feed: Feed, interface: str, page: int, now: datetime, *, page_size: int | None = None
) -> Answer:
    """One page of an evaluation interface. Raises PortalError."""
    settings, period = client.settings, feed.period
    assert period is not None
    body: dict[str, object] = {
        **_time_of(interface, period),
        "rootDepartmentId": settings.root_of(feed.scope),
        "currentPage": page,
        "pageSize": page_size or settings.portal_page_size,
    }
    path = settings.portal_evaluation_path.replace("{interface}", interface)
    answer = _ask(client, path, interface, body, feed, page, now)
    for row in answer.rows:
        _judge(row, interface, page)
    return answer


def ask_procedures(client: PortalClient, feed: Feed, page: int, now: datetime) -> Answer:
    """One page of the procedures catalogue. Raises PortalError."""
    settings = client.settings
    body = {
        "q": "",
        "rootDepartmentId": settings.root_of(feed.scope),
        "currentPage": page,
        "pageSize": settings.portal_page_size,
    }
    return _ask(client, settings.portal_procedures_path, PROCEDURES, body, feed, page, now)


def unit_of(row: Row) -> str:
    """The unit a row is about; empty where none is named."""
    return normalise_code(str(next((row[name] for name in _UNIT if row.get(name)), "")))


def procedure_of(row: Row) -> tuple[str, str]:
    """Unit and procedure of a row of the catalogue."""
    code = next((row[name] for name in ("procedure_code", "formalityCode", "code") if row.get(name)), "")
    return unit_of(row), str(code)


def provisional(rows: list[Row]) -> list[str]:
    """`unit metric` of every figure the portal itself calls unsettled (known failures, line 8)."""
    return [
        safe(unit_of(row), metric.get("code"))
        for row in rows
        for metric in _metrics(row)
        if str(metric.get("dataQualityStatus") or "").upper() not in _SOUND
    ]


def _ask(
    client: PortalClient, path: str, interface: str, body: dict[str, object], feed: Feed, page: int, now: datetime
) -> Answer:
    if client.settings.portal_as_of:
        body[client.settings.portal_as_of] = feed.week.sunday.isoformat()
    return answer_of(client.post(path, interface, json=body, page=page), interface, page, now=now)


def _time_of(interface: str, period: Period) -> dict[str, object]:
    if interface == "handling-satisfaction":
        return {"fromDate": period.start_day.isoformat(), "toDate": period.end_day.isoformat()}
    year, month = period.start_day.year, period.start_day.month
    match period.kind:
        case "quarter":
            return {"timeType": "quarter", "year": year, "quarter": (month + 2) // 3}
        case "month":
            return {"timeType": "month", "year": year, "month": month}
        case _:
            return {"timeType": "year", "year": year}


def _metrics(row: Row) -> Iterator[dict[str, Any]]:
    for metric in row.get("metrics") or ():
        if isinstance(metric, dict):
            yield metric
    for child in row.get("children") or ():
        if isinstance(child, dict):
            yield from _metrics(child)


def _judge(row: Row, interface: str, page: int) -> None:
    """A unit, and metrics whose numerator and denominator are both there, or neither (nothing to count)."""
    unit = unit_of(row)
    if not unit:
        raise BrokenAnswer(
            interface, "một dòng không có mã đơn vị", "a row names no unit", page=page, expected=" | ".join(_UNIT)
        )
    for metric in _metrics(row):
        code = safe(metric.get("code"))
        found = {}
        for name in ("numerator", "denominator", "score", "maxScore"):
            try:
                found[name] = number(metric.get(name))
            except ValueError:
                raise null_number(interface, unit, f"{code}.{name}", page) from None
        carries_points = found["maxScore"] is not None
        if carries_points and (found["numerator"] is None) != (found["denominator"] is None):
            lacking = "numerator" if found["numerator"] is None else "denominator"
            raise null_number(interface, unit, f"{code}.{lacking}", page)
    if ("totalOnTime" in row) and (row["totalOnTime"] is None) != (row.get("totalReceived") is None):
        raise null_number(interface, unit, "totalOnTime, totalReceived", page)
