"""The page that explains a unit's figures of a published week down to its dossiers, and their CSV.

Belongs here: bringing the explanation to the desk, for those who log in. Does not belong here: finding it
(assets/explaining.py), how the page looks (console/templates/explanation.html), the public part of it (publishing/site).
"""

from __future__ import annotations

import re
from typing import get_args

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from assets.derivation import CannotDerive
from assets.explaining import NothingPublished, explain
from console.rankings import period_of
from console.visits import Visit
from publishing.differences import NoSuchRevision
from publishing.explain import MEMBER_COLUMNS, member_rows
from publishing.explanation import Explained, Explanation
from publishing.figures import csv_text
from publishing.standing import HEADLINE
from resources.published import FilesMissing
from resources.units import level_of
from scoring.calendar import PeriodKind, Week

SHOWN = 100
"""Dossiers of each kind that the page names; the CSV has all."""


def choose(visit: Visit) -> Response:
    """The form that asks for a unit; with one given, its explanation in the newest week."""
    unit = visit.request.query_params.get("unit", "").strip().upper()
    if unit and level_of(unit):
        asked = visit.request.query_params.get("week", "")
        return RedirectResponse(
            f"/explain/{unit}" + (f"?week={asked}" if re.fullmatch(r"\d{4}-W\d\d", asked) else ""), 303
        )
    return _page(visit, unit, said=visit.text("no_such_unit") if unit else None)


def explanation(visit: Visit) -> Response:
    """All indicators of a unit; of the one asked for also its dossiers."""
    unit = _unit(visit)
    try:
        found = _found(visit, unit)
    except (NothingPublished, NoSuchRevision, CannotDerive, FilesMissing) as error:
        return _page(visit, unit, 404, said=visit.half(str(error)))
    chosen = _chosen(visit, found)
    return _page(visit, unit, found=found, chosen=chosen, lists=_lists(visit, chosen) if chosen else ())


def table(visit: Visit) -> Response:
    """Every dossier of an indicator's denominator as CSV, with what those outside the numerator lack."""
    try:
        found = _found(visit, _unit(visit))
    except (NothingPublished, NoSuchRevision, CannotDerive, FilesMissing):
        raise HTTPException(404) from None
    chosen = _chosen(visit, found)
    if chosen is None or chosen.members is None:
        raise HTTPException(404)
    name = f"explanation.{found.unit_code}.{found.week}.r{found.revision}.{chosen.indicator}.csv"
    body = "\ufeff" + csv_text(MEMBER_COLUMNS, member_rows(found, chosen))
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def _page(visit: Visit, unit: str, status: int = 200, **values: object) -> Response:
    found = values.get("found")
    weeks = sorted(visit.office.database.weeks_published(), reverse=True)
    revisions = (
        [each.revision for each in visit.office.database.revisions(found.week)]
        if isinstance(found, Explanation)
        else []
    )
    given = {"found": None, "chosen": None, "lists": (), "said": None} | values
    return visit.page(
        "explanation.html",
        status,
        unit=unit,
        weeks=weeks,
        revisions=revisions,
        period=period_of(visit, found.period) if isinstance(found, Explanation) else "",
        english=visit.language == "en",
        **given,
    )


def _found(visit: Visit, unit: str) -> Explanation:
    params = visit.request.query_params
    weeks = visit.office.database.weeks_published()
    if not weeks:
        raise NothingPublished("chưa có tuần nào được công bố / no week is published yet")
    kind, revision = params.get("period", HEADLINE), params.get("revision")
    if kind not in get_args(PeriodKind) or (revision and not re.fullmatch(r"[1-9]\d{0,5}", revision)):
        raise HTTPException(400)
    try:
        week = Week.parse(params.get("week") or weeks[-1])
    except ValueError:
        raise HTTPException(400) from None
    asked = params.get("indicator") or None
    return explain(
        visit.office,
        unit,
        week,
        revision=int(revision) if revision else None,
        period_kind=kind,  # type: ignore[arg-type]
        members=asked or False,
    )


def _chosen(visit: Visit, found: Explanation) -> Explained | None:
    asked = visit.request.query_params.get("indicator")
    if not asked:
        return None
    chosen = next((each for each in found.indicators if each.indicator == asked), None)
    if chosen is None:
        raise HTTPException(404)
    return chosen


def _lists(visit: Visit, chosen: Explained) -> list[tuple[str, int, list[object]]]:
    """Title, number and the first rows of each kind of dossier: those that lack one thing first."""
    members = chosen.members or ()
    kinds = (
        ("near", [each for each in members if each.near]),
        ("lack_more", [each for each in members if not each.in_numerator and not each.near]),
        ("counted", [each for each in members if each.in_numerator]),
    )
    return [(visit.text(f"members_{name}"), len(of), list(of[:SHOWN])) for name, of in kinds if of]


def _unit(visit: Visit) -> str:
    unit = str(visit.request.path_params["unit"])
    if level_of(unit) is None:
        raise HTTPException(404)
    return unit
