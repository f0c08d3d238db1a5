"""All pages of one interface as one table: as many rows as were announced, no row twice, all of one moment.

Belongs here: going through pages, noticing that they do not go together, starting over. Does not belong here: what is asked
(evaluation.py, score_tables.py, files.py) or the form of one answer (answers.py).

The portal is worked on while it is read: totals move, a unit stands on two pages or on none (known failures, line 6). Then
everything is read once more from the first page, three times in all at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resources.portal.answers import About, Answer, Row, joined, safe
from resources.portal.errors import DoubledRows, MissingRows, NoRows, PortalError, TotalChanged
from resources.portal.staging import Staging

STARTS = 3
MOST_PAGES = 100_000

Ask = Callable[[int], Answer]
"""Asks for a page, from 1 on. Raises PortalError, for rows that are not sound too."""


@dataclass(frozen=True)
class Table:
    """All rows of an interface in the order they came."""

    rows: list[Row]
    about: About
    starts: int


def read_pages(
    interface: str,
    ask: Ask,
    key_of: Callable[[Row], Hashable],
    staging: Staging,
    *,
    may_be_empty: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Table:
    """Every row of an interface. Pages of a pull that was stopped are not asked for again if the first is still the same.

    Raises PortalError: what still goes wrong at the third start, or at once what starting over cannot mend.
    """
    prefix = f"page-{interface}-"
    for start in range(1, STARTS + 1):
        try:
            rows, about = _read_once(interface, ask, key_of, staging, prefix, tell)
        except PortalError as error:
            if not error.repeats or start == STARTS:
                raise
            staging.drop(f"{prefix}*.json")
            continue
        if not rows and not may_be_empty:
            raise NoRows(
                interface,
                "không có dòng nào",
                "there are no rows",
                page=1,
                expected="ít nhất một dòng / at least one row",
            )
        return Table(rows, about, start)
    raise AssertionError("unreachable")


def _read_once(
    interface: str,
    ask: Ask,
    key_of: Callable[[Row], Hashable],
    staging: Staging,
    prefix: str,
    tell: Callable[[str], None],
) -> tuple[list[Row], About]:
    tell(f"{interface} 1")
    first, before = ask(1), _kept(staging, prefix, 1)
    if before is not None and before.goes_on_in(first):
        first = before
    else:
        staging.drop(f"{prefix}*.json")  # nothing yet, or begun on other figures: a table is of one moment
        _keep(staging, prefix, 1, first)
    total, rows, abouts = first.total, list(first.rows), [first.about]
    for page in range(2, MOST_PAGES):
        if (total is not None and len(rows) >= total) or (total is None and not rows):
            break
        answer = _kept(staging, prefix, page)
        if answer is None:
            tell(f"{interface} {page}")
            answer = ask(page)
            _keep(staging, prefix, page, answer)
        if answer.total != total:
            raise TotalChanged(
                interface,
                f"tổng số dòng đổi từ {total} thành {answer.total} trong khi đọc",
                f"the total changed from {total} to {answer.total} while it was read",
                page=page,
                expected=f"{total}",
            )
        if not answer.rows:
            break
        rows += answer.rows
        abouts.append(answer.about)
    _judge(interface, rows, total, key_of)
    return rows, joined(abouts)


def _judge(interface: str, rows: list[Row], total: int | None, key_of: Callable[[Row], Hashable]) -> None:
    doubled = [key for key, count in Counter(map(key_of, rows)).items() if count > 1]
    if doubled:
        shown = ", ".join(safe(*key) if isinstance(key, tuple) else safe(key) for key in doubled[:3])
        more = " …" if len(doubled) > 3 else ""
        raise DoubledRows(
            interface,
            f"{len(doubled)} mã xuất hiện hai lần: {shown}{more}",
            f"{len(doubled)} codes stand twice: {shown}{more}",
            expected="mỗi mã một lần / each code once",
        )
    if total is not None and len(rows) != total:
        raise MissingRows(
            interface,
            f"nhận được {len(rows)} dòng",
            f"{len(rows)} rows came",
            expected=f"{total} dòng như cổng báo / {total} rows, as announced",
        )


def _keep(staging: Staging, prefix: str, page: int, answer: Answer) -> None:
    about = {
        "exported_at": answer.about.exported_at.isoformat(),
        "stated": answer.about.stated,
        "said": dict(answer.about.said),
    }
    staging.write(f"{prefix}{page}.json", {"rows": answer.rows, "total": answer.total, "about": about})


def _kept(staging: Staging, prefix: str, page: int) -> Answer | None:
    found: Any = staging.read(f"{prefix}{page}.json")
    if not isinstance(found, dict):
        return None
    about = About(
        datetime.fromisoformat(found["about"]["exported_at"]), found["about"]["stated"], found["about"]["said"]
    )
    return Answer(found["rows"], found["total"], about)
