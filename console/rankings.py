"""The pages of what is published: a week's rankings, and its Data Docs.

Belongs here: bringing them to the desk, for who decides to see what came of it. Does not belong here: reading or comparing
figures (publishing), how a page looks (console/templates).
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

from console.visits import Visit, fragment
from publishing.standing import HEADLINE
from publishing.views import RankingView, read_ranking, why_held
from publishing.words import period_words
from resources.database import Database
from resources.units import provinces
from scoring.calendar import Week

LEVELS = ("province", "department", "commune")
NATION = "VN"
_ON_ONE_PAGE = 3  # scopes whose tables stand on one page: a province's office has its own and the nation's
_KEPT = 256  # tables, each of some 150 units: some tens of megabytes
KINDS = ("ytd", "half", "quarter", "month")


def newest(visit: Visit) -> Response:
    """The newest week that is published; the week of the form where one was chosen."""
    params = visit.request.query_params
    weeks = visit.office.database.weeks_published()
    wanted = str(_week(params["week"])) if "week" in params else weeks[-1] if weeks else None
    if wanted is None:
        return visit.page(
            "rankings.html", week=None, said=visit.text("ranking_none"), scopes=[], **_choices(visit, None)
        )
    asked = {"period": params.get("period"), "scope": params.get("scope")}
    known = {"period": KINDS[1:], "scope": tuple(provinces())}
    kept = urlencode({name: value for name, value in asked.items() if value in known[name]})
    return RedirectResponse(f"/rankings/{wanted}" + (f"?{kept}" if kept else ""), 303)


def ranking(visit: Visit) -> Response:
    """All cohorts of a week in one kind of period; of its newest revision, or of the one asked for. Of a nation's provinces
    only the one asked for: three thousand units are no page.
    """
    week = str(_week(visit.request.path_params["week"]))
    kind = visit.request.query_params.get("period", HEADLINE)
    asked = visit.request.query_params.get("revision")
    if kind not in KINDS or (asked and not re.fullmatch(r"[1-9]\d{0,5}", asked)):
        raise HTTPException(400)
    database = visit.office.database
    revisions = database.revisions(week)
    # One revision for the whole page, though another may be published while it is read.
    number = int(asked) if asked else revisions[-1].revision if revisions else None
    there = [cohort for cohort in database.cohorts(week, number) if cohort[2] == kind and cohort[0] in LEVELS]
    scopes = sorted({cohort[1] for cohort in there}) or [NATION]
    scope = visit.request.query_params.get("scope", NATION)
    if scope not in (NATION, *provinces()):
        raise HTTPException(404)
    if scope not in scopes:  # a province without a table: the nation's is shown
        scope = NATION if NATION in scopes else scopes[0]
    many = len(scopes) > _ON_ONE_PAGE
    wanted = {("province", NATION, kind), *there}
    cohorts = sorted(
        (cohort for cohort in wanted if not many or cohort[1] == scope),
        key=lambda cohort: (LEVELS.index(cohort[0]), cohort[1]),
    )
    held, kept, views = why_held(database, week, None), [], []
    for cohort in cohorts:
        try:
            view, table = _table(database, week, number or 0, cohort, visit.language)
        except _NothingThere as nothing:
            views.append(nothing.view)
        else:
            views.append(replace(view, held=held))
            kept.append(table)
    shown = [view for view in views if view.rows]
    current = next((each for each in revisions if shown and each.revision == shown[0].revision), None)
    return visit.page(
        "rankings.html",
        week=week,
        tables=Markup().join(kept),
        # Of a province's office the nation's table may never have come: that is told only where nothing else is there.
        reasons=[view.reason for view in views if view.reason and (view.held or not shown)],
        held=next((view.held_words[0] for view in shown if view.held_words), None),
        period=period_of(visit, shown[0].period if shown else None) or visit.text(kind),
        current=current,
        said=None,
        scopes=scopes if many else [],
        scope=scope,
        **_choices(visit, week, kind, [each.revision for each in revisions]),
    )


class _NothingThere(Exception):
    """view: says why."""

    def __init__(self, view: RankingView) -> None:
        super().__init__(view.reason)
        self.view = view


@lru_cache(maxsize=_KEPT)
def _table(
    database: Database, week: str, number: int, cohort: tuple[str, str, str], language: str
) -> tuple[RankingView, Markup]:
    """A cohort of a revision and its table: they never change, and are most of what a page takes. Raises _NothingThere for a
    revision or a cohort that is not there, which is not remembered: it may come.
    """
    view = read_ranking(database, week, *cohort, number)
    if not view.rows:
        raise _NothingThere(view)
    words = [told[language == "en"] for told in (view.reviewed_words, view.order_words) if told]
    return view, fragment("ranking.html", language, week=week, view=view, words=words)


def documents(visit: Visit) -> Response:
    """A page of a week's Data Docs, as it was written."""
    folder = visit.office.home.documents(_week(visit.request.path_params["week"])).resolve()
    path = (folder / visit.request.path_params["page"]).resolve()
    if path.parent != folder or path.suffix not in (".html", ".css") or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path)


def _choices(
    visit: Visit, week: str | None, kind: str = HEADLINE, revisions: list[int] | None = None
) -> dict[str, Any]:
    """What the form above the tables offers: every week that has a verdict or is published."""
    database = visit.office.database
    known = {*database.weeks_published(), *database.weeks_judged()}
    return {"weeks": sorted(known, reverse=True), "kinds": KINDS, "kind": kind, "revisions": revisions or []}


def period_of(visit: Visit, label: str | None) -> str:
    """The period in the visitor's language; of the words of both the Vietnamese stand before the bracket."""
    vietnamese, _, english = (period_words(label) if label else "").partition(" (")
    return english.rstrip(")") if visit.language == "en" else vietnamese


def _week(text: str) -> Week:
    try:
        return Week.parse(text)
    except ValueError:
        raise HTTPException(404) from None
