"""The page of a unit's work lists, their CSV, and the form in which cause and remedy are entered.

Belongs here: bringing them to the desk. Does not belong here: making lists (assets/worklists.py), how the page looks
(console/templates/worklist.html).
"""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from assets.worklists import DAYS, NoDossiers, worklist
from console.visits import Visit
from publishing.worklists import TITLES, Worklist
from resources.remedies import Remedies, Remedy, RemedyRefused
from resources.units import level_of
from resources.worklists import LISTS
from scoring.calendar import Week

SHOWN = 100


def choose(visit: Visit) -> Response:
    """The form that asks for a unit; with one given, its lists."""
    unit = visit.request.query_params.get("unit", "").strip().upper()
    if unit and level_of(unit):
        return RedirectResponse(f"/worklists/{unit}", 303)
    return visit.page("worklist.html", unit=unit, found=None, said=visit.text("no_such_unit") if unit else None)


def lists(visit: Visit) -> Response:
    return _page(visit)


def table(visit: Visit) -> Response:
    """All lists of the unit as CSV."""
    try:
        found = _found(visit)
    except NoDossiers:
        raise HTTPException(404) from None
    headers = {"content-disposition": f'attachment; filename="worklist.{found.unit_code}.{found.week}.csv"'}
    return Response("\ufeff" + found.csv(), media_type="text/csv; charset=utf-8", headers=headers)


def enter(visit: Visit) -> Response:
    """Keeps the cause and the remedy of the form; what is refused is said on the page, with what was written."""
    form, who = visit.form, visit.steward
    name = form.get("list", "")
    if name not in LISTS:
        raise HTTPException(400)
    try:
        found = _found(visit)
        entry = next((each for each in found.of(name) if each.waiting.code == form.get("code")), None)
        if entry is None:
            raise HTTPException(404)
        remedy = Remedy(
            week=found.week,
            unit_code=entry.waiting.unit_code,
            list=name,
            code=entry.waiting.code,
            cause=form.get("cause", ""),
            remedy=form.get("remedy", ""),
        )
        Remedies(visit.office.database.engine).add(remedy, who)
    except NoDossiers:
        raise HTTPException(404) from None
    except RemedyRefused as error:
        return _page(visit, 400, name, visit.half(str(error)), form)
    return RedirectResponse(f"/worklists/{found.unit_code}?{urlencode({'list': name})}", 303)


def _page(
    visit: Visit, status: int = 200, name: str | None = None, refusal: str | None = None, written: object = None
) -> Response:
    try:
        found = _found(visit)
    except NoDossiers as error:
        return visit.page(
            "worklist.html", 404, unit=visit.request.path_params["unit"], found=None, said=visit.half(str(error))
        )
    counts = found.counts()
    asked = name or visit.request.query_params.get("list") or next((each for each in LISTS if counts[each]), LISTS[0])
    if asked not in LISTS:
        raise HTTPException(400)
    entries = found.of(asked)
    english = visit.language == "en"
    return visit.page(
        "worklist.html",
        status,
        unit=found.unit_code,
        found=found,
        lists=[(each, TITLES[each][english], counts[each]) for each in LISTS],
        asked=asked,
        title=TITLES[asked][english],
        entries=[(each, found.left(each)[english]) for each in entries[:SHOWN]],
        more=max(0, len(entries) - SHOWN),
        refusal=refusal,
        written=written or {},
        said=None,
    )


def _found(visit: Visit) -> Worklist:
    unit = str(visit.request.path_params["unit"])
    if level_of(unit) is None:
        raise HTTPException(404)
    params = visit.request.query_params
    days = params.get("days", str(DAYS))
    if not days.isdigit() or not 1 <= int(days) <= 90:
        raise HTTPException(400)
    try:
        week = Week.parse(params["week"]) if params.get("week") else None
    except ValueError:
        raise HTTPException(400) from None
    return worklist(visit.office, unit, week, days=int(days))
