"""The desk as an ASGI application: its routes, and what every request passes through.

Belongs here: routes and middleware. Does not belong here: pages (console/pages.py), starting a server (console/serve.py).
"""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from console import explanations, pages, rankings, worklists
from console.api import create_api
from console.api_document import ROOT
from console.guard import SafeHeaders, Throttle
from console.health import health_routes
from console.public import public_routes
from console.visits import posted, shown, visit_of
from resources.office import Office

SESSION_SECONDS = 10 * 3600  # a working day


def create_app(office: Office, secret: str, *, https_only: bool = False) -> Starlette:
    """The desk of an office. secret signs the sessions; https_only: cookies go over HTTPS alone."""
    sessions = Middleware(
        SessionMiddleware,
        secret_key=secret,
        session_cookie="desk",
        max_age=SESSION_SECONDS,
        same_site="lax",
        https_only=https_only,
    )
    app = Starlette(
        routes=[
            Route("/", shown(pages.queue)),
            Route("/cases/{case}", shown(pages.case)),
            Route("/cases/{case}/evidence.csv", shown(pages.evidence)),
            Route("/cases/{case}/decide", posted(pages.decide), methods=["POST"]),
            Route("/cases/{case}/correct", posted(pages.correct), methods=["POST"]),
            Route("/cases/{case}/corrections/{correction}/withdraw", posted(pages.withdraw), methods=["POST"]),
            Route("/cases/{case}/comment", posted(pages.comment), methods=["POST"]),
            Route("/cases/{case}/assign", posted(pages.assign), methods=["POST"]),
            Route("/rankings", shown(rankings.newest)),
            Route("/rankings/{week}", shown(rankings.ranking)),
            Route("/quality/{week}/{page}", shown(rankings.documents)),
            Route("/worklists", shown(worklists.choose)),
            Route("/worklists/{unit}", shown(worklists.lists)),
            Route("/worklists/{unit}/worklist.csv", shown(worklists.table)),
            Route("/worklists/{unit}/remedy", posted(worklists.enter), methods=["POST"]),
            Route("/explain", shown(explanations.choose)),
            Route("/explain/{unit}", shown(explanations.explanation)),
            Route("/explain/{unit}/dossiers.csv", shown(explanations.table)),
            Route("/log", shown(pages.log)),
            Route("/login", shown(pages.login_form, to_strangers=True)),
            Route("/login", posted(pages.login, by_strangers=True), methods=["POST"]),
            Route("/logout", posted(pages.logout), methods=["POST"]),
            Route("/language", posted(pages.change_language, by_strangers=True), methods=["POST"]),
            Mount(ROOT, create_api(office)),
            *health_routes(office),
            *public_routes(office),
            Mount("/static", StaticFiles(directory=Path(__file__).with_name("static"))),
        ],
        middleware=[Middleware(SafeHeaders), sessions],
        exception_handlers={HTTPException: _refused},
    )
    app.state.office = office
    app.state.throttle = Throttle()
    return app


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return await run_in_threadpool(lambda: pages.refused(visit_of(request), error.status_code))
