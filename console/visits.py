"""Visits: one request of one user, and how it reaches a page.

Belongs here: who asks, in which language, by which form; sending strangers to the login and readers away from what they
may not do. Does not belong here: what a page shows (console/pages.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console.guard import read_form, token_of
from console.texts import text
from publishing.figures import arrow, people, places_moved
from publishing.tables import last_sound_words
from resources.cases import WAITING
from resources.lake import LakeError
from resources.logs import logger
from resources.office import Office
from resources.users import LANGUAGES, User
from scoring.calendar import VIETNAM_OFFSET

_PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {"people": people, "arrow": arrow, "places_moved": places_moved, "last_sound": last_sound_words}
_PAGES.filters["local"] = lambda moment: f"{moment + VIETNAM_OFFSET:%d/%m/%Y %H:%M}"


@dataclass
class Visit:
    """A request, who makes it (None before the login), and the form it carries."""

    request: Request
    office: Office
    user: User | None
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def session(self) -> dict[str, Any]:
        return self.request.session

    @property
    def language(self) -> str:
        said = self.session.get("language") or (self.user.language if self.user else LANGUAGES[0])
        return said if said in LANGUAGES else LANGUAGES[0]

    @property
    def steward(self) -> User:
        """The user, who may decide. Raises HTTPException 403 for anyone else."""
        if self.user is None or not self.user.may_decide:
            raise HTTPException(403)
        return self.user

    def text(self, key: str, **values: object) -> str:
        return text(key, self.language, **values)

    def half(self, message: str) -> str:
        """The half of a message that the reader understands: they are written Vietnamese / English."""
        halves = message.split(" / ", 1)
        return halves[-1] if self.language == "en" else halves[0]

    def number(self, name: str) -> int:
        """A whole number of the path or the form. Raises HTTPException 404."""
        said = str(self.request.path_params.get(name, self.form.get(name, "")))
        if not said.isdigit() or len(said) > 9:
            raise HTTPException(404)
        return int(said)

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page in the visitor's language; everything put into it is escaped."""
        waiting = 0
        if self.user:
            counts = self.office.review.counts()
            waiting = sum(counts.get(state, 0) for state in WAITING)
        query = f"?{self.request.url.query}" if self.request.url.query else ""
        here = self.request.url.path + query if self.request.method == "GET" else "/"
        common = {"t": self.text, "user": self.user, "language": self.language, "csrf": token_of(self.session)}
        shown = _PAGES.get_template(template).render(common | {"waiting": waiting, "here": here} | values)
        return HTMLResponse(shown, status)


def fragment(template: str, language: str, **values: Any) -> Markup:
    """A piece of a page that is the same for every reader of a language; everything put into it is escaped."""
    return Markup(_PAGES.get_template(template).render(t=partial(text, language=language), **values))


Page = Callable[[Visit], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def shown(page: Page, *, to_strangers: bool = False) -> Endpoint:
    """A page as an endpoint for GET; strangers are sent to the login and then back."""

    async def endpoint(request: Request) -> Response:
        visit = await run_in_threadpool(visit_of, request)
        if visit.user is None and not to_strangers:
            return RedirectResponse(f"/login?next={quote(request.url.path)}", 303)
        if visit.user is not None:
            await run_in_threadpool(_bring_lake, visit)
        return await run_in_threadpool(page, visit)

    return endpoint


def posted(page: Page, *, by_strangers: bool = False) -> Endpoint:
    """A page as an endpoint for POST: the form must carry the session's token."""

    async def endpoint(request: Request) -> Response:
        form = await read_form(request)
        visit = await run_in_threadpool(partial(visit_of, request, form))
        if visit.user is None and not by_strangers:
            return RedirectResponse("/login", 303)
        if visit.user is not None:
            await run_in_threadpool(_bring_lake, visit)
        return await run_in_threadpool(page, visit)

    return endpoint


def _bring_lake(visit: Visit) -> None:
    """Who only reads sees the lake as it was last brought when it cannot be reached. Raises HTTPException 503 for who changes."""
    try:
        visit.office.bring_lake()
    except LakeError as error:
        logger().error("lake_not_brought", why=str(error))
        if visit.request.method != "GET":
            raise HTTPException(503) from None


def visit_of(request: Request, form: Mapping[str, str] | None = None) -> Visit:
    """Who asks: the user of the session, unless the user is gone or has another password since."""
    office: Office = request.app.state.office
    name = request.session.get("user")
    user = office.users.find(name) if isinstance(name, str) else None
    if user is not None and user.mark != request.session.get("mark"):
        user = None
    return Visit(request, office, user, form or {})


def local_path(wanted: str | None) -> str:
    """A path of this application to go back to; never another site's."""
    ok = (
        wanted
        and wanted.startswith("/")
        and not wanted.startswith("//")
        and "\\" not in wanted
        and wanted.isprintable()
    )
    return wanted if ok and wanted else "/"
