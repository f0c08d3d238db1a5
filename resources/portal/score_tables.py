"""The score tables of 2025: a form field `params` with JSON in it, rows whose values are all texts.

Belongs here: what is asked and what must stand in a row. Does not belong here: paging, the form of an answer.
"""

from __future__ import annotations

import json
from datetime import datetime

from resources.portal.answers import Answer, Row, answer_of, number
from resources.portal.client import PortalClient
from resources.portal.errors import BrokenAnswer, NullNumber
from resources.portal.feeds import Feed
from resources.units import normalise_code

INTERFACE = "score-table"
SERVICES = {
    "ytd": "report_by_year_sum_service",
    "quarter": "report_by_quarter_sum_service",
    "month": "report_by_month_sum_service",
}
CODE, TOTAL = "MA_COQUAN", "TONG_SCORE"
COMPONENTS = ("TDGQ", "MDHL", "MDSH", "TTTT", "CLGQ", "CKMB")
PROVINCES_ONLY = "1"  # p_loaidonvi; empty: departments and communes


def ask_scores(client: PortalClient, feed: Feed, page: int, now: datetime, *, page_size: int | None = None) -> Answer:
    """One page of a score table. Raises PortalError."""
    settings, period = client.settings, feed.period
    assert period is not None
    nation = feed.scope == "VN"
    params: dict[str, str | int] = {
        "service": SERVICES[period.kind],
        "p_nam": str(period.start_day.year),
        "p_quy": str((period.start_day.month + 2) // 3) if period.kind == "quarter" else "",
        "p_thang": f"{period.start_day.month:02d}" if period.kind == "month" else "",
        "p_tinh_id": "" if nation else settings.root_of(feed.scope),
        "p_xa_id": "",
        "p_loaidonvi": PROVINCES_ONLY if nation else "",
        "pageIndex": page,
        "pageSize": page_size or settings.portal_page_size,
    }
    if settings.portal_as_of:
        params[settings.portal_as_of] = feed.week.sunday.isoformat()
    response = client.post(settings.portal_scores_path, INTERFACE, form={"params": json.dumps(params)}, page=page)
    answer = answer_of(response, INTERFACE, page, now=now)
    for row in answer.rows:
        _judge(row, page)
    return answer


def key_of(row: Row) -> str:
    return normalise_code(str(row[CODE]))


def _judge(row: Row, page: int) -> None:
    """A unit has its six components and their total, or nothing at all; never a part."""
    if not isinstance(row.get(CODE), str) or not row[CODE].strip():
        raise BrokenAnswer(
            INTERFACE, f"một dòng không có {CODE}", f"a row has no {CODE}", page=page, expected=f"{CODE}, {TOTAL}"
        )
    found = {}
    for name in (*COMPONENTS, TOTAL):
        try:
            found[name] = number(row.get(name))
        except ValueError:
            raise null_number(INTERFACE, key_of(row), name, page) from None
    if len(missing := [name for name, value in found.items() if value is None]) not in (0, len(found)):
        raise null_number(INTERFACE, key_of(row), ", ".join(missing), page)


def null_number(interface: str, unit: str, name: str, page: int) -> NullNumber:
    """Null, or no number, in a field of a unit."""
    return NullNumber(
        interface,
        f"{unit}, trường {name}: trống hoặc không phải số",
        f"{unit}, field {name}: null or no number",
        page=page,
        expected="một số / a number",
    )
