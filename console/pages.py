"""The pages of the desk: queue and case, log, login; and what their forms do.

Belongs here: bringing what a page shows together, and handing what a form asks to the rooms below. Does not belong here:
who may come in (console/visits.py, console/guard.py), how a page looks (console/templates).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, RedirectResponse, Response

from assets.review import Taken, take
from assets.review import correct as make_correction
from assets.review import withdraw as withdraw_correction
from console.case_view import CaseView
from console.corrections import asked_for
from console.guard import Throttle
from console.visits import Visit, local_path
from publishing.cases import CaseFilter, evidence_of, matching
from resources.cases import STATES, WAITING, Case
from resources.review import DecidedMeanwhile, DecisionRefused, NoSuchCase, NotAllowed
from resources.users import LANGUAGES
from scoring.calendar import Week

QUEUE_SHOWN = 200
LOG_SHOWN = 100
_SAID = "said"


def queue(visit: Visit) -> Response:
    return _desk(visit, None)


def case(visit: Visit) -> Response:
    return _desk(visit, _case(visit))


def decide(visit: Visit) -> Response:
    """Takes the decision of the form; who comes second sees the case as it is now, and the reason they had written."""
    who, number = visit.steward, visit.number("case")
    said = visit.form.get("reason", "")
    try:
        taken = take(
            visit.office,
            number,
            version=visit.number("version"),
            action=visit.form.get("action", ""),
            who=who,
            reason=said,
            until=_sunday(visit.form.get("until")),
        )
    except (NotAllowed, NoSuchCase) as error:
        raise HTTPException(403 if isinstance(error, NotAllowed) else 404) from None
    except DecisionRefused as error:
        status = 409 if isinstance(error, DecidedMeanwhile) else 400
        return _desk(visit, _case(visit), status, refusal=_in_language(visit, error), written=said)
    weeks = ", ".join(map(str, taken.weeks)) or visit.text("no_week")
    return _back_to(visit, number, visit.text("decided", weeks=weeks))


def correct(visit: Visit) -> Response:
    """Makes the correction of the form; one that is refused is shown again as it was written, with why."""
    who, number = visit.steward, visit.number("case")

    def make() -> Taken:
        asked = asked_for(number, visit.form)
        return make_correction(visit.office, asked, version=visit.number("version"), who=who)

    return _correcting(visit, make, visit.form)


def withdraw(visit: Visit) -> Response:
    who, number = visit.steward, visit.number("correction")
    if number not in {entry.id for entry in visit.office.review.correction_entries(visit.number("case"))}:
        raise HTTPException(404)
    reason, version = visit.form.get("reason", ""), visit.number("version")
    return _correcting(
        visit, lambda: withdraw_correction(visit.office, number, version=version, who=who, reason=reason), None
    )


def _correcting(visit: Visit, act: Callable[[], Taken], written: Mapping[str, str] | None) -> Response:
    number = visit.number("case")
    try:
        taken = act()
    except (NotAllowed, NoSuchCase) as error:
        raise HTTPException(403 if isinstance(error, NotAllowed) else 404) from None
    except DecisionRefused as error:
        status = 409 if isinstance(error, DecidedMeanwhile) else 400
        return _desk(visit, _case(visit), status, refusal=_in_language(visit, error), correcting=written)
    return _back_to(visit, number, visit.text("correction_made", weeks=", ".join(map(str, taken.weeks))))


def comment(visit: Visit) -> Response:
    number = visit.number("case")
    try:
        visit.office.review.comment(number, visit.steward, visit.form.get("reason", ""))
    except NoSuchCase:
        raise HTTPException(404) from None
    except DecisionRefused as error:
        return _desk(visit, _case(visit), 400, refusal=_in_language(visit, error))
    return _back_to(visit, number, visit.text("noted"))


def assign(visit: Visit) -> Response:
    """The case becomes the user's own, or nobody's."""
    number, who = visit.number("case"), visit.steward
    try:
        visit.office.review.assign(number, who, who.name if visit.form.get("take") == "1" else None)
    except NoSuchCase:
        raise HTTPException(404) from None
    return _back_to(visit, number, visit.text("noted"))


def evidence(visit: Visit) -> Response:
    """All dossier codes of a case, as the file reconciliation wrote."""
    found = _case(visit)
    file = evidence_of(found).file
    folder = (visit.office.home.lake / "evidence").resolve()
    path = (visit.office.home.root / file).resolve() if file else folder
    if not path.is_relative_to(folder) or not path.is_file():
        raise HTTPException(404)
    return FileResponse(path, media_type="text/csv; charset=utf-8", filename=f"{found.rule}.{path.name}")


def log(visit: Visit) -> Response:
    before = visit.request.query_params.get("before", "")
    last = int(before) - 1 if before.isdigit() and len(before) < 10 else None
    entries = visit.office.review.log(newest=LOG_SHOWN, last=last)[::-1]
    cases = visit.office.review.cases_of({entry.case_id for entry in entries})
    older = entries[-1].id if len(entries) == LOG_SHOWN else None
    return visit.page(
        "log.html",
        entries=entries,
        cases={each.id: CaseView(visit, each) for each in cases},
        corrections={each.id: each for each in visit.office.review.correction_entries()},
        older=older,
    )


def login_form(visit: Visit) -> Response:
    if visit.user:
        return RedirectResponse("/", 303)
    return _login(visit, visit.request.query_params.get("next"))


def login(visit: Visit) -> Response:
    """Opens a session of its own. A wrong password and an unknown name get the same answer, and a pause after some."""
    throttle: Throttle = visit.request.app.state.throttle
    name, place = visit.form.get("name", "").strip().lower(), visit.request.client.host if visit.request.client else ""
    if seconds := throttle.wait_seconds(place, name):
        return _login(visit, visit.form.get("next"), 429, visit.text("too_many", seconds=seconds), name)
    user = visit.office.users.check(name, visit.form.get("password", ""))
    if user is None:
        throttle.failed(place, name)
        return _login(visit, visit.form.get("next"), 401, visit.text("wrong_login"), name)
    throttle.succeeded(place, name)
    visit.session.clear()  # a token that somebody planted before the login is worth nothing after it
    visit.session.update(user=user.name, mark=user.mark)
    return RedirectResponse(local_path(visit.form.get("next")), 303)


def logout(visit: Visit) -> Response:
    visit.session.clear()
    return RedirectResponse("/login", 303)


def change_language(visit: Visit) -> Response:
    language = visit.form.get("language", "")
    if language not in LANGUAGES:
        raise HTTPException(400)
    visit.session["language"] = language
    if visit.user:
        visit.office.users.set_language(visit.user.name, language)
    return RedirectResponse(local_path(visit.form.get("back")), 303)


def refused(visit: Visit, status: int) -> Response:
    """The page of an error, in words."""
    known = status if status in (403, 404, 503) else 400
    return visit.page("error.html", status, title=f"e{known}", number=status)


def _desk(
    visit: Visit,
    chosen: Case | None,
    status: int = 200,
    refusal: str | None = None,
    written: str = "",
    correcting: Mapping[str, str] | None = None,
) -> Response:
    params = visit.request.query_params
    named = ("state", "week", "severity", "rule", "text")
    try:
        asked = CaseFilter.of(**{name: params.get(name) for name in named})
    except ValueError:
        raise HTTPException(400) from None
    found = matching(visit.office.review, asked)
    of_state = visit.office.review.cases(asked.states)
    filters = {name: value for name, value in asdict(asked).items() if value and (name, value) != ("state", "waiting")}
    return visit.page(
        "desk.html",
        status,
        cases=[CaseView(visit, each) for each in found[:QUEUE_SHOWN]],
        found=len(found),
        errors=sum(each.severity == "error" for each in found),
        of_rule=Counter(each.rule for each in found),
        asked=asked,
        query="?" + urlencode(filters) if filters else "",
        states=("waiting", *STATES, "all"),
        counts=visit.office.review.counts(),
        weeks=sorted(
            {week for each in of_state for week in (each.first_week, *each.failing, each.last_week)}, reverse=True
        ),
        rules=sorted({each.rule for each in of_state}),
        chosen=CaseView(visit, chosen) if chosen else None,
        waiting_states=WAITING,
        refusal=refusal,
        written=written,
        correcting=correcting,
        said=visit.session.pop(_SAID, None),
    )


def _case(visit: Visit) -> Case:
    try:
        return visit.office.review.case(visit.number("case"))
    except NoSuchCase:
        raise HTTPException(404) from None


def _login(visit: Visit, wanted: str | None, status: int = 200, refusal: str | None = None, name: str = "") -> Response:
    return visit.page("login.html", status, next=local_path(wanted), refusal=refusal, name=name)


def _back_to(visit: Visit, number: int, said: str) -> Response:
    visit.session[_SAID] = said
    query = visit.request.url.query
    return RedirectResponse(f"/cases/{number}" + (f"?{query}" if query else ""), 303)


def _sunday(week: str | None) -> str | None:
    """The last day of a week of the form. Raises HTTPException 400 for what the form does not offer."""
    if not week:
        return None
    try:
        day: date = Week.parse(week).sunday
    except ValueError:
        raise HTTPException(400) from None
    return day.isoformat()


def _in_language(visit: Visit, error: Exception) -> str:
    """The half of a message that the reader understands: they are written Vietnamese / English."""
    return visit.half(str(error))
