"""The read interface: what is published, for programs, as JSON and CSV under /api/v1. No login: nothing else is told here.

Belongs here: its five answers. Does not belong here: reading a request (console/api_requests.py), what every answer carries
(console/api_answers.py), its description (console/api_document.py), figures (publishing).

Numbers in JSON are exact: each is written digit by digit as published, never by way of a float, so that a reader who needs
92.30 and not a neighbour of it reads them as decimals. In CSV they are the same digits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console.api_answers import Answer, answered, described, problem, problem_of
from console.api_document import describe
from console.api_requests import (
    CODE,
    LEVEL,
    NEW,
    OLD,
    PAGING,
    PERIOD,
    REVISION,
    SCOPE,
    WEEK,
    Asked,
    BadRequest,
    NotFound,
    Parameter,
)
from publishing.differences import DIFF_COLUMNS, Difference, NoSuchRevision, difference, revision_of
from publishing.release import MANIFEST
from resources.catalogue import table
from resources.database import Database
from resources.office import Office
from resources.releases import Revision

RELEASE_COLUMNS = ("week", "revision", "status", "reason", "published_at", "revisions")
REVISION_COLUMNS = ("week", "revision", "status", "reason", "published_at", "fingerprint")
CHANGE_COLUMNS = ("week", "old_revision", "new_revision", *DIFF_COLUMNS)
_COMPARISONS_KEPT = 8  # revisions never change, so a comparison holds for ever

Read = Callable[[Office, Asked], Answer]


def create_api(office: Office) -> Starlette:
    """The application to be mounted at /api/v1."""
    app = Starlette(
        routes=[
            *(Route(path, _endpoint(read, parameters)) for path, (read, parameters) in ANSWERS.items()),
            Route("/openapi.json", openapi),
        ],
        exception_handlers={HTTPException: _refused, Exception: _refused},
    )
    app.state.office = office
    return app


def _endpoint(read: Read, parameters: tuple[Parameter, ...]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            asked = Asked.of(request, parameters)
            answer = await run_in_threadpool(read, request.app.state.office, asked)
        except (BadRequest, NotFound) as refusal:
            return problem(request, refusal)
        return answered(request, asked, answer)

    return endpoint


async def _refused(request: Request, error: Exception) -> Response:
    return problem_of(request, error)


def releases(office: Office, asked: Asked) -> Answer:
    """Every published week by its newest revision, the newest week first."""
    of_week: dict[str, list[Revision]] = {}
    for each in office.database.revisions():
        of_week.setdefault(each.week, []).append(each)
    rows = [_told(each[-1]) | {"revisions": len(each)} for _, each in sorted(of_week.items(), reverse=True)]
    return Answer({}, RELEASE_COLUMNS, rows)


def release(office: Office, asked: Asked) -> Answer:
    """One week: its revisions, and of the newest the rankings and the files there are."""
    week = asked["week"]
    revisions = _revisions(office, week)
    newest = revisions[-1]
    cohorts = [dict(zip(("level", "scope", "period"), cohort, strict=True)) for cohort in office.database.cohorts(week)]
    head = {
        "week": week,
        "revision": newest.revision,
        "rulesets": newest.rulesets,
        "rankings": cohorts,
        "files": _files(office, newest),
    }
    rows = [_told(each) | {"fingerprint": each.fingerprint} for each in revisions]
    return Answer(head, REVISION_COLUMNS, rows)


def rankings(office: Office, asked: Asked) -> Answer:
    """One ranking: its rows by rank, then the units without one."""
    database = office.database
    week = asked["week"] or _newest_week(office)
    number = _revision(office, week, asked["revision"]).revision
    rows = database.ranking(week, asked["level"], asked["scope"], asked["period"], number)
    if not rows:
        raise NotFound(
            f"Tuần {week} bản {number} không có bảng {asked['level']} {asked['scope']} {asked['period']}",
            f"Week {week}, revision {number} has no ranking {asked['level']} {asked['scope']} {asked['period']}",
        )
    first = rows[0]
    names = ("week", "revision", "level", "scope", "period_kind", "period", "cohort_size", "ranked")
    return Answer(
        {name: first[name] for name in names},
        tuple(table("rankings").column_names),
        rows,
        pinned=bool(asked["revision"]),
    )


def unit(office: Office, asked: Asked) -> Answer:
    """One unit over all published weeks, among the units of its own level, by each week's newest revision."""
    rows = office.database.unit_history(asked["code"], asked["period"])
    if not rows:
        raise NotFound(
            f"Không có đơn vị {asked['code']} trong bảng đã công bố nào ({asked['period']})",
            f"No published ranking ({asked['period']}) has a unit {asked['code']}",
        )
    newest = rows[-1]
    head = {name: newest[name] for name in ("unit_code", "unit_name", "level", "period_kind")}
    return Answer(head, tuple(table("rankings").column_names), rows)


def changes(office: Office, asked: Asked) -> Answer:
    """What changed between two revisions of a week; between the first and the newest by default."""
    week = asked["week"] or _newest_week(office)
    new = _revision(office, week, asked["new"]).revision
    old = _revision(office, week, asked["old"] or 1).revision
    found = _difference(office.database, week, old, new)
    both = {"week": week, "old_revision": old, "new_revision": new}
    wanted = [
        both | row for row in found.rows if all(asked[name] in (None, row[column]) for name, column in _FILTERS.items())
    ]
    return Answer(
        both | {"reason": found.new.reason}, CHANGE_COLUMNS, wanted, pinned=bool(asked["old"] and asked["new"])
    )


_FILTERS = {"level": "level", "scope": "scope", "period": "period_kind"}


@lru_cache(maxsize=_COMPARISONS_KEPT)
def _difference(database: Database, week: str, old: int, new: int) -> Difference:
    return difference(database, week, old, new)


ANSWERS: Mapping[str, tuple[Read, tuple[Parameter, ...]]] = {
    "/releases": (releases, PAGING),
    "/releases/{week}": (release, (WEEK.in_path(), *PAGING)),
    "/rankings": (
        rankings,
        (WEEK, REVISION, LEVEL.defaulting("province"), SCOPE.defaulting("VN"), PERIOD.defaulting("ytd"), *PAGING),
    ),
    "/units/{code}": (unit, (CODE, PERIOD.defaulting("ytd"), *PAGING)),
    "/changes": (changes, (WEEK, OLD, NEW, LEVEL, SCOPE, PERIOD, *PAGING)),
}
"""Path -> what answers it and what it may be asked. The description of the interface is made of this."""


async def openapi(request: Request) -> Response:
    """The description of all this."""
    return described(request, describe(ANSWERS))


def _newest_week(office: Office) -> str:
    weeks = office.database.weeks_published()
    if not weeks:
        raise NotFound("Chưa có tuần nào được công bố", "No week is published yet")
    return weeks[-1]


def _revisions(office: Office, week: str) -> list[Revision]:
    found = office.database.revisions(week)
    if not found:
        raise NotFound(f"Tuần {week} chưa được công bố", f"Week {week} is not published")
    return found


def _revision(office: Office, week: str, number: int | None) -> Revision:
    _revisions(office, week)
    try:
        return revision_of(office.database, week, number)
    except NoSuchRevision as error:
        raise NotFound(*str(error).split(" / ")) from None


def _told(revision: Revision) -> dict[str, Any]:
    return {
        "week": revision.week,
        "revision": revision.revision,
        "status": revision.status,
        "reason": revision.reason,
        "published_at": f"{revision.published_at.isoformat()}Z",
    }


def _files(office: Office, revision: Revision) -> list[dict[str, str]]:
    """Name and sha256 of the revision's files; none while they are being put in place."""
    path = office.home.revision_path(revision.week, revision.revision) / MANIFEST
    try:
        files = json.loads(path.read_bytes())["files"]
    except FileNotFoundError:
        return []
    return [{"name": name, "sha256": digest} for name, digest in files.items()]
